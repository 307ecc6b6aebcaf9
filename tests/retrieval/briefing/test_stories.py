from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.briefing.clustering import (
    ClusterConfig,
    MeanLikeness,
    OnlineClusterer,
    above,
    unrelated_by_model,
)
from retrieval.briefing.reports import Report, summarise_vectors
from tests.support.bag_of_words import bag_of_words
from tests.support.passages import article

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn

    from retrieval.briefing.clustering import StoryPlacement

START = datetime(2024, 11, 1, tzinfo=UTC)
FLOOD = (
    "Valencia flood toll rises",
    "Rescuers searched garages in Valencia after the flood. The Poyo ravine burst its banks.",
)
FLOOD_AGAIN = (
    "Valencia counts flood damage",
    "The flood in Valencia swept cars away. The Poyo ravine had burst its banks at night.",
)
VOTE = (
    "Moldova votes for president",
    "Polls opened in Moldova. Maia Sandu faces Alexandr Stoianoglo in the second round.",
)


def report(
    number: int,
    title_and_text: tuple[str, str],
    days: float = 0.0,
    *,
    embedded: bool = True,
    unity: float = 1.0,
) -> Report:
    title, text = title_and_text
    vector = np.array(bag_of_words(f"{title} {text}", 64), dtype=np.float32) if embedded else None
    one = article(title, revision=number)
    return Report(one, text, START + timedelta(days=days), vector, unity)


def place_all(book: OnlineClusterer, reports: Sequence[Report]) -> list[StoryPlacement]:
    return [book.place(one) for one in reports]


WORDS = [
    *("flood", "vote", "missile", "drought", "summit"),
    *("Valencia", "Moldova", "Sudzha", "Lima", "Kathmandu"),
]


@st.composite
def streams(draw: DrawFn) -> list[Report]:
    """Reports of few words, so that many are alike; in some order of time."""
    count = draw(st.integers(2, 12))
    found = []
    for number in range(1, count + 1):
        title = " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)))
        text = " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=3, max_size=8)))
        days = draw(st.integers(0, 60)) / 2
        embedded = draw(st.integers(0, 4)) > 0
        unity = draw(st.sampled_from([0.3, 0.8, 0.9]))
        found.append(report(number, (title, text), days, embedded=embedded, unity=unity))
    return found


@settings(deadline=None, max_examples=50)
@given(streams())
def test_placing_is_deterministic_and_what_is_placed_stays_where_it_is(
    reports: list[Report],
) -> None:
    book, again = OnlineClusterer(), OnlineClusterer()
    placed: dict[int, int] = {}
    for one in reports:
        decided = book.place(one)
        assert decided == again.place(one)
        placed[one.article.id] = decided.story_id
        for known, story in placed.items():
            assert book.story_of(known) in {story, None}


@settings(deadline=None, max_examples=50)
@given(streams(), st.integers(0, 12))
def test_a_book_filled_with_what_was_decided_goes_on_as_the_first_would_have(
    reports: list[Report], cut: int
) -> None:
    reports.sort(key=lambda one: (one.at, one.article.id))
    first = OnlineClusterer(
        replace(ClusterConfig(), quiet=timedelta(days=4), late=timedelta(days=2))
    )
    before = place_all(first, reports[:cut])
    numbers = {one.story_id: 100 - one.story_id for one in before}
    first.settle(numbers)
    second = OnlineClusterer(first.tuning)
    # in another order: what is in mind matters, not how it came there
    for one, decided in reversed(list(zip(reports[:cut], before, strict=True))):
        second.remember(one, numbers[decided.story_id], decided.copy_of)
    # both count new stories from where they stand
    new: dict[int, int] = {}
    for one in reports[cut:]:
        mine, yours = first.place(one), second.place(one)
        if mine.story_id > 0 or yours.story_id > 0:
            assert mine == yours
        else:
            assert new.setdefault(mine.story_id, yours.story_id) == yours.story_id
        assert mine.copy_of == yours.copy_of


def test_reports_of_one_event_are_one_story() -> None:
    flood, vote, again = place_all(
        OnlineClusterer(), [report(1, FLOOD), report(2, VOTE, 0.1), report(3, FLOOD_AGAIN, 0.5)]
    )
    assert flood.story_id == again.story_id != vote.story_id


def test_words_alone_will_do_where_there_is_no_vector() -> None:
    flood, vote, again = place_all(
        OnlineClusterer(),
        [
            report(1, FLOOD, embedded=False),
            report(2, VOTE, 0.1),
            report(3, FLOOD_AGAIN, 0.5, embedded=False),
        ],
    )
    assert flood.story_id == again.story_id != vote.story_id


