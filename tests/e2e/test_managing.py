"""Admins managing articles in Telegram, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.archives import cut, draft
from tests.support.bots import RunningBot, running_bot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrieval.models import Article


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with running_bot(tmp_path) as bot:
        yield bot


async def stored(bot: RunningBot, text: str) -> Article:
    one = draft(text, "Bridge", "Gamma", "https://gamma.example/1")
    return (await bot.library.archive.store(one, cut(text), added_by="test")).article


async def found(bot: RunningBot) -> int:
    return len(await bot.library.archive.by_keywords(["zelenivka"], 5))


async def test_an_admin_reads_the_history_removes_and_undoes(bot: RunningBot) -> None:
    await stored(bot, "The bridge at Zelenivka stands. It is old.")
    article = await stored(bot, "The bridge at Zelenivka fell. It is old.")
    await bot.admin.send(f"/article {article.id}")
    page = await bot.admin.wait_for_reply()
    assert "- The bridge at Zelenivka stands." in page.text
    assert "+ The bridge at Zelenivka fell." in page.text
    await bot.admin.press(page, 1)
    page = await page.wait_until(lambda message: message.text.startswith("Remove"))
    assert await found(bot) == 1
    await bot.admin.press(page, 1)
    page = await page.wait_until(lambda message: "is removed" in message.text)
    assert await found(bot) == 0
    await bot.admin.press(page, 1)
    await page.wait_until(lambda message: "is back" in message.text)
    assert await found(bot) == 1


async def test_a_reader_can_not_manage_articles(bot: RunningBot) -> None:
    await bot.reader.send("/article 1")
    assert (await bot.reader.wait_for_reply()).text == "Only admins can manage articles."


@pytest.mark.parametrize("words", ["", " x", " 1 2", " 99999999999999999999"])
async def test_a_number_that_is_none_is_answered_with_how_to_ask(
    bot: RunningBot, words: str
) -> None:
    await bot.admin.send(f"/article{words}")
    assert "/article 12" in (await bot.admin.wait_for_reply()).text
