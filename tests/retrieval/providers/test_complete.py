"""Odd servers and odd models, asked with the real client over HTTP."""

from __future__ import annotations

import asyncio
import sys
import types
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.messages import AIMessageChunk, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.runnables import RunnableLambda

from prompts import version
from retrieval.errors import ModelError, ModelSettingsError, ModelTooLongError
from retrieval.llm import ChatModel, model_connection, open_chat_model
from retrieval.llm.complete import Completion, complete, estimated_tokens, is_loop
from retrieval.llm.server import window_of
from retrieval.settings import LibrarySettings
from tests.support.fakes import Said, ScriptedChatModel
from tests.support.openai_server import OpenAIServer, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.support.openai_replies import Json

ASKED = [SystemMessage("Be brief."), HumanMessage("How many?")]
ANSWER = "Kyiv said 50,000 [1.1]."
SCHEMA = {"type": "object", "properties": {"statements": {"type": "array"}}}


class Overheard:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def thinking(self) -> None:
        self.heard.append("(thinks)")

    def wrote(self, piece: str) -> None:
        self.heard.append(piece)

    def again(self) -> None:
        self.heard.clear()


@asynccontextmanager
async def chat_at(server: OpenAIServer, **more: object) -> AsyncIterator[ChatModel]:
    settings = settings_of(server, **more)
    async with model_connection(settings) as connection:
        chat = open_chat_model(settings, connection)
        assert chat is not None
        yield chat


def settings_of(server: OpenAIServer, **more: object) -> LibrarySettings:
    fields = {
        "openai_base_url": server.base_url,
        "openai_api_key": server.api_key,
        "chat_model": "openai:fake-model",
        **more,
    }
    return LibrarySettings.read(_env_file=None, **fields)


async def ask(chat: ChatModel, **more: Any) -> Completion:
    return await complete(chat, ASKED, "answer", **more)


# --- thoughts ---


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning", "thinking"])
async def test_thoughts_in_a_field_of_their_own_are_no_text(
    server: OpenAIServer, field: str
) -> None:
    server.script(Reply.thinking("Let me see.", " MARS [1.1]", text=ANSWER, field=field))
    heard = Overheard()
    async with chat_at(server) as chat:
        made = await ask(chat, listener=heard)
        assert chat.health.thinks
    assert (made.text, made.thought) == (ANSWER, True)
    assert heard.heard[0] == "(thinks)"
    assert "MARS" not in "".join(heard.heard)


async def test_a_model_whose_opening_tag_is_missing_is_known_from_then_on(
    server: OpenAIServer,
) -> None:
    server.reply_with(lambda _: f"MARS says so [1.1].\n</think>\n{ANSWER}")
    async with chat_at(server) as chat:
        first, second = Overheard(), Overheard()
        made = await ask(chat, listener=first)
        assert made.text.strip() == ANSWER
        assert "".join(first.heard).strip() == ANSWER
        await ask(chat, listener=second)
    assert second.heard[0] == "(thinks)"
    assert "MARS" not in "".join(second.heard)


@pytest.mark.parametrize(
    "eaten",
    [
        Reply("", finish_reason="length"),
        Reply("<think>on and on", finish_reason="length"),
        Reply("", thoughts=("on and on",), finish_reason="length"),
        Reply("", thoughts=("on and on",)),
    ],
)
async def test_an_answer_eaten_by_thinking_is_asked_for_once_more_with_more_room(
    server: OpenAIServer, eaten: Reply
) -> None:
    server.script(eaten, ANSWER)
    async with chat_at(server, chat_max_tokens=500) as chat:
        assert (await ask(chat)).text == ANSWER
    first, second = server.requests
    assert (first["max_tokens"], second["max_tokens"]) == (500, 2000)
    assert second["reasoning_effort"] == "low"
    assert "reasoning_effort" not in first
    server.script(eaten, eaten)
    async with chat_at(server) as chat:
        with pytest.raises(ModelError, match="ran out of room while thinking"):
            await ask(chat)
    assert len(server.requests) == 4


# --- refusals ---


def unsupported(*names: str) -> Callable[[Json], Reply | None]:
    """A server that refuses what it does not know, one thing at a time, by its name."""

    def refuse(body: Json) -> Reply | None:
        for name in names:
            if name in body:
                return Reply.status(400, f"Unsupported parameter: '{name}' is not supported.")
        return None

    return refuse


