"""Whatever the model server does, the reader gets quotations and a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_questions import ALPHA, BETA, QUESTION, model_at
from tests.support.bots import RunningBot, running_bot
from tests.support.openai_server import Reply, openai_server

if TYPE_CHECKING:
    from pathlib import Path

SAID = "It was 50,000, the Alpha Times said [1.1]"
FAILURES = {
    "over its limit": Reply.status(429, retry_after=0.01),
    "failed": Reply.status(500, retry_after=0.01),
    "broke off": Reply.truncated(SAID),
    "broke off.": Reply.dropped(SAID),
    "couldn't read": Reply.malformed(SAID),
    "in time": Reply.hang(SAID),
}


async def quoted_because(bot: RunningBot, why: str) -> None:
    """A question is answered in quotations, in one message that says why."""
    before = len(bot.reader.messages())
    await bot.reader.send(QUESTION)
    answer = await bot.reader.wait_for_reply(timeout=30)
    assert why.rstrip(".") in answer.text
    assert "Here are the sentences themselves." in answer.text
    assert "50,000 troops massed" in answer.text
    assert len(bot.reader.messages()) == before + 2


@pytest.mark.faults(
    "Model server: 429",
    "Model server: 500",
    "Model server: truncated stream",
    "Model server: connection breaks",
    "Model server: malformed JSON",
    "Model server: time-out",
)
async def test_the_reader_gets_quotations_and_the_reason(tmp_path: Path) -> None:
    async with openai_server() as server:
        model = {**model_at(server), "streaming": "off", "chat_timeout_s": 0.5}
        async with running_bot(tmp_path, [ALPHA, BETA], **model) as bot:
            for why, reply in FAILURES.items():
                server.reply_with(lambda _request, reply=reply: reply)  # type: ignore[misc]
                await quoted_because(bot, why)


@pytest.mark.faults("Model server: wrong model name")
async def test_a_model_that_the_server_does_not_know(tmp_path: Path) -> None:
    async with openai_server() as server:
        model = {**model_at(server), "streaming": "off", "chat_model": "openai:nonsense"}
        async with running_bot(tmp_path, [ALPHA, BETA], **model) as bot:
            await quoted_because(bot, "doesn't know")


ODD = {
    "rejected the key": Reply.status(401, "Incorrect key: no entry."),
    "a web page": Reply.web_page(),
    "kept repeating itself": Reply(f"{SAID}\n" * 300),
    "ran out of room while thinking": Reply("", thoughts=("on and on",), finish_reason="length"),
}


@pytest.mark.faults(
    "Model server: wrong key",
    "Model server: a web page",
    "Model server: the same line again and again",
    "Model server: nothing but thoughts",
)
async def test_of_an_odd_server_the_reader_gets_a_sentence_and_the_operator_the_reason(
    tmp_path: Path,
) -> None:
    async with openai_server() as server:
        model = {**model_at(server), "streaming": "off"}
        async with running_bot(tmp_path, [ALPHA, BETA], **model) as bot:
            for why, reply in ODD.items():
                server.reply_with(lambda _request, reply=reply: reply)  # type: ignore[misc]
                await quoted_because(bot, why)
            server.reply_with(lambda _request: Reply.status(401, "Incorrect key: no entry."))
            await quoted_because(bot, "rejected the key")
            await bot.admin.send("/status")
            status = await bot.admin.wait_for_reply(timeout=30)
            assert "no entry" in status.text


@pytest.mark.faults("Model server of embeddings: down and back")
async def test_without_embeddings_the_reader_gets_a_sentence_and_later_the_answer(
    tmp_path: Path,
) -> None:
    async with openai_server() as server:
        models = {**model_at(server), "chat_model": "", "embedding_model": "openai:fake-embedding"}
        async with running_bot(tmp_path, [ALPHA, BETA], **models) as bot:
            server.script_embeddings(*[Reply.status(500, retry_after=0.01)] * 3)
            await bot.reader.send(QUESTION)
            refusal = await bot.reader.wait_for_reply(timeout=30)
            assert refusal.text.startswith("That didn't work: The embedding model")
            await bot.reader.send(QUESTION)
            answer = await bot.reader.wait_for_reply(timeout=30)
            assert "50,000 troops massed" in answer.text
