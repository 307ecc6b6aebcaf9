"""The message of a job that adds articles: one, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from bot.app import serving
from bot.features.adding import reading, runner
from bot.features.adding.store import IntakeJobs
from bot.local_api import Fault, Limits, LocalBotApi, Person, local_bot_api
from bot.telegram.editable_message import EditPacing, LiveMessage, ReplyTarget
from bot.telegram.rate_limit import RateLimiter
from bot.telegram.rich_text import RichText
from retrieval.errors import ArchiveError
from tests.e2e.test_adding import result
from tests.support.bots import ADMIN_ID, RunningBot, bot_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.features.adding.jobs import JobOverview
    from bot.local_api import Message
    from tests.support.web import WebServer


@asynccontextmanager
async def gated(web: WebServer) -> AsyncIterator[str]:
    """Two links to pages that wait for the gate."""
    web.gate.clear()
    try:
        yield f"/add {web.url}/n/1 {web.url}/n/2"
    finally:
        web.gate.set()


def of_the_bot(api: LocalBotApi, person: Person) -> list[Message]:
    return [message for message in person.messages() if message.sender == api.bot]


@pytest.mark.faults("Telegram: the bot stops while a job's first message is being sent")
async def test_a_bot_that_stops_while_a_jobs_message_is_sent_continues_in_that_message(
    tmp_path: Path, web: WebServer
) -> None:
    async with local_bot_api(limits=Limits.off()) as api:
        admin = api.person("Ada", id=ADMIN_ID)
        api.faults.next("sendMessage", Fault.timeout_after_effect(1.5))
        async with gated(web) as links, serving(bot_settings(api, tmp_path)):
            await admin.send(links)
            reply = await admin.wait_for_reply()
        async with serving(bot_settings(api, tmp_path)):
            await reply.wait_until(lambda one: one.text.startswith("2 added"), 20)
        assert of_the_bot(api, admin) == [reply]
        assert not reply.buttons


@pytest.mark.faults("storage: the id of a job's message can't be stored at first")
async def test_a_job_ends_in_its_message_though_its_id_could_not_be_stored_at_once(
    bot: RunningBot, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = IntakeJobs.keep_message, [ArchiveError("the disk is full")]

    async def fails_once(store: IntakeJobs, number: int, message_id: int) -> None:
        if failures:
            raise failures.pop()
        await real(store, number, message_id)

    monkeypatch.setattr(IntakeJobs, "keep_message", fails_once)
    async with gated(web) as links:
        await bot.admin.send(links)
        reply = await bot.admin.wait_for_reply()
        web.gate.set()
        await reply.wait_until(lambda one: one.text.startswith("2 added"), 20)
    assert of_the_bot(bot.api, bot.admin) == [reply]


async def test_a_long_results_buttons_are_under_the_message_that_a_retry_changes(
    bot: RunningBot, web: WebServer
) -> None:
    links = [f"{web.url}/missing?{n}{'x' * 1330}" for n in range(3)]
    await bot.admin.send("/add " + " ".join(links))
    first = await bot.admin.wait_for_reply()
    await bot.admin.wait_for(lambda one: one.sender == bot.api.bot and one.id > first.id)
    assert [bool(message.buttons) for message in of_the_bot(bot.api, bot.admin)] == [True, False]


async def test_a_jobs_progress_is_looked_up_at_the_messages_pace_though_nothing_visible_changes(
    bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, looked_at = IntakeJobs.overview, list[float]()

    async def noted(store: IntakeJobs, *asked: Any) -> JobOverview:
        looked_at.append(time.monotonic())
        return await real(store, *asked)

    monkeypatch.setattr(IntakeJobs, "overview", noted)
    monkeypatch.setattr(runner, "SHOW_EVERY_S", 0.1)
    monkeypatch.setattr(reading, "SAVE_EVERY_S", 100)
    lines = [
        json.dumps({"title": f"Story {n}", "text": f"Sentence number {n} is here. " * 5})
        for n in range(100)
    ]
    await bot.admin.upload("many.jsonl", "\n".join(lines).encode())
    assert (await result(bot.admin)).text.startswith("100 added")
    *progress, _end = looked_at
    assert len(progress) > 2
    assert min(after - before for before, after in pairwise(progress)) >= 0.09


@pytest.mark.faults("storage: a job's progress can't be read once")
async def test_a_failure_of_the_database_does_not_end_a_jobs_progress(
    bot: RunningBot, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = IntakeJobs.overview, [ArchiveError("the disk is full")]

    async def fails_once(store: IntakeJobs, *asked: Any) -> JobOverview:
        if failures:
            raise failures.pop()
        return await real(store, *asked)

    monkeypatch.setattr(IntakeJobs, "overview", fails_once)
    monkeypatch.setattr(runner, "SHOW_EVERY_S", 0.2)
    async with gated(web) as links:
        await bot.admin.send(links)
        assert (await bot.admin.wait_for_reply()).text == "Reading … 0 of 2"


async def test_a_message_is_ready_when_what_waited_became_what_is_shown_already(
    bot: RunningBot,
) -> None:
    target = ReplyTarget(bot.admin.user.id, None)
    await bot.admin.send("/help")  # a bot can't write first
    await bot.admin.wait_for_reply()
    message = LiveMessage(bot.app.bot, RateLimiter(), target, EditPacing())
    message.put(RichText("one"))
    await bot.admin.wait_for_reply()
    await message.ready()
    message.put(RichText("two"))
    message.put(RichText("one"))
    async with asyncio.timeout(5):
        await message.ready()
    await message.stop()