@pytest.mark.parametrize(
    "names",
    [
        ("temperature",),
        ("max_tokens",),
        ("max_tokens", "max_completion_tokens"),
        ("stream_options",),
        ("response_format",),
        ("reasoning_effort",),
        ("top_k",),
        ("temperature", "stream_options", "max_tokens", "response_format", "top_k"),
    ],
)
async def test_what_a_server_refuses_is_left_out_and_remembered(
    server: OpenAIServer, names: tuple[str, ...]
) -> None:
    server.refuse_with(unsupported(*names))
    server.reply_with(lambda _: ANSWER)
    more = {"chat_reasoning_effort": "low", "chat_extra": '{"top_k": 20}'}
    async with chat_at(server, **more) as chat:
        assert (await ask(chat, schema=SCHEMA)).text == ANSWER
        count = len(server.requests)
        assert count == len(names) + 1
        assert (await ask(chat, schema=SCHEMA)).text == ANSWER
        assert chat.refused == set(names)
    assert len(server.requests) == count + 1
    assert not set(names) & set(server.requests[-1])
    if names == ("max_tokens",):
        assert server.requests[-1]["max_completion_tokens"] == 1200


async def test_openai_itself_is_sent_what_its_newest_models_take() -> None:
    settings = LibrarySettings.read(
        _env_file=None,
        chat_model="openai:o4-mini",
        openai_api_key="sk-x",  # pragma: allowlist secret
    )
    chat = open_chat_model(settings, None)
    assert chat is not None
    payload = chat.port._get_request_payload(ASKED)  # type: ignore[attr-defined]
    assert payload["max_completion_tokens"] == 1200
    assert "max_tokens" not in payload


async def test_a_server_that_says_only_bad_request_is_asked_as_plainly_as_can_be(
    server: OpenAIServer,
) -> None:
    def refuse(body: Json) -> Reply | None:
        known = {"model", "messages", "stream", "max_tokens"}
        return None if set(body) <= known else Reply.status(422, "Extra inputs are not permitted")

    server.refuse_with(refuse)
    server.reply_with(lambda _: ANSWER)
    async with chat_at(server) as chat:
        assert (await ask(chat)).text == ANSWER
        assert (await ask(chat)).text == ANSWER
    assert len(server.requests) == 3


async def test_a_refusal_that_nothing_helps_against_changes_nothing(server: OpenAIServer) -> None:
    server.refuse_with(lambda _: Reply.status(400, "I do not like Mondays."))
    async with chat_at(server) as chat:
        with pytest.raises(ModelError, match="refused the request") as caught:
            await ask(chat)
        assert caught.value.details == "400: I do not like Mondays."
        assert chat.refused == set()
    assert len(server.requests) == 2


async def test_a_server_without_a_system_message_or_streaming_is_asked_without(
    server: OpenAIServer,
) -> None:
    def refuse(body: Json) -> Reply | None:
        if any(one["role"] == "system" for one in body["messages"]):
            return Reply.status(400, "System role not supported")
        if body.get("stream"):
            return Reply.status(400, "Streaming is not supported by this model.")
        return None

    server.refuse_with(refuse)
    server.reply_with(lambda _: Reply.thinking("MARS", text=ANSWER))
    async with chat_at(server) as chat:
        made = await ask(chat)
        assert made.text == ANSWER
        assert made.usage["total_tokens"] > 0
    [only] = server.requests[-1]["messages"]
    assert only["content"] == "Be brief.\n\nHow many?"


async def test_a_server_that_answers_in_one_piece_is_asked_for_no_stream_from_then_on(
    server: OpenAIServer,
) -> None:
    server.refuse_with(lambda _: Reply(ANSWER))  # whole, whatever was asked for
    async with chat_at(server) as chat:
        assert (await ask(chat)).text == ANSWER
        assert chat.refused == {"stream"}
        assert (await ask(chat)).text == ANSWER
    assert [bool(one.get("stream")) for one in server.requests] == [True, False, False]


async def test_a_stream_without_anything_in_it_teaches_nothing(server: OpenAIServer) -> None:
    server.refuse_with(lambda _: Reply.malformed())
    async with chat_at(server) as chat:
        with pytest.raises(ModelError, match="couldn't read"):
            await ask(chat)
        assert chat.refused == set()


async def test_tokens_are_estimated_where_the_server_counts_none(server: OpenAIServer) -> None:
    server.refuse_with(unsupported("stream_options"))
    server.script(ANSWER)
    async with chat_at(server) as chat:
        made = await ask(chat)
    assert made.usage["output_tokens"] == estimated_tokens(ANSWER)
    assert made.usage["input_tokens"] > 0


# --- the server's own words ---


