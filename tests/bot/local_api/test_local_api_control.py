"""The server in another process, and the door through which people are driven there."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import telegram

from bot.local_api import TOKEN, Limits, LocalBotApi, local_bot_api


@pytest.fixture
async def api() -> AsyncIterator[LocalBotApi]:
    async with local_bot_api(limits=Limits.off(), control=True) as api:
        yield api


@pytest.fixture
def door(api: LocalBotApi, http: httpx.AsyncClient) -> Any:
    async def call(method: str, path: str, code: int = 200, /, **body: Any) -> Any:
        url = f"{api.address}/_local/{path}"
        response = await http.request(method, url, json=body if method == "POST" else None)
        assert response.status_code == code, response.text
        return response.json()

    return call


async def test_people_can_be_driven_over_http(bot: telegram.Bot, door: Any) -> None:
    alice = (await door("POST", "persons", first_name="Alice"))["id"]
    sent = await door("POST", f"persons/{alice}/send", text="/start")
    assert sent["entities"][0]["type"] == "bot_command"
    keyboard = telegram.InlineKeyboardMarkup(
        [[telegram.InlineKeyboardButton("Go", callback_data="g")]]
    )
    await bot.send_message(alice, "hello", reply_markup=keyboard)
    reply = await door("GET", f"persons/{alice}/reply?timeout=5")
    assert reply["text"] == "hello"
    last = (await bot.get_updates())[-1].update_id
    press = door("POST", f"persons/{alice}/press", message_id=reply["message_id"], button="Go")
    pressing = asyncio.create_task(press)
    updates = await bot.get_updates(offset=last + 1, timeout=4)
    assert updates[0].callback_query
    await updates[0].callback_query.answer("gone")
    assert (await pressing)["text"] == "gone"
    assert len(await door("GET", f"chats/{alice}/messages")) == 2
    assert [call["code"] for call in await door("GET", "calls?method=sendMessage")] == [200]


async def test_files_blocks_and_faults_go_through_the_door(
    api: LocalBotApi, post: Any, http: httpx.AsyncClient, door: Any
) -> None:
    await door("POST", "persons", first_name="Alice", id=7)
    url = f"{api.address}/_local/persons/7/upload?filename=a.txt&caption=Look"
    uploaded = (await http.post(url, content=b"text")).json()
    assert (uploaded["document"]["file_size"], uploaded["caption"]) == (4, "Look")
    await door(
        "POST", "faults", method="sendMessage", kind="too_many", arguments={"retry_after": 2}
    )
    assert (await post("sendMessage", chat_id=7, text="x"))["error_code"] == 429
    await door("POST", "persons/7/block", blocked=True)
    assert (await post("sendMessage", chat_id=7, text="x"))["error_code"] == 403
    await door("POST", "persons/7/block", blocked=False)
    assert (await post("sendMessage", chat_id=7, text="x"))["ok"]


async def test_the_door_says_what_is_wrong(door: Any) -> None:
    await door("POST", "persons", 400, name="Alice")
    await door("POST", "persons/5/send", 404, text="x")
    await door("POST", "faults", 400, method="getMe", kind="__init__")
    await door("POST", "persons", first_name="Alice", id=7)
    await door("POST", "persons", 400, first_name="Alice", id=7)
    await door("POST", "persons/7/send", 404, txt="x")
    await door("GET", "persons/7/reply?timeout=0.01", 408)


async def test_the_door_is_closed_unless_asked_for(http: httpx.AsyncClient) -> None:
    async with local_bot_api() as api:
        assert (await http.get(f"{api.address}/_local/calls")).status_code == 404


async def test_the_server_runs_in_a_process_of_its_own_until_terminated(
    http: httpx.AsyncClient,
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.local_api",
        "--control",
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )
    assert process.stdout
    base_url = (await process.stdout.readline()).decode().split()[1]
    assert (await http.get(f"{base_url}{TOKEN}/getMe")).json()["result"]["is_bot"]
    process.terminate()
    await process.communicate()
    assert process.returncode == 0
