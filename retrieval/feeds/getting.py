"""Fetches feeds and the pages of their entries."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from retrieval.errors import FetchError
from retrieval.feeds.models import PATIENCE_S
from retrieval.ingest.canonical import canonical_url
from retrieval.ingest.http import (
    REDIRECTS,
    content_type_of,
    once,
    redirect_target,
    too_many_redirects,
)
from retrieval.ingest.limits import MAX_REDIRECTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from contextlib import AbstractAsyncContextManager

    from retrieval.ingest.http import FetchConfig

_FOR_GOOD = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
FEED_TYPES = (
    "application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,"
    "text/xml;q=0.9,application/json;q=0.8,text/html;q=0.5,*/*;q=0.3"
)


@asynccontextmanager
async def soon(turn: AbstractAsyncContextManager[None]) -> AsyncIterator[None]:
    """Enter `turn` for the block, if that doesn't take long.

    Raises:
        TimeoutError: it takes too long; the caller should do something else.
    """
    async with asyncio.timeout(PATIENCE_S) as patience, turn:
        patience.reschedule(None)
        yield


@dataclass(frozen=True, slots=True)
class FeedResponse:
    """A server's final response.

    `asked` is the address requested, `url` the one that responded; `moved_to` is the feed's new
    address, None if unchanged. Only a success has a body.
    """

    asked: str
    url: str
    moved_to: str | None
    status: int
    headers: Mapping[str, str]
    charset: str | None
    body: bytes

    @property
    def address(self) -> str:
        """The address for future requests."""
        return self.moved_to or self.asked

    @property
    def is_success(self) -> bool:
        """Whether there is a body."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def content_type(self) -> str:
        """In lower case, without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()


async def get(
    url: str, reading: FetchConfig, headers: Mapping[str, str], max_bytes: int | None = None
) -> FeedResponse:
    """Fetch `url` with the usual checks, following redirects.

    A move is permanent as far as every redirect from the first on is, and none leads from https
    to http.

    Raises:
        SourceError: `url` isn't an address that can be fetched.
        FetchError: there is no answer, or fetching isn't allowed.
    """
    if max_bytes is not None:
        reading = replace(reading, max_bytes=min(max_bytes, reading.max_bytes))
    url = canonical_url(url)
    moved_to, for_good = url, True
    asked = url
    for _ in range(MAX_REDIRECTS + 1):
        answered = await once(asked, reading, headers)
        if answered.status not in REDIRECTS:
            moved = moved_to if moved_to != url else None
            return FeedResponse(
                url,
                answered.url_final,
                moved,
                answered.status,
                httpx.Headers(dict(answered.headers)),
                content_type_of(answered.headers.get("content-type", ""))[1],
                answered.body,
            )
        target = redirect_target(asked, answered.headers.get("location", ""))
        for_good = for_good and answered.status in _FOR_GOOD and not _less_safe(asked, target)
        moved_to = target if for_good else moved_to
        asked = target
    raise FetchError(too_many_redirects(asked))


def _less_safe(before: str, after: str) -> bool:
    return urlsplit(before).scheme == "https" and urlsplit(after).scheme == "http"
