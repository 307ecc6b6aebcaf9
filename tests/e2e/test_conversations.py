"""Follow-ups as a reader sees them, in quote mode and with a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retrieval.answering.intents import REPLIES, TalkKind
from tests.e2e.test_questions import ALPHA, BETA, OFF_TOPIC, QUESTION, model_at
from tests.support.archives import draft
from tests.support.bots import running_bot
from tests.support.openai_server import Reply, openai_server, prompt_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


async def test_a_follow_up_leans_until_new_and_survives_a_restart(tmp_path: Path) -> None:
    async with running_bot(tmp_path, [ALPHA, BETA]) as bot:
        await bot.reader.send(QUESTION)
        await bot.reader.wait_for_reply()
    async with running_bot(tmp_path, []) as bot:
        await bot.reader.send("How many of them?")
        assert "Kursk" in (await bot.reader.wait_for_reply()).text
        await bot.reader.send("/new")
        assert "New conversation" in (await bot.reader.wait_for_reply()).text
        await bot.reader.send("How many of them?")
        assert "no answer" in (await bot.reader.wait_for_reply()).text


NOT_ANSWERED = [OFF_TOPIC, "👍🎉🔥", "Якого кольору марсохід?", "東京の天気は？"]


async def test_what_was_not_answered_is_nothing_to_lean_on(tmp_path: Path) -> None:
    async with running_bot(tmp_path, [ALPHA, BETA]) as bot:
        for number, between in enumerate(NOT_ANSWERED, start=3000):
            reader = bot.api.person("Stan", id=number)
            await reader.send(QUESTION)
            await reader.wait_for_reply()
            await reader.send(between)
            declined = await reader.wait_for_reply()
            assert "no answer" in declined.text or "You’re welcome" in declined.text
            await reader.send("How many of them?")
            assert "50,000 troops massed" in (await reader.wait_for_reply()).text, between


async def test_an_emoji_alone_never_leans_on_what_came_before(tmp_path: Path) -> None:
    async with running_bot(tmp_path, [ALPHA, BETA]) as bot:
        await bot.reader.send(QUESTION)
        await bot.reader.wait_for_reply()
        await bot.reader.send("🤔")
        assert (await bot.reader.wait_for_reply()).text == str(REPLIES[TalkKind.WORDLESS])


async def test_a_person_in_a_group_does_not_continue_the_question_of_another(
    tmp_path: Path,
) -> None:
    async with running_bot(tmp_path, [ALPHA, BETA]) as bot:
        group = bot.api.group("Desk", bot.reader, [bot.admin])
        await bot.reader.send(f"/ask {QUESTION}", chat=group)
        answer = await bot.reader.wait_for_reply(chat=group)
        await bot.admin.wait_for_reply(chat=group)
        await bot.admin.send("How many of them?", chat=group, reply_to=answer)
        assert "no answer" in (await bot.admin.wait_for_reply(chat=group)).text
        await bot.reader.send("/ask How many of them?", chat=group)
        await bot.reader.wait_for_reply(chat=group)
        assert "50,000 troops" in (await bot.reader.wait_for_reply(chat=group)).text


async def test_a_reply_to_an_old_answer_continues_from_that_one(tmp_path: Path) -> None:
    rain = draft("The harvest festival in Odesa drew 3,000 visitors.", "Festival", "Gamma")
    async with running_bot(tmp_path, [ALPHA, BETA, rain]) as bot:
        await bot.reader.send(QUESTION)
        old = await bot.reader.wait_for_reply()
        await bot.reader.send("How many visitors did the harvest festival in Odesa draw?")
        assert "3,000 visitors" in (await bot.reader.wait_for_reply()).text
        await bot.reader.send("How many of them?", reply_to=old)
        assert "50,000 troops massed" in (await bot.reader.wait_for_reply()).text


async def test_the_model_condenses_and_its_tokens_are_counted_into_the_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    condensed = "How many troops did the Alpha Times report near Kursk?"

    def reply(request: dict[str, Any]) -> Reply:
        prompt = prompt_of(request)
        if "Newest question:" in prompt:
            return Reply(condensed, tokens=(1000, 10))
        mark = next(line.split()[0] for line in prompt.splitlines() if "Alpha Times rep" in line)
        text = f"The Alpha Times reported that 50,000 troops massed {mark}."
        return Reply(text, tokens=(100, 5))

    caplog.set_level("INFO", "bot.features.questions.handlers")
    async with openai_server() as server:
        server.reply_with(reply)
        async with running_bot(tmp_path, [ALPHA, BETA], **model_at(server)) as bot:
            for question in (QUESTION, "When was that?"):
                await bot.reader.send(question)
                await bot.reader.wait_for_reply()
        prompts = [prompt_of(request) for request in server.requests]
    assert QUESTION in prompts[1]
    assert condensed in prompts[2]
    assert "When was that?" not in prompts[2]
    assert [vars(record)["tokens"] for record in caplog.records] == [105, 1115]
