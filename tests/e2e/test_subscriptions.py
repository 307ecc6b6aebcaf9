"""Scheduled briefings as a reader sets them up: PTB over HTTP against the local Bot API."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.background import Clock
from bot.features.subscriptions.handlers import SubscriptionButtons, SubscriptionCommands
from bot.features.subscriptions.schedule import ChatThread, Subscription, SubscriptionState
from bot.features.subscriptions.store import Subscriptions
from bot.local_api import Chat, Limits, MemberStatus, Message, Person
from retrieval.models import ArticleDraft, Precision, Published
from tests.support.archives import cut
from tests.support.bots import READER_ID, RunningBot, running_bot
from tests.support.deliveries import until_settled
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

DAY = timedelta(days=1)
SATURDAY_NOON = datetime(2024, 11, 23, 12, tzinfo=UTC)
NEAREST = {"Krusk": ["Kursk", "Kursk offensive"], "Atlantis": ["Antarctica"]}


@dataclass
class Desk:
    """The bot with scheduled briefings, a clock to be moved and topics to be missed."""

    bot: RunningBot
    store: Subscriptions = field(init=False)
    now: datetime = SATURDAY_NOON

    def __post_init__(self) -> None:
        self.store = Subscriptions(self.bot.library.database, self.clock)

    def clock(self) -> datetime:
        return self.now

    async def nearest(self, topic: str) -> list[str]:
        return NEAREST.get(topic, [])

    def install(self) -> None:
        """In front of what the app has, so that the clock and the topics are the test's."""
        app, present, database = self.bot.app, self.bot.app.handlers, self.bot.library.database
        app.handlers = {}
        SubscriptionCommands(database, self.store, self.nearest, self.clock).register(app)
        SubscriptionButtons(self.store, self.nearest).register(app)
        for group, those in present.items():
            app.handlers[group] = [*app.handlers.get(group, []), *those]
        app.handlers = dict(sorted(app.handlers.items()))

    async def all(self, chat: int = READER_ID, thread: int = 0) -> list[Subscription]:
        return await self.store.listed(ChatThread(chat, thread))


@asynccontextmanager
async def at_the_desk(folder: Path) -> AsyncIterator[Desk]:
    # one clock for the dialogue and for what deletes forgotten drafts
    async with running_bot(folder, clock=Clock(SATURDAY_NOON)) as bot:
        desk = Desk(bot)
        desk.install()
        yield desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with at_the_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
async def rita(desk: Desk) -> Person:
    """A reader in Kyiv."""
    await desk.store.set_zone(READER_ID, "Europe/Kyiv")
    return desk.bot.reader


def labels(message: Message) -> list[str]:
    return [button.text for row in message.buttons for button in row]


async def pressed(person: Person, message: Message, button: str) -> Message:
    """The message after the press has changed it."""
    before = len(message.versions)
    await person.press(message, button)
    return await message.wait_until(lambda one: len(one.versions) > before)


async def eventually_none(desk: Desk, chat: int) -> None:
    """What the bot does after it has said something cannot be waited for in the chat."""

    async def none_left() -> bool:
        return not await desk.all(chat)

    await until(none_left)


async def says(person: Person, text: str, **where: Any) -> Message:
    await person.send(text, **where)
    return await person.wait_for_reply(chat=where.get("chat"))


async def test_by_buttons_from_the_first_question_to_the_confirmation(desk: Desk) -> None:
    rita = desk.bot.reader
    page = await says(rita, "/subscribe")
    assert page.text.startswith("Subscription 1. Which time zone?")
    assert "I'll ask only once" in page.text
    page = await pressed(rita, page, "Kyiv")
    assert "Every day at 8:00 (Europe/Kyiv), standard length, about all news." in page.text
    page = await pressed(rita, page, "Time: 8:00")
    page = await pressed(rita, page, "7:30")
    page = await pressed(rita, page, "Days: every day")
    page = await pressed(rita, page, "Mon–Fri")
    assert "✓ Mon" in labels(page)
    page = await pressed(rita, page, "‹ Back")
    page = await pressed(rita, page, "Length: standard")
    page = await pressed(rita, page, "In depth")
    page = await pressed(rita, page, "Quiet days: one line")
    await rita.press(page, "Topics: all news")
    page = await page.wait_until(lambda one: "Type topics …" in labels(one))
    await rita.press(page, "Type topics …")
    asked = await rita.wait_for_reply()
    assert "Which topics?" in asked.text
    page = await says(rita, "Kursk, energy")
    await asked.wait_until(lambda one: one.deleted)
    page = await pressed(rita, page, "✓ Subscribe")
    assert page.text == (
        "Every weekday at 7:30 (Europe/Kyiv), in depth, about Kursk and energy. "
        "On days without news, nothing is sent.\n\nNext: Monday 25 November, 7:30."
    )
    assert labels(page) == ["Change", "Pause", "Delete"]
    (one,) = await desk.all()
    assert one.next_due_at == datetime(2024, 11, 25, 5, 30, tzinfo=UTC)
    assert one.covered_until == SATURDAY_NOON - timedelta(days=1)
    await says(rita, "/subscribe")
    assert "time zone" not in rita.messages()[-1].text


