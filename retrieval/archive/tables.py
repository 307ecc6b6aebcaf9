"""The tables, as SQLAlchemy Core sees them; `migrations/` is what creates them.

An article has revisions, a revision has the text, a passage marks a stretch of it. A passage's name
outside SQL is `revision_id:ordinal`. What only indexes hold (full text, vectors) can be made again
from these.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect


class State(StrEnum):
    """Where a revision stands with the vector index.

    pending -> indexed, and when it is superseded or removed: stale -> gone.
    """

    PENDING = "pending"
    INDEXED = "indexed"
    STALE = "stale"
    GONE = "gone"


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC, also in SQLite, which keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To UTC; a naive datetime is a mistake of ours and is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "naive datetime"
            raise ValueError(msg)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Back with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

article = Table(
    "article",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("url", Text),
    Column("outlet", Text, nullable=False),
    # Of what it says now. An article without address is known by it alone.
    Column("content_hash", String(64), nullable=False),
    Column("current_revision_id", Integer),
    Column("added_at", UtcDateTime, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("removed_at", UtcDateTime),
    Index(
        "article_url_once",
        "url",
        unique=True,
        sqlite_where=text("removed_at IS NULL"),
        postgresql_where=text("removed_at IS NULL"),
    ),
    Index("article_content", "content_hash"),
    Index(
        "article_content_once",
        "content_hash",
        unique=True,
        sqlite_where=text("removed_at IS NULL AND url IS NULL"),
        postgresql_where=text("removed_at IS NULL AND url IS NULL"),
    ),
)

revision = Table(
    "revision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("author", Text),
    Column("language", String(16)),
    Column("published_at", UtcDateTime),
    Column("published_precision", String(8)),
    Column("stored_at", UtcDateTime, nullable=False),
    Column("passages", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    UniqueConstraint("article_id", "number", name="revision_number_once"),
    Index("revision_state", "state"),
)

passage = Table(
    "passage",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("revision_id", ForeignKey("revision.id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    # [start, end, start, end, ...] of its sentences, offsets into the revision's text
    Column("sentences", JSON, nullable=False),
    UniqueConstraint("revision_id", "ordinal", name="passage_ordinal_once"),
)

# Of revisions: neither superseded nor removed.
LIVING = revision.c.state.in_([State.PENDING, State.INDEXED])

given_answer = Table(
    "given_answer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("asked_at", UtcDateTime, nullable=False),
    # who was answered where, as the bot names it; the library does not look into it
    Column("conversation", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("mode", String(8), nullable=False),
    # [{n, revision_id, start, end}], in the order of the footnotes
    Column("citations", JSON, nullable=False),
)

# A story is a number; what it is about, its articles say.
story = Table(
    "story",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
)

story_article = Table(
    "story_article",
    metadata,
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    Column("story_id", ForeignKey("story.id", ondelete="CASCADE"), nullable=False),
    # the revision by which it was put there
    Column("revision_id", Integer, nullable=False),
    # when it happened, as far as stories go: published, or where that is unknown stored
    Column("at", UtcDateTime, nullable=False),
    # the article that this one repeats word for word, or nearly so
    Column("copy_of", ForeignKey("article.id", ondelete="SET NULL")),
    Index("story_article_story", "story_id"),
    Index("story_article_at", "at"),
)

briefing = Table(
    "briefing",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("written_at", UtcDateTime, nullable=False),
    # what it depends on, hashed: readers who have the same in common get the same briefing
    Column("key", String(64), unique=True),
    Column("content", JSON, nullable=False),
)

# The ledger: which briefings a reader was given, and so which claims.
told = Table(
    "told",
    metadata,
    # who reads where, as the bot names it; the library does not look into it
    Column("reader", Text, primary_key=True),
    Column("briefing_id", ForeignKey("briefing.id", ondelete="CASCADE"), primary_key=True),
    Column("told_at", UtcDateTime, nullable=False),
    # until when the reader is informed: the end of the briefing's window
    Column("until", UtcDateTime, nullable=False),
    Index("told_briefing", "briefing_id"),
)

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
