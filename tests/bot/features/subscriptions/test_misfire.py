from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.features.subscriptions.scheduler import DueTurn, MisfirePolicy, turn
from tests.support.deliveries import DUE, daily

DAY = timedelta(days=1)


def at(now: datetime, next_due_at: datetime = DUE) -> DueTurn:
    return turn(next_due_at, now, MisfirePolicy(), lambda after: daily(0, 127, "UTC", after))


def test_on_time_the_briefing_ends_at_its_due_instant_also_when_the_queue_is_long() -> None:
    for minutes in (0, 1, 15):
        assert at(DUE + timedelta(minutes=minutes)) == DueTurn(
            DUE, DUE, late=False, following=DUE + DAY
        )


@pytest.mark.parametrize("hours", [1, 11, 12])
def test_within_the_grace_it_is_late_and_reaches_to_the_present(hours: int) -> None:
    now = DUE + timedelta(hours=hours, seconds=31)
    if hours == 12:
        now = DUE + timedelta(hours=12)
    expected = now.replace(second=0)
    assert at(now) == DueTurn(DUE, expected, late=True, following=DUE + DAY)


def test_beyond_the_grace_it_is_skipped() -> None:
    skipped = at(DUE + timedelta(hours=12, seconds=1))
    assert skipped.due is None
    assert skipped.following == DUE + DAY


def test_of_many_that_were_missed_only_the_last_counts() -> None:
    late = at(DUE + 3 * DAY + timedelta(hours=2))
    assert (late.due, late.late, late.following) == (DUE + 3 * DAY, True, DUE + 4 * DAY)
    on_time = at(DUE + 3 * DAY + timedelta(minutes=1))
    assert (on_time.due, on_time.late) == (DUE + 3 * DAY, False)
    skipped = at(DUE + 3 * DAY + timedelta(hours=13))
    assert (skipped.due, skipped.following) == (None, DUE + 4 * DAY)


def test_years_of_absence_cost_no_time() -> None:
    asked = []

    def following(after: datetime) -> datetime:
        asked.append(after)
        return daily(0, 127, "UTC", after)

    turn(datetime(2001, 1, 1, 7, tzinfo=UTC), DUE, MisfirePolicy(), following)
    assert len(asked) < 4
