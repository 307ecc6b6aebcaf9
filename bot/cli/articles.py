"""`sitrep remove`, `article`, `log`, `feedback export` and `usage`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.cli.adding import ADDED_BY, index, progress_bar
from bot.features.access.views import log_page
from bot.features.articles.views import history_text
from bot.features.audit_log import recorder
from bot.features.corrections import strike
from bot.features.questions.feedback import usage_page
from bot.ops.logs import set_up_logging
from bot.settings import BotSettings
from bot.telegram.rich_text import printed
from retrieval.errors import SettingsError
from retrieval.library import open_library
from retrieval.storage.audit import entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.library import Library


async def run_remove(article_ids: Sequence[int]) -> int:
    """Remove articles; returns 1 if there is none with one of the ids."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    missing = 0
    async with open_library(settings) as library:
        for article_id in article_ids:
            removed = await library.archive.articles.remove(article_id)
            missing += not removed
            if removed:
                await strike(library.database, article_id)
                await _record(library, "remove", article_id)
            undo = f"Removed article {article_id}. For a day: sitrep remove --undo {article_id}"
            sys.stdout.write(f"{undo if removed else f'There is no article {article_id}.'}\n")
        with progress_bar() as progress:
            await index(library, progress)
    return 1 if missing else 0


async def run_undo(article_ids: Sequence[int]) -> int:
    """Restore removed articles; returns 1 if one of them can't be restored."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    missing = 0
    async with open_library(settings) as library:
        for article_id in article_ids:
            restored = await library.archive.articles.restore(article_id, datetime.now(UTC))
            missing += not restored
            if restored:
                await _record(library, "restore", article_id)
            none = f"No article {article_id} was removed within a day."
            sys.stdout.write(f"{f'Restored article {article_id}.' if restored else none}\n")
        with progress_bar() as progress:
            await index(library, progress)
    return 1 if missing else 0


async def _record(library: Library, what: str, article_id: int) -> None:
    record = recorder(library.database, lambda: datetime.now(UTC))
    await record(ADDED_BY, what, f"article:{article_id}")


async def run_article(article_id: int) -> int:
    """Print an article's history."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    async with open_library(settings) as library:
        notes = await library.archive.catalogue.history(article_id)
        article = await library.archive.articles.get(article_id)
        kin = await library.archive.articles.kin(article_id)
    sys.stdout.write(f"{printed(history_text(article, notes, kin))}\n")
    return 0


async def run_log(count: int, *, as_json: bool) -> int:
    """Print the latest entries of the audit log, the newest first."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    async with open_library(settings) as library:
        found = await entries(library.database, count)
    if as_json:
        for one in found:
            sys.stdout.write(json.dumps(asdict(one), ensure_ascii=False, default=str) + "\n")
        return 0
    sys.stdout.write(f"{printed(log_page(found, {}))}\n")
    return 0


async def run_export(since: str | None) -> int:
    """Print answers with votes as JSON, one per line, without who asked or voted."""
    start = _day(since)
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    async with open_library(settings) as library:
        async for row in library.archive.feedback.rows(start):
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    return 0


async def run_usage(days: int) -> int:
    """Print what answers cost in the last days, including today."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    async with open_library(settings) as library:
        usage = await library.archive.feedback.usage_since(midnight - timedelta(days=days - 1))
    name = "Today" if days == 1 else f"{days} days"
    sys.stdout.write(f"{printed(usage_page([(name, usage)], settings.budget))}\n")
    return 0


def _day(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"--since {text}: expected a day, such as 2024-11-10.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
