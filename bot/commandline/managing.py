"""`sitrep remove`, its undoing, and `sitrep article`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.commandline.adding import index, progress_bar
from bot.commandline.reading import ADDED_BY
from bot.delivery.striking import strike
from bot.logs import set_up_logging
from bot.recording import recorder
from bot.render.history import history_text
from bot.render.rich_text import printed
from bot.settings import BotSettings
from retrieval.library import open_library

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.library import Library


async def run_remove(article_ids: Sequence[int]) -> int:
    """Remove articles; 1 when there is none with one of the ids."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    missing = 0
    async with open_library(settings) as library:
        for article_id in article_ids:
            removed = await library.archive.remove(article_id)
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
    """Bring back removed articles; 1 when one of them can't be."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    missing = 0
    async with open_library(settings) as library:
        for article_id in article_ids:
            restored = await library.archive.restore(article_id, datetime.now(UTC))
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
        notes = await library.archive.history(article_id)
        article = await library.archive.article(article_id)
        kin = await library.archive.kin(article_id)
    sys.stdout.write(f"{printed(history_text(article, notes, kin))}\n")
    return 0
