"""Trains the cross-encoder that reads a question and a sentence together.

It starts from all-MiniLM-L6-v2 and learns what the reader's linear ranking gets wrong: its score is
added to the ranking's, and the loss is a softmax over up to six sentences of a question and over
"none of them" (Adam, Kingma & Ba 2015, https://arxiv.org/abs/1412.6980). Layers below `FROZEN` stay
as they are. Of each other matrix the difference is written as a product of rank `RANK` (its largest
singular values), vectors are written whole: retrieval/llm/cross_encoder.npz.

Fit the ranking before (`python -m benchmarks.reader --fit-ranking`) and the chance of an answer
after it (`--fit`). It needs jax and onnx, which nothing else here does (`pip install jax onnx`),
and half an hour on two cores.
"""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console

from benchmarks.places import ROOT, SHARED
from benchmarks.reader import is_for_training, unfinished_reader
from benchmarks.reader_set import Encoded, labelled_cases
from retrieval.llm.local import WEIGHTS as MINILM

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from benchmarks.reader_set import Case
    from retrieval.llm.cross_encoder import Pair

    Array = npt.NDArray[Any]
    Weights = dict[str, Any]  # jax's arrays

ADAPTER = ROOT / "retrieval" / "llm" / "cross_encoder.npz"
LAYERS, HEADS, DIMENSION = 6, 12, 384
FROZEN, RANK = 2, 16
EPOCHS, RATE, WARM_UP = 2, 6e-5, 100
# Questions a step, sentences a question, and of these how many at random.
QUESTIONS, SENTENCES, AT_RANDOM = 6, 6, 2
_HARD, _MOST_RIGHT = 10, 2
# Padded to one of these, so that few shapes are compiled.
_LENGTHS = (32, 48, 64, 80, 96, 112, 128)
# The share of a set that is used: there are many, and they are less like what is asked of us.
_SHARES = {"xquad": 0.4, "xquad near": 0.4, "nomiracl": 0.5, "quiz without": 0.5}
# How much a question of a set counts, where not 1.
_COUNTS = {
    "wikiqa": 2.0,
    "xquad": 0.7,
    "nomiracl": 0.7,
    "xquad near": 0.6,
    "quiz": 1.5,
    "without": 0.7,
    "quiz without": 0.5,
}
_BIAS_NAME = re.compile(r"inner\.(encoder\.layer\.(\d)\..*)\.bias")


@dataclass(frozen=True, slots=True)
class Example:
    """A question: its sentences with the tokens of each, the ranking's scores, which answer."""

    pairs: tuple[Pair, ...]
    scores: Array
    answers: Array
    count: float
    set: str


def main() -> None:
    """Train, write."""
    console = Console()
    if not (SHARED / "answer-sentences").is_dir():
        console.print(f"No labelled sentences at {SHARED}; see SITREP_SHARED_DATA.")
        raise SystemExit(1)
    chance = random.Random(0)  # noqa: S311  for repeatable choices
    encoded = Encoded()
    cases = asyncio.run(labelled_cases(encoded))
    chosen = [
        one for one in cases if is_for_training(one) and chance.random() < _SHARES.get(one.set, 1.0)
    ]
    console.print(f"{len(chosen)} of {len(cases)} questions")
    matrices, names = base()
    found = train([_example(encoded, one) for one in chosen], matrices, chance, console)
    write(matrices, names, found)


def _example(encoded: Encoded, case: Case) -> Example:
    keys = [(case.question, one.text, one.title) for one in case.candidates]
    scores = unfinished_reader().score(case.rows)
    pairs = tuple(encoded.model.pairs(keys))
    return Example(pairs, scores, case.answers > 0, _COUNTS.get(case.set, 1.0), case.set)


def base() -> tuple[Weights, dict[str, str]]:
    """MiniLM's weights by the names of its layers, and the ONNX names of the matrices."""
    import onnx  # noqa: PLC0415  for training alone
    from onnx import numpy_helper  # noqa: PLC0415

    graph = onnx.load_from_string(MINILM.read()).graph
    constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}

    def matrix(name: str) -> Array:
        return np.asarray(constants[f"{name}_q"] * constants[f"{name}_scale"], dtype=np.float32)

    products = {node.output[0]: node.input[1] for node in graph.node if node.op_type == "MatMul"}
    found: Weights = {}
    names: dict[str, str] = {}
    for node in graph.node:
        if node.op_type == "Add":
            for product, bias in (tuple(node.input), tuple(node.input)[::-1]):
                known = _BIAS_NAME.fullmatch(bias)
                if known and product in products:
                    names[f"{known[1]}.weight"] = products[product]
                    found[f"{known[1]}.weight"] = matrix(products[product])
    vectors = {name: value for name, value in constants.items() if name.startswith("inner.")}
    found |= {
        name.removeprefix("inner."): np.asarray(value, dtype=np.float32)
        for name, value in vectors.items()
        if name.endswith((".bias", "LayerNorm.weight", "token_type_embeddings.weight"))
    }
    for kind in ("word", "position"):
        found[f"embeddings.{kind}_embeddings.weight"] = matrix(
            f"inner.embeddings.{kind}_embeddings.weight"
        )
    return found, names


