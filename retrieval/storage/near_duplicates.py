"""Near copies in SQL: which article copies which, kept up to date when articles change.

A family is a star: only its first article is in the buckets of `copy_band`, where new articles are
looked up; the others refer to it by `copy_of`. So two texts that resemble a third but not each
other are never compared. When the first changes or is removed, the rest is placed again, in order.

The order is `outlets.standing`, then age: an article at its own outlet's address precedes a copy on
free hosting or under a claimed name, even an earlier one.

Writers take turns (`alone`): of two that store the same text at once, the second must see the
first. Reading texts takes longest, so writers call `read_ahead` before the transaction, while
nobody waits; inside it, only texts that have changed meanwhile are read.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import NoResultFound

from retrieval.storage import tables
from retrieval.text.near_duplicates import band_numbers, is_near_copy, text_print
from retrieval.text.outlets import standing, twins

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.storage.database import Database
    from retrieval.text.near_duplicates import TextPrint

    Rest = Callable[[float], Awaitable[None]]

# Any number that no other lock of this program uses.
_LOCK = 5_173_009
# Pages made from one template share buckets without being copies: only the most similar are read.
_READ_AT_MOST = 12
_AT_ONCE = 100
# How many characters of a family's texts are placed again at once; the rest waits for
# `compare_waiting`, so that nobody waits for a family of hundreds.
_ANEW_CHARS = 1_000_000
# Characters of the texts whose bands and prints are cached; some bytes each.
_REMEMBERED_CHARS = 3_000_000

_ALIVE = tables.article.c.removed_at.is_(None)
_ID, _COPY_OF = tables.article.c.id, tables.article.c.copy_of


async def alone(connection: AsyncConnection) -> None:
    """Lock out other transactions that store or remove articles, until the commit.

    SQLite already took its write lock at the start of the transaction.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


@dataclass(frozen=True, slots=True)
class _Read:
    """The features of an article that are compared: its bands and its print."""

    bands: tuple[int, ...]
    print: TextPrint
    size: int


class _TextReader:
    """Computes the features of articles, and caches the latest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, _Read] = OrderedDict()
        self._size = 0

    def read(self, title: str, text: str) -> _Read:
        """The features of a text; takes some milliseconds for a thousand words unless cached."""
        said = f"{title}\n{text}".encode(errors="surrogatepass")
        key = blake2b(said, digest_size=16).digest()
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
        found = _Read(band_numbers(text), text_print(title, text), len(text))
        with self._lock:
            if self._known.setdefault(key, found) is found:
                self._size += found.size
            while self._size > _REMEMBERED_CHARS and len(self._known) > 1:
                self._size -= self._known.popitem(last=False)[1].size
        return found


_reader = _TextReader()


async def read_ahead(
    database: Database, title: str, text: str, url: str | None = None
) -> tuple[int, ...]:
    """Read an article and those it will be compared with; returns the bands of its text.

    `url` is its address, at which the archive may already have an article.
    """
    bands = (await asyncio.to_thread(_reader.read, title, text)).bands
    async with database.read() as connection:
        ids = await _near(connection, bands, tables.copy_band.c.article_id.is_not(None))
        if url is not None:
            known = select(_ID).where(tables.article.c.url.in_(twins(url)), _ALIVE)
            ids += (await connection.execute(known)).scalars()
        await _read_all(connection, ids)
    return bands


async def read_family_ahead(database: Database, article_id: int) -> None:
    """The same for a stored article that is about to be changed, removed or restored."""
    async with database.read() as connection:
        await _read_all(connection, [article_id])


async def _read_all(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Read these articles, their copies, and the articles they will be compared with."""
    left = _REMEMBERED_CHARS
    met = list(dict.fromkeys([*ids, *await _copies(connection, ids)]))
    for at, one in enumerate(met):
        row = await _current_or_none(connection, one)
        if row is None or left < len(row.text):
            continue
        left -= len(row.text)
        bands = (await asyncio.to_thread(_reader.read, row.title, row.text)).bands
        if at < len(ids):
            others = await _near(connection, bands, tables.copy_band.c.article_id != one)
            met.extend(other for other in others if other not in met)


async def place_new(connection: AsyncConnection, article_id: int, bands: Sequence[int]) -> None:
    """Find the article that a new one copies; `bands` are those of its text.

    Articles that it precedes are placed again.
    """
    later = await _place(connection, article_id, bands)
    await _place_all(connection, {*later, *await _copies(connection, later)})


async def place_anew(
    connection: AsyncConnection, article_id: int, bands: Sequence[int] | None = None
) -> None:
    """The same for a changed or restored article; its family is placed again."""
    row = await _current(connection, article_id)
    if bands is None:
        bands = (await asyncio.to_thread(_reader.read, row.title, row.text)).bands
    later = await _later_copies(row, await _alike(connection, row, bands))
    affected = {article_id, *later, *await _copies(connection, [article_id, *later])}
    await _place_all(connection, affected, {article_id: bands})


