from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from bot.features.articles.statistics import growth
from bot.features.briefings.pictures import NoPicturesError, timeline, timeline_text
from tests.support.passages import article

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = datetime(2024, 11, 23, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "draw",
    [lambda: growth([(date(2024, 11, 23), 2)]), lambda: timeline("Kursk", [], UTC)],
    ids=["growth", "timeline"],
)
def test_without_matplotlib_the_error_names_the_command(
    draw: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(NoPicturesError, match=r"pip install 'sitrep\[pictures\]'"):
        draw()


def test_a_timeline_as_text_has_day_title_and_outlet_and_nothing_that_telegram_links() -> None:
    text = timeline_text("Bridge", [(DAY, article("Falls @now", outlet="Gamma"))], UTC).text
    assert text.startswith("Bridge\n• 23 Nov 2024: Falls ")
    assert text.endswith(", Gamma")
    assert "@now" not in text
