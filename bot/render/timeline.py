"""The timeline of a story, as a picture or as text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from bot.render.dates import day
from bot.render.pictures import blank, png
from bot.render.rich_text import RichText, clean, plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from retrieval.models import Article

# More would not be readable on a phone.
MOST_ENTRIES = 14
_WIDTH_IN, _ROW_IN, _DPI = 7.0, 0.62, 150
_WRAP = 62


def entries(articles: Sequence[tuple[datetime, Article]]) -> list[tuple[datetime, Article]]:
    """The first report of each day, oldest first; of more days than fit, the newest."""
    by_day: dict[object, tuple[datetime, Article]] = {}
    for at, article in sorted(articles, key=lambda one: (one[0], one[1].id)):
        by_day.setdefault(at.date(), (at, article))
    return list(by_day.values())[-MOST_ENTRIES:]


def timeline(title: str, shown: Sequence[tuple[datetime, Article]], zone: tzinfo) -> bytes:
    """A PNG with a line of days, each with what was reported first.

    Raises:
        NoPicturesError: matplotlib is not installed.
    """
    height = 1.1 + _ROW_IN * max(len(shown), 1)
    figure = blank((_WIDTH_IN, height), _DPI)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, _WIDTH_IN)
    axes.set_ylim(0, height)
    wrapped = textwrap.shorten(clean(title), 70, placeholder="…")
    axes.text(0.3, height - 0.5, wrapped, fontsize=12, weight="bold", parse_math=False)
    rows = [height - 1.1 - _ROW_IN * n for n in range(len(shown))]
    if rows:
        axes.plot([1.45, 1.45], [rows[0], rows[-1]], color="#b0b7c3", linewidth=2, zorder=1)
    for y, (at, article) in zip(rows, shown, strict=True):
        axes.scatter([1.45], [y], s=42, color="#2b6cb0", zorder=2)
        when = day(at.astimezone(zone))
        axes.text(1.3, y, when, fontsize=8.5, ha="right", va="center", parse_math=False)
        what = textwrap.fill(clean(article.title), _WRAP, max_lines=2, placeholder="…")
        axes.text(1.65, y + 0.06, what, fontsize=9, va="center", parse_math=False)
        lines = what.count("\n") + 1
        outlet = clean(article.outlet)
        axes.text(
            1.65,
            y - 0.1 - 0.08 * lines,
            outlet,
            fontsize=7.5,
            color="#666666",
            va="center",
            parse_math=False,
        )
    return png(figure)


def timeline_text(title: str, shown: Sequence[tuple[datetime, Article]], zone: tzinfo) -> RichText:
    """The same as lines, for a bot without matplotlib."""
    text = plain(title, 900)
    for at, article in shown:
        text += f"\n• {day(at.astimezone(zone))}: "
        text += plain(article.title) + ", " + plain(article.outlet)
    return text
