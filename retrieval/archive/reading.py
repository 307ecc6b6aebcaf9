"""Articles in SQL, read: rows made into the values of `retrieval.models`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, distinct, func, select, tuple_

from retrieval.archive import tables
from retrieval.archive.boilerplate import with_boilerplate
from retrieval.archive.tables import State
from retrieval.errors import ArchiveError
from retrieval.grounding.junk import junk_in
from retrieval.models import Article, Passage, Precision, Published, Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, Row, Select
    from sqlalchemy.ext.asyncio import AsyncConnection

# SQLite allows 32,766 variables in a statement; three a passage id.
_IDS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Summary:
    """What the archive holds. `pending` articles are found by keywords, not yet by meaning."""

    articles: int
    outlets: tuple[tuple[str, int], ...]
    newest: datetime | None
    oldest: datetime | None
    pending: int


def _articles(*more: Any) -> Select[Any]:  # noqa: ANN401  columns
    return select(
        tables.article.c.id,
        tables.revision.c.id.label("revision_id"),
        tables.revision.c.number,
        tables.revision.c.title,
        tables.article.c.outlet,
        tables.article.c.url,
        tables.revision.c.author,
        tables.revision.c.published_at,
        tables.revision.c.published_precision,
        tables.revision.c.published_offset,
        tables.revision.c.language,
        tables.revision.c.partial,
        *more,
    )


_CURRENT = tables.article.c.current_revision_id == tables.revision.c.id
_ALIVE = tables.article.c.removed_at.is_(None)


async def article_by_id(connection: AsyncConnection, article_id: int) -> Article:
    """The current revision of an article.

    Raises:
        ArchiveError: there is none with this id.
    """
    query = _articles().join_from(tables.article, tables.revision, _CURRENT)
    row = (await connection.execute(query.where(tables.article.c.id == article_id))).one_or_none()
    if row is None:
        raise ArchiveError(f"There is no article {article_id}.")
    return _article(row)


async def revision_with_text(
    connection: AsyncConnection, revision_id: int
) -> tuple[Article, str, bool]:
    """A revision, its whole text, and whether it is what the archive holds now.

    Raises:
        ArchiveError: there is none with this id.
    """
    living = _CURRENT & _ALIVE
    query = _articles(tables.revision.c.text, living.label("living")).join_from(
        tables.revision, tables.article, tables.article.c.id == tables.revision.c.article_id
    )
    row = (await connection.execute(query.where(tables.revision.c.id == revision_id))).one_or_none()
    if row is None:
        raise ArchiveError("That article is no longer in the archive.")
    return _article(row), row.text, bool(row.living)


async def texts_of(connection: AsyncConnection, revision_ids: Collection[int]) -> dict[int, str]:
    """The whole texts of these revisions, superseded ones too, of articles that are alive."""
    query = select(tables.revision.c.id, tables.revision.c.text).join(
        tables.article, tables.article.c.id == tables.revision.c.article_id
    )
    wanted = tables.revision.c.id.in_(list(revision_ids)[:_IDS_AT_ONCE])
    return {row.id: row.text for row in await connection.execute(query.where(_ALIVE, wanted))}


async def current_passages(
    connection: AsyncConnection, passage_ids: Iterable[str]
) -> dict[str, Passage]:
    """The passages with these ids, without superseded and removed ones and those of junk alone.

    A first passage is there though it be of junk alone; see `is_searched`.
    """
    wanted = [tuple(int(part) for part in name.split(":")) for name in passage_ids]
    # SQLite uses no index for pairs, so without the revisions by themselves it reads them all.
    revision, ordinal = tables.passage.c.revision_id, tables.passage.c.ordinal
    of_these = revision.in_(_expanded("revisions")), tuple_(revision, ordinal).in_(_expanded("ids"))
    query = _passages().where(_CURRENT, _ALIVE, *of_these)
    found: dict[str, Passage] = {}
    for at in range(0, len(wanted), _IDS_AT_ONCE):
        part = wanted[at : at + _IDS_AT_ONCE]
        values = {"revisions": list({one for one, _ in part}), "ids": part}
        rows = await connection.execute(query, values)
        passages = await with_boilerplate(connection, [_passage(row) for row in rows.all()])
        # An article's first passage is found by its title, whatever else stands in it.
        found.update((one.id, one) for one in passages if not (one.ordinal and one.is_empty))
    return found


async def current_articles(
    connection: AsyncConnection, revision_ids: Iterable[int]
) -> dict[int, Article]:
    """The articles of these revisions, by revision id; only what is current."""
    wanted = list(revision_ids)
    # Joined by the article's own id: of `current_revision_id` there is no index.
    mine = tables.article.c.id == tables.revision.c.article_id
    query = (
        _articles()
        .join_from(tables.revision, tables.article, mine)
        .where(_CURRENT, _ALIVE, tables.revision.c.id.in_(_expanded("ids")))
    )
    found: dict[int, Article] = {}
    for at in range(0, len(wanted), _IDS_AT_ONCE):
        rows = await connection.execute(query, {"ids": wanted[at : at + _IDS_AT_ONCE]})
        found.update((row.revision_id, _article(row)) for row in rows.all())
    return found


async def newest_revisions(
    connection: AsyncConnection, start: datetime | None, end: datetime, limit: int
) -> list[int]:
    """The current revisions published in `[start, end)`, the newest first."""
    at = tables.revision.c.published_at
    query = select(tables.revision.c.id).join(tables.article, _CURRENT)
    query = query.where(tables.article.c.removed_at.is_(None), at < end)
    if start is not None:
        query = query.where(at >= start)
    rows = await connection.execute(query.order_by(at.desc(), tables.revision.c.id).limit(limit))
    return list(rows.scalars().all())


async def current_texts(
    connection: AsyncConnection, article_ids: Iterable[int]
) -> dict[int, tuple[Article, str]]:
    """The current revision of each of these articles and its whole text; only what is alive."""
    wanted = list(article_ids)
    query = _articles(tables.revision.c.text).join_from(tables.article, tables.revision, _CURRENT)
    found: dict[int, tuple[Article, str]] = {}
    for at in range(0, len(wanted), _IDS_AT_ONCE):
        part = tables.article.c.id.in_(wanted[at : at + _IDS_AT_ONCE])
        rows = await connection.execute(query.where(_ALIVE, part))
        found.update((row.id, (_article(row), row.text)) for row in rows)
    return found


async def current_revisions(connection: AsyncConnection, article_ids: Iterable[int]) -> set[int]:
    """The revisions that stand for these articles now; none for those that were removed."""
    wanted = list(article_ids)
    article = tables.article.c
    query = select(article.current_revision_id).where(_ALIVE, article.id.in_(_expanded("ids")))
    found: set[int] = set()
    for at in range(0, len(wanted), _IDS_AT_ONCE):
        rows = await connection.execute(query, {"ids": wanted[at : at + _IDS_AT_ONCE]})
        found.update(rows.scalars().all())
    return found


async def passages_of(connection: AsyncConnection, revision_ids: Sequence[int]) -> list[Passage]:
    """All passages of these revisions, in order."""
    rows = await connection.execute(
        _passages()
        .where(tables.passage.c.revision_id.in_(revision_ids))
        .order_by(tables.passage.c.revision_id, tables.passage.c.ordinal)
    )
    return await with_boilerplate(connection, [_passage(row) for row in rows])


async def embedded_ordinals(
    connection: AsyncConnection, revision_ids: Sequence[int]
) -> dict[int, list[int]]:
    """By revision, which of its passages are embedded: see `is_searched`."""
    passage = tables.passage.c
    query = select(passage.revision_id, passage.ordinal).where(
        passage.revision_id.in_(_expanded("ids")), passage.quotable
    )
    found: dict[int, list[int]] = {one: [] for one in revision_ids}
    for row in await connection.execute(query, {"ids": list(revision_ids)}):
        found[row.revision_id].append(row.ordinal)
    return found


async def version(connection: AsyncConnection) -> tuple[int, int]:
    """The highest id of a revision, and how many articles were removed."""
    newest = select(func.max(tables.revision.c.id)).scalar_subquery()
    removed = select(func.count()).where(tables.article.c.removed_at.is_not(None)).scalar_subquery()
    found = (await connection.execute(select(newest, removed))).one()
    return found[0] or 0, found[1]


async def outlet_names(connection: AsyncConnection) -> tuple[str, ...]:
    """Every outlet that has a living article."""
    query = select(tables.article.c.outlet).distinct().where(_ALIVE)
    return tuple((await connection.execute(query)).scalars())


async def summary(connection: AsyncConnection) -> Summary:
    """Counts and dates of what is searchable now."""
    current = tables.article.join(tables.revision, _CURRENT)
    totals = (
        await connection.execute(
            select(
                func.count(),
                func.max(tables.revision.c.published_at),
                func.min(tables.revision.c.published_at),
                func.count(distinct(tables.revision.c.id)).filter(
                    tables.revision.c.state == State.PENDING
                ),
            )
            .select_from(current)
            .where(_ALIVE)
        )
    ).one()
    outlets = await connection.execute(
        select(tables.article.c.outlet, func.count().label("articles"))
        .where(_ALIVE)
        .group_by(tables.article.c.outlet)
        .order_by(func.count().desc(), tables.article.c.outlet)
    )
    return Summary(
        articles=totals[0],
        outlets=tuple((row.outlet, row.articles) for row in outlets),
        newest=totals[1],
        oldest=totals[2],
        pending=totals[3],
    )


def _expanded(name: str) -> BindParameter[Any]:
    """A list given with the statement: hundreds of values written into it cost ten times more."""
    return bindparam(name, expanding=True)


def _passages() -> Select[Any]:
    text = func.substr(
        tables.revision.c.text,
        tables.passage.c.start + 1,
        tables.passage.c.end - tables.passage.c.start,
    ).label("text")
    return (
        _articles(
            tables.passage.c.ordinal,
            tables.passage.c.start,
            tables.passage.c.end,
            tables.passage.c.sentences,
            tables.passage.c.junk,
            text,
        )
        .join_from(
            tables.passage, tables.revision, tables.passage.c.revision_id == tables.revision.c.id
        )
        .join(tables.article, tables.article.c.id == tables.revision.c.article_id)
    )


def _article(row: Row[Any]) -> Article:
    published = None
    if row.published_at is not None:
        at = row.published_at
        if row.published_offset:
            at = at.astimezone(timezone(timedelta(minutes=row.published_offset)))
        published = Published(at, Precision(row.published_precision))
    return Article(
        id=row.id,
        revision_id=row.revision_id,
        revision=row.number,
        title=row.title,
        outlet=row.outlet,
        url=row.url,
        author=row.author,
        published=published,
        language=row.language,
        partial=row.partial,
    )


def _passage(row: Row[Any]) -> Passage:
    edges = iter(row.sentences)
    sentences = tuple(Span(start, end) for start, end in zip(edges, edges, strict=True))
    return Passage(
        id=f"{row.revision_id}:{row.ordinal}",
        article=_article(row),
        ordinal=row.ordinal,
        span=Span(row.start, row.end),
        text=row.text,
        sentences=sentences,
        junk=_junk(row, sentences),
    )


def _junk(row: Row[Any], sentences: Sequence[Span]) -> tuple[bool, ...]:
    """As it was marked; what an older program stored is judged now, as far as the passage shows."""
    if row.junk is not None:
        return tuple(at in row.junk for at in range(len(sentences))) if row.junk else ()
    mine = [Span(one.start - row.start, one.end - row.start) for one in sentences]
    found = junk_in(row.text, mine, row.title)
    return found if any(found) else ()
