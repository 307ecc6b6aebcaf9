"""Content becomes drafts: `kinds` tells what it is, `readers` reads it; all without I/O."""
