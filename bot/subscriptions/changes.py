"""What becomes of a subscription that is changed. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.subscriptions.models import State, Subscription
from bot.subscriptions.schedule import next_due

if TYPE_CHECKING:
    from datetime import datetime


def is_same(one: Subscription, other: Subscription) -> bool:
    """Whether both would send the same news to the same place at the same time of some day."""
    a, b = one.terms, other.terms
    return (
        one.where == other.where
        and a.weekly == b.weekly
        and a.minute == b.minute
        and bool(a.weekdays & b.weekdays)
        and {topic.casefold() for topic in a.topics} == {topic.casefold() for topic in b.topics}
    )


def paused(one: Subscription) -> Subscription:
    """Not to be served; a draft stays one."""
    return one if one.state is State.DRAFT else replace(one, state=State.PAUSED)


def resumed(one: Subscription, oldest: datetime) -> Subscription:
    """To be served again; what happened before `oldest` is not told any more."""
    if one.state not in {State.PAUSED, State.BLOCKED}:
        return one
    return replace(one, state=State.ACTIVE, covered_until=max(one.covered_until, oldest))


def rescheduled(new: Subscription, old: Subscription, now: datetime) -> Subscription:
    """What comes due at this moment is not lost by a change of, say, the length."""
    return new if _times(new) == _times(old) else scheduled(new, now)


def _times(one: Subscription) -> tuple[State, int, int, str]:
    return one.state, one.terms.minute, one.terms.weekdays, one.terms.zone


def scheduled(one: Subscription, now: datetime) -> Subscription:
    """With the next due instant that belongs to its state and terms."""
    if one.state is not State.ACTIVE:
        return replace(one, next_due_at=None)
    terms = one.terms
    return replace(one, next_due_at=next_due(terms.minute, terms.weekdays, terms.zone, now))
