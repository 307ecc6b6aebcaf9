"""Boilerplate, learned from the archive: sentences that recur in an outlet's articles.

For each sentence that may be a fixed phrase of its outlet, `sentence_use` counts the articles that
contain it: current revisions, and only the first of near copies. A revision is counted when it is
stored and uncounted when it is superseded, removed, or turns out to be a copy. Articles whose
counts are out of date, also those stored by older programs, wait for `mark_waiting`.
"""

from __future__ import annotations

import asyncio
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select, text, update

from retrieval.grounding.junk import fixed_phrases, junk_in
from retrieval.models import Span
from retrieval.storage import tables
from retrieval.storage.near_duplicates import alone, no_rest
from retrieval.storage.tables import LIVING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import PassageDraft
    from retrieval.storage.database import Database
    from retrieval.storage.near_duplicates import Rest


_AT_ONCE = 100
_COUNT = text("""
    INSERT INTO sentence_use (key, articles) VALUES (:key, 1)
    ON CONFLICT (key) DO UPDATE SET articles = sentence_use.articles + 1
""")
_UNCOUNT = text("UPDATE sentence_use SET articles = articles - 1 WHERE key = :key")
_FORGET = text("DELETE FROM sentence_use WHERE key = :key AND articles < 1")
_ARTICLE, _PASSAGE = tables.article.c, tables.passage.c


def marks(title: str, body: str, passages: Sequence[PassageDraft]) -> list[list[int]]:
    """For each passage of a text, the indices of its junk sentences."""
    flags = iter(junk_in(body, [one for passage in passages for one in passage.sentences], title))
    return [_indices(islice(flags, len(passage.sentences))) for passage in passages]


def is_searched(ordinal: int, junk: int, sentences: int) -> bool:
    """Whether a passage is embedded: it has other sentences than junk, or is its article's first.

    So even an article that is nothing but a questionnaire is found by its title.
    """
    return ordinal == 0 or junk < sentences


async def count(connection: AsyncConnection, article_id: int, keys: Iterable[int]) -> None:
    """Count an article's current text, unless it is a near copy; `keys` are its phrases."""
    counted = await connection.execute(
        update(tables.article)
        .where(_ARTICLE.id == article_id, _ARTICLE.copy_of.is_(None))
        .values(counted_revision_id=_ARTICLE.current_revision_id)
    )
    rows = [{"key": key} for key in sorted(keys)]
    if counted.rowcount and rows:
        await connection.execute(_COUNT, rows)


async def uncount(connection: AsyncConnection, article_id: int) -> None:
    """Take an article out of the counts; call it before its passages are deleted."""
    counted = _ARTICLE.counted_revision_id == tables.revision.c.id
    row = await _text(connection, article_id, counted)
    if row is None:
        return
    keys = await asyncio.to_thread(_phrases, row, await _spans(connection, row.revision_id))
    if keys:
        rows = [{"key": key} for key in sorted(keys)]
        await connection.execute(_UNCOUNT, rows)
        await connection.execute(_FORGET, rows)
    await connection.execute(
        update(tables.article).where(_ARTICLE.id == article_id).values(counted_revision_id=None)
    )


async def mark_waiting(database: Database, rest: Rest = no_rest) -> int:
    """Mark and count some articles whose counts are out of date; returns how many.

    After each article, `rest` is awaited with the seconds that it took; no lock is held.

    Raises:
        ArchiveError: the database failed; the remaining articles are still waiting.
    """
    async with database.read() as connection:
        query = select(_ARTICLE.id).where(uncounted()).order_by(_ARTICLE.id).limit(_AT_ONCE)
        waiting = list((await connection.execute(query)).scalars())
    for article_id in waiting:
        start = perf_counter()
        async with database.write() as connection:
            await alone(connection)
            await uncount(connection, article_id)
            await _mark(connection, article_id)
        await rest(perf_counter() - start)
    return len(waiting)


