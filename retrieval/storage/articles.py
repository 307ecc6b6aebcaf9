"""Writes articles to SQL: stores, revises, removes and restores, each in one transaction."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from retrieval.errors import ArchiveError
from retrieval.grounding.junk import fixed_phrases
from retrieval.messages import UserMessage
from retrieval.models import Added, ArticleDraft, Duplicate, Revised
from retrieval.storage import tables
from retrieval.storage.boilerplate import count, is_searched, marks, uncount
from retrieval.storage.keywords import PassageStems, forget_keywords, index_keywords, passage_stems
from retrieval.storage.near_duplicates import (
    alone,
    let_go,
    place_anew,
    place_new,
    read_ahead,
    read_family_ahead,
)
from retrieval.storage.purge import UNDO_FOR
from retrieval.storage.reading import ArticleReader, article_by_id, kin
from retrieval.storage.tables import LIVING, RevisionState
from retrieval.text.outlets import same_site, standing, twins
from retrieval.text.sentences import split

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import PassageDraft, Published
    from retrieval.storage.database import Database


def content_hash(draft: ArticleDraft) -> str:
    """SHA-256 of title and text, ignoring case and the amount of white space.

    The title is part of it because pages behind a wall all have the same text.
    """
    parts = (" ".join(part.casefold().split()) for part in (draft.title, draft.text))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class ArticleRepository(ArticleReader):
    """Articles, read and written. Each write is one transaction."""

    async def store(
        self, draft: ArticleDraft, passages: Sequence[PassageDraft], added_by: str
    ) -> Added | Revised | Duplicate:
        """Store a draft with its passages, unless the archive already has its title and text.

        A new text at a known address becomes a new revision. The revision can be found by keywords
        as soon as this returns, and is `pending` for the vector index.

        Raises:
            ArchiveError: the database failed; nothing was stored.
        """
        # Computed before the transaction, because other writers wait for its end.
        bands = await read_ahead(self._database, draft.title, draft.text, draft.url)
        cut = await asyncio.to_thread(Cut.of, draft, passages, bands)
        try:
            async with self._database.write() as connection:
                return await _store(connection, draft, cut, added_by)
        except IntegrityError:
            # Somebody stored the same address or text between our read and our write: try again.
            async with self._database.write() as connection:
                return await _store(connection, draft, cut, added_by)

    async def remove(self, article_id: int) -> bool:
        """Remove an article from every search; False if there is none with this id.

        The next of its near copies becomes the first.
        """
        await read_family_ahead(self._database, article_id)
        async with self._database.write() as connection:
            await alone(connection)
            removed = await connection.execute(
                update(tables.article)
                .where(tables.article.c.id == article_id, tables.article.c.removed_at.is_(None))
                .values(removed_at=datetime.now(UTC))
            )
            if removed.rowcount == 0:
                return False
            await uncount(connection, article_id)
            await retire_revisions(connection, article_id)
            await let_go(connection, article_id)
            return True

    async def restore(
        self,
        article_id: int,
        now: datetime,
    ) -> bool:
        """Restore an article that was removed less than `UNDO_FOR` ago; False if there is none.

        Raises:
            ArchiveError: its address or content has since been added again.
        """
        article, revision = tables.article.c, tables.revision.c
        await read_family_ahead(self._database, article_id)
        said = select(revision.id, revision.title, revision.text).where(
            revision.id == article.current_revision_id, article.id == article_id
        )
        async with self._database.read() as connection:
            row = (await connection.execute(said)).one_or_none()
        if row is None:
            return False
        draft = ArticleDraft(title=row.title, text=row.text, outlet="")
        passages = await asyncio.to_thread(split, row.text)
        stems = await asyncio.to_thread(stems_of, draft, passages)
        try:
            async with self._database.write() as connection:
                await alone(connection)
                restored = await connection.execute(
                    update(tables.article)
                    .where(
                        article.id == article_id,
                        article.removed_at > now - UNDO_FOR,
                        article.content_hash != "",
                    )
                    .values(removed_at=None)
                    .returning(article.current_revision_id)
                )
                revision_id = restored.scalar()
                # a removed article's text doesn't change until it is wiped
                if revision_id is None or revision_id != row.id:
                    return False
                await insert_passages(connection, revision_id, draft, passages, stems)
                await connection.execute(
                    update(tables.revision)
                    .where(revision.id == revision_id)
                    .values(state=RevisionState.PENDING, passages=len(passages))
                )
                await place_anew(connection, article_id)
                return True
        except IntegrityError as error:
            again = UserMessage(
                "Article {number} has since been added again; the new one stays.",
                number=str(article_id),
            )
            raise ArchiveError(again) from error


async def replace_passages(
    database: Database, revision_id: int, split: Callable[[str], Sequence[PassageDraft]]
) -> None:
    """Split a stored revision again, as after a change of the splitter, if it is still current."""
    revision = tables.revision.c
    query = select(revision.article_id, revision.title, revision.text).where(
        revision.id == revision_id, LIVING
    )
    async with database.read() as connection:
        row = (await connection.execute(query)).one_or_none()
    if row is None:
        return
    draft = ArticleDraft(title=row.title, text=row.text, outlet="")
    passages = await asyncio.to_thread(split, row.text)
    stems = await asyncio.to_thread(stems_of, draft, passages)
    async with database.write() as connection:
        if (await connection.execute(query)).one_or_none() != row:
            return
        await uncount(connection, row.article_id)
        await forget_keywords(connection, revision_id)
        await connection.execute(
            delete(tables.passage).where(tables.passage.c.revision_id == revision_id)
        )
        await insert_passages(connection, revision_id, draft, passages, stems)
        await connection.execute(
            update(tables.revision).where(revision.id == revision_id).values(passages=len(passages))
        )


@dataclass(frozen=True, slots=True)
class Cut:
    """A draft's passages, its bands for finding near copies, its stems and its fixed phrases."""

    passages: Sequence[PassageDraft]
    bands: Sequence[int]
    phrases: frozenset[int]
    stems: PassageStems

    @classmethod
    def of(
        cls, draft: ArticleDraft, passages: Sequence[PassageDraft], bands: Sequence[int]
    ) -> Self:
        """Compute them from the text; takes some milliseconds."""
        spans = [one for passage in passages for one in passage.sentences]
        phrases = fixed_phrases(draft.outlet, draft.title, draft.text, spans)
        return cls(passages, bands, phrases, stems_of(draft, passages))


