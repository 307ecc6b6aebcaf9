"""Days that pass in the demo: articles come in when they were published, briefings when due."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

from bot.delivery import is_idle
from retrieval.models import Added, Draft, Precision, Published
from retrieval.splitting import split

if TYPE_CHECKING:
    from bot.clock import Clock
    from retrieval.library import Library

# When the conversation begins: the sample articles are known, the live ones begin that day.
FIRST_EVENING = datetime(2024, 11, 25, 20, 0, tzinfo=UTC)
_STEP = timedelta(minutes=30)
# How often it is looked whether the bot has caught up with the time, and for how long at most.
_LOOK_S, _LOOKS = 0.02, 1_500


@dataclass(frozen=True, slots=True)
class Days:
    """The demo's days; `forward` lets one pass."""

    clock: Clock
    library: Library

    async def begin(self) -> int:
        """Add what is published by now; how many articles came."""
        return await self._arrive(None)

    async def forward(self) -> int:
        """Let a day pass, half an hour after the other; how many articles came."""
        until = self.clock.now() + timedelta(days=1)
        came = 0
        while (before := self.clock.now()) < until:
            self.clock.forward(min(before + _STEP, until))
            came += await self._arrive(before)
            await self._caught_up()
        return came

    async def _caught_up(self) -> None:
        """Until what was due is delivered: time that ran ahead of it would make it late."""
        for _ in range(_LOOKS):
            await asyncio.sleep(_LOOK_S)
            if await is_idle(self.library.database, self.clock.now()):
                return

    async def _arrive(self, after: datetime | None) -> int:
        """Store what has been published since; how many articles were new."""
        now = self.clock.now()
        stored = 0
        for draft in _drafts():
            at = draft.published.at if draft.published else now
            if at <= now and (after is None or at > after):
                outcome = await self.library.archive.store(draft, split(draft.text), "demo")
                stored += isinstance(outcome, Added)
        if stored:
            await self.library.indexer.work()
        return stored


def _drafts() -> list[Draft]:
    lines = (files("bot.demo") / "sample" / "live.jsonl").read_text(encoding="utf-8").splitlines()
    return [_draft(json.loads(line)) for line in lines]


def _draft(value: dict[str, str]) -> Draft:
    published = Published(datetime.fromisoformat(value["published_at"]), Precision.MINUTE)
    return Draft(
        title=value["title"],
        text=value["text"],
        outlet=value["source"],
        url=value["url"],
        author=value["author"],
        published=published,
        language=value["language"],
    )
