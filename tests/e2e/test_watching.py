"""Alerts: sent at once, with citations, once, not in quiet hours, and never repeating briefings."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

from bot.background import Clock
from bot.features.access.people import Languages
from bot.features.watching import alerts
from bot.features.watching.alerts import LOOK_EVERY_S, Alerts
from bot.features.watching.store import Hours, StoryChoices, Watches
from bot.tables import outbox, subscription, watch
from retrieval.errors import ArchiveError
from retrieval.models import ArticleDraft, Precision, Published
from retrieval.storage.leases import RELEASED
from retrieval.storage.tables import briefing
from retrieval.storage.tables import told as told_table
from tests.support.archives import cut
from tests.support.bots import READER_ID, RunningBot, running_bot
from tests.support.deliveries import from_bot
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.local_api import Message, Person
    from retrieval.briefing import WrittenBriefing

NOON = datetime(2024, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FLOOD = "The river Ister flooded Ostrov on Saturday; {n} people were evacuated from the town."
AGAIN = "In Ostrov {n} people were evacuated from the town after the river Ister flooded it."


class Newsroom:
    """A bot whose clock the test moves, and outlets whose articles come in."""

    def __init__(self, bot: RunningBot, clock: Clock, most: int) -> None:
        self.bot, self.clock, self.rita = bot, clock, bot.reader
        self.most = most

    async def publish(
        self, text: str, outlet: str, title: str = "Flood in Ostrov, town evacuated"
    ) -> None:
        at = self.clock.now()
        page = title.split(maxsplit=1)[0].lower()
        url = f"https://{outlet.lower()}.example/{at:%H%M%S}/{page}"
        published = Published(at, Precision.MINUTE)
        said = f"{text} {outlet}'s reporter is in the town with the fire brigade of the region."
        one = ArticleDraft(f"{title}, says {outlet}", said, outlet, url, published=published)
        await self.bot.library.archive.articles.store(one, cut(said), added_by="test")
        await self.bot.library.indexer.work()

    async def pass_time(self, by: timedelta = MINUTE) -> None:
        self.clock.forward(self.clock.now() + by)

    async def says(self, text: str, person: Person | None = None) -> Message:
        who = person or self.rita
        await who.send(text)
        return await who.wait_for_reply()

    async def told(self, person: Person | None = None) -> Message:
        """What comes by itself within a minute of the clock."""
        await self.pass_time()
        return await (person or self.rita).wait_for_reply()

    async def silence(self) -> None:
        """Nothing is queued although all was looked at, by another program too."""
        before = await self.count(outbox)
        await self.pass_time()
        other = self.another_program()

        async def looked() -> bool:
            return await other.work() >= LOOK_EVERY_S

        await until(looked)
        assert await self.count(outbox) == before

    def another_program(self) -> Alerts:
        library = self.bot.library
        return Alerts(
            library.database,
            library.archive,
            library.developments,
            Watches(library.database, self.clock.now, Hours(22 * 60, 7 * 60)),
            StoryChoices(library.database),
            Languages(library.database),
            most=self.most,
            now=self.clock.now,
            queued=lambda: None,
        )

    async def is_blocked(self) -> bool:
        async with self.bot.library.database.read() as connection:
            since = (await connection.execute(select(watch.c.active_since))).scalar()
            return since is None

    async def count(self, table: Any) -> int:
        async with self.bot.library.database.read() as connection:
            return int(
                (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            )


@asynccontextmanager
async def newsroom(folder: Path, at: datetime = NOON, **settings: Any) -> AsyncIterator[Newsroom]:
    clock = Clock(at)
    async with running_bot(folder, clock=clock, **settings) as bot:
        yield Newsroom(bot, clock, settings.get("watch_messages_a_day", 5))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of these tests leaps, and nothing streams in."""
    monkeypatch.setattr(alerts, "REST", 0.0)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with newsroom(tmp_path) as room:
        yield room


def labels(message: Message) -> list[str]:
    return [button.text for row in message.buttons for button in row]


