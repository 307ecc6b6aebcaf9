"""What readers watch: told at once, cited, once, not in quiet hours, never what a briefing told."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from bot.clock import Clock
from bot.delivery.alerts import LOOK_EVERY_S, Alerts
from bot.people.languages import Languages
from bot.subscriptions.choices import StoryChoices
from bot.subscriptions.watches import Hours, Watches
from bot.tables import outbox
from retrieval.archive.tables import briefing
from retrieval.models import Draft, Precision, Published
from tests.support.archives import cut
from tests.support.bots import READER_ID, RunningBot, running_bot
from tests.support.deliveries import from_bot, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.local_api import Message, Person

NOON = datetime(2024, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FLOOD = "The river Ister flooded Ostrov on Saturday; {n} people were evacuated from the town."
AGAIN = "In Ostrov {n} people were evacuated from the town after the river Ister flooded it."


class Newsroom:
    """A bot whose clock the test moves, and outlets whose articles come in."""

    def __init__(self, bot: RunningBot, clock: Clock) -> None:
        self.bot, self.clock, self.rita = bot, clock, bot.reader

    async def publish(
        self, text: str, outlet: str, title: str = "Flood in Ostrov, town evacuated"
    ) -> None:
        at = self.clock.now()
        url = f"https://{outlet.lower()}.example/{at:%H%M%S}"
        published = Published(at, Precision.MINUTE)
        said = f"{text} {outlet}'s reporter is in the town with the fire brigade of the region."
        one = Draft(f"{title}, says {outlet}", said, outlet, url, published=published)
        await self.bot.library.archive.store(one, cut(said), added_by="test")
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
        while await other.work() < LOOK_EVERY_S:
            await asyncio.sleep(0.05)
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
            most=5,
            now=self.clock.now,
            queued=lambda: None,
        )

    async def count(self, table: Any) -> int:
        async with self.bot.library.database.read() as connection:
            return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


@asynccontextmanager
async def newsroom(folder: Path, at: datetime = NOON, **settings: Any) -> AsyncIterator[Newsroom]:
    clock = Clock(at)
    async with running_bot(folder, clock=clock, **settings) as bot:
        yield Newsroom(bot, clock)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with newsroom(tmp_path) as room:
        yield room


def labels(message: Message) -> list[str]:
    return [button.text for row in message.buttons for button in row]


async def test_a_story_is_told_when_a_second_publisher_has_it(room: Newsroom) -> None:
    said = await room.says("/watch Ostrov")
    print(said.text)
    await room.publish(FLOOD.format(n="1,200"), "Echo")
    await room.silence()
    await room.publish(AGAIN.format(n="1,200"), "Planet")
    told = await room.told()
    print(told.text, labels(told))
    assert "1,200 people were evacuated" in told.text
    assert "Echo" in told.text
    assert "Planet" in told.text
    assert told.text.endswith("You watch: Ostrov")
    kinds = [one["type"] for one in told.entities]
    assert "expandable_blockquote" in kinds
    assert labels(told) == ["Ask about this", "Stop watching"]
    await room.silence()
