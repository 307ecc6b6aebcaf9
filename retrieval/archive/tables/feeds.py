"""Feeds and what they had."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from retrieval.archive.tables.base import UtcDateTime, metadata

feed = Table(
    "feed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("url", Text, nullable=False, unique=True),
    Column("host", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("site_url", Text),
    # active, paused (by an admin), gone (it answered 410, or moved to where another feed is)
    Column("state", String(8), nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    # when its document last came whole, and the document's SHA-256
    Column("full_at", UtcDateTime),
    Column("body_hash", String(64)),
    # {least_s, skip_hours, skip_days}: what its publisher asks for
    Column("wishes", JSON, nullable=False),
    Column("interval_s", Integer, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    # the earliest instant at which one of its entries has to be read
    Column("entries_at", UtcDateTime),
    Column("checked_at", UtcDateTime),
    # when it last had something new
    Column("news_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcDateTime),
    Column("problem", Text),
    # whose turn it is, and until when
    Column("claimed_by", String(36)),
    Column("claimed_until", UtcDateTime),
    Index("feed_due", "state", "next_at"),
    Index("feed_host", "host"),
    # No number is given out twice: an old button must not act on a newer feed.
    sqlite_autoincrement=True,
)

# What a feed had, so that it is not read twice; what is waiting holds the entry itself.
feed_entry = Table(
    "feed_entry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("feed_id", ForeignKey("feed.id", ondelete="CASCADE"), nullable=False),
    # SHA-256 of what names it within its feed
    Column("key", String(64), nullable=False),
    # its own page, canonical
    Column("url", Text),
    # SHA-256 of what it says
    Column("fingerprint", String(64), nullable=False),
    # waiting -> done | failed
    Column("state", String(8), nullable=False),
    Column("payload", JSON(none_as_null=True)),
    Column("article_id", Integer),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime),
    Column("problem", Text),
    UniqueConstraint("feed_id", "key", name="feed_entry_once"),
    Index("feed_entry_url", "url"),
    Index(
        "feed_entry_waiting",
        "feed_id",
        "next_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)
