"""Every refusal, by Telegram's own words."""

import json
from typing import Any

import pytest

from bot.local_api import LocalBotApi, MemberStatus, Person

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)


END = "entity beginning at UTF-16 offset 0 ends {} at {}"
NO_ACTION = "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"


def keyboard(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "B", **button}]]}


def entity(kind: str = "bold", offset: int = 0, length: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "text must be non-empty"),
        ({"text": "\u200b\u2060"[:1]}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "🎉" * 2049}, "message is too long"),
        ({"chat_id": 7}, "chat not found"),
        ({"chat_id": "@nobody"}, "chat not found"),
        ({"chat_id": None}, "chat_id is empty"),
        (
            {"entities": [entity(offset=9)]},
            "entity begins after the end of the text at UTF-16 offset 9",
        ),
        (
            {"entities": [entity(offset=3, length=9)]},
            END.format("after the end of the text", "UTF-16 offset 12").replace("0 ends", "3 ends"),
        ),
        ({"entities": [entity(offset=-1)]}, "receive an entity with incorrect offset -1"),
        ({"entities": [entity(length=-1)]}, "receive an entity with incorrect length -1"),
        (
            {"text": "👉x", "entities": [entity(offset=1)]},
            "entity begins in a middle of a UTF-16 symbol at byte offset 4",
        ),
        (
            {"text": "👉x", "entities": [entity(length=1)]},
            END.format("in a middle of a UTF-16 symbol", "byte offset 4"),
        ),
        (
            {"entities": [entity("shiny")]},
            "can't parse MessageEntity: Unsupported type specified",
        ),
        (
            {"entities": [{"type": "bold", "offset": 0}]},
            "can't parse MessageEntity: Can't find field \"length\"",
        ),
        (
            {"entities": [entity("text_link")]},
            "can't parse MessageEntity: Can't find field \"url\"",
        ),
        (
            {"entities": [entity("text_link", url="nodot")]},
            "entity URL 'nodot' is invalid: Wrong HTTP URL",
        ),
        (
            {"entities": [entity("text_link", url="ftp://a.com")]},
            "entity URL 'ftp://a.com' is invalid: Unsupported URL protocol",
        ),
        ({"reply_markup": keyboard(callback_data="x" * 65)}, "BUTTON_DATA_INVALID"),
        ({"reply_markup": keyboard(callback_data="я" * 33)}, "BUTTON_DATA_INVALID"),
        ({"reply_markup": keyboard(callback_data="")}, "BUTTON_DATA_INVALID"),
        (
            {"reply_markup": keyboard()},
            NO_ACTION,
        ),
        (
            {"reply_markup": keyboard(url="nodot")},
            "inline keyboard button URL 'nodot' is invalid: Wrong HTTP URL",
        ),
        ({"reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        ({"message_thread_id": 5}, "message thread not found"),
        ({"parse_mode": "XML"}, "unsupported parse_mode"),
    ],
)
async def test_a_message_that_telegram_refuses(
    alice: Person, post: Any, parameters: dict[str, Any], description: str
) -> None:
    refusal = await post("sendMessage", **({"chat_id": alice.id, "text": "hello"} | parameters))
    assert refusal["description"] == f"Bad Request: {description}"
    assert refusal["error_code"] == 400
    assert len(alice.messages()) == 1


async def test_parse_mode_is_refused_as_not_implemented(alice: Person, post: Any) -> None:
    refusal = await post("sendMessage", chat_id=alice.id, text="hello", parse_mode="HTML")
    assert refusal["error_code"] == 501


async def test_the_longest_texts_captions_and_data_are_accepted(alice: Person, post: Any) -> None:
    markup = keyboard(callback_data="я" * 32)
    sent = await post("sendMessage", chat_id=alice.id, text="🎉" * 2048, reply_markup=markup)
    assert sent["ok"]