def train(
    examples: Sequence[Example], matrices: Weights, chance: random.Random, console: Console
) -> Weights:
    """What was learned: the layers that are not frozen, and `head.*`."""
    import jax  # noqa: PLC0415  for training alone
    import jax.numpy as jnp  # noqa: PLC0415

    learned = {
        name: value
        for name, value in matrices.items()
        if (layer := re.match(r"encoder\.layer\.(\d)", name)) and int(layer[1]) >= FROZEN
    }
    frozen = {name: jnp.asarray(value) for name, value in matrices.items() if name not in learned}
    learned |= {
        "head.of_first": np.zeros(DIMENSION, np.float32),
        "head.of_mean": np.zeros(DIMENSION, np.float32),
        "head.bias": np.float32(-3),
        "head.weight": np.float32(1),
    }

    def loss(learned: Weights, batch: dict[str, Array]) -> Any:  # noqa: ANN401  jax's
        known = {**frozen, **learned}
        scores = forward(known, batch).reshape(batch["right"].shape)
        scores = scores + known["head.weight"] * batch["scores"]
        scores = jnp.where(batch["there"], scores, -1e9)
        none = jnp.zeros((len(scores), 1))
        everything = jax.nn.logsumexp(jnp.concatenate([none, scores], 1), 1)
        right = jax.nn.logsumexp(jnp.where(batch["right"], scores, -1e9), 1)
        lost = everything - jnp.where(batch["right"].any(1), right, 0.0)
        return (batch["counts"] * lost).sum() / batch["counts"].sum()

    def update(state: Any, batch: dict[str, Array], step: float, rate: float) -> Any:  # noqa: ANN401
        learned, first, second = state
        lost, slope = jax.value_and_grad(loss)(learned, batch)
        length = jnp.sqrt(sum((one**2).sum() for one in jax.tree.leaves(slope)))
        slope = jax.tree.map(lambda one: one * jnp.minimum(1, 1 / length), slope)
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
        second = jax.tree.map(lambda v, g: 0.99 * v + 0.01 * g * g, second, slope)
        for name, value in learned.items():
            quick = 10.0 if name.startswith("head") else 1.0
            mean, square = first[name] / (1 - 0.9**step), second[name] / (1 - 0.99**step)
            decay = 0.01 * value if value.ndim > 1 else 0.0
            move = quick * mean / (jnp.sqrt(square) + 1e-8) + decay
            learned = {**learned, name: value - rate * move}
        return (learned, first, second), lost

    step_of = jax.jit(update)
    learned = {name: jnp.asarray(value) for name, value in learned.items()}
    still = jax.tree.map(jnp.zeros_like, learned)
    state = (learned, still, still)
    steps = EPOCHS * len(examples) // QUESTIONS
    lost: list[float] = []
    for step, chosen in zip(range(steps), _batches(examples, chance), strict=False):
        rate = RATE * min(1, (step + 1) / WARM_UP) * (1 - step / steps)
        state, now = step_of(state, _arrays(chosen, chance), step + 1.0, rate)
        lost.append(float(now))
        if not (step + 1) % 100:
            console.print(f"{step + 1} of {steps}: {np.mean(lost[-100:]):.4f}")
    return {name: np.asarray(value) for name, value in state[0].items()}


def forward(known: Weights, batch: dict[str, Array]) -> Any:  # noqa: ANN401  jax's
    """A score for each pair (pairs,), of `ids`, `types`, `mask` and `said` (pairs, tokens)."""
    import jax  # noqa: PLC0415  for training alone
    import jax.numpy as jnp  # noqa: PLC0415

    def linear(states: Any, name: str) -> Any:  # noqa: ANN401
        return states @ known[f"{name}.weight"] + known[f"{name}.bias"]

    def normal(states: Any, name: str) -> Any:  # noqa: ANN401
        mean = states.mean(-1, keepdims=True)
        spread = ((states - mean) ** 2).mean(-1, keepdims=True)
        found = (states - mean) * jax.lax.rsqrt(spread + 1e-12)
        return found * known[f"{name}.LayerNorm.weight"] + known[f"{name}.LayerNorm.bias"]

    pairs, tokens = batch["ids"].shape
    states = known["embeddings.word_embeddings.weight"][batch["ids"]]
    states = states + known["embeddings.position_embeddings.weight"][:tokens][None]
    states = states + known["embeddings.token_type_embeddings.weight"][batch["types"]]
    states = normal(states, "embeddings")
    hidden = jnp.where(batch["mask"][:, None, None, :], 0.0, -1e9)

    def by_heads(one: Any) -> Any:  # noqa: ANN401
        return one.reshape(pairs, tokens, HEADS, -1).transpose(0, 2, 1, 3)

    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        query, key, value = (
            by_heads(linear(states, f"{at}.attention.self.{name}"))
            for name in ("query", "key", "value")
        )
        likeness = query @ key.transpose(0, 1, 3, 2) / np.sqrt(DIMENSION / HEADS)
        met = jax.nn.softmax(likeness + hidden, -1) @ value
        met = met.transpose(0, 2, 1, 3).reshape(pairs, tokens, DIMENSION)
        met = linear(met, f"{at}.attention.output.dense")
        states = normal(states + met, f"{at}.attention.output")
        wide = jax.nn.gelu(linear(states, f"{at}.intermediate.dense"), approximate=False)
        states = normal(states + linear(wide, f"{at}.output.dense"), f"{at}.output")
    said = batch["said"][:, :, None]
    mean = (states * said).sum(1) / jnp.maximum(said.sum(1), 1)
    return states[:, 0] @ known["head.of_first"] + mean @ known["head.of_mean"] + known["head.bias"]


