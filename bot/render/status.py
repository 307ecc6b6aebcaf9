"""`/status`: how the bot is, at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.language import gettext as _
from bot.language import number
from bot.render.rich_text import RichText, plain, styled

if TYPE_CHECKING:
    from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Status:
    """What this program does at the moment; the archive's numbers are those of all programs.

    `model` is empty where answers are quotes; `model_words` are what it, or its server, said when
    it last failed. `failing` are feeds.
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
    model_asked: int = 0
    model_failed: int = 0
    model_words: str = ""
    model_failed_ago: timedelta | None = None


def status_page(now: Status) -> RichText:
    """One screen."""
    up = _("Up {span}, by webhook") if now.by_webhook else _("Up {span}, by long polling")
    model = plain(now.model).text or _("quotes, without a language model")
    tokens = _("Tokens today: {tokens}")
    if now.token_limit:
        tokens = _("Tokens today: {tokens} of {limit}")
    lines = [
        up.format(span=_span(now.up)),
        _("Answers: {by}").format(by=model),
        *_model(now),
        _("Since start-up: questions {answers}, errors {errors}").format(
            answers=number(now.answers), errors=number(now.errors)
        ),
        _("Waiting: questions {questions}, messages {messages}").format(
            questions=number(now.questions), messages=number(now.messages)
        ),
        _("Archive: articles {articles}, not embedded yet {pending}").format(
            articles=number(now.articles), pending=number(now.pending)
        ),
        _("Feeds: {feeds}, failing: {failing}").format(
            feeds=number(now.feeds), failing=number(now.failing)
        ),
        tokens.format(tokens=number(now.tokens), limit=number(now.token_limit)),
        _("Free disk: {gigabytes} GB").format(gigabytes=number(now.free_bytes // 10**9)),
    ]
    return styled("bold", f"Sitrep {now.version}") + "\n" + "\n".join(lines)


def _model(now: Status) -> list[str]:
    """How often the model failed, and what was said the last time."""
    if not now.model_failed or now.model_failed_ago is None:
        return []
    text = _("Model: {failed} of {asked} calls failed; the last one {span} ago: {words}")
    return [
        text.format(
            failed=number(now.model_failed),
            asked=number(now.model_asked),
            span=_span(now.model_failed_ago),
            words=plain(now.model_words).text,
        )
    ]


def _span(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return _("{days} d {hours} h").format(days=days, hours=hours)
    if hours:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes % 60)
    return _("{minutes} min").format(minutes=minutes)
