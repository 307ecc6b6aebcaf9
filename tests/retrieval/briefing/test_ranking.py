from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from retrieval.briefing.selection import SelectionSignals, SelectionWeights, is_minor, rank, toll_of
from retrieval.settings import LibrarySettings

NOW = datetime(2024, 11, 14, 7, 30, tzinfo=UTC)


def story(number: int, outlets: int = 2, hours: float = 3, **more: object) -> SelectionSignals:
    return SelectionSignals(number, outlets, NOW - timedelta(hours=hours), **more)  # type: ignore[arg-type]


def order(*stories: SelectionSignals) -> list[int]:
    return [one.story_id for one in rank(stories, NOW, SelectionWeights())]


@given(
    hours=st.floats(0, 200),
    topics=st.booleans(),
    asked=st.floats(0, 1),
    followed=st.booleans(),
    outlets=st.integers(2, 40),
)
def test_a_single_source_never_outranks_a_confirmed_story_of_equal_weight(
    hours: float, topics: bool, asked: float, followed: bool, outlets: int
) -> None:
    same = {"topics": ("x",) if topics else (), "asked": asked, "followed": followed}
    assert order(story(1, 1, hours, **same), story(2, outlets, hours, **same)) == [2, 1]


def test_more_independent_outlets_newer_news_and_the_readers_topics_come_first() -> None:
    assert order(story(1, 2), story(2, 5)) == [2, 1]
    assert order(story(1, hours=30), story(2, hours=1)) == [2, 1]
    assert order(story(1), story(2, topics=("Kursk",))) == [2, 1]
    assert order(story(1), story(2, followed=True)) == [2, 1]
    assert order(story(1, known=True), story(2)) == [2, 1]


def test_equal_stories_are_ordered_by_their_number() -> None:
    assert order(story(3), story(1), story(2)) == [1, 2, 3]


def test_the_reason_is_in_words() -> None:
    (first,) = rank([story(1, 3, topics=("Kursk",), followed=True)], NOW, SelectionWeights())
    assert (
        ", ".join(map(str, first.why))
        == "you follow this story, about Kursk, 3 independent outlets, new to you"
    )
    (several,) = rank([story(1, 1, topics=("Kursk", "energy", "grain"))], NOW, SelectionWeights())
    assert str(several.why[0]) == "about Kursk, energy and grain"
    (single,) = rank([story(1, 1, known=True)], NOW, SelectionWeights())
    assert ", ".join(map(str, single.why)) == "a single source, an update"


def test_an_update_of_the_days_biggest_story_outranks_a_new_small_one() -> None:
    assert order(story(1, 2, articles=2), story(2, 6, known=True, articles=9)) == [2, 1]


def test_one_article_alone_comes_last() -> None:
    assert order(story(1, 1, articles=1), story(2, 1, articles=4), story(3, 2, articles=2)) == [
        3,
        2,
        1,
    ]


def test_the_first_has_two_publishers_where_any_has() -> None:
    asked = story(1, 1, hours=0, asked=1.0, toll=1.0, articles=12)
    assert order(asked, story(2, 2, hours=23, articles=2))[0] == 2


def test_what_the_reader_follows_may_stand_first_with_one_publisher() -> None:
    assert order(story(1, 1, followed=True), story(2, 2)) == [1, 2]


def test_of_equal_stories_the_one_that_hit_more_people_comes_first() -> None:
    assert order(story(1), story(2, toll=0.6)) == [2, 1]
    assert order(story(1), story(2, growth=0.9)) == [2, 1]


def test_the_toll_counts_the_dead_more_than_the_hurt_and_more_of_them_more() -> None:
    many = toll_of("Fire in Ostrov", "The fire in Ostrov killed 120 people.")
    few = toll_of("Fire in Ostrov", "The fire in Ostrov killed 3 people.")
    hurt = toll_of("Fire in Ostrov", "The fire in Ostrov injured 120 people.")
    cat = toll_of("The tallest cat of Pell", "The cat is 48 centimetres tall.")
    assert many > hurt > few > cat == 0


def test_what_changes_the_lives_of_many_is_heavy_without_a_figure() -> None:
    assert toll_of("President orders mobilisation", "He spoke in the morning.") > 0


@given(
    st.lists(
        st.sampled_from(["-21", "killed", "5½", "2,45,300", "10^400", "people", "0", "dead", "."])
    )
)
def test_any_figure_weighs_between_nothing_and_the_most(parts: list[str]) -> None:
    assert 0 <= toll_of("The frost at Kallio reached -21 degrees", " ".join(parts)) <= 1


def test_an_update_of_a_disaster_outranks_a_game_of_as_many_outlets() -> None:
    disaster = story(1, known=True, toll=0.4, articles=3)
    assert order(story(2, articles=5, soft=1.0), disaster) == [1, 2]
    assert order(story(2, outlets=8, articles=16, soft=1.0), story(1, articles=2)) == [2, 1]


def test_what_one_article_tells_that_few_were_hit_by_is_worth_a_line() -> None:
    assert is_minor(story(1, 1))
    assert is_minor(story(1, 1, toll=1.0, soft=1.0))
    assert not is_minor(story(1, 1, toll=0.6))
    assert not is_minor(story(1, 1, articles=2))
    assert not is_minor(story(1, 2))
    assert not is_minor(story(1, 1, topics=("cats",)))
    assert not is_minor(story(1, 1, followed=True))
    assert not is_minor(story(1, 1, known=True))


def test_the_weights_that_were_measured_are_those_of_the_settings() -> None:
    settings = LibrarySettings.read(_env_file=None)
    for name in ("outlets", "recency", "topics", "asked", "followed", "novelty"):
        assert getattr(settings, f"briefing_weight_{name}") == getattr(SelectionWeights(), name)
