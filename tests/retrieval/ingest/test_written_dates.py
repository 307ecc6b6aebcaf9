"""A date is read in any language and order, or else unknown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from retrieval.feeds.parsing import read_feed
from retrieval.feeds.reader import published
from retrieval.ingest.extract.dates import read_moment
from retrieval.models import Precision
from tests.support.shared import CASES, needs_cases

DAY = date(2026, 3, 14)
# The same instant, 14 March 2026, 16:20 in Kyiv.
INSTANT = datetime(2026, 3, 14, 14, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-14T16:20:00+02:00",
        "2026-03-14 16:20:00 +0200",
        "2026-03-14T14:20:00Z",
        "2026-03-14T14:20:00.123456789Z",
        "20260314T142000Z",
        "2026/03/14 14:20 GMT",
        "1773498000",
        "1773498000000",
        "Sat, 14 Mar 2026 14:20:00 GMT",
        "Sat, 14 Mar 26 14:20:00 GMT",
        "Sat, 14 Mar 2026 4:20:00 PM EET",
        "Saturday, 14-Mar-26 14:20:00 UTC",
        "Sat Mar 14 14:20:00 UTC 2026",
        "Mar 14, 2026 at 10:20 a.m. ET",
        "March 14th, 2026, 7:20 am PDT",
        "Sat, 14 Mar 2026 15:20:00 CET",
        "Sat, 14 Mar 2026 16:20:00 CEST",
        "Sat, 14 Mar 2026 15:20:00 BST",
        "Sat, 14 Mar 2026 17:20:00 EEST",
        "Sat, 14 Mar 2026 17:20:00 MSK",
        "Sat, 14 Mar 2026 17:20:00 +0300 (MSK)",
        "Sat, 14 Mar 2026 19:50:00 IST",
        "Sat, 14 Mar 2026 23:20:00 JST",
        "Sun, 15 Mar 2026 00:20:00 AEST",
        "Sat, 14 Mar 2026 16:20:00 UTC+02:00",
        "Sat, 14 Mar 2026 16:20:00 GMT+2",
        "14 March 2026 16:20 Europe/Kyiv",
        "sab, 14 mar 2026 15:20:00 +0100",
        "sam. 14 mars 2026 15:20:00 +0100",
        "Сб, 14 мар 2026 17:20:00 +0300",
        "субота, 14 березня 2026, 16:20 EET",
        "Sa, 14 Mär 2026 15:20:00 MEZ",
        "14 Mart 2026 17:20 TRT",
        "2026年3月14日 下午10:20 HKT",
        "2026년 3월 14일 오후 11:20 KST",
    ],
)
def test_an_instant_is_read_with_its_zone(written: str) -> None:
    moment = read_moment(written)
    assert moment is not None
    assert moment.zone is not None
    assert moment.instant() == INSTANT


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-14",
        "20260314",
        "14.03.2026",
        "14/03/2026",
        "03/14/2026",
        "14 de marzo de 2026",
        "14 de março de 2026",
        "le 14 mars 2026",
        "mar. 14 mars 2026",
        "14. März 2026",
        "14 березня 2026 року",
        "14 марта 2026 г.",
        "14 marca 2026",
        "14 marca 2026 r.",
        "2026. március 14.",
        "١٤ مارس ٢٠٢٦",
        "१४ मार्च २०२६",
        "14 במרץ 2026",
        "14 มีนาคม 2569",
        "2026年3月14日",
        "令和8年3月14日",
        "14 tháng 3, 2026",
    ],
)
def test_a_day_is_read_in_many_languages_and_calendars(written: str) -> None:
    moment = read_moment(written)
    assert moment is not None
    assert (moment.day, moment.at) == (DAY, None)


@pytest.mark.parametrize(
    "written",
    [
        "", "soon", "yesterday", "2 hours ago", "14 March", "March 2026", "2026",
        "31 Feb 2026", "2026-02-30", "2026-13-01T10:00:00Z", "0000-00-00 00:00:00",
        "0001-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT", "Sat, 14 Mar 2026 25:10:00 GMT",
        "Sat, 14 Mar 2026 10:70:00 GMT", "Sat, 14 Mar 2026 10:00:00 +9900", "3/4/2026", "05-06-07",
        "12345", "179621220", "14 listopada 2026", "14 mars of 15 may 2026",
    ],
)  # fmt: skip
def test_what_is_impossible_or_in_doubt_is_unknown(written: str) -> None:
    assert read_moment(written) is None


def test_the_language_around_says_what_a_date_is() -> None:
    slashed = [read_moment("3/4/2026", language) for language in ("en-US", "en-GB")]
    named = [read_moment("14 listopada 2026", language) for language in ("pl", "hr")]
    assert [one and one.day.month for one in (*slashed, *named)] == [3, 4, 11, 10]


def rss(*dates: str, language: str = "en") -> bytes:
    items = "".join(
        f"<item><title>T{n}</title><link>https://a.example/{n}</link><pubDate>{one}</pubDate></item>"
        for n, one in enumerate(dates)
    )
    return (
        f"<rss version='2.0'><channel><title>T</title><language>{language}</language>"
        f"{items}</channel></rss>"
    ).encode()


def test_a_time_without_a_zone_is_in_the_feeds_usual_one_and_that_is_said() -> None:
    bare = "Sat, 14 Mar 2026 16:20:00"
    zoned = (f"Fri, 13 Mar 2026 0{n}:00:00 +0200" for n in range(3))
    document = read_feed(rss(bare, *zoned), "https://a.example/feed")
    assert document.entries[0].published == INSTANT
    assert document.assumed_zone == "UTC+02:00"
    alone = read_feed(rss(bare), "https://a.example/feed")
    assert alone.entries[0].published == INSTANT + timedelta(hours=2)
    assert alone.assumed_zone == "UTC"
    none = read_feed(rss("Sat, 14 Mar 2026 16:20:00 +0200"), "https://a.example/feed")
    assert none.assumed_zone == ""


def test_midnight_sharp_is_the_day_that_was_written() -> None:
    [entry] = read_feed(rss("Sat, 14 Mar 2026 00:00:00 +0300"), "https://a.example/feed").entries
    found = published(entry, INSTANT)
    assert found is not None
    assert (found.at.date(), found.precision) == (DAY, Precision.DAY)


def test_a_date_more_than_a_day_ahead_is_doubted() -> None:
    near, far = read_feed(
        rss("Sun, 15 Mar 2026 10:00:00 GMT", "Tue, 17 Mar 2026 10:00:00 GMT"),
        "https://a.example/feed",
    ).entries
    assert published(near, INSTANT) is not None
    assert published(far, INSTANT) is None


@needs_cases
def test_each_date_of_the_sheet_is_the_right_instant() -> None:
    body = (CASES / "text" / "feed-dates.xml").read_bytes()
    found = {one.title: one.published for one in read_feed(body, "https://news.example/f").entries}
    moscow = timezone(timedelta(hours=3))
    day = datetime(2026, 11, 27, tzinfo=UTC)
    usual = UTC  # no zone has more than half of those that name one
    assert found == {
        "Slashes": datetime(2026, 11, 27, 14, 5, tzinfo=usual),
        "Epoch": datetime.fromtimestamp(1_796_212_200, UTC),
        "Italian": day.replace(hour=18, minute=55),
        "MSK": datetime(2026, 11, 27, 0, 30, tzinfo=moscow),
        "AmPm": datetime(2026, 11, 27, 23, 30, tzinfo=usual),
        "Nozone": datetime(2026, 11, 27, 18, 30, tzinfo=usual),
        "Chinese": datetime(2026, 9, 23, tzinfo=UTC),
        "MDY": day,
        "Russian": datetime(2026, 11, 27, 14, 5, tzinfo=moscow),
    }


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("pt., 27 lis 2026 14:05:00 +0100", 11),
        ("piątek, 27 listopada 2026", 11),
        ("pá, 27. listopadu 2026", 11),
        ("petak, 27. studenoga 2026", 11),
        ("utorak, 27. listopada 2026", 10),
    ],
)
def test_a_weekday_tells_in_which_language_a_month_is_named(written: str, month: int) -> None:
    moment = read_moment(written)
    assert moment is not None
    assert (moment.day.month, moment.day.day) == (month, 27)
