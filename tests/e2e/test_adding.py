"""Admins adding articles in Telegram, over HTTP, with real pages from a local web server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from retrieval.ingest.http import content_type_of
from tests.support.hosts import article, many_hosts
from tests.support.web import PAGE, WebServer

if TYPE_CHECKING:
    import pytest

    from bot.local_api import Message, Person
    from tests.support.bots import RunningBot


async def result(person: Person) -> Message:
    """The bot's message once it is no longer reading."""
    reply = await person.wait_for_reply()
    return await reply.wait_until(lambda message: not message.text.startswith("Reading"), 20)


async def test_a_link_is_added_and_can_be_asked_about(bot: RunningBot, web: WebServer) -> None:
    await bot.admin.send(f"/add {web.url}/story")
    reply = await result(bot.admin)
    assert reply.versions[0].text == "Reading …"
    assert reply.text == f"Added: {PAGE.outlet}, 2 Sep 2024, English: “{PAGE.title}”"
    await bot.reader.send("Who holds the bridge at Glushkovo?")
    answer = await bot.reader.wait_for_reply()
    assert PAGE.sentence in answer.text


async def test_the_same_link_again_is_a_duplicate_and_a_changed_page_a_revision(
    bot: RunningBot, web: WebServer
) -> None:
    for expected in ("Added: ", "Already in the archive: "):
        await bot.admin.send(f"/add {web.url}/story")
        assert (await result(bot.admin)).text.startswith(expected)
    web.change()
    await bot.admin.send(f"/add {web.url}/story")
    assert (await result(bot.admin)).text.startswith("Updated to revision 2: ")


UNREADABLE = [
    ("/missing", "404"),
    ("/empty", "It's empty"),
    ("/menu", "no article text"),
    ("/huge", "MB"),
]


async def test_what_cannot_be_read_is_one_clear_sentence(bot: RunningBot, web: WebServer) -> None:
    for path, words in UNREADABLE:
        await bot.admin.send(f"/add {web.url}{path}")
        reply = await result(bot.admin)
        assert reply.text.startswith("Not added: ")
        assert words in reply.text
        assert (await bot.library.archive.catalogue.summary()).articles == 0


async def test_a_link_to_a_file_on_the_server_is_refused(bot: RunningBot) -> None:
    await bot.admin.send("/add /etc/passwd file:///etc/passwd -")
    reply = await result(bot.admin)
    assert "3 rejected" in reply.text
    assert "root:" not in reply.text


async def test_a_file_is_added(bot: RunningBot) -> None:
    text = "A town changes hands\n\n" + "The town of Sudzha changed hands on Friday. " * 3
    await bot.admin.upload("story.txt", text.encode())
    assert (await result(bot.admin)).text.startswith("Added: ")


async def test_many_articles_in_a_file_end_in_a_tally_with_the_refusals(bot: RunningBot) -> None:
    lines = [
        json.dumps({"title": f"Story {n}", "text": f"Sentence number {n} is here. " * 5})
        for n in range(30)
    ]
    lines.insert(3, "{broken")
    await bot.admin.upload("many.jsonl", "\n".join(lines).encode())
    reply = await result(bot.admin)
    assert reply.text.startswith("30 added, 1 rejected\n\nNot added:\n• It isn't")
    assert "line 4" in reply.text


async def test_a_message_is_added_by_replying_to_it(bot: RunningBot) -> None:
    text = "Soldiers crossed the border on Tuesday, the channel says. " * 2
    channel = bot.api.channel("War Notes", "warnotes")
    post = bot.api.post(channel, text)
    forwarded = await bot.admin.forward(post)
    assert "Add this post" in (await bot.admin.wait_for_reply()).text
    await bot.admin.send("/add", reply_to=forwarded)
    assert (await result(bot.admin)).text.startswith("Added: War Notes, ")
    await bot.reader.send("Who crossed the border on Tuesday?")
    answer = await bot.reader.wait_for_reply()
    links = [one["url"] for one in answer.entities if one["type"] == "text_link"]
    assert links[0].startswith(f"https://t.me/warnotes/{post.id}#:~:text=")


async def test_a_file_is_added_by_replying_to_it_in_a_group(bot: RunningBot) -> None:
    group = bot.api.group("Desk", bot.admin, [bot.reader])
    text = "A town changes hands\n\n" + "The town of Sudzha changed hands on Friday. " * 3
    sent = await bot.reader.upload("story.txt", text.encode(), chat=group)
    await bot.admin.send("/add", chat=group, reply_to=sent)
    reply = await bot.admin.wait_for_reply(chat=group)
    await reply.wait_until(lambda message: message.text.startswith("Added: "), 20)


async def test_only_admins_add_and_to_others_there_is_no_such_command(
    bot: RunningBot, web: WebServer
) -> None:
    await bot.reader.send(f"/add {web.url}/story")
    assert (await bot.reader.wait_for_reply()).text.startswith("I don't know the command /add.")
    await bot.reader.upload("story.txt", b"A story.")
    assert "Only admins can send me files" in (await bot.reader.wait_for_reply()).text
    assert (await bot.library.archive.catalogue.summary()).articles == 0


async def test_add_with_nothing_says_how(bot: RunningBot) -> None:
    await bot.admin.send("/add")
    assert "Write one or more links after the command" in (await bot.admin.wait_for_reply()).text


async def test_a_link_with_an_odd_header_fails_once_and_its_neighbour_is_fetched_once(
    bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "The council of the port voted on Monday to close the old bridge for a year."
    odd = "text/html; charset*=utf-8''x; charset*0*=a'b'c"
    with many_hosts(monkeypatch) as hosts:
        bad = hosts.put("a.example/odd", article("Odd", text), odd)
        good = hosts.put("b.example/good", article("Good", text))
        await bot.admin.send(f"/add {bad} {good}")
        told = await result(bot.admin)
        assert "1 added, 1 rejected" in told.text
        assert "The server sent an unreadable Content-Type" in told.text
        assert hosts.asked == {"a.example/odd": 1, "b.example/good": 1}


async def test_whatever_reading_raises_is_that_sources_failure(
    bot: RunningBot, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(header: str) -> tuple[str, str | None]:
        if web.asked["/n/1"] and not web.asked["/n/2"]:
            raise ZeroDivisionError
        return content_type_of(header)

    monkeypatch.setattr("retrieval.ingest.http.content_type_of", broken)
    await bot.admin.send(f"/add {web.url}/n/1")
    told = await result(bot.admin)
    assert told.text.startswith("Not added: ")
    assert "failed unexpectedly" in told.text
    await bot.admin.send(f"/add {web.url}/n/2")
    assert (await result(bot.admin)).text.startswith("Added: ")
    assert web.asked == {"/n/1": 1, "/n/2": 1}
