"""Admins managing articles in Telegram, over HTTP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.support.archives import cut, draft

if TYPE_CHECKING:
    from retrieval.models import Article
    from tests.support.bots import RunningBot


async def stored(bot: RunningBot, text: str) -> Article:
    one = draft(text, "Bridge", "Gamma", "https://gamma.example/1")
    return (await bot.library.archive.articles.store(one, cut(text), added_by="test")).article


async def found(bot: RunningBot) -> int:
    return len(await bot.library.archive.keywords.search(["zelenivka"], 5))


async def test_an_admin_reads_the_history_removes_and_undoes(bot: RunningBot) -> None:
    await stored(bot, "The bridge at Zelenivka stands. It is old.")
    article = await stored(bot, "The bridge at Zelenivka fell. It is old.")
    await bot.admin.send(f"/article {article.id}")
    page = await bot.admin.wait_for_reply()
    assert "- The bridge at Zelenivka stands." in page.text
    assert "+ The bridge at Zelenivka fell." in page.text
    await bot.admin.press(page, 2)
    page = await page.wait_until(lambda message: message.text.startswith("Remove"))
    assert await found(bot) == 1
    await bot.admin.press(page, 1)
    page = await page.wait_until(lambda message: "has been removed" in message.text)
    assert await found(bot) == 0
    await bot.admin.press(page, 1)
    await page.wait_until(lambda message: "has been restored" in message.text)
    assert await found(bot) == 1
    await bot.admin.send("/log")
    logged = (await bot.admin.wait_for_reply()).text
    assert re.findall(r"Ada \(1002\): (.*)", logged) == ["restore article:1", "remove article:1"]


FOR_ADMINS = ["article 1", "articles", "stats"]


async def test_to_a_reader_the_commands_are_not_there(bot: RunningBot) -> None:
    for command in FOR_ADMINS:
        await bot.reader.send(f"/{command}")
        said = (await bot.reader.wait_for_reply()).text
        await bot.reader.send("/nonesuch 1")
        other = (await bot.reader.wait_for_reply()).text
        assert said == other.replace("nonesuch", command.split(maxsplit=1)[0])


async def test_an_admin_pages_through_the_articles_and_opens_one(bot: RunningBot) -> None:
    for number in range(8):
        one = draft(f"Report {number} from Zelenivka.", f"Title {number}", "Gamma")
        await bot.library.archive.articles.store(one, cut(one.text), added_by="test")
    other = draft("Elsewhere it rained.", "Rain", "Beta")
    await bot.library.archive.articles.store(other, cut(other.text), added_by="test")
    await bot.admin.send("/articles zelenivka")
    page = await bot.admin.wait_for_reply()
    assert "8 in all, page 1 of 2" in page.text
    assert "Title 7" in page.text
    assert "Rain" not in page.text
    await bot.admin.press(page, 7)
    page = await page.wait_until(lambda message: "page 2 of 2" in message.text)
    assert "Title 0" in page.text
    assert page.text.startswith("Articles: zelenivka")
    await bot.admin.press(page, 2)
    assert (await bot.admin.wait_for_reply()).text.startswith("Title 0\nGamma")


async def test_a_filter_that_can_not_be_read_is_explained(bot: RunningBot) -> None:
    await bot.admin.send("/articles since:yesterday")
    assert "isn't a date" in (await bot.admin.wait_for_reply()).text


async def test_stats_come_with_a_picture_of_the_growth(bot: RunningBot) -> None:
    await stored(bot, "The bridge at Zelenivka stands.")
    await bot.admin.send("/stats")
    picture = await bot.admin.wait_for_reply()
    text = await bot.admin.wait_for_reply()
    assert picture.text == "Articles added per day"
    assert "Articles: 1" in text.text
    assert "Gamma: 1" in text.text


NO_NUMBERS = ["", " x", " 1 2", " 99999999999999999999"]


async def test_a_number_that_is_none_is_answered_with_how_to_ask(bot: RunningBot) -> None:
    for words in NO_NUMBERS:
        await bot.admin.send(f"/article{words}")
        assert "/article 12" in (await bot.admin.wait_for_reply()).text


async def test_an_article_page_shows_its_near_copies(bot: RunningBot) -> None:
    wire = "The bridge at Zelenivka fell into the river before dawn, officers said. " + " ".join(
        f"Line {name} of the report." for name in "abcdefghijklmn"
    )
    for outlet, words in (("Gamma", wire), ("Delta", f"(Wire) {wire}")):
        one = draft(words, "Bridge at Zelenivka", outlet, f"https://{outlet.lower()}.example/1")
        await bot.library.archive.articles.store(one, cut(words), added_by="test")
    await bot.admin.send("/article 1")
    page = await bot.admin.wait_for_reply()
    assert "Near copies, counted once:\n2 Delta, 12 Nov 2024" in page.text
    await bot.admin.send("/article 2")
    page = await bot.admin.wait_for_reply()
    assert "A near copy of: 1 Gamma, 12 Nov 2024" in page.text
