"""`sitrep feedback export` and `sitrep usage`."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta

from bot.logs import set_up_logging
from bot.render.rich_text import printed
from bot.render.usage import usage_page
from bot.settings import BotSettings
from retrieval.errors import SettingsError
from retrieval.library import open_library


async def run_export(since: str | None) -> int:
    """A JSON object a line for each answer that somebody voted on, without who asked."""
    start = _day(since)
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    async with open_library(settings) as library:
        async for row in library.archive.feedback(start):
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    return 0


async def run_usage(days: int) -> int:
    """What answers cost in the last days, today among them."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    async with open_library(settings) as library:
        usage = await library.archive.usage_since(midnight - timedelta(days=days - 1))
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
