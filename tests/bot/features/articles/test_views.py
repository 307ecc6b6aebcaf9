from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features.articles.statistics import growth
from bot.features.articles.views import ListingError, asked_for, folded, listing_text, wanted
from bot.telegram.rich_text import plain
from retrieval.storage.listing import Listing, Wanted

OUTLETS = ("Meridian Wire", "Gamma", "Gamma Weekly")


def test_words_and_filters_are_told_apart() -> None:
    asked = "bridge since:2024-11-01 outlet:“meridian wire” fell until:2024-11-02"
    assert wanted(asked, OUTLETS) == Wanted(
        ("bridge", "fell"),
        ("Meridian Wire",),
        datetime(2024, 11, 1, tzinfo=UTC),
        datetime(2024, 11, 3, tzinfo=UTC),
    )


def test_a_whole_name_is_one_outlet_and_a_part_may_be_more() -> None:
    assert wanted("outlet:gamma", OUTLETS).outlets == ("Gamma",)
    assert wanted("outlet:gam", OUTLETS).outlets == ("Gamma", "Gamma Weekly")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("outlet:none", "No outlet has"),
        ("since:soon", "isn't a date"),
        ("since:2024-11-03 until:2024-11-01", "since: must not be"),
        ("a b c d e f g h i", "at most 8"),
    ],
)
def test_what_can_not_be_read_is_explained(asked: str, said: str) -> None:
    with pytest.raises(ListingError, match=said):
        wanted(asked, OUTLETS)


@given(st.text())
def test_anything_is_read_or_explained(text: str) -> None:
    with suppress(ListingError):
        wanted(folded(text), OUTLETS)


@given(st.text(st.characters(categories=["L", "N", "P"]), max_size=50))
def test_a_page_says_what_it_was_the_answer_to(text: str) -> None:
    asked = plain(folded(text)).text
    page = listing_text(asked, Listing((), 0), 0, 6)
    assert asked_for(page.text) == asked


def test_growth_is_a_picture_also_of_nothing() -> None:
    days = [(datetime(2024, 11, 1, tzinfo=UTC).date(), 0)]
    assert growth(days).startswith(b"\x89PNG")
    assert growth([]).startswith(b"\x89PNG")
