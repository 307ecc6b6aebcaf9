"""The first walk, whole: a source is read, what was found is cut and stored."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from retrieval.ingest.sources import read_link, read_source, read_text, read_upload
from retrieval.models import Rejected
from retrieval.splitting import split

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from retrieval.archive import Archive
    from retrieval.ingest.sources import Found, Reading
    from retrieval.models import Outcome


class Ingestor:
    """Puts articles into the archive.

    Every method yields, for each article that a source holds, its label and what became of it; a
    Rejected is a value, never an exception, and what was yielded as stored has been committed.
    All raise ArchiveError when the archive fails.
    """

    def __init__(self, archive: Archive, reading: Reading) -> None:
        self._archive = archive
        self._reading = reading

    def add(self, source: str, *, added_by: str) -> AsyncIterator[tuple[str, Outcome]]:
        """A file, a folder, a URL, or `-` for standard input: what an operator may name."""
        return self._store(read_source(source, self._reading), added_by)

    def add_link(self, url: str, *, added_by: str) -> AsyncIterator[tuple[str, Outcome]]:
        """A URL and nothing else: what a person in a chat may name."""
        return self._store(read_link(url, self._reading), added_by)

    def add_upload(
        self, name: str, body: bytes, *, added_by: str
    ) -> AsyncIterator[tuple[str, Outcome]]:
        """A file as it was sent; its name is a hint at most."""
        return self._store(read_upload(name, body, self._reading), added_by)

    def add_text(
        self,
        text: str,
        *,
        outlet: str,
        url: str | None,
        published: datetime,
        added_by: str,
    ) -> AsyncIterator[tuple[str, Outcome]]:
        """The text of a message."""
        found = read_text(text, self._reading, outlet=outlet, url=url, published=published)
        return self._store(found, added_by)

    async def _store(
        self, found: AsyncIterator[Found], added_by: str
    ) -> AsyncIterator[tuple[str, Outcome]]:
        async for one in found:
            if one.draft is None:
                yield one.source, one.rejection or Rejected("It holds no article.")
                continue
            passages = await asyncio.to_thread(split, one.draft.text)
            yield one.source, await self._archive.store(one.draft, passages, added_by)
