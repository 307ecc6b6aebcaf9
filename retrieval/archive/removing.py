"""Articles taken out of the archive, and brought back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from retrieval.archive import tables
from retrieval.archive.articles import insert_passages, retire_revisions, stems_of
from retrieval.archive.boilerplate import uncount
from retrieval.archive.copies import alone, let_go, place_anew, read_family_ahead
from retrieval.archive.purge import UNDO_FOR
from retrieval.archive.tables import State
from retrieval.errors import ArchiveError
from retrieval.models import Draft

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrieval.archive.database import Database
    from retrieval.models import PassageDraft


async def remove_article(database: Database, article_id: int) -> bool:
    """Take an article out of every search; False where there is none with this id.

    Of its near copies the next becomes the first.
    """
    await read_family_ahead(database, article_id)
    async with database.write() as connection:
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


async def restore_article(
    database: Database,
    article_id: int,
    split: Callable[[str], Sequence[PassageDraft]],
    now: datetime,
) -> bool:
    """Bring back an article that was removed within `UNDO_FOR`; False where there is none.

    Raises:
        ArchiveError: its address or content has been added again since.
    """
    article, revision = tables.article.c, tables.revision.c
    await read_family_ahead(database, article_id)
    said = select(revision.id, revision.title, revision.text).where(
        revision.id == article.current_revision_id, article.id == article_id
    )
    async with database.read() as connection:
        row = (await connection.execute(said)).one_or_none()
    if row is None:
        return False
    draft = Draft(title=row.title, text=row.text, outlet="")
    passages = await asyncio.to_thread(split, row.text)
    stems = await asyncio.to_thread(stems_of, draft, passages)
    try:
        async with database.write() as connection:
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
            # what a removed article says does not change, unless it is wiped
            if revision_id is None or revision_id != row.id:
                return False
            await insert_passages(connection, revision_id, draft, passages, stems)
            await connection.execute(
                update(tables.revision)
                .where(revision.id == revision_id)
                .values(state=State.PENDING, passages=len(passages))
            )
            await place_anew(connection, article_id)
            return True
    except IntegrityError as error:
        msg = f"Article {article_id} was added again since; the new one stays."
        raise ArchiveError(msg) from error
