"""The next due instant, with clocks that jump and a year that goes by."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features.subscriptions.schedule import (
    EVERY_DAY,
    MINUTES,
    WEEKEND,
    WORKING_DAYS,
    next_due,
    read_time,
)

ZONES = (
    "Europe/Kyiv",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour
    "America/Nuuk",  # at 23:00, into the next day
    "Africa/Cairo",  # at midnight
    "Asia/Kolkata",
    "Pacific/Kiritimati",
    "Etc/UTC",
)
MONDAY = 0b1


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def at(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


@pytest.mark.parametrize(
    ("zone", "clock", "after", "due"),
    [
        ("Europe/Kyiv", "7:30", "2024-11-23T12:00", "2024-11-24T05:30"),
        ("Europe/Kyiv", "7:30", "2024-11-24T05:29", "2024-11-24T05:30"),
        # exactly due is past
        ("Europe/Kyiv", "7:30", "2024-11-24T05:30", "2024-11-25T05:30"),
        # gaps: from 3:00 to 4:00, from 2:00 to 3:00, from 2:00 to 2:30
        ("Europe/Kyiv", "3:30", "2024-03-30T22:00", "2024-03-31T01:00"),
        ("Europe/Kyiv", "2:59", "2024-03-30T22:00", "2024-03-31T00:59"),
        ("Europe/Kyiv", "4:00", "2024-03-30T22:00", "2024-03-31T01:00"),
        ("America/New_York", "2:30", "2024-03-10T05:00", "2024-03-10T07:00"),
        ("Australia/Lord_Howe", "2:15", "2024-10-05T10:00", "2024-10-05T15:30"),
        # from 23:00 to the next day: the last minute before
        ("America/Nuuk", "23:30", "2024-03-30T12:00", "2024-03-31T00:59"),
        ("America/Nuuk", "0:00", "2024-03-30T12:00", "2024-03-31T01:00"),
        # folds: 3:00 to 4:00 twice, 1:00 to 2:00 twice, 1:30 to 2:00 twice; the first, once
        ("Europe/Kyiv", "3:30", "2024-10-26T22:00", "2024-10-27T00:30"),
        ("Europe/Kyiv", "3:30", "2024-10-27T00:30", "2024-10-28T01:30"),
        ("America/New_York", "1:30", "2024-11-03T04:00", "2024-11-03T05:30"),
        ("America/New_York", "1:30", "2024-11-03T06:00", "2024-11-04T06:30"),
        ("Australia/Lord_Howe", "1:45", "2024-04-06T12:00", "2024-04-06T14:45"),
        ("Australia/Lord_Howe", "1:45", "2024-04-06T14:50", "2024-04-07T15:15"),
        # the day that Samoa left out
        ("Pacific/Apia", "8:00", "2011-12-29T18:00", "2011-12-30T18:00"),
        # a leap day
        ("Europe/Kyiv", "8:00", "2024-02-28T12:00", "2024-02-29T06:00"),
        ("Europe/Kyiv", "8:00", "2023-02-28T12:00", "2023-03-01T06:00"),
    ],
)
def test_the_next_due_instant(zone: str, clock: str, after: str, due: str) -> None:
    assert next_due(at(clock), EVERY_DAY, zone, utc(after)) == utc(due)


def test_only_chosen_weekdays_count() -> None:
    friday_noon = utc("2024-11-22T12:00")
    assert next_due(at("7:30"), WORKING_DAYS, "Europe/Kyiv", friday_noon).weekday() == 0
    assert next_due(at("7:30"), WEEKEND, "Europe/Kyiv", friday_noon).weekday() == 5
    monday = utc("2024-11-25T05:30")
    assert next_due(at("7:30"), MONDAY, "Europe/Kyiv", monday) == monday + timedelta(days=7)


def test_a_friday_that_samoa_left_out_is_the_next_one() -> None:
    due = next_due(at("8:00"), 0b10000, "Pacific/Apia", utc("2011-12-29T00:00"))
    assert due.astimezone(ZoneInfo("Pacific/Apia")).date() == date(2012, 1, 6)


def test_a_29_february_on_a_chosen_weekday_only() -> None:
    # a Thursday
    assert next_due(0, 0b1000, "Etc/UTC", utc("2024-02-27T00:00")) == utc("2024-02-29T00:00")
    assert next_due(0, 0b10000, "Etc/UTC", utc("2024-02-27T00:00")) == utc("2024-03-01T00:00")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("weekdays", [EVERY_DAY, WORKING_DAYS, MONDAY, 0b1010101])
@pytest.mark.parametrize("minute", [at("0:00"), at("2:15"), at("3:30"), at("23:30")])
def test_in_a_year_each_chosen_local_day_has_exactly_one(
    zone: str, weekdays: int, minute: int
) -> None:
    local = ZoneInfo(zone)
    now = datetime(2024, 1, 1, tzinfo=local).astimezone(UTC) - timedelta(seconds=1)
    due: list[datetime] = []
    while now.astimezone(local).year <= 2024:
        now = next_due(minute, weekdays, zone, now)
        due.append(now)
    year = [date(2024, 1, 1) + timedelta(days=n) for n in range(366)]
    chosen = [day for day in year if weekdays >> day.weekday() & 1]
    assert [one.astimezone(local).date() for one in due[:-1]] == chosen


@given(
    st.integers(0, MINUTES - 1),
    st.integers(1, EVERY_DAY),
    st.sampled_from((*ZONES, "Pacific/Apia", "America/Havana", "Asia/Beirut", "Antarctica/Troll")),
    st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_it_is_later_on_a_chosen_day_at_the_time_or_where_the_clocks_jump(
    minute: int, weekdays: int, zone: str, after: datetime
) -> None:
    due = next_due(minute, weekdays, zone, after)
    here = due.astimezone(ZoneInfo(zone))
    assert after < due <= after + timedelta(days=15)
    assert weekdays >> here.weekday() & 1
    if here.hour * 60 + here.minute != minute:
        around = [due + timedelta(hours=hours) for hours in (-2, 2)]
        offsets = {one.astimezone(ZoneInfo(zone)).utcoffset() for one in around}
        assert len(offsets) == 2
    # nothing is skipped: whenever one looks before it is due, it is the same
    assert next_due(minute, weekdays, zone, due - timedelta(microseconds=1)) == due


@pytest.mark.parametrize(("minute", "weekdays"), [(-1, 1), (MINUTES, 1), (0, 0), (0, 128)])
def test_what_is_no_schedule_is_refused(minute: int, weekdays: int) -> None:
    with pytest.raises(ValueError, match="no such schedule"):
        next_due(minute, weekdays, "Etc/UTC", utc("2024-01-01T00:00"))


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("7:30", "7:30"),
        ("07:30", "7:30"),
        ("0730", "7:30"),
        ("730", "7:30"),
        ("7.30 pm", "19:30"),
        ("7:30pm", "19:30"),
        ("7 p.m.", "19:00"),
        ("12 am", "0:00"),
        ("12 pm", "12:00"),
        ("19h30", "19:30"),
        (" 7 ", "7:00"),
        ("0:00", "0:00"),
        ("23:59", "23:59"),
    ],
)
def test_times_as_people_write_them(text: str, clock: str) -> None:
    assert read_time(text) == at(clock)


@pytest.mark.parametrize(
    "text", ["25:00", "24:00", "7:60", "7:3", "13 pm", "0 am", "noon", "", "-7"]
)
def test_what_is_no_time(text: str) -> None:
    assert read_time(text) is None


@given(st.text(max_size=12))
def test_any_text_is_a_time_or_none(text: str) -> None:
    minute = read_time(text)
    assert minute is None or 0 <= minute < MINUTES
