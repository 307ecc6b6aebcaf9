"""Reads the items of a job and writes down what becomes of them."""

from __future__ import annotations

import itertools
from contextlib import aclosing
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

from bot.intake.models import Counts, Failure, Item
from bot.intake.sources import Link
from retrieval.models import Added, Duplicate, Rejected, Revised
from retrieval.together import all_of
from retrieval.tracing import span

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Callable

    from bot.intake.sources import Source
    from bot.intake.store import IntakeJobs
    from bot.intake.turns import Turns
    from retrieval.models import Outcome

    Read = Callable[[Source, Callable[[int], bool], str], AsyncGenerator[tuple[str, Outcome], None]]
    Said = Callable[[str, Outcome], None]

# Of a file with thousands of articles, what a second brought may be read twice after a crash. It is
# then "already there"; nothing is lost or doubled.
SAVE_EVERY_S = 1.0
MOST_FAILURES = 5_000
MOST_STORED = 10
_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class _Hooks:
    said: Said
    ended: Callable[[Item], None]
    stopping: asyncio.Event
    token: str | None


class Engine:
    """Reads jobs. `read` gives, of a source, the articles whose number is wanted."""

    def __init__(self, store: IntakeJobs, turns: Turns, read: Read) -> None:
        self._store, self._turns, self._read = store, turns, read

    async def run(  # noqa: PLR0913  a run has that many sides
        self,
        number: int,
        *,
        added_by: str,
        said: Said = lambda _label, _outcome: None,
        ended: Callable[[Item], None] = lambda _item: None,
        stopping: asyncio.Event,
        token: str | None = None,
    ) -> None:
        """Read what waits in a job until there is nothing more, or until `stopping` is set.

        It is set here when the job was stopped by another program. What is under way then is
        finished. Cancelled, it leaves what was not written down to the next run. `token` is that
        of the job's lease.

        Raises:
            ArchiveError: the archive failed; what was not written down is still waiting.
            LeaseLostError: the job is another program's by now.
        """
        while not stopping.is_set() and (items := await self._store.waiting(number)):
            for start in range(0, len(items), _AT_A_TIME):
                several = items[start : start + _AT_A_TIME]
                hooks = _Hooks(said, ended, stopping, token)
                await all_of(self._one(one, added_by, hooks) for one in several)
                if stopping.is_set():
                    return

    async def _one(self, item: Item, added_by: str, hooks: _Hooks) -> None:
        source = item.source
        async with self._turns.turn(source.queue, is_host=isinstance(source, Link)):
            if hooks.stopping.is_set():
                return
            with span("add", kind=type(source).__name__.lower()):
                await self._read_one(item, added_by, hooks)

    async def _read_one(self, item: Item, added_by: str, hooks: _Hooks) -> None:
        source, wants = item.source, item.wants()
        numbers = (number for number in itertools.count() if wants(number))
        saved = monotonic()
        async with aclosing(self._read(source, wants, added_by)) as results:
            async for label, outcome in results:
                item = after(item, next(numbers), label, outcome)
                hooks.said(label, outcome)
                # A link holds one article, so it is done; a file may hold more.
                if hooks.stopping.is_set() and not isinstance(source, Link):
                    await self._save(item, hooks)
                    return
                if monotonic() - saved >= SAVE_EVERY_S:
                    await self._save(item, hooks)
                    saved = monotonic()
        item = replace(item, done=True)
        await self._save(item, hooks)
        hooks.ended(item)

    async def _save(self, item: Item, hooks: _Hooks) -> None:
        if not await self._store.save(item, hooks.token):
            hooks.stopping.set()


def after(item: Item, number: int, label: str, outcome: Outcome) -> Item:
    """The item when its article `number` is dealt with. Pure."""
    counts, failures, stored = item.counts, item.failures, item.stored
    match outcome:
        case Added(article):
            counts, result = counts + Counts(added=1), "added"
        case Revised(article):
            counts, result = counts + Counts(revised=1), "revised"
        case Duplicate(article):
            counts, result = counts + Counts(already=1), "already"
        case Rejected(reason):
            counts += Counts(rejected=1)
            if len(failures) < MOST_FAILURES:
                failures = (*failures, Failure(number, label, reason))
            return replace(item, position=number + 1, counts=counts, failures=failures)
    if len(stored) < MOST_STORED:
        stored = (*stored, (result, article.id))
    return replace(item, position=number + 1, counts=counts, stored=stored)
