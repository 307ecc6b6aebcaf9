"""Reads feeds in a worker process, so that a hostile feed can only harm that process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

from retrieval.errors import ExtractError
from retrieval.feeds.models import (
    LIST_TOO_LARGE,
    MAX_OPML_BYTES,
    MAX_OPML_FEEDS,
    MOST_ADDRESSES,
    Document,
    Outline,
    keyed,
)
from retrieval.ingest.sandbox import NOT_STARTED
from retrieval.ingest.sandbox.pool import DiedError, NotStartedError, Workers
from retrieval.ingest.sandbox.wire import Wire
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from retrieval.feeds.getting import FeedResponse
    from retrieval.feeds.models import Keyed


class What(StrEnum):
    """What to read: a feed, a page's links to feeds, or a list of feeds (OPML)."""

    FEED = "feed"
    PAGE = "page"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class FeedTask:
    """A server's response for an address, with its type and encoding."""

    body: bytes
    url: str
    content_type: str = ""
    charset: str | None = None
    what: What = What.FEED


@dataclass(frozen=True, slots=True)
class DiscoveredFeed:
    """A document, the addresses in a page, or the feeds in a list; or a reason why not."""

    document: Document | None = None
    reason: UserMessage | None = None
    addresses: tuple[str, ...] | None = None
    outlines: tuple[Outline, ...] | None = None


WIRE = Wire(FeedTask, DiscoveredFeed)
_FAILED = UserMessage("Reading it failed.")


def read_here(task: FeedTask) -> Iterator[DiscoveredFeed]:
    """Yield the single item for a task; runs in a worker or in this process."""
    # heavy, and mostly needed in workers
    from retrieval.feeds.discovery import feeds_of_page, read_opml  # noqa: PLC0415
    from retrieval.feeds.parsing import read_feed  # noqa: PLC0415

    try:
        match task.what:
            case What.FEED:
                yield DiscoveredFeed(read_feed(task.body, task.url, task.content_type))
            case What.PAGE:
                yield DiscoveredFeed(
                    addresses=tuple(feeds_of_page(task.body, task.charset, task.url))
                )
            case What.LIST:
                yield DiscoveredFeed(outlines=tuple(read_opml(task.body)))
    except ExtractError as error:
        yield DiscoveredFeed(reason=error.message)
    except (MemoryError, RecursionError):
        yield DiscoveredFeed(reason=UserMessage("It takes too much memory to read as a feed."))


class FeedPool:
    """Reads feeds in workers. Close it after use."""

    def __init__(self, memory: int = 512_000_000, timeout_s: float = 20.0) -> None:
        self._workers = Workers("retrieval.feeds.worker", WIRE, 1, memory, timeout_s)

    def close(self) -> None:
        """End all workers, whatever they do."""
        self._workers.close()

    def problem(self) -> str | None:
        """Why no feed at all can be read; None if all is well."""
        return self._workers.problem()

    def read(self, task: FeedTask) -> Iterator[DiscoveredFeed]:
        """Like `read_here`, in a worker."""
        try:
            yield from self._workers.ask(task)
        except NotStartedError:
            yield DiscoveredFeed(reason=NOT_STARTED)
        except DiedError as death:
            yield DiscoveredFeed(reason=_FAILED if death.late is None else _too_slow(death.late))


def _too_slow(seconds: float) -> UserMessage:
    return UserMessage("Reading it took longer than {number} seconds.", number=seconds)


class Documents:
    """Reads documents off the event loop with `ask`, one at a time."""

    def __init__(self, ask: Callable[[FeedTask], Iterable[DiscoveredFeed]] = read_here) -> None:
        self._ask = ask
        self._one = asyncio.Semaphore(1)

    async def read(self, answer: FeedResponse) -> tuple[Document, list[Keyed]]:
        """The feed in a response, and its entries with their keys.

        Raises:
            ExtractError: it isn't a feed.
        """
        task = FeedTask(answer.body, answer.url, answer.headers.get("Content-Type", ""))

        document = (await self._found(task)).document
        if document is None:
            raise ExtractError(_FAILED)
        # Set here and not by the worker: this is verified.
        entries = [replace(one, came_from=answer.url) for one in document.entries]
        return document, await asyncio.to_thread(keyed, entries)

    async def addresses(self, page: FeedResponse) -> tuple[str, ...]:
        """The feeds that a page links to, likeliest first.

        Raises:
            ExtractError: it could not be read.
        """
        found = await self._found(FeedTask(page.body, page.url, "", page.charset, What.PAGE))
        return (found.addresses or ())[:MOST_ADDRESSES]

    async def outlines(self, body: bytes) -> tuple[Outline, ...]:
        """The feeds of an OPML list, in order.

        Raises:
            ExtractError: it isn't OPML, is too large, or an attack.
        """
        if len(body) > MAX_OPML_BYTES:
            raise ExtractError(LIST_TOO_LARGE)
        found = await self._found(FeedTask(body, "", what=What.LIST))
        return (found.outlines or ())[:MAX_OPML_FEEDS]

    async def _found(self, task: FeedTask) -> DiscoveredFeed:
        def work() -> DiscoveredFeed:
            # A compromised or killed worker may return anything, or nothing.
            all_found = list(islice(self._ask(task), 2))
            if len(all_found) != 1 or all_found[0].reason is not None:
                reasons = (one.reason for one in all_found if one.reason is not None)
                raise ExtractError(next(reasons, _FAILED))
            return all_found[0]

        async with self._one:
            return await asyncio.to_thread(work)
