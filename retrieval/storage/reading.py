"""Reads articles and their near copies from SQL, as the values of `retrieval.models`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, distinct, func, select, tuple_

from retrieval.errors import ArchiveError
from retrieval.grounding.junk import is_recurring, junk_in, sentence_key
from retrieval.messages import UserMessage
from retrieval.models import Article, Passage, Precision, Published, Span
from retrieval.storage import tables
from retrieval.storage.tables import RevisionState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import BindParameter, Row, Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.storage.database import Database


# SQLite allows 32,766 variables in a statement; a passage id takes three.
_IDS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts and dates. `pending` articles are found by keywords, but not by meaning yet."""

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


def no_article(article_id: int) -> UserMessage:
    """The message if there is no article with this id."""
    return UserMessage("There is no article {number}.", number=str(article_id))


async def article_by_id(connection: AsyncConnection, article_id: int) -> Article:
    """The current revision of an article.

    Raises:
        ArchiveError: there is none with this id.
    """
    query = _articles().join_from(tables.article, tables.revision, _CURRENT)
    row = (await connection.execute(query.where(tables.article.c.id == article_id))).one_or_none()
    if row is None:
        raise ArchiveError(no_article(article_id))
    return _article(row)


async def revision_with_text(
    connection: AsyncConnection, revision_id: int
) -> tuple[Article, str, bool]:
    """A revision, its whole text, and whether it is current and its article not removed.

    Raises:
        ArchiveError: there is none with this id.
    """
    living = _CURRENT & _ALIVE
    query = _articles(tables.revision.c.text, living.label("living")).join_from(
        tables.revision, tables.article, tables.article.c.id == tables.revision.c.article_id
    )
    row = (await connection.execute(query.where(tables.revision.c.id == revision_id))).one_or_none()
    if row is None:
        raise ArchiveError(UserMessage("That article is no longer in the archive."))
    return _article(row), row.text, bool(row.living)


async def current_passages(
    connection: AsyncConnection, passage_ids: Iterable[str]
) -> dict[str, Passage]:
    """By id, the passages among these that are current and neither removed nor all junk.

    An article's first passage is included even if it is all junk; see `is_searched`.
    """
    wanted = [tuple(int(part) for part in name.split(":")) for name in passage_ids]
    # SQLite uses no index for pairs; without the condition on revisions it would read all rows.
    revision, ordinal = tables.passage.c.revision_id, tables.passage.c.ordinal
    of_these = revision.in_(_expanded("revisions")), tuple_(revision, ordinal).in_(_expanded("ids"))
    query = _passages().where(_CURRENT, _ALIVE, *of_these)
    found: dict[str, Passage] = {}
    for at in range(0, len(wanted), _IDS_AT_ONCE):
        part = wanted[at : at + _IDS_AT_ONCE]
        values = {"revisions": list({one for one, _ in part}), "ids": part}
        rows = await connection.execute(query, values)
        passages = await with_boilerplate(connection, [_passage(row) for row in rows.all()])
        # An article's first passage is found by the title, even if the rest of it is junk.
        found.update((one.id, one) for one in passages if not (one.ordinal and one.is_empty))
    return found


async def current_articles(
    connection: AsyncConnection, revision_ids: Iterable[int]
) -> dict[int, Article]:
    """The articles of these revisions, by revision id; only those that are current."""
    wanted = list(revision_ids)
    # Joined by the article's id, because `current_revision_id` has no index.
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


async def current_texts(
    connection: AsyncConnection, article_ids: Iterable[int]
) -> dict[int, tuple[Article, str]]:
    """By article id, the current revision and its whole text; without removed articles."""
    wanted = list(article_ids)
    query = _articles(tables.revision.c.text).join_from(tables.article, tables.revision, _CURRENT)
    found: dict[int, tuple[Article, str]] = {}
    for at in range(0, len(wanted), _IDS_AT_ONCE):
        part = tables.article.c.id.in_(wanted[at : at + _IDS_AT_ONCE])
        rows = await connection.execute(query.where(_ALIVE, part))
        found.update((row.id, (_article(row), row.text)) for row in rows)
    return found


