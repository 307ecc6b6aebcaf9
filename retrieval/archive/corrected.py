"""Answers whose sources say something else now: what was cited, and what came since.

`state` keeps the newest revision that was looked at, so that each is looked at once; who does
something about it writes both in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from retrieval.archive import tables
from retrieval.archive.reading import current_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import Article

_KEY = "corrections"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Superseded:
    """A living article with new revisions: its text before the first of them, and now."""

    article: Article
    before: str
    text: str


@dataclass(frozen=True, slots=True)
class GivenQuote:
    """A sentence that was cited in an answer, from what its article said then."""

    answer_id: int
    conversation: str
    question: str
    asked_at: datetime
    article_id: int
    quote: str


async def newest_revision(connection: AsyncConnection, until: datetime) -> int:
    """The highest id of a revision that was stored until then; 0 where there is none."""
    revision = tables.revision.c
    query = select(func.max(revision.id)).where(revision.stored_at <= until)
    return int((await connection.execute(query)).scalar() or 0)


async def looked_until(connection: AsyncConnection, *, lock: bool = False) -> int | None:
    """The newest revision that was looked at; None: never.

    With `lock`, nobody else gets past here before this transaction ends.
    """
    query = select(tables.state.c.value).where(tables.state.c.key == _KEY)
    found = (await connection.execute(query.with_for_update() if lock else query)).scalar()
    return None if found is None else int(found)


async def look_until(connection: AsyncConnection, before: int | None, revision_id: int) -> None:
    """Write down how far it was looked; `before` is what `looked_until` said."""
    if before is None:
        await connection.execute(insert(tables.state).values(key=_KEY, value=str(revision_id)))
    else:
        await connection.execute(
            update(tables.state).where(tables.state.c.key == _KEY).values(value=str(revision_id))
        )


async def superseded(connection: AsyncConnection, after: int, until: int) -> dict[int, Superseded]:
    """By id, the living articles that were revised by revisions of `(after, until]`."""
    revision = tables.revision.c
    query = (
        select(revision.article_id, func.min(revision.number))
        .where(revision.id > after, revision.id <= until, revision.number > 1)
        .group_by(revision.article_id)
    )
    firsts = {row[0]: row[1] for row in (await connection.execute(query)).all()}
    current = await current_texts(connection, firsts)
    found: dict[int, Superseded] = {}
    for article_id, (article, text) in current.items():
        before = select(revision.text).where(
            revision.article_id == article_id, revision.number == firsts[article_id] - 1
        )
        found[article_id] = Superseded(
            article, (await connection.execute(before)).scalar_one(), text
        )
    return found


async def given_quotes(
    connection: AsyncConnection, articles: Mapping[int, Superseded], since: datetime
) -> list[GivenQuote]:
    """What answers since then cite of these articles' older revisions, in order of the answers."""
    texts = await _older_texts(connection, articles)
    rows: dict[int, Any] = {}
    for some in _parts(list(texts)):
        rows |= await _answers_citing(connection, some, since)
    return [
        GivenQuote(
            row.id,
            row.conversation,
            row.question,
            row.asked_at,
            texts[cited["revision_id"]][0],
            texts[cited["revision_id"]][1][cited["start"] : cited["end"]],
        )
        for _, row in sorted(rows.items())
        for cited in row.citations
        if cited["revision_id"] in texts
    ]


async def _answers_citing(
    connection: AsyncConnection, revisions: list[int], since: datetime
) -> dict[int, Any]:
    """By id, the answers since then that cite one of these revisions."""
    answer, cited = tables.given_answer.c, tables.cited_revision.c
    query = (
        select(answer.id, answer.conversation, answer.question, answer.asked_at, answer.citations)
        .join(tables.cited_revision, cited.answer_id == answer.id)
        .where(cited.revision_id.in_(revisions), answer.asked_at >= since)
    )
    found: dict[int, Any] = {}
    async for row in await connection.stream(query):
        found[row.id] = row
    return found


async def _older_texts(
    connection: AsyncConnection, articles: Mapping[int, Superseded]
) -> dict[int, tuple[int, str]]:
    """(article id, text) of all but the current revisions, by revision id."""
    revision = tables.revision.c
    current = {one.article.revision_id for one in articles.values()}
    found: dict[int, tuple[int, str]] = {}
    for some in _parts(list(articles)):
        query = select(revision.id, revision.article_id, revision.text)
        rows: Iterable[Any] = await connection.execute(query.where(revision.article_id.in_(some)))
        found |= {row.id: (row.article_id, row.text) for row in rows if row.id not in current}
    return found


def _parts(ids: list[int]) -> list[list[int]]:
    return [ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE)]
