"""Many small writes in few transactions: while one commits, the next ones gather."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import IntegrityError

from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.archive.database import Database

    Change = Callable[[AsyncConnection], Awaitable[Any]]

T = TypeVar("T")


class Journal:
    """Writes to one database. A change that was begun is finished, whoever stops waiting for it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Change, asyncio.Future[Any]]] = []
        self._task: asyncio.Task[None] | None = None

    async def write(self, change: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Make a change and return its result when it is committed.

        Raises:
            ArchiveError: the database failed, and nothing of the change was written.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        either: set[asyncio.Future[Any]] = {future, self._task}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not future.done():
            self._task.result()  # a mistake of ours in a change; who waits shall hear of it
        return future.result()

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._commit(batch)
            except (ArchiveError, IntegrityError):
                # One of them, maybe: each gets a transaction of its own, and its own failure.
                for one in batch:
                    await self._alone(one)

    async def _commit(self, batch: list[tuple[Change, asyncio.Future[Any]]]) -> None:
        async with self._database.write() as connection:
            results = [await change(connection) for change, _ in batch]
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)

    async def _alone(self, one: tuple[Change, asyncio.Future[Any]]) -> None:
        try:
            await self._commit([one])
        except (ArchiveError, IntegrityError) as error:
            if not one[1].done():
                one[1].set_exception(error)
