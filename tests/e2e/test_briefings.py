"""/briefing and the buttons of stories, over HTTP against the local Bot API."""

from __future__ import annotations

import asyncio
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.app import serving
from bot.background import Clock
from bot.demo.stage import Days
from bot.local_api import local_bot_api
from retrieval.library import open_library
from retrieval.settings import LibrarySettings
from tests.support.bots import bot_settings, running_bot
from tests.support.openai_server import openai_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.local_api import Message
    from tests.support.bots import RunningBot

EVENING = datetime(2024, 11, 25, 20, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Newsroom:
    """A bot whose archive grows as its clock runs."""

    bot: RunningBot
    days: Days

    async def say(self, text: str) -> Message:
        await self.bot.reader.send(text)
        return await self.bot.reader.wait_for_reply(timeout=60)

    async def press(self, message: Message, label: str) -> Message:
        await self.bot.reader.press(message, label)
        return await self.bot.reader.wait_for_reply(timeout=60)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the sample articles, embedded once for all tests."""
    folder = tmp_path_factory.mktemp("sample")

    async def fill() -> None:
        settings = LibrarySettings.read(_env_file=None, data_dir=folder)
        async with open_library(settings) as library:
            with as_file(files("bot.demo") / "sample" / "articles.jsonl") as articles:
                async for _ in library.ingestor.add(str(articles), added_by="test"):
                    pass
            await Days(Clock(EVENING), library).begin()
            await library.indexer.work()

    asyncio.run(fill())
    return folder


@pytest.fixture
def folder(sample: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample, tmp_path / "data"))


@pytest.fixture
async def room(folder: Path) -> AsyncIterator[Newsroom]:
    clock = Clock(EVENING)
    async with running_bot(folder, clock=clock) as bot:
        yield Newsroom(bot, Days(clock, bot.library))


async def test_a_briefing_tells_the_days_stories_with_their_sources(room: Newsroom) -> None:
    briefing = await room.say("/briefing")
    assert briefing.text.startswith("25 November · 2 stories\n")
    assert "From 3 articles of 3 outlets since 24 Nov 2024, 20:00" in briefing.text
    assert "Copperline News: a single source" in briefing.text
    links = [one["url"] for one in briefing.entities if one["type"] == "text_link"]
    assert all("#:~:text=" in link for link in links)
    assert [button.text for row in briefing.buttons for button in row] == ["1 …", "2 …"]


async def test_nothing_is_told_twice_and_an_update_says_what_it_was(room: Newsroom) -> None:
    first = await room.say("/briefing")
    again = await room.say("/briefing")
    assert again.text.startswith("Nothing new since 25 Nov 2024, 20:00")
    await room.days.forward()
    await room.days.forward()
    later = await room.say("/briefing")
    assert "1. Update: " in later.text
    assert "(was " in later.text
    told = {line for line in first.text.splitlines() if line.startswith("•")}
    assert told
    assert not told & set(later.text.splitlines())


async def test_what_a_reader_was_told_is_still_known_after_a_restart(folder: Path) -> None:
    clock = Clock(EVENING)
    async with local_bot_api(clock=lambda: clock.now().timestamp()) as api:
        rita = api.person("Rita", id=1001)
        for beginning in ("25 November", "Nothing new"):
            async with serving(bot_settings(api, folder), clock=clock):
                await rita.send("/briefing")
                assert (await rita.wait_for_reply(timeout=60)).text.startswith(beginning)


async def test_a_topic_and_a_time_narrow_it_and_a_topic_without_match_says_what_is_near(
    room: Newsroom,
) -> None:
    narrow = await room.say("/briefing electricity outages since yesterday")
    assert "grid operator" in narrow.text
    assert "Khalino" not in narrow.text
    nothing = await room.say("/briefing cricket since Monday")
    assert nothing.text.startswith("Nothing new about cricket since")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (
            "/briefing Kursk since the dawn of time",
            "I don't understand “the dawn of time”",
        ),
        ("/briefing " + ",".join(f"t{n}" for n in range(40)), "That's 40 topics"),
    ],
)
async def test_what_can_not_be_read_is_answered_in_a_sentence(
    room: Newsroom, text: str, answer: str
) -> None:
    assert (await room.say(text)).text.startswith(answer)


async def test_a_storys_buttons_show_sources_history_and_timeline(room: Newsroom) -> None:
    briefing = await room.say("/briefing")
    reader = room.bot.reader
    await reader.press(briefing, "1 …")
    labels = [button.text for row in briefing.buttons for button in row]
    assert labels[:2] == ["1: sources", "what changed"]
    sources = await room.press(briefing, "1: sources")
    assert "Why this story:" in sources.text
    changed = await room.press(briefing, "what changed")
    assert "the first time I've reported it to you" in changed.text
    picture = await room.press(briefing, "timeline")
    assert "photo" in picture.media
    await reader.press(briefing, "« back")
    assert [button.text for row in briefing.buttons for button in row] == ["1 …", "2 …"]


async def test_without_matplotlib_a_timeline_is_text_and_statistics_name_what_to_install(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    briefing = await room.say("/briefing")
    await room.bot.reader.press(briefing, "1 …")
    assert "\n• 25 Nov 2024: " in (await room.press(briefing, "timeline")).text
    await room.bot.admin.send("/stats")
    text = (await room.bot.admin.wait_for_reply()).text
    assert text.endswith("Pictures need matplotlib: pip install 'sitrep[pictures]'.")


async def test_asking_about_a_story_is_answered_from_its_articles(room: Newsroom) -> None:
    briefing = await room.say("/briefing")
    await room.bot.reader.press(briefing, "1 …")
    asked = await room.press(briefing, "ask about this")
    assert "Reply to this message" in asked.text
    await room.bot.reader.send("How many missiles were shot down?", reply_to=asked)
    answer = await room.bot.reader.wait_for_reply(timeout=60)
    assert "seven missiles" in answer.text
    assert "Copperline" not in answer.text


async def test_a_muted_story_is_not_told_again_and_a_followed_one_comes_first(
    room: Newsroom,
) -> None:
    briefing = await room.say("/briefing")
    await room.bot.reader.press(briefing, "1 …")
    answer = await room.bot.reader.press(briefing, "mute")
    assert answer.text == "You won't hear about this story again."
    await room.bot.reader.press(briefing, "« back")
    await room.bot.reader.press(briefing, "2 …")
    await room.bot.reader.press(briefing, "follow")
    await room.days.forward()
    later = await room.say("/briefing")
    assert " · 1 story" in later.text
    assert "grid operator" in later.text
    why = await _why(room, later)
    assert "you follow this story" in why


async def _why(room: Newsroom, briefing: Message) -> str:
    await room.bot.reader.press(briefing, "1 …")
    return (await room.press(briefing, "1: sources")).text


async def test_a_briefing_as_a_file(room: Newsroom) -> None:
    message = await room.say("/briefing file")
    assert message.media["document"]["file_name"] == "briefing-2024-11-25.html"


async def test_a_briefing_as_a_picture_to_share(room: Newsroom) -> None:
    await room.say("/briefing")
    message = await room.say("/briefing again as a picture")
    assert "photo" in message.media
    assert message.text.startswith("Sources: 1 ")
    nothing = await room.say("/briefing as a picture")
    assert nothing.text.startswith("Nothing new")


async def test_as_a_file_is_always_a_file(room: Newsroom) -> None:
    await room.say("/briefing")
    again = await room.say("/briefing md")
    assert again.media["document"]["file_name"] == "briefing-2024-11-25.md"


async def test_again_shows_the_last_one_as_it_was(room: Newsroom) -> None:
    nothing = await room.say("/briefing again")
    assert nothing.text == "I haven't sent you a briefing yet."
    first = await room.say("/briefing")
    assert (await room.say("/briefing")).text.startswith("Nothing new")
    again = await room.say("/briefing again")
    assert again.text == first.text
    assert [button.text for row in again.buttons for button in row] == ["1 …", "2 …"]


async def test_a_week_is_summed_up_whatever_was_told_of_it(room: Newsroom) -> None:
    await room.say("/briefing")
    week = await room.say("/briefing week")
    assert "since 18 Nov 2024, 20:00" in week.text
    assert "Khalino" in week.text


async def test_today_begins_at_the_readers_midnight(room: Newsroom) -> None:
    today = await room.say("/briefing today")
    assert "since 25 Nov 2024, 00:00" in today.text


async def test_a_subscriber_is_sent_the_morning_after_what_came_in(room: Newsroom) -> None:
    await room.say("/briefing")
    asked = await room.say("/subscribe 7:30")
    await room.bot.reader.press(asked, "UTC")
    asked = await asked.wait_until(lambda one: "7:30 (UTC)" in one.text)
    await room.bot.reader.press(asked, "✓ Subscribe")
    await asked.wait_until(lambda one: "Next: Tuesday 26 November, 7:30." in one.text)
    await room.days.forward()
    await room.days.forward()
    quiet = await room.bot.reader.wait_for_reply(timeout=60)
    assert quiet.text.startswith("Nothing new since 25 Nov 2024, 20:00")
    update = await room.bot.reader.wait_for_reply(timeout=60)
    assert "1. Update: " in update.text


async def test_briefings_spend_the_days_tokens_and_beyond_them_are_quotes(folder: Path) -> None:
    async with openai_server() as server:
        server.reply_with(lambda _: "SUMMARY: Nothing that a sentence supports.")
        model: dict[str, Any] = {
            "chat_model": "openai:fake-model",
            "openai_base_url": server.base_url,
            "openai_api_key": server.api_key,
        }
        async with running_bot(folder, clock=Clock(EVENING), tokens_a_day=10, **model) as bot:
            await bot.reader.send("/briefing")
            await bot.reader.wait_for_reply(timeout=60)
            asked = len(server.requests)
            await bot.admin.send("/briefing")
            quoted = await bot.admin.wait_for_reply(timeout=60)
    assert 0 < asked == len(server.requests)
    assert "Today\u2019s written answers are used up for everyone" in quoted.text
    assert "\u201c" in quoted.text
