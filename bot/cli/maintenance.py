"""`sitrep migrate-to`, `backup`, `restore`, `compact` and `doctor`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from bot import tables
from bot.ops.logs import set_up_logging, struck
from bot.settings import BotSettings
from retrieval import maintenance
from retrieval.diagnostics import Finding, Level, examine
from retrieval.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from retrieval.storage.compacting import Sizes


_SHOWN = ("article", "revision", "passage", "briefing", "subscription")


async def run_migrate_to(url: str) -> int:
    """Copy the archive to another database."""
    settings = BotSettings.read()
    try:
        target = BotSettings.read(database_url=url)
    except SettingsError as error:
        raise SettingsError(str(error).replace("DATABASE_URL", "URL")) from None
    set_up_logging(settings, "WARNING", also=[target])
    counts = await maintenance.migrate_to(settings, target.sql_url, tables.metadata)
    some = ", ".join(f"{name} {counts[name]:,}" for name in _SHOWN)
    sys.stdout.write(
        f"Copied {sum(counts.values()):,} rows of {len(counts)} tables, counted on both sides: "
        f"{some}.\nWhat a running bot writes from now on is not in the copy. Stop it, set "
        "DATABASE_URL to the copy, start it.\n"
    )
    return 0


async def run_backup(path: Path) -> int:
    """Back up everything except the vectors."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    await maintenance.backup(settings, path, tables.metadata)
    sys.stdout.write(
        f"Backed up to {path}, without vectors, which are made again from it. "
        f"To bring it back: sitrep restore {path}, with DATA_DIR set to an empty folder.\n"
    )
    return 0


async def run_restore(path: Path) -> int:
    """Restore a backup."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    await maintenance.restore(settings, path, tables.metadata)
    sys.stdout.write(
        "Restored; words are searchable at once. The vectors are made by `sitrep reindex`, or by "
        "the bot while it runs.\n"
    )
    return 0


async def run_compact() -> int:
    """Free the space of removed articles."""
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    sql, chroma = await maintenance.compact(settings, tables.metadata)
    sys.stdout.write(f"Database: {_said(sql)}\n")
    if chroma is not None:
        sys.stdout.write(f"Vector index: {_said(chroma)}\n")
    elif settings.chroma_url:
        sys.stdout.write("The vectors lie on a Chroma server, which keeps its own files.\n")
    return 0


def _said(sizes: Sizes) -> str:
    return f"{sizes.before / 1e6:,.1f} MB before, {sizes.after / 1e6:,.1f} MB now."


_TIMEOUT_S = 10.0
_CLOCK_MAY_BE_OFF_S = 60.0
_MANY_UPDATES = 100
_MARKS = {Level.OK: "ok      ", Level.NOTE: "note    ", Level.PROBLEM: "PROBLEM "}


async def run_doctor() -> int:
    """Print the results of all checks; returns 1 if there is a problem."""
    try:
        settings = BotSettings.read()
    except SettingsError as error:
        return _say([Finding(Level.PROBLEM, str(error), "Correct it; .env.example has them all.")])
    set_up_logging(settings, "WARNING")
    found = [Finding(Level.OK, "The settings can be read.")]
    found += await examine(settings)
    found += await telegram(settings)
    return _say(found)


async def telegram(settings: BotSettings) -> list[Finding]:
    """Check token, clock and webhook with the Bot API server."""
    if settings.telegram_bot_token is None:
        do = "Set TELEGRAM_BOT_TOKEN; @BotFather in Telegram gives one."
        return [Finding(Level.NOTE, "There is no token: `sitrep run` can't start.", do)]
    server = urlsplit(settings.telegram_api_url).netloc
    token = settings.telegram_bot_token.get_secret_value()
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
            base = f"{settings.telegram_api_url}/bot{token}"
            me = await client.get(f"{base}/getMe")
            hook = await client.get(f"{base}/getWebhookInfo")
            answers = me.json(), hook.json()
    # The error's text may contain the address, and with it the token; its type is enough.
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        what = f"Telegram's server {server} can't be reached ({type(error).__name__})."
        do = "Look at the network, and at TELEGRAM_API_URL."
        return [Finding(Level.PROBLEM, what, do)]
    if not answers[0].get("ok"):
        what = f"Telegram refuses the token ({answers[0].get('description')})."
        do = "Set TELEGRAM_BOT_TOKEN to what @BotFather says."
        return [Finding(Level.PROBLEM, what, do)]
    name = answers[0]["result"].get("username")
    return [
        Finding(Level.OK, f"The token is @{name}'s."),
        *clock(me.headers.get("date"), datetime.now(UTC)),
        *webhook(answers[1].get("result") or {}),
    ]


def clock(date: str | None, now: datetime) -> list[Finding]:
    """Compare this machine's clock with a server's `Date` header."""
    try:
        theirs = parsedate_to_datetime(date) if date else None
    except ValueError:
        theirs = None
    if theirs is None:
        return [Finding(Level.NOTE, "Telegram's server did not say what time it is.")]
    off = (now - theirs).total_seconds()
    if abs(off) > _CLOCK_MAY_BE_OFF_S:
        what = f"The clock is {abs(off):,.0f} s {'fast' if off > 0 else 'slow'}."
        do = "Set it (NTP): briefings are due by it."
        return [Finding(Level.PROBLEM, what, do)]
    return [Finding(Level.OK, "The clock agrees with Telegram's.")]


def webhook(info: Mapping[str, Any]) -> list[Finding]:
    """Check the result of `getWebhookInfo`."""
    found = []
    if waiting := info.get("pending_update_count", 0):
        level = Level.PROBLEM if waiting > _MANY_UPDATES else Level.NOTE
        found.append(Finding(level, f"{waiting:,} updates wait to be fetched.", "sitrep run"))
    if not info.get("url"):
        return [*found, Finding(Level.OK, "No webhook is set: the bot polls.")]
    host = urlsplit(str(info["url"])).hostname
    if problem := info.get("last_error_message"):
        what = f"Telegram could not deliver to the webhook at {host}: {problem}."
        do = "See that the address is reachable and its certificate valid."
        return [*found, Finding(Level.PROBLEM, what, do)]
    return [*found, Finding(Level.OK, f"A webhook is set, at {host}.")]


def _say(found: list[Finding]) -> int:
    for one in found:
        sys.stdout.write(f"{_MARKS[one.level]}{struck(one.what)}\n")
        if one.do:
            sys.stdout.write(f"{' ' * len(_MARKS[one.level])}-> {one.do}\n")
    return 1 if any(one.level is Level.PROBLEM for one in found) else 0
