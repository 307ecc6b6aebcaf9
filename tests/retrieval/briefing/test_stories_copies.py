from __future__ import annotations

from datetime import UTC, datetime

import pytest

from retrieval.briefing.clustering import OnlineClusterer, StoryPlacement
from retrieval.briefing.reports import CopyIndex, Report
from retrieval.text.near_duplicates import resemblance, signature
from tests.support.passages import article

WIRE = (
    "A missile struck a market in the centre of Sudzha on Tuesday, killing {} people, the governor "
    "said. Rescue workers dug through the rubble into the night. It was the third strike on the "
    "town in a week, and residents were told to stay in cellars until the morning."
)
TITLE = "Missile kills {} at Sudzha market"
WALL = (
    "We value your privacy. We and our partners store and access information on a device, such as "
    "cookies, and process personal data. Choose below what you allow, or subscribe to read on "
    "without any tracking. You can change your mind at any time at the foot of every page."
)


def placed(*titles_and_texts: tuple[str, str]) -> list[StoryPlacement]:
    book = OnlineClusterer()
    return [
        book.place(
            Report(
                article(title, outlet=f"Outlet {number}", revision=number),
                text,
                datetime(2024, 11, 12, number, tzinfo=UTC),
            )
        )
        for number, (title, text) in enumerate(titles_and_texts, start=1)
    ]


def test_a_wire_story_printed_again_is_a_copy_of_the_first() -> None:
    text = WIRE.format("nine")
    first, second, third = placed(
        (TITLE.format("nine"), text),
        ("Rescue workers dig through rubble in Sudzha", f"(Wire) - {text}"),
        (TITLE.format("nine"), text + " Read more below."),
    )
    assert first.copy_of is None
    assert (second.copy_of, third.copy_of) == (1, 1)
    assert first.story_id == second.story_id == third.story_id


@pytest.mark.parametrize("toll", ["12", "eleven", "90"])
def test_with_another_figure_it_is_an_update_and_no_copy(toll: str) -> None:
    first, second = placed(
        (TITLE.format("nine"), WIRE.format("nine")), (TITLE.format(toll), WIRE.format(toll))
    )
    assert second.copy_of is None
    assert second.story_id == first.story_id


def test_the_same_figure_in_digits_and_in_words_is_the_same() -> None:
    _, second = placed((TITLE.format("nine"), WIRE.format("nine")), ("", WIRE.format("9")))
    assert second.copy_of == 1


def test_pages_behind_one_wall_are_no_copies() -> None:
    _, second = placed(("Truss resigns as prime minister", WALL), ("Storm hits Cuba", WALL))
    assert second.copy_of is None


def test_short_texts_are_nobodys_copies() -> None:
    assert signature("Seven words are too few to tell.") is None


def test_signatures_are_the_same_in_every_process() -> None:
    signed = signature(WALL)
    assert signed is not None
    assert signed[:3].tolist() == [6624587, 23333710, 90545351]


def test_resemblance_estimates_the_share_of_common_runs() -> None:
    words = [f"w{number}" for number in range(400)]
    one, other = signature(" ".join(words)), signature(" ".join(words[100:]))
    assert one is not None
    assert other is not None
    # 298 runs in common of 398
    assert resemblance(one, other) == pytest.approx(0.75, abs=0.15)


def test_the_index_finds_what_is_alike_and_forgets() -> None:
    index = CopyIndex()
    signed = signature(WALL)
    far = signature(WIRE)
    assert signed is not None
    assert far is not None
    for key, one in ((5, signed), (3, signed), (4, far)):
        index.add(key, one)
    assert index.near(signed) == [3, 5]
    for key in (3, 3, 4):
        index.discard(key)
    assert index.near(signed) == [5]
    assert index.near(far) == []
