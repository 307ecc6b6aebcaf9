"""Alembic's scripts; `storage.database` runs them."""
