"""The real bot on a local Telegram, with its own archive."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.app import serving
from bot.background import Clock
from bot.local_api import Limits, LocalBotApi, Person, local_bot_api
from bot.settings import BotSettings
from tests.support.archives import cut

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from bot.features import App
    from retrieval.library import Library
    from retrieval.models import ArticleDraft


@dataclass(frozen=True, slots=True)
class RunningBot:
    """A running bot, with a reader and an admin who haven't written yet."""

    api: LocalBotApi
    app: App
    library: Library
    reader: Person
    admin: Person


READER_ID, ADMIN_ID = 1001, 1002


def bot_settings(api: LocalBotApi, folder: Path, **more: object) -> BotSettings:
    fields: dict[str, object] = {
        "telegram_bot_token": api.token,
        "telegram_api_url": api.address,
        "admin_ids": {ADMIN_ID},
        "data_dir": folder,
        "fetch_allow_private": True,
        **more,
    }
    return BotSettings.read(_env_file=None, **fields)


@asynccontextmanager
async def running_bot(
    folder: Path, articles: Sequence[ArticleDraft] = (), clock: Clock | None = None, **settings: Any
) -> AsyncIterator[RunningBot]:
    clock = clock or Clock()
    async with local_bot_api(limits=Limits.off(), clock=lambda: clock.now().timestamp()) as api:
        people = api.person("Rita", id=READER_ID), api.person("Ada", id=ADMIN_ID)
        async with serving(bot_settings(api, folder, **settings), clock=clock) as (app, library):
            for one in articles:
                await library.archive.articles.store(one, cut(one.text), added_by="test")
            await library.indexer.work()
            yield RunningBot(api, app, library, *people)
            assert api.unknown_parameters == set(), api.unknown_parameters


@asynccontextmanager
async def running_with(settings: BotSettings) -> AsyncIterator[Library]:
    async with serving(settings) as (_, library):
        yield library
