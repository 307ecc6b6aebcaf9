"""The history of an article: its revisions, and what changed from each to the next."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from sqlalchemy import select

from retrieval.archive import tables
from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from retrieval.archive.database import Database
    from retrieval.models import PassageDraft

    Split = Callable[[str], Sequence[PassageDraft]]


@dataclass(frozen=True, slots=True)
class Change:
    """Sentences that went, in order, and those that came in their place."""

    gone: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RevisionNote:
    """Revision `number` of an article; `changes` is how it differs from the one before it."""

    number: int
    title: str
    stored_at: datetime
    changes: tuple[Change, ...]


async def history(database: Database, article_id: int, split: Split) -> tuple[RevisionNote, ...]:
    """Every revision of a living article, oldest first.

    Raises:
        ArchiveError: there is none with this id, or it was removed.
    """
    revision, article = tables.revision.c, tables.article.c
    query = (
        select(revision.number, revision.title, revision.text, revision.stored_at)
        .join(tables.article, article.id == revision.article_id)
        .where(article.id == article_id, article.removed_at.is_(None))
        .order_by(revision.number)
    )
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    if not rows:
        raise ArchiveError(f"There is no article {article_id}.")
    sentences = [_sentences(row.title, row.text, split) for row in rows]
    before = [sentences[0], *sentences[:-1]]
    return tuple(
        RevisionNote(row.number, row.title, row.stored_at, changes(old, new))
        for row, old, new in zip(rows, before, sentences, strict=True)
    )


def changes(old: Sequence[str], new: Sequence[str]) -> tuple[Change, ...]:
    """What has to be done to `old` to get `new`, sentence by sentence; white space is no change."""
    matcher = SequenceMatcher(None, _folded(old), _folded(new), autojunk=False)
    return tuple(
        Change(tuple(old[i:j]), tuple(new[k:m]))
        for tag, i, j, k, m in matcher.get_opcodes()
        if tag != "equal"
    )


def _folded(sentences: Sequence[str]) -> list[str]:
    return [" ".join(one.split()) for one in sentences]


def _sentences(title: str, text: str, split: Split) -> list[str]:
    """The title counts as the first sentence."""
    return [title, *(span.of(text) for passage in split(text) for span in passage.sentences)]
