"""The first walk, whole: a source is read, what was found is cut and stored."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from retrieval.ingest.sources import read_link, read_source, read_text, read_upload
from retrieval.models import Rejected
from retrieval.splitting import split
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from datetime import datetime

    from retrieval.archive import Archive
    from retrieval.ingest.sources import Found, Reading
    from retrieval.models import Draft, Outcome


def every(_number: int) -> bool:
    """All articles of a source are wanted."""
    return True


class Ingestor:
    """Puts articles into the archive.

    Every method yields, for each article that a source holds, its label and what became of it; a
    Rejected is a value, never an exception, and what was yielded as stored has been committed.
    Articles whose number within the source, from 0, is not `wanted` are passed over in silence.
    All raise ArchiveError when the archive fails.
    """

    def __init__(self, archive: Archive, reading: Reading) -> None:
        self._archive = archive
        self._reading = reading

    @property
    def reading(self) -> Reading:
        """How it reads."""
        return self._reading

    async def add_draft(self, draft: Draft, *, added_by: str) -> Outcome:
        """An article that was read already."""
        with span("split") as one:
            passages = await asyncio.to_thread(split, draft.text)
            one.note(passages=len(passages))
        with span("store") as one:
            outcome = await self._archive.store(draft, passages, added_by)
            one.note(outcome=type(outcome).__name__.lower())
        return outcome

    def add(
        self, source: str, *, added_by: str, wanted: Callable[[int], bool] = every
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        """A file, a folder, a URL, or `-` for standard input: what an operator may name."""
        return self._store(read_source(source, self._reading), added_by, wanted)

    def add_link(
        self, url: str, *, added_by: str, wanted: Callable[[int], bool] = every
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        """A URL and nothing else: what a person in a chat may name."""
        return self._store(read_link(url, self._reading), added_by, wanted)

    def add_upload(
        self,
        name: str,
        body: bytes,
        *,
        added_by: str,
        wanted: Callable[[int], bool] = every,
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        """A file as it was sent; its name is a hint at most."""
        return self._store(read_upload(name, body, self._reading), added_by, wanted)

    def add_text(  # noqa: PLR0913  what is known of a message
        self,
        text: str,
        *,
        outlet: str,
        url: str | None,
        published: datetime,
        added_by: str,
        wanted: Callable[[int], bool] = every,
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        """The text of a message."""
        found = read_text(text, self._reading, outlet=outlet, url=url, published=published)
        return self._store(found, added_by, wanted)

    async def _store(
        self, found: AsyncIterator[Found], added_by: str, wanted: Callable[[int], bool]
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        number = -1
        async for one in found:
            number += 1
            if not wanted(number):
                continue
            if one.draft is None:
                yield one.source, one.rejection or Rejected("It holds no article.")
                continue
            yield one.source, await self.add_draft(one.draft, added_by=added_by)
