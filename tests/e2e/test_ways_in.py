"""Admins add articles by pasted links, forwarded posts and channels."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bot.features.channels import Channels
from bot.local_api import Fault, MemberStatus
from retrieval.errors import ArchiveError
from retrieval.storage import tables
from tests.support.bots import RunningBot, running_bot
from tests.support.waiting import until
from tests.support.web import PAGE, WebServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.local_api import Chat, Message
    from retrieval.models import Article

POST = "Soldiers crossed the border near Sudzha on Tuesday, the channel says. " * 2
LATER = "Soldiers went back over the border near Sudzha on Friday, the channel says. " * 2


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with running_bot(tmp_path, fetch_host_pause_s=0) as bot:
        yield bot


async def article(bot: RunningBot, number: int) -> Article:
    return await bot.library.archive.articles.get(number)


async def count(bot: RunningBot) -> int:
    return (await bot.library.archive.catalogue.summary()).articles


async def confirm(bot: RunningBot, words: str) -> Message:
    """Press the first button of the bot's offer; the message when all is read."""
    offer = await bot.admin.wait_for_reply()
    assert words in offer.text
    await bot.admin.press(offer, 1)
    return await offer.wait_until(
        lambda message: not message.text.startswith(("Add th", "Reading")), 20
    )


async def test_pasted_links_are_added_when_the_admin_says_so(
    bot: RunningBot, web: WebServer
) -> None:
    tracked = f"{web.url}/n/1?utm_source=newsletter"
    await bot.admin.send(f"For today:\n{web.url}/n/1\n{tracked}\n{web.url}/story")
    done = await confirm(bot, "Add these 2 links to the archive?")
    assert done.text.startswith("2 added")
    assert PAGE.title in done.text
    assert not done.buttons
    assert web.asked["/n/1"] == 1


async def test_links_pasted_in_several_messages_are_one_offer(
    bot: RunningBot, web: WebServer
) -> None:
    for start in (0, 10, 20):
        await bot.admin.send("\n".join(f"{web.url}/n/{n}" for n in range(start, start + 10)))
    done = await confirm(bot, "Add these 30 links to the archive?")
    assert done.text == "30 added"


async def test_a_text_file_of_links_is_those_pages(bot: RunningBot, web: WebServer) -> None:
    links = "\r\n".join(f"{web.url}/n/{n}" for n in range(20))
    await bot.admin.upload("links.txt", f"\ufeff{links}\r\n".encode())
    reply = await bot.admin.wait_for_reply()
    await reply.wait_until(lambda message: message.text == "20 added", 20)


async def test_nothing_is_added_when_the_admin_says_no(bot: RunningBot, web: WebServer) -> None:
    await bot.admin.send(f"{web.url}/story")
    offer = await bot.admin.wait_for_reply()
    await bot.admin.press(offer, "no")
    await offer.wait_until(lambda message: message.text == "Not added.")
    assert not offer.buttons
    assert not web.asked
    assert await count(bot) == 0


async def test_an_offer_is_for_admins_only_and_for_its_chat(
    bot: RunningBot, web: WebServer
) -> None:
    await bot.reader.send(f"{web.url}/story")
    answer = await bot.reader.wait_for_reply()
    assert "Add this" not in answer.text
    assert not web.asked
    await bot.admin.send(f"{web.url}/story Is that true?")
    assert "Add this" not in (await bot.admin.wait_for_reply()).text


async def test_several_links_behind_add_show_one_message_and_failures_by_reason(
    bot: RunningBot, web: WebServer
) -> None:
    links = [f"{web.url}/n/{n}" for n in range(12)] + [f"{web.url}/missing", f"{web.url}/gone"]
    await bot.admin.send("/add " + " ".join(links))
    reply = await bot.admin.wait_for_reply()
    await reply.wait_until(lambda message: "12 added" in message.text, 30)
    await reply.wait_until(lambda message: not message.text.startswith("Reading"), 30)
    assert reply.text.startswith("12 added, 2 rejected\n\nNot added:\n• 2 × The page answered 404")
    assert [button.text for row in reply.buttons for button in row] == ["retry the 2 failed"]
    assert web.most_at_once <= 2
    assert len([one for one in bot.admin.messages() if one.sender == bot.api.bot]) == 1


async def test_what_failed_is_tried_again_and_nothing_else(bot: RunningBot, web: WebServer) -> None:
    links = [f"{web.url}/n/{n}" for n in range(3)] + [f"{web.url}/flaky/{n}" for n in (11, 12)]
    await bot.admin.send("/add " + " ".join(links))
    reply = await bot.admin.wait_for_reply()
    await reply.wait_until(lambda message: message.text.startswith("3 added, 2 rejected"), 20)
    web.mended = True
    await bot.admin.press(reply, "retry the 2 failed")
    await reply.wait_until(lambda message: message.text.startswith("5 added"), 20)
    assert "rejected" not in reply.text
    assert web.asked["/n/0"] == 1
    assert web.asked["/flaky/11"] == 2
    assert await count(bot) == 5


