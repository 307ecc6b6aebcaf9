"""The fake model server, tested with the real clients: langchain-openai and openai."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import openai
import pytest
from langchain.chat_models import init_chat_model
from langchain_openai import OpenAIEmbeddings
from pydantic import SecretStr

from tests.support.openai_server import OpenAIServer, Reply, openai_server, prompt_of
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from langchain_core.language_models.chat_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as running:
        yield running


def chat(server: OpenAIServer, name: str = "fake-model", **options: Any) -> BaseChatModel:
    defaults = {"base_url": server.base_url, "api_key": server.api_key, "max_retries": 0}
    model: BaseChatModel = init_chat_model(f"openai:{name}", **{**defaults, **options})
    return model


def embedder(server: OpenAIServer, **options: Any) -> OpenAIEmbeddings:
    return OpenAIEmbeddings(
        model="fake-embedding",
        openai_api_base=server.base_url,
        openai_api_key=SecretStr(server.api_key),
        check_embedding_ctx_length=False,
        max_retries=0,
        **options,
    )


async def stream(model: BaseChatModel, **options: Any) -> list[AIMessageChunk]:
    return [chunk async for chunk in model.astream("Who holds Sudzha?", **options)]


def reasons(chunks: list[AIMessageChunk]) -> list[str]:
    found = [chunk.response_metadata.get("finish_reason") for chunk in chunks]
    return [reason for reason in found if reason]


async def test_replies_come_in_the_order_of_the_script(server: OpenAIServer) -> None:
    server.script("First.", Reply("Second.", tokens=(120, 9)))
    model = chat(server)
    assert (await model.ainvoke("One?")).text == "First."
    second = await model.ainvoke("Two?")
    assert second.text == "Second."
    assert second.response_metadata["finish_reason"] == "stop"
    assert second.usage_metadata is not None
    assert second.usage_metadata["input_tokens"] == 120
    assert [prompt_of(request) for request in server.requests] == ["One?", "Two?"]


async def test_a_function_of_the_request_can_answer(server: OpenAIServer) -> None:
    server.reply_with(lambda request: prompt_of(request).upper())
    assert (await chat(server).ainvoke("Who?")).text == "WHO?"


async def test_a_mistake_in_that_function_is_shown_and_not_retried(server: OpenAIServer) -> None:
    with pytest.raises(openai.InternalServerError, match="scripted no reply to: Who"):
        await chat(server, max_retries=2).ainvoke("Who?")
    assert len(server.requests) == 1


async def test_streams_arrive_in_the_chosen_pieces(server: OpenAIServer) -> None:
    server.script(Reply.in_pieces("Ukra", "ine [", "1.", "2]"))
    chunks = await stream(chat(server))
    assert [chunk.text for chunk in chunks if chunk.text] == ["Ukra", "ine [", "1.", "2]"]
    assert reasons(chunks) == ["stop"]
    assert all(chunk.usage_metadata is None for chunk in chunks)


async def test_streams_report_usage_when_asked(server: OpenAIServer) -> None:
    server.script("Ukraine does.")
    chunks = await stream(chat(server, stream_usage=True))
    usages = [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata]
    assert [(usage["input_tokens"], usage["output_tokens"]) for usage in usages] == [(3, 2)]
    assert server.requests[0]["stream_options"] == {"include_usage": True}


async def test_pieces_come_at_the_reply_s_pace(server: OpenAIServer) -> None:
    server.script(Reply("one two three").after(0.05))
    arrivals = [time.monotonic() async for chunk in chat(server).astream("?") if chunk.text]
    assert arrivals[2] - arrivals[0] > 0.08


async def test_a_truncated_stream_has_no_finish_reason(server: OpenAIServer) -> None:
    server.script(Reply.truncated("Ukraine ho"))
    chunks = await stream(chat(server))
    assert "".join(chunk.text for chunk in chunks) == "Ukraine ho"
    assert reasons(chunks) == []


async def test_a_reply_can_hit_the_token_limit(server: OpenAIServer) -> None:
    server.script(Reply.length("Ukraine ho"), Reply.length("Ukraine ho"))
    model = chat(server)
    assert reasons(await stream(model)) == ["length"]
    assert (await model.ainvoke("?")).response_metadata["finish_reason"] == "length"


async def test_a_reply_can_be_empty(server: OpenAIServer) -> None:
    server.script(Reply.empty(), Reply.empty())
    model = chat(server)
    assert (await model.ainvoke("?")).text == ""
    assert "".join(chunk.text for chunk in await stream(model)) == ""


@pytest.mark.parametrize("text", ["", "Ukraine ho"])
async def test_a_connection_can_break(server: OpenAIServer, text: str) -> None:
    server.script(Reply.dropped(text), Reply.dropped(text))
    with pytest.raises(openai.APIConnectionError):
        await stream(chat(server))
    with pytest.raises(openai.APIConnectionError):
        await chat(server).ainvoke("?")


async def test_a_reply_can_be_malformed(server: OpenAIServer) -> None:
    server.script(Reply.malformed("Ukraine"), Reply.malformed())
    with pytest.raises(ValueError, match="Expecting"):
        await stream(chat(server))
    with pytest.raises(ValueError, match="Expecting"):
        await chat(server).ainvoke("?")


@pytest.mark.parametrize("text", ["", "Ukraine ho"])
async def test_a_reply_can_hang_until_the_client_gives_up(server: OpenAIServer, text: str) -> None:
    server.script(Reply.hang(text), Reply.hang(text))
    with pytest.raises(openai.APITimeoutError):
        await stream(chat(server, timeout=0.2))
    with pytest.raises(openai.APITimeoutError):
        await chat(server, timeout=0.2).ainvoke("?")


async def test_closing_the_server_ends_what_hangs() -> None:
    async with asyncio.timeout(5):
        async with openai_server() as server:
            server.script(Reply.hang("Ukraine"))
            waiting = asyncio.create_task(stream(chat(server)))
            await until(lambda: server.requests)
        await asyncio.wait([waiting])


async def test_the_client_waits_as_long_as_retry_after_says(server: OpenAIServer) -> None:
    server.script(Reply.status(429, retry_after=0.3), "Ukraine.")
    started = time.monotonic()
    assert (await chat(server, max_retries=1).ainvoke("?")).text == "Ukraine."
    assert time.monotonic() - started >= 0.3
    assert len(server.requests) == 2


async def test_errors_are_openai_s_exceptions(server: OpenAIServer) -> None:
    server.script(Reply.status(429), Reply.status(500, "Out of order."))
    model = chat(server)
    with pytest.raises(openai.RateLimitError):
        await model.ainvoke("?")
    with pytest.raises(openai.InternalServerError, match=r"Out of order\."):
        await stream(model)


async def test_unknown_models_and_wrong_keys_are_refused(server: OpenAIServer) -> None:
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        await chat(server, "other-model").ainvoke("?")
    with pytest.raises(openai.AuthenticationError, match="Incorrect API key"):
        await chat(server, api_key="wrong").ainvoke("?")
    assert server.requests == []


async def test_the_models_are_listed(server: OpenAIServer) -> None:
    async with openai.AsyncOpenAI(base_url=server.base_url, api_key=server.api_key) as client:
        names = [model.id async for model in client.models.list()]
    assert names == ["fake-model", "fake-embedding"]


async def test_embeddings_are_alike_when_texts_share_words(server: OpenAIServer) -> None:
    embeddings = embedder(server)
    near, far = await embeddings.aembed_documents(["Soldiers reached Sudzha.", "Pears are ripe."])
    question = await embeddings.aembed_query("Which soldiers reached Sudzha?")
    assert len(near) == 256
    assert np.dot(question, near) > 0.8
    assert abs(np.dot(question, far)) < 0.2
    assert server.embedding_requests[0]["input"] == ["Soldiers reached Sudzha.", "Pears are ripe."]


async def test_embeddings_are_the_same_in_both_encodings(server: OpenAIServer) -> None:
    async with httpx.AsyncClient(
        base_url=server.base_url, headers={"Authorization": f"Bearer {server.api_key}"}
    ) as client:
        body = {"model": "fake-embedding", "input": "Sudzha", "encoding_format": "float"}
        reply = (await client.post("/embeddings", json=body)).json()
    decoded = await embedder(server, dimensions=256).aembed_query("Sudzha")
    assert reply["data"][0]["embedding"] == pytest.approx(decoded)


async def test_embeddings_come_as_wide_as_asked(server: OpenAIServer) -> None:
    assert len(await embedder(server, dimensions=64).aembed_query("Sudzha")) == 64


async def test_embeddings_can_fail(server: OpenAIServer) -> None:
    server.script_embeddings(Reply.status(500), Reply.dropped(), Reply.hang())
    with pytest.raises(openai.InternalServerError):
        await embedder(server).aembed_query("Sudzha")
    with pytest.raises(openai.APIConnectionError):
        await embedder(server).aembed_query("Sudzha")
    with pytest.raises(openai.APITimeoutError):
        await embedder(server, timeout=0.2).aembed_query("Sudzha")


def test_pieces_have_to_add_up_to_the_text() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        Reply("Sudzha", pieces=("Sud",))
