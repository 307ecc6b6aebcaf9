"""When a message that changes is edited, by a clock that the test holds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.features.questions.views import WRITING, being_written
from bot.telegram.editable_message import EVERY_S, SLOWEST_S, EditPacing, Page
from bot.telegram.rich_text import MAX_SIZE, RichText, size

ONE, TWO = Page(RichText("one")), Page(RichText("one two"))


def test_the_first_text_is_shown_at_once_and_the_next_a_second_later() -> None:
    pacing = EditPacing()
    assert pacing.wait(0) is None
    pacing.write(ONE)
    assert pacing.wait(0) == 0
    pacing.showed(ONE, 0)
    assert pacing.wait(0.2) is None
    pacing.write(TWO)
    assert pacing.wait(0.25) == EVERY_S - 0.25
    assert pacing.wait(5) == 0


def test_each_refusal_halves_the_pace_up_to_a_limit() -> None:
    pacing = EditPacing()
    pacing.write(ONE)
    waits = []
    for _ in range(7):
        pacing.refused(0)
        waits.append(pacing.wait(0))
    assert waits == [2, 4, 8, 16, 16, 16, 16]
    assert waits[-1] == SLOWEST_S


def test_what_telegram_shows_for_a_while_is_shown_again_unchanged() -> None:
    pacing = EditPacing(lasts_s=20)
    pacing.write(ONE)
    pacing.showed(ONE, 100)
    assert pacing.wait(105) == 15
    assert pacing.wait(121) == 0


def test_a_lost_message_gets_no_more_edits() -> None:
    pacing = EditPacing()
    pacing.write(ONE)
    pacing.lost()
    pacing.write(TWO)
    assert pacing.wait(1000) is None


@given(st.text(max_size=200), st.integers(1, 60))
def test_a_draft_is_one_message_and_marked_as_unfinished(text: str, times: int) -> None:
    shown = being_written(text * times)
    assert size(shown.text) <= MAX_SIZE
    assert shown.text.endswith(WRITING)


def test_a_draft_shows_no_footnotes_of_the_text_itself() -> None:
    assert being_written("It was [1] so.").text == "It was (1) so. …"
