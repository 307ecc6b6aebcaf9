"""Near copies in SQL: which article is a copy of which, kept right whatever comes, changes or goes.

A family is a star: its first article lies in the buckets of `copy_band`, where a new one looks for
its like; the others name it as `copy_of`. So two texts that are both like a third and not like each
other never meet. When the first goes or changes, the rest is decided anew, in order.

The order is `outlets.standing`, then age: whose address is its own outlet's goes before a copy on
free hosting or under a claimed name, however early that came.

Writers do this one after the other (`alone`): of two that store the same thing at once, the second
has to see the first.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, text, update

from retrieval.archive import tables
from retrieval.near_copies import band_numbers, is_near_copy, text_print
from retrieval.outlets import standing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.archive.database import Database
    from retrieval.near_copies import TextPrint

    Rest = Callable[[float], Awaitable[None]]

# Any number that no other lock of the program has.
_LOCK = 5_173_009
# Pages made from one template share their buckets without being copies: the most alike are read.
_READ_AT_MOST = 12
_AT_ONCE = 100

_ALIVE = tables.article.c.removed_at.is_(None)
_ID, _COPY_OF = tables.article.c.id, tables.article.c.copy_of


async def alone(connection: AsyncConnection) -> None:
    """Wait until nobody else stores or removes articles, and keep them out until the commit.

    SQLite took its write lock at the start of the transaction.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


async def place_new(connection: AsyncConnection, article_id: int, bands: Sequence[int]) -> None:
    """Find of what an article is a copy that is newer than all others; `bands` are its text's.

    Where it goes before some, those are decided anew.
    """
    later = await _place(connection, article_id, bands)
    await _place_all(connection, {*later, *await _copies(connection, later)})


async def place_anew(
    connection: AsyncConnection, article_id: int, bands: Sequence[int] | None = None
) -> None:
    """The same for one that says something else now, or is back; its family is decided anew.

    Without `bands` they are made here, while other writers wait.
    """
    row = await _current(connection, article_id)
    if bands is None:
        bands = await asyncio.to_thread(band_numbers, row.text)
    later = await _later_copies(row, await _alike(connection, row, bands))
    affected = {article_id, *later, *await _copies(connection, [article_id, *later])}
    await _place_all(connection, affected, {article_id: bands})


async def let_go(connection: AsyncConnection, article_id: int) -> None:
    """Of an article that was removed: the next of its copies becomes the first."""
    copies = await _copies(connection, [article_id])
    await _unplace(connection, {article_id})
    await _place_all(connection, copies)


async def no_rest(_seconds: float) -> None:
    """Go on at once."""


async def compare_waiting(database: Database, rest: Rest = no_rest) -> int:
    """Compare some articles that were stored before there was this; returns how many.

    After each article `rest` is told how many seconds it took and awaited, with no lock held:
    SQLite's goes to whoever asks first, and who asks again at once keeps everybody else waiting.

    Raises:
        ArchiveError: the database failed; what was not compared is still waiting.
    """
    async with database.read() as connection:
        query = select(_ID).where(uncompared()).order_by(_ID).limit(_AT_ONCE)
        waiting = list((await connection.execute(query)).scalars())
    for article_id in waiting:
        start = perf_counter()
        async with database.write() as connection:
            await alone(connection)
            still = select(_ID).where(uncompared(), tables.article.c.id == article_id)
            if (await connection.execute(still)).first() is not None:
                await place_anew(connection, article_id)
        await rest(perf_counter() - start)
    return len(waiting)


def uncompared() -> Any:  # noqa: ANN401  a condition
    """Of articles: not compared with others yet, as they stand."""
    article = tables.article.c
    return _ALIVE & article.compared_revision_id.is_distinct_from(article.current_revision_id)


