"""`sitrep feeds`: add, list, remove, check, import, export."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.adding import ADDED_BY, index, progress_bar
from bot.features.adding.reading import FetchLimits, PoliteQueues
from bot.features.audit_log import recorder
from bot.features.feeds import FeedRunner, added_text, feed_text, imported_text, name_of, state_of
from bot.ops.logs import set_up_logging
from bot.settings import BotSettings
from bot.telegram.rich_text import printed
from retrieval.errors import ArchiveError, SitrepError, SourceError
from retrieval.library import open_library

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from bot.features.audit_log import Record
    from retrieval.feeds import Listed
    from retrieval.library import Library

_STDIN = "-"


async def run_feeds(action: str, what: Sequence[str], *, as_json: bool) -> int:
    """Run a command of `sitrep feeds`; returns 1 if any part of it failed.

    Raises:
        SitrepError: it failed as a whole.
    """
    actions: dict[str, Callable[[Library, FeedRunner], Awaitable[int]]] = {
        "add": lambda library, feeds: _add(library, feeds, what),
        "list": lambda _, feeds: _list(feeds, as_json=as_json),
        "remove": lambda library, feeds: _remove(library, feeds, what),
        "check": lambda library, feeds: _check(library, feeds, what),
        "import": lambda _, feeds: _import(feeds, what),
        "export": lambda _, feeds: _export(feeds, what),
    }
    async with _opened() as (library, feeds):
        return await actions[action](library, feeds)


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Library, FeedRunner]]:
    settings = BotSettings.read()
    set_up_logging(settings, "ERROR")
    manners = FetchLimits(
        settings.fetch_at_once, settings.fetch_per_host, settings.fetch_host_pause_s
    )
    async with open_library(settings) as library:
        now = _now
        yield library, FeedRunner(library, settings, PoliteQueues(manners), now=now)


async def _add(library: Library, feeds: FeedRunner, addresses: Sequence[str]) -> int:
    failed = 0
    for address in addresses:
        url = address if "://" in address else f"https://{address}"
        try:
            added = await feeds.desk.add(url, by=ADDED_BY)
        except SourceError as error:
            failed += 1
            sys.stderr.write(f"{address}: {error}\n")
            continue
        sys.stdout.write(f"{added_text(added)}\n")
        if added.new:
            await _record(library)(
                ADDED_BY, "add", f"feed:{added.feed.id}", {"address": added.feed.url}
            )
            await feeds.poller.poll(added.feed.id, look=False)
    await _embed(library)
    return 1 if failed else 0


def _record(library: Library) -> Record:
    return recorder(library.database, _now)


async def _list(feeds: FeedRunner, *, as_json: bool) -> int:
    listed = await feeds.desk.listed()
    for one in listed:
        line = json.dumps(_as_json(one), ensure_ascii=False) if as_json else _line(one)
        sys.stdout.write(f"{line}\n")
    if not listed and not as_json:
        sys.stdout.write("No feed is read yet: sitrep feeds add ADDRESS\n")
    return 0


async def _remove(library: Library, feeds: FeedRunner, numbers: Sequence[str]) -> int:
    failed = 0
    for number in _numbers(numbers):
        try:
            feed = await feeds.desk.remove(number)
        except ArchiveError as error:
            failed += 1
            sys.stderr.write(f"{error}\n")
            continue
        await _record(library)(ADDED_BY, "remove", f"feed:{number}", {"address": feed.url})
        sys.stdout.write(f"Removed feed {number}, “{name_of(feed)}”; its articles stay.\n")
    return 1 if failed else 0


async def _check(library: Library, feeds: FeedRunner, numbers: Sequence[str]) -> int:
    """Poll feeds now, due or not."""
    listed = await feeds.desk.listed()
    wanted = _numbers(numbers) if numbers else [one.feed.id for one in listed]
    failed = 0
    for number in wanted:
        look = await feeds.poller.poll(number)
        now = {one.feed.id: one for one in await feeds.desk.listed()}.get(number)
        if now is None:
            sys.stderr.write(f"There is no feed {number}.\n")
        elif look is None:
            sys.stderr.write(f"Feed {number} is being read by another Sitrep just now.\n")
        else:
            sys.stdout.write(f"{_line(now)}\n")
        failed += now is None or look is None or now.feed.problem is not None
    await _embed(library)
    return 1 if failed else 0


async def _import(feeds: FeedRunner, names: Sequence[str]) -> int:
    body = await asyncio.to_thread(_read, names[0])
    result = await feeds.desk.bring_in(body, by=ADDED_BY)
    sys.stdout.write(f"{imported_text(result)}\n")
    return 1 if result.problems else 0


async def _export(feeds: FeedRunner, names: Sequence[str]) -> int:
    body = await feeds.desk.carry_out()
    if not names or names[0] == _STDIN:
        sys.stdout.write(body.decode())
        return 0
    await asyncio.to_thread(_write, names[0], body)
    return 0


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == _STDIN else Path(name).read_bytes()
    except OSError as error:
        raise SitrepError(f"{name} can't be read ({error.strerror}).") from error


def _write(name: str, body: bytes) -> None:
    try:
        with Path(name).open("xb") as file:
            file.write(body)
    except OSError as error:
        raise SitrepError(f"{name} can't be written ({error.strerror}).") from error


async def _embed(library: Library) -> None:
    with progress_bar() as progress:
        await index(library, progress)


def _numbers(words: Sequence[str]) -> list[int]:
    if not words or not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):  # noqa: PLR2004
        raise SitrepError("Name feeds by their numbers, as sitrep feeds list gives them.")
    return [int(word) for word in words]


def _line(one: Listed) -> str:
    return f"{printed(feed_text(one, _now()))}\n"


def _as_json(one: Listed) -> dict[str, Any]:
    feed = one.feed
    return {
        "id": feed.id,
        "url": feed.url,
        "title": feed.title,
        "state": feed.state,
        "said": state_of(feed, _now()),
        "articles": one.articles,
        "waiting": one.waiting,
        "unreadable": one.unreadable,
        "next_at": feed.next_at.isoformat(),
        "failing_since": feed.failing_since.isoformat() if feed.failing_since else None,
        "problem": None if feed.problem is None else str(feed.problem),
    }


def _now() -> datetime:
    return datetime.now(UTC)
