"""The answer as a chain: what fits, what is traced, what a reader sees while a model thinks."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.runnables import RunnableLambda

from retrieval.answering import AnswerConfig, Answerer
from retrieval.index.chroma import Filter
from retrieval.langchain import SitrepRetriever, answer_chain
from retrieval.llm import ChatModel, model_connection, open_chat_model
from retrieval.models import Answer, Mode
from retrieval.search import Reranker, Searcher
from retrieval.settings import LibrarySettings
from tests.support.archives import Opened, draft, opened_archive
from tests.support.fakes import ScriptedChatModel
from tests.support.openai_server import OpenAIServer, Reply, prompt_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

QUESTION = "How many troops were massed for the Kursk offensive, and who says so?"
NOW = datetime(2024, 11, 13, tzinfo=UTC)
ALPHA = "The Alpha Times reported that 50,000 troops massed for a Kursk offensive. It rained."
BETA = "Syrskyi said tens of thousands of troops were massed near Kursk. He spoke on Monday."


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    async with opened_archive(tmp_path) as opened:
        await opened.store(draft(ALPHA, "Troops mass", "Alpha", "https://alpha.example/1"))
        await opened.store(draft(BETA, "Warning", "Beta", "https://beta.example/1", "2024-11-11"))
        await opened.indexer.work()
        yield opened


@asynccontextmanager
async def chat_at(server: OpenAIServer, **more: object) -> AsyncIterator[ChatModel]:
    settings = LibrarySettings.read(
        _env_file=None,
        openai_base_url=server.base_url,
        openai_api_key=server.api_key,
        chat_model="openai:fake-model",
        **more,
    )
    async with model_connection(settings) as connection:
        chat = open_chat_model(settings, connection)
        assert chat is not None
        yield chat


def answerer(opened: Opened, model: Any) -> Answerer:
    searcher = Searcher(opened.archive, opened.embeddings)
    return Answerer(searcher, opened.reading, model, AnswerConfig(passages=8, threshold=0.0))


def cites_alpha(request: dict[str, Any], text: str = "50,000 troops massed.") -> str:
    line = next(one for one in prompt_of(request).splitlines() if "The Alpha Times rep" in one)
    return f"{text} {line.split()[0]}"


class Traced(AsyncCallbackHandler):
    def __init__(self) -> None:
        self.models: list[str] = []
        self.chains: list[str] = []

    async def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
        del serialized, messages
        self.models.append(kwargs["name"])

    async def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
        del serialized, inputs
        self.chains.append(kwargs["name"])


async def test_the_rules_come_first_and_never_change_and_the_question_comes_last(
    opened: Opened,
) -> None:
    model = ScriptedChatModel(script=["NO ANSWER", "NO ANSWER"])
    asked = answerer(opened, model)
    await asked.answer(QUESTION, NOW, language="Ukrainian")
    await asked.answer("Who spoke on Monday near Kursk?", datetime.now(UTC))
    first, second = model.seen
    assert first[0].text == second[0].text
    assert first[-1].text.endswith(QUESTION)


async def test_by_a_schema_no_other_ids_than_those_shown_can_be_written(
    opened: Opened, server: OpenAIServer
) -> None:
    server.reply_with(
        lambda _: '{"statements": [{"ids": ["1.1"], "text": "50,000 troops massed."}]}'
    )
    async with chat_at(server) as chat:
        answer = await answerer(opened, chat).answer(QUESTION, NOW)
    assert isinstance(answer, Answer)
    [body] = server.requests
    schema = body["response_format"]["json_schema"]["schema"]
    statement = schema["properties"]["statements"]["items"]["properties"]
    assert statement["ids"]["items"]["enum"] == ["1.1", "1.2", "2.1", "2.2"]
    assert [one.text for one in answer.claims] == ["50,000 troops massed."]


async def test_a_server_without_schemas_is_asked_for_lines_from_then_on(
    opened: Opened, server: OpenAIServer
) -> None:
    def refuse(body: dict[str, Any]) -> Reply | None:
        refused = "response_format" in body
        return Reply.status(400, "json_schema is not supported") if refused else None

    server.refuse_with(refuse)
    server.reply_with(cites_alpha)
    async with chat_at(server) as chat:
        asked = answerer(opened, chat)
        for _ in range(2):
            answer = await asked.answer(QUESTION, NOW)
            assert isinstance(answer, Answer)
            assert answer.mode is Mode.MODEL
    assert len(server.requests) == 3
    assert "End every line with the ids" in prompt_of(server.requests[-1])


async def test_what_a_model_thinks_reaches_no_claim_and_the_reader_is_told_that_it_thinks(
    opened: Opened, server: OpenAIServer
) -> None:
    said = list[str]()
    server.reply_with(
        lambda body: f"<think>{cites_alpha(body, 'Perhaps MARS.')}\n</think>\n{cites_alpha(body)}"
    )
    async with chat_at(server, chat_format="lines") as chat:
        answer = await answerer(opened, chat).answer(
            QUESTION, NOW, on_progress=said.append, on_thinking=lambda: said.append("(thinks)")
        )
    assert isinstance(answer, Answer)
    assert [one.text for one in answer.claims] == ["50,000 troops massed."]
    assert said[0] == "(thinks)"
    assert not any("MARS" in one for one in said)


async def test_a_prompt_is_cut_to_the_window_by_whole_passages(
    opened: Opened, server: OpenAIServer
) -> None:
    for n in range(6):
        text = f"Troops massed near Kursk, outlet {n} said. " + "The offensive is near. " * 25
        await opened.store(draft(text, f"Kursk {n}", f"Outlet {n}", f"https://o{n}.example/1"))
    await opened.indexer.work()
    server.reply_with(lambda _: "NO ANSWER")
    async with chat_at(server, chat_format="lines") as chat:
        whole = await answerer(opened, chat).answer(QUESTION, NOW)
        small = replace(chat, context_tokens=1600, answer_tokens=300)
        cut = await answerer(opened, small).answer(QUESTION, NOW)
    first, second = (prompt_of(one) for one in server.requests)
    assert 1 <= second.count("<article ") < first.count("<article ")
    assert second.count("<article ") == second.count("</article>") == len(cut.made.passages)
    assert len(whole.made.passages) == first.count("<article ")
    assert second.endswith(QUESTION)


async def test_a_server_that_finds_a_prompt_too_long_is_shown_fewer_passages(
    opened: Opened, server: OpenAIServer
) -> None:
    def refuse(body: dict[str, Any]) -> Reply | None:
        if prompt_of(body).count("<article ") < 2:
            return None
        return Reply.status(400, "the request exceeds the available context size (2048 tokens)")

    server.refuse_with(refuse)
    server.reply_with(lambda _: "NO ANSWER")
    async with chat_at(server) as chat:
        result = await answerer(opened, chat).answer(QUESTION, NOW)
    assert len(result.made.passages) == 1
    assert result.mode is Mode.MODEL


async def test_the_answer_is_a_runnable_whose_calls_are_traced(
    opened: Opened, server: OpenAIServer
) -> None:
    server.reply_with(cites_alpha)
    traced = Traced()
    async with chat_at(server, chat_format="lines") as chat:
        chain = answer_chain(answerer(opened, chat)) | RunnableLambda(lambda one: one.claims[0])
        claim = await chain.ainvoke(QUESTION, {"callbacks": [traced]})
        assert claim.text == "50,000 troops massed."
        again = answer_chain(answerer(opened, chat))
        result = await again.ainvoke({"question": QUESTION, "now": NOW})
        assert isinstance(result, Answer)
        there = await asyncio.to_thread(again.invoke, QUESTION)
        assert isinstance(there, Answer)
        with pytest.raises(RuntimeError, match="ainvoke"):
            again.invoke(QUESTION)
        with pytest.raises(ValueError, match="question"):
            await again.ainvoke({"query": QUESTION})
    assert traced.models == ["sitrep_answer"]
    assert "sitrep_answer" in traced.chains


async def test_the_retriever_passes_its_callbacks_on_and_takes_a_time_and_a_filter(
    opened: Opened,
) -> None:
    model = ScriptedChatModel(script=["2, 1"] * 4)
    searcher = Searcher(opened.archive, opened.embeddings, reranker=Reranker(model))
    loop = asyncio.get_running_loop()
    retriever = SitrepRetriever(searcher=searcher, loop=loop, now=NOW)
    traced = Traced()
    await retriever.ainvoke(QUESTION, {"callbacks": [traced]})
    assert traced.models == ["sitrep_rerank"]
    assert "Today is Wednesday, 13 November 2024." in model.prompts[0]
    await asyncio.to_thread(retriever.invoke, QUESTION, {"callbacks": [traced]})
    assert len(traced.models) == 2
    only = await retriever.ainvoke(QUESTION, within=Filter(outlets=("Beta",)))
    assert {one.metadata["outlet"] for one in only} == {"Beta"}
    beta = SitrepRetriever(searcher=searcher, loop=loop, within=Filter(outlets=("Beta",)))
    assert {one.metadata["outlet"] for one in await beta.ainvoke(QUESTION)} == {"Beta"}
