"""The tables, as SQLAlchemy Core sees them; `migrations/` is what creates them.

An article has revisions, a revision has the text, a passage marks a stretch of it. A passage's name
outside SQL is `revision_id:ordinal`. What only indexes hold (full text, vectors) can be made again
from these.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from retrieval.storage.database import MessageText, UtcDateTime

metadata = MetaData()


class RevisionState(StrEnum):
    """Where a revision stands with the vector index.

    pending -> indexed, and when it is superseded or removed: stale -> gone.
    """

    PENDING = "pending"
    INDEXED = "indexed"
    STALE = "stale"
    GONE = "gone"


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
    # the first article of which this one is a near copy; that one is no copy, and goes before it
    Column("copy_of", ForeignKey("article.id")),
    # the revision by which that was decided; another than the current one: it is not decided yet
    Column("compared_revision_id", Integer),
    # the revision whose sentences are in `sentence_use`; none for near copies and what was removed
    Column("counted_revision_id", Integer),
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
    Column("author", Text),
    Column("language", String(16)),
    Column("published_at", UtcDateTime),
    Column("published_precision", String(8)),
    # minutes by which the zone that the source gives is ahead of UTC; none where it gives no other
    Column("published_offset", Integer),
    Column("stored_at", UtcDateTime, nullable=False),
    Column("passages", Integer, nullable=False),
    # whether its page showed only a part of the article
    Column("partial", Boolean, nullable=False, server_default=false()),
    Column("state", String(8), nullable=False),
    # the last, so that SQLite reads the rest without it
    Column("text", Text, nullable=False),
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
    # which of its sentences are junk, counted from 0; unknown in what an older program stored
    Column("junk", JSON(none_as_null=True)),
    # whether it is embedded: it has others too, or begins its article
    Column("quotable", Boolean, nullable=False, server_default=true()),
    UniqueConstraint("revision_id", "ordinal", name="passage_ordinal_once"),
)

# In how many articles of an outlet a sentence stands that may be one of its fixed phrases; the key
# is made of both (`retrieval.grounding.junk.sentence_key`). An integer key is SQLite's row id.
sentence_use = Table(
    "sentence_use",
    metadata,
    Column(
        "key", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    ),
    Column("articles", Integer, nullable=False),
)

# Of revisions: neither superseded nor removed.
LIVING = revision.c.state.in_([RevisionState.PENDING, RevisionState.INDEXED])


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
    Column("problem", MessageText),
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
    Column("problem", MessageText),
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

# The citations of answers the other way round: who has to be told when a revision is superseded.
cited_revision = Table(
    "cited_revision",
    metadata,
    Column("revision_id", Integer, primary_key=True, autoincrement=False),
    Column(
        "answer_id",
        ForeignKey("given_answer.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Index("cited_revision_answer", "answer_id"),
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


# Who changed what, and when (`retrieval.storage.audit`).
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

# Who does what has no row of its own, while it is done (`retrieval.storage.leases`).
lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("claimed_by", Text, nullable=False),
    Column("claimed_until", UtcDateTime, nullable=False),
)