def test_after_a_fortnight_of_quiet_a_story_is_over() -> None:
    book = OnlineClusterer()
    first = book.place(report(1, FLOOD))
    assert book.place(report(2, FLOOD, 20)).story_id != first.story_id


def test_a_round_up_stands_alone_and_nothing_joins_it() -> None:
    book = OnlineClusterer()
    everything = (f"{FLOOD[0]}, {VOTE[0]}", f"{FLOOD[1]} {VOTE[1]}")
    flood = book.place(report(1, FLOOD))
    round_up = book.place(report(2, everything, 0.1, unity=0.3))
    vote = book.place(report(3, VOTE, 0.2))
    assert len({flood.story_id, round_up.story_id, vote.story_id}) == 3


def test_what_arrives_late_joins_the_story_of_its_time() -> None:
    book = OnlineClusterer()
    flood = book.place(report(1, FLOOD, 0))
    book.place(report(2, VOTE, 5))
    assert book.place(report(3, FLOOD_AGAIN, 1)).story_id == flood.story_id


def test_a_revised_article_stays_in_its_story() -> None:
    book = OnlineClusterer()
    flood, vote = place_all(book, [report(1, FLOOD), report(2, VOTE, 0.1)])
    assert book.place(report(1, VOTE)).story_id == flood.story_id
    assert len(book) == 2
    # also when it is out of mind
    assert book.place(report(9, VOTE), story_id=77).story_id == 77
    assert vote.story_id != flood.story_id


def test_new_stories_are_given_their_numbers() -> None:
    book = OnlineClusterer()
    first = book.place(report(1, FLOOD))
    book.settle({first.story_id: 41})
    assert book.story_of(1) == 41
    assert book.place(report(2, FLOOD_AGAIN, 0.1)).story_id == 41


def test_the_oldest_are_forgotten_first() -> None:
    book = OnlineClusterer(replace(ClusterConfig(), most=2))
    place_all(book, [report(1, FLOOD), report(2, VOTE, 1), report(3, FLOOD_AGAIN, 2)])
    assert len(book) == 2
    assert book.story_of(1) is None
    assert book.earliest == START + timedelta(days=1)
    book.forget(3)
    book.forget(3)
    assert len(book) == 1


def test_the_vectors_of_passages_say_what_an_article_is_about_and_whether_it_is_one_thing() -> None:
    one, other = np.eye(2, 4, dtype=np.float32)
    vector, unity = summarise_vectors([one, one, one])
    assert vector is not None
    np.testing.assert_allclose(vector, one)
    assert unity == 1.0
    _, unity = summarise_vectors([one, other, one, other])
    np.testing.assert_allclose(unity, 1 / 3)
    # too little to tell
    assert summarise_vectors([one, other])[1] == 1.0
    assert summarise_vectors([]) == (None, 1.0)
    assert summarise_vectors([one, -one])[0] is None


def test_likeness_counts_from_what_any_two_articles_have() -> None:
    assert above(0.75, 0.75) == 0
    assert above(1.0, 0.75) == 1
    background = MeanLikeness(expected=0.1)
    vectors = np.eye(2, dtype=np.float32)
    assert background.likeness() == 0.1
    for _ in range(200):
        background.add(vectors[0])
    np.testing.assert_allclose(background.likeness(), (200 + 50 * 0.1) / 250)
    background.add(None)
    for _ in range(199):
        background.forget(vectors[0])
    assert background.likeness() == 0.1


def test_where_all_articles_are_alike_a_story_takes_more() -> None:
    """As with a model that gives any two articles a cosine of .7."""
    base = np.zeros(65, dtype=np.float32)
    base[64] = np.sqrt(0.7)

    def moved(one: Report) -> Report:
        assert one.vector is not None
        vector = base.copy()
        vector[:64] = np.sqrt(np.float32(0.3)) * one.vector
        return replace(one, vector=vector)

    reports = [report(1, FLOOD), report(2, VOTE, 0.1), report(3, FLOOD_AGAIN, 0.5)]
    book = OnlineClusterer(ClusterConfig(unrelated=0.7))
    flood, vote, again = place_all(book, [moved(one) for one in reports])
    assert flood.story_id == again.story_id != vote.story_id


def test_a_model_is_known_by_its_name() -> None:
    assert unrelated_by_model("multilingual-e5-small-q4") == 0.8
    assert 0 < unrelated_by_model("another") < 0.5
