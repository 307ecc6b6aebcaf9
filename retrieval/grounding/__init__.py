"""What answers and briefings share, pure: ids -> spans, statements -> footnotes, quotes.

A model is `shown` numbered sentences, what it writes is `parsing`-ed into statements with ids, and
`footnotes` turns ids into exact slices of stored text. `quotes` does without a model.
"""

from retrieval.grounding.parsing import NO_ANSWER, Statement, StatementParser, is_refusal
from retrieval.grounding.shown import SentenceId, Shown, footnotes

__all__ = [
    "NO_ANSWER",
    "SentenceId",
    "Shown",
    "Statement",
    "StatementParser",
    "footnotes",
    "is_refusal",
]
