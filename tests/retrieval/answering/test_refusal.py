from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answering.calibrations import calibration_of
from retrieval.answering.evidence import NO_EVIDENCE, Evidence, evidence
from retrieval.answering.refusal import chance
from tests.support.passages import hit, passage

MINILM = "all-MiniLM-L6-v2-int8"
CAPTURE = hit(passage("Kyiv's army took Sudzha on 7 August 2024, the governor Smirnov said."), 0.7)


@pytest.mark.parametrize(
    ("question", "has_kind"),
    [
        ("When was Sudzha taken?", True),
        ("Who said that Sudzha was taken?", True),
        ("How many soldiers took Sudzha?", False),
        ("What happened in Sudzha?", True),
        ("Скільки солдатів у Суджі?", False),
    ],
)
def test_what_is_asked_for_has_to_stand_in_a_sentence(question: str, has_kind: bool) -> None:
    assert evidence(question, [CAPTURE]).kind == float(has_kind)


def test_a_name_or_a_number_that_no_passage_has_is_seen() -> None:
    found = evidence("Did Zelensky visit Sudzha on 9 August?", [CAPTURE])
    assert (found.names, found.numbers) == (0.0, 0.0)
    found = evidence("Did Smirnov speak of Sudzha on 7 August?", [CAPTURE])
    assert (found.names, found.numbers) == (1.0, 1.0)


def test_names_in_a_script_that_no_passage_has_are_not_missed() -> None:
    assert evidence("Чи взяли Суджу за Смирнова?", [CAPTURE]).names == 1.0


def test_without_compared_sentences_the_passages_likeness_stands_in() -> None:
    assert evidence("Sudzha?", [CAPTURE]).sentence == pytest.approx(0.7)
    assert evidence("Sudzha?", [CAPTURE], [0.2]).sentence == pytest.approx(0.2)


def test_nothing_found_is_no_evidence() -> None:
    assert evidence("Sudzha?", []) == NO_EVIDENCE
    assert chance(NO_EVIDENCE, calibration_of(MINILM)) < 0.01


@given(st.builds(Evidence, *[st.floats(0, 1)] * 6), st.sampled_from([MINILM, "", "other"]))
def test_more_evidence_never_makes_an_answer_less_likely(found: Evidence, model: str) -> None:
    weights = calibration_of(model)
    assert 0 <= chance(found, weights) <= 1
    for sign in ("likeness", "sentence", "covered", "names", "numbers", "kind"):
        assert chance(replace(found, **{sign: 1.0}), weights) >= chance(found, weights)


def test_an_english_models_cosines_do_not_judge_a_question_in_another_script() -> None:
    assert calibration_of(MINILM, "Хто взяв Суджу?") == calibration_of("unknown")
    assert calibration_of(MINILM, "Who took Sudzha?") != calibration_of("unknown")
    multilingual = "multilingual-e5-small-q4-centred"
    assert calibration_of(multilingual, "Хто взяв Суджу?") == calibration_of(multilingual)
