from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from retrieval.llm.local import Lane, LocalEmbeddings, PriorityExecutor
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrieval.llm.local import Matrix, Tokens


class Gated:
    """An encoder that waits at a gate, and tells in which order it was given texts."""

    dimension = 2
    batch = 2

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.begun = threading.Event()
        self.order: list[int] = []

    def tokens(self, texts: Sequence[str], *, question: bool) -> list[Tokens]:
        del question
        return [[int(text)] for text in texts]

    def run(self, tokens: Sequence[Tokens]) -> Matrix:
        self.begun.set()
        assert self.gate.wait(10)
        self.order += [one[0] for one in tokens]
        return np.array([[one[0], 1] for one in tokens], dtype=np.float32)


@pytest.fixture
def lanes() -> Iterator[PriorityExecutor]:
    lanes = PriorityExecutor("test")
    yield lanes
    lanes.close()


async def test_a_question_and_an_answer_overtake_a_bulk_load_that_has_begun() -> None:
    encoder = Gated()
    port = LocalEmbeddings(encoder)
    bulk = asyncio.create_task(port.aencode([str(number) for number in range(100, 120)]))
    await asyncio.to_thread(encoder.begun.wait, 10)
    answer = asyncio.create_task(port.aembed_documents([str(number) for number in range(10, 14)]))
    question = asyncio.create_task(port.aembed_query("1"))
    await asyncio.sleep(0)  # both have asked
    encoder.gate.set()
    assert await question == [1, 1]
    assert [row[0] for row in await answer] == [10, 11, 12, 13]
    assert (await bulk)[:, 0].tolist() == list(range(100, 120))
    port.close()
    # the batch that ran when they came, the question, and of the rest the answer first
    assert encoder.order[:3] == [100, 101, 1]
    assert encoder.order.index(13) < encoder.order.index(119)


async def test_the_best_lane_is_next_and_in_a_lane_the_oldest(lanes: PriorityExecutor) -> None:
    gate, order = threading.Event(), list[str]()
    first = asyncio.create_task(lanes.run(Lane.BULK, gate.wait))
    calls = [(Lane.BULK, "b1"), (Lane.BULK, "b2"), (Lane.ANSWER, "a"), (Lane.QUESTION, "q")]
    tasks = [
        asyncio.create_task(lanes.run(lane, lambda name=name: order.append(name)))  # type: ignore[misc]
        for lane, name in calls
    ]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, *tasks)
    assert order == ["q", "a", "b1", "b2"]


async def test_an_error_goes_to_its_caller_and_a_cancelled_call_is_not_made(
    lanes: PriorityExecutor,
) -> None:
    gate, made = threading.Event(), list[int]()
    first = asyncio.create_task(lanes.run(Lane.BULK, gate.wait))
    given_up = asyncio.create_task(lanes.run(Lane.QUESTION, lambda: made.append(1)))
    fails = asyncio.create_task(lanes.run(Lane.ANSWER, lambda: 1 // 0))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    gate.set()
    with pytest.raises(ZeroDivisionError):
        await fails
    assert await first
    assert await lanes.run(Lane.BULK, lambda: "still serving") == "still serving"
    assert made == []


async def test_who_waits_when_it_is_closed_is_told(lanes: PriorityExecutor) -> None:
    gate = threading.Event()
    running = asyncio.create_task(lanes.run(Lane.BULK, gate.wait))
    waiting = asyncio.create_task(lanes.run(Lane.BULK, lambda: 1))
    await asyncio.sleep(0)
    closing = asyncio.create_task(asyncio.to_thread(lanes.close))

    def is_closing() -> bool:
        with lanes._thread._shutdown_lock:
            return lanes._thread._shutdown

    await until(is_closing)
    gate.set()
    await closing
    assert await running
    with pytest.raises(asyncio.CancelledError):
        await waiting
