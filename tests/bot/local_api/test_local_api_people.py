"""What people can do, what the bot hears of it, and what they see."""

import asyncio
import json

import httpx
import pytest
import telegram
from telegram import BotCommand, BotCommandScopeChat, ReactionTypeEmoji

from bot.local_api import Limits, LocalBotApi, MemberStatus, Person, local_bot_api


@pytest.fixture
async def alice(api: LocalBotApi) -> Person:
    alice = api.person("Alice", id=1001, username="alice")
    await alice.send("/start")
    return alice


async def heard(bot: telegram.Bot) -> list[telegram.Update]:
    """The updates since the last time."""
    updates = await bot.get_updates(allowed_updates=telegram.Update.ALL_TYPES)
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    return list(updates)


async def test_replies_come_one_by_one_and_waiting_has_an_end(
    bot: telegram.Bot, alice: Person
) -> None:
    waiting = asyncio.create_task(alice.wait_for_reply())
    await bot.send_message(1001, "one")
    await bot.send_message(1001, "two")
    assert (await waiting).text == "one"
    assert (await alice.wait_for_reply()).text == "two"
    with pytest.raises(TimeoutError):
        await alice.wait_for_reply(timeout=0.01)


async def test_an_edit_can_be_waited_for(bot: telegram.Bot, alice: Person) -> None:
    sent = await bot.send_message(1001, "…")
    waiting = asyncio.create_task(alice.wait_for(lambda message: "done" in message.text))
    await bot.edit_message_text("half", 1001, sent.message_id)
    await bot.edit_message_text("done", 1001, sent.message_id)
    message = await waiting
    assert [version.text for version in message.versions] == ["…", "half", "done"]
    assert message.edited


async def test_a_press_reaches_the_bot_and_brings_its_answer(
    bot: telegram.Bot, alice: Person
) -> None:
    keyboard = telegram.InlineKeyboardMarkup(
        [
            [telegram.InlineKeyboardButton("Sources", callback_data="s")],
            [telegram.InlineKeyboardButton("Open", url="https://a.com")],
        ]
    )
    await bot.send_message(1001, "x", reply_markup=keyboard)
    message = await alice.wait_for_reply()
    await heard(bot)
    pressing = asyncio.create_task(alice.press(message, 1))
    (update,) = await bot.get_updates(timeout=5)
    assert update.callback_query
    assert update.callback_query.data == "s"
    assert update.callback_query.message
    assert update.callback_query.message.message_id == message.id
    await update.callback_query.answer("Two sources", show_alert=True)
    answer = await pressing
    assert (answer.text, answer.show_alert) == ("Two sources", True)
    assert (await alice.press(message, "Open")).url == "https://a.com/"
    with pytest.raises(LookupError, match="Sources"):
        await alice.press(message, "Nothing")
    with pytest.raises(TimeoutError):
        await alice.press(message, "Sources", timeout=0.01)


async def test_blocking_and_coming_back_is_told(bot: telegram.Bot, alice: Person) -> None:
    await heard(bot)
    await alice.block_bot()
    with pytest.raises(PermissionError):
        await alice.send("hello?")
    await alice.unblock_bot()
    changes = [u.my_chat_member for u in await heard(bot) if u.my_chat_member]
    statuses = [c.difference()["status"] for c in changes]
    assert statuses == [("member", "kicked"), ("kicked", "member")]


async def test_edits_replies_and_forwards_are_told(
    api: LocalBotApi, bot: telegram.Bot, alice: Person
) -> None:
    await heard(bot)
    first = await alice.send("one")
    await alice.edit(first, "uno")
    await alice.send("two", reply_to=first)
    channel = api.channel("Wire", "wire")
    post = api.post(channel, "Breaking https://a.com")
    await alice.forward(post)
    await alice.forward(first, hidden=True)
    updates = await heard(bot)
    assert updates[1].edited_message
    assert updates[1].edited_message.text == "uno"
    messages = [u.effective_message for u in updates]
    assert messages[2]
    assert messages[2].reply_to_message
    assert messages[2].reply_to_message.text == "uno"
    assert messages[3]
    origin = messages[3].forward_origin
    assert isinstance(origin, telegram.MessageOriginChannel)
    assert (origin.chat.username, origin.message_id) == ("wire", post.id)
    assert messages[3].entities[0].type == "url"
    assert messages[4]
    assert isinstance(messages[4].forward_origin, telegram.MessageOriginHiddenUser)


