"""The weekly summary as a subscription: by buttons, by command, and its content."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.background import Clock
from bot.features.subscriptions.schedule import ChatThread
from bot.features.subscriptions.store import Subscriptions
from retrieval.models import ArticleDraft, Precision, Published
from tests.support.archives import cut
from tests.support.bots import READER_ID, RunningBot, running_bot

if TYPE_CHECKING:
    from pathlib import Path

    from bot.local_api import Message, Person

WEDNESDAY = datetime(2024, 11, 20, 12, tzinfo=UTC)
DAM = "The dam near Ostrov broke on Wednesday after three days of rain in the hills."
BRIDGE = "A new bridge over the Ister was opened to traffic in Lanz by the prime minister."
MONDAY = datetime(2024, 11, 25, 8, tzinfo=UTC)


async def says(person: Person, text: str) -> Message:
    await person.send(text)
    return await person.wait_for_reply()


async def pressed(person: Person, message: Message, button: str) -> Message:
    before = len(message.versions)
    await person.press(message, button)
    return await message.wait_until(lambda one: len(one.versions) > before)


def labels(message: Message) -> list[str]:
    return [button.text for row in message.buttons for button in row]


async def publish(bot: RunningBot, at: datetime, title: str, text: str) -> None:
    for outlet in ("Echo", "Planet"):
        url = f"https://{outlet.lower()}.example/{at:%d}"
        said = f"{text} Engineers of the region are at work there, {outlet} reports."
        published = Published(at, Precision.MINUTE)
        one = ArticleDraft(f"{title}, {outlet} says", said, outlet, url, published=published)
        await bot.library.archive.articles.store(one, cut(said), added_by="test")
    await bot.library.indexer.work()


async def test_it_tells_the_week_again_and_the_next_briefing_repeats_none_of_it(
    tmp_path: Path,
) -> None:
    clock = Clock(WEDNESDAY)
    async with running_bot(tmp_path, clock=clock) as bot:
        rita = bot.reader
        page = await says(rita, "/subscribe weekly monday 08:00 UTC")
        assert page.text == (
            "Every Monday at 8:00 (UTC): a summary of the week, in depth, about all news.\n\n"
            "Next: Monday 25 November, 8:00."
        )
        await publish(bot, WEDNESDAY, "Dam near Ostrov breaks", DAM)
        told = await says(rita, "/briefing")
        assert DAM in told.text
        clock.forward(WEDNESDAY + timedelta(days=4))
        await publish(bot, clock.now(), "Bridge opens in Lanz", BRIDGE)
        clock.forward(MONDAY)
        week = await rita.wait_for(lambda one: "18 November – 25 November" in one.text)
        assert DAM in week.text
        assert BRIDGE in week.text
        await rita.send("/briefing")
        again = await rita.wait_for(lambda one: "Nothing new" in one.text)
        assert "Ostrov" not in again.text


async def test_it_is_switched_on_by_a_button_and_comes_on_one_day(tmp_path: Path) -> None:
    async with running_bot(tmp_path, clock=Clock(WEDNESDAY)) as bot:
        rita = bot.reader
        page = await says(rita, "/subscribe Kursk")
        page = await pressed(rita, page, "UTC")
        page = await pressed(rita, page, "Form: what is new")
        assert "Every Monday at 8:00 (UTC): a summary of the week, standard length" in page.text
        page = await pressed(rita, page, "Days: Mon")
        assert "Every day" not in labels(page)
        page = await pressed(rita, page, "Fri")
        assert "✓ Fri" in labels(page)
        assert "✓ Mon" not in labels(page)
        page = await pressed(rita, page, "‹ Back")
        await pressed(rita, page, "✓ Subscribe")
        store = Subscriptions(bot.library.database, lambda: WEDNESDAY)
        (one,) = await store.listed(ChatThread(READER_ID))
        assert (one.terms.weekly, one.terms.weekdays) == (True, 1 << 4)
        refused = await says(rita, "/subscribe weekly Mon-Fri 8:00")
        assert refused.text.startswith("A weekly summary comes on one day")