async def test_in_one_line(desk: Desk, rita: Person) -> None:
    page = await says(rita, "/subscribe 7:30 Mon-Fri Kursk, energy in depth")
    assert page.text.startswith(
        "Every weekday at 7:30 (Europe/Kyiv), in depth, about Kursk and energy."
    )
    assert page.text.endswith("Next: Monday 25 November, 7:30.")
    assert [one.state for one in await desk.all()] == [SubscriptionState.ACTIVE]


async def test_one_line_without_a_time_opens_the_dialogue(desk: Desk, rita: Person) -> None:
    page = await says(rita, "/subscribe Kursk headlines")
    assert "headlines only, about Kursk" in page.text
    assert "Nothing is set up until you press Subscribe." in page.text
    assert await desk.all() == []
    page = await pressed(rita, page, "Cancel")
    assert page.text == "Nothing has been set up."


TYPED_ZONES = [
    ("Kyiv", "Europe/Kyiv"),
    ("Київ", "Europe/Kyiv"),
    ("Киев", "Europe/Kyiv"),
    ("Europe/Kyiv", "Europe/Kyiv"),
    ("UTC+3", "UTC+3"),
]


async def test_a_typed_city_right_after_the_question_is_the_answer(desk: Desk) -> None:
    for number, (typed, zone) in enumerate(TYPED_ZONES, start=3000):
        person = desk.bot.api.person("Stan", id=number)
        await says(person, "/subscribe 7:30")
        page = await says(person, typed)
        assert f"Every day at 7:30 ({zone})" in page.text
        page = await pressed(person, page, "✓ Subscribe")
        assert "Next: Sunday 24 November, 7:30." in page.text


async def test_a_city_of_many_is_a_choice_and_an_unknown_one_is_said(desk: Desk) -> None:
    rita = desk.bot.reader
    page = await says(rita, "/subscribe 7:30")
    await rita.press(page, "Another city …")
    await rita.wait_for_reply()
    page = await says(rita, "Kharkhiv")
    assert page.text.startswith(
        "I don't know a city called “Kharkhiv”. Did you mean Kharkiv?\n\nSubscription 1."
    )
    page = await says(rita, "Springfield")
    assert labels(page)[:2] == ["Springfield, Missouri", "Springfield, Massachusetts"]
    page = await pressed(rita, page, "Springfield, Massachusetts")
    assert "(America/New York)" in page.text


async def test_a_location_sets_the_zone_also_later(desk: Desk) -> None:
    rita = desk.bot.reader
    await rita.send_location(50.45, 30.52)
    assert "/subscribe" in (await rita.wait_for_reply()).text
    await says(rita, "/subscribe 7:30")
    await rita.send_location(50.45, 30.52)
    page = await rita.wait_for_reply()
    assert "(Europe/Kyiv)" in page.text
    await pressed(rita, page, "✓ Subscribe")
    await rita.send_location(40.71, -74.0)
    assert "(America/New York)" in (await rita.wait_for_reply()).text
    (one,) = await desk.all()
    assert one.next_due_at == datetime(2024, 11, 23, 12, 30, tzinfo=UTC)