def stems_of(draft: ArticleDraft, passages: Sequence[PassageDraft]) -> PassageStems:
    """The stems of a draft as they are indexed; call it before the transaction."""
    spans = ((one.span.start, one.span.end) for one in passages)
    return passage_stems(draft.title, draft.text, spans)


async def _store(
    connection: AsyncConnection, draft: ArticleDraft, cut: Cut, added_by: str
) -> Added | Revised | Duplicate:
    """Store a draft; its address identifies the article before its content does.

    So a correction applies to its own article even if another one already has the new text.
    """
    await alone(connection)
    digest = content_hash(draft)
    by_url = None
    if draft.url is not None:
        by_url = await _at_address(connection, draft.url)
    by_content = await _living_article(connection, _same_content(digest, draft), preferred=by_url)
    known = by_content if by_url is None else by_url
    if known is not None and (known == by_content or await _is_older(connection, known, draft)):
        await fill_gaps(connection, known, draft)
        if await _takes_address(connection, known, draft):
            await place_anew(connection, known, cut.bands)
        return Duplicate(await article_by_id(connection, known))
    article_id = known or await _insert_article(connection, draft, digest, added_by)
    await uncount(connection, article_id)
    await retire_revisions(connection, article_id)
    revision_id = await _insert_revision(connection, article_id, draft, len(cut.passages))
    await insert_passages(connection, revision_id, draft, cut.passages, cut.stems)
    await connection.execute(
        update(tables.article)
        .where(tables.article.c.id == article_id)
        .values(current_revision_id=revision_id, content_hash=digest, outlet=draft.outlet)
    )
    if known is None:
        await place_new(connection, article_id, cut.bands)
    else:
        await place_anew(connection, article_id, cut.bands)
    await count(connection, article_id, cut.phrases)
    stored = await article_by_id(connection, article_id)
    copy_of = (await kin(connection, article_id)).first
    return Added(stored, copy_of) if known is None else Revised(stored, copy_of)


def _same_content(digest: str, draft: ArticleDraft) -> ColumnElement[bool]:
    """A condition for articles with the same content from the same outlet.

    Another outlet's copy is a different article, even for an article without an address: it must
    not get the copy's address.
    """
    article = tables.article.c
    same: ColumnElement[bool] = article.content_hash == digest
    if draft.url is None:
        return same
    outlet = func.lower(article.outlet) == func.lower(draft.outlet)
    return same & (article.url.in_(twins(draft.url)) | outlet)


async def _takes_address(connection: AsyncConnection, article_id: int, draft: ArticleDraft) -> bool:
    """Give an article its outlet's own address if it only had one of another site."""
    current = await article_by_id(connection, article_id)
    if draft.url is None or current.url is None or same_site(draft.url, current.url):
        return False
    if standing(draft.outlet, draft.url) >= standing(current.outlet, current.url):
        return False
    await connection.execute(
        update(tables.article).where(tables.article.c.id == article_id).values(url=draft.url)
    )
    return True


async def _is_older(connection: AsyncConnection, article_id: int, draft: ArticleDraft) -> bool:
    """Whether the article had this content before, and its date doesn't make it newer now.

    Otherwise adding an old file again would undo later corrections.
    """
    revision = tables.revision.c
    had = await connection.execute(
        select(revision.id).where(
            revision.article_id == article_id,
            revision.text == draft.text,
            revision.title == draft.title,
        )
    )
    if had.first() is None:
        return False
    current = (await article_by_id(connection, article_id)).published
    return draft.published is None or current is None or draft.published.at <= current.at


