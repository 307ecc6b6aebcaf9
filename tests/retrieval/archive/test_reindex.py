"""Rebuilding the index beside the one in use, as seen by other running programs."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sqlalchemy import select

from retrieval.archive import Archive
from retrieval.errors import IndexMismatchError, ModelError
from retrieval.index import chroma as vector_pages
from retrieval.index import indexer as indexing
from retrieval.index import indexer as rebuilding
from retrieval.index.chroma import (
    Stamp,
    VectorIndex,
    active_collection,
    collection_names,
    connected,
    drop_collection,
)
from retrieval.index.indexer import Indexer, orphans, rebuild, whole_revisions
from retrieval.storage import tables
from retrieval.storage.database import open_database
from tests.support.archives import STAMP, Opened, cut, draft
from tests.support.fakes import BagOfWordsEmbeddings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.postgres import Postgres

WORDS = ["alpha", "bravo", "charlie", "delta"]


@pytest.fixture(params=["sqlite, embedded", "postgres, server"])
async def opened(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Opened]:
    monkeypatch.setattr(indexing, "BATCH_PASSAGES", 1)
    if request.param.startswith("sqlite"):
        async with _program(f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}", "", tmp_path) as one:
            yield one
        return
    server: Postgres = request.getfixturevalue("postgres")
    url: str = request.getfixturevalue("chroma_url")
    with connected(url, tmp_path) as client:  # what another test of this module left there
        for name in await collection_names(client):
            await drop_collection(client, name)
    async with _program(server.new_database(), url, tmp_path) as one:
        yield one


@asynccontextmanager
async def _program(sql_url: str, chroma_url: str, folder: Path) -> AsyncIterator[Opened]:
    """A bot with four articles indexed."""
    database = await open_database(sql_url)
    embeddings = BagOfWordsEmbeddings()
    in_use = partial(active_collection, database)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        client = stack.enter_context(connected(chroma_url, folder / "chroma"))
        vectors = await VectorIndex.open(client, await in_use(), STAMP, _dimension, in_use)
        opened = Opened(
            Archive(database, vectors),
            database,
            vectors,
            Indexer(database, vectors, embeddings),
            embeddings,
        )
        for word in WORDS:
            await opened.store(draft(f"News of {word}.", url=f"https://a.example/{word}"))
        await opened.indexer.work()
        yield opened


async def _dimension() -> int:
    return BagOfWordsEmbeddings().dimensions


async def _reindex(opened: Opened, embeddings: BagOfWordsEmbeddings, stamp: Stamp = STAMP) -> int:
    return await rebuild(
        opened.database,
        opened.vectors._client,
        stamp,
        _dimension,
        embeddings,
        cut,
        lambda _done, _total: None,
    )


async def _found(opened: Opened, word: str) -> str:
    vector = await opened.embeddings.aembed_query(f"News of {word}.")
    [(name, _)] = await opened.vectors.search(vector, 1)
    passages = await opened.archive.articles.passages([name])
    return passages[name].text


class BreaksAt(BagOfWordsEmbeddings):
    """A model that fails at one text."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word
        self.seen: list[str] = []

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        self.seen += texts
        if any(self.word in text for text in texts):
            raise ModelError("The model is gone.")
        return await super().aembed_documents(texts)


async def test_a_running_program_goes_over_to_the_new_index_when_the_old_one_is_dropped(
    opened: Opened,
) -> None:
    assert await _reindex(opened, BagOfWordsEmbeddings()) == 4
    assert opened.vectors.name == "passages-1"
    assert await _found(opened, "charlie") == "News of charlie."
    assert opened.vectors.name == "passages-2"
    assert await collection_names(opened.vectors._client) == {"passages-2"}


async def test_what_a_running_program_adds_after_the_swap_goes_into_the_new_index(
    opened: Opened,
) -> None:
    await _reindex(opened, BagOfWordsEmbeddings())
    await opened.store(draft("News of echo.", url="https://a.example/echo"))
    await opened.indexer.work()
    assert await _found(opened, "echo") == "News of echo."
    assert await opened.vectors.count() == 5


async def test_searches_work_while_it_is_made_and_after_it_broke_off(opened: Opened) -> None:
    with pytest.raises(ModelError):
        await _reindex(opened, BreaksAt("charlie"))
    assert await active_collection(opened.database) == "passages-1"
    assert await _found(opened, "delta") == "News of delta."


@pytest.mark.faults("Reindex breaks off")
async def test_a_run_that_broke_off_is_continued_where_it_was(opened: Opened) -> None:
    with pytest.raises(ModelError):
        await _reindex(opened, BreaksAt("delta"))
    second = BreaksAt("nothing")
    assert await _reindex(opened, second) == 4
    assert not any("alpha" in text for text in second.seen)
    assert any("delta" in text for text in second.seen)
    assert await opened.vectors.follow()
    assert await opened.vectors.count() == 4


async def test_what_went_into_the_old_index_at_the_last_moment_is_done_again(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened.store(draft("News of echo.", url="https://a.example/echo"))
    upsert = opened.vectors.upsert
    swapped = False

    async def swap_after(*arguments: object) -> None:
        nonlocal swapped
        await upsert(*arguments)  # type: ignore[arg-type]
        if not swapped:
            swapped = True
            revision = tables.revision.c
            async with opened.database.read() as connection:
                await connection.execute(select(revision.id))
            await _reindex(opened, BreaksAt("nothing"))

    monkeypatch.setattr(opened.vectors, "upsert", swap_after)
    await opened.indexer.work()
    there = await opened.vectors.ids()
    assert {int(one.partition(":")[0]) for one in there} == {1, 2, 3, 4, 5}
    assert len(there) == 5
    assert await opened.indexer.waiting() == 0


async def test_a_running_program_of_another_model_is_told_what_to_do(opened: Opened) -> None:
    await _reindex(opened, BagOfWordsEmbeddings(), Stamp("another", STAMP.splitter))
    with pytest.raises(IndexMismatchError, match="run `sitrep reindex`, or change EMBEDDING_MODEL"):
        await _found(opened, "alpha")


async def test_what_lacks_and_what_is_left_over_is_found_page_by_page(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "_PAGE", 2)
    monkeypatch.setattr(vector_pages, "_PAGE", 2)
    database, vectors = opened.database, opened.vectors
    kept = (await vectors.get(["1:0"]))["1:0"]
    await vectors.upsert(["4:7", "99:0"], np.stack([kept, kept]), [{"article": 9}] * 2)
    await vectors.delete(["3:0"])
    pages = [page async for page in whole_revisions(database, vectors, tables.LIVING)]
    assert pages == [[(1, True), (2, True)], [(3, False), (4, True)]]
    left_over = {one async for one in orphans(database, vectors, tables.LIVING)}
    assert left_over == {"4:7", "99:0"}
    told: list[tuple[int, int]] = []
    await rebuilding.embed_everything(
        database, vectors, opened.embeddings, lambda *both: told.append(both)
    )
    assert told == [(3, 4), (4, 4)]