def _batches(examples: Sequence[Example], chance: random.Random) -> Iterator[list[Example]]:
    """Without end; questions of like length together, since padding is work too."""
    while True:
        left = chance.sample(examples, len(examples))
        for start in range(0, len(left), 20 * QUESTIONS):
            part = sorted(left[start : start + 20 * QUESTIONS], key=_length)
            groups = [part[at : at + QUESTIONS] for at in range(0, len(part), QUESTIONS)]
            chance.shuffle(groups)
            yield from (group for group in groups if len(group) == QUESTIONS)


def _length(one: Example) -> float:
    return float(np.mean([len(pair.ids) for pair in one.pairs[:20]]))


def _chosen(one: Example, chance: random.Random) -> list[int]:
    """Sentences to tell apart: some that answer, some that the ranking likes, some at random."""
    order = np.argsort(-one.scores, kind="stable").tolist()
    right = [at for at in order if one.answers[at]]
    wrong = [at for at in order if not one.answers[at]]
    # of ten passages nobody says which sentence answers
    most = SENTENCES if one.set == "nomiracl" else _MOST_RIGHT
    taken = right[:most] if one.set == "nomiracl" else chance.sample(right, min(most, len(right)))
    left = SENTENCES - len(taken)
    hard = wrong[:_HARD]
    taken += chance.sample(hard, min(max(left - AT_RANDOM, 0), len(hard)))
    rest = [at for at in wrong if at not in taken]
    return taken + chance.sample(rest, min(SENTENCES - len(taken), len(rest)))


def _arrays(examples: Sequence[Example], chance: random.Random) -> dict[str, Array]:
    chosen = [(one, _chosen(one, chance)) for one in examples]
    longest = max(len(one.pairs[at].ids) for one, places in chosen for at in places)
    length = next(known for known in _LENGTHS if known >= longest)
    shape = (len(chosen) * SENTENCES, length)
    batch: dict[str, Array] = {
        **{name: np.zeros(shape, np.int32) for name in ("ids", "types", "mask")},
        "said": np.zeros(shape, np.float32),
        "scores": np.zeros((len(chosen), SENTENCES), np.float32),
        "right": np.zeros((len(chosen), SENTENCES), bool),
        "there": np.zeros((len(chosen), SENTENCES), bool),
        "counts": np.array([one.count for one, _ in chosen], np.float32),
    }
    batch["mask"][:, 0] = 1
    for row, (one, places) in enumerate(chosen):
        for column, at in enumerate(places):
            pair, line = one.pairs[at], row * SENTENCES + column
            batch["ids"][line, : len(pair.ids)] = pair.ids
            batch["types"][line, : len(pair.ids)] = pair.types
            batch["mask"][line, : len(pair.ids)] = 1
            batch["said"][line, pair.first : pair.end] = 1
            batch["scores"][row, column] = one.scores[at]
            batch["right"][row, column] = one.answers[at]
            batch["there"][row, column] = True
    return batch


def write(matrices: Weights, names: dict[str, str], found: Weights) -> None:
    """Write what was learned."""
    stored: dict[str, Array] = {}
    for name, value in found.items():
        if name in names:
            left, sizes, right = np.linalg.svd(value - matrices[name], full_matrices=False)
            roots = np.sqrt(sizes[:RANK])
            stored[f"{names[name]}.left"] = (left[:, :RANK] * roots).astype(np.float16)
            stored[f"{names[name]}.right"] = (roots[:, None] * right[:RANK]).astype(np.float16)
        elif name.startswith("head."):
            stored[name.removeprefix("head.")] = np.asarray(value, dtype=np.float32)
        else:
            stored[f"inner.{name}"] = value.astype(np.float16)
    stored.pop("weight")  # near 1: what the ranking counts is chosen by benchmarks.reader
    np.savez_compressed(ADAPTER, allow_pickle=False, **stored)


if __name__ == "__main__":
    main()
