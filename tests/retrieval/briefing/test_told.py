from __future__ import annotations

from datetime import UTC, datetime

import pytest

from retrieval.briefing.told import Known, Source, Told, ToldClaim, what_it_was

AT = datetime(2024, 11, 4, 7, 30, tzinfo=UTC)
OLD = "Ukraine's intelligence said 8,000 North Korean soldiers were deployed in the Kursk region."


def told(quote: str = OLD, text: str = "") -> Told:
    published = datetime(2024, 11, 3, tzinfo=UTC)
    source = Source(1, 1, 0, len(quote), quote, published)
    return Told(claims=(ToldClaim(7, text or quote, (source,), AT),))


def known(*texts: str) -> Known:
    found = Known()
    for text in texts:
        found.add(text)
    return found


@pytest.mark.parametrize(
    "again",
    [
        OLD,
        "8,000 North Korean soldiers were deployed in the Kursk region.",
        "Intelligence of Ukraine said that 8,000 North Korean soldiers were deployed in Kursk.",
    ],
)
def test_what_says_nothing_beyond_what_was_told_is_known(again: str) -> None:
    assert again in known(OLD)


@pytest.mark.parametrize(
    "news",
    [
        OLD.replace("8,000", "11,000"),
        "North Korean soldiers came under fire in the Kursk region for the first time on Monday.",
        "The Pentagon confirmed the deployment and called it a serious escalation of the war.",
    ],
)
def test_another_figure_or_another_fact_is_news(news: str) -> None:
    assert news not in known(OLD)


def test_a_changed_figure_names_the_old_one_and_its_day() -> None:
    new = "Kyiv now says 11,000 North Korean soldiers are deployed in the Kursk region."
    assert what_it_was(new, told().of_story(7)) == "was 8,000 on 3 Nov 2024"


@pytest.mark.parametrize(
    "other",
    [
        "Officials counted 11,000 shells fired at the Kursk region.",
        "The region of Bryansk hosts 11,000 soldiers.",
        "Of the 8,000 North Korean soldiers in the Kursk region, 500 were killed or wounded.",
        "Nobody knows how many North Korean soldiers are in the Kursk region.",
    ],
)
def test_a_figure_of_something_else_replaces_nothing(other: str) -> None:
    assert what_it_was(other, told().of_story(7)) is None


def test_of_two_old_figures_the_newer_is_named() -> None:
    newer = OLD.replace("8,000", "10,000")
    source = Source(2, 2, 0, len(newer), newer, datetime(2024, 11, 8, tzinfo=UTC))
    claims = (*told().claims, ToldClaim(7, newer, (source,), AT))
    new = OLD.replace("8,000", "12,000")
    assert what_it_was(new, claims) == "was 10,000 on 8 Nov 2024"


def test_other_stories_are_no_history_of_this_one() -> None:
    assert told().of_story(8) == ()


def test_what_is_newer_is_not_replaced_by_what_is_older() -> None:
    new = OLD.replace("8,000", "11,000")
    assert what_it_was(new, told().of_story(7), datetime(2024, 11, 2, tzinfo=UTC)) is None
    assert what_it_was(new, told().of_story(7), AT) == "was 8,000 on 3 Nov 2024"


def test_after_a_change_the_second_figure_is_what_held() -> None:
    old = "The grid operator cut planned outages from four hours to two hours a day in Kyiv."
    new = "The grid operator announced planned outages of five hours a day in Kyiv."
    assert what_it_was(new, told(old).of_story(7)) == "was two on 3 Nov 2024"
