"""Whatever Telegram does, people get an answer or one clear sentence, and nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.local_api import Fault
from tests.e2e.test_questions import ALPHA, BETA, QUESTION
from tests.support.bots import RunningBot, running_bot
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from bot.local_api import Message


def is_answer(message: Message) -> bool:
    return "50,000 troops massed" in message.text


def is_sentence(message: Message) -> bool:
    return "Something went wrong on my side" in message.text


async def told(bot: RunningBot) -> list[Message]:
    """What came of a question, when all of it has come."""
    first = len(bot.reader.messages())
    await bot.reader.send(QUESTION)
    await bot.reader.wait_for_reply(timeout=30)
    await until(lambda: not bot.api.faults.pending, 30)
    await bot.reader.send("/help")  # the bot goes on
    help_ = await bot.reader.wait_for_reply(timeout=30)
    while "/briefing" not in help_.text:
        help_ = await bot.reader.wait_for_reply(timeout=30)
    found = bot.reader.messages()[first:]
    return [one for one in found if one.sender == bot.api.bot and one is not help_]


@pytest.mark.faults("Telegram: 502", "Telegram: reset", "Telegram: no JSON")
async def test_what_may_have_arrived_is_not_sent_again_and_the_person_is_told(
    tmp_path: Path,
) -> None:
    async with running_bot(tmp_path, [ALPHA, BETA]) as bot:
        for fault in (Fault.status(502), Fault.reset(), Fault.garbage()):
            bot.api.faults.next("sendMessage", fault)
            assert [is_sentence(one) for one in await told(bot)] == [True]
        for fault in (Fault.status(502, after_effect=True), Fault.reset(after_effect=True)):
            bot.api.faults.next("sendMessage", fault)
            found = await told(bot)
            assert [is_answer(one) for one in found].count(True) == 1


@pytest.mark.faults(
    "Telegram: 429 while fetching", "Telegram: 502 while fetching", "Telegram: reset while fetching"
)
async def test_when_fetching_fails_the_question_is_answered_once_later(tmp_path: Path) -> None:
    async with running_bot(tmp_path, [ALPHA, BETA]) as bot:
        for fault in (Fault.too_many(1), Fault.status(502), Fault.reset()):
            bot.api.faults.next("getUpdates", fault)
            assert [is_answer(one) for one in await told(bot)] == [True]