async def fill_gaps(connection: AsyncConnection, article_id: int, draft: ArticleDraft) -> None:
    """Fill in a missing date, author or address when the same article is added again."""
    article, revision = tables.article.c, tables.revision.c
    current = select(article.current_revision_id).where(article.id == article_id).scalar_subquery()
    published = draft.published
    gaps: list[tuple[ColumnElement[Any], dict[str, Any]]] = [
        (revision.author, {"author": draft.author}),
        (revision.language, {"language": draft.language}),
    ]
    if published is not None:
        gaps.append((revision.published_at, _published_row(published)))
    for column, values in gaps:
        await connection.execute(
            update(tables.revision).where(revision.id == current, column.is_(None)).values(values)
        )
    if draft.url is not None:
        await connection.execute(
            update(tables.article)
            .where(article.id == article_id, article.url.is_(None))
            .values(url=draft.url)
        )


def _published_row(published: Published) -> dict[str, Any]:
    """A publication date as stored: its instant, precision and zone offset."""
    offset = published.at.utcoffset()
    return {
        "published_at": published.at,
        "published_precision": published.precision,
        "published_offset": int(offset.total_seconds() // 60) if offset else None,
    }


async def _at_address(connection: AsyncConnection, url: str) -> int | None:
    """The article at this address, or else the oldest at an address of the same page."""
    at = await _living_article(connection, tables.article.c.url == url)
    if at is not None:
        return at
    return await _living_article(connection, tables.article.c.url.in_(twins(url)))


async def _living_article(
    connection: AsyncConnection, condition: ColumnElement[bool], preferred: int | None = None
) -> int | None:
    """The oldest article that meets the condition, or `preferred` if it does."""
    query = select(tables.article.c.id).where(condition, tables.article.c.removed_at.is_(None))
    found = list((await connection.execute(query.order_by(tables.article.c.id))).scalars())
    return preferred if preferred in found else next(iter(found), None)


async def _insert_article(
    connection: AsyncConnection, draft: ArticleDraft, digest: str, added_by: str
) -> int:
    result = await connection.execute(
        insert(tables.article)
        .values(
            url=draft.url,
            outlet=draft.outlet,
            content_hash=digest,
            added_at=datetime.now(UTC),
            added_by=added_by,
        )
        .returning(tables.article.c.id)
    )
    return int(result.scalar_one())


async def _insert_revision(
    connection: AsyncConnection, article_id: int, draft: ArticleDraft, passages: int
) -> int:
    last = await connection.execute(
        select(func.max(tables.revision.c.number)).where(tables.revision.c.article_id == article_id)
    )
    result = await connection.execute(
        insert(tables.revision)
        .values(
            article_id=article_id,
            number=(last.scalar() or 0) + 1,
            title=draft.title,
            text=draft.text,
            author=draft.author,
            language=draft.language,
            partial=draft.partial,
            **(_published_row(draft.published) if draft.published else {}),
            stored_at=datetime.now(UTC),
            passages=passages,
            state=RevisionState.PENDING,
        )
        .returning(tables.revision.c.id)
    )
    return int(result.scalar_one())


async def insert_passages(
    connection: AsyncConnection,
    revision_id: int,
    draft: ArticleDraft,
    passages: Sequence[PassageDraft],
    stems: PassageStems | None = None,
) -> None:
    """Insert the passages of a revision and index their words."""
    rows = [
        {
            "revision_id": revision_id,
            "ordinal": ordinal,
            "start": passage.span.start,
            "end": passage.span.end,
            "sentences": [edge for span in passage.sentences for edge in (span.start, span.end)],
            "junk": junk,
            "quotable": is_searched(ordinal, len(junk), len(passage.sentences)),
        }
        for ordinal, (passage, junk) in enumerate(
            zip(passages, marks(draft.title, draft.text, passages), strict=True)
        )
    ]
    if rows:
        await connection.execute(insert(tables.passage), rows)
        await index_keywords(connection, revision_id, draft.title, draft.text, stems)


async def retire_revisions(connection: AsyncConnection, article_id: int) -> None:
    """Take revisions out of the full text; as `STALE` the indexer deletes their vectors later."""
    living = select(tables.revision.c.id).where(tables.revision.c.article_id == article_id, LIVING)
    for revision_id in (await connection.execute(living)).scalars().all():
        await forget_keywords(connection, revision_id)
        await connection.execute(
            delete(tables.passage).where(tables.passage.c.revision_id == revision_id)
        )
        await connection.execute(
            update(tables.revision)
            .where(tables.revision.c.id == revision_id)
            .values(state=RevisionState.STALE)
        )
