"""The first walk: reads a source, splits the articles found in it, and stores them."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from retrieval.errors import ArchiveError, RefusedError, SitrepError
from retrieval.ingest.sources import (
    REFUSED,
    UNFORESEEN,
    read_link,
    read_source,
    read_text,
    read_upload,
    rejected,
)
from retrieval.messages import UserMessage
from retrieval.models import Added, Rejected, Revised
from retrieval.storage import audit
from retrieval.text.sentences import split
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from datetime import datetime

    from retrieval.archive import Archive
    from retrieval.ingest.http import FetchConfig
    from retrieval.ingest.sources import FoundSource
    from retrieval.models import Article, ArticleDraft, Outcome

log = logging.getLogger(__name__)

_OUTLETS_NAMED, _LABEL_CHARS = 5, 100


def every(_number: int) -> bool:
    """Accept all articles of a source."""
    return True


class Ingestor:
    """Puts articles into the archive.

    Every method yields a label and an outcome for each article in the source. A rejection is a
    value, never an exception; stored articles have been committed. An unexpected error rejects
    only its article, and is logged. Articles whose index in the source isn't `wanted` are
    skipped silently. All methods raise ArchiveError when the archive fails.
    """

    def __init__(self, archive: Archive, reading: FetchConfig) -> None:
        self._archive = archive
        self._reading = reading

    @property
    def reading(self) -> FetchConfig:
        """The settings for fetching and parsing."""
        return self._reading

    async def add_draft(self, draft: ArticleDraft, *, added_by: str) -> Outcome:
        """Store an article that has already been read."""
        try:
            return await self._split_and_stored(draft, added_by)
        except RefusedError:
            log.exception("an article was refused")
            return Rejected(REFUSED)
        except ArchiveError:
            raise
        except Exception:  # one bad article must not stop the others
            log.exception("an article could not be stored")
            return Rejected(UNFORESEEN)

    async def _split_and_stored(self, draft: ArticleDraft, added_by: str) -> Outcome:
        with span("split") as one:
            passages = await asyncio.to_thread(split, draft.text)
            one.note(passages=len(passages))
        with span("store") as one:
            outcome = await self._archive.articles.store(draft, passages, added_by)
            one.note(outcome=type(outcome).__name__.lower())
        return outcome

    def add(
        self, source: str, *, added_by: str, wanted: Callable[[int], bool] = every
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        """Add a file, a folder, a URL, or `-` for standard input; for operators."""
        label = "standard input" if source == "-" else source
        return self._store(label, read_source(source, self._reading), added_by, wanted)

    def add_link(
        self, url: str, *, added_by: str, wanted: Callable[[int], bool] = every
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        """Add a URL; for people in chats, who must not name files."""
        return self._store(url, read_link(url, self._reading), added_by, wanted)

    def add_upload(
        self,
        name: str,
        body: bytes,
        *,
        added_by: str,
        wanted: Callable[[int], bool] = every,
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        """Add an uploaded file; its name is only a hint at its kind."""
        return self._store(name, read_upload(name, body, self._reading), added_by, wanted)

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
        """Add the text of a message."""
        found = read_text(text, self._reading, outlet=outlet, url=url, published=published)
        return self._store("the message", found, added_by, wanted)

    async def _store(
        self,
        label: str,
        found: AsyncIterator[FoundSource],
        added_by: str,
        wanted: Callable[[int], bool],
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        claims = _Claims(label)
        number = -1
        try:
            async for one in _without_surprises(label, found):
                number += 1
                if not wanted(number):
                    continue
                if one.draft is None:
                    yield (
                        one.source,
                        one.rejection or Rejected(UserMessage("I found no article in it.")),
                    )
                    continue
                outcome = await self.add_draft(one.draft, added_by=added_by)
                if one.claimed and isinstance(outcome, Added | Revised):
                    claims.take(outcome.article)
                yield one.source, outcome
        finally:  # even if only a part of the file was read
            if claims.articles:
                now = self._reading.clock()
                await audit.record(
                    self._archive.database, added_by, "add", "articles", now, claims.detail()
                )


async def _without_surprises(
    label: str, found: AsyncIterator[FoundSource]
) -> AsyncIterator[FoundSource]:
    """The items of `found`; an unexpected error becomes the last of them."""
    try:
        async for one in found:
            yield one
    except SitrepError:
        raise
    except Exception:  # hostile sources fail in undocumented ways
        log.exception("reading %s failed", label)
        yield rejected(label, UNFORESEEN)


@dataclass(slots=True)
class _Claims:
    """Counts the articles of a file with an address or outlet that only the file claims."""

    label: str
    articles: int = 0
    outlets: Counter[str] = field(default_factory=Counter)

    def take(self, article: Article) -> None:
        """Count one."""
        self.articles += 1
        self.outlets[article.outlet] += 1

    def detail(self) -> dict[str, Any]:
        """For the audit log; without the file's folder, whose name may be a person's."""
        names = [name for name, _ in self.outlets.most_common(_OUTLETS_NAMED)]
        more = len(self.outlets) - len(names)
        outlets = ", ".join(names) + (f" +{more}" if more else "")
        return {
            "file": PurePath(self.label).name[:_LABEL_CHARS],
            "named by the file": self.articles,
            "outlets": outlets,
        }
