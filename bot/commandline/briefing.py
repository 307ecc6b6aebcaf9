"""`sitrep brief`: a briefing in the terminal, or as a file."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.console import Console

from bot.as_json import briefing_json
from bot.logs import set_up_logging
from bot.render import briefings, documents
from bot.render.terminal import styled_text
from bot.settings import BotSettings
from bot.topics import read_topics
from retrieval.briefing import Wish, parse_since
from retrieval.errors import IndexBusyError, SettingsError
from retrieval.library import Library, open_library
from retrieval.models import Length, Window
from retrieval.words import words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from retrieval.models import Briefing


@dataclass(frozen=True, slots=True)
class BriefRequest:
    """What the command line says; `form` is text, json, md or html."""

    since: str | None = None
    topics: Sequence[str] = ()
    length: Length = Length.STANDARD
    now: str | None = None
    reader: str | None = None
    zone: str = "UTC"
    form: str = "text"


async def run_brief(asked: BriefRequest) -> int:
    """Write a briefing; with a reader it counts as given, and the next one goes on from it."""
    zone = _zone(asked.zone)
    now = _now(asked.now, zone)
    topics = _topics(asked.topics)
    settings = BotSettings.read()
    set_up_logging(settings, "ERROR")
    async with open_library(settings) as library:
        await _index(library)
        wish = Wish(topics, asked.length, _window(asked.since, now, zone))
        reader = f"cli:{asked.reader}" if asked.reader else None
        written = await library.desk.write(reader, wish, now)
        _show(written.briefing, asked.form, zone)
        if reader is not None:
            await library.desk.tell(reader, written, now)
    return 0


def _show(briefing: Briefing, form: str, zone: tzinfo) -> None:
    if form == "json":
        sys.stdout.write(json.dumps(briefing_json(briefing), ensure_ascii=False) + "\n")
    elif form in {"md", "html"}:
        sys.stdout.write(documents.document(briefing, zone, form))
    else:
        Console(highlight=False).print(styled_text(briefings.whole(briefing, zone)))


async def _index(library: Library) -> None:
    """What was added and not embedded yet, unless a running bot does that."""
    try:
        with library.index_lock():
            await library.indexer.work()
    except IndexBusyError:
        return


def _window(since: str | None, now: datetime, zone: tzinfo) -> Window | None:
    if since is None:
        return None
    start = parse_since(since, now, zone)
    if start is None:
        raise SettingsError(
            f"--since {since}: give a time in the last year, such as 24h, 3d, monday or 2024-11-10."
        )
    return Window(start, now)


def _topics(asked: Sequence[str]) -> tuple[str, ...]:
    if any(not words(one) for one in asked):
        raise SettingsError("--topic: a topic is a few words, such as --topic Kursk.")
    topics, problem = read_topics(",".join(asked))
    if problem is not None:
        raise SettingsError(f"--topic: {problem}")
    return topics


def _now(text: str | None, zone: tzinfo) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            f"--now {text}: expected an ISO 8601 instant, such as 2024-11-12T07:30."
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(f"--zone {name}: expected an IANA name, such as Europe/Kyiv.") from None
