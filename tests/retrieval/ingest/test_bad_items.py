"""One bad item never stops the rest, whatever is wrong with a header, a date or a number."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from retrieval.errors import ExtractError, FetchError, SourceError
from retrieval.feeds.looking import max_age, retry_after
from retrieval.feeds.parsing import read_feed
from retrieval.grounding.checks.claims import check_figures
from retrieval.ingest import Ingestor
from retrieval.ingest.extract.dates import mail_date, published_of
from retrieval.ingest.extract.draft import Origin
from retrieval.ingest.extract.kinds import decode, kind_of
from retrieval.ingest.http import content_type_of
from retrieval.ingest.parsing import read_record
from retrieval.messages import UserMessage
from retrieval.models import Added, Rejected
from retrieval.text.figures import find_figures
from retrieval.text.near_duplicates import is_near_copy, text_print
from tests.support.archives import draft, opened_archive
from tests.support.hosts import Hosts, article, feed, item

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.ingest.http import FetchConfig
    from retrieval.models import ArticleDraft, Outcome

NOW = datetime(2024, 11, 20, 12, tzinfo=UTC)
LONG = "9" * 5_000
TEXT = "The council of the port voted on Monday to close the old bridge for a whole year. " * 8
ODD_TYPES = [
    "text/html; charset*=utf-8''x; charset*0*=a'b'c", "text/html; charset*0=a; charset*0*=b",
    "text/html; charset*99999999999999999999*=x", f"text/html; charset*{LONG}=x",
    "text/html; charset*='", "text/html; charset*=idna''x",
]  # fmt: skip
_header = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=80)
_pieces = st.sampled_from(
    ["charset", "*", "0", "=", "'", "''", '"', ";", " ", "utf-8", "%41", "9" * 30, "text/html", "/"]
)
_date = st.from_regex(
    r"(Mon|Tue|Wed)?,? ?-?\d{0,4} ?(Jan|Nov|Foo|13)? ?-?\d{0,7} \d{0,3}:\d{0,3}(:\d{0,3})? "
    r"?([+-]\d{0,6}(:\d\d)?|GMT|EST|Z)?",
    fullmatch=True,
)


@given(_header | st.lists(_pieces, max_size=14).map("".join))
@example(ODD_TYPES[0])
def test_any_content_type_is_read_or_refused(header: str) -> None:
    try:
        content_type, charset = content_type_of(header)
    except FetchError:
        return
    assert content_type == content_type.strip().lower()
    assert isinstance(decode(b"The river rose again.", charset), str)


@given(_header | _date)
@example("Wed, 21 Oct 99999 07:28:00 GMT")
@example("Wed, 21 Oct 2015 07:28:00 +99:99")
@example("Wed, -21 Oct 2015 07:28:00 GMT")
@example("Wed, 21 Oct 0001 00:00:00 +2359")
@example(f"Wed, 21 Oct {LONG} 07:28:00 GMT")
@example(LONG)
@example("-5")
@example("²")
def test_any_retry_after_is_a_rest_of_a_week_at_most_or_none(value: str) -> None:
    rest = retry_after(value, NOW)
    assert rest is None or timedelta() <= rest <= timedelta(days=7)
    assert timedelta() <= max_age(f"max-age={value}")


@pytest.mark.parametrize(
    "value",
    [
        "Wed, 21 Oct 99999 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 +99:99",
        "Wed, -21 Oct 2015 07:28:00 GMT", "soon", "",
    ],
)  # fmt: skip
def test_a_retry_after_that_is_no_date_is_as_none(value: str) -> None:
    assert retry_after(value, NOW) is None


@settings(deadline=None)  # the first loads the names of months
@given(_header | _date | st.datetimes().map(str))
@example(LONG)
def test_any_date_is_one_or_is_refused(value: str) -> None:
    mail_date(value)
    with suppress(ExtractError):
        published_of(value, NOW)


@given(
    st.sampled_from(
        ["idna", "punycode", "undefined", "unicode_escape", "hex", "a\0b", "é", "utf_7"]
    )
    | _header
)
def test_any_charset_gives_some_text(charset: str) -> None:
    assert decode("Річка піднялася.".encode(), charset).strip()
    with suppress(ExtractError):
        assert decode(b"\xff\xfeab" * 9, charset, markup=True).strip()


def test_a_number_of_any_length_stops_nothing_and_counts_nothing() -> None:
    one, other = (f"The fund has {digits} dollars in it. {TEXT}" for digits in (LONG, LONG + "0"))
    assert find_figures(one) == []
    assert is_near_copy(text_print("Fund", one), text_print("Fund", one + " So it said."))
    check_figures(one, other)
    check_figures(f"It was {LONG} to {LONG} thousand.", f"About {LONG} km, or {LONG} miles.")


@given(st.text("0123456789.,- %k", min_size=1, max_size=60), st.integers(1, 600))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_number_is_read(digits: str, times: int) -> None:
    text = f"It has {(digits * times)[:6_000]} men."
    find_figures(text)
    text_print(text, text)


@pytest.mark.parametrize("number", [LONG, "-" + LONG, "1e999999", LONG + ".5"])
def test_a_number_that_is_none_of_its_fields_does_not_spoil_a_line(number: str) -> None:
    line = f'{{"id": {number}, "title": "Bridge", "text": "{TEXT}"}}'.encode()
    assert kind_of(line + b"\n") == "JSONL"
    assert read_record(line, Origin("x", NOW)).title == "Bridge"
    with pytest.raises(ExtractError, match="should be text"):
        read_record(f'{{"title": {number}, "text": "{TEXT}"}}'.encode(), Origin("x", NOW))


@given(_date | _header.map(lambda text: text.replace("<", "").replace("&", "")))
@example(f"Wed, 21 Oct {LONG} 07:28:00 GMT")
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_an_entry_with_any_date_is_read_with_its_neighbours(date: str) -> None:
    odd = "".join(one for one in date if one.isprintable())
    body = feed(
        "Wire",
        item("One", "http://wire.example/1", TEXT),
        item("Two", "http://wire.example/2", TEXT, f"<pubDate>{odd}</pubDate>"),
        item("Three", "http://wire.example/3", TEXT),
    )
    titles = [one.title for one in read_feed(body.encode(), "http://wire.example/feed").entries]
    assert titles == ["One", "Two", "Three"]


def test_what_one_entry_raises_leaves_out_that_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_one: Any, name: str, _language: str | None) -> None:
        if _one.get("title") == "Two" and name == "published":
            raise ZeroDivisionError

    monkeypatch.setattr("retrieval.feeds.parsing._moment", broken)
    items = [item(title, f"http://wire.example/{title}", TEXT) for title in ("One", "Two", "Three")]
    document = read_feed(feed("Wire", *items).encode(), "http://wire.example/feed")
    assert [one.title for one in document.entries] == ["One", "Three"]
    assert document.unreadable == 1


async def outcomes(found: Any) -> list[Outcome]:
    return [outcome async for _, outcome in found]


async def test_a_page_with_an_odd_content_type_fails_in_one_sentence(
    tmp_path: Path, hosts: Hosts, reading: FetchConfig
) -> None:
    url = hosts.put("a.example/odd", article("Bridge", TEXT), ODD_TYPES[0])
    async with opened_archive(tmp_path) as opened:
        given = Ingestor(opened.archive, reading).add_link(url, added_by="test")
        (outcome,) = await outcomes(given)
    assert outcome == Rejected(
        UserMessage("The server sent an unreadable Content-Type, so I didn't read the page.")
    )


async def test_two_near_copies_with_a_number_of_5000_digits_are_stored(tmp_path: Path) -> None:
    async with opened_archive(tmp_path) as opened:
        text = f"The fund has {LONG} dollars in it. {TEXT}"
        await opened.store(draft(text, "Fund", "Alpha", "https://alpha.example/1"))
        copy = await opened.store(draft(f"{text} So.", "Fund", "Beta", "https://beta.example/1"))
        assert isinstance(copy, Added)
        assert copy.copy_of is not None


async def test_what_storing_an_article_raises_is_that_articles_rejection(
    tmp_path: Path, reading: FetchConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened_archive(tmp_path) as opened:
        store = opened.archive.articles.store

        async def breaks(one: ArticleDraft, *rest: Any, **more: Any) -> Outcome:
            if one.title == "Two":
                raise ZeroDivisionError
            return await store(one, *rest, **more)

        monkeypatch.setattr(
            type(opened.archive.articles), "store", lambda _, *a, **k: breaks(*a, **k)
        )
        lines = [json.dumps({"title": title, "text": TEXT}) for title in ("One", "Two", "Three")]
        body = "\n".join(lines).encode()
        given = Ingestor(opened.archive, reading).add_upload("a.jsonl", body, added_by="test")
        found = await outcomes(given)
    kinds = [type(one).__name__ for one in found]
    assert kinds == ["Added", "Rejected", "Added"]


async def test_what_the_database_will_not_keep_is_refused_once(
    tmp_path: Path, reading: FetchConfig, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres").new_database()
    async with opened_archive(tmp_path, sql_url=url) as opened:
        ingestor = Ingestor(opened.archive, reading)
        bad = draft(f"{TEXT}\0", "Bridge")  # no reader lets this through; Postgres has no NUL
        outcome = await ingestor.add_draft(bad, added_by="test")
        assert isinstance(outcome, Rejected)
        assert outcome.reason.text.endswith(".")
        good = await ingestor.add_draft(draft(TEXT, "Bridge"), added_by="test")
        assert isinstance(good, Added)
        assert (await opened.archive.catalogue.summary()).articles == 1


@given(_header)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25
)
async def test_any_header_of_a_page_is_that_pages_own(
    hosts: Hosts, reading: FetchConfig, value: str
) -> None:
    from retrieval.ingest.http import fetch  # noqa: PLC0415

    names = ("Content-Type", "Location", "Set-Cookie", "Content-Encoding", "ETag", "Refresh")
    for name in names:
        more = [(name, value)]
        for status in (200, 302):
            url = hosts.put("a.example/x", article("Bridge", TEXT), status=status, headers=more)
            with suppress(SourceError):
                await fetch(url, reading)