async def test_other_text_stays_a_question_to_the_archive(desk: Desk) -> None:
    rita = desk.bot.reader
    reply = await says(rita, "Kyiv")
    assert "archive" in reply.text
    await says(rita, "/subscribe 7:30")
    reply = await says(rita, "Who holds the town of Sudzha?")
    assert "archive" in reply.text
    desk.now += timedelta(minutes=11)
    reply = await says(rita, "Kyiv")
    assert "archive" in reply.text


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("25:00 Kursk", "“25:00” isn't a time of day. Write it like 7:30 or 19:45."),
        (
            "7:30 " + ", ".join(f"topic {n}" for n in range(40)),
            "That's 40 topics; I can follow at most 10.",
        ),
        ("7:30 " + "very " * 15 + "long", "A topic is a few words, 60 characters at most."),
    ],
)
async def test_bad_input_in_one_line(desk: Desk, rita: Person, line: str, sentence: str) -> None:
    assert (await says(rita, f"/subscribe {line}")).text == sentence
    assert await desk.all() == []


async def test_a_bad_typed_time_is_asked_for_again(desk: Desk, rita: Person) -> None:
    page = await says(rita, "/subscribe")
    page = await pressed(rita, page, "Time: 8:00")
    await rita.press(page, "Other time …")
    asked = await rita.wait_for_reply()
    assert (asked.versions[-1].markup or {})["force_reply"] is True
    page = await says(rita, "25:00")
    assert page.text.startswith("“25:00” isn't a time of day. Write it like 7:30 or 19:45.\n\n")
    page = await says(rita, "6.45 pm")
    assert "Every day at 18:45" in page.text
    assert desk.bot.api.calls("deleteMessage")


async def test_a_topic_that_nothing_is_about_is_said_with_the_nearest(rita: Person) -> None:
    page = await says(rita, "/subscribe 7:30 Krusk, energy, Atlantis")
    assert page.text.startswith("There's nothing about “Krusk” in the archive. The closest")
    assert labels(page) == ["Kursk", "Kursk offensive", "Keep “Krusk”", "Leave it out"]
    first = page.versions[-1]
    page = await pressed(rita, page, "Kursk")
    assert "“Atlantis”" in page.text
    page = await pressed(rita, page, "Leave it out")
    assert "about Kursk and energy" in page.text
    # a button of the earlier page, pressed late, does not act on another topic
    page.versions.append(first)
    answer = await rita.press(page, "Leave it out")
    assert answer.show_alert
    page = await says(rita, "/subscribe 7:30 Krusk")
    page = await pressed(rita, page, "Keep “Krusk”")
    page = await pressed(rita, page, "✓ Subscribe")
    assert "about Krusk." in page.text


async def test_subscribing_twice_shows_the_first(desk: Desk, rita: Person) -> None:
    await says(rita, "/subscribe 7:30 Kursk")
    page = await says(rita, "/subscribe 7:30 Mon-Fri kursk in depth")
    assert page.text.startswith("You already have this one:\n\nEvery day at 7:30")
    assert labels(page) == ["Change", "Pause", "Delete"]
    assert len(await desk.all()) == 1


async def test_changing_pausing_resuming_and_deleting(desk: Desk, rita: Person) -> None:
    page = await says(rita, "/subscriptions")
    assert page.text.startswith("No briefings are scheduled here yet. /subscribe")
    await says(rita, "/subscribe 7:30 Kursk")
    await says(rita, "/subscribe 19:00 Sat headlines")
    page = await says(rita, "/subscriptions")
    assert page.text.startswith("2 briefings here\n\n1. Every day at 7:30")
    assert labels(page) == ["1. 7:30 every day", "2. 19:00 Sat"]
    page = await pressed(rita, page, "2. 19:00 Sat")
    page = await pressed(rita, page, "Change")
    page = await pressed(rita, page, "Days: Sat")
    answer = await rita.press(page, "✓ Sat")
    assert answer.text == "Choose at least one day."
    page = await pressed(rita, page, "Sun")
    page = await pressed(rita, page, "✓ Sat")
    page = await pressed(rita, page, "‹ Back")
    page = await pressed(rita, page, "Done")
    assert page.text.startswith("Every Sunday at 19:00")
    assert page.text.endswith("Next: Sunday 24 November, 19:00.")
    page = await pressed(rita, page, "Pause")
    assert page.text.endswith("Paused: nothing is sent until you resume it.")
    assert [one.state for one in await desk.all()] == [
        SubscriptionState.ACTIVE,
        SubscriptionState.PAUSED,
    ]
    page = await pressed(rita, page, "Resume")
    page = await pressed(rita, page, "Delete")
    page = await pressed(rita, page, "Delete it")
    assert page.text.startswith("Deleted.")
    assert len(await desk.all()) == 1
    page = await says(rita, "/subscriptions")
    assert labels(page) == ["Change", "Pause", "Delete"]


