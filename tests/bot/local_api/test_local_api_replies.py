"""Forced replies, places on the map, and administrators who write in the group's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import telegram

if TYPE_CHECKING:
    from bot.local_api import LocalBotApi


async def last(bot: telegram.Bot) -> telegram.Message:
    update = (await bot.get_updates())[-1]
    assert update.message
    return update.message


async def test_where_the_bot_asks_for_a_reply_the_next_message_is_one(
    api: LocalBotApi, bot: telegram.Bot
) -> None:
    alice = api.person("Alice")
    await alice.send("/start")
    asked = await bot.send_message(alice.id, "City?", reply_markup=telegram.ForceReply())
    await alice.send("Kyiv")
    answer = await last(bot)
    assert answer.reply_to_message
    assert answer.reply_to_message.message_id == asked.message_id
    await alice.send("and now something else")
    assert (await last(bot)).reply_to_message is None


async def test_a_forced_reply_stays_in_its_topic(api: LocalBotApi, bot: telegram.Bot) -> None:
    alice = api.person("Alice")
    group = api.group("News", alice, forum=True)
    topic = api.topic(group, "Egypt")
    reply = telegram.ForceReply()
    await bot.send_message(group.id, "City?", message_thread_id=topic, reply_markup=reply)
    await alice.send("/elsewhere", chat=group)
    assert (await last(bot)).reply_to_message is None
    await alice.send("Cairo", chat=group, thread=topic)
    assert (await last(bot)).reply_to_message


async def test_a_place_on_the_map_reaches_the_bot(api: LocalBotApi, bot: telegram.Bot) -> None:
    alice = api.person("Alice")
    await alice.send("/start")
    asked = await bot.send_message(alice.id, "Where?", reply_markup=telegram.ForceReply())
    sent = await alice.send_location(50.45, 30.52)
    message = await last(bot)
    assert message.location
    assert (message.location.latitude, message.location.longitude) == (50.45, 30.52)
    assert message.text is None
    assert message.reply_to_message
    assert message.reply_to_message.message_id == asked.message_id
    await alice.send_location(1.0, 2.0, reply_to=sent)
    assert (await last(bot)).reply_to_message


async def test_who_writes_in_the_groups_name_is_not_named(
    api: LocalBotApi, bot: telegram.Bot
) -> None:
    alice = api.person("Alice")
    group = api.group("News", alice)
    await alice.send("/start", chat=group, anonymous=True)
    message = await last(bot)
    assert message.sender_chat
    assert message.sender_chat.id == group.id
    assert message.from_user
    assert message.from_user.username == "GroupAnonymousBot"
    assert message.from_user.is_bot
