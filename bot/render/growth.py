"""How many articles were added a day, as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.language import short_month_day
from bot.render.drawing import blank, png

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_SIZE_IN, _DPI = (6.0, 2.4), 150
_TICKS = 5


def growth(added: Sequence[tuple[date, int]]) -> bytes:
    """A PNG with a bar a day, oldest first.

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
