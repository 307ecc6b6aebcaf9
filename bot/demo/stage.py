"""A local Telegram, the real bot on it, and a sample archive behind the bot."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.app import serving
from bot.clock import Clock
from bot.demo.days import Days
from bot.local_api import LocalBotApi, Person, local_bot_api
from retrieval.errors import SourceError
from retrieval.library import open_library
from retrieval.models import Rejected

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
        SourceError: a sample article is not there.
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
        raise SourceError(
            f"{len(reasons)} of {len(outcomes)} sample articles could not be added: {reason}"
        )
