"""The door of the archive: SQL, words and vectors as one thing."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from retrieval.archive.answers import CitedText, cited_text, keep_answer
from retrieval.archive.articles import remove_article, store_article
from retrieval.archive.filtered import FilteredSearch
from retrieval.archive.keywords import KeywordSearch
from retrieval.archive.reading import (
    Summary,
    article_by_id,
    current_articles,
    current_passages,
    outlet_names,
    summary,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from retrieval.archive.database import Database
    from retrieval.archive.filters import Filter
    from retrieval.archive.vectors import Vectors
    from retrieval.models import (
        Added,
        Answer,
        Article,
        Draft,
        Duplicate,
        Passage,
        PassageDraft,
        Revised,
    )

_OUTLETS_KNOWN_S = 60.0


class Archive:
    """What the other rooms may ask of the archive. Each call is one transaction.

    Every method raises ArchiveError when SQL or Chroma fails. In `folder` it keeps what makes
    filtered searches fast on large archives; without one, that is kept in memory.
    """

    def __init__(self, database: Database, vectors: Vectors, folder: Path | None = None) -> None:
        self._database = database
        self._vectors = vectors
        self._filtered = FilteredSearch(database, vectors, folder)
        self._keywords = KeywordSearch()
        self._outlets: tuple[tuple[str, ...], float] = ((), -_OUTLETS_KNOWN_S - 1)

    async def store(
        self, draft: Draft, passages: Sequence[PassageDraft], added_by: str
    ) -> Added | Revised | Duplicate:
        """Store an article, or a new revision of one; it is searchable by words at once."""
        return await store_article(self._database, draft, passages, added_by)

    async def remove(self, article_id: int) -> bool:
        """Take an article out of every search; False where there is none."""
        return await remove_article(self._database, article_id)

    async def article(self, article_id: int) -> Article:
        """The current revision of an article."""
        async with self._database.read() as connection:
            return await article_by_id(connection, article_id)

    async def summary(self) -> Summary:
        """What the archive holds."""
        async with self._database.read() as connection:
            return await summary(connection)

    async def outlets(self) -> tuple[str, ...]:
        """The names of all outlets, as of a minute ago at the most."""
        known, at = self._outlets
        if monotonic() - at > _OUTLETS_KNOWN_S:
            async with self._database.read() as connection:
                known = await outlet_names(connection)
            self._outlets = (known, monotonic())
        return known

    async def by_vector(
        self, vector: Sequence[float], k: int, within: Filter | None = None
    ) -> list[tuple[str, float]]:
        """Ids of the `k` passages nearest to a vector, with their cosine similarity.

        `within` leaves out what was published at other times or by others, and costs no more time.
        """
        if within:
            return await self._filtered.search(vector, k, within)
        return await self._vectors.search(vector, k)

    async def prepare_filters(self) -> None:
        """Write now what filtered searches need, which the first of them would begin."""
        await self._filtered.prepare()

    async def similarities(
        self, passage_ids: Sequence[str], vector: Sequence[float]
    ) -> dict[str, float]:
        """The cosine of each of these passages to a vector; of those that have one yet."""
        return await self._vectors.similarities(list(passage_ids), vector)

    async def by_keywords(self, terms: Sequence[str], k: int) -> list[tuple[str, float]]:
        """Ids of the `k` best passages that hold any of the terms, with their scores."""
        async with self._database.read() as connection:
            return await self._keywords.search(connection, terms, k)

    async def articles(self, revision_ids: Iterable[int]) -> dict[int, Article]:
        """The articles of these revisions, without those that are no longer current."""
        async with self._database.read() as connection:
            return await current_articles(connection, revision_ids)

    async def passages(self, passage_ids: Iterable[str]) -> dict[str, Passage]:
        """Passages by id, without those that are no longer current."""
        async with self._database.read() as connection:
            return await current_passages(connection, passage_ids)

    async def keep_answer(self, conversation: str, answer: Answer) -> int:
        """Keep a given answer for its buttons; returns its id."""
        return await keep_answer(self._database, conversation, answer)

    async def cited_text(self, conversation: str, answer_id: int, n: int) -> CitedText:
        """Footnote `n` of an answer given in `conversation`, with the text around it."""
        return await cited_text(self._database, conversation, answer_id, n)
