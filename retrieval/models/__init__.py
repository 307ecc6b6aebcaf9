"""The values that travel between the rooms: frozen, without behaviour beyond what they are.

Offsets are counted in Unicode code points of the stored revision's text, half-open:
`text[start:end]`.
Instants are timezone-aware and in UTC.
"""

from retrieval.models.answers import (
    Answer,
    Citation,
    Claim,
    Cost,
    Dropped,
    Hit,
    Made,
    Mode,
    Unanswered,
)
from retrieval.models.articles import (
    Added,
    Article,
    Draft,
    Duplicate,
    Outcome,
    Passage,
    PassageDraft,
    Precision,
    Published,
    Rejected,
    Revised,
    Span,
)
from retrieval.models.briefings import (
    Briefing,
    Length,
    Mention,
    Status,
    Story,
    Window,
)

__all__ = [
    "Added",
    "Answer",
    "Article",
    "Briefing",
    "Citation",
    "Claim",
    "Cost",
    "Draft",
    "Dropped",
    "Duplicate",
    "Hit",
    "Length",
    "Made",
    "Mention",
    "Mode",
    "Outcome",
    "Passage",
    "PassageDraft",
    "Precision",
    "Published",
    "Rejected",
    "Revised",
    "Span",
    "Status",
    "Story",
    "Unanswered",
    "Window",
]
