"""Counts of the archive, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    week = sum(number for _, number in counts.added[-7:])
    month = sum(number for _, number in counts.added)
    lines = [
        styled("bold", f"Articles: {counts.summary.articles:,}"),
        RichText(f"Added today {counts.added[-1][1]:,}, in 7 days {week:,}, in 30 days {month:,}."),
        RichText(f"Corrections: {counts.revised:,}. Removed, can be undone: {counts.removed:,}."),
    ]
    return join(lines, "\n")


def _outlets(counts: Statistics) -> RichText:
    outlets = counts.summary.outlets
    lines = [styled("bold", f"Outlets: {len(outlets):,}")]
    lines += [plain(_short(name)) + f": {number:,}" for name, number in outlets[:_OUTLETS]]
    if len(outlets) > _OUTLETS:
        lines.append(RichText(f"and {len(outlets) - _OUTLETS:,} more"))
    return join(lines, "\n")


def _index(counts: Statistics) -> RichText:
    pending, stale = counts.summary.pending, counts.stale
    head = styled("bold", "Index")
    if not pending and not stale:
        return head + "\nUp to date."
    return head + (
        f"\n{pending:,} wait to be embedded (found by words already), "
        f"{stale:,} old revisions to be taken out."
    )


def _failures(failed: Failures) -> RichText:
    lines = [
        styled("bold", "Failures in 7 days"),
        RichText(f"Sources not added: {failed.sources:,}. Undelivered: {failed.undelivered:,}."),
    ]
    lines += [plain(f"{_short(label)}: {_short(reason)}") for label, reason in failed.newest]
    return join(lines, "\n")


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
