"""What readers were given: answers and votes, stories, briefings and the ledger."""

from __future__ import annotations

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
)

from retrieval.archive.tables.base import UtcDateTime, metadata

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
