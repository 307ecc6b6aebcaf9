"""Answers that were given: data for their buttons after a restart, and later changes of sources."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from retrieval.errors import ArchiveError
from retrieval.grounding.citations import in_its_place, still_says
from retrieval.messages import UserMessage
from retrieval.models import Answer, Citation, Span, Unanswered
from retrieval.storage import tables
from retrieval.storage.purge import removed_among
from retrieval.storage.reading import current_texts, families, revision_with_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import Article
    from retrieval.storage.database import Database


ANSWER_DELETED = UserMessage("That answer has been deleted; please ask again.")


@dataclass(frozen=True, slots=True)
class CitedText:
    """A cited sentence and the whole text around it.

    `question` is the question that it answered. `changed` is when the article was last changed
    since then, `corrected` when the sentence disappeared, and `now` the text in its place; each is
    None if that didn't happen.
    """

    article: Article
    text: str
    sentence: Span
    question: str
    corrected: datetime | None
    changed: datetime | None = None
    now: str | None = None


def _places(citations: Sequence[Citation]) -> list[dict[str, int]]:
    return [
        {
            "n": citation.n,
            "revision_id": citation.article.revision_id,
            "start": citation.start,
            "end": citation.end,
        }
        for citation in citations
    ]


def _made(answer: Answer | Unanswered) -> dict[str, Any]:
    """Data for feedback on the answer, and the further quotations that its reader may ask for."""
    said = answer.claims if isinstance(answer, Answer) else ()
    return {
        "model": answer.made.model,
        "prompt": answer.made.prompt,
        "passages": list(answer.made.passages),
        "claims": [{"text": one.text, "citations": list(one.citations)} for one in said],
        "unanswered": str(answer.reason) if isinstance(answer, Unanswered) else None,
        "further": _places(answer.further) if isinstance(answer, Answer) else [],
    }


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """The question as it was answered, and the id of the person who asked.

    `further` counts the quotations that its reader may still ask for.
    """

    question: str
    person_id: int | None
    further: int = 0


class AnswerRepository:
    """The answers given in each conversation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(
        self, conversation: str, answer: Answer | Unanswered, person_id: int | None = None
    ) -> int:
        """Store an answer given in `conversation`; returns its id, which buttons carry."""
        citations = _places(answer.citations) if isinstance(answer, Answer) else []
        async with self._database.write() as connection:
            result = await connection.execute(
                insert(tables.given_answer)
                .values(
                    asked_at=datetime.now(UTC),
                    conversation=conversation,
                    question=answer.question,
                    mode=answer.mode,
                    citations=citations,
                    person_id=person_id,
                    made=_made(answer),
                    input_tokens=answer.cost.usage.get("input_tokens", 0),
                    output_tokens=answer.cost.usage.get("output_tokens", 0),
                )
                .returning(tables.given_answer.c.id)
            )
            answer_id = int(result.scalar_one())
            cited = sorted({one["revision_id"] for one in citations})
            if cited:
                await connection.execute(
                    insert(tables.cited_revision),
                    [{"revision_id": one, "answer_id": answer_id} for one in cited],
                )
            return answer_id

    async def asked(self, conversation: str, answer_id: int) -> AskedQuestion:
        """The question of an answer that was given in `conversation`.

        Raises:
            ArchiveError: no such answer was given there.
        """
        given = tables.given_answer.c
        query = select(given.question, given.person_id, given.made).where(
            given.id == answer_id, given.conversation == conversation
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise ArchiveError(ANSWER_DELETED)
        return AskedQuestion(row.question, row.person_id, len((row.made or {}).get("further", ())))

    async def further_quotes(self, conversation: str, answer_id: int) -> list[Citation]:
        """Quotations that answer nearly as well as those shown, numbered from 1.

        Articles that were removed or changed since then are left out.

        Raises:
            ArchiveError: no such answer was given in `conversation`.
        """
        given = tables.given_answer.c
        query = select(given.made).where(given.id == answer_id, given.conversation == conversation)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                raise ArchiveError(ANSWER_DELETED)
            places = (row.made or {}).get("further", ())
            found: list[Citation] = []
            for place in places:
                article, text, living = await revision_with_text(connection, place["revision_id"])
                if not living or await removed_among(connection, {article.id}):
                    continue
                span = Span(place["start"], place["end"])
                also = await _printed_by(connection, article, span.of(text))
                article = replace(article, also=also)
                found.append(Citation(len(found) + 1, article, span.start, span.end, span.of(text)))
        return found

    async def cited_outlets(self, conversation: str, answer_id: int) -> list[tuple[int, str]]:
        """The numbers of an answer's footnotes, each with its outlet.

        Raises:
            ArchiveError: no such answer was given in `conversation`.
        """
        given = tables.given_answer.c
        asked = select(given.citations).where(
            given.id == answer_id, given.conversation == conversation
        )
        async with self._database.read() as connection:
            row = (await connection.execute(asked)).one_or_none()
            if row is None:
                raise ArchiveError(ANSWER_DELETED)
            revisions = {one["n"]: one["revision_id"] for one in row.citations}
            query = (
                select(tables.revision.c.id, tables.article.c.outlet)
                .join(tables.article, tables.article.c.id == tables.revision.c.article_id)
                .where(tables.revision.c.id.in_(revisions.values()))
            )
            outlets = {one.id: one.outlet for one in await connection.execute(query)}
        return [(n, outlets[name]) for n, name in revisions.items() if name in outlets]

    async def cited_text(self, conversation: str, answer_id: int, n: int) -> CitedText:
        """Footnote `n` of an answer that was given in `conversation`.

        Raises:
            ArchiveError: no such answer was given there, or its article is gone.
        """
        async with self._database.read() as connection:
            given = (
                await connection.execute(
                    select(tables.given_answer.c.citations, tables.given_answer.c.question).where(
                        tables.given_answer.c.id == answer_id,
                        tables.given_answer.c.conversation == conversation,
                    )
                )
            ).one_or_none()
            citations = given.citations if given is not None else []
            found = next((one for one in citations if one["n"] == n), None)
            if given is None or found is None:
                raise ArchiveError(ANSWER_DELETED)
            article, text, living = await revision_with_text(connection, found["revision_id"])
            if await removed_among(connection, {article.id}):
                raise ArchiveError(UserMessage("That article was removed from the archive."))
            span = Span(found["start"], found["end"])
            also = await _printed_by(connection, article, span.of(text))
            cited = CitedText(replace(article, also=also), text, span, given.question, None)
            return cited if living else await _since(connection, cited)

    async def recent_questions(self, conversation: str, since: datetime) -> list[str]:
        """The last answered questions of a conversation, newest first; at most twenty."""
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(tables.given_answer.c.question)
                .where(
                    tables.given_answer.c.conversation == conversation,
                    tables.given_answer.c.asked_at >= since,
                )
                .order_by(tables.given_answer.c.id.desc())
                .limit(20)
            )
            return list(rows.scalars())


