"""Lists, counts and histories of articles."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from difflib import SequenceMatcher
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from retrieval.errors import ArchiveError
from retrieval.storage import tables
from retrieval.storage.keywords import revisions_with
from retrieval.storage.reading import current_articles, no_article, summary
from retrieval.storage.tables import RevisionState
from retrieval.text.sentences import split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import Article
    from retrieval.storage.database import Database
    from retrieval.storage.reading import Summary

    Stretch = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter: articles with all of these words, of any of these outlets, in `[start, end)`.

    Empty fields don't filter. An article without a date counts at the time when it was added.
    """

    words: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list, and the length of the whole list."""

    articles: tuple[Article, ...]
    total: int


_OUTLETS_KNOWN_S = 60.0


class Catalogue:
    """Articles as lists and counts. Needs no index and no model."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._outlets: tuple[tuple[str, ...], float] = ((), -_OUTLETS_KNOWN_S - 1)

    async def outlets(self) -> tuple[str, ...]:
        """Every outlet that has a living article, as of a minute ago at most."""
        known, at = self._outlets
        if monotonic() - at > _OUTLETS_KNOWN_S:
            article = tables.article.c
            query = select(article.outlet).distinct().where(article.removed_at.is_(None))
            async with self.database.read() as connection:
                known = tuple((await connection.execute(query)).scalars())
            self._outlets = (known, monotonic())
        return known

    async def summary(self) -> Summary:
        """Counts and dates of what can be found now."""
        async with self.database.read() as connection:
            return await summary(connection)

    async def listing(self, wanted: Wanted, offset: int, limit: int) -> Listing:
        """At most `limit` of the `wanted` articles from `offset`, the last added first.

        Raises:
            ArchiveError: the database failed.
        """
        article, revision = tables.article.c, tables.revision.c
        current = tables.article.join(tables.revision, article.current_revision_id == revision.id)
        where = [article.removed_at.is_(None), *_conditions(wanted, self.database.dialect)]
        count = select(func.count()).select_from(current).where(*where)
        page = select(revision.id).select_from(current).where(*where)
        page = page.order_by(article.id.desc()).offset(offset).limit(limit)
        async with self.database.read() as connection:
            total = int((await connection.execute(count)).scalar_one())
            ids = (await connection.execute(page)).scalars().all()
            found = await current_articles(connection, ids)
        return Listing(tuple(found[one] for one in ids if one in found), total)

    async def statistics(self, now: datetime) -> Statistics:
        """The current counts, and those of the last `DAYS` days.

        Raises:
            ArchiveError: the database failed.
        """
        article, revision = tables.article.c, tables.revision.c
        today = now.astimezone(UTC).date()
        days = [today - timedelta(days=before) for before in reversed(range(DAYS))]
        async with self.database.read() as connection:
            found = await _per_day(connection, now - timedelta(days=DAYS), self.database.dialect)
            return Statistics(
                summary=await summary(connection),
                added=tuple((day, found.get(day, 0)) for day in days),
                revised=await _count(connection, revision.number > 1),
                stale=await _count(connection, revision.state == RevisionState.STALE),
                removed=await _count(
                    connection, article.removed_at.is_not(None), article.content_hash != ""
                ),
            )

    async def history(self, article_id: int) -> tuple[RevisionNote, ...]:
        """Every revision of a living article, oldest first.

        Raises:
            ArchiveError: there is none with this id, or it was removed.
        """
        revision, article = tables.revision.c, tables.article.c
        living = (article.id == article_id) & article.removed_at.is_(None)
        query = (
            select(revision.number, revision.title, revision.stored_at)
            .join(tables.article, article.id == revision.article_id)
            .where(living)
            .order_by(revision.number)
        )
        texts = (
            select(revision.number, revision.text)
            .where(revision.article_id == article_id)
            .order_by(revision.number.desc())
            .limit(MOST_COMPARED + 1)
        )
        async with self.database.read() as connection:
            rows = (await connection.execute(query)).all()
            said = {row.number: row.text for row in (await connection.execute(texts)).all()}
        if not rows:
            raise ArchiveError(no_article(article_id))
        return await asyncio.to_thread(_notes, rows, said)


def _conditions(wanted: Wanted, dialect: str) -> list[ColumnElement[bool]]:
    article, revision = tables.article.c, tables.revision.c
    at: ColumnElement[Any] = func.coalesce(
        revision.published_at, article.added_at, type_=article.added_at.type
    )
    found: list[ColumnElement[bool]] = [
        revision.id.in_(revisions_with(word, f"word{number}", dialect))
        for number, word in enumerate(wanted.words)
    ]
    if wanted.outlets:
        found.append(article.outlet.in_(wanted.outlets))
    if wanted.start is not None:
        found.append(at >= wanted.start)
    if wanted.end is not None:
        found.append(at < wanted.end)
    return found


DAYS = 30


