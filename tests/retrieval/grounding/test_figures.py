from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.grounding.figures import find_figures


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
