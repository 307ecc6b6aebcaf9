"""Feeds in Telegram and at the command line."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.local_api import Limits, local_bot_api
from tests.e2e.test_command_line import sitrep
from tests.e2e.test_intake_kills import bot_process, in_database, until_stored
from tests.support.bots import ADMIN_ID, RunningBot, running_bot
from tests.support.feed_site import FeedSite, feed_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from bot.local_api import Message


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with running_bot(tmp_path, fetch_host_pause_s=0) as bot:
        yield bot


@pytest.fixture
def site() -> Iterator[FeedSite]:
    with feed_site() as site:
        yield site


async def said(bot: RunningBot, text: str) -> Message:
    await bot.admin.send(text)
    return await bot.admin.wait_for_reply()


async def test_an_admin_adds_pauses_and_removes_a_feed_by_buttons(
    bot: RunningBot, site: FeedSite
) -> None:
    assert (await said(bot, "/feeds")).text.startswith("I don't follow any feeds yet.")
    added = await said(bot, f"/feeds add {site.url}/site")
    assert added.text.startswith(f"Added feed 1, “Feed good” (found at {site.url}/site): 1 entry.")
    assert "I already follow" in (await said(bot, f"/feeds {site.url}/feed/good")).text
    page = await said(bot, "/feeds")
    async with asyncio.timeout(30):
        while "1 article;" not in page.text:
            page = await said(bot, "/feeds")
    assert "; OK · checked" in page.text
    await bot.admin.press(page, 1)
    page = await page.wait_until(lambda message: "Pause" in str(message.buttons))
    await bot.admin.press(page, 1)
    page = await page.wait_until(lambda message: message.text.endswith("; paused"))
    await bot.admin.press(page, 1)
    page = await page.wait_until(lambda message: "; paused" not in message.text)
    await bot.admin.press(page, 2)
    page = await page.wait_until(lambda message: message.text == "Stop following “Feed good”?")
    await bot.admin.press(page, 1)
    await page.wait_until(lambda message: "Stopped reading" in message.text)
    assert (await said(bot, "/feeds")).text.startswith("I don't follow any feeds yet.")
    assert (await bot.library.archive.catalogue.summary()).articles == 1


async def test_readers_do_not_learn_that_there_are_feeds(bot: RunningBot, site: FeedSite) -> None:
    await bot.reader.send("/nonsense")
    unknown = (await bot.reader.wait_for_reply()).text
    for text in ("/feeds", f"/feeds add {site.url}/feed/good"):
        await bot.reader.send(text)
        reply = await bot.reader.wait_for_reply()
        assert reply.text.replace("/feeds", "/nonsense") == unknown
        assert not reply.buttons
    await bot.reader.send("/help")
    assert "feeds" not in (await bot.reader.wait_for_reply()).text
    assert not site.asked


NOT_DONE = [
    ("add", "Write the address after the command: /feeds add example.org"),
    ("add {url}/plain", "It's a web page that doesn't link to a feed."),
    ("add {url}/feed/moved-away/x y", "Write the address after the command"),
    ("add ftp://example.org/feed", "doesn't start with http:// or https://"),
    ("remove", "Write the feed's number after the command: /feeds remove 3"),
    ("remove 7", "There is no feed 7"),
]


async def test_what_can_not_be_done_has_its_sentence(bot: RunningBot, site: FeedSite) -> None:
    for words, answer in NOT_DONE:
        assert answer in (await said(bot, f"/feeds {words.format(url=site.url)}")).text


def test_the_command_line_adds_lists_checks_carries_and_removes(
    tmp_path: Path, site: FeedSite
) -> None:
    def feeds(*words: str, stdin: str = "") -> tuple[int, str, str]:
        ran = sitrep(tmp_path, "feeds", *words, stdin=stdin, FETCH_ALLOW_PRIVATE="true")
        return ran.returncode, ran.stdout, ran.stderr

    code, out, error = feeds("add", f"{site.url}/feed/good", f"{site.url}/plain")
    assert code == 1
    assert out.startswith("Added feed 1, “Feed good”: 1 entry.")
    assert "doesn't link to a feed" in error
    _, out, _ = feeds("list", "--json")
    [one] = map(json.loads, out.splitlines())
    assert (one["state"], one["articles"], one["waiting"]) == ("active", 1, 0)
    site.down.add("good")
    code, out, _ = feeds("check", "1")
    assert code == 1
    assert "failing since" in out
    assert "answered 500" in out
    site.down.clear()
    assert feeds("check")[0] == 0
    code, opml, _ = feeds("export")
    assert code == 0
    more = opml.replace("</body>", f'<outline xmlUrl="{site.url}/feed/stale"/></body>')
    assert feeds("import", "-", stdin=more)[1].startswith("1 feeds added, 1 were here already")
    assert feeds("remove", "1")[:2] == (0, "Removed feed 1, “Feed good”; its articles stay.\n")
    code, _, error = feeds("remove", "1")
    assert code == 1
    assert "There is no feed 1" in error
    code, _, error = feeds("frob")
    assert code == 2
    assert "No such command 'frob'" in error


@pytest.mark.faults("kill -9: reading a feed")
@pytest.mark.slow
async def test_a_bot_that_is_killed_while_it_reads_a_feed_loses_and_doubles_nothing(
    tmp_path: Path, site: FeedSite
) -> None:
    site.faults = False
    site.now += timedelta(hours=1)
    entries = len(site.numbers("teasers"))
    async with local_bot_api(limits=Limits.off()) as api:
        admin = api.person("Ada", id=ADMIN_ID)
        for articles in (2, 5, entries):
            async with bot_process(api, tmp_path) as process:
                if articles == 2:
                    await admin.send(f"/feeds add {site.url}/feed/teasers")
                await until_stored(tmp_path, articles)
                process.kill()
                await process.ended()
            run_out(tmp_path)
    assert in_database(tmp_path) == entries
    # what was under way when it died is asked for again, and nothing else
    pages = {path: times for path, times in site.asked.items() if path.startswith("/page/")}
    assert len(pages) == entries
    code, out, _ = sitrep_feeds(tmp_path, "check")
    assert code == 0, out
    assert in_database(tmp_path) == entries
    [one] = map(json.loads, sitrep_feeds(tmp_path, "list", "--json")[1].splitlines())
    assert (one["articles"], one["waiting"], one["unreadable"]) == (entries, 0, 0)


def run_out(folder: Path) -> None:
    """Let ten minutes pass for whoever had a lease."""
    with closing(sqlite3.connect(folder / "data" / "sitrep.db", timeout=30)) as connection:
        connection.execute("UPDATE feed SET claimed_until = '2000-01-01 00:00:00.000000'")
        connection.commit()


def sitrep_feeds(folder: Path, *words: str) -> tuple[int, str, str]:
    ran = sitrep(folder, "feeds", *words, FETCH_ALLOW_PRIVATE="true")
    return ran.returncode, ran.stdout, ran.stderr
