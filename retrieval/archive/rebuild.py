"""The vector index made anew beside the one in use, and the word on which of them that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from retrieval.archive import tables
from retrieval.archive.articles import replace_passages
from retrieval.archive.indexer import embed_revisions
from retrieval.archive.tables import LIVING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.embeddings import Embeddings

    from retrieval.archive.database import Database
    from retrieval.archive.vectors import Vectors
    from retrieval.models import PassageDraft

_KEY = "collection"
_FIRST = "passages-1"


async def active_collection(database: Database) -> str:
    """The name of the Chroma collection in use."""
    query = select(tables.state.c.value).where(tables.state.c.key == _KEY)
    async with database.read() as connection:
        return str((await connection.execute(query)).scalar() or _FIRST)


def next_collection(name: str) -> str:
    """The name after this one: passages-1, passages-2, ..."""
    stem, _, number = name.rpartition("-")
    return f"{stem}-{int(number) + 1}"


async def use_collection(database: Database, name: str) -> None:
    """From now on `name` is the collection in use. All living revisions stand in it."""
    async with database.write() as connection:
        await connection.execute(delete(tables.state).where(tables.state.c.key == _KEY))
        await connection.execute(insert(tables.state).values(key=_KEY, value=name))


async def split_everything(
    database: Database, split: Callable[[str], Sequence[PassageDraft]]
) -> None:
    """Cut every living revision anew."""
    async with database.read() as connection:
        query = select(tables.revision.c.id).where(LIVING).order_by(tables.revision.c.id)
        revisions = (await connection.execute(query)).scalars().all()
    for revision_id in revisions:
        await replace_passages(database, revision_id, split)


async def embed_everything(
    database: Database,
    vectors: Vectors,
    embeddings: Embeddings,
    progress: Callable[[int, int], None],
) -> int:
    """Embed every living revision into `vectors`, leaving their states alone; returns how many.

    What is stored meanwhile has a higher id, so it is met too, or stays pending.
    """
    async with database.read() as connection:
        query = select(func.count()).select_from(tables.revision).where(LIVING)
        total = int((await connection.execute(query)).scalar_one())
    done = 0

    async def written(revisions: Sequence[int]) -> None:
        nonlocal done
        done += len(revisions)
        progress(done, max(total, done))

    await embed_revisions(database, vectors, embeddings, LIVING, written)
    return done
