from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.grounding.figures import differing, find_figures


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("2,500 tanks were sent", 2_500, "tank"),
        ("11 000 солдатів прибули", 11_000, "солдатів"),
        ("some 10k men", 10_000, "men"),
        ("10 тыс. военных", 10_000, "воен"),
        ("3,5 млн осіб", 3_500_000, "осіб"),
        ("ten thousand soldiers", 10_000, "soldier"),
        ("two hundred and fifty drones", 250, "drone"),
        ("a dozen officers", 12, "offic"),
        ("$3.4 billion in aid", 3.4e9, "$"),
        ("25% of homes", 25, "%"),
        ("25 per cent of homes", 25, "%"),
        ("twenty-five ships", 25, "ship"),
        ("двох комплексів", 2, "комплексів"),
        ("двадцять п’ять кораблів", 25, "кораблів"),
        ("двести пятьдесят тысяч человек", 250_000, "человек"),
        ("п'ять мільйонів осіб", 5e6, "осіб"),
    ],
)
def test_a_figure_is_read_with_its_magnitude_and_what_it_counts(
    text: str, value: float, unit: str
) -> None:
    (figure,) = find_figures(text)
    assert figure.value == value
    assert unit in figure.units


@pytest.mark.parametrize(
    "text",
    [
        "on 12 November 2024",
        "on Nov. 12",
        "at 7:30 a.m.",
        "an F-16 jet",
        "COVID-19",
        "in 2022",
        "one",
    ],
)
def test_dates_times_years_and_names_are_no_figures(text: str) -> None:
    assert find_figures(text) == []


@given(st.text(max_size=200))
def test_every_figure_is_a_slice_of_its_text_in_order(text: str) -> None:
    figures = find_figures(text)
    assert all(0 <= one.start < one.end <= len(text) for one in figures)
    assert [one.start for one in figures] == sorted(one.start for one in figures)


SOLDIERS = "Kyiv said that 8,000 North Korean soldiers were in the Kursk region on Monday."


def test_two_statements_that_count_the_same_differ_in_its_figure() -> None:
    pair = differing(SOLDIERS, SOLDIERS.replace("8,000", "11,000").replace("Monday", "Tuesday"))
    assert pair is not None
    assert [one.value for one in pair] == [8_000, 11_000]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            "The quake in the east killed 1,000 people near Khost on Wednesday.",
            "The quake in the east injured 1,500 people near Khost on Wednesday.",
            id="another fate",
        ),
        pytest.param(
            "Colorado beat Tampa Bay 2-1 goals in the final on Sunday night.",
            "Colorado beat Tampa Bay 7-0 goals in the final on Saturday night.",
            id="a score",
        ),
        pytest.param(
            "Advisers backed the shot for babies of 6 months with a Covid vaccine on Saturday.",
            "Advisers backed two Covid vaccines for babies on Wednesday.",
            id="counted in other things",
        ),
        pytest.param(
            "A 7.0-magnitude quake in Haiti hit people in the capital Port-au-Prince.",
            "Up to 40,000 people in Haiti were hit in the capital Port-au-Prince.",
            id="a description",
        ),
        pytest.param(
            "Airlines cancelled 1,300 flights in the United States on Friday.",
            "Airlines cancelled another 1,750 flights in the United States on Thursday.",
            id="on top",
        ),
        pytest.param(
            "In all 3,200 flights were cancelled over the weekend in the United States.",
            "On Saturday 850 flights and on Sunday 900 flights were cancelled over the weekend.",
            id="one of several",
        ),
        pytest.param(SOLDIERS, SOLDIERS.replace("8,000", "8"), id="too far"),
        pytest.param(SOLDIERS, SOLDIERS, id="the same"),
    ],
)
def test_figures_of_other_things_are_no_rivals(one: str, other: str) -> None:
    assert differing(one, other) is None
    assert differing(other, one) is None


@given(st.text(max_size=120), st.text(max_size=120))
def test_rivals_are_slices_of_their_texts(one: str, other: str) -> None:
    pair = differing(one, other)
    assert pair is None or (pair[0].end <= len(one) and pair[1].end <= len(other))