async def test_an_old_button_of_a_deleted_briefing_does_not_act_on_a_newer_one(
    desk: Desk, rita: Person
) -> None:
    old = await says(rita, "/subscribe 7:30 Kursk")
    sure = await pressed(rita, old, "Delete")
    keyboard = sure.versions[-1]
    assert (await pressed(rita, sure, "Delete it")).text.startswith("Deleted.")
    await says(rita, "/subscribe 9:00 energy")
    sure.versions.append(keyboard)
    answer = await rita.press(sure, "Delete it")
    assert answer.text.startswith("That subscription no longer exists")
    assert [one.terms.topics for one in await desk.all()] == [("energy",)]


async def test_a_zone_changed_by_button_moves_all_of_the_chat(desk: Desk, rita: Person) -> None:
    await says(rita, "/subscribe 7:30 Kursk")
    page = await says(rita, "/subscribe 19:00")
    page = await pressed(rita, page, "Change")
    page = await pressed(rita, page, "Zone: Kyiv")
    page = await pressed(rita, page, "New York")
    assert "Next: Saturday 23 November, 19:00." in page.text
    assert {one.terms.zone for one in await desk.all()} == {"America/New_York"}


async def test_buttons_work_after_a_restart(tmp_path: Path) -> None:
    async with at_the_desk(tmp_path) as desk:
        page = await says(desk.bot.reader, "/subscribe 7:30")
        data = page.button("Kyiv").callback_data
    assert data == "sub:1:zone:Europe/Kyiv"
    async with at_the_desk(tmp_path) as desk:
        rita = desk.bot.reader
        page = await says(rita, "/start")
        markup = {"inline_keyboard": [[{"text": "Kyiv", "callback_data": data}]]}
        page.versions[-1] = type(page.versions[-1])(page.text, (), markup)
        page = await pressed(rita, page, "Kyiv")
        assert "Every day at 7:30 (Europe/Kyiv)" in page.text


async def test_who_presses_faster_than_telegram_allows_sees_the_last(
    desk: Desk, rita: Person
) -> None:
    page = await says(rita, "/subscribe 7:30")
    page = await pressed(rita, page, "Change")
    page = await pressed(rita, page, "Days: every day")
    desk.bot.api.set_limits(Limits(chat_burst=1))
    before = len(page.versions)
    await rita.press(page, "Sat, Sun")
    for _ in range(8):
        await rita.press(page, "Mon–Fri")
        await rita.press(page, "Every day")
    await rita.press(page, "Mon–Fri")
    await page.wait_until(lambda one: "Now: Mon–Fri." in one.text)
    assert len(page.versions) < before + 8
    assert not [one for one in rita.messages() if "went wrong" in one.text]
    assert [one.terms.weekdays for one in await desk.all()] == [0b11111]


async def test_two_people_at_once_do_not_disturb_each_other(desk: Desk) -> None:
    rita, ada = desk.bot.reader, desk.bot.admin
    hers, his = await says(rita, "/subscribe 7:30 Kursk"), await says(ada, "/subscribe 9:00 grain")
    his = await pressed(ada, his, "London")
    hers = await pressed(rita, hers, "Kyiv")
    await pressed(ada, his, "✓ Subscribe")
    await pressed(rita, hers, "✓ Subscribe")
    assert [one.terms.topics for one in await desk.all(rita.id)] == [("Kursk",)]
    assert [one.terms.zone for one in await desk.all(ada.id)] == ["Europe/London"]


async def test_another_chats_subscription_cannot_be_reached(desk: Desk, rita: Person) -> None:
    await says(rita, "/subscribe 7:30 Kursk")
    ada = desk.bot.admin
    await desk.store.set_zone(ada.id, "Europe/Kyiv")
    page = await says(ada, "/subscribe 9:00")
    (mine,) = await desk.all(rita.id)
    markup = page.versions[-1].markup
    assert markup
    markup["inline_keyboard"][0][2]["callback_data"] = f"sub:{mine.id}:erase"
    answer = await ada.press(page, "Delete")
    assert answer.text.startswith("That subscription no longer exists")
    assert len(await desk.all(rita.id)) == 1


