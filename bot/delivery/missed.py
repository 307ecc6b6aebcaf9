"""What a subscription whose time has come gets: a briefing, a late one, or none. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Grace:
    """A briefing that is `late_after` late says so; one that is `give_up` late is skipped."""

    late_after: timedelta = timedelta(minutes=15)
    give_up: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Turn:
    """`due` is the instant that is served now, None where it is too late for the last one.

    `end` is the end of what the briefing covers, `following` the next due instant.
    """

    due: datetime | None
    end: datetime
    late: bool
    following: datetime


def turn(
    next_due_at: datetime, now: datetime, grace: Grace, following: Callable[[datetime], datetime]
) -> Turn:
    """What is to be done at `now` about a subscription that was due at `next_due_at`.

    Of several instants that were missed only the last counts: one briefing covers them all.
    On time, a briefing ends at its due instant, so that readers of the same hour share one; a late
    one reaches to the present, in whole minutes.
    """
    due = next_due_at if now - next_due_at <= grace.give_up else None
    upcoming = following(max(next_due_at, now - grace.give_up))
    while upcoming <= now:
        due, upcoming = upcoming, following(upcoming)
    late = due is not None and now - due > grace.late_after
    end = due if due is not None and not late else now.replace(second=0, microsecond=0)
    return Turn(due, end, late, upcoming)
