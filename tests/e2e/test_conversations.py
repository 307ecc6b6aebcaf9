"""Follow-ups as a reader sees them, in quote mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.test_questions import ALPHA, BETA, QUESTION
from tests.support.bots import running_bot

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_follow_up_leans_until_new_and_survives_a_restart(tmp_path: Path) -> None:
    async with running_bot(tmp_path, [ALPHA, BETA]) as bot:
        await bot.reader.send(QUESTION)
        await bot.reader.wait_for_reply()
    async with running_bot(tmp_path, []) as bot:
        await bot.reader.send("How many of them?")
        assert "Kursk" in (await bot.reader.wait_for_reply()).text
        await bot.reader.send("/new")
        assert "new conversation" in (await bot.reader.wait_for_reply()).text
        await bot.reader.send("How many of them?")
        assert "no answer" in (await bot.reader.wait_for_reply()).text