@pytest.fixture
async def forum(desk: Desk) -> tuple[Chat, int]:
    group = desk.bot.api.group("Desk", desk.bot.admin, [desk.bot.reader], forum=True)
    return group, desk.bot.api.topic(group, "Morning")


async def test_in_a_forum_topic_by_an_admin(desk: Desk, forum: tuple[Chat, int]) -> None:
    group, topic = forum
    ada = desk.bot.admin
    page = await says(ada, "/subscribe 7:30 Kursk", chat=group, thread=topic)
    assert page.thread == topic
    await ada.press(page, "Another city …")
    asked = await ada.wait_for_reply(chat=group)
    assert asked.thread == topic
    assert "Reply to this message." in asked.text
    page = await says(ada, "Kyiv", chat=group, thread=topic, reply_to=asked)
    page = await pressed(ada, page, "✓ Subscribe")
    assert "Every day at 7:30 (Europe/Kyiv)" in page.text
    (one,) = await desk.all(group.id, topic)
    assert one.where == ChatThread(group.id, topic)
    assert await desk.all(group.id) == []
    page = await says(ada, "/subscriptions", chat=group, thread=topic)
    assert page.text.startswith("Every day at 7:30")
    page = await says(ada, "/subscriptions", chat=group)
    assert page.text.startswith("No briefings are scheduled here yet.")


async def test_members_of_a_group_are_refused_and_its_admins_are_not(
    desk: Desk, forum: tuple[Chat, int]
) -> None:
    group, _ = forum
    rita, ada = desk.bot.reader, desk.bot.admin
    refusal = "Only the admins of this group can manage its briefings."
    await desk.store.set_zone(group.id, "Europe/Kyiv")
    assert (await says(rita, "/subscribe 7:30", chat=group)).text == refusal
    assert (await says(rita, "/subscriptions", chat=group)).text == refusal
    await ada.wait_for(lambda one: one.text == refusal, chat=group)
    await ada.send("/subscribe 7:30", chat=group)
    page = await ada.wait_for(lambda one: "Next:" in one.text, chat=group)
    answer = await rita.press(page, "Pause")
    assert (answer.text, answer.show_alert) == (refusal, True)
    await ada.press(page, "Change")
    page = await page.wait_until(lambda one: "Time: 7:30" in labels(one))
    await pressed(ada, page, "Time: 7:30")
    await ada.press(page, "Other time …")
    asked = await ada.wait_for(lambda one: "Reply to this" in one.text, chat=group)
    await rita.send("9:00", chat=group, reply_to=asked)
    await rita.wait_for(lambda one: one.text == refusal and one.id > asked.id, chat=group)
    assert [one.terms.minute for one in await desk.all(group.id)] == [450]


async def test_an_anonymous_admin_counts(desk: Desk, forum: tuple[Chat, int]) -> None:
    group, _ = forum
    await desk.store.set_zone(group.id, "Europe/Kyiv")
    page = await says(desk.bot.admin, "/subscribe 7:30", chat=group, anonymous=True)
    assert "Every day at 7:30" in page.text


async def test_where_the_bot_may_not_write_who_asked_is_told_in_private(
    desk: Desk, forum: tuple[Chat, int]
) -> None:
    group, _ = forum
    ada = desk.bot.admin
    await says(ada, "/start")
    await desk.store.set_zone(group.id, "Europe/Kyiv")
    desk.bot.api.set_status(group, desk.bot.api.bot, MemberStatus.RESTRICTED, by=ada)
    await ada.send("/subscribe 7:30 Kursk", chat=group)
    told = await ada.wait_for_reply()
    assert told.text == (
        "I'm not allowed to write in “Desk”. "
        "Give me the right to send messages there, then ask again."
    )
    await eventually_none(desk, group.id)


async def test_a_group_that_becomes_a_supergroup_keeps_its_briefings(desk: Desk) -> None:
    ada = desk.bot.admin
    group = desk.bot.api.group("Desk", ada, supergroup=False)
    await desk.store.set_zone(group.id, "Europe/Kyiv")
    await says(ada, "/subscribe 7:30 Kursk", chat=group)
    new = desk.bot.api.migrate(group)
    await eventually_none(desk, group.id)
    await ada.send("/subscriptions", chat=new)
    await ada.wait_for(lambda one: one.text.startswith("Every day at 7:30"), chat=new)
    assert await desk.store.zone_of(new.id) == "Europe/Kyiv"


