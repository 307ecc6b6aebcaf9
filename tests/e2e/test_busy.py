"""Beyond QUESTIONS_AT_ONCE, people are told how long they'll wait, and get answers in order."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.app import serving
from bot.local_api import Limits, local_bot_api
from bot.webhook import worker
from tests.e2e.test_questions import ALPHA, BETA, QUESTION
from tests.e2e.test_webhook import hooked
from tests.support.archives import cut
from tests.support.bots import bot_settings
from tests.support.openai_server import OpenAIServer, Reply, openai_server, prompt_of
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.local_api import LocalBotApi, Message

PEOPLE = 4


class Model:
    """Answers when it is let; `asked` is there to be acquired once for each time it was asked."""

    def __init__(self, server: OpenAIServer) -> None:
        self.go, self.asked = asyncio.Event(), asyncio.Semaphore(0)
        server.reply_with(self._reply)

    def _reply(self, request: dict[str, object]) -> Reply:
        self.asked.release()
        lines = prompt_of(request).splitlines()
        mark = next(line.split()[0] for line in lines if "The Alpha Times" in line)
        text = f"It was 50,000, the Alpha Times said {mark}"
        return Reply(text, pieces=(text,), gates={0: self.go})


@asynccontextmanager
async def busy_bot(folder: Path, **more: Any) -> AsyncIterator[tuple[LocalBotApi, Model]]:
    local = local_bot_api(limits=Limits.off(), webhook_pause=0.01)
    async with local as api, openai_server() as server:
        settings = {
            "chat_model": "openai:fake-model",
            "openai_base_url": server.base_url,
            "openai_api_key": server.api_key,
            "questions_at_once": 1,
            **more,
        }
        async with serving(bot_settings(api, folder, **settings)) as (_, library):
            for one in (ALPHA, BETA):
                await library.archive.articles.store(one, cut(one.text), added_by="test")
            await library.indexer.work()
            model = Model(server)
            try:
                yield api, model
            finally:
                model.go.set()


def by_bot(one: Message) -> bool:
    return one.sender is not None and one.sender.is_bot


@pytest.mark.parametrize("way", ["polling", "webhook"])
@pytest.mark.parametrize("streaming", ["edit", "off"])
async def test_who_waits_is_told_and_the_answer_takes_the_place_of_the_sentence(
    tmp_path: Path, way: str, streaming: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "NOBODYS_AFTER", timedelta(seconds=0.3))
    more = hooked(free_port()) if way == "webhook" else {}
    async with busy_bot(tmp_path, streaming=streaming, **more) as (api, model):
        people = [api.person(f"P{n}", id=3000 + n) for n in range(PEOPLE)]
        told = []
        await people[0].send(QUESTION)
        await model.asked.acquire()
        for ahead, person in enumerate(people[1:], start=1):
            await person.send(QUESTION)
            told.append(await person.wait_for_reply(timeout=30))
            questions = "1 question is" if ahead == 1 else f"{ahead} questions are"
            seconds = {1: 10, 2: 15, 3: 20}[ahead]
            assert told[-1].text == (
                f"I'm busy: {questions} ahead of yours. Expect an answer in about {seconds} s."
            )
        model.go.set()
        answers = [await people[0].wait_for_reply()]
        for one in told:
            await one.wait_until(lambda now: now.text.startswith("It was 50,000"))
        answers += told
        for person, answer in zip(people, answers, strict=True):
            await answer.wait_until(lambda now: bool(now.buttons))
            assert [one for one in person.messages() if by_bot(one)] == [answer]


async def test_commands_do_not_wait_behind_questions(tmp_path: Path) -> None:
    async with busy_bot(tmp_path) as (api, model):
        rita, otto = api.person("Rita"), api.person("Otto")
        await rita.send(QUESTION)
        await model.asked.acquire()
        await otto.send("/help")
        assert "Busy" not in (await otto.wait_for_reply()).text
        model.go.set()
        assert (await rita.wait_for_reply()).text.startswith("It was 50,000")


async def test_a_crowd_is_answered_whole_in_the_order_in_which_it_asked(tmp_path: Path) -> None:
    async with busy_bot(tmp_path, messages_per_second=1000) as (api, model):
        people = [api.person(f"P{n}", id=3000 + n) for n in range(12)]
        for number, person in enumerate(people):
            await person.send(QUESTION)
            if number == 0:
                await model.asked.acquire()
            else:
                await person.wait_for_reply(timeout=30)
        model.go.set()
        first: dict[int, int] = {}
        for person in people:
            whole = await person.wait_for(lambda now: by_bot(now) and bool(now.buttons), timeout=30)
            assert [one for one in person.messages() if by_bot(one)] == [whole]
        for at, call in enumerate(api.calls()):
            if "reply_markup" in call.parameters and call.parameters.get("chat_id"):
                first.setdefault(int(call.parameters["chat_id"]), at)
    order = sorted(first, key=first.__getitem__)
    assert order == [person.id for person in people]
