"""What the commands of `sitrep` do; each returns the exit code."""
