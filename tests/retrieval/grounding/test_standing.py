from __future__ import annotations

import pytest

from retrieval.grounding.citations import in_its_place, is_corrected, still_says

QUOTE = "Some 8,000 soldiers arrived in Kursk."
OLD = f"It rained. {QUOTE} Talks go on."
NEW = OLD.replace("8,000", "10,000")


def test_another_quotation_mark_or_dash_is_the_same_sentence() -> None:
    assert still_says("He said: “It’s held” - by us.", "It's held")
    assert not still_says("It rained. Some 18,000 soldiers arrived in Kursk.", QUOTE[5:])


def test_what_stands_in_a_sentences_place_shares_its_words() -> None:
    place = in_its_place(NEW, QUOTE)
    assert place is not None
    assert place.of(NEW) == "Some 10,000 soldiers arrived in Kursk."
    assert in_its_place("Potatoes cost more.", QUOTE) is None


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (OLD, NEW, True),
        (OLD, f"{OLD} More followed.", False),
        (OLD, "Potatoes cost more.", True),
        (NEW, f"{NEW} More followed.", False),  # told of when it went
        (NEW, NEW.replace("10,000", "12,000"), True),
        (NEW, OLD, False),  # as it was cited
    ],
)
def test_who_was_given_a_sentence_hears_of_each_change_of_it_once(
    before: str, now: str, *, told: bool
) -> None:
    assert is_corrected(QUOTE, before, now) is told
