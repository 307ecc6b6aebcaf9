"""Alembic's scripts; `archive.database` runs them."""
