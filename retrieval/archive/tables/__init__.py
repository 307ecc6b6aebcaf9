"""The tables, as SQLAlchemy Core sees them; `migrations/` is what creates them.

An article has revisions, a revision has the text, a passage marks a stretch of it. A passage's name
outside SQL is `revision_id:ordinal`. What only indexes hold (full text, vectors) can be made again
from these.
"""

from retrieval.archive.tables.articles import (
    LIVING,
    State,
    article,
    copy_band,
    passage,
    revision,
    sentence_use,
)
from retrieval.archive.tables.base import UtcDateTime, metadata
from retrieval.archive.tables.feeds import feed, feed_entry
from retrieval.archive.tables.given import (
    briefing,
    cited_revision,
    given_answer,
    story,
    story_article,
    told,
    vote,
)
from retrieval.archive.tables.records import audit, lease, state

__all__ = [
    "LIVING",
    "State",
    "UtcDateTime",
    "article",
    "audit",
    "briefing",
    "cited_revision",
    "copy_band",
    "feed",
    "feed_entry",
    "given_answer",
    "lease",
    "metadata",
    "passage",
    "revision",
    "sentence_use",
    "state",
    "story",
    "story_article",
    "told",
    "vote",
]