async def test_a_reply_to_nothing_is_sent_without_if_that_is_allowed(
    alice: Person, post: Any
) -> None:
    reply = {"message_id": 99, "allow_sending_without_reply": True}
    sent = await post("sendMessage", chat_id=alice.id, text="hello", reply_parameters=reply)
    assert "reply_to_message" not in sent["result"]


async def test_edits_are_refused_where_telegram_does(alice: Person, post: Any) -> None:
    sent = (await post("sendMessage", chat_id=alice.id, text="hello"))["result"]["message_id"]

    async def edit(**parameters: Any) -> Any:
        return (await post("editMessageText", **({"chat_id": alice.id} | parameters)))[
            "description"
        ]

    assert await edit(message_id=sent, text="hello ") == NOT_MODIFIED
    assert await edit(message_id=99, text="x") == "Bad Request: message to edit not found"
    assert await edit(message_id=1, text="x") == "Bad Request: message can't be edited"
    assert await edit(text="x") == "Bad Request: message identifier is not specified"
    assert await edit(message_id=sent) == "Bad Request: message text is empty"
    markup = await post("editMessageReplyMarkup", chat_id=alice.id, message_id=sent)
    assert markup["description"] == NOT_MODIFIED


async def test_deletion_is_refused_where_telegram_does(
    api: LocalBotApi, alice: Person, post: Any
) -> None:
    group = api.group("News", alice)
    theirs = await alice.send("hello", chat=group)

    async def delete(chat_id: int, message_id: int) -> Any:
        return await post("deleteMessage", chat_id=chat_id, message_id=message_id)

    gone = await delete(alice.id, 99)
    assert gone["description"] == "Bad Request: message to delete not found"
    refused = await delete(group.id, theirs.id)
    assert refused["description"] == "Bad Request: message can't be deleted"
    theirs.date -= 49 * 3600
    first = alice.messages()[0]
    first.date -= 49 * 3600
    late = await delete(alice.id, first.id)
    assert late["description"] == "Bad Request: message can't be deleted for everyone"
    api.set_status(group, api.bot, MemberStatus.ADMINISTRATOR, by=alice)
    assert (await delete(group.id, theirs.id))["result"] is True
    assert alice.messages(group) == []


async def test_who_blocked_the_bot_or_never_started_it_gets_no_messages(
    api: LocalBotApi, alice: Person, post: Any
) -> None:
    await alice.block_bot()
    blocked = await post("sendMessage", chat_id=alice.id, text="x")
    assert (blocked["error_code"], blocked["description"]) == (
        403,
        "Forbidden: bot was blocked by the user",
    )
    await alice.unblock_bot()
    assert (await post("sendMessage", chat_id=alice.id, text="x"))["ok"]
    stranger = await post("sendMessage", chat_id=api.person("Bob").id, text="x")
    assert (stranger["error_code"], stranger["description"]) == (
        403,
        "Forbidden: bot can't initiate conversation with a user",
    )


@pytest.mark.parametrize(
    ("status", "supergroup", "description"),
    [
        (MemberStatus.KICKED, False, "bot was kicked from the group chat"),
        (MemberStatus.KICKED, True, "bot was kicked from the supergroup chat"),
        (MemberStatus.LEFT, True, "bot is not a member of the supergroup chat"),
    ],
)
async def test_a_bot_that_is_gone_from_a_group_is_told(
    api: LocalBotApi,
    alice: Person,
    post: Any,
    status: MemberStatus,
    supergroup: bool,
    description: str,
) -> None:
    group = api.group("News", alice, supergroup=supergroup)
    api.set_status(group, api.bot, status, by=alice)
    for method in ("sendMessage", "getChat"):
        refusal = await post(method, chat_id=group.id, text="x")
        assert refusal["description"] == f"Forbidden: {description}"


async def test_a_group_that_moved_tells_where_it_is(
    api: LocalBotApi, alice: Person, post: Any
) -> None:
    group = api.group("News", alice, supergroup=False)
    new = api.migrate(group)
    refusal = await post("sendMessage", chat_id=group.id, text="x")
    assert refusal == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": new.id},
    }
    assert (await post("sendMessage", chat_id=new.id, text="x"))["ok"]
    updates = [u["message"] for u in (await post("getUpdates"))["result"] if "message" in u]
    assert updates[-2]["migrate_to_chat_id"] == new.id
    assert updates[-1]["migrate_from_chat_id"] == group.id


