"""Updates by webhook: PTB's own server with its secret token, and a receiver that fails."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Update
from telegram.ext import Application, MessageHandler, filters

from bot.local_api import Limits, LocalBotApi, local_bot_api
from bot.ops.http_server import InProcessServer, listening, serving
from tests.support.waiting import until

SECRET = "s3cret_token"
App = Application[Any, Any, Any, Any, Any, Any]


class Receiver:
    """Answers with the codes given, then 200; keeps what it got."""

    def __init__(self) -> None:
        self.codes: list[int] = []
        self.texts: list[str] = []
        self.secrets: set[str | None] = set()
        self.url = ""

    async def receive(self, request: Request) -> Response:
        code = self.codes.pop(0) if self.codes else 200
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.texts.append(f"{(await request.json())['message']['text']} {code}")
        return Response(status_code=code)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = Starlette(routes=[Route("/hook", receiver.receive, methods=["POST"])])
    with listening("127.0.0.1", 0) as listener:
        receiver.url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        async with serving(InProcessServer(app), listener):
            yield receiver


@pytest.fixture
async def api() -> AsyncIterator[LocalBotApi]:
    async with local_bot_api(limits=Limits.off(), webhook_pause=0.001) as api:
        yield api


async def echo(update: Update, context: Any) -> None:
    del context
    assert update.message
    await update.message.reply_text(f"You said {update.message.text}")


async def test_ptb_receives_by_webhook_with_its_secret(api: LocalBotApi, application: App) -> None:
    application.add_handler(MessageHandler(filters.TEXT, echo))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with application:
        assert application.updater
        await application.start()
        await application.updater.start_webhook(
            listen="127.0.0.1",
            port=port,
            url_path="hook",
            webhook_url=f"http://127.0.0.1:{port}/hook",
            secret_token=SECRET,
        )
        alice = api.person("Alice")
        for text in ("one", "two"):
            await alice.send(text)
            assert (await alice.wait_for_reply()).text == f"You said {text}"
        await application.updater.stop()
        await application.stop()
    assert api.unknown_parameters == set()


async def test_updates_arrive_in_order_and_again_until_accepted(
    api: LocalBotApi, receiver: Receiver, post: Any
) -> None:
    receiver.codes = [500, 404]
    await post("setWebhook", url=receiver.url, secret_token=SECRET)
    alice = api.person("Alice")
    await alice.send("a")
    await alice.send("b")
    await until_delivered(api)
    assert receiver.texts == ["a 500", "a 404", "a 200", "b 200"]
    assert receiver.secrets == {SECRET}


async def test_what_went_wrong_is_told(api: LocalBotApi, receiver: Receiver, post: Any) -> None:
    receiver.codes = [502]
    await post("setWebhook", url=receiver.url, max_connections=3, allowed_updates=["message"])
    await api.person("Alice").send("a")
    await until_delivered(api)
    info = (await post("getWebhookInfo"))["result"]
    assert info.pop("last_error_date") > 0
    assert info == {
        "url": receiver.url,
        "has_custom_certificate": False,
        "pending_update_count": 0,
        "max_connections": 3,
        "last_error_message": "Wrong response from the webhook: 502 Bad Gateway",
        "allowed_updates": ["message"],
    }


async def test_a_webhook_ends_polling_and_its_deletion_allows_it(
    api: LocalBotApi, receiver: Receiver, post: Any
) -> None:
    poll = asyncio.create_task(post("getUpdates", timeout=30))
    await until(lambda: api.world.updates.has_waiter, every_s=0)
    await post("setWebhook", url=receiver.url)
    assert (await poll)["description"] == "Conflict: terminated by setWebhook request"
    assert (await post("getUpdates"))["description"] == (
        "Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first"
    )
    await post("deleteWebhook")
    assert (await post("getUpdates"))["ok"]
    assert (await post("getWebhookInfo"))["result"]["url"] == ""


async def test_pending_updates_are_kept_or_dropped(api: LocalBotApi, post: Any) -> None:
    await api.person("Alice").send("a")
    await post("setWebhook", url="http://127.0.0.1:1/nobody")
    assert (await post("getWebhookInfo"))["result"]["pending_update_count"] == 1
    await post("deleteWebhook", drop_pending_updates=True)
    assert (await post("getUpdates"))["result"] == []


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"url": "nonsense"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        (
            {"url": "http://127.0.0.1/", "secret_token": "a b"},
            "secret token contains unallowed characters",
        ),
    ],
)
async def test_a_bad_webhook_is_refused(post: Any, parameters: Any, description: str) -> None:
    refusal = await post("setWebhook", **parameters)
    assert refusal["description"] == f"Bad Request: {description}"


async def until_delivered(api: LocalBotApi) -> None:
    await until(lambda: not len(api.world.updates), every_s=0)
