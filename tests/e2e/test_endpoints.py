"""The health and metrics endpoints of a running bot."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import httpx
import pytest

from bot.app import serving
from bot.local_api import Limits, local_bot_api
from bot.ops.health import watched
from bot.ops.http_server import ConnectionLimits
from bot.ops.metrics import Metrics
from bot.settings import BotSettings
from retrieval.errors import ArchiveError, SettingsError
from retrieval.messages import UserMessage
from retrieval.models import Cost, Mode, Unanswered
from tests.e2e.test_webhook import SECRET, TOKEN
from tests.support.bots import bot_settings
from tests.support.ports import free_port
from tests.support.waiting import forever

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path


def looking(error: Exception | None = None) -> Callable[[], Awaitable[None]]:
    async def look() -> None:
        if error is not None:
            raise error

    return look


async def test_answers_are_counted_with_their_time_and_tokens() -> None:
    metrics = Metrics()
    cost = Cost({"input_tokens": 900, "output_tokens": 30}, {"search": 20.0, "total": 40.0})
    metrics.answered(Unanswered("?", Mode.MODEL, UserMessage("No."), (), cost=cost))
    async with watched("127.0.0.1:0", metrics, looking()) as port, httpx.AsyncClient() as client:
        address = f"http://127.0.0.1:{port}"
        assert (await client.get(f"{address}/healthz")).text == "alive\n"
        assert (await client.get(f"{address}/readyz")).status_code == 200
        text = (await client.get(f"{address}/metrics")).text
    assert 'sitrep_answers_total{mode="model",outcome="declined"} 1.0' in text
    assert 'sitrep_tokens_total{kind="input"} 900.0' in text
    assert 'sitrep_answer_seconds_count{stage="total"} 1.0' in text


async def test_an_archive_that_fails_is_not_ready_but_alive_and_still_counted() -> None:
    broken = looking(ArchiveError("The database failed."))
    async with watched("127.0.0.1:0", Metrics(), broken) as port, httpx.AsyncClient() as client:
        address = f"http://127.0.0.1:{port}"
        assert (await client.get(f"{address}/readyz")).status_code == 503
        assert (await client.get(f"{address}/healthz")).status_code == 200
        assert "sitrep_articles" in (await client.get(f"{address}/metrics")).text


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:port", "256.0.0.1:9100"])
async def test_an_address_that_is_none_is_said_in_a_sentence(address: str) -> None:
    with pytest.raises(SettingsError, match="LISTEN="):
        async with watched(address, Metrics(), looking()):
            pass


async def test_without_an_address_nothing_is_served() -> None:
    async with watched("", Metrics(), looking()) as port:
        assert port is None


async def statuses(port: int, shown: str = "") -> list[int]:
    """Of /healthz, /readyz and /metrics, for who shows this as `Authorization`."""
    headers = {b"Authorization": shown.encode()} if shown else None
    async with httpx.AsyncClient(headers=headers) as client:
        return [
            (await client.get(f"http://127.0.0.1:{port}/{name}")).status_code
            for name in ("healthz", "readyz", "metrics")
        ]


async def test_with_a_token_only_who_shows_it_sees_more_than_that_the_bot_lives() -> None:
    async with watched("127.0.0.1:0", Metrics(), looking(), TOKEN) as port:
        assert port is not None
        assert await statuses(port) == [200, 401, 401]
        for wrong in (f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer", "Bearer \u00e9"):
            assert await statuses(port, wrong) == [200, 401, 401]
        assert await statuses(port, f"Bearer {TOKEN}") == [200, 200, 200]


@pytest.mark.parametrize(
    ("more", "at_listen", "at_its_own"),
    [
        ({"webhook": False}, [200, 200, 200], None),
        ({"webhook": True}, [200, 404, 404], None),
        ({"webhook": True, "metrics_token": TOKEN}, [200, 401, 401], None),
        ({"webhook": True, "metrics_listen": True}, [200, 404, 404], [200, 200, 200]),
        ({"webhook": False, "metrics_listen": True}, [200, 404, 404], [200, 200, 200]),
    ],
)
async def test_where_telegram_calls_nobody_else_sees_how_the_bot_is(
    tmp_path: Path, more: dict[str, object], at_listen: list[int], at_its_own: list[int] | None
) -> None:
    port, own = free_port(), free_port()
    where: dict[str, object] = {"listen": f"127.0.0.1:{port}"}
    if more.pop("webhook"):
        where |= {"webhook_url": f"http://127.0.0.1:{port}", "webhook_secret": SECRET}
    if more.pop("metrics_listen", False):
        where["metrics_listen"] = f"127.0.0.1:{own}"
    async with (
        local_bot_api(limits=Limits.off(), webhook_pause=0.01) as api,
        serving(bot_settings(api, tmp_path, **where, **more)),
    ):
        assert await statuses(port) == at_listen
        if at_its_own is not None:
            assert await statuses(own) == at_its_own


@pytest.mark.parametrize("token", ["short", "with a space in it", "x" * 300])
def test_a_token_that_could_be_guessed_or_sent_wrongly_is_refused(token: str) -> None:
    with pytest.raises(SettingsError, match="METRICS_TOKEN: expected 16 to 256"):
        BotSettings.read(_env_file=None, metrics_token=token)


@asynccontextmanager
async def half_open(
    port: int, count: int, sent: bytes
) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Connections that began a request and do not go on."""
    pairs = []
    try:
        for _ in range(count):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            pairs.append((reader, writer))
        yield [reader for reader, _ in pairs]
    finally:
        for _, writer in pairs:
            writer.transport.abort()