async def test_a_story_is_told_when_a_second_publisher_has_it(room: Newsroom) -> None:
    said = await room.says("/watch Ostrov")
    assert said.text.startswith("Watching “Ostrov”.")
    await room.publish(FLOOD.format(n="1,200"), "Echo")
    await room.silence()
    await room.publish(AGAIN.format(n="1,200"), "Planet")
    told = await room.told()
    assert "1,200 people were evacuated" in told.text
    assert "Echo" in told.text
    assert "Planet" in told.text
    assert told.text.endswith("You watch: Ostrov")
    kinds = [one["type"] for one in told.entities]
    assert "expandable_blockquote" in kinds
    assert labels(told) == ["Ask about this", "Stop watching"]
    await room.silence()


async def watched_flood(room: Newsroom, count: str = "1,200") -> Message:
    """Rita watches Ostrov and was told of the flood."""
    await room.says("/watch Ostrov")
    await room.publish(FLOOD.format(n=count), "Echo")
    await room.pass_time()
    await room.publish(AGAIN.format(n=count), "Planet")
    return await room.told()


async def works(program: Alerts) -> bool:
    """Never is it done."""
    await program.work()
    return False


async def test_two_names_of_one_publisher_confirm_nothing(room: Newsroom) -> None:
    await room.says("/watch Ostrov")
    for outlet, url in (
        ("BBC News", "https://www.bbc.com/a"),
        ("bbc.co.uk", "https://bbc.co.uk/b"),
    ):
        text = (FLOOD if outlet == "BBC News" else AGAIN).format(n="1,200")
        published = Published(room.clock.now(), Precision.MINUTE)
        one = ArticleDraft(f"Flood in Ostrov: {outlet}", text, outlet, url, published=published)
        await room.bot.library.archive.articles.store(one, cut(text), added_by="test")
    await room.bot.library.indexer.work()
    await room.silence()


async def test_what_was_there_before_is_no_news_and_other_topics_are_not_told(
    room: Newsroom,
) -> None:
    await room.publish(FLOOD.format(n="1,200"), "Echo")
    await room.publish(AGAIN.format(n="1,200"), "Planet")
    await room.says("/watch Ostrov, harvest")
    await room.silence()


async def test_an_update_is_told_when_a_figure_changes_and_no_briefing_repeats_it(
    room: Newsroom,
) -> None:
    await watched_flood(room)
    await room.pass_time(timedelta(hours=1))
    await room.publish(FLOOD.format(n="1,900"), "Gamma")
    told = await room.told()
    assert told.text.startswith("Update: ")
    assert "1,900 people were evacuated" in told.text
    assert "(was 1,200 on 23 Nov 2024" in told.text
    await room.rita.send("/briefing")
    briefed = await room.rita.wait_for_reply()
    assert "Nothing new" in briefed.text


async def test_what_a_briefing_told_is_not_told_until_a_figure_changes(room: Newsroom) -> None:
    await room.says("/watch Ostrov")
    await room.publish(FLOOD.format(n="1,200"), "Echo")
    briefed = await room.says("/briefing")
    assert "1,200 people" in briefed.text
    await room.publish(AGAIN.format(n="1,200"), "Planet")
    await room.silence()
    await room.publish(AGAIN.format(n="1,900"), "Gamma")
    told = await room.told()
    assert "1,900 people" in told.text
    again = await room.says("/briefing again")
    assert "1,200 people" in again.text, "the last briefing, not what was told at once"


async def test_quiet_hours_hold_it_until_they_end(tmp_path: Path) -> None:
    async with newsroom(tmp_path, NOON.replace(hour=23)) as room:
        said = await room.says("/watch quiet 0-9 Kyiv")
        assert "Quiet from 0:00 to 9:00 (Europe/Kyiv)." in said.text
        await room.says("/watch Ostrov")
        await room.publish(FLOOD.format(n="1,200"), "Echo")
        await room.publish(AGAIN.format(n="1,200"), "Planet")
        await room.silence()
        await room.pass_time(timedelta(hours=7, minutes=50))  # 8:52 in Kyiv
        await room.silence()
        await room.pass_time(timedelta(minutes=8))
        told = await room.told()
        assert "1,200 people were evacuated" in told.text


async def test_what_a_briefing_tells_during_quiet_hours_is_not_told_afterwards(
    tmp_path: Path,
) -> None:
    async with newsroom(tmp_path, NOON.replace(hour=23)) as room:
        await room.says("/watch Ostrov")
        await room.publish(FLOOD.format(n="1,200"), "Echo")
        await room.publish(AGAIN.format(n="1,200"), "Planet")
        await room.silence()
        await room.says("/briefing")
        await room.pass_time(timedelta(hours=8))
        await room.silence()