async def let_go(connection: AsyncConnection, article_id: int) -> None:
    """Make the next copy of a removed article the first of its family."""
    copies = await _copies(connection, [article_id])
    await _unplace(connection, {article_id})
    await _place_all(connection, copies)


async def no_rest(_seconds: float) -> None:
    """Continue without a pause."""


async def compare_waiting(database: Database, rest: Rest = no_rest) -> int:
    """Compare some articles that are waiting for it; returns how many.

    After each article, `rest` is awaited with the seconds that it took; no lock is held, because
    SQLite's lock isn't fair: asking again at once would keep all others waiting.

    Raises:
        ArchiveError: the database failed; the remaining articles are still waiting.
    """
    async with database.read() as connection:
        query = select(_ID).where(uncompared()).order_by(_ID).limit(_AT_ONCE)
        waiting = list((await connection.execute(query)).scalars())
    for article_id in waiting:
        start = perf_counter()
        await read_family_ahead(database, article_id)
        async with database.write() as connection:
            await alone(connection)
            still = select(_ID).where(uncompared(), tables.article.c.id == article_id)
            if (await connection.execute(still)).first() is not None:
                await place_anew(connection, article_id)
        await rest(perf_counter() - start)
    return len(waiting)


def uncompared() -> Any:  # noqa: ANN401  a condition
    """A condition for articles whose current text has not been compared yet."""
    article = tables.article.c
    return _ALIVE & article.compared_revision_id.is_distinct_from(article.current_revision_id)


async def _place_all(
    connection: AsyncConnection,
    article_ids: Collection[int],
    bands: Mapping[int, Sequence[int]] = MappingProxyType({}),
) -> None:
    """Place these again, in order, up to `_ANEW_CHARS`; those with `bands` in any case."""
    if not article_ids:
        return
    await _unplace(connection, article_ids)
    article = tables.article.c
    query = (
        select(
            article.id,
            article.outlet,
            article.url,
            func.length(tables.revision.c.text).label("length"),
        )
        .join(tables.revision, tables.revision.c.id == article.current_revision_id)
        .where(_ID.in_(list(article_ids)))
    )
    left = _ANEW_CHARS
    for number, row in enumerate(sorted((await connection.execute(query)).all(), key=_order)):
        left -= row.length or 0
        if row.id in bands or left >= 0 or number == 0:
            await _place(connection, row.id, bands.get(row.id))


async def _later_copies(row: Row[Any], alike: Sequence[Row[Any]]) -> list[int]:
    """The ids of the `alike` firsts that this article precedes: they become its copies."""
    return [one.id for one in alike if _order(one) > _order(row) and await _is_copy(row, one)]


async def _place(
    connection: AsyncConnection, article_id: int, bands: Sequence[int] | None = None
) -> list[int]:
    """Find and store the article that this one copies; returns the firsts that copy this one."""
    row = await _current(connection, article_id)
    if bands is None:
        bands = (await asyncio.to_thread(_reader.read, row.title, row.text)).bands
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
    """The sort key in a family; the lowest is the first."""
    return standing(row.outlet, row.url), row.id


async def _alike(
    connection: AsyncConnection, row: Row[Any], bands: Sequence[int]
) -> list[Row[Any]]:
    """Firsts that may be near copies, with their texts; most similar first, then oldest."""
    same = select(_ID).where(
        tables.article.c.content_hash == row.content_hash,
        _COPY_OF.is_(None),
        _ALIVE,
        row.id != _ID,
    )
    found = list((await connection.execute(same.order_by(_ID).limit(_READ_AT_MOST))).scalars())
    found += await _near(connection, bands, tables.copy_band.c.article_id != row.id)
    return [await _current(connection, one) for one in dict.fromkeys(found)]


async def _near(
    connection: AsyncConnection, bands: Sequence[int], which: ColumnElement[bool]
) -> list[int]:
    """The ids of firsts that share bands, those that share the most first."""
    if not bands:
        return []
    band = tables.copy_band.c
    near = select(band.article_id).where(band.band.in_(bands), which).group_by(band.article_id)
    near = near.order_by(func.count().desc(), band.article_id).limit(_READ_AT_MOST)
    return list((await connection.execute(near)).scalars())


async def _current(connection: AsyncConnection, article_id: int) -> Any:  # noqa: ANN401  a row
    row = await _current_or_none(connection, article_id)
    if row is None:
        raise NoResultFound
    return row


async def _current_or_none(connection: AsyncConnection, article_id: int) -> Any:  # noqa: ANN401  a row
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
    return (await connection.execute(query)).one_or_none()


async def _is_copy(one: Row[Any], other: Row[Any]) -> bool:
    if one.content_hash == other.content_hash:
        return True
    return is_near_copy(*await asyncio.to_thread(_prints, one, other))


def _prints(one: Row[Any], other: Row[Any]) -> tuple[TextPrint, TextPrint]:
    return _reader.read(one.title, one.text).print, _reader.read(other.title, other.text).print
