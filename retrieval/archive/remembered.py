"""Articles that searches meet again and again, remembered; whether they still live, SQL says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.archive.reading import current_articles, current_revisions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import Article

# About half a kilobyte each.
_MOST = 20_000


class RememberedArticles:
    """Reads articles by revision, most of them from memory.

    A revision's title, outlet and date do not change once they are known. What was not known of it
    may be filled in later, so one without a date is read each time; of author and address an
    article from here may lack what came last.
    """

    def __init__(self) -> None:
        self._known: dict[int, Article] = {}

    async def current(
        self, connection: AsyncConnection, revision_ids: Iterable[int]
    ) -> dict[int, Article]:
        """The articles of these revisions, by revision id; only what is current."""
        wanted = set(revision_ids)
        known = {one: self._known[one] for one in wanted & self._known.keys()}
        living: set[int] = set()
        if known:
            living = await current_revisions(connection, {one.id for one in known.values()})
        found = {one: article for one, article in known.items() if one in living}
        unknown = wanted - known.keys()
        if unknown:
            read = await current_articles(connection, unknown)
            self._remember(read.values())
            found |= read
        return found

    def _remember(self, articles: Iterable[Article]) -> None:
        if len(self._known) > _MOST:
            self._known.clear()
        self._known |= {one.revision_id: one for one in articles if one.published is not None}
