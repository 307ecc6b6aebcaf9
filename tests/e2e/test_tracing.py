"""Traces of a real question, a real article and a real briefing, at a real collector."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import chromadb.telemetry.opentelemetry as chromas
import pytest

from bot.app import serving
from bot.local_api import Limits, local_bot_api
from bot.ops.tracing import OpenTelemetry
from bot.settings import BotSettings
from retrieval.errors import SettingsError
from retrieval.library import open_library
from retrieval.tracing import span, tracing
from tests.e2e.test_questions import ALPHA, BETA, QUESTION
from tests.support.archives import cut
from tests.support.bots import bot_settings, running_bot
from tests.support.collector import Collector, collector
from tests.support.openai_server import Reply, openai_server, prompt_of
from tests.support.ports import free_port
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET_WORDS = (
    "troops",
    "massed",
    "Kursk",
    "offensive",
    "Rita",
    "Alpha",
    "Beta",
    "50,000",
    "1001",
    "127.0.0.1",
)


@pytest.fixture
def collected() -> Iterator[Collector]:
    with collector() as one:
        yield one


def reply(request: dict[str, object]) -> Reply:
    lines = prompt_of(request).splitlines()
    marks = [line.split()[0] for line in lines if "The Alpha Times" in line]
    return Reply(f"It was 50,000, the Alpha Times said {marks[0]}" if marks else "Nothing.")


async def test_a_question_is_one_trace_and_holds_nothing_of_what_was_asked(
    tmp_path: Path, collected: Collector
) -> None:
    async with openai_server() as server:
        server.reply_with(reply)
        async with running_bot(
            tmp_path,
            [ALPHA, BETA],
            chat_model="openai:fake-model",
            openai_base_url=server.base_url,
            openai_api_key=server.api_key,
            otel_exporter_otlp_endpoint=collected.address,
            otel_exporter_otlp_headers="X-Team=team-key, x-other=2",
        ) as bot:
            await bot.reader.send(QUESTION)
            answer = await bot.reader.wait_for_reply()
            token = bot.api.token
    assert answer.text.startswith("It was 50,000")
    paths = collected.paths()
    assert {
        "update/answer/plan",
        "update/answer/search/embed",
        "update/answer/search/vector",
        "update/answer/search/keyword",
        "update/answer/search/ranking",
        "update/answer/write/model",
        "update/answer/check",
        "update/queue",
        "update/send/pace",
    } <= paths
    [one] = collected.named("answer")
    assert one.attributes == {
        "sitrep.mode": "model",
        "sitrep.outcome": "answered",
        "sitrep.left_out": 0,
    }
    [model] = collected.named("model")
    assert model.attributes["sitrep.model"] == "fake-model"
    assert int(str(model.attributes["sitrep.input_tokens"])) > 0
    inside = collected.trace_of(one)
    assert {span.name for span in inside} >= {"update", "answer", "search", "model", "send"}
    update = next(span for span in inside if span.name == "update")
    assert update.attributes == {"sitrep.kind": "message"}
    for span_ in inside:
        assert update.began <= span_.began <= span_.ended <= update.ended + 0.001
    for raw in collected.raw:
        for word in (*SECRET_WORDS, token, server.api_key, "team-key"):
            assert word.encode() not in raw, word
    assert collected.headers[0]["x-team"] == "team-key"
    assert collected.headers[0]["x-other"] == "2"


async def test_articles_and_briefings_are_traced(tmp_path: Path, collected: Collector) -> None:
    async with running_bot(
        tmp_path, [ALPHA, BETA], otel_exporter_otlp_endpoint=collected.address
    ) as bot:
        text = b"A bridge opens\n\n" + b"The bridge in Sumy is open again since Friday. " * 3
        await bot.admin.upload("a-file.txt", text)
        told = await bot.admin.wait_for_reply()
        await told.wait_until(lambda message: message.text.startswith("Added: "), 20)
        await bot.reader.send("/briefing 366d")
        await bot.reader.wait_for_reply()
        await bot.library.indexer.work()
    assert {
        "add/parse",
        "add/split",
        "add/store",
        "embed",
        "index",
        "update/briefing/gather/cluster",
        "update/briefing/gather/rank",
        "update/briefing/write",
        "deliver/send",
    } <= collected.paths()
    assert collected.named("add")[0].attributes == {"sitrep.kind": "upload"}
    assert collected.named("store")[-1].attributes == {"sitrep.outcome": "added"}
    assert collected.named("deliver")[0].attributes["sitrep.outcome"] == "sent"
    for raw in collected.raw:
        for word in (*SECRET_WORDS, "Sumy", "a-file", "1002"):
            assert word.encode() not in raw, word


async def test_what_fails_is_marked_by_its_kind_and_not_by_its_words(
    collected: Collector,
) -> None:
    tracer = OpenTelemetry(collected.address)
    with tracing(tracer):
        with (
            pytest.raises(ValueError, match="Zebulon"),
            span("outer"),
            span("inner", model="a name of Zebulon’s", mode="quote", title="Zebulon", hits=3),
        ):
            raise ValueError("Zebulon")
        with pytest.raises(asyncio.CancelledError), span("cancelled"):
            raise asyncio.CancelledError
    with span("unseen"):
        pass
    await tracer.close()
    inner = collected.wait_for("inner")
    assert inner.attributes == {
        "sitrep.mode": "quote",
        "sitrep.hits": 3,
        "error.type": "ValueError",
    }
    assert inner.failed
    assert collected.path(inner) == ["outer", "inner"]
    [cancelled] = collected.named("cancelled")
    assert not cancelled.failed
    assert collected.names()["unseen"] == 0
    assert all(b"Zebulon" not in raw for raw in collected.raw)


async def test_tasks_and_threads_stay_within_their_span(collected: Collector) -> None:
    def in_a_thread() -> None:
        with span("thread"):
            pass

    async def in_a_task() -> None:
        with span("task"):
            await asyncio.to_thread(in_a_thread)

    tracer = OpenTelemetry(collected.address)
    with tracing(tracer):
        with span("one"):
            first = asyncio.create_task(in_a_task())
        with span("other"):
            await asyncio.gather(first, in_a_task())
    await tracer.close()
    assert collected.paths() >= {"one/task/thread", "other/task/thread"}


@pytest.fixture(params=["refused", "silent"])
def nobody(request: pytest.FixtureRequest) -> Iterator[str]:
    """A collector that is not there, or that never answers."""
    if request.param == "refused":
        yield f"http://127.0.0.1:{free_port()}"
        return
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.faults("Trace collector: down, or silent")
async def test_a_collector_that_is_not_there_is_one_line_and_holds_up_nothing(
    tmp_path: Path, nobody: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with local_bot_api(limits=Limits.off()) as api:
        rita = api.person("Rita", id=1001)
        settings = bot_settings(api, tmp_path, otel_exporter_otlp_endpoint=nobody)
        async with serving(settings) as (_, library):
            await library.archive.articles.store(ALPHA, cut(ALPHA.text), added_by="test")
            for _ in range(3):
                await rita.send("How many soldiers?")
                await rita.wait_for_reply(timeout=20)
            await until(lambda: traces_told(caplog), 60)
            for _ in range(5000):
                with span("more"):
                    pass
            began = time.monotonic()
        took = time.monotonic() - began
    assert took < 8, "the end took long"
    assert len(traces_told(caplog)) == 1
    assert not [one for one in caplog.records if one.name.startswith("opentelemetry")]


def traces_told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.message for one in caplog.records if "traces can't be" in one.message]


async def test_closing_with_nobody_there_ends_in_time(nobody: str) -> None:
    tracer = OpenTelemetry(nobody)
    with tracing(tracer):
        for _ in range(10_000):
            with span("lost"):
                pass
    began = time.monotonic()
    await tracer.close()
    assert time.monotonic() - began < 5


def test_without_the_setting_nothing_of_it_is_loaded_or_started(tmp_path: Path) -> None:
    code = """
