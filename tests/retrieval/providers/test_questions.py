from __future__ import annotations

import asyncio

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from retrieval.llm.local import QuestionCache, embed_bulk
from tests.support.fakes import BagOfWordsEmbeddings


class Slow(Embeddings):
    """Waits for its gate, then fails as often as told, then counts the letters."""

    def __init__(self, failures: int = 0) -> None:
        self.asked: list[str] = []
        self.failures = failures
        self.gate = asyncio.Event()

    async def aembed_query(self, text: str) -> list[float]:
        self.asked.append(text)
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise TimeoutError
        return [float(len(text)), 0.1]

    def embed_documents(self, _texts: list[str]) -> list[list[float]]:
        raise AssertionError("only one question is asked")

    def embed_query(self, _text: str) -> list[float]:
        raise AssertionError("only one question is asked")


async def test_a_question_is_embedded_once_and_documents_every_time() -> None:
    inner = BagOfWordsEmbeddings()
    cache = QuestionCache(inner)
    first = await cache.aembed_query("Who holds Sudzha?")
    first[0] = 7  # whoever changes what they were given changes nothing for others
    second = await cache.aembed_query("Who holds Sudzha?")
    assert second == BagOfWordsEmbeddings().embed_query("Who holds Sudzha?")
    assert inner.texts == ["Who holds Sudzha?"]
    await cache.aembed_documents(["a text"])
    assert np.array_equal(
        await embed_bulk(cache, ["a text"]),
        np.array(await inner.aembed_documents(["a text"]), dtype=np.float32),
    )
    assert inner.texts[1:] == ["a text"] * 3


async def test_the_question_asked_longest_ago_is_forgotten_first() -> None:
    inner = BagOfWordsEmbeddings()
    cache = QuestionCache(inner, kept=2)
    for question in ("a1", "b1", "a1", "c1", "a1", "b1"):
        await cache.aembed_query(question)
    assert inner.texts == ["a1", "b1", "c1", "b1"]


async def test_the_same_question_asked_at_once_is_embedded_once_also_if_one_gives_up() -> None:
    inner = Slow()
    cache = QuestionCache(inner)
    asking = [asyncio.create_task(cache.aembed_query("why")) for _ in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    await asyncio.sleep(0)
    inner.gate.set()
    assert await asyncio.gather(*asking[1:]) == [[3.0, 0.1]] * 2
    assert inner.asked == ["why"]


async def test_a_failure_is_not_kept() -> None:
    inner = Slow(failures=1)
    inner.gate.set()
    cache = QuestionCache(inner)
    with pytest.raises(TimeoutError):
        await cache.aembed_query("why")
    assert await cache.aembed_query("why") == [3.0, 0.1]
