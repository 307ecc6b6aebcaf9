"""The audit log, small values of the program itself, and who is at work on what."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from retrieval.archive.tables.base import UtcDateTime, metadata

# Who changed what, and when (`retrieval.archive.audit`).
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    # telegram:12345, cli, ...
    Column("who", Text, nullable=False),
    Column("what", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Index("audit_at", "at"),
    # no number is given out twice: a page's button must not lead elsewhere
    sqlite_autoincrement=True,
)

state = Table(
    "state",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# Who does what has no row of its own, while it is done (`retrieval.archive.leases`).
lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("claimed_by", Text, nullable=False),
    Column("claimed_until", UtcDateTime, nullable=False),
)
