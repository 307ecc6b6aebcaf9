"""When a feed is polled next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.looking import (
    PollingConfig,
    adapted,
    after_failure,
    max_age,
    next_look,
    outside_skipped,
    retry_after,
    validators,
)
from retrieval.feeds.models import Feed, FeedState, PollingHints

NOW = datetime(2024, 11, 12, 8, 20, tzinfo=UTC)  # a Tuesday
RULES = PollingConfig()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NONE = timedelta()


def feed(full_at: datetime | None) -> Feed:
    return Feed(
        1,
        "https://a.example/f",
        "a.example",
        "A",
        FeedState.ACTIVE,
        HOUR,
        NOW,
        PollingHints(),
        etag='"x"',
        last_modified="Mon",
        full_at=full_at,
    )


def test_validators_are_sent_until_they_have_not_proved_themselves_for_days() -> None:
    both = {"If-None-Match": '"x"', "If-Modified-Since": "Mon"}
    assert validators(feed(NOW - 6 * DAY), NOW, RULES) == both
    assert validators(feed(NOW - 7 * DAY), NOW, RULES) == {}
    assert validators(feed(None), NOW, RULES) == {}


def test_news_brings_the_next_look_nearer_and_silence_farther_within_bounds() -> None:
    assert adapted(HOUR, news=True, rules=RULES) < HOUR < adapted(HOUR, news=False, rules=RULES)
    assert adapted(MINUTE, news=True, rules=RULES) == RULES.least
    assert adapted(5 * DAY, news=False, rules=RULES) == RULES.most


@given(st.floats(0, 1), st.integers(0, 10_000))
def test_a_look_is_never_sooner_than_the_publisher_wishes(dice: float, minutes: int) -> None:
    wishes = PollingHints(least=minutes * MINUTE)
    at = next_look(NOW, HOUR, wishes, dice, NONE)
    assert at - NOW >= min(minutes * MINUTE, DAY)
    assert at - NOW >= HOUR * 0.9
    assert at - NOW <= max(HOUR * 1.1, min(minutes * MINUTE, DAY))


def test_two_feeds_of_one_interval_part() -> None:
    looks = {next_look(NOW, HOUR, PollingHints(), dice, NONE) for dice in (0, 0.3, 1)}
    assert len(looks) == 3


def test_fresh_answers_are_left_alone_for_a_day_at_most() -> None:
    assert next_look(NOW, HOUR, PollingHints(), 0.5, 3 * HOUR) == NOW + 3 * HOUR
    assert next_look(NOW, HOUR, PollingHints(), 0.5, 900 * DAY) == NOW + DAY


def test_skipped_hours_and_days_are_skipped_to_the_next_full_hour() -> None:
    assert outside_skipped(NOW, PollingHints(skip_hours=frozenset({8, 9}))).hour == 10
    on = outside_skipped(NOW, PollingHints(skip_days=frozenset({1, 2})))
    assert (on.weekday(), on.hour, on.minute) == (3, 0, 0)
    assert outside_skipped(NOW, PollingHints(skip_hours=frozenset(range(24)))) == NOW
    assert outside_skipped(NOW, PollingHints(skip_days=frozenset(range(7)))) == NOW


def test_each_failure_waits_twice_as_long_up_to_a_day() -> None:
    waits = [after_failure(NOW, number, 0, None, RULES) - NOW for number in range(40)]
    assert waits[:3] == [10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
    assert max(waits) == DAY
    assert after_failure(NOW, 0, 0, 5 * HOUR, RULES) == NOW + 5 * HOUR
    assert after_failure(NOW, 0, 0, 900 * DAY, RULES) == NOW + 7 * DAY


@pytest.mark.parametrize(
    ("value", "rest"),
    [
        ("120", 2 * MINUTE),
        ("Tue, 12 Nov 2024 09:20:00 GMT", HOUR),
        ("Tue, 12 Nov 2024 07:20:00 GMT", NONE),
        ("99999999999999999999", 7 * DAY),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, rest: timedelta | None) -> None:
    assert retry_after(value, NOW) == rest


def test_max_age_is_read_out_of_cache_control() -> None:
    assert max_age("public, Max-Age=600, must-revalidate") == 10 * MINUTE
    assert max_age("no-cache") == max_age("max-age=x") == NONE
