"""A server for each test, a bare client, and PTB in its usual shape."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
import telegram
from telegram.ext import Application

from bot.local_api import Limits, LocalBotApi, Person, local_bot_api

Json = dict[str, Any]
Post = Callable[..., Awaitable[Json]]


@pytest.fixture
async def api() -> AsyncIterator[LocalBotApi]:
    async with local_bot_api(limits=Limits.off()) as api:
        yield api


@pytest.fixture
async def http(api: LocalBotApi) -> AsyncIterator[httpx.AsyncClient]:
    url = f"{api.base_url}{api.token}/"
    no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # quicker than reading the certificates
    async with httpx.AsyncClient(base_url=url, verify=no_tls, timeout=5) as client:
        yield client


@pytest.fixture
def post(http: httpx.AsyncClient) -> Post:
    async def call(method: str, **parameters: Any) -> Json:
        response = await http.post(method, json=parameters)
        body: Json = response.json()
        assert response.status_code == body.get("error_code", 200)
        return body

    return call


@pytest.fixture
async def bot(api: LocalBotApi) -> AsyncIterator[telegram.Bot]:
    bot = telegram.Bot(api.token, base_url=api.base_url, base_file_url=api.base_file_url)
    async with bot:
        yield bot


@pytest.fixture
def application(api: LocalBotApi) -> Application[Any, Any, Any, Any, Any, Any]:
    builder = Application.builder().token(api.token)
    return builder.base_url(api.base_url).base_file_url(api.base_file_url).build()


@pytest.fixture
async def alice(api: LocalBotApi) -> Person:
    """Somebody who has started the bot."""
    alice = api.person("Alice", id=1001)
    await alice.send("/start")
    return alice
