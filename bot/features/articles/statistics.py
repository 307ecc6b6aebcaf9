"""Statistics for admins: the archive's growth, and recent failures from the bot's tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from bot.features.briefings.pictures import blank, png
from bot.language import gettext as _
from bot.language import number, short_month_day, translated
from bot.tables import intake_item, intake_job, outbox
from bot.telegram.rich_text import RichText, join, plain, styled
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from retrieval.storage.database import Database
    from retrieval.storage.listing import Statistics


LATELY = timedelta(days=7)
_EXAMPLES = 3
_ITEMS = 1000


@dataclass(frozen=True, slots=True)
class Failures:
    """Failures within `LATELY`: sources not added, messages that failed or may not have arrived.

    `newest` has the last few of these sources, as (label, reason).
    """

    sources: int
    newest: tuple[tuple[str, UserMessage], ...]
    undelivered: int


async def failures(database: Database, now: datetime) -> Failures:
    """Count the recent failures.

    Raises:
        ArchiveError: the database failed.
    """
    since = now - LATELY
    items = (
        select(intake_item.c.failures)
        .join(intake_job, intake_job.c.id == intake_item.c.job_id)
        .where(intake_job.c.changed_at >= since, intake_item.c.rejected > 0)
        .order_by(intake_item.c.id.desc())
        .limit(_ITEMS)
    )
    rejected = (
        select(func.coalesce(func.sum(intake_item.c.rejected), 0))
        .join(intake_job, intake_job.c.id == intake_item.c.job_id)
        .where(intake_job.c.changed_at >= since)
    )
    lost = select(func.count()).where(
        outbox.c.state.in_(("failed", "unknown")), outbox.c.finished_at >= since
    )
    async with database.read() as connection:
        rows = (await connection.execute(items)).scalars().all()
        total = int((await connection.execute(rejected)).scalar_one())
        undelivered = int((await connection.execute(lost)).scalar_one())
    newest = [
        (str(label), UserMessage.from_json(reason))
        for row in rows
        for _, label, reason in reversed(row)
    ]
    return Failures(total, tuple(newest[:_EXAMPLES]), undelivered)


_OUTLETS = 10
_LONGEST = 100


def statistics_text(counts: Statistics, failed: Failures) -> RichText:
    """The statistics as a message: articles, outlets, growth, index, failures."""
    parts = [_articles(counts), _outlets(counts), _index(counts), _failures(failed)]
    return join(parts, "\n\n")


def _articles(counts: Statistics) -> RichText:
    added = [count for _day, count in counts.added]
    head = _("Articles: {count}").format(count=number(counts.summary.articles))
    lines = [
        _("Added today {today}, in 7 days {week}, in 30 days {month}.").format(
            today=number(added[-1]), week=number(sum(added[-7:])), month=number(sum(added))
        ),
        _("Corrections: {revised}. Removed, can be undone: {removed}.").format(
            revised=number(counts.revised), removed=number(counts.removed)
        ),
    ]
    return join([styled("bold", head), *map(RichText, lines)], "\n")


def _outlets(counts: Statistics) -> RichText:
    outlets = counts.summary.outlets
    lines = [styled("bold", _("Outlets: {count}").format(count=number(len(outlets))))]
    lines += [plain(_short(name)) + f": {number(count)}" for name, count in outlets[:_OUTLETS]]
    if (rest := len(outlets) - _OUTLETS) > 0:
        lines.append(RichText(_("and {count} more").format(count=number(rest))))
    return join(lines, "\n")


def _index(counts: Statistics) -> RichText:
    pending, stale = counts.summary.pending, counts.stale
    head = styled("bold", _("Index")) + "\n"
    if not pending and not stale:
        return head + _("Up to date.")
    return head + _(
        "Waiting to be embedded (already found by keywords): {pending}. Old revisions "
        "to remove: {stale}."
    ).format(pending=number(pending), stale=number(stale))


def _failures(failed: Failures) -> RichText:
    lines = [
        styled("bold", _("Failures in 7 days")),
        RichText(
            _("Sources not added: {sources}. Undelivered: {undelivered}.").format(
                sources=number(failed.sources), undelivered=number(failed.undelivered)
            )
        ),
    ]
    lines += [
        plain(f"{_short(label)}: {_short(translated(reason))}") for label, reason in failed.newest
    ]
    return join(lines, "\n")


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


_SIZE_IN, _DPI = (6.0, 2.4), 150
_TICKS = 5


def growth(added: Sequence[tuple[date, int]]) -> bytes:
    """A bar chart of articles added per day, oldest first, as a PNG.

    Raises:
        NoPicturesError: matplotlib is not installed.
    """
    figure = blank(_SIZE_IN, _DPI, layout="constrained")
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  heavy

    axes = figure.add_subplot()
    axes.bar(range(len(added)), [number for _, number in added], color="#2b6cb0", width=0.8)
    axes.set_ylim(0, max([1, *(number for _, number in added)]) * 1.1)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    ticks = range(len(added) - 1, -1, -max(len(added) // _TICKS, 1))
    axes.set_xticks(list(ticks), [short_month_day(added[at][0]) for at in ticks])
    axes.tick_params(labelsize=8, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color="#e2e8f0")
    axes.set_axisbelow(True)
    return png(figure)