BEGUN = (
    b"",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\n",
    b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
)


@pytest.mark.parametrize("sent", BEGUN)
async def test_many_requests_that_do_not_go_on_keep_nobody_from_an_answer(
    sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with watched("127.0.0.1:0", Metrics(), looking()) as port:
        assert port is not None
        async with half_open(port, 400, sent), asyncio.timeout(10):
            assert await statuses(port) == [200, 200, 200]
    lines = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert len(lines) <= 1


@pytest.mark.parametrize("sent", BEGUN)
async def test_who_does_not_go_on_is_let_go_in_time(
    sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds = ConnectionLimits(request_s=0.2, answer_s=0.2, idle_s=0.2)
    monkeypatch.setattr("bot.ops.health.ConnectionLimits", lambda: bounds)
    async with watched("127.0.0.1:0", Metrics(), looking()) as port:
        assert port is not None
        async with half_open(port, 3, sent) as readers, asyncio.timeout(10):
            for reader in readers:
                with suppress(ConnectionError):
                    await reader.read()
        assert not bounds.open
        assert not bounds.waiting


async def test_dripping_a_request_gains_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.ops.health.ConnectionLimits", lambda: ConnectionLimits(request_s=0.3))
    async with watched("127.0.0.1:0", Metrics(), looking()) as port:
        assert port is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.1\r\n")
        async with asyncio.timeout(10):
            while not writer.transport.is_closing() and not reader.at_eof():
                with suppress(ConnectionError):
                    writer.write(b"X-A: b\r\n")
                await asyncio.sleep(0.05)
        writer.transport.abort()


async def test_an_answer_that_takes_too_long_frees_its_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def stuck() -> None:
        await forever()

    bounds = ConnectionLimits(answer_s=0.2)
    monkeypatch.setattr("bot.ops.health.ConnectionLimits", lambda: bounds)
    began = asyncio.all_tasks()
    async with watched("127.0.0.1:0", Metrics(), stuck) as port:
        async with httpx.AsyncClient(timeout=10) as client:
            with pytest.raises(httpx.HTTPError):
                await client.get(f"http://127.0.0.1:{port}/readyz")
        assert not bounds.open
        for task in asyncio.all_tasks() - began:
            if re.search("run_asgi", repr(task)):
                task.cancel()


async def test_a_client_may_ask_again_on_its_connection() -> None:
    async with watched("127.0.0.1:0", Metrics(), looking()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        for times in (1, 2):
            writer.write(one * times)
            seen = b""
            async with asyncio.timeout(5):
                while seen.count(b"alive") < times:
                    seen += await reader.read(1000)
        writer.close()


@pytest.mark.parametrize(("files", "room"), [(256, 64), (1024, 256), (1_000_000, 256), (-1, 256)])
def test_connections_leave_files_to_the_rest_of_the_program(
    files: int, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ops.http_server.resource.getrlimit", lambda _what: (files, files))
    assert ConnectionLimits().connections == room
