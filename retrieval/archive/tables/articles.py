"""Articles, their revisions, their passages, and what finds near copies."""

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
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from retrieval.archive.tables.base import UtcDateTime, metadata


class State(StrEnum):
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
LIVING = revision.c.state.in_([State.PENDING, State.INDEXED])
