"""When the clock jumps, nothing is repeated or missed, and people get answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.background import Clock
from tests.e2e.test_questions import ALPHA, BETA, QUESTION
from tests.e2e.test_subscriptions import (
    SATURDAY_NOON,
    briefings,
    comes_in,
    delivered,
    news,
    says,
)
from tests.support.bots import running_bot

if TYPE_CHECKING:
    from pathlib import Path


class JumpingClock(Clock):
    """One that is also put back, as a machine's is when its time is corrected."""

    def jump(self, to: datetime) -> None:
        """Be there at once, and have nobody told."""
        self._ahead += to - self.now()


@pytest.mark.faults("Clock jumps back and forth")
async def test_a_briefing_is_told_once_and_questions_are_answered(tmp_path: Path) -> None:
    clock = JumpingClock(SATURDAY_NOON)
    old = news("Drones over Kursk", "Nine drones fell near Kursk.", SATURDAY_NOON)
    due = datetime(2024, 11, 24, 5, 30, 1, tzinfo=UTC)
    async with running_bot(tmp_path, [old, ALPHA, BETA], clock) as bot:
        rita = bot.reader
        await says(rita, "/subscribe 7:30 Europe/Kyiv Kursk")
        evening = SATURDAY_NOON + timedelta(hours=8)
        clock.forward(evening)
        raid = "Explosions were heard at the Khalino airfield near Kursk, residents said."
        await comes_in(bot, news("Explosions near Kursk", raid, evening))
        clock.forward(due)
        assert "Khalino airfield" in (await rita.wait_for_reply(timeout=30)).text
        await delivered(bot)

        for jump in (timedelta(hours=-6), timedelta(minutes=-1), timedelta(days=-400)):
            clock.jump(due + jump)
            await rita.send(QUESTION)
            assert "50,000 troops massed" in (await rita.wait_for_reply(timeout=30)).text
            clock.forward(due)
            await delivered(bot)
            assert len(briefings(rita)) == 1

        clock.jump(due + timedelta(hours=23))  # forward, unseen: it comes when it is noticed
        clock.forward(due + timedelta(days=1))
        assert (await rita.wait_for_reply(timeout=30)).text.startswith("Nothing new about Kursk")
        await delivered(bot)
        assert len(briefings(rita)) == 2