async def test_other_methods_refuse_in_telegrams_words(
    api: LocalBotApi, alice: Person, post: Any
) -> None:
    group, channel = api.group("News", alice), api.channel("Wire", bot=MemberStatus.MEMBER)
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("sendChatAction", {"chat_id": 1001}, "wrong parameter action in request"),
        (
            "sendChatAction",
            {"chat_id": 1001, "action": "dance"},
            "wrong parameter action in request",
        ),
        ("getFile", {"file_id": "x"}, "wrong file_id or the file is temporarily unavailable"),
        ("getFile", {}, "invalid file_id"),
        ("getChatMember", {"chat_id": group.id}, "invalid user_id specified"),
        ("getChatMember", {"chat_id": group.id, "user_id": 5}, "member not found"),
        (
            "getChatAdministrators",
            {"chat_id": 1001},
            "there are no administrators in the private chat",
        ),
        ("sendDocument", {"chat_id": 1001}, "there is no document in the request"),
        (
            "sendDocument",
            {"chat_id": 1001, "document": "https://example.com/a.pdf"},
            "wrong file identifier/HTTP URL specified",
        ),
        (
            "setMessageReaction",
            {"chat_id": 1001, "message_id": 99},
            "message to react not found",
        ),
        ("sendMessageDraft", {"chat_id": group.id, "draft_id": 1}, "TEXTDRAFT_PEER_INVALID"),
        (
            "sendMessage",
            {"chat_id": channel.id, "text": "x"},
            "need administrator rights in the channel chat",
        ),
        (
            "setMyCommands",
            {"commands": [{"command": "Bad!", "description": "x"}]},
            "BOT_COMMAND_INVALID",
        ),
        (
            "answerCallbackQuery",
            {"callback_query_id": "1"},
            "query is too old and response timeout expired or query ID is invalid",
        ),
        ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, "MESSAGE_TOO_LONG"),
        ("sendMessage", {"chat_id": "12x", "text": "x"}, "chat not found"),
        ("getChatMember", {"chat_id": 1001, "user_id": "x"}, "invalid user_id specified"),
    ]
    for method, parameters, description in cases:
        refusal = await post(method, **parameters)
        assert refusal["description"] == f"Bad Request: {description}", (method, parameters)


async def test_a_button_can_be_answered_once_and_not_too_late(api: LocalBotApi, post: Any) -> None:
    for wait in (0, 31):
        key, query = api.world.ask()
        query.asked_at -= wait
        answered = await post("answerCallbackQuery", callback_query_id=key)
        assert answered["ok"] is (wait == 0)
        assert not (await post("answerCallbackQuery", callback_query_id=key))["ok"]


async def test_forms_carry_structures_as_json_and_a_get_works_too(alice: Person, http: Any) -> None:
    form = {"chat_id": str(alice.id), "text": "hello", "entities": json.dumps([entity()])}
    by_form = (await http.post("SENDMESSAGE", data=form)).json()["result"]
    by_query = (await http.get("sendMessage", params=form | {"text": "again"})).json()["result"]
    assert by_form["entities"] == by_query["entities"] == [entity()]
    bad = await http.post("sendMessage", content=b"[", headers={"content-type": "application/json"})
    assert bad.json()["error_code"] == 400


async def test_parameters_that_telegram_would_ignore_are_noted(
    api: LocalBotApi, alice: Person, post: Any
) -> None:
    markup = keyboard(callback_data="x", colour="red")
    await post("sendMessage", chat_id=alice.id, text="x", txet="y", reply_markup=markup)
    assert api.unknown_parameters == {
        "sendMessage.txet",
        "sendMessage.reply_markup.inline_keyboard.colour",
    }