async def test_in_groups_privacy_mode_lets_through_what_is_meant_for_the_bot(
    api: LocalBotApi, bot: telegram.Bot, alice: Person
) -> None:
    group = api.group("News", alice)
    ours = await bot.send_message(group.id, "hello")
    await heard(bot)
    await alice.send("chatter", chat=group)
    await alice.send("/ask@another_bot what", chat=group)
    await alice.send(f"/ask@{api.bot.username} what", chat=group)
    await alice.send("/start", chat=group)
    await alice.send(f"hey @{api.bot.username}!", chat=group)
    await alice.send("really?", chat=group, reply_to=group.messages[ours.message_id])
    texts = [u.effective_message.text for u in await heard(bot) if u.effective_message]
    assert texts == [
        f"/ask@{api.bot.username} what",
        "/start",
        f"hey @{api.bot.username}!",
        "really?",
    ]
    api.set_status(group, api.bot, MemberStatus.ADMINISTRATOR, by=alice)
    await alice.send("chatter", chat=group)
    assert (await heard(bot))[-1].effective_message


async def test_without_privacy_mode_the_bot_hears_everything() -> None:
    async with local_bot_api(limits=Limits.off(), privacy_mode=False) as api:
        alice = api.person("Alice")
        group = api.group("News", alice)
        await alice.send("chatter", chat=group)
        assert len(api.world.updates) == 2  # that the bot was added, and the message


async def test_members_and_roles_are_known(
    api: LocalBotApi, bot: telegram.Bot, alice: Person
) -> None:
    bob, carol, dave = (api.person(name) for name in ("Bob", "Carol", "Dave"))
    group = api.group("News", alice, [bob], administrators=[carol])
    members = {
        person.user.first_name: (await bot.get_chat_member(group.id, person.id)).status
        for person in (alice, bob, carol, dave)
    }
    assert members == {
        "Alice": "creator",
        "Bob": "member",
        "Carol": "administrator",
        "Dave": "left",
    }
    administrators = await bot.get_chat_administrators(group.id)
    assert {member.user.first_name for member in administrators} == {"Alice", "Carol"}
    chat = await bot.get_chat(group.id)
    assert (chat.title, chat.type) == ("News", "supergroup")
    with pytest.raises(PermissionError):
        await dave.send("hi", chat=group)
    api.set_status(group, bob, MemberStatus.KICKED, by=alice)
    assert (await bot.get_chat_member(group.id, bob.id)).status == "kicked"


async def test_forum_topics_keep_messages_apart(
    api: LocalBotApi, bot: telegram.Bot, alice: Person
) -> None:
    group = api.group("News", alice, forum=True)
    topic = api.topic(group, "Egypt")
    await heard(bot)
    await alice.send("/ask", chat=group, thread=topic)
    message = (await heard(bot))[0].message
    assert message
    assert message.is_topic_message
    reply = await message.reply_text("here")
    assert reply.message_thread_id == topic
    assert (await alice.wait_for_reply(chat=group)).thread == topic


async def test_reactions_drafts_actions_and_deletions_are_seen(
    api: LocalBotApi, bot: telegram.Bot, alice: Person
) -> None:
    first = alice.messages()[0]
    await bot.set_message_reaction(1001, first.id, ReactionTypeEmoji("👍"))
    assert first.reactions[api.bot.id] == [{"type": "emoji", "emoji": "👍"}]
    await bot.send_chat_action(1001, "typing")
    assert [action.action for action in api.chat_actions] == ["typing"]
    await bot.send_message_draft(1001, 7, "Thin")
    await bot.send_message_draft(1001, 7, "Thinking")
    assert [draft.text for draft in api.drafts] == ["Thin", "Thinking"]
    sent = await bot.send_message(1001, "oops")
    await sent.delete()
    await alice.delete(first)
    assert alice.messages() == []
    assert api.unknown_parameters == set()


async def test_commands_are_kept_by_scope_and_language(bot: telegram.Bot, alice: Person) -> None:
    scope = BotCommandScopeChat(alice.id)
    await bot.set_my_commands([BotCommand("ask", "Ask")])
    await bot.set_my_commands([BotCommand("ask", "Спросить")], language_code="ru", scope=scope)
    assert [c.description for c in await bot.get_my_commands()] == ["Ask"]
    assert (await bot.get_my_commands(scope=scope, language_code="ru"))[0].command == "ask"
    await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()


