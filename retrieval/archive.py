"""The open archive: its repositories and its indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.index.vector_filter import FilteredSearch
from retrieval.storage.answers import AnswerRepository
from retrieval.storage.articles import ArticleRepository
from retrieval.storage.briefings import BriefingRepository, StoryReader
from retrieval.storage.feedback import FeedbackRepository
from retrieval.storage.keywords import KeywordSearch, Vocabulary
from retrieval.storage.listing import Catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.index.chroma import VectorIndex
    from retrieval.storage.database import Database


class Archive:
    """The repositories over one database, and the searches by meaning and by words.

    `folder` holds the files that keep filtered searches fast on large archives; without one they
    are kept in memory. Every method of every part raises ArchiveError when SQL or Chroma fails.
    """

    def __init__(
        self, database: Database, vectors: VectorIndex, folder: Path | None = None
    ) -> None:
        self.database = database
        self.articles = ArticleRepository(database)
        self.catalogue = Catalogue(database)
        self.stories = StoryReader(database)
        self.answers = AnswerRepository(database)
        self.feedback = FeedbackRepository(database)
        self.briefings = BriefingRepository(database)
        self.keywords = KeywordSearch(database)
        self.vocabulary = Vocabulary(database)
        self.vectors = FilteredSearch(database, vectors, folder)
