"""Turns content into drafts: `kinds` detects its kind, and each has a reader module. No I/O."""
