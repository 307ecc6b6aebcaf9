"""Questions beyond capacity wait in order, and their people are told for how long."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.features.questions.admission import FIRST_GUESS_S, QuestionQueue, busy, expected_s

SECONDS = some.lists(some.floats(0.01, 600), min_size=1, max_size=20)


def test_the_wait_is_what_those_ahead_need_and_the_own_answer() -> None:
    assert expected_s(4, 4, [2.0, 4.0]) == pytest.approx(3 / 4 + 3)
    assert expected_s(40, 4, [3.0]) == pytest.approx(37 * 3 / 4 + 3)
    assert expected_s(1, 1, []) == 2 * FIRST_GUESS_S


@given(some.integers(0, 5000), some.integers(1, 100), SECONDS)
def test_who_comes_later_never_waits_less(ahead: int, at_once: int, recent: list[float]) -> None:
    own = sum(recent) / len(recent)
    assert own <= expected_s(ahead, at_once, recent) <= expected_s(ahead + 1, at_once, recent)
    assert expected_s(ahead, at_once + 1, recent) <= expected_s(ahead, at_once, recent)


@pytest.mark.parametrize(
    ("ahead", "wait_s", "sentence"),
    [
        (1, 5.2, "I'm busy: 1 question is ahead of yours. Expect an answer in about 6 s."),
        (32, 21.0, "I'm busy: 32 questions are ahead of yours. Expect an answer in about 25 s."),
        (
            500,
            130.0,
            "I'm busy: 500 questions are ahead of yours. Expect an answer in about 3 min.",
        ),
    ],
)
def test_the_sentence(ahead: int, wait_s: float, sentence: str) -> None:
    assert busy(ahead, wait_s) == sentence


class Asking:
    """People with a queue of their own; each holds its turn until told."""

    def __init__(self, at_once: int) -> None:
        self.waiting: list[int] = []
        self.queue = QuestionQueue(at_once, self.waiting.append)
        self.begun: list[int] = []
        self.told: dict[int, str] = {}
        self._done: dict[int, asyncio.Event] = {}

    async def ask(self, number: int) -> asyncio.Task[None]:
        self._done[number] = asyncio.Event()
        task = asyncio.create_task(self._ask(number))
        await settled()
        return task

    async def _ask(self, number: int) -> None:
        async with self.queue.turn(lambda text: self.told.update({number: text})):
            self.begun.append(number)
            await self._done[number].wait()

    async def answer(self, number: int) -> None:
        self._done[number].set()
        await settled()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_questions_begin_in_the_order_in_which_they_came() -> None:
    asking = Asking(2)
    tasks = [await asking.ask(number) for number in range(6)]
    assert asking.begun == [0, 1]
    for number in (1, 0, 2, 3, 4, 5):
        await asking.answer(number)
    assert asking.begun == [0, 1, 2, 3, 4, 5]
    assert sorted(asking.told) == [2, 3, 4, 5]
    assert asking.told[4].startswith("I'm busy: 4 questions are ahead of yours")
    assert max(asking.waiting) == 4
    assert asking.waiting[-1] == 0
    await asyncio.gather(*tasks)


async def test_nobody_who_comes_just_then_slips_in_before_one_who_waits() -> None:
    asking = Asking(1)
    tasks = [await asking.ask(number) for number in range(2)]
    asking._done[0].set()
    late = asyncio.create_task(asking._ask(9))
    asking._done[9] = asyncio.Event()
    await settled()
    assert asking.begun == [0, 1]
    await asking.answer(1)
    await asking.answer(9)
    assert asking.begun == [0, 1, 9]
    await asyncio.gather(*tasks, late)


async def test_a_place_is_not_lost_by_who_gives_up() -> None:
    asking = Asking(1)
    first, second, third = [await asking.ask(number) for number in range(3)]
    second.cancel()  # while it waits
    await settled()
    asking._done[0].set()
    third.cancel()  # maybe in the instant in which it is given the place
    await settled()
    await first
    fourth = await asking.ask(4)
    assert asking.begun == [0, 4]
    await asking.answer(4)
    await fourth
    assert asking.waiting[-1] == 0


async def test_who_gives_up_as_a_place_comes_free_gives_it_on_only_once() -> None:
    asking = Asking(2)
    first, second, third = [await asking.ask(number) for number in range(3)]
    first.cancel()
    third.cancel()  # it is passed over before it knows that it is over
    await settled()
    fourth, fifth = [await asking.ask(number) for number in (4, 5)]
    assert asking.begun == [0, 1, 4]
    for number in (1, 4, 5):
        await asking.answer(number)
    await asyncio.gather(second, fourth, fifth)
    assert third.cancelled()


async def test_an_answer_that_fails_gives_its_place_on_and_is_no_measure() -> None:
    queue = QuestionQueue(1)
    with pytest.raises(ZeroDivisionError):
        async with queue.turn():
            raise ZeroDivisionError
    async with asyncio.timeout(1):
        async with queue.turn():
            pass
    assert len(queue._recent) == 1
