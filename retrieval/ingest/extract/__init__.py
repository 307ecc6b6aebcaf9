"""Content becomes drafts: `kinds` tells what it is, a module for each reads it; without I/O."""
