"""Walk 3, a briefing: the articles of a window -> stories -> what is new to this reader -> written.

The `service` knows what a reader was told (`ledger`) and keeps what they are given. The `briefer`
has `gathering` put reports of one event together (`clustering`) and read what the window holds,
`selection` orders it, and `writing` tells each story with a model or in quotes (`quoting`), without
what is in the reader's ledger; corrections (`developments`) come first.
"""

from retrieval.briefing.briefer import Briefer
from retrieval.briefing.developments import Development, Developments, Survey
from retrieval.briefing.gathering import ClusterService
from retrieval.briefing.selection import SelectionWeights
from retrieval.briefing.service import BriefingOptions, BriefingService, WrittenBriefing
from retrieval.briefing.snippets import SnippetFinder, Snippets, StorySnippet
from retrieval.briefing.topics import Topics, is_time, parse_since
from retrieval.briefing.writing import StoryConfig, Storyteller

__all__ = [
    "Briefer",
    "BriefingOptions",
    "BriefingService",
    "ClusterService",
    "Development",
    "Developments",
    "SelectionWeights",
    "SnippetFinder",
    "Snippets",
    "StoryConfig",
    "StorySnippet",
    "Storyteller",
    "Survey",
    "Topics",
    "WrittenBriefing",
    "is_time",
    "parse_since",
]
