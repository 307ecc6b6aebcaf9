"""Reports -> stories, one after the other, without ever moving what has been placed. Pure.

`report` is what is read of an article, `terms` its words, `copies` knows near copies, `profile`
says what a story is about so far, `background` how alike any two articles are, `book` decides.
"""

from retrieval.briefing.stories.background import unrelated_by_model
from retrieval.briefing.stories.book import Placed, StoryBook
from retrieval.briefing.stories.report import Report, summarise_vectors
from retrieval.briefing.stories.tuning import Tuning

__all__ = ["Placed", "Report", "StoryBook", "Tuning", "summarise_vectors", "unrelated_by_model"]
