"""The real langchain-openai client over HTTP against a local server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from retrieval.answering.writing import write
from retrieval.errors import ModelError, ModelSettingsError, ModelTruncatedError
from retrieval.grounding import CitationIndex
from retrieval.llm import model_connection, open_chat_model, open_embedding_model
from retrieval.llm.server import ModelFailures
from retrieval.settings import LibrarySettings
from tests.support.openai_server import OpenAIServer, Reply
from tests.support.passages import passage

if TYPE_CHECKING:
    from retrieval.answering.writing import WrittenAnswer

SHOWN = CitationIndex((passage("Kyiv said 50,000. Moscow denied it."),))
NOW = datetime(2024, 11, 13, tzinfo=UTC)


def settings(server: OpenAIServer, **more: object) -> LibrarySettings:
    return LibrarySettings.read(
        _env_file=None,
        **{
            "openai_base_url": server.base_url,
            "openai_api_key": server.api_key,
            "chat_model": "openai:fake-model",
            "embedding_model": "openai:fake-embedding",
            **more,
        },
    )


async def written(server: OpenAIServer, *replies: str | Reply, **more: object) -> WrittenAnswer:
    server.script(*replies)
    return await written_with(settings(server, **more))


async def written_with(settings: LibrarySettings) -> WrittenAnswer:
    async with model_connection(settings) as connection:
        model = open_chat_model(settings, connection)
        assert model is not None
        return await write(model, "How many?", SHOWN, NOW)


async def test_an_answer_is_read_from_the_stream_with_its_usage(server: OpenAIServer) -> None:
    reply = Reply.in_pieces("Kyiv said 50,0", "00 [1", ".", "1].\nMos", "cow denied it [1.2].")
    result = await written(server, reply)
    assert [one.text for one in result.statements] == ["Kyiv said 50,000.", "Moscow denied it."]
    assert result.usage["output_tokens"] > 0
    assert server.requests[0]["stream"] is True
    assert server.requests[0]["temperature"] == 0


@pytest.mark.parametrize("reply", [Reply.truncated("Kyiv said 50,000 [1.1]."), Reply.dropped("K")])
async def test_a_stream_that_breaks_off_is_an_error(server: OpenAIServer, reply: Reply) -> None:
    with pytest.raises(ModelError, match=r"broke off|can't be reached"):
        await written(server, reply, reply, reply)


async def test_a_truncated_stream_raises_nothing_in_the_client_but_does_here(
    server: OpenAIServer,
) -> None:
    with pytest.raises(ModelTruncatedError):
        await written(server, Reply.truncated("Kyiv said 50,000 [1.1].\n"))


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Reply.status(429, retry_after=0.01), ModelError, "over its limit"),
        (Reply.status(500), ModelError, "failed"),
        (Reply.malformed(), ModelError, "couldn't read"),
        (Reply.empty(), ModelError, "wrote nothing"),
    ],
)
async def test_what_a_server_can_do_wrong_is_one_sentence(
    server: OpenAIServer, reply: Reply, kind: type[ModelError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        await written(server, reply, reply, reply)


async def test_a_server_that_is_over_its_limit_once_is_asked_again(server: OpenAIServer) -> None:
    result = await written(server, Reply.status(429, retry_after=0.01), "Kyiv said so [1.1].")
    assert len(result.statements) == 1


async def test_a_server_that_hangs_is_given_up_in_time(server: OpenAIServer) -> None:
    hang = Reply.hang("Kyiv ")
    with pytest.raises(ModelError, match="in time"):
        await written(server, hang, hang, hang, chat_timeout_s=0.2)


async def test_a_wrong_model_name_or_key_says_which_it_is(server: OpenAIServer) -> None:
    with pytest.raises(ModelSettingsError, match="doesn't know"):
        await written(server, "x", chat_model="openai:nonsense")
    with pytest.raises(ModelSettingsError, match="rejected the key"):
        await written(server, "x", openai_api_key="wrong")


async def test_an_unreachable_server_is_one_sentence() -> None:
    nowhere = LibrarySettings.read(
        _env_file=None, openai_base_url="http://127.0.0.1:9/v1", chat_model="openai:m"
    )
    with pytest.raises(ModelError, match="can't be reached"):
        await written_with(nowhere)


async def test_embeddings_of_any_compatible_server_need_no_download(server: OpenAIServer) -> None:
    async with model_connection(settings(server)) as connection:
        model = open_embedding_model(settings(server), connection)
        assert await model.dimension() == 256
        [vector] = await model.port.aembed_documents(["Sudzha is held."])
    assert len(vector) == 256
    # plain texts, not token numbers that only one server understands
    assert server.embedding_requests[-1]["input"] == ["Sudzha is held."]


async def test_a_failing_embedding_server_is_a_model_error(server: OpenAIServer) -> None:
    failure = Reply.status(500)
    server.script_embeddings(failure, failure, failure)
    async with model_connection(settings(server)) as connection:
        model = open_embedding_model(settings(server), connection)
        with pytest.raises(ModelError, match="embedding"), ModelFailures("embedding"):
            await model.port.aembed_query("x")


def test_no_model_means_quote_mode_and_no_key_is_said() -> None:
    assert open_chat_model(LibrarySettings.read(_env_file=None), None) is None
    with pytest.raises(ModelSettingsError, match="OPENAI_API_KEY"):
        open_chat_model(LibrarySettings.read(_env_file=None, chat_model="openai:m"), None)
    with pytest.raises(ModelSettingsError, match="OPENAI_API_KEY"):
        open_embedding_model(LibrarySettings.read(_env_file=None, embedding_model="openai:m"), None)


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("qwen2.5:1.5b", "plain"),
        ("Llama-3.2-3B-Instruct", "plain"),
        ("gemma-3-4b-it", "plain"),
        ("Qwen3-30B-A3B", "auto"),
        ("llama-3.1-8b", "auto"),
        ("gemma-4bit", "auto"),
        ("gpt-4o-mini", "auto"),
    ],
)
def test_a_model_whose_name_says_that_it_is_small_is_not_asked_for_ids(
    name: str, format_: str
) -> None:
    asked = {"openai_base_url": "http://127.0.0.1:9/v1", "chat_model": f"openai:{name}"}
    for set_to, expected in (("auto", format_), ("json", "json"), ("lines", "lines")):
        chat = open_chat_model(
            LibrarySettings.read(_env_file=None, chat_format=set_to, **asked), None
        )
        assert chat is not None
        assert chat.format == expected


async def test_a_model_that_is_asked_plainly_is_shown_no_ids_and_writes_none(
    server: OpenAIServer,
) -> None:
    seen = list[str]()

    def speak(body: dict[str, Any]) -> str:
        seen.append(str(body["messages"]))
        return "Kyiv said 50,000."

    server.reply_with(speak)
    plain = settings(server, chat_format="plain")
    async with model_connection(plain) as connection:
        chat = open_chat_model(plain, connection)
        assert chat is not None
        written = await write(chat, "How many?", SHOWN, NOW)
    assert written.prompt == "answer_plain"
    assert [one.text for one in written.statements] == ["Kyiv said 50,000."]
    assert "Kyiv said 50,000." in seen[0]
    assert "1.1" not in seen[0]


def test_a_small_model_is_held_against_our_reader_unless_the_settings_say_otherwise() -> None:
    unset = LibrarySettings.read(_env_file=None, answer_threshold=0.4)
    assert [unset.model_asked_from(one) for one in ("plain", "json", "")] == [0.4, 0.1, 0.1]
    set_low = LibrarySettings.read(_env_file=None, model_threshold=0.05)
    assert set_low.model_asked_from("plain") == 0.05
