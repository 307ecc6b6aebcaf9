"""The answers that were given: what their buttons need after a restart."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from retrieval.archive import tables
from retrieval.archive.families import families
from retrieval.archive.purge import removed_among
from retrieval.archive.reading import current_texts, revision_with_text
from retrieval.errors import ArchiveError
from retrieval.grounding.standing import in_its_place, still_says
from retrieval.models import Answer, Citation, Span, Unanswered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.archive.database import Database
    from retrieval.models import Article


@dataclass(frozen=True, slots=True)
class CitedText:
    """A cited sentence and the whole text that it stands in.

    `question` is what was answered with it. `changed` is when its article was changed since then,
    `corrected` since when the sentence does not stand there any more, and `now` what stands in its
    place, each if so.
    """

    article: Article
    text: str
    sentence: Span
    question: str
    corrected: datetime | None
    changed: datetime | None = None
    now: str | None = None


async def keep_answer(
    database: Database, conversation: str, answer: Answer | Unanswered, person_id: int | None
) -> int:
    """Keep what a person was answered in `conversation`; the id is what a button carries."""
    citations = _places(answer.citations) if isinstance(answer, Answer) else []
    async with database.write() as connection:
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
    """What a vote on it is about, and what its reader may ask for besides."""
    said = answer.claims if isinstance(answer, Answer) else ()
    return {
        "model": answer.made.model,
        "prompt": answer.made.prompt,
        "passages": list(answer.made.passages),
        "claims": [{"text": one.text, "citations": list(one.citations)} for one in said],
        "unanswered": answer.reason if isinstance(answer, Unanswered) else None,
        "further": _places(answer.further) if isinstance(answer, Answer) else [],
    }


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """What was asked, as it was answered, and by whom.

    `further` counts the quotations that its reader may ask for besides.
    """

    question: str
    person_id: int | None
    further: int = 0


async def asked_question(database: Database, conversation: str, answer_id: int) -> AskedQuestion:
    """The question of an answer that was given in `conversation`.

    Raises:
        ArchiveError: no such answer was given there.
    """
    given = tables.given_answer.c
    query = select(given.question, given.person_id, given.made).where(
        given.id == answer_id, given.conversation == conversation
    )
    async with database.read() as connection:
        row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise ArchiveError("That answer has been deleted; please ask again.")
    return AskedQuestion(row.question, row.person_id, len((row.made or {}).get("further", ())))


async def further_quotes(database: Database, conversation: str, answer_id: int) -> list[Citation]:
    """What else answers nearly as well as the sentences that an answer quoted, numbered from 1.

    Sentences of articles that were removed or changed since then are left out.

    Raises:
        ArchiveError: no such answer was given in `conversation`.
    """
    given = tables.given_answer.c
    query = select(given.made).where(given.id == answer_id, given.conversation == conversation)
    async with database.read() as connection:
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise ArchiveError("That answer has been deleted; please ask again.")
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


async def cited_outlets(
    database: Database, conversation: str, answer_id: int
) -> list[tuple[int, str]]:
    """The numbers of an answer's footnotes, each with its outlet.

    Raises:
        ArchiveError: no such answer was given in `conversation`.
    """
    given = tables.given_answer.c
    asked = select(given.citations).where(given.id == answer_id, given.conversation == conversation)
    async with database.read() as connection:
        row = (await connection.execute(asked)).one_or_none()
        if row is None:
            raise ArchiveError("That answer has been deleted; please ask again.")
        revisions = {one["n"]: one["revision_id"] for one in row.citations}
        query = (
            select(tables.revision.c.id, tables.article.c.outlet)
            .join(tables.article, tables.article.c.id == tables.revision.c.article_id)
            .where(tables.revision.c.id.in_(revisions.values()))
        )
        outlets = {one.id: one.outlet for one in await connection.execute(query)}
    return [(n, outlets[name]) for n, name in revisions.items() if name in outlets]


async def cited_text(database: Database, conversation: str, answer_id: int, n: int) -> CitedText:
    """Footnote `n` of an answer that was given in `conversation`.

    Raises:
        ArchiveError: no such answer was given there, or its article is gone.
    """
    async with database.read() as connection:
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
            raise ArchiveError("That answer has been deleted; please ask again.")
        article, text, living = await revision_with_text(connection, found["revision_id"])
        if await removed_among(connection, {article.id}):
            raise ArchiveError("That article was removed from the archive.")
        span = Span(found["start"], found["end"])
        also = await _printed_by(connection, article, span.of(text))
        cited = CitedText(replace(article, also=also), text, span, given.question, None)
        return cited if living else await _since(connection, cited)


async def _printed_by(connection: AsyncConnection, article: Article, quote: str) -> tuple[str, ...]:
    """The other outlets that have a sentence in near copies of its article."""
    family = (await families(connection, [article.id])).get(article.id)
    texts = await current_texts(connection, family.members) if family else {}

    def printing() -> list[str]:
        return [one.outlet for one, text in texts.values() if still_says(text, quote)]

    outlets = await asyncio.to_thread(printing)
    return tuple(name for name in dict.fromkeys(outlets) if name != article.outlet)


async def _since(connection: AsyncConnection, cited: CitedText) -> CitedText:
    """With what became of the sentence in the revisions that came later."""
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