async def test_adding_can_be_stopped_and_continued(bot: RunningBot, web: WebServer) -> None:
    web.gate.clear()
    await bot.admin.send("/add " + " ".join(f"{web.url}/n/{n}" for n in range(10)))
    reply = await bot.admin.wait_for_reply()
    assert reply.text.startswith("Reading … 0 of 10")
    await bot.admin.press(reply, "stop")
    web.gate.set()
    await reply.wait_until(lambda message: message.text.startswith("Stopped. "), 20)
    before = await count(bot)
    assert before <= 2
    await bot.admin.press(reply, "continue")
    await reply.wait_until(lambda message: message.text.startswith("10 added"), 20)
    assert await count(bot) == 10
    assert set(web.asked.values()) == {1}


async def test_the_end_of_a_job_whose_message_was_deleted_is_told_in_a_new_one(
    bot: RunningBot, web: WebServer
) -> None:
    web.gate.clear()
    await bot.admin.send("/add " + " ".join(f"{web.url}/n/{n}" for n in range(3)))
    await bot.admin.delete(await bot.admin.wait_for_reply())
    web.gate.set()
    assert (await bot.admin.wait_for_reply()).text.startswith("3 added")


async def test_a_wait_that_telegram_asks_for_is_kept_and_the_end_is_told(
    bot: RunningBot, web: WebServer
) -> None:
    bot.api.faults.next("editMessageText", Fault.too_many(1), times=2)
    await bot.admin.send(f"/add {web.url}/n/1 {web.url}/n/2")
    reply = await bot.admin.wait_for_reply()
    await reply.wait_until(lambda message: message.text.startswith("2 added"), 20)


async def test_a_deleted_status_message_is_replaced_by_a_new_one(
    bot: RunningBot, web: WebServer
) -> None:
    web.gate.clear()
    await bot.admin.send(f"/add {web.url}/n/1 {web.url}/n/2")
    reply = await bot.admin.wait_for_reply()
    await bot.admin.delete(reply)
    web.gate.set()
    other = await bot.admin.wait_for_reply(timeout=20)
    assert other.text.startswith("2 added")


async def test_a_forwarded_post_has_its_channel_its_date_and_its_link(bot: RunningBot) -> None:
    channel = bot.api.channel("War Notes", "warnotes")
    post = bot.api.post(channel, POST)
    await bot.admin.forward(post)
    done = await confirm(bot, "Add this post to the archive?")
    assert done.text.startswith("Added: War Notes, ")
    stored = await article(bot, 1)
    assert (stored.outlet, stored.url) == ("War Notes", f"https://t.me/warnotes/{post.id}")
    assert stored.published is not None
    assert stored.published.at.timestamp() == pytest.approx(post.date, abs=60)


async def test_a_post_of_a_private_channel_has_the_link_that_members_can_open(
    bot: RunningBot,
) -> None:
    channel = bot.api.channel("Closed Notes")
    post = bot.api.post(channel, POST)
    await bot.admin.forward(post)
    await confirm(bot, "Add this post")
    number = str(channel.id).removeprefix("-100").lstrip("0")
    assert (await article(bot, 1)).url == f"https://t.me/c/{number}/{post.id}"


@pytest.mark.parametrize("hidden", [False, True])
async def test_a_message_of_a_person_has_their_name_and_no_link(
    bot: RunningBot, hidden: bool
) -> None:
    written = await bot.reader.send(POST)
    await bot.admin.forward(written, hidden=hidden)
    await confirm(bot, "Add this post")
    stored = await article(bot, 1)
    assert (stored.outlet, stored.url) == ("Rita", None)


async def test_posts_forwarded_together_are_one_offer_and_an_album_is_one_post(
    bot: RunningBot,
) -> None:
    channel = bot.api.channel("War Notes", "warnotes")
    album = [
        bot.api.post(channel, "", photo=b"1", album="a"),
        bot.api.post(channel, POST, photo=b"2", album="a"),
        bot.api.post(channel, "", photo=b"3", album="a"),
    ]
    for post in [*album, bot.api.post(channel, LATER)]:
        await bot.admin.forward(post)
    done = await confirm(bot, "Add these 2 posts to the archive?")
    assert done.text.startswith("2 added")
    assert {(await article(bot, n)).url for n in (1, 2)} == {
        f"https://t.me/warnotes/{album[1].id}",
        f"https://t.me/warnotes/{album[1].id + 2}",
    }


async def test_both_captions_of_a_forwarded_album_are_read(bot: RunningBot) -> None:
    channel = bot.api.channel("War Notes", "warnotes")
    album = [
        bot.api.post(channel, POST, photo=b"1", album="a"),
        bot.api.post(channel, LATER, photo=b"2", album="a"),
    ]
    for post in album:
        await bot.admin.forward(post)
    await confirm(bot, "Add this post")
    stored = await article(bot, 1)
    assert stored.url == f"https://t.me/warnotes/{album[0].id}"
    async with bot.library.database.read() as connection:
        text = (await connection.execute(select(tables.revision.c.text))).scalar_one()
    assert POST.split(".", maxsplit=1)[0] in text
    assert LATER.split(".", maxsplit=1)[0] in text


