"""The tables in SQLAlchemy Core; `migrations/` creates them.

An article has revisions, a revision has a text, a passage is a span of it. Outside SQL, a passage's
id is `revision_id:ordinal`. The indexes (full text, vectors) can be rebuilt from these tables.
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
    """The state of a revision in the vector index.

    pending -> indexed; when it is superseded or removed: stale -> gone.
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
    # Of its current text. An article without an address is identified by it alone.
    Column("content_hash", String(64), nullable=False),
    Column("current_revision_id", Integer),
    Column("added_at", UtcDateTime, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("removed_at", UtcDateTime),
    # the first article of its family, which isn't a copy itself
    Column("copy_of", ForeignKey("article.id")),
    # the revision that `copy_of` was decided for; if it isn't the current one, it is to be decided
    Column("compared_revision_id", Integer),
    # the revision counted in `sentence_use`; none for near copies and removed articles
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
    # the source's time zone in minutes ahead of UTC; none if it gives none but UTC
    Column("published_offset", Integer),
    Column("stored_at", UtcDateTime, nullable=False),
    Column("passages", Integer, nullable=False),
    # whether its page showed only a part of the article
    Column("partial", Boolean, nullable=False, server_default=false()),
    Column("state", String(8), nullable=False),
    # the last column, so that SQLite can read the others without it
    Column("text", Text, nullable=False),
    UniqueConstraint("article_id", "number", name="revision_number_once"),
    Index("revision_state", "state"),
)

# The buckets of articles that others may copy: neither removed ones nor copies.
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
    # [start, end, start, end, ...] of its sentences: offsets into the revision's text
    Column("sentences", JSON, nullable=False),
    # the indices of its junk sentences; null if an older program stored it
    Column("junk", JSON(none_as_null=True)),
    # whether it is embedded: it isn't all junk, or it begins its article
    Column("quotable", Boolean, nullable=False, server_default=true()),
    UniqueConstraint("revision_id", "ordinal", name="passage_ordinal_once"),
)

# The number of an outlet's articles that contain a sentence that may be a fixed phrase; the key is
# a hash of both (`retrieval.grounding.junk.sentence_key`). An integer key is SQLite's row id.
sentence_use = Table(
    "sentence_use",
    metadata,
    Column(
        "key", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    ),
    Column("articles", Integer, nullable=False),
)

# A condition for current revisions of articles that aren't removed.
LIVING = revision.c.state.in_([RevisionState.PENDING, RevisionState.INDEXED])


feed = Table(
    "feed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("url", Text, nullable=False, unique=True),
    Column("host", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("site_url", Text),
    # active, paused (by an admin), gone (it answered 410, or moved to another feed's address)
    Column("state", String(8), nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    # when its document was last received in full, and the document's SHA-256
    Column("full_at", UtcDateTime),
    Column("body_hash", String(64)),
    # {least_s, skip_hours, skip_days}: its publisher's wishes
    Column("wishes", JSON, nullable=False),
    Column("interval_s", Integer, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    # when the first of its waiting entries is due
    Column("entries_at", UtcDateTime),
    Column("checked_at", UtcDateTime),
    # when it last had something new
    Column("news_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcDateTime),
    Column("problem", MessageText),
    # the lease
    Column("claimed_by", String(36)),
    Column("claimed_until", UtcDateTime),
    Index("feed_due", "state", "next_at"),
    Index("feed_host", "host"),
    # Ids are never reused: an old button must not act on a newer feed.
    sqlite_autoincrement=True,
)

# The entries that a feed had, so that none is read twice; only waiting ones have their content.
feed_entry = Table(
    "feed_entry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("feed_id", ForeignKey("feed.id", ondelete="CASCADE"), nullable=False),
    # SHA-256 of its id within the feed
    Column("key", String(64), nullable=False),
    # its own page, canonical
    Column("url", Text),
    # SHA-256 of its content
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
    # the chat and person as named by the bot; opaque to the library
    Column("conversation", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("mode", String(8), nullable=False),
    # [{n, revision_id, start, end}], in the order of the footnotes
    Column("citations", JSON, nullable=False),
    Column("person_id", BigInteger),
    # {model, prompt, passages, claims, unanswered, further}: exported with feedback
    Column("made", JSON),
    Column("input_tokens", Integer, nullable=False, server_default="0"),
    Column("output_tokens", Integer, nullable=False, server_default="0"),
    Index("given_answer_asked", "asked_at"),
    Index("given_answer_person", "person_id", "asked_at"),
)

# The answers that cite a revision: their readers are notified when it is superseded.
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

# A story is only an id; its articles define it.
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
    # the revision that it was placed by
    Column("revision_id", Integer, nullable=False),
    # its time in the story: when it was published or, if that is unknown, stored
    Column("at", UtcDateTime, nullable=False),
    # the article that this one repeats, verbatim or nearly
    Column("copy_of", ForeignKey("article.id", ondelete="SET NULL")),
    Index("story_article_story", "story_id"),
    Index("story_article_at", "at"),
)

briefing = Table(
    "briefing",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("written_at", UtcDateTime, nullable=False),
    # a hash of its inputs: readers with the same inputs get the same briefing
    Column("key", String(64), unique=True),
    Column("content", JSON, nullable=False),
    # the person who asked for it; none for a scheduled one
    Column("person_id", BigInteger),
    Column("input_tokens", Integer, nullable=False, server_default="0"),
    Column("output_tokens", Integer, nullable=False, server_default="0"),
    Index("briefing_written", "written_at"),
)

# The ledger: the briefings, and so the claims, that each reader got.
told = Table(
    "told",
    metadata,
    # the chat and person as named by the bot; opaque to the library
    Column("reader", Text, primary_key=True),
    Column("briefing_id", ForeignKey("briefing.id", ondelete="CASCADE"), primary_key=True),
    Column("told_at", UtcDateTime, nullable=False),
    # the end of the briefing's window, up to which the reader is informed
    Column("until", UtcDateTime, nullable=False),
    Index("told_briefing", "briefing_id"),
)


# The audit log (`retrieval.storage.audit`).
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
    # ids are never reused: an old page's button must not lead elsewhere
    sqlite_autoincrement=True,
)

state = Table(
    "state",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# Leases of work that has no row of its own (`retrieval.storage.leases`).
lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("claimed_by", Text, nullable=False),
    Column("claimed_until", UtcDateTime, nullable=False),
)
