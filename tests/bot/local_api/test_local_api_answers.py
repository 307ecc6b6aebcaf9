"""What the server sends is what Telegram published: every update and every result."""

import asyncio
import json
from typing import Any

import pytest

from bot.local_api import LocalBotApi, MemberStatus
from tests.bot.local_api.published import PUBLISHED

LEAVES: dict[str, Any] = {"Integer": int, "String": str, "Boolean": bool, "Float": (int, float)}


def complaints(value: Any, kinds: list[str], types: Any, path: str) -> list[str]:
    """What is wrong with a value that should be of one of these types."""
    each = [_of_kind(value, kind, types, path) for kind in kinds]
    return min(each, key=len)


def _of_kind(value: Any, kind: str, types: Any, path: str) -> list[str]:
    if kind.startswith("Array of "):
        inner = [kind.removeprefix("Array of ")]
        return [c for item in value for c in complaints(item, inner, types, path)]
    if kind in LEAVES:
        fits = isinstance(value, LEAVES[kind]) and isinstance(value, bool) == (kind == "Boolean")
        return [] if fits else [f"{path}: {value!r} is no {kind}"]
    if subtypes := types[kind].get("subtypes"):
        return complaints(value, subtypes, types, path)
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is no {kind}"]
    return _object(value, types[kind].get("fields", []), types, path)


def _object(value: Any, fields: Any, types: Any, path: str) -> list[str]:
    known = {field["name"]: field for field in fields}
    found = [f"{path}.{name} is unknown" for name in value if name not in known]
    found += [
        f"{path}.{n} is missing" for n, f in known.items() if f["required"] and n not in value
    ]
    for name, item in value.items():
        if name in known:
            found += complaints(item, known[name]["types"], types, f"{path}.{name}")
    return found


async def everything(api: LocalBotApi, post: Any) -> list[Any]:
    """Let everything happen; returns the updates."""
    kinds = ["message", "edited_message", "callback_query", "inline_query", "my_chat_member"]
    kinds += ["chat_member", "message_reaction", "channel_post"]
    await post("getUpdates", allowed_updates=kinds)
    alice, bob = api.person("Alice", username="alice"), api.person("Bob", last_name="B")
    first = await alice.send("see https://a.com")
    await alice.edit(first, "seen")
    await alice.react(first, "👍")
    await alice.upload("a.pdf", b"x", caption="c")
    await alice.upload("a.jpg", b"x", photo=True)
    group = api.group("News", alice, forum=True, bot=MemberStatus.ADMINISTRATOR)
    await alice.send("hi", chat=group, thread=api.topic(group, "T"), reply_to=None)
    for status in MemberStatus:
        api.set_status(group, bob, status, by=alice)
    api.migrate(api.group("Old", alice, supergroup=False))
    channel = api.channel("Wire", "wire", bot=MemberStatus.ADMINISTRATOR)
    wire = api.post(channel, "Breaking")
    await alice.forward(wire)
    await alice.forward(first, hidden=True)
    await alice.forward(first)
    keyboard = {"inline_keyboard": [[{"text": "B", "callback_data": "b"}]]}
    link = {"is_disabled": True}
    await post(
        "sendMessage",
        chat_id=alice.id,
        text="x",
        reply_markup=keyboard,
        link_preview_options=link,
        reply_parameters={"message_id": first.id},
    )
    sent = alice.messages()[-1]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(alice.press(sent, "B"))
        tasks.create_task(alice.ask_inline("q"))
        await asyncio.sleep(0)
        for key, method in zip(list(api.world.queries), ("Callback", "Inline"), strict=True):
            name = f"{method.lower()}_query_id"
            await post(f"answer{method}Query", **{name: key, "results": []})
    await post("editMessageText", chat_id=alice.id, message_id=sent.id, text="y")
    document = alice.messages()[1].media["document"]["file_id"]
    await post("sendDocument", chat_id=channel.id, document=document)
    await post("getFile", file_id=document)
    for method in ("getMe", "getWebhookInfo", "getMyCommands"):
        await post(method)
    for method in ("getChat", "getChatAdministrators"):
        await post(method, chat_id=group.id)
    await post("getChatMember", chat_id=group.id, user_id=bob.id)
    await post("setWebhook", url="http://127.0.0.1:1/")
    await post("getWebhookInfo")
    await post("deleteWebhook")
    return list((await post("getUpdates"))["result"])


async def test_updates_and_results_are_of_the_published_types(api: LocalBotApi, post: Any) -> None:
    if not PUBLISHED.exists():
        pytest.skip(f"needs the published Bot API: {PUBLISHED} is absent (SITREP_SHARED_DATA)")
    published = json.loads(PUBLISHED.read_text("utf-8"))
    updates = await everything(api, post)
    found = complaints(updates, ["Array of Update"], published["types"], "update")
    for call in api.calls():
        assert call.ok, call
        returns = published["methods"][call.method]["returns"]
        found += complaints(call.result, returns, published["types"], call.method)
    assert found == []
    assert len({kind for update in updates for kind in update}) == 9
