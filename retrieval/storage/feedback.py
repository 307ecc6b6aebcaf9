"""Readers' votes on answers, and the tokens that answers and briefings cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, delete, distinct, func, insert, select

from retrieval.errors import ArchiveError
from retrieval.storage import tables
from retrieval.storage.answers import ANSWER_DELETED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from sqlalchemy import Column
    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.base import ReadOnlyColumnCollection
    from sqlalchemy.sql.functions import Function

    from retrieval.storage.database import Database

_GIVEN, _VOTE, _BRIEFING = tables.given_answer.c, tables.vote.c, tables.briefing.c
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens that a model read and wrote."""

    read: int
    written: int

    @property
    def total(self) -> int:
        """The sum of both."""
        return self.read + self.written


@dataclass(frozen=True, slots=True)
class Usage:
    """Usage over a period: answers, answers by a model, people, tokens, votes, briefings.

    `tokens` covers answers and briefings. `most` lists the people who used the most tokens for
    answers: (person id, answers, tokens).
    """

    answers: int
    by_model: int
    people: int
    tokens: Tokens
    helpful: int
    unhelpful: int
    briefings: int
    most: tuple[tuple[int, int, int], ...]


class FeedbackRepository:
    """Votes on answers, and the tokens that answers and briefings cost."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def vote(
        self,
        conversation: str,
        answer_id: int,
        person_id: int,
        at: datetime,
        *,
        helpful: bool,
    ) -> None:
        """Record a person's vote on an answer; a second vote replaces the first.

        Raises:
            ArchiveError: no such answer was given in this conversation.
        """
        async with self._database.write() as connection:
            found = await connection.execute(
                select(_GIVEN.id).where(_GIVEN.id == answer_id, _GIVEN.conversation == conversation)
            )
            if found.scalar() is None:
                raise ArchiveError(ANSWER_DELETED)
            mine = (_VOTE.answer_id == answer_id) & (_VOTE.person_id == person_id)
            await connection.execute(delete(tables.vote).where(mine))
            await connection.execute(
                insert(tables.vote).values(
                    answer_id=answer_id, person_id=person_id, helpful=helpful, voted_at=at
                )
            )

    async def tokens_since(self, since: datetime, person_id: int | None = None) -> Tokens:
        """The tokens that a person's answers and briefings took since then; None: everybody's."""
        async with self._database.read() as connection:
            return await tokens_spent(connection, since, person_id)

    async def usage_since(self, since: datetime, most: int = 5) -> Usage:
        """The usage since then; `most` limits the list of people."""
        tokens = _GIVEN.input_tokens + _GIVEN.output_tokens
        async with self._database.read() as connection:
            answers, by_model, people, read, written = (
                await connection.execute(
                    select(
                        func.count(),
                        func.coalesce(func.sum(case((_GIVEN.mode == "model", 1), else_=0)), 0),
                        func.count(distinct(_GIVEN.person_id)),
                        *_tokens(_GIVEN),
                    ).where(_GIVEN.asked_at >= since)
                )
            ).one()
            briefings, *more = (
                await connection.execute(
                    select(func.count(), *_tokens(_BRIEFING)).where(_BRIEFING.written_at >= since)
                )
            ).one()
            votes = await connection.execute(
                select(_VOTE.helpful, func.count())
                .where(_VOTE.voted_at >= since)
                .group_by(_VOTE.helpful)
            )
            counts = {bool(helpful): int(count) for helpful, count in votes}
            heavy = await connection.execute(
                select(_GIVEN.person_id, func.count(), func.sum(tokens))
                .where(_GIVEN.asked_at >= since, _GIVEN.person_id.is_not(None))
                .group_by(_GIVEN.person_id)
                .having(func.sum(tokens) > 0)
                .order_by(func.sum(tokens).desc(), _GIVEN.person_id)
                .limit(most)
            )
            return Usage(
                answers=int(answers),
                by_model=int(by_model),
                people=int(people),
                tokens=Tokens(int(read + more[0]), int(written + more[1])),
                helpful=counts.get(True, 0),
                unhelpful=counts.get(False, 0),
                briefings=int(briefings),
                most=tuple((int(one), int(count), int(total)) for one, count, total in heavy),
            )

    async def rows(self, since: datetime | None = None) -> AsyncIterator[dict[str, Any]]:
        """Answers with votes for the export, oldest first; it leaves out who asked and voted."""
        last = 0
        while True:
            query = (
                select(
                    _GIVEN.id,
                    _GIVEN.asked_at,
                    _GIVEN.question,
                    _GIVEN.mode,
                    _GIVEN.citations,
                    _GIVEN.made,
                    func.sum(case((_VOTE.helpful, 1), else_=0)).label("helpful"),
                    func.count().label("votes"),
                )
                .join(tables.vote, _VOTE.answer_id == _GIVEN.id)
                .where(_GIVEN.id > last)
                .group_by(_GIVEN.id)
                .order_by(_GIVEN.id)
                .limit(_AT_ONCE)
            )
            if since is not None:
                query = query.where(_GIVEN.asked_at >= since)
            async with self._database.read() as connection:
                rows = (await connection.execute(query)).all()
                wanted = {one["revision_id"] for row in rows for one in row.citations}
                found = await connection.execute(
                    select(tables.revision.c.id, tables.revision.c.text)
                    .join(tables.article, tables.article.c.id == tables.revision.c.article_id)
                    .where(tables.revision.c.id.in_(wanted), tables.article.c.removed_at.is_(None))
                )
                texts = {row.id: row.text for row in found}
            if not rows:
                return
            for row in rows:
                last = row.id
                yield {
                    "id": row.id,
                    "asked_at": row.asked_at.isoformat(),
                    "question": row.question,
                    "mode": row.mode,
                    **{key: value for key, value in (row.made or {}).items() if key != "further"},
                    "citations": [
                        {
                            **one,
                            "quote": texts.get(one["revision_id"], "")[one["start"] : one["end"]],
                        }
                        for one in row.citations
                    ],
                    "helpful": int(row.helpful),
                    "not_helpful": int(row.votes) - int(row.helpful),
                }


async def tokens_spent(
    connection: AsyncConnection, since: datetime, person_id: int | None = None
) -> Tokens:
    """Like `tokens_since`, in the caller's transaction."""
    queries = [
        select(*_tokens(_GIVEN)).where(_GIVEN.asked_at >= since),
        select(*_tokens(_BRIEFING)).where(_BRIEFING.written_at >= since),
    ]
    if person_id is not None:
        queries = [
            query.where(table.person_id == person_id)
            for query, table in zip(queries, (_GIVEN, _BRIEFING), strict=True)
        ]
    sums = [(await connection.execute(query)).one() for query in queries]
    return Tokens(*(int(sum(one)) for one in zip(*sums, strict=True)))


async def dearest_since(connection: AsyncConnection, since: datetime) -> int:
    """The tokens of the most expensive answer or briefing since then."""
    most = 0
    for table, at in ((_GIVEN, _GIVEN.asked_at), (_BRIEFING, _BRIEFING.written_at)):
        query = select(func.max(table.input_tokens + table.output_tokens)).where(at >= since)
        most = max(most, int((await connection.execute(query)).scalar() or 0))
    return most


def _tokens(columns: ReadOnlyColumnCollection[str, Column[Any]]) -> tuple[Function[int], ...]:
    """SQL sums of the tokens read and written."""
    return tuple(
        func.coalesce(func.sum(columns[name]), 0) for name in ("input_tokens", "output_tokens")
    )
