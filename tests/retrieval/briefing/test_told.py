# ruff: noqa: E501  pairs of sentences, one a line
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from retrieval.briefing.ledger import Known, Source, Told, ToldClaim, retells, what_it_was

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
    assert str(what_it_was(new, told().of_story(7))) == "was 8,000 on 3 Nov 2024"


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
    assert str(what_it_was(new, claims)) == "was 10,000 on 8 Nov 2024"


def test_other_stories_are_no_history_of_this_one() -> None:
    assert told().of_story(8) == ()


def test_what_is_newer_is_not_replaced_by_what_is_older() -> None:
    new = OLD.replace("8,000", "11,000")
    assert what_it_was(new, told().of_story(7), datetime(2024, 11, 2, tzinfo=UTC)) is None
    assert str(what_it_was(new, told().of_story(7), AT)) == "was 8,000 on 3 Nov 2024"


def test_after_a_change_the_second_figure_is_what_held() -> None:
    old = "The grid operator cut planned outages from four hours to two hours a day in Kyiv."
    new = "The grid operator announced planned outages of five hours a day in Kyiv."
    assert str(what_it_was(new, told(old).of_story(7))) == "was two on 3 Nov 2024"


# What was told, and a statement of the day after that replaces its figure.
REPLACED = [
    ("The fire in Ostrov killed 14 people.", "The fire in Ostrov has killed 22 people, police said.", "14"),
    ("Police said 14 people died in the Ostrov fire.", "Police said 22 people died in the Ostrov fire.", "14"),
    ("The quake in Lipa injured 1,200 people.", "The quake in Lipa injured 2,050 people, doctors said.", "1,200"),
    ("Floods in Wend forced 3,000 people to flee.", "Floods in Wend forced 8,000 people to flee.", "3,000"),
    ("Inflation in Rell rose to 9.1 percent in June.", "Inflation in Rell fell to 8.5 percent in July.", "9.1 percent"),
    ("About 10,000 homes in Pell are without power.", "About 4,000 homes in Pell are without power.", "10,000"),
    ("Quay reported 120 cases of measles.", "Quay has now reported 180 cases of measles.", "120"),
    ("Rescuers in Orlo saved 30 miners from the pit.", "Rescuers in Orlo saved 41 miners from the pit.", "30"),
    ("The average price for a gallon of diesel in Rell is $4.88.", "The price for a gallon of diesel in Rell rose to $5.02.", "$4.88"),
    ("У Лисичанську загинули 12 людей після обстрілу.", "У Лисичанську загинули 15 людей після обстрілу.", "12"),
]  # fmt: skip
# Figures of another measure, of another thing, of a forecast, a rate, a share or a part.
OTHER = [
    ("The fire in Ostrov killed 14 people.", "Firefighters in Ostrov rescued 22 people from the fire."),
    ("Rescuers saved 14 people in Ostrov after the fire.", "The fire in Ostrov killed 22 people."),
    ("The fire in Ostrov killed 14 people.", "The fire in Ostrov injured 22 people."),
    ("The quake in Lipa injured 1,200 people.", "The quake in Lipa killed 2,050 people."),
    ("The quake in Lipa left 300 people missing.", "The quake in Lipa killed 290 people."),
    ("Floods in Wend displaced 3,000 people.", "Floods in Wend killed 80 people."),
    ("The storm could leave 10,000 homes in Pell without power.", "The storm left 4,000 homes in Pell without power."),
    ("The storm left 10,000 homes in Pell without power.", "The storm may leave 40,000 homes in Pell without power."),
    ("Analysts expect prices in Rell to rise by 5 percent.", "Prices in Rell rose by 3 percent."),
    ("The bank forecast growth in Rell of 2.5 percent.", "Growth in Rell was 1.5 percent this year, the bank said."),
    ("The fire in Ostrov killed 14 people.", "The flood in Lipa killed 22 people."),
    ("Police in Sund arrested 40 people after the march.", "Police in Sund said 25 people were hurt at the march."),
    ("The hospital in Quay treated 50 patients with measles.", "The hospital in Quay discharged 30 recovered patients, it said."),
    ("Orlo tested 5,000 people for measles.", "Orlo confirmed 300 people infected with measles."),
    ("The ferry at Quay carried 400 people a day in May.", "The ferry at Quay carried 9,000 people in May."),
    ("The ferry company of Quay lost 40 percent of its passengers.", "The ferry company of Quay lost 900 passengers."),
    ("Wend spent $40 million on its dam.", "Wend spent 12 million hours on its dam."),
    ("Council members in Vik voted 30 to 12 for the bridge.", "In Vik 18 council members were against the bridge."),
    ("In Vik 30 members voted for the bridge.", "In Vik 12 members voted against the bridge."),
    ("The office in Sund had 200 reports of broken windows.", "In Sund the storm destroyed 90 windows of the office."),
    ("Russia said it shot down 36 drones over Kursk.", "Ukraine said it launched 80 drones at Kursk."),
    ("The army captured 60 soldiers near Vik.", "The army freed 25 soldiers near Vik."),
    ("Shots hit 6 people at the parade in Pell.", "Another 3 people were hit at the parade in Pell."),
    ("The charity in Rell raised 5,000 crowns for schools.", "The town of Rell cut 3,000 crowns for schools."),
    ("Some 14 Korean tourists were hurt in Ostrov.", "Some 22 Korean soldiers were hurt in Ostrov."),
    ("The fire killed 14 people in Ostrov.", "The fire burned 22 houses in Ostrov."),
    ("Up to 500 people may be trapped in the mine at Orlo.", "In the mine at Orlo 12 people are trapped."),
    ("The average national price for a gallon of regular gasoline touched $4.17 in Rell.", "The national average price for a gallon of diesel in Rell is now $4.88."),
    ("The previous high for gas in Rell was $4.11 in July 2008.", "Gas in Rell is now $4.88, a new high."),
    ("Some 40 percent of the women in Rell voted.", "Some 30 percent of the men in Rell voted."),
    ("Lisa Berg, 44, was elected mayor of Sund.", "Tom Dahl, 51, was elected mayor of Sund."),
    ("The trial in Vik heard 12 witnesses on Monday.", "The trial in Vik lasted 15 days, witnesses said."),
    ("У Лисичанську загинули 12 людей.", "У Лисичанську поранено 15 людей."),
    ("В Рязани спасли 12 человек.", "В Рязани погибли 5 человек."),
]  # fmt: skip


