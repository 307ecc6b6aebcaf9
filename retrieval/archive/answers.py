"""The answers that were given: what their buttons need after a restart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from retrieval.archive import tables
from retrieval.archive.purge import removed_among
from retrieval.archive.reading import revision_with_text
from retrieval.errors import ArchiveError
from retrieval.models import Span

if TYPE_CHECKING:
    from retrieval.archive.database import Database
    from retrieval.models import Answer, Article


@dataclass(frozen=True, slots=True)
class CitedText:
    """A cited sentence and the whole text that it stands in.

    `current` is False when the article was corrected since.
    """

    article: Article
    text: str
    sentence: Span
    current: bool


async def keep_answer(database: Database, conversation: str, answer: Answer) -> int:
    """Keep what was answered in `conversation`; the id is what a button carries."""
    citations = [
        {
            "n": citation.n,
            "revision_id": citation.article.revision_id,
            "start": citation.start,
            "end": citation.end,
        }
        for citation in answer.citations
    ]
    async with database.write() as connection:
        result = await connection.execute(
            insert(tables.given_answer)
            .values(
                asked_at=datetime.now(UTC),
                conversation=conversation,
                question=answer.question,
                mode=answer.mode,
                citations=citations,
            )
            .returning(tables.given_answer.c.id)
        )
        return int(result.scalar_one())


async def cited_text(database: Database, conversation: str, answer_id: int, n: int) -> CitedText:
    """Footnote `n` of an answer that was given in `conversation`.

    Raises:
        ArchiveError: no such answer was given there, or its article is gone.
    """
    async with database.read() as connection:
        citations = (
            await connection.execute(
                select(tables.given_answer.c.citations).where(
                    tables.given_answer.c.id == answer_id,
                    tables.given_answer.c.conversation == conversation,
                )
            )
        ).scalar()
        found = next((one for one in citations or [] if one["n"] == n), None)
        if found is None:
            raise ArchiveError("That answer is no longer kept; please ask again.")
        article, text, living = await revision_with_text(connection, found["revision_id"])
        if await removed_among(connection, {article.id}):
            raise ArchiveError("That article was removed from the archive.")
        return CitedText(article, text, Span(found["start"], found["end"]), current=living)
