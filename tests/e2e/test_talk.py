"""Messages other than plain questions: small talk, requests for news, bad input."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.background import Clock
from retrieval.answering.intents import REPLIES, TalkKind
from tests.e2e.test_questions import ALPHA, BETA, QUESTION
from tests.support.archives import draft
from tests.support.bots import running_bot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.bots import RunningBot


async def asked(bot: RunningBot, text: str) -> str:
    await bot.reader.send(text)
    return (await bot.reader.wait_for_reply()).text


async def test_talk_gets_a_line_and_never_the_last_answer(tmp_path: Path) -> None:
    async with running_bot(tmp_path, [ALPHA, BETA]) as bot:
        assert "50,000" in await asked(bot, QUESTION)
        assert await asked(bot, "thanks!") == str(REPLIES[TalkKind.THANKS])
        assert await asked(bot, "hi") == str(REPLIES[TalkKind.HELLO])
        assert await asked(bot, "ok") == str(REPLIES[TalkKind.OK])
        assert "/subscriptions" in await asked(bot, "stop")
        assert "/help" in await asked(bot, "what can you do?")
        assert await asked(bot, "🤔") == str(REPLIES[TalkKind.WORDLESS])
        assert await asked(bot, "?!...") == str(REPLIES[TalkKind.EMPTY])
        assert await asked(bot, "Дякую!") == "Будь ласка! Запитуйте ще."
        # the conversation goes on as if nothing had been said
        assert "50,000 troops massed" in await asked(bot, "How many of them?")


@pytest.mark.parametrize("topic", ["grain exports from odesa", "power cuts", "prisoner exchange"])
async def test_a_new_topic_does_not_get_the_old_topics_answer(tmp_path: Path, topic: str) -> None:
    async with running_bot(tmp_path, [ALPHA, BETA]) as bot:
        await asked(bot, QUESTION)
        assert "50,000" not in await asked(bot, topic)


async def test_who_asks_for_the_news_gets_a_briefing(tmp_path: Path) -> None:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    days = [
        draft(
            "A fire burned down forty stalls at the market of Ostrov.",
            "Fire",
            "Gamma",
            day="2026-11-30",
        ),
        draft(
            "Two fishing boats sank off Sund in a heavy storm.", "Boats", "Gamma", day="2026-11-29"
        ),
    ]
    async with running_bot(tmp_path, days, Clock(now)) as bot:
        today = await asked(bot, "What's new today?")
        assert "forty stalls" in today
        yesterday = await asked(bot, "what happened yesterday?")
        assert "fishing boats" in yesterday
        assert "forty stalls" not in yesterday


async def test_a_reader_hears_what_becomes_of_links_files_and_pictures(tmp_path: Path) -> None:
    async with running_bot(tmp_path, [ALPHA, BETA]) as bot:
        assert "don’t open links" in await asked(bot, "https://alpha.example/news/1")
        await bot.reader.upload("report.pdf", b"%PDF-", mime_type="application/pdf")
        assert "Only admins can send me files" in (await bot.reader.wait_for_reply()).text
        await bot.reader.upload("x.jpg", b"jpeg", photo=True)
        assert "only read text" in (await bot.reader.wait_for_reply()).text


async def test_the_question_under_a_picture_or_a_file_is_answered(tmp_path: Path) -> None:
    async with running_bot(tmp_path, [ALPHA, BETA]) as bot:
        await bot.reader.upload("x.jpg", b"jpeg", photo=True, caption=QUESTION)
        assert "50,000" in (await bot.reader.wait_for_reply()).text
        await bot.reader.upload("x.pdf", b"%PDF-", caption=QUESTION)
        assert "50,000" in (await bot.reader.wait_for_reply()).text


async def test_an_edited_question_is_answered_anew_and_an_unchanged_one_is_not(
    tmp_path: Path,
) -> None:
    async with running_bot(tmp_path, [ALPHA, BETA]) as bot:
        message = await bot.reader.send("thanks")
        await bot.reader.wait_for_reply()
        await bot.reader.edit(message, QUESTION)
        assert "50,000" in (await bot.reader.wait_for_reply()).text
        await bot.reader.edit(message, QUESTION)
        await bot.reader.edit(message, "hi")
        assert (await bot.reader.wait_for_reply()).text == str(REPLIES[TalkKind.HELLO])


async def test_a_typing_error_is_corrected_and_said(tmp_path: Path) -> None:
    async with running_bot(tmp_path, [ALPHA, BETA]) as bot:
        told = await asked(bot, QUESTION.replace("troops", "troosp"))
        assert "Showing results for “" in told
        assert "50,000" in told
