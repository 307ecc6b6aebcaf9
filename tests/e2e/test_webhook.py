"""The bot behind a webhook, and several of them on one Postgres and one Chroma server."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from bot.app import serving
from bot.local_api import Limits, local_bot_api
from bot.ops.http_server import InProcessServer, listening
from bot.ops.http_server import serving as served
from bot.settings import BotSettings
from bot.tables import inbox
from bot.webhook.inbox import SECRET_HEADER
from retrieval.errors import SettingsError
from retrieval.library import open_library
from retrieval.storage.database import open_database
from tests.e2e.test_questions import ALPHA, BETA, QUESTION
from tests.support.archives import cut
from tests.support.bots import bot_settings
from tests.support.commands import Program
from tests.support.openai_server import Reply, openai_server, prompt_of
from tests.support.ports import free_port
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.requests import Request

    from tests.support.postgres import Postgres

SECRET = "a-secret-of-some-length"
TOKEN = "a-token-of-some-length"


def hooked(port: int, address: str = "") -> dict[str, Any]:
    return {
        "listen": f"127.0.0.1:{port}",
        "webhook_url": address or f"http://127.0.0.1:{port}",
        "webhook_secret": SECRET,
    }


async def test_questions_come_by_webhook_and_nobody_else_gets_in(tmp_path: Path) -> None:
    port = free_port()
    async with local_bot_api(limits=Limits.off(), webhook_pause=0.01) as api:
        settings = bot_settings(api, tmp_path, **hooked(port))
        async with serving(settings) as (_, library), httpx.AsyncClient() as client:
            await library.archive.articles.store(ALPHA, cut(ALPHA.text), added_by="test")
            rita = api.person("Rita", id=1001)
            await rita.send(QUESTION)
            reply = await rita.wait_for_reply()
            door = f"http://127.0.0.1:{port}/telegram"
            assert (await client.post(door, json={"update_id": 1})).status_code == 403
            wrong = {SECRET_HEADER: "x" * 20}
            assert (await client.post(door, json={}, headers=wrong)).status_code == 403
            right = {SECRET_HEADER: SECRET}
            for body in (b"", b"[1]", b'{"update_id": "1"}', b"[" * 100_000):
                sent = await client.post(door, content=body, headers=right)
                assert sent.status_code == 400
            huge = b"x" * 1_500_000
            assert (await client.post(door, content=huge, headers=right)).status_code == 413
            # who breaks off, and who is slow, leave nothing behind
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                b"POST /telegram HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
                + f"{SECRET_HEADER}: {SECRET}\r\n\r\n{{".encode()
            )
            await writer.drain()
            writer.transport.abort()
            strange = {"update_id": 99, "message": {"chat": {"id": 5}}}
            assert (await client.post(door, json=strange, headers=right)).status_code == 200
            await rita.send(QUESTION)  # goes on after what nobody can read
            await rita.wait_for_reply()
    assert "Alpha, 12 Nov 2024" in reply.text


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"webhook_url": "https://x.example"}, "needs LISTEN"),
        ({"webhook_url": "https://x.example", "listen": ":8080"}, "needs WEBHOOK_SECRET"),
        (
            {"webhook_url": "x.example", "listen": ":8080", "webhook_secret": SECRET},
            "https://",
        ),
    ],
)
def test_half_a_webhook_is_one_sentence(settings: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        BotSettings.read(_env_file=None, **settings)


class Balancer:
    """Hands each call to the next program; one that is dead is a 502, as behind a proxy."""

    def __init__(self, ports: list[int]) -> None:
        self._ports, self._turn = ports, 0

    async def receive(self, request: Request) -> Response:
        self._turn += 1
        port = self._ports[self._turn % len(self._ports)]
        async with httpx.AsyncClient() as client:
            try:
                answer = await client.post(
                    f"http://127.0.0.1:{port}{request.url.path}",
                    content=await request.body(),
                    headers={SECRET_HEADER: request.headers.get(SECRET_HEADER, "")},
                )
            except httpx.HTTPError:
                return Response(status_code=502)
        return Response(status_code=answer.status_code)


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    running = list[Program]()
    yield running
    for one in running:
        one.send_signal(signal.SIGTERM)
        one.wait()


@pytest.mark.faults("kill -9: one of three programs behind a webhook")
@pytest.mark.slow
async def test_of_three_programs_one_dies_and_every_question_is_answered_once(
    tmp_path: Path,
    postgres: Postgres,
    chroma_url: str,
    programs: list[Program],
) -> None:
    asked = asyncio.Event()

    def reply(request: dict[str, object]) -> Reply:
        asked.set()
        lines = prompt_of(request).splitlines()
        mark = next(line.split()[0] for line in lines if "The Alpha Times" in line)
        return Reply(f"It was 50,000, the Alpha Times said {mark}", pace=0.15)

    ports = [free_port() for _ in range(3)]
    url = postgres.new_database()
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(local_bot_api(limits=Limits.off(), webhook_pause=0.2))
        server = await stack.enter_async_context(openai_server())
        server.reply_with(reply)
        balancer = Starlette(routes=[Route("/telegram", Balancer(ports).receive, methods=["POST"])])
        listener = stack.enter_context(listening("127.0.0.1", 0))
        await stack.enter_async_context(served(InProcessServer(balancer), listener))
        front = f"http://127.0.0.1:{listener.getsockname()[1]}"
        shared = {"database_url": url, "chroma_url": chroma_url}
        async with open_library(bot_settings(api, tmp_path / "first", **shared)) as library:
            for one in (ALPHA, BETA):
                await library.archive.articles.store(one, cut(one.text), added_by="test")
            await library.indexer.work()
        for number, port in enumerate(ports):
            settings = {
                "TELEGRAM_BOT_TOKEN": api.token,
                "TELEGRAM_API_URL": api.address,
                "DATA_DIR": str(tmp_path / str(number)),
                "DATABASE_URL": url,
                "CHROMA_URL": chroma_url,
                "OPENAI_BASE_URL": server.base_url,
                "OPENAI_API_KEY": server.api_key,
                "CHAT_MODEL": "openai:fake-model",
                "LISTEN": f"127.0.0.1:{port}",
                "WEBHOOK_URL": front,
                "WEBHOOK_SECRET": SECRET,
                "METRICS_TOKEN": TOKEN,
            }
            spans = {"bot.webhook.inbox:CLAIM_FOR": 6.0}
            programs.append(Program(tmp_path, ["run"], settings, spans=spans))
        await all_ready(ports)
        people = [api.person(f"P{n}", id=2000 + n) for n in range(6)]
        for person in people:
            await person.send(QUESTION)
        await asyncio.wait_for(asked.wait(), 30)
        programs[0].send_signal(signal.SIGKILL)
        for person in people:
            await person.send(QUESTION)
        for person in people:
            for _ in range(2):
                answer = await person.wait_for_reply(timeout=90)
                assert answer.text.startswith("It was 50,000")
        database = await open_database(url)
        stack.push_async_callback(database.close)

        async def all_is_done() -> bool:
            open_ones = select(inbox.c.update_id).where(inbox.c.done_at.is_(None))
            async with database.read() as connection:
                return (await connection.execute(open_ones)).first() is None

        await until(all_is_done, 30)
        for person in people:
            with pytest.raises(TimeoutError):
                await person.wait_for_reply(timeout=0.05)


async def all_ready(ports: list[int]) -> None:
    shown = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(headers=shown) as client:
        for port in ports:

            async def is_ready(port: int = port) -> bool:
                with suppress(httpx.HTTPError):
                    return (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success
                return False

            await until(is_ready, 90, every_s=0.2)