async def _place_all(
    connection: AsyncConnection,
    article_ids: Collection[int],
    bands: Mapping[int, Sequence[int]] = MappingProxyType({}),
) -> None:
    """Decide these anew, in order; of some, the bands are known."""
    if not article_ids:
        return
    await _unplace(connection, article_ids)
    article = tables.article.c
    query = select(article.id, article.outlet, article.url).where(_ID.in_(list(article_ids)))
    for row in sorted((await connection.execute(query)).all(), key=_order):
        await _place(connection, row.id, bands.get(row.id))


async def _later_copies(row: Row[Any], alike: Sequence[Row[Any]]) -> list[int]:
    """Of firsts that are `alike`, those that are copies of an article which goes before them."""
    return [one.id for one in alike if _order(one) > _order(row) and await _is_copy(row, one)]


async def _place(
    connection: AsyncConnection, article_id: int, bands: Sequence[int] | None = None
) -> list[int]:
    """Find of what an article is a copy, and keep that; returns the firsts that are its copies."""
    row = await _current(connection, article_id)
    if bands is None:
        bands = await asyncio.to_thread(band_numbers, row.text)
    first: int | None = None
    alike = await _alike(connection, row, bands)
    for one in alike:
        if _order(one) < _order(row) and await _is_copy(row, one):
            first = one.id
            break
    await connection.execute(
        update(tables.article)
        .where(tables.article.c.id == article_id)
        .values(copy_of=first, compared_revision_id=row.revision_id)
    )
    if first is None and bands:
        rows = [{"band": band, "article_id": article_id} for band in dict.fromkeys(bands)]
        await connection.execute(insert(tables.copy_band), rows)
    return await _later_copies(row, alike) if first is None else []


async def _unplace(connection: AsyncConnection, article_ids: Collection[int]) -> None:
    ids = list(article_ids)
    await connection.execute(delete(tables.copy_band).where(tables.copy_band.c.article_id.in_(ids)))
    await connection.execute(
        update(tables.article).where(_ID.in_(ids)).values(copy_of=None, compared_revision_id=None)
    )


async def _copies(connection: AsyncConnection, article_ids: Sequence[int]) -> list[int]:
    query = select(_ID).where(_COPY_OF.in_(article_ids), _ALIVE).order_by(_ID)
    return list((await connection.execute(query)).scalars())


def _order(row: Any) -> tuple[int, int]:  # noqa: ANN401  a row
    """Of two that say the same, the lower is the first."""
    return standing(row.outlet, row.url), row.id


async def _alike(
    connection: AsyncConnection, row: Row[Any], bands: Sequence[int]
) -> list[Row[Any]]:
    """Firsts that may be near copies, with what they say; the most alike first, then the oldest."""
    band = tables.copy_band.c
    same = select(_ID).where(
        tables.article.c.content_hash == row.content_hash,
        _COPY_OF.is_(None),
        _ALIVE,
        row.id != _ID,
    )
    found = list((await connection.execute(same.order_by(_ID).limit(_READ_AT_MOST))).scalars())
    if bands:
        near = (
            select(band.article_id)
            .where(band.band.in_(bands), band.article_id != row.id)
            .group_by(band.article_id)
            .order_by(func.count().desc(), band.article_id)
        )
        found += (await connection.execute(near.limit(_READ_AT_MOST))).scalars()
    return [await _current(connection, one) for one in dict.fromkeys(found)]


async def _current(connection: AsyncConnection, article_id: int) -> Any:  # noqa: ANN401  a row
    article, revision = tables.article.c, tables.revision.c
    query = (
        select(
            article.id,
            article.content_hash,
            article.outlet,
            article.url,
            revision.id.label("revision_id"),
            revision.title,
            revision.text,
        )
        .join(tables.revision, revision.id == article.current_revision_id)
        .where(article.id == article_id)
    )
    return (await connection.execute(query)).one()


async def _is_copy(one: Row[Any], other: Row[Any]) -> bool:
    if one.content_hash == other.content_hash:
        return True
    return is_near_copy(*await asyncio.to_thread(_prints, one, other))


def _prints(one: Row[Any], other: Row[Any]) -> tuple[TextPrint, TextPrint]:
    return text_print(one.title, one.text), text_print(other.title, other.text)