async def current_revisions(connection: AsyncConnection, article_ids: Iterable[int]) -> set[int]:
    """The ids of the current revisions of these articles; without removed articles."""
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
    """By revision id, the ordinals of its embedded passages; see `is_searched`."""
    passage = tables.passage.c
    query = select(passage.revision_id, passage.ordinal).where(
        passage.revision_id.in_(_expanded("ids")), passage.quotable
    )
    found: dict[int, list[int]] = {one: [] for one in revision_ids}
    for row in await connection.execute(query, {"ids": list(revision_ids)}):
        found[row.revision_id].append(row.ordinal)
    return found


async def summary(connection: AsyncConnection) -> Summary:
    """Counts and dates of the articles that are not removed."""
    current = tables.article.join(tables.revision, _CURRENT)
    totals = (
        await connection.execute(
            select(
                func.count(),
                func.max(tables.revision.c.published_at),
                func.min(tables.revision.c.published_at),
                func.count(distinct(tables.revision.c.id)).filter(
                    tables.revision.c.state == RevisionState.PENDING
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
    """A list as a parameter: hundreds of literal values would take ten times longer."""
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
    """The stored marks; a passage stored by an older program is judged now, by itself."""
    if row.junk is not None:
        return tuple(at in row.junk for at in range(len(sentences))) if row.junk else ()
    mine = [Span(one.start - row.start, one.end - row.start) for one in sentences]
    found = junk_in(row.text, mine, row.title)
    return found if any(found) else ()


_ID, _COPY_OF = tables.article.c.id, tables.article.c.copy_of


@dataclass(frozen=True, slots=True)
class Family:
    """Ids of near copies; `first` is one of the `members`."""

    first: int
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Kin:
    """The article that another copies (`first`), if any, and its own copies."""

    first: Article | None
    copies: tuple[Article, ...]


async def families(connection: AsyncConnection, article_ids: Iterable[int]) -> dict[int, Family]:
    """By article id, the family of each of these articles and of all its members.

    Articles without near copies have no family.
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
    """The near copies of an article that are not removed, oldest first."""
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


_KEYS_AT_ONCE = 5_000


async def with_boilerplate(
    connection: AsyncConnection, passages: Sequence[Passage]
) -> list[Passage]:
    """The passages, with their outlets' recurring sentences marked as junk, too."""
    keys = {
        (at, index): sentence_key(passage.article.outlet, passage.sentence(index))
        for at, passage in enumerate(passages)
        for index in range(len(passage.sentences))
        if passage.is_quotable(index)
    }
    used = await _uses(connection, set(keys.values()))
    found: dict[int, set[int]] = {}
    for (at, index), key in keys.items():
        if key in used and is_recurring(passages[at].sentence(index), used[key]):
            found.setdefault(at, set()).add(index)
    return [
        _with_junk(passage, found[at]) if at in found else passage
        for at, passage in enumerate(passages)
    ]


async def _uses(connection: AsyncConnection, keys: set[int]) -> dict[int, int]:
    use = tables.sentence_use.c
    query = select(use.key, use.articles).where(
        use.key.in_(bindparam("keys", expanding=True)), use.articles > 1
    )
    wanted, found = sorted(keys), dict[int, int]()
    for at in range(0, len(wanted), _KEYS_AT_ONCE):
        rows = await connection.execute(query, {"keys": wanted[at : at + _KEYS_AT_ONCE]})
        found.update((row.key, row.articles) for row in rows)
    return found


def _with_junk(passage: Passage, more: set[int]) -> Passage:
    count = range(len(passage.sentences))
    return replace(
        passage, junk=tuple(not passage.is_quotable(one) or one in more for one in count)
    )


# How many articles are cached, about half a kilobyte each.
_MOST = 20_000


class ArticleReader:
    """Articles and their passages as they stand now. Each call is one transaction.

    Every method raises ArchiveError when the database fails.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[int, Article] = {}

    async def get(self, article_id: int) -> Article:
        """The current revision of an article.

        Raises:
            ArchiveError: there is none with this id.
        """
        async with self._database.read() as connection:
            return await article_by_id(connection, article_id)

    async def current(self, revision_ids: Iterable[int]) -> dict[int, Article]:
        """The articles of these revisions, by revision id; only those that are current.

        Most come from memory: a revision's title, outlet and date do not change once they are
        known. An author or address that was added later may be missing, and a revision without a
        date is read each time.
        """
        wanted = set(revision_ids)
        known = {one: self._known[one] for one in wanted & self._known.keys()}
        living: set[int] = set()
        async with self._database.read() as connection:
            if known:
                living = await current_revisions(connection, {one.id for one in known.values()})
            found = {one: article for one, article in known.items() if one in living}
            unknown = wanted - known.keys()
            if unknown:
                read = await current_articles(connection, unknown)
                self._remember(read.values())
                found |= read
        return found

    def _remember(self, articles: Iterable[Article]) -> None:
        if len(self._known) > _MOST:
            self._known.clear()
        self._known |= {one.revision_id: one for one in articles if one.published is not None}

    async def newest(self, article_ids: Iterable[int]) -> dict[int, tuple[Article, str]]:
        """By article id, the current revision and its whole text; without removed articles."""
        async with self._database.read() as connection:
            return await current_texts(connection, article_ids)

    async def texts(self, revision_ids: Collection[int]) -> dict[int, str]:
        """By revision id, the whole texts, superseded ones too; without removed articles."""
        query = select(tables.revision.c.id, tables.revision.c.text).join(
            tables.article, tables.article.c.id == tables.revision.c.article_id
        )
        wanted = tables.revision.c.id.in_(list(revision_ids)[:_IDS_AT_ONCE])
        async with self._database.read() as connection:
            rows = await connection.execute(query.where(_ALIVE, wanted))
            return {row.id: row.text for row in rows}

    async def passages(self, passage_ids: Iterable[str]) -> dict[str, Passage]:
        """The current passages among these, by id, as `current_passages` returns them."""
        async with self._database.read() as connection:
            return await current_passages(connection, passage_ids)

    async def passages_of(self, article_ids: Iterable[int]) -> list[Passage]:
        """All passages of the current revisions of these articles, in order; none of junk alone."""
        query = select(tables.article.c.current_revision_id).where(
            tables.article.c.id.in_(list(article_ids)), _ALIVE
        )
        async with self._database.read() as connection:
            current = (await connection.execute(query)).scalars()
            found = await passages_of(connection, list(current))
        return [one for one in found if not one.is_empty]

    async def newest_leads(
        self, start: datetime | None, end: datetime, limit: int
    ) -> list[Passage]:
        """The first passages of articles published in `[start, end)`, newest first."""
        at = tables.revision.c.published_at
        query = select(tables.revision.c.id).join(tables.article, _CURRENT).where(_ALIVE, at < end)
        if start is not None:
            query = query.where(at >= start)
        query = query.order_by(at.desc(), tables.revision.c.id).limit(limit)
        async with self._database.read() as connection:
            revisions = (await connection.execute(query)).scalars().all()
            found = await current_passages(connection, [f"{one}:0" for one in revisions])
        return [found[f"{one}:0"] for one in revisions if f"{one}:0" in found]

    async def families(self, article_ids: Iterable[int]) -> dict[int, Family]:
        """By article id, the family of near copies; without articles that have no copies."""
        async with self._database.read() as connection:
            return await families(connection, article_ids)

    async def kin(self, article_id: int) -> Kin:
        """The article that this one copies, and the copies of this one, oldest first."""
        async with self._database.read() as connection:
            return await kin(connection, article_id)

    async def version(self) -> tuple[int, int]:
        """The highest revision id and the number of removed articles.

        It changes whenever an article is added, revised or removed.
        """
        newest = select(func.max(tables.revision.c.id)).scalar_subquery()
        gone = tables.article.c.removed_at.is_not(None)
        removed = select(func.count()).where(gone).scalar_subquery()
        async with self._database.read() as connection:
            found = (await connection.execute(select(newest, removed))).one()
        return found[0] or 0, found[1]
