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


def blank(size_in: tuple[float, float], dpi: int, **options: Any) -> Figure:  # noqa: ANN401
    """An empty white figure; `size_in` in inches.

    Raises:
        NoPicturesError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  heavy
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise NoPicturesError(
            _("Pictures need matplotlib: pip install 'sitrep[pictures]'.")
        ) from error
    figure = Figure(figsize=size_in, dpi=dpi, facecolor="white", **options)
    FigureCanvasAgg(figure)
    return figure


def png(figure: Figure) -> bytes:
    """The figure as a PNG file."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()
