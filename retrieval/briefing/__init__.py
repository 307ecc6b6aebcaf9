"""Walk 3, a briefing: articles of a window -> stories -> news to this reader -> text.

The `service` knows what a reader was told (`ledger`) and stores their briefings. In the `briefer`,
`gathering` groups reports of one event (`clustering`) and reads the window, `selection` ranks the
stories, and `writing` writes each with a model or in quotes (`quoting`), without what is in the
reader's ledger; corrections (`developments`) come first.
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
