from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2024, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()
