"""A follow-up made to stand alone by a real client on the local model server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from langchain.chat_models import init_chat_model

from retrieval.answering.followups import carried, condense
from tests.support.openai_server import OpenAIServer, Reply, openai_server, prompt_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from retrieval.answering.followups import Condensed

EARLIER = ["How many North Korean troops are in Kursk?"]
FOLLOW_UP = "When was that?"
BY_RULES = carried(FOLLOW_UP, EARLIER)


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as one:
        yield one


async def condensed(
    server: OpenAIServer, question: str = FOLLOW_UP, *, seconds: float = 5
) -> Condensed:
    model = init_chat_model(
        "openai:fake-model",
        base_url=server.base_url,
        api_key=server.api_key,
        max_retries=0,
        timeout=seconds,
        stream_usage=True,
        use_responses_api=False,
    )
    return await condense(model, question, EARLIER)


async def test_the_model_writes_the_question_and_its_tokens_are_counted(
    server: OpenAIServer,
) -> None:
    server.script(Reply("When did North Korean troops come to Kursk?", tokens=(90, 9)))
    result = await condensed(server)
    assert result.question == "When did North Korean troops come to Kursk?"
    assert result.usage == {"input_tokens": 90, "output_tokens": 9, "total_tokens": 99}
    assert EARLIER[0] in prompt_of(server.requests[0])


@pytest.mark.parametrize(
    "written",
    [
        "Question: When did they come to Kursk?",
        "Rewritten question: When did they come to Kursk?",
        "**Newest question:** When did they come to Kursk?",
        "“When did they come to Kursk?”",
        '"When did they come to Kursk?"',
        "- When did they come to Kursk?",
    ],
)
async def test_what_stands_around_the_question_is_left_out(
    server: OpenAIServer, written: str
) -> None:
    server.script(written)
    assert (await condensed(server)).question == "When did they come to Kursk?"


@pytest.mark.parametrize(
    "reply",
    [
        Reply.status(500),
        Reply.status(429),
        Reply.empty(),
        Reply("   \n "),
        Reply("👍"),
        Reply("Here is the question:\nWhen did they come?"),
        Reply("See https://evil.example/?q=1 for it"),
        Reply("very long " * 100),
        Reply(FOLLOW_UP),  # as it was
        Reply("when was that"),
        Reply(EARLIER[0]),
        Reply("When was it over?"),  # still leans on the one before
        Reply("They came on Monday."),  # an answer
        Reply("NO ANSWER"),
        Reply.length("When did North Korean"),
        Reply.truncated("When did North Korean"),
        Reply.dropped("When did"),
        Reply.malformed("When did"),
    ],
    ids=lambda reply: f"{reply.ending.value}-{reply.code}-{reply.text[:12]!r}",
)
async def test_a_broken_or_hostile_reply_leaves_it_to_the_rules(
    server: OpenAIServer, reply: Reply
) -> None:
    server.script(reply)
    assert (await condensed(server)).question == BY_RULES


async def test_a_model_that_is_too_slow_leaves_it_to_the_rules(server: OpenAIServer) -> None:
    server.script(Reply.hang("When"))
    assert (await condensed(server, seconds=0.2)).question == BY_RULES


async def test_control_and_direction_characters_do_not_reach_the_search(
    server: OpenAIServer,
) -> None:
    server.script("When\x00 did\u202e troops\u200b come to Kursk?")
    result = await condensed(server)
    assert result.question.isprintable()


async def test_a_question_that_stands_alone_costs_no_call(server: OpenAIServer) -> None:
    question = "Who won the cricket world cup?"
    result = await condensed(server, question)
    assert (result.question, dict(result.usage)) == (question, {})
    assert server.requests == []