async def _printed_by(connection: AsyncConnection, article: Article, quote: str) -> tuple[str, ...]:
    """The other outlets whose near copies of the article have this sentence."""
    family = (await families(connection, [article.id])).get(article.id)
    texts = await current_texts(connection, family.members) if family else {}

    def printing() -> list[str]:
        return [one.outlet for one, text in texts.values() if still_says(text, quote)]

    outlets = await asyncio.to_thread(printing)
    return tuple(name for name in dict.fromkeys(outlets) if name != article.outlet)


async def _since(connection: AsyncConnection, cited: CitedText) -> CitedText:
    """`cited` with the changes that later revisions made to its sentence."""
    revision = tables.revision.c
    newer = (
        select(revision.text, revision.stored_at)
        .where(revision.article_id == cited.article.id, revision.number > cited.article.revision)
        .order_by(revision.number)
    )
    rows = (await connection.execute(newer)).all()
    return await asyncio.to_thread(_with_what_came, cited, rows)


def _with_what_came(cited: CitedText, rows: Sequence[Any]) -> CitedText:
    quote = cited.sentence.of(cited.text)
    corrected: datetime | None = None
    changed: datetime | None = None
    text = cited.text
    for row in rows:
        text, changed = row.text, row.stored_at
        if still_says(text, quote):
            corrected = None
        elif corrected is None:
            corrected = row.stored_at
    place = in_its_place(text, quote) if corrected is not None else None
    now = place.of(text) if place is not None else None
    return replace(cited, corrected=corrected, changed=changed, now=now)


# Answers whose sources have changed: the sentences cited, and the new texts.
#
# `state` stores the newest revision that was examined, so that each is examined once; callers write
# it and their reaction in one transaction.

_KEY = "corrections"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Superseded:
    """A living article with new revisions: its text before the first of them, and its text now."""

    article: Article
    before: str
    text: str


@dataclass(frozen=True, slots=True)
class GivenQuote:
    """A sentence cited in an answer, from the article's text at that time."""

    answer_id: int
    conversation: str
    question: str
    asked_at: datetime
    article_id: int
    quote: str


async def newest_revision(connection: AsyncConnection, until: datetime) -> int:
    """The highest id of the revisions stored until then; 0 if there are none."""
    revision = tables.revision.c
    query = select(func.max(revision.id)).where(revision.stored_at <= until)
    return int((await connection.execute(query)).scalar() or 0)


async def looked_until(connection: AsyncConnection, *, lock: bool = False) -> int | None:
    """The newest revision that was examined; None if there is none.

    With `lock`, other transactions wait here until this one ends.
    """
    query = select(tables.state.c.value).where(tables.state.c.key == _KEY)
    found = (await connection.execute(query.with_for_update() if lock else query)).scalar()
    return None if found is None else int(found)


async def look_until(connection: AsyncConnection, before: int | None, revision_id: int) -> None:
    """Store the newest examined revision; `before` is the result of `looked_until`."""
    if before is None:
        await connection.execute(insert(tables.state).values(key=_KEY, value=str(revision_id)))
    else:
        await connection.execute(
            update(tables.state).where(tables.state.c.key == _KEY).values(value=str(revision_id))
        )


async def superseded(connection: AsyncConnection, after: int, until: int) -> dict[int, Superseded]:
    """By id, the living articles that have new revisions with ids in `(after, until]`."""
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
    """Sentences of these articles' older revisions that answers since then cite, by answer."""
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
