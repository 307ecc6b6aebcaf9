"""`/status`: how the bot is, at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.render.rich_text import RichText, plain, styled

if TYPE_CHECKING:
    from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Status:
    """What this program does at the moment; the archive's numbers are those of all programs.

    `model` is empty where answers are quotes; `failing` are feeds.
    """

    version: str
    up: timedelta
    by_webhook: bool
    model: str
    articles: int
    pending: int
    questions: int
    messages: int
    answers: int
    errors: int
    feeds: int
    failing: int
    tokens: int
    token_limit: int
    free_bytes: int


def status_page(now: Status) -> RichText:
    """One screen."""
    limit = f" of {now.token_limit:,}" if now.token_limit else ""
    lines = [
        f"Up {_span(now.up)}, {'by webhook' if now.by_webhook else 'by long polling'}",
        f"Answers: {plain(now.model).text or 'quotes, without a language model'}",
        f"Since the start: questions {now.answers:,}, errors {now.errors:,}",
        f"Waiting: questions {now.questions:,}, messages {now.messages:,}",
        f"Archive: articles {now.articles:,}, not embedded yet {now.pending:,}",
        f"Feeds: {now.feeds:,}, {now.failing:,} failing",
        f"Tokens today: {now.tokens:,}{limit}",
        f"Free disk: {now.free_bytes / 1e9:,.1f} GB",
    ]
    return styled("bold", f"Sitrep {now.version}") + "\n" + "\n".join(lines)


def _span(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
