"""`sitrep compact`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bot import tables
from bot.logs import set_up_logging
from bot.settings import BotSettings
from retrieval import operation

if TYPE_CHECKING:
    from retrieval.archive.compacting import Sizes


async def run_compact() -> int:
    """Give back the space of what was removed."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    sql, chroma = await operation.compact(settings, tables.metadata)
    sys.stdout.write(f"Database: {_said(sql)}\n")
    if chroma is not None:
        sys.stdout.write(f"Vector index: {_said(chroma)}\n")
    elif settings.chroma_url:
        sys.stdout.write("The vectors lie on a Chroma server, which keeps its own files.\n")
    return 0


def _said(sizes: Sizes) -> str:
    return f"{sizes.before / 1e6:,.1f} MB before, {sizes.after / 1e6:,.1f} MB now."
