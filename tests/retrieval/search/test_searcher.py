from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from retrieval.langchain import SitrepRetriever
from retrieval.search import Searcher
from tests.support.archives import Opened, draft, opened_archive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    async with opened_archive(tmp_path) as opened:
        for number, text in enumerate(
            ("The bridge at Glushkovo fell.", "Sudzha is held.", "Talks in Seoul ended.")
        ):
            await opened.store(draft(text, f"Story {number}", url=f"https://a.example/{number}"))
        yield opened


async def test_an_article_is_found_by_words_before_it_is_embedded(opened: Opened) -> None:
    [hit] = await Searcher(opened.archive, opened.embeddings).search("Who holds Sudzha?")
    assert hit.passage.text == "Sudzha is held."
    assert (hit.vector_rank, hit.keyword_rank, hit.similarity) == (None, 1, None)


async def test_a_hit_says_how_it_was_found(opened: Opened) -> None:
    await opened.indexer.work()
    hits = await Searcher(opened.archive, opened.embeddings).search("Who holds Sudzha?", k=2)
    assert len(hits) == 2
    assert hits[0].passage.text == "Sudzha is held."
    assert (hits[0].vector_rank, hits[0].keyword_rank) == (1, 1)
    assert hits[0].similarity is not None
    assert hits[0].score > hits[1].score


async def test_a_removed_article_is_not_found_though_its_vector_is_still_there(
    opened: Opened,
) -> None:
    await opened.indexer.work()
    searcher = Searcher(opened.archive, opened.embeddings)
    [hit, *_] = await searcher.search("Sudzha")
    await opened.archive.articles.remove(hit.passage.article.id)
    found = await searcher.search("Sudzha")
    assert hit.passage.article.id not in {one.passage.article.id for one in found}


async def test_the_retriever_gives_langchain_documents_with_our_metadata(opened: Opened) -> None:
    searcher = Searcher(opened.archive, opened.embeddings)
    retriever = SitrepRetriever(searcher=searcher, loop=asyncio.get_running_loop(), k=1)
    [document] = await retriever.ainvoke("Sudzha")
    assert document.page_content == "Sudzha is held."
    assert document.metadata["outlet"] == "Meridian Wire"
    assert document.metadata["published_at"] == "2024-11-12T00:00:00+00:00"
    [same] = await asyncio.to_thread(retriever.invoke, "Sudzha")
    assert same == document
    with pytest.raises(RuntimeError, match="ainvoke"):
        retriever.invoke("Sudzha")
