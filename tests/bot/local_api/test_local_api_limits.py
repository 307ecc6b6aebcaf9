"""429 at Telegram's pace, by a clock in the test's hand."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.local_api import BotApiError, Limits, LocalBotApi, local_bot_api
from bot.local_api.limits import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def api(clock: Clock) -> AsyncIterator[LocalBotApi]:
    async with local_bot_api(clock=clock, limits=Limits(chat_burst=2)) as api:
        yield api


async def test_more_than_one_message_a_second_to_a_chat_waits_after_the_burst(
    api: LocalBotApi, clock: Clock, post: Any
) -> None:
    alice = api.person("Alice")
    await alice.send("hi")
    for _ in range(2):
        assert (await post("sendMessage", chat_id=alice.id, text="x"))["ok"]
    assert await post("sendMessage", chat_id=alice.id, text="x") == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    clock.now += 1
    edit = {"chat_id": alice.id, "message_id": 2, "text": "y"}
    assert (await post("editMessageText", **edit))["ok"]
    assert (await post("editMessageText", **edit, entities=[]))["error_code"] == 400
    assert (await post("sendMessage", chat_id=alice.id, text="x"))["error_code"] == 429
    assert len(alice.messages()) == 3


def test_thirty_a_second_overall(clock: Clock) -> None:
    pace = Pace(clock, Limits())
    for chat in range(30):
        pace.spend(chat, group=False)
    with pytest.raises(BotApiError, match="Too Many Requests: retry after 1"):
        pace.spend(31, group=False)
    clock.now += 1 / 30
    pace.spend(31, group=False)


def test_twenty_a_minute_to_a_group(clock: Clock) -> None:
    pace = Pace(clock, Limits())
    for _ in range(20):
        pace.spend(-1, group=True)
        clock.now += 1
    with pytest.raises(BotApiError, match="retry after 40"):
        pace.spend(-1, group=True)
    clock.now += 40
    pace.spend(-1, group=True)


def test_limits_can_be_switched_off(clock: Clock) -> None:
    pace = Pace(clock, Limits.off())
    for _ in range(1000):
        pace.spend(-1, group=True)
