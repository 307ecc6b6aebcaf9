"""Wipes articles a day after their removal, and strikes their sentences from briefings."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from retrieval.storage import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import PassageDraft
    from retrieval.storage.database import Database


UNDO_FOR = timedelta(days=1)
STRUCK = "(This stood in an article that was removed.)"
_AT_ONCE = 500
Json = Any


async def purge(database: Database, now: datetime) -> int:
    """Wipe the articles that were removed more than `UNDO_FOR` ago; returns how many.

    Empty rows stay so that ids in old buttons and vectors are never given to another article;
    SQLite would reuse the highest one.

    Raises:
        ArchiveError: the database failed; nothing was wiped.
    """
    article, revision = tables.article.c, tables.revision.c
    async with database.write() as connection:
        due = select(article.id).where(
            article.removed_at.is_not(None),
            article.removed_at <= now - UNDO_FOR,
            article.content_hash != "",
        )
        ids = list((await connection.execute(due.limit(_AT_ONCE))).scalars())
        if not ids:
            return 0
        await _wipe_briefings(connection, set(ids))
        await connection.execute(
            delete(tables.story_article).where(tables.story_article.c.article_id.in_(ids))
        )
        await connection.execute(
            update(tables.revision)
            .where(revision.article_id.in_(ids))
            .values(
                title="",
                text="",
                author=None,
                published_at=None,
                published_precision=None,
                published_offset=None,
            )
        )
        await connection.execute(
            update(tables.article)
            .where(article.id.in_(ids))
            .values(url=None, outlet="", content_hash="")
        )
        return len(ids)


async def removed_among(connection: AsyncConnection, article_ids: Collection[int]) -> set[int]:
    """The ids among these whose articles were removed, wiped or not."""
    article = tables.article.c
    wanted = sorted(article_ids)
    found: set[int] = set()
    for at in range(0, len(wanted), _AT_ONCE):
        query = select(article.id).where(
            article.id.in_(wanted[at : at + _AT_ONCE]), article.removed_at.is_not(None)
        )
        found.update((await connection.execute(query)).scalars())
    return found


def cited_articles(content: Json) -> set[int]:
    """The ids of the articles that a briefing (JSON) cites or has a line for."""
    cited = {one["article"]["id"] for one in _citations(content)}
    return cited | {one["article"]["id"] for one in content.get("also", ())}


def without_articles(content: Json, article_ids: Collection[int]) -> Json:
    """A briefing (JSON) without the sentences of these articles.

    A claim is dropped when all of its sources are; with another source it stays. An old figure
    ("was") is dropped with any of the claim's sources, because it doesn't say which one it is from.
    """
    gone = {one["n"] for one in _citations(content) if one["article"]["id"] in article_ids}
    struck = _struck(content, article_ids, gone)
    if "also" in content:
        lines = [one for one in content["also"] if one["article"]["id"] not in article_ids]
        struck = struck | {"also": lines}
    return struck


def _citations(value: Json) -> list[dict[str, Json]]:
    if isinstance(value, list):
        return [found for one in value for found in _citations(one)]
    if not isinstance(value, dict):
        return []
    if "quote" in value and "article" in value:
        return [value]
    return [found for one in value.values() for found in _citations(one)]


def _struck(value: Json, article_ids: Collection[int], gone: Collection[int]) -> Json:
    if isinstance(value, list):
        return [_struck(one, article_ids, gone) for one in value]
    if not isinstance(value, dict):
        return value
    if "quote" in value and "article" in value:
        return _struck_citation(value) if value["article"]["id"] in article_ids else value
    if "citations" in value and "text" in value:
        return _struck_claim(value, set(gone))
    changed = {name: _struck(one, article_ids, gone) for name, one in value.items()}
    claims = changed.get("claims")
    if claims and "headline" in changed and all(one["text"] == STRUCK for one in claims):
        changed["headline"] = STRUCK
    return changed


def _struck_citation(citation: dict[str, Json]) -> Json:
    bare = citation["article"] | {"title": STRUCK, "url": None, "author": None}
    return citation | {"quote": STRUCK, "article": bare}


def _struck_claim(claim: dict[str, Json], gone: set[int]) -> Json:
    cited = set(claim["citations"])
    if cited and cited <= gone:
        return claim | {"text": STRUCK, "was": None, "message": None}
    return claim | {"was": None} if cited & gone else claim


async def _wipe_briefings(connection: AsyncConnection, article_ids: set[int]) -> None:
    briefing = tables.briefing.c
    last = 0
    while True:
        query = select(briefing.id, briefing.content).where(briefing.id > last)
        rows = (await connection.execute(query.order_by(briefing.id).limit(_AT_ONCE))).all()
        if not rows:
            return
        for row in rows:
            if cited_articles(row.content) & article_ids:
                await connection.execute(
                    update(tables.briefing)
                    .where(briefing.id == row.id)
                    .values(content=without_articles(row.content, article_ids), key=None)
                )
        last = rows[-1].id


_SHORTEST = 20


@dataclass(frozen=True, slots=True)
class Quotable:
    """Address, titles and sentences of all revisions; without those too short to be distinctive."""

    url: str | None
    titles: frozenset[str]
    sentences: frozenset[str]


async def quotable(
    connection: AsyncConnection, article_id: int, split: Callable[[str], Sequence[PassageDraft]]
) -> Quotable:
    """Those of an article, removed or not; empty if there is none with this id."""
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