async def test_a_forwarded_post_without_text_says_why_it_is_not_added(bot: RunningBot) -> None:
    channel = bot.api.channel("War Notes", "warnotes")
    await bot.admin.forward(bot.api.post(channel, "", photo=b"1"))
    done = await confirm(bot, "Add this post")
    assert "The post has no text, and I can't read pictures or videos." in done.text


async def test_a_forwarded_post_that_is_only_a_link_is_that_page(
    bot: RunningBot, web: WebServer
) -> None:
    channel = bot.api.channel("War Notes", "warnotes")
    await bot.admin.forward(bot.api.post(channel, f"{web.url}/story"))
    done = await confirm(bot, "Add this link to the archive?")
    assert done.text.startswith(f"Added: {PAGE.outlet}")


async def test_what_a_reader_forwards_is_a_question(bot: RunningBot) -> None:
    channel = bot.api.channel("War Notes", "warnotes")
    await bot.reader.forward(bot.api.post(channel, POST))
    assert "Add this" not in (await bot.reader.wait_for_reply()).text


async def joined(bot: RunningBot, title: str = "War Notes") -> Chat:
    channel = bot.api.channel(title, "warnotes")
    await put(bot, channel, MemberStatus.ADMINISTRATOR)
    return channel


async def put(bot: RunningBot, channel: Chat, status: MemberStatus) -> None:
    """Put the bot into a channel or out of it, and wait until it knows."""
    bot.api.set_status(channel, bot.api.bot, status, by=bot.admin)
    known = Channels(bot.library.database)

    async def knows() -> bool:
        return bool(await known.joined()) is not (status is MemberStatus.KICKED)

    await until(knows)


async def switch_on(bot: RunningBot) -> Message:
    """`/channels` and its one button."""
    listed = await _listed(bot)
    [[button]] = listed.buttons
    assert button.text.endswith(": off")
    await bot.admin.press(listed, 1)
    return await listed.wait_until(lambda message: message.buttons[0][0].text.endswith(": on"))


async def _listed(bot: RunningBot) -> Message:
    await bot.admin.send("/channels")
    return await bot.admin.wait_for_reply()


async def stored_revision(bot: RunningBot, number: int, revision: int) -> Article:
    """An article once it has this revision; the indexer tells when something was stored."""

    async def stored() -> Article | None:
        with suppress(ArchiveError):
            found = await article(bot, number)
            return found if found.revision == revision else None
        return None

    return await until(stored)


async def test_a_channels_posts_are_added_once_it_is_switched_on_and_edits_revise_them(
    bot: RunningBot,
) -> None:
    channel = await joined(bot)
    bot.api.post(channel, "Nobody switched this on, so nobody will read it in the archive. " * 2)
    await _listed(bot)  # what was posted before has been looked at by now
    await switch_on(bot)
    post = bot.api.post(channel, POST)
    first = await stored_revision(bot, 1, 1)
    assert (first.outlet, first.url) == ("War Notes", f"https://t.me/warnotes/{post.id}")
    bot.api.edit_post(post, LATER)
    assert (await stored_revision(bot, 1, 2)).title != first.title
    assert await count(bot) == 1
    await bot.reader.send("Who went back over the border near Sudzha?")
    assert "went back" in (await bot.reader.wait_for_reply()).text


async def test_of_an_album_in_a_channel_the_caption_is_the_post(bot: RunningBot) -> None:
    channel = await joined(bot)
    await switch_on(bot)
    bot.api.post(channel, "", photo=b"1", album="a")
    captioned = bot.api.post(channel, POST, photo=b"2", album="a")
    assert (await stored_revision(bot, 1, 1)).url == f"https://t.me/warnotes/{captioned.id}"
    assert await count(bot) == 1


async def test_a_channel_that_the_bot_was_put_out_of_is_gone_and_off_when_it_is_back(
    bot: RunningBot,
) -> None:
    channel = await joined(bot)
    listed = await switch_on(bot)
    await put(bot, channel, MemberStatus.KICKED)
    assert "I'm not in any channel yet" in (await _listed(bot)).text
    assert (await bot.admin.press(listed, 1)).text == "I'm no longer in that channel."
    await put(bot, channel, MemberStatus.ADMINISTRATOR)
    assert re.search(": off$", (await _listed(bot)).buttons[0][0].text)


async def test_readers_see_no_channels(bot: RunningBot) -> None:
    await joined(bot)
    await bot.reader.send("/channels")
    reply = await bot.reader.wait_for_reply()
    assert reply.text.startswith("I don't know the command /channels.")
    assert not reply.buttons
