"""A local Telegram, the real bot on it, and a sample archive behind the bot."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.app import serving
from bot.local_api import LocalBotApi, Person, local_bot_api
from retrieval.library import open_library

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


@asynccontextmanager
async def on_stage(base: BotSettings, console: Console) -> AsyncIterator[Stage]:
    """Set the stage in DATA_DIR/demo; models are those of the settings, everything else is local.

    Raises:
        SitrepError: as `open_library` and `serving` do.
    """
    async with local_bot_api() as api:
        person = api.person("You", username="you")
        settings = base.model_copy(
            update={
                "telegram_bot_token": SecretStr(api.token),
                "telegram_api_url": api.address,
                "admin_ids": frozenset({person.id}),
                "data_dir": base.data_dir / "demo",
                "database_url": "",
                "chroma_url": "",
            }
        )
        with console.status("Reading the sample articles …"):
            await _load_samples(settings)
        async with serving(settings) as (_, library):
            yield Stage(api, person, library)


async def _load_samples(settings: BotSettings) -> None:
    """Add the sample articles; those that are there already are left alone."""
    async with open_library(settings) as library:
        with library.index_lock(), as_file(files("bot.demo") / "sample") as folder:
            path = str(folder / "articles.jsonl")
            async for _ in library.ingestor.add(path, added_by="demo"):
                pass
            await library.indexer.work()
