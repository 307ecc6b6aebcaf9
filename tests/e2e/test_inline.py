"""`@bot words` in any chat: which results are offered to whom, and what is shared."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.background import Clock
from bot.features import inline
from retrieval.models import ArticleDraft, Precision, Published
from tests.support.archives import cut
from tests.support.bots import RunningBot, running_bot
from tests.support.deliveries import from_bot
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.local_api.errors import Json

NOON = datetime(2024, 11, 23, 12, tzinfo=UTC)
OUTLETS = {
    "Echo": "The river Ister flooded Ostrov on Saturday; 1,200 people were evacuated.",
    "Planet": "In Ostrov 1,200 people were evacuated after the river Ister flooded the town.",
}
OLD = "The mayor of Ostrov opened a new school for four hundred pupils in the old town."
TROOPS = "North Korea sent 11,000 soldiers to the Kursk region, the ministry in Kyiv said."


async def publish(bot: RunningBot, text: str, outlet: str, title: str, at: datetime) -> None:
    url = f"https://{outlet.lower()}.example/{at:%d%H%M}"
    one = ArticleDraft(title, text, outlet, url, published=Published(at, Precision.MINUTE))
    await bot.library.archive.articles.store(one, cut(text), added_by="test")
    await bot.library.indexer.work()
    await bot.library.stories.catch_up(at + timedelta(minutes=1))


@asynccontextmanager
async def opened(folder: Path, **settings: Any) -> AsyncIterator[RunningBot]:
    async with running_bot(folder, clock=Clock(NOON), **settings) as bot:
        await publish(bot, OLD, "Gamma", "School opens in Ostrov", NOON - timedelta(days=30))
        await publish(bot, TROOPS, "Gamma", "Soldiers in Kursk", NOON - timedelta(days=2))
        for n, (outlet, text) in enumerate(OUTLETS.items()):
            at = NOON - timedelta(hours=2 - n)
            await publish(bot, text, outlet, "Flood in Ostrov, town evacuated", at)
        yield bot


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with opened(tmp_path) as bot:
        yield bot


def text_of(result: Json) -> str:
    return str(result["input_message_content"]["message_text"])


def last_answer(bot: RunningBot) -> Json:
    return bot.api.calls("answerInlineQuery")[-1].parameters


async def test_the_story_first_then_sentences_the_newest_first_each_with_its_source(
    bot: RunningBot,
) -> None:
    found = await bot.reader.ask_inline("ostrov")
    story, *sentences = found
    assert story["title"] == "Flood in Ostrov, town evacuated"
    assert story["description"] == "Planet, Echo · 23 Nov 2024"
    assert [one["title"] for one in sentences] == [OUTLETS["Planet"], OUTLETS["Echo"], OLD]
    assert sentences[0]["description"].startswith("Planet, 23 Nov 2024: Flood in Ostrov")
    assert text_of(sentences[2]).startswith(f"“{OLD}”\n— Gamma, 24 Oct 2024: School opens")
    links = [
        one["url"]
        for one in sentences[2]["input_message_content"]["entities"]
        if one["type"] == "text_link"
    ]
    assert links[0].startswith("https://gamma.example/")
    assert ":~:text=" in links[0]
    answer = last_answer(bot)
    assert answer["is_personal"] is True
    assert answer["cache_time"] == 60
    assert "button" not in answer


async def test_a_word_that_is_still_typed_finds_what_begins_so(bot: RunningBot) -> None:
    found = await bot.reader.ask_inline("soldiers kurs")
    assert [one["title"] for one in found] == [TROOPS]


async def test_without_words_what_is_new_is_offered(bot: RunningBot) -> None:
    (story,) = await bot.reader.ask_inline("  ")
    assert story["title"] == "Flood in Ostrov, town evacuated"
    assert "1,200 people were evacuated" in text_of(story)
    assert last_answer(bot)["button"]["text"] == "Type words, or share what is new"


async def test_nothing_found_is_said_and_hardly_cached(bot: RunningBot) -> None:
    assert await bot.reader.ask_inline("atlantis ruins") == []
    assert last_answer(bot)["button"]["text"] == "Nothing found for these words"
    assert last_answer(bot)["cache_time"] == 10


async def test_what_is_shared_says_its_source_and_is_no_question(bot: RunningBot) -> None:
    found = await bot.reader.ask_inline("soldiers Kursk")
    group = bot.api.group("Friends", bot.reader)
    shared = await bot.reader.share(found[0], chat=group)
    assert shared.text.startswith(f"“{TROOPS}”\n— Gamma, 21 Nov 2024: Soldiers in Kursk")
    await bot.reader.share(found[0])
    await bot.reader.send("/help")
    await bot.reader.wait_for_reply()
    assert len(from_bot(bot.api, bot.reader.id)) == 1
    assert from_bot(bot.api, group.id) == []


ODD = ["'; DROP TABLE", '"', "NEAR(", "a" * 400, "…", "*", "-", "OR AND NOT", "\u202e", "🦊🦊", "1"]


async def test_whatever_is_typed_is_answered(bot: RunningBot) -> None:
    for typed in ODD:
        await bot.reader.ask_inline(typed)
        assert last_answer(bot)["is_personal"] is True


async def test_strangers_and_the_blocked_are_offered_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path, reader_access="invited") as bot:
        assert await bot.reader.ask_inline("ostrov") == []
        assert last_answer(bot)["button"]["text"] == "This bot is invite-only"
        assert last_answer(bot)["is_personal"] is True
        assert len(await bot.admin.ask_inline("ostrov")) == 4
        # what the hint leads to is no invitation that is used up
        await bot.reader.send("/start inline")
        assert "is invite-only" in (await bot.reader.wait_for_reply()).text


async def test_who_asks_too_much_is_told_to_wait_and_others_are_answered(
    bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inline, "WITHIN_S", 3600.0)
    for _ in range(inline.MOST_ASKED):
        await bot.reader.ask_inline("ostrov")
    assert await bot.reader.ask_inline("ostrov") == []
    assert last_answer(bot)["button"]["text"] == "Too many searches: please wait a minute"
    assert len(await bot.admin.ask_inline("ostrov")) == 4


async def test_by_webhook_too(tmp_path: Path) -> None:
    port = free_port()
    more = {"webhook_url": f"http://127.0.0.1:{port}", "listen": f"127.0.0.1:{port}"}
    async with opened(tmp_path, webhook_secret="s" * 20, **more) as bot:
        asked = (bot.reader.ask_inline("ostrov"), bot.admin.ask_inline("kursk"))
        mine, others = await asyncio.gather(*asked)
        assert (len(mine), len(others)) == (4, 1)


async def test_help_names_it_where_it_is_switched_on(bot: RunningBot) -> None:
    await bot.reader.send("/help")
    said = await bot.reader.wait_for_reply()
    is_on = bot.app.bot.supports_inline_queries
    assert (f"type @{bot.api.bot.username} and" in said.text) is is_on
    assert is_on


async def test_hints_are_in_the_language_of_who_asks(bot: RunningBot) -> None:
    stan = bot.api.person("Stan", language_code="uk")
    await stan.ask_inline("атлантида")
    assert last_answer(bot)["button"]["text"] == "За цими словами нічого не знайдено"


async def test_an_answer_that_comes_too_late_is_no_error(
    bot: RunningBot, caplog: pytest.LogCaptureFixture
) -> None:
    bot.api.world.query_lifetime = -1.0
    with pytest.raises(TimeoutError):
        await bot.reader.ask_inline("ostrov", timeout=1.0)
    await asyncio.sleep(0)
    assert "failure" not in caplog.text
