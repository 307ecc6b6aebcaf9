"""`sitrep migrate-to`, `backup` and `restore`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bot import tables
from bot.logs import set_up_logging
from bot.settings import BotSettings
from retrieval import operation
from retrieval.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

_SHOWN = ("article", "revision", "passage", "briefing", "subscription")


async def run_migrate_to(url: str) -> int:
    """Copy the archive to another database."""
    settings = BotSettings.read()
    try:
        target = BotSettings.read(database_url=url)
    except SettingsError as error:
        raise SettingsError(str(error).replace("DATABASE_URL", "URL")) from None
    set_up_logging(settings, "WARNING", also=[target])
    counts = await operation.migrate_to(settings, target.sql_url, tables.metadata)
    some = ", ".join(f"{name} {counts[name]:,}" for name in _SHOWN)
    sys.stdout.write(
        f"Copied {sum(counts.values()):,} rows of {len(counts)} tables, counted on both sides: "
        f"{some}.\nWhat a running bot writes from now on is not in the copy. Stop it, set "
        "DATABASE_URL to the copy, start it.\n"
    )
    return 0


async def run_backup(path: Path) -> int:
    """Back everything up but the vectors."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    await operation.backup(settings, path, tables.metadata)
    sys.stdout.write(
        f"Backed up to {path}, without vectors, which are made again from it. "
        f"To bring it back: sitrep restore {path}, with DATA_DIR set to an empty folder.\n"
    )
    return 0


async def run_restore(path: Path) -> int:
    """Bring a backup back."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    await operation.restore(settings, path, tables.metadata)
    sys.stdout.write(
        "Restored; words are searchable at once. The vectors are made by `sitrep reindex`, or by "
        "the bot while it runs.\n"
    )
    return 0