async def test_the_limit_of_a_chat_is_said(
    desk: Desk, rita: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.features.subscriptions.store.MOST_IN_A_CHAT", 1)
    await says(rita, "/subscribe 7:30")
    page = await says(rita, "/subscribe 8:30")
    assert "briefings here; delete" in page.text
    assert len(await desk.all()) == 1


async def test_no_button_is_too_long_for_telegram(rita: Person) -> None:
    topic = "ґ" * 60
    NEAREST[topic] = ["ї" * 60, "x" * 61, "\u202eevil"]
    page = await says(rita, f"/subscribe 7:30 {topic}")
    assert labels(page)[:2] == ["ї" * 60, "evil"]
    page = await pressed(rita, page, "ї" * 60)
    assert "about " + "ї" * 60 in page.text
    del NEAREST[topic]


def news(title: str, text: str, at: datetime) -> ArticleDraft:
    published = Published(at, Precision.MINUTE)
    return ArticleDraft(title, text, "Meridian Wire", None, published=published, language="en")


async def comes_in(bot: RunningBot, one: ArticleDraft) -> None:
    await bot.library.archive.articles.store(one, cut(one.text), added_by="test")
    await bot.library.indexer.work()


async def delivered(bot: RunningBot) -> None:
    """Nothing is under way any more, so that time may leap."""
    await until_settled(bot.library.database)


def briefings(person: Person) -> list[str]:
    return [
        one.text
        for one in person.messages()
        if " · " in one.text.partition("\n")[0] or one.text.startswith("Nothing")
    ]


async def test_a_briefing_comes_once_each_day_when_its_time_has_come(tmp_path: Path) -> None:
    """Through the app as it is wired: handlers, scheduler, desk, outbox, postman."""
    clock = Clock(SATURDAY_NOON)
    old = news("Drones over Kursk", "Nine drones fell near Kursk.", SATURDAY_NOON - 2 * DAY)
    fire = "A depot of fuel at Kursk burnt into the night, the governor of the region said."
    lately = news("Depot burns at Kursk", fire, SATURDAY_NOON)
    async with running_bot(tmp_path, [old, lately], clock) as bot:
        rita, ada = bot.reader, bot.admin
        page = await says(rita, "/subscribe 7:30 Europe/Kyiv Kursk")
        assert page.text.endswith("Next: Sunday 24 November, 7:30.")
        await says(ada, "/subscribe 7:30 Kursk")
        page = await says(ada, "Київ")
        page = await pressed(ada, page, "✓ Subscribe")
        assert page.text.endswith("Next: Sunday 24 November, 7:30.")

        evening = SATURDAY_NOON + timedelta(hours=8)
        clock.forward(evening)
        raid = "Explosions were heard at the Khalino airfield near Kursk, residents said."
        await comes_in(bot, news("Explosions near Kursk", raid, evening))
        clock.forward(datetime(2024, 11, 24, 5, 29, 50, tzinfo=UTC))
        assert briefings(rita) == []
        clock.forward(datetime(2024, 11, 24, 5, 30, 1, tzinfo=UTC))
        first = await rita.wait_for_reply()
        assert "Khalino airfield" in first.text
        assert "A depot of fuel" in first.text  # of the day on which they subscribed
        assert "Nine drones" not in first.text
        assert (await ada.wait_for_reply()).text == first.text
        await delivered(bot)

        noon = SATURDAY_NOON + timedelta(days=1)
        clock.forward(noon)
        grain = "A bridge over the Seym at Kursk was closed on Sunday, the governor said."
        await comes_in(bot, news("Bridge closed at Kursk", grain, noon))
        clock.forward(datetime(2024, 11, 25, 5, 30, 1, tzinfo=UTC))
        second = await rita.wait_for_reply()
        assert "bridge over the Seym" in second.text
        assert "Khalino" not in second.text
        assert "depot" not in second.text
        assert (await ada.wait_for_reply()).text == second.text
        await delivered(bot)

        clock.forward(datetime(2024, 11, 26, 5, 30, 1, tzinfo=UTC))
        third = await rita.wait_for_reply()
        assert third.text.startswith("Nothing new about Kursk since 25 Nov 2024, 07:30")
        assert (await ada.wait_for_reply()).text == third.text
        await delivered(bot)
        assert len(briefings(rita)) == len(briefings(ada)) == 3
