from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from retrieval.briefing import parse_since

NOW = datetime(2024, 11, 14, 9, 0, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("24h", "2024-11-13T09:00+00:00"),
        ("3 days", "2024-11-11T09:00+00:00"),
        ("last 2 weeks", "2024-10-31T09:00+00:00"),
        ("Monday", "2024-11-11T00:00+00:00"),
        ("yesterday", "2024-11-13T00:00+00:00"),
        ("3 October", "2024-10-03T00:00+00:00"),
        ("2024-11-10", "2024-11-10T00:00+00:00"),
        ("2024-11-10T06:30+02:00", "2024-11-10T04:30+00:00"),
    ],
)
def test_a_time_is_read_as_readers_write_it(text: str, start: str) -> None:
    assert parse_since(text, NOW) == datetime.fromisoformat(start)


def test_days_begin_where_the_reader_is() -> None:
    start = parse_since("2024-11-10", NOW, ZoneInfo("Europe/Kyiv"))
    assert start == datetime(2024, 11, 9, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "0h", "2026-01-01", "2001-01-01", "9999d", "-3d"])
def test_what_is_no_past_time_is_none(text: str) -> None:
    assert parse_since(text, NOW) is None
