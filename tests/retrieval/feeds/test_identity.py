"""The identity of an entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from retrieval.feeds.models import FeedEntry, keyed
from retrieval.feeds.reader import is_teaser, published

NOW = datetime(2024, 11, 12, tzinfo=UTC)
ONE = FeedEntry("g1", "https://a.example/1", "One", "First text.", whole=True)
TWO = FeedEntry("g2", "https://a.example/2", "Two", "Second text.", whole=True)


def key(entry: FeedEntry) -> str:
    return keyed([entry])[0].key


def test_the_guid_names_an_entry_whatever_its_title_text_or_link() -> None:
    changed = replace(ONE, title="Eins", text="Other", url="https://a.example/eins")
    assert key(changed) == key(ONE) != key(TWO)
    assert keyed([changed])[0].fingerprint != keyed([ONE])[0].fingerprint


def test_repetitions_in_one_document_are_one_entry() -> None:
    other_guid = replace(ONE, guid="g1?x=2")
    assert [one.entry for one in keyed([ONE, ONE, other_guid, TWO])] == [ONE, TWO]


def test_a_guid_that_all_entries_share_names_none_of_them() -> None:
    shared = [replace(one, guid="feed") for one in (ONE, TWO)]
    assert len({one.key for one in keyed(shared)}) == 2


def test_a_link_that_all_entries_share_is_no_page_of_theirs() -> None:
    home = [replace(one, url="https://a.example/") for one in (ONE, TWO)]
    assert [one.url for one in keyed(home)] == [None, None]
    assert len({one.key for one in keyed(home)}) == 2


def test_without_guid_and_link_the_text_names_it_whatever_the_title() -> None:
    bare = replace(ONE, guid=None, url=None)
    assert key(bare) == key(replace(bare, title="Eins"))
    assert key(bare) != key(replace(bare, text="Other"))


def test_one_stamp_on_all_entries_is_no_change_of_theirs() -> None:
    def prints(stamp: datetime) -> list[str]:
        return [one.fingerprint for one in keyed([replace(e, updated=stamp) for e in (ONE, TWO)])]

    assert prints(NOW) == prints(NOW.replace(hour=5))


def test_teasers_are_told_from_articles() -> None:
    long = "A sentence that says something. " * 30
    assert not is_teaser(replace(ONE, text=long))
    assert is_teaser(replace(ONE, text=long, whole=False))
    assert not is_teaser(replace(ONE, text=long * 2, whole=False))
    for tail in ("…", "[...]", "Read more »", "Continue reading about this"):
        assert is_teaser(replace(ONE, text=f"{long} {tail}"))
    assert is_teaser(ONE)


def test_a_date_in_the_future_is_none() -> None:
    assert published(replace(ONE, published=NOW.replace(year=2030)), NOW) is None
    assert published(replace(ONE, published=NOW), NOW) is not None
