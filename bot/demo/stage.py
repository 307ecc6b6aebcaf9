"""A local Telegram, the real bot on it, and a sample archive behind the bot."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.app import serving
from bot.background import Clock
from bot.local_api import LocalBotApi, Person, local_bot_api
from bot.telegram.outbox import is_idle
from retrieval.errors import SitrepError
from retrieval.library import open_library
from retrieval.models import Added, ArticleDraft, Precision, Published, Rejected
from retrieval.text.sentences import split

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rich.console import Console

    from bot.settings import BotSettings
    from retrieval.library import Library


@dataclass(frozen=True, slots=True)
class Stage:
    """What a demo plays with; `person` is you, and an admin of the bot."""

    api: LocalBotApi
    person: Person
    library: Library
    days: Days


@asynccontextmanager
async def on_stage(
    base: BotSettings, console: Console, clock: Clock | None = None
) -> AsyncIterator[Stage]:
    """Set the stage in DATA_DIR/demo; models are those of the settings, everything else is local.

    With a `clock` of its own, the play is set in its time and begins anew, in DATA_DIR/demo-chat.

    Raises:
        SitrepError: a sample article is not there.
        SitrepError: as `open_library` and `serving` do.
    """
    folder = base.data_dir / ("demo" if clock is None else "demo-chat")
    if clock is not None:
        # What was told on a later day would be known on an earlier one.
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    clock = clock or Clock()
    async with local_bot_api(clock=lambda: clock.now().timestamp()) as api:
        person = api.person("You", username="you")
        settings = base.model_copy(
            update={
                "telegram_bot_token": SecretStr(api.token),
                "telegram_api_url": api.address,
                "owner_ids": frozenset({person.id}),
                "admin_ids": frozenset({person.id}),
                "data_dir": folder,
                "database_url": "",
                "chroma_url": "",
                "otel_exporter_otlp_endpoint": "",
            }
        )
        with console.status("Reading the sample articles …"):
            await _load_samples(settings)
        async with serving(settings, clock=clock) as (_, library):
            yield Stage(api, person, library, Days(clock, library))


async def _load_samples(settings: BotSettings) -> None:
    """Add the sample articles; those that are there already are left alone."""
    async with open_library(settings) as library:
        with library.index_lock(), as_file(files("bot.demo") / "sample") as folder:
            path = str(folder / "articles.jsonl")
            outcomes = [one async for _, one in library.ingestor.add(path, added_by="demo")]
            await library.indexer.work()
    reasons = [one.reason for one in outcomes if isinstance(one, Rejected)]
    if reasons or not outcomes:
        reason = reasons[0] if reasons else "The file of samples is empty."
        raise SitrepError(
            f"{len(reasons)} of {len(outcomes)} sample articles could not be added: {reason}"
        )


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
                outcome = await self.library.archive.articles.store(
                    draft, split(draft.text), "demo"
                )
                stored += isinstance(outcome, Added)
        if stored:
            await self.library.indexer.work()
        return stored


def _drafts() -> list[ArticleDraft]:
    lines = (files("bot.demo") / "sample" / "live.jsonl").read_text(encoding="utf-8").splitlines()
    return [_draft(json.loads(line)) for line in lines]


def _draft(value: dict[str, str]) -> ArticleDraft:
    published = Published(datetime.fromisoformat(value["published_at"]), Precision.MINUTE)
    return ArticleDraft(
        title=value["title"],
        text=value["text"],
        outlet=value["source"],
        url=value["url"],
        author=value["author"],
        published=published,
        language=value["language"],
    )
