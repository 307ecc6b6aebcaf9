"""By what an article is recognised where it was quoted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from retrieval.archive import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import PassageDraft

_SHORTEST = 20


@dataclass(frozen=True, slots=True)
class Quotable:
    """Address, titles and sentences of all revisions; those too short to mean only it left out."""

    url: str | None
    titles: frozenset[str]
    sentences: frozenset[str]


async def quotable(
    connection: AsyncConnection, article_id: int, split: Callable[[str], Sequence[PassageDraft]]
) -> Quotable:
    """Of an article, removed or not; of one that there is not, nothing."""
    article, revision = tables.article.c, tables.revision.c
    query = (
        select(article.url, revision.title, revision.text)
        .join(tables.revision, revision.article_id == article.id)
        .where(article.id == article_id)
    )
    rows = (await connection.execute(query)).all()

    def sentences() -> frozenset[str]:
        parts = ((row.text, one) for row in rows for one in split(row.text))
        found = (span.of(text) for text, one in parts for span in one.sentences)
        return frozenset(one for one in found if len(one) >= _SHORTEST)

    return Quotable(
        next((row.url for row in rows), None),
        frozenset(row.title for row in rows if len(row.title) >= _SHORTEST),
        await asyncio.to_thread(sentences),
    )
