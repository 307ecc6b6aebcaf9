"""Walk 3, a briefing: the articles of a window -> stories -> what is new to this reader -> written.

The `desk` knows what a reader was told and keeps what they are given. The `briefer` has the
`keeper` put reports of one event together (`stories`), `gathering` reads what the window holds,
`ranking` orders it, and the `storyteller` writes each story with a model (`writing`) or in quotes
(`quoting`), without what is in the reader's ledger (`told`); `corrections` come first.
"""

from retrieval.briefing.briefer import Briefer
from retrieval.briefing.desk import Desk, Wish, Written
from retrieval.briefing.developments import Development, Developments, Survey
from retrieval.briefing.keeper import StoryKeeper
from retrieval.briefing.ranking import Weights
from retrieval.briefing.since import is_time, parse_since
from retrieval.briefing.snippets import SnippetFinder, Snippets, StorySnippet
from retrieval.briefing.storyteller import Rules, Storyteller
from retrieval.briefing.topics import Topics

__all__ = [
    "Briefer",
    "Desk",
    "Development",
    "Developments",
    "Rules",
    "SnippetFinder",
    "Snippets",
    "StoryKeeper",
    "StorySnippet",
    "Storyteller",
    "Survey",
    "Topics",
    "Weights",
    "Wish",
    "Written",
    "is_time",
    "parse_since",
]
