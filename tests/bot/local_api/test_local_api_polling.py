"""Updates by long polling, to PTB and to a bare client."""

import asyncio
import contextlib
from typing import Any

import httpx
import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler

from bot.local_api import Limits, LocalBotApi, local_bot_api
from tests.support.waiting import until

Context = Any
App = Application[Any, Any, Any, Any, Any, Any]
OTHER = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)


async def greet(update: Update, context: Context) -> None:
    del context
    assert update.message
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
    await update.message.reply_text("Hello", reply_markup=keyboard)


async def more(update: Update, context: Context) -> None:
    del context
    assert update.callback_query
    await update.callback_query.answer("Here you are")
    await update.callback_query.edit_message_text("Hello again")


async def test_ptb_polls_answers_edits_and_hears_buttons(
    api: LocalBotApi, application: App
) -> None:
    application.add_handlers([CommandHandler("start", greet), CallbackQueryHandler(more)])
    async with application:
        assert application.updater
        await application.start()
        await application.updater.start_polling(poll_interval=0)
        alice = api.person("Alice")
        await alice.send("/start")
        reply = await alice.wait_for_reply()
        answer = await alice.press(reply, "More")
        await reply.wait_until(lambda message: message.text == "Hello again")
        await application.updater.stop()
        await application.stop()
    assert answer.text == "Here you are"
    assert [version.text for version in reply.versions] == ["Hello", "Hello again"]
    assert not reply.buttons
    assert api.unknown_parameters == set()


async def test_a_poll_returns_as_soon_as_there_is_an_update(api: LocalBotApi, post: Any) -> None:
    poll = asyncio.create_task(post("getUpdates", timeout=30))
    await waiting(api)
    await api.person("Alice").send("hi")
    (update,) = (await poll)["result"]
    assert update["message"]["text"] == "hi"


async def test_confirmed_updates_vanish_and_others_come_again(api: LocalBotApi, post: Any) -> None:
    alice = api.person("Alice")
    for text in "abc":
        await alice.send(text)
    first = (await post("getUpdates", limit=2))["result"]
    again = (await post("getUpdates", offset=first[0]["update_id"] + 1))["result"]
    assert [u["message"]["text"] for u in first] == ["a", "b"]
    assert [u["message"]["text"] for u in again] == ["b", "c"]
    assert (await post("getUpdates", offset=-1))["result"] == again[1:]
    assert (await post("getUpdates"))["result"] == again[1:]


async def test_only_allowed_updates_are_queued_until_the_list_is_emptied(
    api: LocalBotApi, post: Any
) -> None:
    alice = api.person("Alice")
    await post("getUpdates", allowed_updates=["message_reaction"])
    message = await alice.send("unheard")
    await alice.react(message, "👍")
    (update,) = (await post("getUpdates"))["result"]
    assert update["message_reaction"]["new_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    await post("getUpdates", allowed_updates=[], offset=update["update_id"] + 1)
    await alice.react(message)
    await alice.send("heard")
    assert [u["message"]["text"] for u in (await post("getUpdates"))["result"]] == ["heard"]


async def test_a_second_poller_ends_the_first_with_409(api: LocalBotApi, post: Any) -> None:
    first = asyncio.create_task(post("getUpdates", timeout=30))
    await waiting(api)
    assert (await post("getUpdates"))["result"] == []
    assert await first == {"ok": False, "error_code": 409, "description": OTHER}


async def test_a_poller_that_hung_up_does_not_wait_on(
    api: LocalBotApi, http: httpx.AsyncClient
) -> None:
    poll = asyncio.create_task(http.post("getUpdates", json={"timeout": 30}))
    await waiting(api)
    poll.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await poll
    await until(lambda: api.calls("getUpdates")[0].code == 200, every_s=0)


async def test_a_waiting_poll_ends_with_the_server() -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        async with local_bot_api(limits=Limits.off()) as api:
            url = f"{api.base_url}{api.token}/getUpdates"
            poll = asyncio.create_task(client.post(url, json={"timeout": 30}))
            await waiting(api)
        assert (await poll).json() == {"ok": True, "result": []}


async def test_a_poll_without_updates_ends_after_its_timeout(post: Any) -> None:
    async with asyncio.timeout(3):
        assert (await post("getUpdates", timeout=1))["result"] == []


@pytest.mark.parametrize(
    ("token", "code", "description"),
    [("1:wrong", 401, "Unauthorized"), ("nonsense", 404, "Not Found")],
)
async def test_wrong_tokens_are_refused(
    api: LocalBotApi, http: httpx.AsyncClient, token: str, code: int, description: str
) -> None:
    response = await http.get(f"{api.base_url}{token}/getMe")
    assert response.status_code == code
    assert response.json() == {"ok": False, "error_code": code, "description": description}


async def test_tokens_can_be_added_and_revoked(api: LocalBotApi, http: httpx.AsyncClient) -> None:
    api.register("7:another")
    assert (await http.get(f"{api.base_url}7:another/getMe")).json()["ok"]
    api.revoke("7:another")
    assert (await http.get(f"{api.base_url}7:another/getMe")).status_code == 401


async def test_methods_that_are_unknown_or_not_implemented_say_so(post: Any) -> None:
    assert (await post("sendMesage"))["description"] == "Not Found"
    missing = await post("sendPoll")
    assert missing["error_code"] == 501
    assert "sendPoll" in missing["description"]


async def waiting(api: LocalBotApi) -> None:
    """Until a poll waits for updates."""
    await until(lambda: api.world.updates.has_waiter, every_s=0)
