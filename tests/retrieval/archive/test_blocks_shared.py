"""The blocks of one folder, shared by several processes, a Chroma server and a new index."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from retrieval.archive import Archive
from retrieval.errors import ArchiveError
from retrieval.index.chroma import Filter, VectorIndex, connected, drop_collection, use_collection
from retrieval.index.indexer import Indexer, embed_everything, split_everything
from retrieval.index.vector_filter import FilteredSearch
from retrieval.models import PassageDraft
from retrieval.storage.database import open_database
from tests.support.archives import STAMP, Opened, draft, opened_archive
from tests.support.chroma_server import chroma_server
from tests.support.fakes import BagOfWordsEmbeddings

if TYPE_CHECKING:
    from chromadb.api.client import Client


WIRE = Filter(outlets=("Meridian Wire",))
ROOT = Path(__file__).parents[3]
# Opens the archive in the folder given and writes its blocks.
OTHER_PROCESS = """
import asyncio, sys
from pathlib import Path
from retrieval.index.vector_filter import FilteredSearch
from tests.support.archives import opened_archive

async def main(folder):
    async with opened_archive(folder) as opened:
        search = FilteredSearch(opened.database, opened.vectors, folder / "blocks")
        search._held_most = 4
        await search.prepare()

asyncio.run(main(Path(sys.argv[1])))
"""


def searching(opened: Opened, folder: Path) -> FilteredSearch:
    """Looks at SQL each time, and writes files for the smallest archives."""
    search = FilteredSearch(opened.database, opened.vectors, folder)
    search._fresh_s = 0.0
    search._held_most = 4
    return search


async def add(opened: Opened, count: int, text: str = "Storm number {} came. It rained.") -> None:
    for number in range(count):
        await opened.store(draft(text.format(number), url=f"https://a.example/{number}"))
    await opened.indexer.work()


async def found_texts(opened: Opened, search: FilteredSearch, question: str, k: int) -> list[str]:
    found = await search.search(opened.embeddings.embed_query(question), k, WIRE)
    passages = await opened.archive.articles.passages([name for name, _ in found])
    return [passages[name].text for name, _ in found]


async def test_another_process_writes_new_blocks_while_this_one_searches_the_old(
    tmp_path: Path,
) -> None:
    async with opened_archive(tmp_path) as opened:
        await add(opened, 20)
        search = searching(opened, tmp_path / "blocks")
        await search.prepare()
        [before] = (tmp_path / "blocks").glob("*.f32")
        search._held_most = 10_000  # leaves the writing to the other
        await add(opened, 40)
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", OTHER_PROCESS, str(tmp_path), cwd=ROOT
        )
        ended = asyncio.create_task(other.wait())
        while not ended.done():  # the file goes by name and stays mapped
            assert len(await found_texts(opened, search, "storm number 7", 100)) == 40
            await asyncio.wait([ended], timeout=0.02)
        assert await ended == 0
        assert len(await found_texts(opened, search, "storm number 7", 100)) == 40
        [after] = (tmp_path / "blocks").glob("*.f32")
        assert after.name != before.name
        later = searching(opened, tmp_path / "blocks")
        assert await found_texts(opened, later, "storm number 27", 1) == [
            "Storm number 27 came. It rained."
        ]
        assert later._writing is None
        assert later._held is not None
        assert len(later._held.blocks[0].rows) == 40


async def test_a_new_index_does_not_meet_the_blocks_of_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "blocks"
    async with opened_archive(tmp_path) as opened, AsyncExitStack() as stack:
        await add(opened, 20)
        await searching(opened, folder).prepare()
        old = {path.name for path in folder.iterdir() if path.name != "write.lock"}
        client = stack.enter_context(connected("", tmp_path / "chroma"))
        await split_everything(opened.database, _in_sentences)
        renewed = await VectorIndex.open(client, "passages-2", STAMP, _dimension)
        await embed_everything(
            opened.database, renewed, opened.embeddings, lambda _done, _total: None
        )
        await use_collection(opened.database, "passages-2")
        await drop_collection(client, "passages-1")
        again = Opened(
            Archive(opened.database, renewed),
            opened.database,
            renewed,
            Indexer(opened.database, renewed, opened.embeddings),
            opened.embeddings,
        )
        search = searching(again, folder)
        assert search._files is not None
        assert search._files.newest() is None
        await search.prepare()
        new = {path.name for path in folder.iterdir() if path.name != "write.lock"}
        assert not old & new
        assert {name.startswith(renewed.key) for name in new} == {True}
        assert await found_texts(again, search, "storm number 7", 1) == ["Storm number 7 came."]
        assert len(await found_texts(again, search, "it rained", 100)) == 40


def _in_sentences(text: str) -> list[PassageDraft]:
    """A passage a sentence, as another splitter might cut."""
    from retrieval.text.sentences import split  # noqa: PLC0415

    [whole] = split(text)
    return [PassageDraft(span, (span,)) for span in whole.sentences]


async def _dimension() -> int:
    return BagOfWordsEmbeddings().dimensions


async def test_blocks_of_a_chroma_server_are_like_those_of_an_embedded_one(tmp_path: Path) -> None:
    with chroma_server(tmp_path / "server") as url, connected(url, tmp_path) as client:
        await _compare(tmp_path, client)


async def _compare(tmp_path: Path, client: Client) -> None:
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}")
    vectors = await VectorIndex.open(client, "passages-1", STAMP, _dimension)
    embeddings = BagOfWordsEmbeddings()
    indexer = Indexer(database, vectors, embeddings)
    opened = Opened(Archive(database, vectors), database, vectors, indexer, embeddings)
    try:
        await add(opened, 30)
        search = searching(opened, tmp_path / "blocks")
        await search.prepare()
        asked = embeddings.embed_query("storm number 7")
        by_blocks = await search.search(asked, 30, WIRE)
        by_chroma = await vectors.search(asked, 30, WIRE)
        assert dict(by_blocks) == pytest.approx(dict(by_chroma), abs=1e-5)
        names = [name for name, _ in by_blocks]
        assert await search.similarities(names, asked) == pytest.approx(
            await vectors.similarities(names, asked), abs=1e-5
        )
        assert np.isclose(by_blocks[0][1], max(dict(by_chroma).values()), atol=1e-5)
    finally:
        await database.close()


async def test_a_chroma_server_that_is_gone_is_an_error(tmp_path: Path) -> None:
    async with opened_archive(tmp_path) as opened, AsyncExitStack() as stack:
        with chroma_server(tmp_path / "server") as url:
            client = stack.enter_context(connected(url, tmp_path))
            vectors = await VectorIndex.open(client, "passages-1", STAMP, _dimension)
        with pytest.raises(ArchiveError):
            await Archive(opened.database, vectors).vectors.search([1.0] * 256, 5)