@pytest.mark.parametrize(
    ("reply", "kind", "sentence", "words"),
    [
        (Reply.status(401, "Bad key"), ModelSettingsError, "rejected the key", "Bad key"),
        (Reply.status(403, "No entry"), ModelSettingsError, "rejected the key", "No entry"),
        (
            Reply.status(400, "model x does not exist"),
            ModelSettingsError,
            "doesn't know",
            "model x",
        ),
        (Reply.status(402, "No credit"), ModelError, "over its limit", "No credit"),
        (Reply.status(503, "Loading\x1b[31m model"), ModelError, "failed", "Loading"),
        (Reply.web_page(), ModelSettingsError, "web page", "text/html"),
        (Reply.web_page("<h1>Bad Gateway</h1>", 502), ModelError, "failed", "502: Bad Gateway"),
        (Reply.status(301, "Moved"), ModelSettingsError, "at its address", "301: Moved"),
        (Reply(refusal="I can't help."), ModelError, "wrote nothing", "I can't help."),
        (Reply.empty(), ModelError, "wrote nothing", ""),
        (
            Reply.status(400, "This model's maximum context length is 4096 tokens."),
            ModelTooLongError,
            "that much at once",
            "4096",
        ),
    ],
)
async def test_the_reader_gets_a_sentence_and_the_operator_the_servers_own_words(
    server: OpenAIServer, reply: Reply, kind: type[ModelError], sentence: str, words: str
) -> None:
    server.reply_with(lambda _: reply)
    async with chat_at(server) as chat:
        with pytest.raises(kind, match=sentence) as caught:
            await ask(chat)
        health = chat.health
        assert words in caught.value.details
        assert "\x1b" not in caught.value.details
        assert (health.failed, health.is_failing, health.details) == (
            1,
            True,
            caught.value.details,
        )
        server.reply_with(lambda _: ANSWER)
        await ask(chat)
        assert (health.answered, health.is_failing) == (1, False)


async def test_an_address_without_v1_is_told_from_a_model_that_is_not_known(
    server: OpenAIServer,
) -> None:
    address = server.base_url.removesuffix("/v1")
    async with chat_at(server, openai_base_url=address) as chat:
        with pytest.raises(ModelSettingsError, match="not found at its address"):
            await ask(chat)
    async with chat_at(server, chat_model="openai:nonsense") as chat:
        with pytest.raises(ModelSettingsError, match="doesn't know that model"):
            await ask(chat)


# --- time and loops ---


async def test_a_server_that_hangs_after_the_first_word_is_given_up(server: OpenAIServer) -> None:
    server.reply_with(lambda _: Reply.hang("Kyiv "))
    async with chat_at(server, chat_timeout_s=0.4) as chat:
        with pytest.raises(ModelError, match="in time"):
            await ask(chat)


async def test_the_first_words_have_a_limit_of_their_own_and_it_ends_with_them(
    server: OpenAIServer,
) -> None:
    async with chat_at(server, chat_first_words_s=0.3) as chat:
        server.script(Reply.hang())
        with pytest.raises(ModelError, match="in time"):
            await ask(chat)
        gate = asyncio.Event()
        asyncio.get_running_loop().call_later(0.6, gate.set)
        server.script(Reply("Kyiv said so.", ("Kyiv ", "said ", "so."), gates={2: gate}))
        assert (await ask(chat)).text == "Kyiv said so."


async def test_langchains_own_time_limit_between_chunks_is_off(server: OpenAIServer) -> None:
    async with chat_at(server, chat_timeout_s=500) as chat:
        assert chat.port.stream_chunk_timeout is None  # type: ignore[attr-defined]
        assert chat.whole_s == 500


async def test_a_model_that_loops_is_stopped(server: OpenAIServer) -> None:
    blank = '{"statements": [' + "\n" * 900
    long = f"{'The ministry said that nothing at all has changed since the morning, ' * 2}really. "
    numbered = "".join(f"{n}. The army said nothing.\n" for n in range(1, 200))
    for text in (
        f"{ANSWER}\n" * 500,
        "and so on and so on " * 300,
        blank,
        long * 40,
        numbered,
        "One line [1.1].\n\nAnother [1.2].\n\n" * 100,
    ):
        server.script(Reply(text))
        async with chat_at(server) as chat:
            with pytest.raises(ModelError, match="kept repeating itself"):
                await ask(chat)


def test_what_merely_repeats_a_little_is_no_loop() -> None:
    assert not is_loop("Kyiv said 5 [1.1].\nKyiv said 5 [1.1].\n")
    assert not is_loop("[1.1]" * 100)
    assert not is_loop("-" * 300)
    assert not is_loop("".join(f"On {n} May {n * 3} died [1.{n}].\n" for n in range(1, 7)))
    assert not is_loop("very, very, very large\n" + ANSWER)


# --- LangChain's own way ---


class Traced(AsyncCallbackHandler):
    def __init__(self) -> None:
        self.runs: list[dict[str, Any]] = []

    async def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
        del serialized, messages
        self.runs.append(kwargs)


