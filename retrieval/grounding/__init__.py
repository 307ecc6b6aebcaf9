"""What answers and briefings share, pure: ids -> spans, statements -> footnotes, quotes.

A model is shown numbered sentences (`citations`), what it writes is parsed (`parsing`) into
statements with ids, held against what they cite (`checks`), and composed (`composing`) with exact
slices of stored text. `quotes` does without a model.
"""

from retrieval.grounding.citations import CitationIndex, SentenceId, footnotes
from retrieval.grounding.parsing import NO_ANSWER, Statement, StatementParser, is_refusal

__all__ = [
    "NO_ANSWER",
    "CitationIndex",
    "SentenceId",
    "Statement",
    "StatementParser",
    "footnotes",
    "is_refusal",
]
