"""Scripted trouble, as PTB meets it."""

from typing import Any

import pytest
import telegram
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut

from bot.local_api import Fault, LocalBotApi, Person


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # else PTB's own RetryAfter warns


async def send(bot: telegram.Bot) -> telegram.Message:
    return await bot.send_message(1001, "hello", read_timeout=0.1)


@pytest.mark.parametrize(
    ("fault", "error", "sent"),
    [
        (Fault.timeout_before_effect(), TimedOut, 0),
        (Fault.timeout_after_effect(), TimedOut, 1),
        (Fault.timeout_after_effect(30), TimedOut, 1),
        (Fault.reset(), NetworkError, 0),
        (Fault.reset(after_effect=True), NetworkError, 1),
        (Fault.status(502), NetworkError, 0),
        (Fault.status(500, after_effect=True), NetworkError, 1),
        (Fault.too_many(3), RetryAfter, 0),
        (Fault.garbage(), TelegramError, 0),
    ],
)
async def test_a_fault_is_felt_once_with_or_without_effect(
    api: LocalBotApi,
    bot: telegram.Bot,
    alice: Person,
    fault: Fault,
    error: type[Exception],
    sent: int,
) -> None:
    api.faults.next("sendMessage", fault)
    with pytest.raises(error):
        await send(bot)
    assert len(alice.messages()) == 1 + sent
    assert api.faults.pending == 0
    assert (await send(bot)).text == "hello"
    assert [call.fault for call in api.calls("sendMessage")] == [fault.ending.value, None]


async def test_a_late_response_still_comes(
    api: LocalBotApi, bot: telegram.Bot, alice: Person
) -> None:
    assert alice.private_chat().started
    api.faults.next("sendMessage", Fault.timeout_after_effect(0.01))
    assert (await send(bot)).text == "hello"


async def test_faults_are_counted_and_may_concern_one_chat_only(
    api: LocalBotApi, alice: Person, post: Any
) -> None:
    bob = api.person("Bob")
    await bob.send("/start")
    api.faults.next("*", Fault.status(500), times=2, chat_id=bob.id)
    codes = []
    for chat_id in (alice.id, bob.id, bob.id, bob.id):
        answer = await post("sendMessage", chat_id=chat_id, text="x")
        codes.append(answer.get("error_code", 200))
    assert codes == [200, 500, 500, 200]


async def test_the_script_can_be_forgotten(api: LocalBotApi, post: Any) -> None:
    api.faults.next("getMe", Fault.status(500), times=9)
    api.faults.clear()
    assert (await post("getMe"))["ok"]