import asyncio, json, sys, threading
from bot.app import serving
from bot.local_api import Limits, local_bot_api
from tests.support.bots import bot_settings
from pathlib import Path
async def main():
    async with local_bot_api(limits=Limits.off()) as api:
        async with serving(bot_settings(api, Path(sys.argv[1]))):
            print(json.dumps([sorted(sys.modules), [t.name for t in threading.enumerate()]]))
asyncio.run(main())
"""
    ran = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    modules, threads = json.loads(ran.stdout)
    # Chroma imports the exporter and its SDK for itself, and must not use them.
    assert "bot.ops.tracing" in modules
    assert not [name for name in threads if "Otel" in name]


async def test_chromas_own_traces_stay_off_also_where_the_environment_asks_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collected: Collector
) -> None:
    monkeypatch.setenv("CHROMA_OTEL_GRANULARITY", "all")
    monkeypatch.setenv("CHROMA_OTEL_COLLECTION_ENDPOINT", collected.address)
    settings = BotSettings.read(_env_file=None, data_dir=tmp_path)
    async with open_library(settings) as library:
        await library.archive.articles.store(ALPHA, cut(ALPHA.text), added_by="test")
        await library.indexer.work()
        assert await library.searcher.search("soldiers")
        assert "Otel" not in " ".join(one.name for one in threading.enumerate())
    assert chromas.tracer is None
    assert collected.spans == []


def test_an_address_that_is_none_is_one_sentence() -> None:
    with pytest.raises(SettingsError, match="OTEL_EXPORTER_OTLP_ENDPOINT: expected the address"):
        BotSettings.read(_env_file=None, otel_exporter_otlp_endpoint="localhost:4317")
