"""What a claim may say of the sentences that it cites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.grounding.checks import Evidence, ProblemKind, check_claim, with_exact_figures
from retrieval.models import Citation
from tests.support.passages import article

# The article is of Tuesday, 12 November 2024.
SOURCE = (
    "Ukraine's general staff said on Monday that 10,432 North Korean soldiers, about 12% of the "
    "force, were not yet deployed in the Kursk region."
)
AROUND = "Oleksandr Syrskyi visited Sudzha. Moscow did not comment."


def evidence(*quotes: str, around: str = AROUND, day: str | None = "2024-11-12") -> Evidence:
    mine = article("Soldiers in Kursk", "Meridian Wire", day)
    return Evidence([Citation(1, mine, 0, len(quote), quote) for quote in quotes], around)


def kinds(
    claim: str, *quotes: str, around: str = AROUND, day: str | None = "2024-11-12"
) -> set[ProblemKind]:
    verdict = check_claim(claim, evidence(*(quotes or (SOURCE,)), around=around, day=day))
    return {one.kind for one in verdict.problems}


@pytest.mark.parametrize(
    "claim",
    [
        SOURCE,
        "On Monday, 11 November 2024, the staff said 10,432 North Koreans were not yet deployed.",
        "Meridian Wire reported on 12 November 2024 that 10,432 soldiers were not yet in Kursk.",
        "About 10,000 North Korean soldiers were not yet deployed in Kursk, Ukraine's staff said.",
        "The Ukrainian general staff said that twelve per cent were not yet deployed.",
        "North Korean soldiers were not deployed in Kursk, said the general staff of Ukraine.",
        "The general staff said 10 432 soldiers were not yet deployed in the Kursk region.",
        "Генштаб України заявив у понеділок, що 10 432 солдати ще не розгорнуті на Курщині.",
        "Генштаб Украины заявил 11 ноября, что 10,432 солдата ещё не развёрнуты.",
    ],
)
def test_what_the_sources_say_stands_in_whatever_form(claim: str) -> None:
    assert kinds(claim) == set()


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("11,432 North Korean soldiers were not yet deployed in Kursk.", ProblemKind.FIGURE),
        ("10,432 thousand soldiers were not yet deployed in Kursk.", ProblemKind.FIGURE),
        ("Eleven thousand soldiers were not yet deployed in Kursk.", ProblemKind.FIGURE),
        ("About 13% of the force was not yet deployed in Kursk.", ProblemKind.FIGURE),
        ("About 12 days of the force were not yet deployed in Kursk.", ProblemKind.UNIT),
        (
            "Ukraine's general staff said on Friday that soldiers were not deployed.",
            ProblemKind.DATE,
        ),
        ("On 14 October, soldiers were not yet deployed in the Kursk region.", ProblemKind.DATE),
        ("In 2022, soldiers were not yet deployed in the Kursk region.", ProblemKind.DATE),
        ("In August, soldiers were not yet deployed in the Kursk region.", ProblemKind.DATE),
        ("Belgorod's general staff said soldiers were not yet deployed.", ProblemKind.NAME),
        ("Ukraine's staff told Zelensky that soldiers were not yet deployed.", ProblemKind.NAME),
        (
            "The staff called the soldiers “a great danger” in the Kursk region.",
            ProblemKind.QUOTATION,
        ),
        ("10,432 North Korean soldiers were deployed in the Kursk region.", ProblemKind.NEGATION),
        ("Wheat prices rose because of dry weather and poor harvests.", ProblemKind.TOPIC),
        ("Генштаб України заявив, що 14 000 солдатів ще не розгорнуті.", ProblemKind.FIGURE),
    ],
)
def test_what_they_do_not_say_is_found(claim: str, kind: ProblemKind) -> None:
    assert kind in kinds(claim)


# The article is of a Tuesday, so that a Tuesday could be its own day.
@pytest.mark.parametrize(
    ("claim", "source", "kind"),
    [
        (
            "Leaked video of the fire in Selm was published on Tuesday by a baker.",
            "Leaked video of the fire in Selm was published on Sunday by a baker.",
            ProblemKind.DATE,
        ),
        (
            "The council called for a sit-in on Tuesday, November 10.",
            "The council called for a sit-in on Sunday, November 10.",
            ProblemKind.DATE,
        ),
        (
            "Рада назвала новий порт у вівторок після довгих суперечок.",
            "Рада назвала новий порт у неділю після довгих суперечок.",
            ProblemKind.DATE,
        ),
        (
            "A parade honours those who were injured in the war over Selm.",
            "A parade honours those who died in the war over Selm.",
            ProblemKind.NEGATION,
        ),
        (
            "Two sailors are missing after the collision off Lys.",
            "Two sailors died in the collision off Lys.",
            ProblemKind.NEGATION,
        ),
        (
            "Капітана порома поранено під час шторму біля Лиса.",
            "Капітан порома загинув під час шторму біля Лиса.",
            ProblemKind.NEGATION,
        ),
    ],
)
def test_another_day_or_fate_in_the_same_place_is_found(
    claim: str, source: str, kind: ProblemKind
) -> None:
    assert kind in kinds(claim, source, around="")


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        (
            "The mayor of Selm resigned on Sunday, a report of Tuesday says.",
            "The mayor of Selm resigned on Sunday.",
        ),
        ("On Tuesday the paper wrote that the mayor resigned.", "The mayor resigned on Sunday."),
        ("The storm killed a sailor off Lys.", "A sailor died in the storm off Lys."),
        ("The storm off Lys was deadly.", "A sailor died in the storm off Lys."),
        (
            "Two sailors were killed and one was hurt off Lys.",
            "Off Lys, two sailors died and one was injured.",
        ),
    ],
)
def test_the_day_of_the_article_and_other_words_for_a_fate_stand(claim: str, source: str) -> None:
    assert kinds(claim, source, around="") == set()


def test_a_figure_on_the_other_side_of_a_unit_is_converted() -> None:
    source = "Ukraine took about 500 square miles of the region in August 2024."
    assert kinds("Ukraine took 1,300 square kilometres of the region.", source) == set()
    assert kinds("Ukraine took 1,900 square kilometres of the region.", source) == {
        ProblemKind.FIGURE
    }


def test_what_is_rounded_is_shown_with_what_the_source_says() -> None:
    claim = "About 10,000 North Korean soldiers were not yet deployed in Kursk."
    shown = with_exact_figures(claim, check_claim(claim, evidence(SOURCE)))
    assert shown == f"{claim} (about; the source says 10,432)"


def test_money_of_another_currency_or_magnitude_is_another_figure() -> None:
    source = "The merger is worth $6.6 billion."
    assert kinds("The merger is worth 6.6 billion dollars.", source) == set()
    assert kinds("The merger is worth €6.6 billion.", source) == {ProblemKind.UNIT}
    assert kinds("The merger is worth $6.6 million.", source) == {ProblemKind.FIGURE}


def test_a_name_for_a_pronoun_may_come_from_the_passage_but_not_in_place_of_another() -> None:
    he = "He said that the assault had failed, and that the brigade was safe."
    assert kinds("Syrskyi said that the assault had failed.", he) == set()
    named = "Blinken said that the assault had failed, and that the brigade was safe."
    assert kinds("Syrskyi said that the assault had failed.", named) != set()


def test_a_relative_day_is_counted_from_the_articles_day() -> None:
    source = "The army said yesterday that two villages were taken."
    assert kinds("Two villages were taken, the army said on 11 November.", source) == set()
    assert kinds("Two villages were taken, the army said on 10 November.", source) == {
        ProblemKind.DATE
    }
    assert kinds("Two villages were taken, it said on 11 November.", source, day=None) == {
        ProblemKind.DATE
    }


def test_abbreviations_and_other_names_of_a_country_are_one() -> None:
    source = "The U.S. said that the North Atlantic Treaty Organization would meet."
    assert kinds("NATO would meet, Washington said.", source) == set()
    assert kinds("The United States said that NATO would meet.", source) == set()


@pytest.mark.parametrize(
    ("claim", "source", "kind"),
    [
        (
            "The blast killed 21 people.",
            "The blast wounded 21 people and killed 4.",
            ProblemKind.UNIT,
        ),
        ("Поранено 4 людини.", "Удар поранив 21 людину, 4 загинули.", ProblemKind.UNIT),
        (
            "Prices fell by 8.6% in May.",
            "Prices rose by 8.6% in May, it said.",
            ProblemKind.NEGATION,
        ),
        ("Инфляция снизилась до 8,5%.", "Инфляция выросла до 8,5%.", ProblemKind.NEGATION),
        (
            "At most 36 people died.",
            "At least 36 people died, officials said.",
            ProblemKind.NEGATION,
        ),
        ("The rocket flew 700 miles.", "The rocket flew 700 kilometres.", ProblemKind.UNIT),
        ("He resigned yesterday.", "He resigned on 5 November, it said.", ProblemKind.DATE),
        ("He resigned last month.", "He resigned on 5 November, it said.", ProblemKind.DATE),
        ("He resigned this week.", "He resigned in March 2023, it said.", ProblemKind.DATE),
        ("Iraq accepted the plan.", "Iran accepted the plan.", ProblemKind.NAME),
        ("Austria accepted the plan.", "Australia accepted the plan.", ProblemKind.NAME),
        (
            "Peskov said it was destroyed.",
            "Budanov said it was. Peskov declined.",
            ProblemKind.SPEAKER,
        ),
    ],
)
def test_what_is_turned_round_or_taken_for_its_neighbour_is_found(
    claim: str, source: str, kind: ProblemKind
) -> None:
    assert kinds(source, source, around=source) == set()
    assert kinds(claim, source, around=source) == {kind}


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Officials estimate 10 to 12 thousand soldiers.", "Officials estimate 10,000-12,000."),
        ("The strike lasted three weeks.", "The strike ended after 21 days."),
        ("Prices rose fastest in four decades.", "Prices rose fastest in 40 years."),
        ("He resigned on Tuesday, 5 November 2024.", "He resigned last Tuesday, it said."),
        ("He resigned last week.", "He resigned on 5 November, it said."),
        ("The mayor denied the report.", "The mayor said the report was false."),
        ("Президент був у Харкові 11 листопада.", "Президент у понеділок відвідав Харків."),
    ],
)
def test_the_same_in_other_words_stands(claim: str, source: str) -> None:
    assert kinds(claim, source, around=source) == set()


def test_every_kind_of_problem_has_its_reason() -> None:
    verdict = check_claim("Belgorod's staff said 14,000 soldiers came in 2022.", evidence(SOURCE))
    assert "14,000 stands in none" in verdict.reasons
    assert "2022" in verdict.reasons
    assert "belgorod is not named" in verdict.reasons


@given(st.text(max_size=200), st.text(max_size=200))
def test_nothing_that_is_written_breaks_it(claim: str, source: str) -> None:
    check_claim(claim, evidence(source))


@given(st.integers(11, 10**9))
def test_any_other_number_is_found(number: int) -> None:
    claim = f"The army lost {number:,} vehicles near Sudzha."
    assert kinds(claim, claim) == set()
    assert ProblemKind.FIGURE in kinds(
        claim, f"The army lost {2 * number + 1:,} vehicles near Sudzha."
    )


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The storm hit 12,500 homes in Vik.", "The storm hit 12'500 homes in Vik."),
        ("The flood moved 245,300 people in Kosi.", "The flood moved 2,45,300 people in Kosi."),
        ("The sale in Ubo raised 4.5 million rupees.", "The sale in Ubo raised Rs 45 lakh."),
        ("The plague in Orlo killed 1,200 sheep.", "The plague in Orlo killed 1.200 sheep."),
        ("The Greens in Sund won 5.5 percent.", "The Greens in Sund won 5½ percent."),
        ("The frost in Kallio was minus 12 degrees.", "The frost in Kallio was -12 degrees."),
        (
            "The bank raised its rate by 0.25 percentage points.",
            "The bank raised its rate by 25 bps.",
        ),
        ("The march drew 10,000 to 12,000 people.", "The march drew 10-12 thousand people."),
        ("Sales in Orlo fell by 3 percent.", "Sales in Orlo: -3 percent."),
        ("The lake in Orlo holds 1,000,000 litres.", "The lake in Orlo holds 10^6 litres."),
    ],
)
def test_a_figure_is_the_same_however_it_is_written(claim: str, source: str) -> None:
    assert kinds(claim, source) == set()


@pytest.mark.parametrize(
    ("claim", "source", "kind"),
    [
        (
            "The storm hit 12 homes in Vik.",
            "The storm hit 12'500 homes in Vik.",
            ProblemKind.FIGURE,
        ),
        ("The flood moved 45,300 people.", "The flood moved 2,45,300 people.", ProblemKind.FIGURE),
        ("The frost was 12 degrees.", "The frost was -12 degrees.", ProblemKind.FIGURE),
        (
            "The bank raised its rate by 2 percent.",
            "It rose by 2 percentage points.",
            ProblemKind.UNIT,
        ),
        (
            "The march drew 10 to 15 thousand.",
            "The march drew 10 to 12 thousand.",
            ProblemKind.FIGURE,
        ),
        ("The firm paid 24/6 in Orlo.", "The firm was open 24/7 in Orlo.", ProblemKind.FIGURE),
        ("The wall is 2.5 m high.", "The wall cost 2.5m euros.", ProblemKind.FIGURE),
    ],
)
def test_a_part_of_a_figure_or_another_measure_is_another_figure(
    claim: str, source: str, kind: ProblemKind
) -> None:
    assert kind in kinds(claim, source)
