"""Channels subscribed by their admins: checks, posts, and the end of a subscription."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.background import Clock
from bot.features.subscriptions.schedule import ChatThread, Subscription, SubscriptionState
from bot.features.subscriptions.store import Subscriptions
from bot.local_api import MemberStatus, Message, Person
from retrieval.models import ArticleDraft, Precision, Published
from tests.support.archives import cut
from tests.support.bots import READER_ID, RunningBot, running_bot
from tests.support.deliveries import from_bot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.local_api import Chat

NOON = datetime(2024, 11, 23, 12, tzinfo=UTC)
FLOOD = {
    "Echo": "The river Ister rose by two metres. On Saturday 1,200 people were moved.",
    "Planet": "In Ostrov 1,200 people were moved after the river rose. Boats are at work.",
}


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
async def bot(tmp_path: Path, clock: Clock) -> AsyncIterator[RunningBot]:
    async with running_bot(tmp_path, clock=clock) as bot:
        yield bot


@pytest.fixture
def channel(bot: RunningBot) -> Chat:
    return bot.api.channel(
        "War Notes", "warnotes", creator=bot.reader, bot=MemberStatus.ADMINISTRATOR
    )


async def publish(bot: RunningBot, at: datetime) -> None:
    for outlet, text in FLOOD.items():
        one = ArticleDraft(
            f"Ostrov flood: {outlet} reports",
            text,
            outlet,
            f"https://{outlet.lower()}.example/flood",
            published=Published(at, Precision.MINUTE),
            language="en",
        )
        await bot.library.archive.articles.store(one, cut(text), added_by="test")
    await bot.library.indexer.work()


async def says(person: Person, text: str) -> Message:
    await person.send(text)
    return await person.wait_for_reply()


def labels(message: Message) -> list[str]:
    return [button.text for row in message.buttons for button in row]


async def test_an_admin_subscribes_a_channel_and_it_gets_posts_without_buttons(
    bot: RunningBot, channel: Chat, clock: Clock
) -> None:
    rita = bot.reader
    page = await says(rita, "/subscribe @WarNotes 13:00 UTC")
    assert page.text == (
        "Posted in @warnotes.\nEvery day at 13:00 (UTC), standard length, about all news. "
        "On days without news, nothing is sent.\n\nNext: Saturday 23 November, 13:00."
    )
    await publish(bot, NOON)
    clock.forward(NOON + timedelta(hours=1))
    post = await rita.wait_for_reply(chat=channel)
    assert "1,200 people were moved" in post.text
    assert not post.buttons
    kinds = [one["type"] for one in post.entities]
    assert "expandable_blockquote" in kinds
    assert "text_link" in kinds
    assert from_bot(bot.api, READER_ID)[-1].text == page.text, "nothing more in private"


async def test_the_zone_that_is_asked_for_is_the_channels(bot: RunningBot, channel: Chat) -> None:
    rita = bot.reader
    page = await says(rita, "/subscribe t.me/warnotes Kursk")
    assert "Which time zone?" in page.text
    page = await says(rita, "Kyiv")
    assert "Posted in @warnotes.\nEvery day at 8:00 (Europe/Kyiv)" in page.text
    page = await pressed(rita, page, "✓ Subscribe")
    page = await pressed(rita, page, "Change")
    page = await pressed(rita, page, "Length: standard")
    page = await pressed(rita, page, "In depth")
    (one,) = await subscribed(bot, channel)
    assert (one.state, one.terms.length, one.terms.zone) == ("active", "depth", "Europe/Kyiv")
    own = await says(rita, "/subscribe 8:00")
    assert "Which time zone?" in own.text, "the channel's is not the reader's"


async def test_lists_show_a_channels_briefings_to_its_admins_alone(
    bot: RunningBot, channel: Chat
) -> None:
    rita, ada = bot.reader, bot.admin
    await says(rita, "/subscribe @warnotes 7:30 UTC Kursk")
    own = await says(rita, "/subscribe 9:00 UTC energy")
    listed = await says(rita, "/subscriptions")
    assert "2 briefings here" in listed.text
    assert "9:00 every day" in labels(listed)[0]
    assert labels(listed)[1] == "2. 7:30 every day · @warnotes"
    refused = await says(ada, "/subscriptions @warnotes")
    assert refused.text == "Only the admins of @warnotes can manage its briefings."
    # a button that somebody sends without having been shown it
    theirs = await says(ada, "/subscribe 9:00 UTC")
    markup = theirs.versions[-1].markup or {}
    markup["inline_keyboard"][0][0]["callback_data"] = "sub:1:erase"
    assert "no longer exists" in (await ada.press(theirs, 1)).text
    bot.api.set_status(channel, ada, MemberStatus.ADMINISTRATOR, by=rita)
    page = await says(ada, "/subscriptions @warnotes")
    page = await pressed(ada, page, "Delete")
    page = await pressed(ada, page, "Delete it")
    assert await subscribed(bot, channel) == []
    assert (await says(rita, "/subscriptions")).text == own.text


IN_THE_WAY = [
    ("@nobodys", "I can't find @nobodys. Check the name, make me an admin of the channel"),
    ("@elsewhere", "I'm not in @elsewhere yet. Make me an admin"),
    ("@silent", "I'm not allowed to post in @silent. Give me the right to post messages"),
    ("@theirs", "Only the admins of @theirs can manage its briefings."),
    ("-1001234567", "I can't find -1001234567. Check the name"),
    ("{group}", "{group} is not a channel. In a group, send /subscribe in the group itself."),
]


async def test_what_stands_in_the_way_is_said_in_one_sentence(bot: RunningBot) -> None:
    api, rita = bot.api, bot.reader
    api.channel("Elsewhere", "elsewhere", creator=rita)
    api.channel("Silent", "silent", creator=rita, bot=MemberStatus.ADMINISTRATOR, may_post=False)
    api.channel("Theirs", "theirs", creator=bot.admin, bot=MemberStatus.ADMINISTRATOR)
    group = api.group("Readers", rita)
    for asked, said in IN_THE_WAY:
        reply = await says(rita, f"/subscribe {asked.format(group=group.id)} 8:00 UTC")
        assert reply.text.startswith(said.format(group=group.id))


async def test_a_channel_is_not_subscribed_in_a_group(bot: RunningBot, channel: Chat) -> None:
    group = bot.api.group("Readers", bot.reader)
    await bot.reader.send("/subscribe @warnotes 8:00 UTC", chat=group)
    reply = await bot.reader.wait_for_reply(chat=group)
    assert "in our private chat" in reply.text
    assert await subscribed(bot, channel) == []


async def test_a_private_channel_is_named_by_the_link_to_a_post(bot: RunningBot) -> None:
    channel = bot.api.channel("Closed Notes", creator=bot.reader, bot=MemberStatus.ADMINISTRATOR)
    inner = str(channel.id).removeprefix("-100")
    page = await says(bot.reader, f"/subscribe https://t.me/c/{inner}/12 8:00 UTC")
    assert page.text.startswith("Posted in Closed Notes.\nEvery day at 8:00")


async def test_being_removed_from_a_channel_ends_its_briefings(
    bot: RunningBot, channel: Chat
) -> None:
    await says(bot.reader, "/subscribe @warnotes 8:00 UTC")
    bot.api.set_status(channel, bot.api.bot, MemberStatus.LEFT, by=bot.reader)
    told = await bot.reader.wait_for_reply()
    assert told.text == "I was removed from @warnotes, so its briefings have ended."
    assert await subscribed(bot, channel) == []


async def test_losing_the_right_to_post_stops_them_until_they_are_resumed(
    bot: RunningBot, channel: Chat
) -> None:
    await says(bot.reader, "/subscribe @warnotes 8:00 UTC")
    channel.may_not_post.add(bot.api.bot.id)
    bot.api.set_status(channel, bot.api.bot, MemberStatus.ADMINISTRATOR, by=bot.reader)
    told = await bot.reader.wait_for_reply()
    assert told.text.startswith("I'm no longer allowed to post in @warnotes, so its briefings")
    page = await says(bot.reader, "/subscriptions")
    assert "Stopped, because Telegram didn't let me post" in page.text
    page = await pressed(bot.reader, page, "Resume")
    (one,) = await subscribed(bot, channel)
    assert one.state is SubscriptionState.ACTIVE


async def test_a_channel_is_spoken_to_in_its_admins_language(bot: RunningBot, clock: Clock) -> None:
    stan = bot.api.person("Stan", language_code="uk")
    channel = bot.api.channel("Новини", "novyny", creator=stan, bot=MemberStatus.ADMINISTRATOR)
    await says(stan, "/subscribe @novyny 13:00 UTC")
    await publish(bot, NOON)
    clock.forward(NOON + timedelta(hours=1))
    post = await stan.wait_for_reply(chat=channel)
    assert "23 листопада" in post.text


async def subscribed(bot: RunningBot, channel: Chat) -> list[Subscription]:
    return await Subscriptions(bot.library.database).listed(ChatThread(channel.id))


async def pressed(person: Person, message: Message, button: str) -> Message:
    before = len(message.versions)
    await person.press(message, button)
    return await message.wait_until(lambda one: len(one.versions) > before)