async def forget_marks(database: Database) -> None:
    """Make everything wait for marking and counting again, as after a change of the rules."""
    async with database.write() as connection:
        await alone(connection)
        await connection.execute(delete(tables.sentence_use))
        await connection.execute(update(tables.article).values(counted_revision_id=None))
        living = select(tables.revision.c.id).where(LIVING)
        revisions = list((await connection.execute(living)).scalars())
    for revision_id in revisions:
        async with database.write() as connection:
            await _mark_revision(connection, revision_id)


def uncounted() -> Any:  # noqa: ANN401  a condition
    """A condition for articles whose counts are out of date."""
    is_first = _ARTICLE.copy_of.is_(None)
    lacking = _ARTICLE.counted_revision_id.is_distinct_from(_ARTICLE.current_revision_id)
    return _ARTICLE.removed_at.is_(None) & (
        (is_first & lacking) | (~is_first & _ARTICLE.counted_revision_id.is_not(None))
    )


async def _mark(connection: AsyncConnection, article_id: int) -> None:
    current = _ARTICLE.current_revision_id == tables.revision.c.id
    row = await _text(connection, article_id, current & _ARTICLE.removed_at.is_(None))
    if row is not None:
        spans = await _mark_revision(connection, row.revision_id)
        await count(connection, article_id, await asyncio.to_thread(_phrases, row, spans))


async def _mark_revision(connection: AsyncConnection, revision_id: int) -> list[Span]:
    """Mark the junk of a revision, unless that was done since its passages were split."""
    revision = tables.revision.c
    query = select(revision.title, revision.text).where(revision.id == revision_id)
    row = (await connection.execute(query)).one_or_none()
    cut = select(_PASSAGE.id, _PASSAGE.ordinal, _PASSAGE.sentences).where(
        _PASSAGE.revision_id == revision_id
    )
    passages = (await connection.execute(cut.order_by(_PASSAGE.ordinal))).all()
    spans = [span for one in passages for span in _as_spans(one.sentences)]
    if row is None or not passages:
        return spans
    flags = iter(await asyncio.to_thread(junk_in, row.text, spans, row.title))
    values = []
    for one in passages:
        sentences = len(one.sentences) // 2
        junk = _indices(islice(flags, sentences))
        searched = is_searched(one.ordinal, len(junk), sentences)
        values.append({"mine": one.id, "indices": junk, "searched": searched})
    await connection.execute(
        update(tables.passage)
        .where(_PASSAGE.id == bindparam("mine"))
        .values(
            junk=bindparam("indices", type_=_PASSAGE.junk.type),
            quotable=bindparam("searched"),
        ),
        values,
    )
    return spans


async def _text(connection: AsyncConnection, article_id: int, which: Any) -> Any:  # noqa: ANN401
    query = (
        select(
            tables.revision.c.id.label("revision_id"),
            _ARTICLE.outlet,
            tables.revision.c.title,
            tables.revision.c.text,
        )
        .join_from(tables.article, tables.revision, tables.revision.c.article_id == _ARTICLE.id)
        .where(_ARTICLE.id == article_id, which)
    )
    return (await connection.execute(query)).one_or_none()


async def _spans(connection: AsyncConnection, revision_id: int) -> list[Span]:
    query = select(_PASSAGE.sentences).where(_PASSAGE.revision_id == revision_id)
    rows = await connection.execute(query.order_by(_PASSAGE.ordinal))
    return [span for edges in rows.scalars() for span in _as_spans(edges)]


def _indices(flags: Iterable[bool]) -> list[int]:
    return [index for index, is_junk in enumerate(flags) if is_junk]


def _as_spans(edges: Sequence[int]) -> list[Span]:
    return [Span(*pair) for pair in zip(edges[::2], edges[1::2], strict=True)]


def _phrases(row: Row[Any], spans: Sequence[Span]) -> frozenset[int]:
    return fixed_phrases(row.outlet, row.title, row.text, spans)
