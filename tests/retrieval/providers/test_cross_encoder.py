from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.llm.cross_encoder import (
    CLS,
    MOST_OF_QUESTION,
    MOST_OF_SENTENCE,
    MOST_OF_TITLE,
    SEP,
    Adapter,
    adapted,
    pair_of,
)
from retrieval.llm.local import LocalEmbeddings
from tests.support.archives import local_tokens
from tests.support.model import local_model

_TOKENS = st.lists(st.integers(1_000, 30_000), max_size=200)


def varint(number: int) -> bytes:
    """As protobuf writes it."""
    rest, last = divmod(number, 128)
    return bytes([last | 0x80]) + varint(rest) if rest else bytes([last])


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def constant(name: str, data: bytes, kind: int = 3) -> bytes:
    """An initializer of int8 (3) or float32 (1) values, with a field for its shape."""
    shape = varint(1 << 3) + varint(300)
    return field(
        5, shape + varint(2 << 3) + varint(kind) + field(8, name.encode()) + field(9, data)
    )


def adapted_constant(name: str, values: np.ndarray) -> bytes:
    """The same with float32 values, as it is written."""
    shape, data = varint(1 << 3) + varint(300), values.astype("<f4").tobytes()
    return field(5, shape + field(8, name.encode()) + varint(2 << 3) + varint(1) + field(9, data))


def network(*constants: bytes) -> bytes:
    """An ONNX file, as far as it is read."""
    node = field(1, field(1, b"input") + field(4, b"MatMul"))
    version, producer = varint(1 << 3) + varint(8), field(2, b"somebody")
    return version + producer + field(7, node + b"".join(constants) + field(2, b"graph"))


def adapter(
    factors: dict[str, tuple[np.ndarray, np.ndarray]], replaced: dict[str, np.ndarray]
) -> Adapter:
    nothing = np.zeros(384, np.float32)
    return Adapter(factors, replaced, nothing, nothing, 0.0)


def test_the_difference_is_added_in_units_of_each_columns_scale() -> None:
    before = np.array([[10, -20, 126], [0, 5, -127]], np.int8)
    scale = np.array([0.5, 0.25, 1.0], np.float32)
    other = constant("other_q", b"\1\2")
    scales = constant("w_scale", scale.tobytes(), 1)
    left, right = np.array([[1.0], [2.0]], np.float32), np.array([[1.0, -1.0, 0.5]], np.float32)
    after = adapted(
        network(other, constant("w_q", before.tobytes()), scales),
        adapter({"w": (left, right)}, {}),
    )
    expected = np.array([[12, -24, 126.5], [4, -3, -126]], np.float32)
    assert after == network(other, adapted_constant("w_q", expected), scales)


def test_vectors_take_the_place_of_others() -> None:
    bias, kept = np.array([1.5, -2.0, 0.0], np.float32), constant("kept", b"abcd")
    model = network(constant("bias", np.ones(3, np.float32).tobytes(), 1), kept)
    expected = network(adapted_constant("bias", bias), kept)
    assert adapted(model, adapter({}, {"bias": bias})) == expected


def test_another_model_is_not_taken_for_the_one_that_was_adapted() -> None:
    with pytest.raises(KeyError):
        adapted(network(constant("kept", b"abcd")), adapter({}, {"bias": np.ones(1, np.float32)}))


@given(st.lists(st.binary(min_size=1, max_size=400), min_size=1, max_size=8), st.data())
def test_each_constant_is_found_wherever_it_stands(parts: list[bytes], data: st.DataObject) -> None:
    model = network(*(constant(f"c{n}", part * 4) for n, part in enumerate(parts)))
    chosen = data.draw(st.integers(0, len(parts) - 1))
    vector = np.arange(len(parts[chosen]), dtype=np.float32)
    after = adapted(model, adapter({}, {f"c{chosen}": vector}))
    others = [constant(f"c{n}", part * 4) for n, part in enumerate(parts)]
    others[chosen] = adapted_constant(f"c{chosen}", vector)
    assert after == network(*others)


@given(_TOKENS, _TOKENS, _TOKENS)
def test_a_pair_is_bounded_and_says_where_its_sentence_stands(
    question: list[int], sentence: list[int], title: list[int]
) -> None:
    pair = pair_of(question, sentence, title)
    assert pair.ids[pair.first : pair.end] == sentence[:MOST_OF_SENTENCE]
    assert pair.ids[0] == CLS
    assert [pair.ids[pair.first - 1], pair.ids[pair.end], pair.ids[-1]] == [SEP] * 3
    assert pair.types == [0] * pair.first + [1] * (len(pair.ids) - pair.first)
    assert len(pair.ids) <= MOST_OF_QUESTION + MOST_OF_SENTENCE + MOST_OF_TITLE + 4


@pytest.mark.parametrize(
    ("question", "answer", "near"),
    [
        (
            "Who bought the harbour?",
            "The Ostrov Shipping Company acquired the port last year for $3 million.",
            "The harbour has room for 120 boats, and was built by Dutch engineers.",
        ),
        (
            "how many people died in the fire",
            "The blaze killed nine residents, the governor said.",
            "The fire destroyed 40 houses, and 31 people were hurt.",
        ),
        (
            "Why was the game called off?",
            "It was postponed because of heavy rain, the club said.",
            "The game had been sold out for weeks.",
        ),
    ],
)
async def test_a_sentence_that_answers_in_other_words_scores_above_one_on_the_subject(
    question: str, answer: str, near: str
) -> None:
    scores = await local_tokens().ascore_pairs(question, [(near, "News"), (answer, "News")])
    assert scores[1] > scores[0]


async def test_a_sentence_scores_the_same_alone_and_among_others() -> None:
    others = [("It rained.", ""), ("The blaze killed nine residents " * 9, "Fire at the harbour")]
    port = LocalEmbeddings(local_model())
    together = await port.ascore_pairs("How many died?", others)
    alone = [(await port.ascore_pairs("How many died?", [one]))[0] for one in others]
    assert together == pytest.approx(alone, abs=1e-3)
