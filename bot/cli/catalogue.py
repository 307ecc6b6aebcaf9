"""`sitrep articles` and `stats`, which need only SQL: no model is loaded."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime

from bot.features.articles.statistics import failures, statistics_text
from bot.features.articles.views import folded, listing_lines, wanted
from bot.ops.logs import set_up_logging
from bot.settings import BotSettings
from bot.telegram.rich_text import printed
from retrieval.maintenance import open_catalogue


async def run_articles(asked: str, page: int, size: int, *, as_json: bool) -> int:
    """Print a page (from 1) of the articles that match a search."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    async with open_catalogue(settings) as catalogue:
        which = wanted(folded(asked), await catalogue.outlets())
        listing = await catalogue.listing(which, (page - 1) * size, size)
    if as_json:
        for article in listing.articles:
            sys.stdout.write(json.dumps(asdict(article), ensure_ascii=False, default=str) + "\n")
        return 0
    pages = max(-(-listing.total // size), 1)
    sys.stdout.write(listing_lines(listing.articles))
    sys.stdout.write(f"{listing.total:,} articles, page {page} of {pages}.\n")
    return 0


async def run_stats() -> int:
    """Print the archive's statistics and recent failures."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    now = datetime.now(UTC)
    async with open_catalogue(settings) as catalogue:
        counts = await catalogue.statistics(now)
        failed = await failures(catalogue.database, now)
    sys.stdout.write(f"{printed(statistics_text(counts, failed))}\n")
    return 0
