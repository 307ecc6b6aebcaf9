"""`sitrep log`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from bot.logs import set_up_logging
from bot.render.people import log_page
from bot.render.rich_text import printed
from bot.settings import BotSettings
from retrieval.archive.audit import entries
from retrieval.library import open_library


async def run_log(count: int, *, as_json: bool) -> int:
    """Print the newest lines of the audit log, the newest first."""
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
