"""The history of an article: its revisions, and what changed from each to the next."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from retrieval.archive import tables
from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from retrieval.archive.database import Database
    from retrieval.models import PassageDraft

    Split = Callable[[str], Sequence[PassageDraft]]
    Stretch = tuple[int, int, int, int]

# So many revisions, the newest, are compared with the ones before them.
MOST_COMPARED = 20
# Sentences times sentences that are compared in full, which may take their third power: of a whole
# article, and of a stretch between sentences that stayed.
_WHOLE, _STRETCH = 10_000, 1_600


@dataclass(frozen=True, slots=True)
class Change:
    """Sentences that went, in order, and those that came in their place."""

    gone: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RevisionNote:
    """Revision `number` of an article; `changes` is how it differs from the one before it.

    None where it is so old that it was not compared.
    """

    number: int
    title: str
    stored_at: datetime
    changes: tuple[Change, ...] | None


async def history(database: Database, article_id: int, split: Split) -> tuple[RevisionNote, ...]:
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
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
        said = {row.number: row.text for row in (await connection.execute(texts)).all()}
    if not rows:
        raise ArchiveError(f"There is no article {article_id}.")
    return await asyncio.to_thread(_notes, rows, said, split)


def _notes(rows: Sequence[Any], texts: Mapping[int, str], split: Split) -> tuple[RevisionNote, ...]:
    notes, before = list[RevisionNote](), None
    for row in rows:
        text = texts.get(row.number)
        sentences = None if text is None else _sentences(row.title, text, split)
        changed: tuple[Change, ...] | None = None if notes else ()
        if sentences is not None and before is not None:
            changed = changes(before, sentences)
        notes.append(RevisionNote(row.number, row.title, row.stored_at, changed))
        before = sentences
    return tuple(notes)


def changes(old: Sequence[str], new: Sequence[str]) -> tuple[Change, ...]:
    """What has to be done to `old` to get `new`, sentence by sentence; white space is no change.

    Of long texts, first the sentences that both have once are found again in their order; what lies
    between them is compared in full if it is short, and otherwise changed from end to end. So the
    time does not grow with the square of the length.
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
    """The places of what both have once, the longest row of them that keeps its order.

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
    """What differs within a stretch of both, without what is the same at its ends."""
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


def _sentences(title: str, text: str, split: Split) -> list[str]:
    """The title counts as the first sentence."""
    return [title, *(span.of(text) for passage in split(text) for span in passage.sentences)]
