"""Counts of the archive, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.language import gettext as _
from bot.language import number, translated
from bot.render.rich_text import RichText, join, plain, styled

if TYPE_CHECKING:
    from bot.statistics import Failures
    from retrieval.archive.statistics import Statistics

_OUTLETS = 10
_LONGEST = 100


def statistics_text(counts: Statistics, failed: Failures) -> RichText:
    """Articles, outlets, growth, index, failures."""
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