async def test_at_most_so_many_a_day(tmp_path: Path) -> None:
    async with newsroom(tmp_path, watch_messages_a_day=1) as room:
        await room.says("/watch Ostrov, Lanz")
        await room.publish(FLOOD.format(n="1,200"), "Echo")
        await room.publish(AGAIN.format(n="1,200"), "Planet")
        await room.told()
        bridge = "A new bridge over the Danube was opened in Lanz by the prime minister today."
        for outlet in ("Echo", "Planet"):
            await room.publish(f"{bridge} {outlet} saw it.", outlet, "Bridge opens in Lanz")
        await room.silence()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_it_is_written_once_for_all_who_watch_and_each_gets_it_once(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    more = {}
    if kind == "postgres":
        more["database_url"] = request.getfixturevalue("postgres").new_database()
    async with newsroom(tmp_path, **more) as room:
        stan = room.bot.api.person("Stan", language_code="uk")
        await room.says("/watch Ostrov")
        await room.says("/watch ostrov", stan)
        await room.publish(FLOOD.format(n="1,200"), "Echo")
        await room.publish(AGAIN.format(n="1,200"), "Planet")
        others = [room.another_program() for _ in range(3)]
        await asyncio.gather(room.pass_time(), *(one.work() for one in others))
        await room.told()
        await room.told(stan)
        assert await room.count(briefing) == 1
        await room.silence()
        assert "Ви стежите: ostrov" in from_bot(room.bot.api, stan.id)[-1].text


async def test_a_failure_loses_nothing_and_tells_nothing_twice(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.says("/watch Ostrov")

    async def fails(*_: object) -> None:
        raise ArchiveError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(alerts, "enqueue", fails)
        await room.publish(FLOOD.format(n="1,200"), "Echo")
        await room.publish(AGAIN.format(n="1,200"), "Planet")
        other = room.another_program()
        with pytest.raises(ArchiveError):
            await until(lambda: works(other))
        assert await room.count(told_table) == 0
    told = await room.told()
    assert "1,200 people" in told.text
    await room.silence()


async def test_who_blocks_the_bot_is_not_told_and_not_counted_as_told(room: Newsroom) -> None:
    await room.says("/watch Ostrov")
    await room.rita.block_bot()
    await room.publish(FLOOD.format(n="1,200"), "Echo")
    await room.publish(AGAIN.format(n="1,200"), "Planet")
    await room.pass_time()
    await until(room.is_blocked)
    assert await room.count(told_table) == 0
    await room.rita.unblock_bot()
    await room.pass_time()
    listed = await room.says("/watch")
    assert "• Ostrov" in listed.text
    told = await room.told()
    assert "1,200 people" in told.text


async def test_a_briefing_at_work_and_a_message_at_once_do_not_tell_the_same(
    room: Newsroom,
) -> None:
    await room.says("/watch Ostrov")
    await room.says("/subscribe 13:00 UTC")
    await room.publish(FLOOD.format(n="1,200"), "Echo")
    await room.publish(AGAIN.format(n="1,200"), "Planet")
    async with room.bot.library.database.write() as connection:
        until_later = {"claimed_by": "other/1", "claimed_until": NOON + timedelta(hours=1)}
        await connection.execute(update(subscription).values(until_later))
    before = await room.count(outbox)
    await room.another_program().work()
    assert await room.count(outbox) == before
    async with room.bot.library.database.write() as connection:
        await connection.execute(update(subscription).values(RELEASED))
    told = await room.told()
    assert "1,200 people" in told.text


async def test_what_is_told_while_a_briefing_is_written_is_not_in_it(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.says("/watch Ostrov")
    await room.publish(FLOOD.format(n="1,200"), "Echo")
    await room.publish(AGAIN.format(n="1,200"), "Planet")
    desk = room.bot.library.desk
    write = desk.write

    async def slowly(*args: Any, **more: Any) -> WrittenBriefing:
        monkeypatch.setattr(desk, "write", write)
        written = await write(*args, **more)

        async def told() -> bool:
            await room.another_program().work()
            return await room.count(told_table) == 1

        await until(told)
        return written

    monkeypatch.setattr(desk, "write", slowly)
    await room.rita.send("/briefing")
    briefed = await room.rita.wait_for(lambda one: "Nothing new" in one.text)
    assert "Ostrov" not in briefed.text
    assert sum("1,200 people" in one.text for one in from_bot(room.bot.api, READER_ID)) == 1


async def test_the_list_and_its_buttons(room: Newsroom) -> None:
    empty = await room.says("/watch")
    assert "Nothing is watched here yet." in empty.text
    await room.says("/watch Ostrov, grain deal")
    listed = await room.says("/watch")
    assert "• Ostrov\n• grain deal" in listed.text
    assert labels(listed) == ["✕ Ostrov", "✕ grain deal"]
    notice = await room.rita.press(listed, "✕ Ostrov")
    assert notice.text == "Stopped watching: Ostrov."
    await listed.wait_until(lambda one: "Ostrov" not in one.text)
    assert (await room.says("/unwatch Ostrov")).text.startswith("That isn't watched here.")
    assert (await room.says("/unwatch GRAIN deal")).text == "Stopped watching: grain deal."
    many = ", ".join(f"topic {n}" for n in range(10))
    for n in range(3):
        await room.says("/watch " + many.replace("topic", f"topic {n}"))
    assert "already 30 watches here" in (await room.says("/watch one more")).text
    assert (await room.says("/unwatch all")).text.count("topic") == 30
    assert "Write quiet hours like this" in (await room.says("/watch quiet now")).text
    assert "No quiet hours" in (await room.says("/watch quiet off")).text


async def test_in_a_group_its_admins_decide(room: Newsroom) -> None:
    ada = room.bot.admin
    group = room.bot.api.group("Readers", room.rita, [ada])
    await ada.send("/watch Ostrov", chat=group)
    refused = await ada.wait_for_reply(chat=group)
    assert "only its admins" in refused.text
    await room.rita.send("/watch Ostrov", chat=group)
    await room.rita.wait_for(lambda one: "Watching" in one.text, chat=group)
    await room.publish(FLOOD.format(n="1,200"), "Echo")
    await room.publish(AGAIN.format(n="1,200"), "Planet")
    await room.pass_time()
    told = await room.rita.wait_for(lambda one: bool(one.buttons), chat=group)
    assert "only its admins" in (await ada.press(told, "Stop watching")).text
    assert "Stopped watching" in (await room.rita.press(told, "Stop watching")).text


async def test_a_button_under_an_answer_watches_what_was_asked_about(room: Newsroom) -> None:
    await room.publish(FLOOD.format(n="1,200"), "Echo")
    answer = await room.says("How many people were evacuated in Ostrov?")
    notice = await room.rita.press(answer, "Watch: Ostrov")
    assert notice.text == "Watching “Ostrov”; /watch shows all that is watched here."
    await room.publish(AGAIN.format(n="1,200"), "Planet")
    told = await room.told()
    assert told.text.endswith("You watch: Ostrov")


async def test_a_button_of_a_briefings_story_watches_that_story(room: Newsroom) -> None:
    await room.publish(FLOOD.format(n="1,200"), "Echo")
    briefed = await room.says("/briefing")
    await room.rita.press(briefed, "1 …")
    await briefed.wait_until(lambda one: "watch" in labels(one))
    notice = await room.rita.press(briefed, "watch")
    assert notice.text.startswith("Watching this story")
    bridge = "A new bridge over the Danube was opened in Lanz by the prime minister today."
    for outlet in ("Echo", "Planet"):
        await room.publish(f"{bridge} {outlet} saw it.", outlet, "Bridge opens in Lanz")
    await room.silence()
    await room.publish(AGAIN.format(n="1,900"), "Gamma")
    told = await room.told()
    assert "(was 1,200 on 23 Nov 2024, Echo)" in told.text
    await room.rita.press(told, "Ask about this")
    asked = await room.rita.wait_for_reply()
    assert "briefing" in asked.text


async def test_where_it_is_switched_off_that_is_said(tmp_path: Path) -> None:
    async with newsroom(tmp_path, watch_messages_a_day=0) as room:
        assert "switched off" in (await room.says("/watch Ostrov")).text