@dataclass(frozen=True, slots=True)
class Statistics:
    """Current counts.

    `added` has the articles added on each of the last `DAYS` days (UTC), oldest first, including
    those removed since. `stale` revisions are still in the vectors; `removed` articles can still be
    restored.
    """

    summary: Summary
    added: tuple[tuple[date, int], ...]
    revised: int
    stale: int
    removed: int


async def _per_day(connection: AsyncConnection, since: datetime, dialect: str) -> dict[date, int]:
    at = tables.article.c.added_at
    # SQLite stores UTC without a zone; Postgres would use the session's.
    day: ColumnElement[Any] = func.date(at if dialect == "sqlite" else func.timezone("UTC", at))
    query = select(day.label("day"), func.count().label("articles")).where(at >= since)
    rows = await connection.execute(query.group_by("day"))
    return {date.fromisoformat(str(row.day)): row.articles for row in rows}


async def _count(connection: AsyncConnection, *where: ColumnElement[bool]) -> int:
    return int((await connection.execute(select(func.count()).where(*where))).scalar_one())


# How many of the newest revisions are compared with the ones before them.
MOST_COMPARED = 20
# Limits on sentences times sentences for a full comparison, whose time may grow with their third
# power: of a whole article, and of a stretch between unchanged sentences.
_WHOLE, _STRETCH = 10_000, 1_600


@dataclass(frozen=True, slots=True)
class Change:
    """Sentences that were removed, in order, and the sentences that replaced them."""

    gone: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RevisionNote:
    """Revision `number` of an article; `changes` are its differences to the one before it.

    They are None if it is too old to be compared.
    """

    number: int
    title: str
    stored_at: datetime
    changes: tuple[Change, ...] | None


def _notes(rows: Sequence[Any], texts: Mapping[int, str]) -> tuple[RevisionNote, ...]:
    notes, before = list[RevisionNote](), None
    for row in rows:
        text = texts.get(row.number)
        sentences = None if text is None else _sentences(row.title, text)
        changed: tuple[Change, ...] | None = None if notes else ()
        if sentences is not None and before is not None:
            changed = changes(before, sentences)
        notes.append(RevisionNote(row.number, row.title, row.stored_at, changed))
        before = sentences
    return tuple(notes)


def changes(old: Sequence[str], new: Sequence[str]) -> tuple[Change, ...]:
    """The changes from `old` to `new`, sentence by sentence, ignoring white space.

    In long texts, sentences that occur once in both are matched first; stretches between them are
    compared in full if they are short, and otherwise count as changed entirely. So the time doesn't
    grow with the square of the length.
    """
    mine, theirs = _folded(old), _folded(new)
    anchors = _anchors(mine, theirs) if len(mine) * len(theirs) > _WHOLE else []
    most = _STRETCH if anchors else _WHOLE
    found, i, k = list[Change](), 0, 0
    for j, m in (*anchors, (len(mine), len(theirs))):
        for a, b, c, d in _changed(mine, theirs, (i, j, k, m), most):
            found.append(Change(tuple(old[a:b]), tuple(new[c:d])))
        i, k = j + 1, m + 1
    return tuple(found)


def _anchors(mine: Sequence[str], theirs: Sequence[str]) -> list[tuple[int, int]]:
    """Index pairs of sentences that occur once in both: their longest run in the same order.

    As in patience diff (Bram Cohen), by patience sorting.
    """
    here, there = Counter(mine), Counter(theirs)
    place = {one: at for at, one in enumerate(theirs) if there[one] == 1}
    pairs = [(at, place[one]) for at, one in enumerate(mine) if here[one] == 1 and one in place]
    tops, piles, before = list[int](), list[int](), list[int]()
    for number, (_, at) in enumerate(pairs):
        pile = bisect_left(tops, at)
        tops[pile : pile + 1] = [at]
        piles[pile : pile + 1] = [number]
        before.append(piles[pile - 1] if pile else -1)
    row, number = list[tuple[int, int]](), piles[-1] if piles else -1
    while number >= 0:
        row.append(pairs[number])
        number = before[number]
    return row[::-1]


def _changed(
    mine: Sequence[str], theirs: Sequence[str], stretch: Stretch, most: int
) -> list[Stretch]:
    """The differences within a stretch of both, without common sentences at its ends."""
    i, j, k, m = stretch
    while i < j and k < m and mine[i] == theirs[k]:
        i, k = i + 1, k + 1
    while i < j and k < m and mine[j - 1] == theirs[m - 1]:
        j, m = j - 1, m - 1
    if i == j and k == m:
        return []
    if (j - i) * (m - k) > most:
        return [(i, j, k, m)]
    matcher = SequenceMatcher(None, mine[i:j], theirs[k:m], autojunk=False)
    return [
        (i + a, i + b, k + c, k + d) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"
    ]


def _folded(sentences: Sequence[str]) -> list[str]:
    return [" ".join(one.split()) for one in sentences]


def _sentences(title: str, text: str) -> list[str]:
    """The title, as the first sentence, and the sentences of the text."""
    return [title, *(span.of(text) for passage in split(text) for span in passage.sentences)]
