"""Sets up a local Telegram server, the real bot on it, and a sample archive."""

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
    """The parts of a demo; `person` is the user, an admin of the bot."""

    api: LocalBotApi
    person: Person
    library: Library
    days: Days


@asynccontextmanager
async def on_stage(
    base: BotSettings, console: Console, clock: Clock | None = None
) -> AsyncIterator[Stage]:
    """Set up the demo in DATA_DIR/demo, with the models of the settings; all else is local.

    With a `clock`, it plays at that time and starts afresh in DATA_DIR/demo-chat.

    Raises:
        SitrepError: a sample article is missing, or as in `open_library` and `serving`.
    """
    folder = base.data_dir / ("demo" if clock is None else "demo-chat")
    if clock is not None:
        # Otherwise briefings of later days would be known on earlier ones.
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
    """Add the sample articles that are missing."""
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


# Start of the conversation: the sample articles are known, the live ones begin that day.
FIRST_EVENING = datetime(2024, 11, 25, 20, 0, tzinfo=UTC)
_STEP = timedelta(minutes=30)
# How often to check whether the bot has caught up with the time, and for how long at most.
_LOOK_S, _LOOKS = 0.02, 1_500


@dataclass(frozen=True, slots=True)
class Days:
    """The demo's calendar; `forward` lets a day pass."""

    clock: Clock
    library: Library

    async def begin(self) -> int:
        """Add the articles published so far; returns how many."""
        return await self._arrive(None)

    async def forward(self) -> int:
        """Let a day pass in steps of half an hour; returns how many articles were added."""
        until = self.clock.now() + timedelta(days=1)
        came = 0
        while (before := self.clock.now()) < until:
            self.clock.forward(min(before + _STEP, until))
            came += await self._arrive(before)
            await self._caught_up()
        return came

    async def _caught_up(self) -> None:
        """Wait until everything due is delivered: if time ran ahead, it would be late."""
        for _ in range(_LOOKS):
            await asyncio.sleep(_LOOK_S)
            if await is_idle(self.library.database, self.clock.now()):
                return

    async def _arrive(self, after: datetime | None) -> int:
        """Store the articles published since; returns how many were new."""
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
