"""Answers that appear while they are written: real PTB, the local Bot API, a slow model server."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from bot.features.questions.views import WRITING
from bot.local_api import Fault
from tests.e2e.test_questions import ALPHA, BETA, QUESTION, model_at
from tests.support.bots import RunningBot, running_bot
from tests.support.openai_server import OpenAIServer, Reply, openai_server, prompt_of
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.local_api import Message

FIRST = "The Alpha Times reported that 50,000 troops massed"
SECOND = "Syrskyi said that tens of thousands of troops were massed near Kursk"


class Slow:
    """A model that writes the first statement, and each next piece when the test says so."""

    def __init__(self, server: OpenAIServer, *pieces: str, **more: Any) -> None:
        self.gates = {n: asyncio.Event() for n in range(1, len(pieces) + 1)}
        self._pieces = pieces
        self.asked = asyncio.Event()
        self._more = more
        server.reply_with(self._reply)

    def _reply(self, request: dict[str, Any]) -> Reply:
        self.asked.set()
        lines = prompt_of(request).splitlines()
        marks = [
            next(line.split()[0] for line in lines if words in line)
            for words in ("The Alpha Times", "Syrskyi")
        ]
        pieces = [piece.format(*marks) for piece in (FIRST + " {0}.\n", *self._pieces)]
        return Reply("".join(pieces), tuple(pieces), gates=self.gates, **self._more)

    def finish(self) -> None:
        for gate in self.gates.values():
            gate.set()


@asynccontextmanager
async def asked(
    folder: Path, *pieces: str, streaming: str = "edit", more: dict[str, Any] | None = None
) -> AsyncIterator[tuple[RunningBot, Slow]]:
    async with openai_server() as server:
        model = Slow(server, *pieces, **(more or {}))
        settings = {**model_at(server), "streaming": streaming}
        async with running_bot(folder, [ALPHA, BETA], **settings) as bot:
            try:
                yield bot, model
            finally:
                model.finish()


def whole(message: Message) -> bool:
    return not message.text.endswith(WRITING) and bool(message.buttons)


async def test_an_answer_grows_in_one_message_and_ends_with_footnotes(tmp_path: Path) -> None:
    async with asked(tmp_path, SECOND + " {1}.\n", "The moon is cheese [9.9].") as (bot, model):
        await bot.reader.send(QUESTION)
        message = await bot.reader.wait_for_reply()
        assert message.text == f"{FIRST}. …"
        assert not message.buttons
        model.gates[1].set()
        await message.wait_until(lambda one: SECOND in one.text)
        assert message.text == f"{FIRST}.\n\n{SECOND}. …"
        model.gates[2].set()
        await message.wait_until(whole)
        assert f"{FIRST}. [1]" in message.text or f"{FIRST} [1]" in message.text
        assert "I left out 1 statement" in message.text
        assert [one.text for one in message.buttons[0]] == ["Sources (2)"]
        times = [one.text for one in message.versions]
        assert not any("[" in text for text in times[:-1])
        assert [one for one in bot.reader.messages() if one.sender == bot.api.bot] == [message]


async def test_while_a_model_thinks_the_reader_is_told_so_and_reads_no_thought(
    tmp_path: Path,
) -> None:
    async with openai_server() as server:
        gate = asyncio.Event()

        def think(request: dict[str, Any]) -> Reply:
            line = next(one for one in prompt_of(request).splitlines() if "The Alpha Times" in one)
            answer = f"</think>{FIRST} {line.split()[0]}."
            thought = f"<think>{SECOND}, MARS says {line.split()[0]}.\n"
            return Reply(thought + answer, (thought, answer), gates={1: gate})

        server.reply_with(think)
        async with running_bot(tmp_path, [ALPHA, BETA], **model_at(server)) as bot:
            await bot.reader.send(QUESTION)
            message = await bot.reader.wait_for_reply()
            assert message.text == "Thinking…"
            gate.set()
            await message.wait_until(whole)
            assert FIRST in message.text
            assert not any("MARS" in one.text for one in message.versions)


async def test_off_sends_the_whole_only(tmp_path: Path) -> None:
    async with asked(tmp_path, streaming="off") as (bot, model):
        model.finish()
        await bot.reader.send(QUESTION)
        message = await bot.reader.wait_for_reply()
        assert whole(message)
        assert len(message.versions) == 1
        assert bot.api.calls("editMessageText") == []


async def test_a_draft_in_a_private_chat_is_no_message(tmp_path: Path) -> None:
    async with asked(tmp_path, "\n", streaming="draft") as (bot, model):
        question = await bot.reader.send(QUESTION)
        chat = bot.reader.private_chat()
        await chat.changes.until(lambda: bot.api.drafts or None, 5)
        assert (bot.api.drafts[0].draft_id, bot.api.drafts[0].text) == (question.id, f"{FIRST}. …")
        model.finish()
        message = await bot.reader.wait_for_reply()
        assert whole(message)
        assert len(message.versions) == 1


async def test_a_group_reads_along_by_edits_also_where_drafts_are_set(tmp_path: Path) -> None:
    async with asked(tmp_path, "\n", streaming="draft") as (bot, model):
        group = bot.api.group("Desk", bot.reader)
        question = await bot.reader.send(f"/ask {QUESTION}", chat=group)
        message = await bot.reader.wait_for_reply(chat=group)
        assert message.text.endswith(WRITING)
        assert message.reply_to is question
        model.finish()
        await message.wait_until(whole)
        assert bot.api.drafts == []


async def test_a_message_that_the_reader_deletes_is_replaced_by_the_whole(tmp_path: Path) -> None:
    async with asked(tmp_path, SECOND + " {1}.\n", "\n") as (bot, model):
        await bot.reader.send(QUESTION)
        await bot.reader.delete(await bot.reader.wait_for_reply())
        model.finish()
        answer = await bot.reader.wait_for_reply()
        assert whole(answer)
        assert answer.buttons


@pytest.mark.faults("Model server: stream breaks after the reader saw its beginning")
@pytest.mark.parametrize("ending", ["truncated", "dropped"])
async def test_a_stream_that_breaks_off_becomes_quotes_in_the_same_message(
    tmp_path: Path, ending: str
) -> None:
    broken = getattr(Reply, ending)("").ending
    async with asked(tmp_path, "And then", "", more={"ending": broken}) as (bot, model):
        await bot.reader.send(QUESTION)
        message = await bot.reader.wait_for_reply()
        assert message.text.endswith(WRITING)
        model.finish()
        await message.wait_until(whole)
        assert "Here are the sentences themselves." in message.text
        assert "And then" not in message.text


async def test_an_answer_cut_at_its_limit_says_so(tmp_path: Path) -> None:
    async with asked(tmp_path, "And then", more={"finish_reason": "length"}) as (bot, model):
        model.finish()
        await bot.reader.send(QUESTION)
        message = await bot.reader.wait_for(whole)
        assert "reached its length limit" in message.text


async def test_an_answer_past_one_message_is_whole(tmp_path: Path) -> None:
    # each in other words: a model that writes the same again and again is stopped, and nothing is
    # said twice
    more = ["".join(pair) for pair in product("abcdefghij", "klmnopqr")]
    many = "".join(f"{SECOND} {word} {{1}}.\n" for word in more)
    async with asked(tmp_path, many, "\n") as (bot, model):
        await bot.reader.send(QUESTION)
        message = await bot.reader.wait_for_reply()
        model.gates[1].set()
        await message.wait_until(lambda one: len(one.text) > 3000)
        assert message.text.endswith(WRITING)
        model.finish()
        last = await bot.reader.wait_for(whole)
        assert last.id > message.id
        assert last.buttons
        assert not message.buttons
        texts = [one.text for one in bot.reader.messages() if one.sender == bot.api.bot]
        assert sum(text.count(SECOND) for text in texts) == 80  # no footnote repeats it
        assert not any(text.endswith(WRITING) for text in texts)


async def test_a_draft_that_telegram_refuses_does_not_hold_up_the_answer(tmp_path: Path) -> None:
    async with asked(tmp_path, "\n") as (bot, model):
        bot.api.faults.next("sendMessage", Fault.too_many(30))
        await bot.reader.send(QUESTION)
        await bot.reader.private_chat().changes.until(
            lambda: bot.api.calls("sendMessage") or None, 5
        )
        model.finish()
        assert whole(await bot.reader.wait_for_reply())


async def test_an_edit_that_may_have_arrived_is_not_the_last_before_the_whole(
    tmp_path: Path,
) -> None:
    async with asked(tmp_path, SECOND + " {1}.\n", "Third {1}.\n", "\n") as (bot, model):
        await bot.reader.send(QUESTION)
        message = await bot.reader.wait_for_reply()
        bot.api.faults.next("editMessageText", Fault.status(502, after_effect=True))
        model.gates[1].set()
        await message.wait_until(lambda one: SECOND in one.text)
        await until(lambda: len(bot.api.calls("editMessageText")) > 1)
        model.gates[2].set()
        await message.wait_until(lambda one: "Third" in one.text and not whole(one), 10)
        model.finish()
        await message.wait_until(whole)


@pytest.mark.faults("Telegram: the last edit of an answer fails")
async def test_the_last_edit_is_repeated_until_it_is_sure(tmp_path: Path) -> None:
    async with asked(tmp_path, "\n") as (bot, model):
        await bot.reader.send(QUESTION)
        message = await bot.reader.wait_for_reply()
        bot.api.faults.next("editMessageText", Fault.status(502, after_effect=True))
        model.finish()
        await message.wait_until(whole)
        await bot.reader.send("/help")
        await bot.reader.wait_for(lambda one: one.id > message.id and one.sender == bot.api.bot)
        assert whole(message)
        assert len(bot.api.calls("editMessageText")) == 2


@pytest.mark.parametrize("streaming", ["edit", "off"])
async def test_a_group_that_becomes_a_supergroup_gets_the_answer_there(
    tmp_path: Path, streaming: str
) -> None:
    async with asked(tmp_path, SECOND + " {1}.\n", streaming=streaming) as (bot, model):
        rita = bot.reader
        group = bot.api.group("Desk", rita, supergroup=False)
        await rita.send(f"/ask {QUESTION}", chat=group)
        await asyncio.wait_for(model.asked.wait(), 30)
        if streaming == "edit":
            await rita.wait_for_reply(chat=group)
        new = bot.api.migrate(group)
        model.finish()
        answer = await rita.wait_for(whole, chat=new)
        assert FIRST in answer.text
