"""Which Chroma collection is in use: a word in SQL, so that all programs on it agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from retrieval.archive import tables
from retrieval.archive.tables import State

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.archive.database import Database

_KEY = "collection"
_FIRST = "passages-1"
_IDS_AT_ONCE = 10_000


async def active_collection(database: Database) -> str:
    """The name of the Chroma collection in use."""
    query = select(tables.state.c.value).where(tables.state.c.key == _KEY)
    async with database.read() as connection:
        return str((await connection.execute(query)).scalar() or _FIRST)


async def collection_in_use(connection: AsyncConnection) -> str:
    """The same inside a transaction that writes: nobody swaps it before that has ended."""
    query = select(tables.state.c.value).where(tables.state.c.key == _KEY)
    found = await connection.execute(query.with_for_update(read=True))
    return str(found.scalar() or _FIRST)


def next_collection(name: str) -> str:
    """The name after this one: passages-1, passages-2, ..."""
    stem, _, number = name.rpartition("-")
    return f"{stem}-{int(number) + 1}"


async def use_collection(
    database: Database, name: str, indexed: Collection[int] | None = None
) -> None:
    """From now on `name` is the collection in use.

    `indexed` are the revisions that are whole in it; whatever else SQL calls indexed is pending
    again from the same moment on. None leaves all states alone.
    """
    async with database.write() as connection:
        swap = update(tables.state).where(tables.state.c.key == _KEY).values(value=name)
        if not (await connection.execute(swap)).rowcount:
            await connection.execute(insert(tables.state).values(key=_KEY, value=name))
        if indexed is not None:
            await _only_indexed(connection, indexed)


async def nothing_indexed(database: Database) -> None:
    """There is no vector any more: all that was indexed is pending again."""
    async with database.write() as connection:
        await _only_indexed(connection, ())


async def _only_indexed(connection: AsyncConnection, whole: Collection[int]) -> None:
    revision = tables.revision.c
    query = select(revision.id).where(revision.state == State.INDEXED).order_by(revision.id)
    found = (await connection.execute(query)).scalars().all()
    known = frozenset(whole)
    lacking = [one for one in found if one not in known]
    for at in range(0, len(lacking), _IDS_AT_ONCE):
        await connection.execute(
            update(tables.revision)
            .where(revision.id.in_(lacking[at : at + _IDS_AT_ONCE]))
            .values(state=State.PENDING)
        )