def of_day(quote: str, day: int) -> ToldClaim:
    source = Source(day, day, 0, len(quote), quote, datetime(2024, 11, day, tzinfo=UTC))
    return ToldClaim(7, quote, (source,), AT)


@pytest.mark.parametrize(("before", "now", "was"), REPLACED)
def test_the_same_measure_of_the_same_thing_is_replaced(before: str, now: str, was: str) -> None:
    assert str(what_it_was(now, (of_day(before, 3),))) == f"was {was} on 3 Nov 2024"


@pytest.mark.parametrize(("before", "now"), OTHER)
def test_another_measure_or_another_thing_is_never_replaced(before: str, now: str) -> None:
    assert what_it_was(now, (of_day(before, 3),)) is None
    assert what_it_was(before, (of_day(now, 3),)) is None


def test_a_figure_that_was_told_last_is_no_change() -> None:
    told_before = (
        of_day("The fire in Ostrov killed 14 people.", 3),
        of_day("The fire in Ostrov has killed 22 people.", 4),
    )
    assert what_it_was("Police said the fire in Ostrov killed 22 people.", told_before) is None
    now = "Police said the fire in Ostrov killed 30 people."
    assert str(what_it_was(now, told_before)) == "was 22 on 4 Nov 2024"


@pytest.mark.parametrize(
    ("again", "likeness", "is_retold"),
    [
        ("The blaze in Ostrov left 14 people dead.", 0.75, True),
        ("The blaze in Ostrov left 15 people dead.", 0.95, False),
        ("The blaze in Ostrov left 14 people dead, Mayor Dahl said.", 0.8, False),
        ("The blaze in Ostrov left 14 people dead.", 0.6, False),
    ],
)
def test_other_words_with_equal_figures_and_no_new_name_say_the_same(
    again: str, likeness: float, is_retold: bool
) -> None:
    assert retells(again, "A fire in Ostrov killed 14 people.", likeness) is is_retold


def test_what_was_decided_counts_as_told() -> None:
    told_before = (
        of_day("The grid operator will switch off homes in Kyiv for up to four hours a day.", 3),
        of_day("The grid operator shortens outages in Kyiv from four hours to two hours a day.", 4),
    )
    now = "The grid operator will switch off homes in Kyiv for up to three hours a day."
    assert str(what_it_was(now, told_before)) == "was two on 4 Nov 2024"
