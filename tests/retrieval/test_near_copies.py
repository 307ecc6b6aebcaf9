from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.text.near_duplicates import band_numbers, is_near_copy, jaccard, text_print

TITLE = "Missile kills nine at Sudzha market"
WIRE = (
    "A missile struck a market in the centre of Sudzha on Tuesday, killing nine people, the "
    "governor said. Rescue workers dug through the rubble into the night. It was the third strike "
    "on the town in a week, and residents were told to stay in cellars until the morning. The "
    "hospital has no power, and its surgeons work by torchlight, a nurse who got out said. "
)
BANDS = (4626439344698684073, 7809718004340910927)
WALL = "We value your privacy and process personal data, as do our partners. " * 4


def near(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return is_near_copy(text_print(*one), text_print(*other))


@pytest.mark.parametrize(
    "printed",
    [
        f"SUDZHA, Nov 12 (Wire) - {WIRE}",
        f"{WIRE} (Reporting by Ann; editing by Bob)",
        WIRE.replace("nine", "9"),
        WIRE.replace("a nurse who got out said", "a nurse said"),
        WIRE + "The mayor put the number of strikes since August at 41.",
    ],
)
def test_what_an_outlet_does_to_a_wire_story_leaves_it_a_copy(printed: str) -> None:
    assert near((TITLE, WIRE), ("Rescue workers dig in Sudzha rubble", printed))


@pytest.mark.parametrize("toll", ["12", "eleven", "90"])
def test_another_figure_in_place_of_one_is_an_update(toll: str) -> None:
    assert not near((TITLE, WIRE), (TITLE, WIRE.replace("nine", toll)))


def test_pages_behind_one_wall_are_no_copies_whichever_came_first() -> None:
    walled = ("Truss resigns as prime minister", WALL), ("We value your privacy", WALL)
    assert not near(*walled)
    assert not near(walled[1], walled[0])


def test_too_short_a_text_has_no_bands() -> None:
    assert band_numbers("Seven words are too few to tell.") == ()


def test_bands_are_the_same_in_every_process_and_fit_into_sql() -> None:
    numbers = band_numbers(WIRE)
    assert len(numbers) == 16
    assert numbers[:2] == BANDS
    assert all(0 <= one < 2**63 for one in numbers)


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=60), st.text(max_size=60))
def test_copies_are_so_both_ways(one: str, other: str, title: str, second: str) -> None:
    first, last = text_print(title, one), text_print(second, other)
    assert is_near_copy(first, last) == is_near_copy(last, first)
    assert 0 <= jaccard(first, last) == jaccard(last, first) <= 1
    band_numbers(one)
