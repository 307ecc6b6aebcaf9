from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.answering.quoting import Models, Reading, read
from retrieval.grounding.asked import ask
from retrieval.grounding.reader import (
    FEATURES,
    RERANKED,
    Linear,
    SentenceCandidate,
    features,
    load_reader,
)
from retrieval.models import Hit
from retrieval.search.query import make_plan
from tests.support.archives import local_tokens
from tests.support.bag_of_words import vectors_of
from tests.support.fakes import BagOfWordsEmbeddings
from tests.support.passages import passage

NOW = datetime(2024, 11, 13, tzinfo=UTC)
TEXT = (
    "The council of Ostrov met on Monday to talk about the harbour. The harbour has room for 120"
    " boats. Repairs will cost $3 million, the mayor said. Fishermen had complained for years."
)


async def reading(question: str, text: str = TEXT) -> Reading:
    models = Models(local_tokens(), BagOfWordsEmbeddings(), "all-MiniLM-L6-v2-int8")
    plan = make_plan(question, NOW)
    return await read(models, plan, [Hit(passage(text), 1.0)])


def best(found: Reading) -> str:
    [fits] = found.fits
    return found.sentences[int(np.argmax(fits))].text


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many boats fit into the harbour?", "120"),
        ("What do the repairs cost?", "$3 million"),
        ("When did the council meet?", "Monday"),
        ("Who had complained?", "Fishermen"),
    ],
)
async def test_the_sentence_that_answers_is_read_as_the_best(question: str, answer: str) -> None:
    assert answer in best(await reading(question))


async def test_what_is_not_there_is_less_likely_to_be_answered() -> None:
    there = await reading("How many boats fit into the harbour of Ostrov?")
    elsewhere = await reading("Who won the chess championship in Lima?")
    assert there.chance > 0.5 > elsewhere.chance


async def test_a_question_in_another_script_is_read_by_its_words() -> None:
    text = "Гавань Острова вміщує 120 човнів. Рибалки скаржилися роками. У місті йшов дощ."
    found = await reading("Скільки човнів вміщує гавань?", text)
    assert "120" in best(found)


async def test_nothing_to_read_is_no_answer() -> None:
    found = await reading("How many boats?", "Boats? How many?")
    assert found.chance == 0.0
    assert not found.sentences


@given(st.lists(st.text(max_size=80), min_size=1, max_size=6), st.text(max_size=60))
@settings(max_examples=60)
def test_whatever_is_written_gives_finite_numbers_and_a_chance(
    texts: list[str], question: str
) -> None:
    reader, asked = load_reader(), ask(question)
    candidates = [SentenceCandidate(text, "", "", "A title", at) for at, text in enumerate(texts)]
    rows = features(asked, candidates, vectors_of(question, candidates))
    assert rows.shape == (len(texts), len(FEATURES))
    assert np.isfinite(rows).all()
    assert 0 <= reader.chance(asked, rows, reader.score(rows)) <= 1


@given(st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=30), st.data())
def test_what_the_cross_encoder_has_not_read_stays_in_order_behind_what_it_has(
    numbers: list[float], data: st.DataObject
) -> None:
    reader, scores = load_reader(), np.array(numbers, dtype=np.float32)
    best = reader.shortlist(scores)
    assert len(best) == min(len(scores), RERANKED)
    crossed = data.draw(
        st.lists(st.floats(-20, 20, width=32), min_size=len(best), max_size=len(best))
    )
    found = reader.rerank(scores, best, np.array(crossed, dtype=np.float32))
    others = [at for at in np.argsort(-scores, kind="stable") if at not in best]
    assert all(found[at] < found[best].min() for at in others)
    assert [found[at] for at in others] == sorted((found[at] for at in others), reverse=True)
    wanted = reader.weight * scores[best] + np.array(crossed, dtype=np.float32)
    assert found[best] == pytest.approx(wanted, abs=1e-4)


def test_weights_for_other_features_are_refused() -> None:
    with pytest.raises(ValueError, match="other features"):
        Linear.of({"columns": {"a": [0, 1, 1]}}, ("b",))


def test_a_linear_model_adds_up_its_standardised_columns_and_its_bias() -> None:
    model = Linear.of({"columns": {"a": [1, 2, 3], "b": [0, 1, -1]}, "bias": 0.5}, ("a", "b"))
    assert model(np.array([3.0, 4.0], dtype=np.float32)) == pytest.approx(3 - 4 + 0.5)


def test_where_a_figure_is_asked_for_and_none_of_the_best_has_one_there_is_no_answer() -> None:
    question = "How much does the club pay Marta Olen?"
    texts = ["The club said that Marta Olen will be paid by it.", "Olen joined the club on Monday."]
    told = ["The club pays Marta Olen $2 million.", *texts]
    reader, asked, chances = load_reader(), ask(question), []
    for found in (texts, told):
        candidates = [
            SentenceCandidate(text, "", "", "Olen joins", at) for at, text in enumerate(found)
        ]
        rows = features(asked, candidates, vectors_of(question, candidates))
        chances.append(reader.chance(asked, rows, reader.score(rows)))
    assert chances[0] <= 0.1 < chances[1]
