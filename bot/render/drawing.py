"""Pictures by matplotlib, which an extra brings."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from bot.language import gettext as _
from retrieval.errors import SitrepError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class NoPicturesError(SitrepError):
    """matplotlib is not installed."""


def blank(
    size_in: tuple[float, float],
    dpi: int,
    *,
    paper: str = "white",
    **options: Any,  # noqa: ANN401
) -> Figure:
    """An empty figure on `paper` of a colour; `size_in` in inches.

    Raises:
        NoPicturesError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  heavy
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise _missing() from error
    figure = Figure(figsize=size_in, dpi=dpi, facecolor=paper, **options)
    FigureCanvasAgg(figure)
    return figure


def png(figure: Figure) -> bytes:
    """The figure as a PNG file."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", facecolor="auto", metadata={"Software": None})
    return picture.getvalue()


def font(*, bold: bool) -> Any:  # noqa: ANN401  matplotlib has no types
    """What letters are measured by; not shared between threads, as matplotlib keeps one for each.

    Raises:
        NoPicturesError: matplotlib is not installed.
    """
    try:
        from matplotlib.font_manager import (  # noqa: PLC0415  heavy
            FontProperties,
            findfont,
            get_font,
        )
    except ImportError as error:
        raise _missing() from error
    face = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
    return get_font(findfont(face))


def _missing() -> NoPicturesError:
    return NoPicturesError(_("Pictures need matplotlib: pip install 'sitrep[pictures]'."))
