"""Near copies, read: who belongs together, and who prints the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from retrieval.archive import tables
from retrieval.archive.reading import current_articles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import BindParameter
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import Article

_ALIVE = tables.article.c.removed_at.is_(None)
_ID, _COPY_OF = tables.article.c.id, tables.article.c.copy_of


@dataclass(frozen=True, slots=True)
class Family:
    """Articles that are near copies of the `first`, which is one of the `members` (ids)."""

    first: int
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Kin:
    """The near copies of an article: of which it is one, if so, and those of it."""

    first: Article | None
    copies: tuple[Article, ...]


async def families(connection: AsyncConnection, article_ids: Iterable[int]) -> dict[int, Family]:
    """The family of each of these articles, and of its members, by article id.

    Articles that have no copies and are none have no family.
    """
    ids = set(article_ids)
    if not ids:
        return {}
    given: BindParameter[Any] = bindparam("ids", expanding=True)
    above = select(_COPY_OF).where(_ID.in_(given), _COPY_OF.is_not(None)).distinct()
    firsts = ids | set((await connection.execute(above, {"ids": list(ids)})).scalars())
    below = select(_COPY_OF, _ID).where(_COPY_OF.in_(given), _ALIVE).order_by(_ID)
    members: dict[int, list[int]] = {}
    for row in (await connection.execute(below, {"ids": list(firsts)})).all():
        members.setdefault(row.copy_of, []).append(row.id)
    found: dict[int, Family] = {}
    for first, copies in members.items():
        family = Family(first, (first, *copies))
        found |= dict.fromkeys(family.members, family)
    return found


async def kin(connection: AsyncConnection, article_id: int) -> Kin:
    """Of what a living article is a copy, and what is one of it, the oldest first."""
    article = tables.article.c
    mine = select(article.copy_of).where(article.id == article_id)
    related = article.id.in_(mine) | (article.copy_of == article_id)
    query = select(article.id, article.current_revision_id, article.copy_of).where(related, _ALIVE)
    rows = (await connection.execute(query.order_by(_ID))).all()
    found = await current_articles(connection, [row.current_revision_id for row in rows])
    known = [
        (row.copy_of, found[row.current_revision_id])
        for row in rows
        if row.current_revision_id in found
    ]
    return Kin(
        first=next((one for copy_of, one in known if copy_of != article_id), None),
        copies=tuple(one for copy_of, one in known if copy_of == article_id),
    )
