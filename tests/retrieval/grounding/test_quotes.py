from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from retrieval.grounding.asked import denies_before
from retrieval.grounding.quotes import Quote, choose_quotes, parts_of, sentences_of
from retrieval.models import Hit, Precision, Published, Span
from tests.support.passages import passage

OPEN = "The bridge at Ostrov was opened on 3 May."
CLOSED = "Engineers closed the bridge at Ostrov for a week in June."
RAIN = "Heavy rain flooded the market square in Karsk."


def hits(*texts: str, days: tuple[int, ...] = ()) -> list[Hit]:
    found = []
    for number, text in enumerate(texts, start=1):
        one = passage(text, revision=number)
        if days:
            at = datetime(2024, 11, days[number - 1], tzinfo=UTC)
            article = replace(one.article, published=Published(at, Precision.DAY))
            one = replace(one, article=article)
        found.append(Hit(one, 1.0))
    return found


def chosen(question: str, found: list[Hit], *fits: list[float]) -> list[Quote]:
    return choose_quotes(sentences_of(found), fits, parts_of(question))


def test_what_answers_best_comes_first_also_if_it_is_older() -> None:
    found = hits(OPEN, CLOSED, days=(1, 9))
    assert [one.hit for one in chosen("When was it opened?", found, [3.0, 2.0])] == [0, 1]


def test_of_what_answers_equally_well_the_newer_comes_first() -> None:
    found = hits(OPEN, CLOSED, days=(1, 9))
    assert [one.hit for one in chosen("When was it opened?", found, [3.0, 2.9])] == [1, 0]


def test_what_answers_much_worse_is_not_quoted() -> None:
    assert [one.hit for one in chosen("Was it opened?", hits(OPEN, RAIN), [3.0, -2.0])] == [0]


def test_the_same_report_is_quoted_once() -> None:
    found = hits(OPEN, OPEN.replace("was opened", "was finally opened"), RAIN)
    assert [one.hit for one in chosen("When?", found, [3.0, 2.9, 2.5])] == [0, 2]


def test_at_most_three_are_quoted() -> None:
    found = hits(OPEN, CLOSED, RAIN, "Trains to Ostrov stop at noon today.")
    assert len(chosen("What?", found, [3.0, 2.9, 2.8, 2.7])) == 3


def test_who_asks_yes_or_no_is_given_the_denial_beside_the_claim() -> None:
    claim = "The ministry says that the dam at Karsk broke."
    again = "Officials repeated their account of the broken dam."
    denial = "Engineers at the Karsk works deny that anything happened."
    found = hits(claim, again, denial)
    quoted = chosen("Did the dam break?", found, [3.0, 2.4, 2.2])
    assert [one.hit for one in quoted[:2]] == [0, 2]


def test_each_part_of_a_question_gets_its_sentence() -> None:
    question = "How high was the fine and what was it for?"
    assert len(parts_of(question)) == 2
    found = hits("The court set the fine at 40 million.", "It punishes the misuse of data.", RAIN)
    quoted = chosen(question, found, [3.0, 0.0, -1.0], [0.0, 3.0, -1.0])
    assert [one.hit for one in quoted] == [0, 1]


def test_one_sentence_that_answers_both_parts_is_enough() -> None:
    quoted = chosen("When and where was it opened?", hits(OPEN, RAIN), [3.0, -1.0], [3.0, -1.0])
    assert [one.hit for one in quoted] == [0]


def test_a_pronoun_is_quoted_with_the_sentence_before_it() -> None:
    found = hits("Marta Olen opened the bridge. She left at noon by train.")
    assert chosen("When did Olen leave?", found, [0.0, 3.0]) == [Quote(0, 0, 1, 3.0)]


def test_questions_and_scraps_are_no_quotations() -> None:
    text = "How many boats does the harbour have? Twelve. The harbour has twelve boats."
    assert [one.text for one in sentences_of(hits(text))] == ["The harbour has twelve boats."]


def test_who_says_so_is_no_question_of_its_own() -> None:
    assert len(parts_of("How many troops were massed, and who says so?")) == 1


def test_a_correction_is_quoted_with_the_sentence_that_says_what_is_right() -> None:
    wrong = "Correction: In our report of 3 May, we gave the length of the bridge as 40 metres."
    found = hits(f"{wrong} The digits were wrong. It is 60 metres. It was opened in May.")
    [quote] = chosen("How long is it?", found, [6.0, 0.5, 0.0, 0.0])
    assert (quote.first, quote.last) == (0, 2)


def test_a_word_that_begins_like_a_correction_is_none() -> None:
    found = hits("Correction-facility staff walked out on Monday. The bridge is 60 metres long.")
    [quote] = chosen("Who walked out?", found, [3.0, 0.0])
    assert (quote.first, quote.last) == (0, 0)


def test_a_claim_that_the_next_sentence_denies_is_quoted_with_the_denial() -> None:
    found = hits(f"The Ostrov Post said the mayor had resigned. The town hall denied it. {RAIN}")
    question = "Has the mayor of Ostrov resigned?"
    [quote] = chosen(question, found, [3.0, 1.5, -6.0])
    assert (quote.first, quote.last) == (0, 1)
    [quote] = chosen(question, found, [1.5, 3.0, -6.0])
    assert (quote.first, quote.last) == (0, 1)


def test_a_denial_that_begins_the_next_passage_follows_the_claim() -> None:
    [claim] = hits("The Ostrov Post said the mayor had resigned.")
    [denial, rain] = hits("The town hall denied it.", RAIN)
    end = claim.passage.span.end
    moved = Span(end + 2, end + 2 + denial.passage.span.end)
    next_one = replace(
        denial.passage, id="next", article=claim.passage.article, span=moved, sentences=(moved,)
    )
    question = "Has the mayor of Ostrov resigned?"
    quoted = chosen(question, [claim, Hit(next_one, 1.0), rain], [3.0, -6.0, -6.0])
    assert [one.hit for one in quoted] == [0, 1]
    quoted = chosen(question, [claim, Hit(next_one, 1.0), rain], [0.0, 3.0, -6.0])
    assert [one.hit for one in quoted] == [0, 1]


@pytest.mark.parametrize(
    ("text", "denies"),
    [
        ("The Kremlin denied it.", True),
        ("A spokesman for the mayor called the report false.", True),
        ("Both companies rejected the accusations on Monday.", True),
        ("У міністерстві заперечили це.", True),
        ("The mayor denied that he had resigned.", False),
        ("They rejected the plan.", False),
        ("He was denied bail.", False),
        (f"The bank, which denied it in May, {'very ' * 9}reluctantly paid.", False),
    ],
)
def test_a_short_sentence_may_deny_what_stands_before_it(text: str, *, denies: bool) -> None:
    assert denies_before(text) is denies