async def test_inline_queries_are_answered(bot: telegram.Bot, alice: Person) -> None:
    await heard(bot)
    asking = asyncio.create_task(alice.ask_inline("egypt"))
    (update,) = await bot.get_updates(timeout=5)
    assert update.inline_query
    assert update.inline_query.from_user.id == alice.id
    content = telegram.InputTextMessageContent("Egypt")
    result = telegram.InlineQueryResultArticle("1", "Egypt", content)
    await update.inline_query.answer([result])
    (found,) = await asking
    assert found["title"] == "Egypt"
    shared = await alice.share(found)
    assert (shared.text, shared.extra["via_bot"]["is_bot"]) == ("Egypt", True)
    (update,) = await bot.get_updates(offset=update.update_id + 1, timeout=5)
    assert update.message
    assert update.message.via_bot == await bot.get_me()


@pytest.mark.parametrize(
    ("results", "button", "error"),
    [
        ([("1", "a"), ("1", "b")], None, "RESULT_ID_DUPLICATE"),
        ([("x" * 65, "a")], None, "RESULT_ID_INVALID"),
        ([("1", "a" * 4097)], None, "MESSAGE_TOO_LONG"),
        ([], "no spaces, please", "START_PARAM_INVALID"),
    ],
)
async def test_results_that_telegram_would_not_take(
    bot: telegram.Bot,
    alice: Person,
    results: list[tuple[str, str]],
    button: str | None,
    error: str,
) -> None:
    await heard(bot)
    asking = asyncio.create_task(alice.ask_inline("egypt"))
    (update,) = await bot.get_updates(timeout=5)
    assert update.inline_query
    found = [
        telegram.InlineQueryResultArticle(name, "T", telegram.InputTextMessageContent(text))
        for name, text in results
    ]
    shown = telegram.InlineQueryResultsButton("B", start_parameter=button) if button else None
    with pytest.raises(telegram.error.BadRequest, match=f"(?i){error}"):
        await update.inline_query.answer(found, button=shown)
    asking.cancel()


async def test_what_the_bot_asked_for_is_kept(
    api: LocalBotApi, bot: telegram.Bot, alice: Person
) -> None:
    await bot.send_message(
        alice.id, "x" * 150, entities=[telegram.MessageEntity("bold", i, 1) for i in range(150)]
    )
    (call,) = api.calls("sendMessage", chat_id=1001)
    assert call.ok
    assert call.ignored_entities == 50
    assert call.parameters["text"] == "x" * 150
    assert api.calls("sendMessage", chat_id=5) == []


async def test_a_chat_can_be_watched_for_what_is_new_and_what_changes(
    bot: telegram.Bot, alice: Person
) -> None:
    seen = []
    sent = await bot.send_message(alice.id, "before")
    watching = alice.watch()
    first = asyncio.ensure_future(anext(watching))
    await asyncio.sleep(0)
    await bot.send_message(alice.id, "new")
    seen.append((await first).text)
    await bot.edit_message_text("changed", alice.id, sent.message_id)
    await alice.send("not this")
    seen.append((await anext(watching)).text)
    assert seen == ["new", "changed"]


async def test_people_get_the_files_that_the_bot_sends(bot: telegram.Bot, alice: Person) -> None:
    await bot.send_document(alice.id, b"briefing", filename="briefing.txt")
    assert alice.download(await alice.wait_for_reply()) == b"briefing"
    await bot.send_photo(alice.id, b"jpeg")
    assert alice.download(await alice.wait_for_reply()) == b"jpeg"


async def test_people_cannot_do_what_telegram_would_not_let_them(
    bot: telegram.Bot, alice: Person
) -> None:
    sent = await bot.send_message(alice.id, "hello")
    with pytest.raises(PermissionError):
        await alice.edit(alice.private_chat().messages[sent.message_id], "changed")
    for text in (" ", "x" * 4097):
        with pytest.raises(ValueError, match="4096"):
            await alice.send(text)


async def test_user_ids_are_taken_once(api: LocalBotApi, alice: Person) -> None:
    with pytest.raises(ValueError, match="taken"):
        api.person("Eve", id=alice.id)


async def test_half_a_surrogate_pair_is_refused(http: httpx.AsyncClient, alice: Person) -> None:
    body = json.dumps({"chat_id": alice.id, "text": "x\ud83d"}).encode()
    headers = {"content-type": "application/json"}
    refusal = await http.post("sendMessage", content=body, headers=headers)
    assert refusal.json()["description"] == "Bad Request: strings must be encoded in UTF-8"