async def test_a_call_has_a_name_tags_and_the_version_of_its_prompt() -> None:
    model, traced = ScriptedChatModel(script=[ANSWER]), Traced()

    async def inside(_: str) -> str:
        return (await complete(model, ASKED, "answer")).text

    await RunnableLambda(inside).ainvoke("x", {"callbacks": [traced]})
    [run] = traced.runs
    assert run["name"] == "sitrep_answer"
    assert {"sitrep", "answer"} <= set(run["tags"])
    assert run["metadata"]["prompt_version"] == version("answer")
    assert run["parent_run_id"] is not None


async def test_thoughts_in_blocks_as_other_makers_send_them_are_no_text() -> None:
    class Blocks(ScriptedChatModel):
        def _stream(self, messages: Any, *args: Any, **kwargs: Any) -> Any:
            del messages, args, kwargs
            for block in (
                {"type": "thinking", "thinking": "MARS", "index": 0},
                {"type": "text", "text": ANSWER, "index": 1},
            ):
                yield ChatGenerationChunk(message=AIMessageChunk(content=[block]))
            end = AIMessageChunk(content="", response_metadata={"stop_reason": "end_turn"})
            yield ChatGenerationChunk(message=end)

    made = await complete(Blocks(), ASKED, "answer")
    assert (made.text, made.thought, made.cut) == (ANSWER, True, False)


@pytest.mark.parametrize(
    ("reason", "cut"), [("STOP", False), ("MAX_TOKENS", True), ("eos", False), ("length", True)]
)
async def test_every_maker_has_its_own_word_for_the_end(reason: str, *, cut: bool) -> None:
    model = ScriptedChatModel(script=[Said((ANSWER,), finish_reason=reason)])
    assert (await complete(model, ASKED, "answer")).cut is cut


async def test_an_answer_that_a_filter_held_back_is_told_from_one_that_broke_off() -> None:
    model = ScriptedChatModel(script=[Said((ANSWER,), finish_reason="content_filter")])
    with pytest.raises(ModelError, match="withheld its answer"):
        await complete(model, ASKED, "answer")


# --- other providers ---


def test_a_provider_whose_package_is_missing_is_one_sentence_with_the_command() -> None:
    settings = LibrarySettings.read(_env_file=None, chat_model="mistralai:small")
    with pytest.raises(ModelSettingsError, match="pip install langchain-mistralai"):
        open_chat_model(settings, None)
    unknown = LibrarySettings.read(_env_file=None, chat_model="nonsense:small")
    with pytest.raises(ModelSettingsError, match="no provider “nonsense”"):
        open_chat_model(unknown, None)


async def test_a_provider_whose_package_is_there_is_asked_like_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {}

    class ChatOllama(ScriptedChatModel):
        def __init__(self, **kwargs: Any) -> None:
            given.update(kwargs)
            super().__init__(script=[f"<think>MARS</think>{ANSWER}"])

    module = types.ModuleType("langchain_ollama")
    module.ChatOllama = ChatOllama  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "langchain_ollama", module)
    settings = LibrarySettings.read(
        _env_file=None,
        chat_model="ollama:qwen3:4b",
        chat_context_tokens=8192,
        chat_extra='{"top_k": 9}',
    )
    chat = open_chat_model(settings, None)
    assert chat is not None
    assert (await ask(chat)).text == ANSWER
    assert given["model"] == "qwen3:4b"
    assert (given["num_ctx"], given["num_predict"], given["top_k"]) == (8192, 1200, 9)


# --- what a server tells ---


@pytest.mark.parametrize(
    ("tells", "tokens", "silently"),
    [
        ({"/props": {"default_generation_settings": {"n_ctx": 8192}}}, 8192, False),
        ({"/api/ps": {"models": []}, "/api/show": {"parameters": "num_ctx   2048"}}, 2048, True),
        ({"/api/ps": {"models": []}, "/api/show": {}}, 4096, True),
        ({"/api/ps": {"models": [{"name": "fake-model", "context_length": 16384}]}}, 16384, True),
        (
            {"/api/v0/models": {"data": [{"id": "fake-model", "max_model_len": 32768}]}},
            32768,
            False,
        ),
    ],
)
async def test_a_server_that_tells_how_much_it_reads_is_understood(
    server: OpenAIServer, tells: dict[str, Any], tokens: int, *, silently: bool
) -> None:
    server.tells = tells
    settings = settings_of(server)
    async with model_connection(settings) as connection:
        assert connection is not None
        found = await window_of(settings, "fake-model", connection)
        server.tells = {}
        assert await window_of(settings, "fake-model", connection) is None
    assert found is not None
    assert (found.tokens, found.cuts_silently) == (tokens, silently)
