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
    BigInteger,
    Boolean,
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
    false,
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
    # the first article of which this one is a near copy; that one is no copy, and older
    Column("copy_of", ForeignKey("article.id")),
    # the revision by which that was decided; another than the current one: it is not decided yet
    Column("compared_revision_id", Integer),
    Index("article_copy_of", "copy_of"),
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
    # whether its page showed only a part of the article
    Column("partial", Boolean, nullable=False, server_default=false()),
    Column("state", String(8), nullable=False),
    UniqueConstraint("article_id", "number", name="revision_number_once"),
    Index("revision_state", "state"),
)

# In which buckets an article lies that others may be near copies of: living ones, and no copies.
copy_band = Table(
    "copy_band",
    metadata,
    Column("band", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "article_id",
        ForeignKey("article.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Index("copy_band_article", "article_id"),
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
    Column("person_id", BigInteger),
    # {model, prompt, passages, claims, unanswered}: what feedback is about
    Column("made", JSON),
    Column("input_tokens", Integer, nullable=False, server_default="0"),
    Column("output_tokens", Integer, nullable=False, server_default="0"),
    Index("given_answer_asked", "asked_at"),
    Index("given_answer_person", "person_id", "asked_at"),
)

vote = Table(
    "vote",
    metadata,
    Column("answer_id", ForeignKey("given_answer.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("helpful", Boolean, nullable=False),
    Column("voted_at", UtcDateTime, nullable=False),
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
    # who asked for it; none for one that was due
    Column("person_id", BigInteger),
    Column("input_tokens", Integer, nullable=False, server_default="0"),
    Column("output_tokens", Integer, nullable=False, server_default="0"),
    Index("briefing_written", "written_at"),
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
