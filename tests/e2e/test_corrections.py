"""When a source changes a cited sentence, readers are notified, unless they opted out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.background import Clock
from bot.features.corrections import SETTLES
from tests.support.archives import cut, draft
from tests.support.bots import RunningBot, running_bot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrieval.models import ArticleDraft

QUESTION = "How many troops were massed for the Kursk offensive, and who says so?"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def bot(tmp_path: Path, clock: Clock) -> AsyncIterator[RunningBot]:
    async with running_bot(tmp_path, [printed("50,000")], clock) as bot:
        yield bot


def printed(figure: str) -> ArticleDraft:
    text = f"The Alpha Times reported that {figure} troops massed for a Kursk offensive. It rained."
    return draft(text, "Troops", "Alpha", "https://alpha.example/1")


async def print_anew(bot: RunningBot, figure: str) -> None:
    one = printed(figure)
    await bot.library.archive.articles.store(one, cut(one.text), added_by="test")


async def test_a_reader_is_told_once_when_a_source_changes_and_can_end_that(
    bot: RunningBot, clock: Clock
) -> None:
    await bot.reader.send(QUESTION)
    assert "50,000" in (await bot.reader.wait_for_reply()).text
    await print_anew(bot, "45,000")
    clock.forward(clock.now() + 2 * SETTLES)
    told = await bot.reader.wait_for_reply()
    assert told.text.startswith("Alpha changed something I cited to you on ")
    assert "It says now: “The Alpha Times reported that 45,000 troops" in told.text
    await bot.reader.send("/corrections off")
    said = (await bot.reader.wait_for_reply()).text
    assert said.startswith("I don't tell you when a source changes")
    await print_anew(bot, "40,000")
    clock.forward(clock.now() + 2 * SETTLES)
    await bot.reader.send("/corrections")
    assert (await bot.reader.wait_for_reply()).text == said
    await bot.reader.send("/corrections on")
    assert "in the last 7 days, I tell you once" in (await bot.reader.wait_for_reply()).text
