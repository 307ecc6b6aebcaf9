"""`make eval`, reader: does it find the sentence that answers, and know when there is none?

In one table, on labelled sentences (see `reader_set`): BM25, plain cosine, the linear ranking,
fitted without the fold that it is tried on, and the reader, which is that and a cross-encoder that
was not trained on these sentences. Then how well it parts questions that have an answer from those
that have none, by folds. Writes benchmarks/results/reader.md.

To fit all anew: `--fit-ranking` fits the ranking and does no more; then
`python -m benchmarks.cross_encoder` trains the cross-encoder beside it; then `--fit` fits the
chance of an answer on what that did not see. The weights stand in
retrieval/grounding/reader_weights.json.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import sys
import zlib
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score

from benchmarks.places import RESULTS, ROOT, SHARED
from benchmarks.reader_set import (
    BY_HAND,
    FOLDS,
    HELD_OUT,
    PUBLISHED,
    Case,
    Encoded,
    labelled_cases,
)
from retrieval.grounding.asked import ask
from retrieval.grounding.reader import FEATURES, SIGNS, Linear, Reader, load_reader, signs
from retrieval.text.words import stemmed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[Any]
    Scores = Callable[[Case], "npt.NDArray[np.float32] | Floats"]
    Columns = tuple[Floats, Floats, Floats]

WEIGHTS = ROOT / "retrieval" / "grounding" / "reader_weights.json"
# How much a question of each set counts in fitting: news asked by hand is rare, and what it is for.
_COUNTS = {
    "reworded": 1.0,
    "wikiqa": 2.0,
    "clapnq": 2.0,
    "xquad": 0.7,
    "news": 6.0,
    "june": 6.0,
    "october": 6.0,
    "sample": 4.0,
    "demo": 4.0,
    "quiz": 3.0,
}
_COUNTS_ANSWERING = {
    "held out": 3.0,
    "clapnq": 1.0,
    "nomiracl": 1.0,
    "xquad near": 0.6,
    "news": 3.0,
    "june": 3.0,
    "october": 3.0,
    "sample": 3.0,
    "demo": 3.0,
    "without": 0.7,
    "quiz": 2.0,
    "quiz without": 2.0,
}
# What the ranking counts beside the cross-encoder, which is surer of itself than it is right with
# questions that it was not trained on: by folds 1, 1.5, 2 and 3 put the sentence that answers first
# for .649, .674, .665, .657 of the questions asked by hand, and for .650, .666, .663, .645 of those
# held out.
_WEIGHT = 1.5
_RIDGE = 1e-2
_LOGISTIC_C = 0.1
# Signs that speak against an answer, and those that may speak for either.
_AGAINST = frozenset({"best_rarest_missing", "best_ordinal", "best_early", "holds_not", "lacks"})
_EITHER = frozenset({"best_cosine_title", "best_pairs"})
_THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6)


def main() -> None:
    """Measure, print, write; with `--fit`, fit."""
    console = Console()
    if not (SHARED / "answer-sentences").is_dir():
        console.print(f"No labelled sentences at {SHARED}; see SITREP_SHARED_DATA.")
        raise SystemExit(1)
    encoded = Encoded()
    cases = asyncio.run(labelled_cases(encoded))
    if "--fit-ranking" in sys.argv:
        chosen = _rankable(cases)
        _store("ranking", _columns(FEATURES, *_fit_ranking(chosen)), chosen)
        return
    if "--fit" in sys.argv:
        chosen = _measured(cases)
        shown = [*chosen, *_alone(encoded, chosen)]
        model, bias = _fit_answering(shown, _signs(encoded, shown))
        fitted = {**_columns(SIGNS, *model), "bias": round(bias, 4)}
        _store("answering", fitted, chosen)
    text = "\n".join((*_ranking(encoded, cases), "", *_answering(encoded, cases)))
    console.print(text, soft_wrap=True)
    (RESULTS / "reader.md").write_text(text + "\n", encoding="utf-8")


def unfinished_reader() -> Reader:
    """The ranking and its weight, whatever the chance of an answer was fitted for before."""
    known = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    nothing = np.zeros(len(SIGNS), np.float32)
    chance = Linear(nothing, nothing + 1, nothing)
    return Reader(Linear.of(known["ranking"], FEATURES), chance, _WEIGHT)


def is_for_training(case: Case) -> bool:
    """Whether the cross-encoder is trained on a case; others are for measuring it."""
    if case.set in PUBLISHED:
        return case.fold != 0
    return case.set not in (*BY_HAND, HELD_OUT, "without")


def _rankable(cases: Sequence[Case]) -> list[Case]:
    return [one for one in cases if one.set in _COUNTS and one.answers.any()]


def _ranking(encoded: Encoded, cases: Sequence[Case]) -> list[str]:
    measured = [one for one in cases if one.answers.any() and not is_for_training(one)]
    counts = Counter(one.set for one in measured if one.set in (*_COUNTS, HELD_OUT))
    reader, known = unfinished_reader(), _rankable(cases)
    folds = [_fit_ranking([one for one in known if one.fold != fold]) for fold in range(FOLDS)]

    def ranked(one: Case) -> Floats:
        return _apply(folds[one.fold], one.rows)

    ways: dict[str, Scores] = {
        "BM25": _bm25,
        "cosine": lambda one: one.rows[:, FEATURES.index("cosine")],
        "the linear ranking": ranked,
        "the reader": lambda one: _reranked(encoded, reader, one, ranked(one)),
    }
    lines = [
        "# The reader",
        "",
        f"Written by `python -m benchmarks.reader` on {datetime.now(UTC):%d %B %Y}.",
        "",
        "P@1 / MRR / MAP of the sentence that answers, on questions that it was not fitted on.",
        "",
        "| | " + " | ".join(f"{name} ({count})" for name, count in counts.items()) + " |",
        "|---|" + "--:|" * len(counts),
    ]
    for way, score in ways.items():
        found = [_measures([one for one in measured if one.set == name], score) for name in counts]
        lines.append(f"| {way} | " + " | ".join(found) + " |")
    return lines


def _reranked(encoded: Encoded, reader: Reader, case: Case, scores: Floats) -> Floats:
    """The scores of a ranking with the cross-encoder's."""
    best = reader.shortlist(scores)
    return reader.rerank(scores, best, encoded.crossed(case, best.tolist())).astype(np.float64)


def _measures(cases: Sequence[Case], score: Scores) -> str:
    first, reciprocal, precision = [], [], []
    for one in cases:
        right = one.answers[np.argsort(-score(one), kind="stable")] > 0
        places = np.flatnonzero(right)
        first.append(float(right[0]))
        reciprocal.append(1 / (places[0] + 1))
        precision.append(np.mean([(n + 1) / (place + 1) for n, place in enumerate(places)]))
    figures = (float(np.mean(one)) for one in (first, reciprocal, precision))
    return " / ".join(f"{one:.3f}".lstrip("0") for one in figures)


def _answering(encoded: Encoded, cases: Sequence[Case]) -> list[str]:
    """By folds of the questions that are for measuring."""
    chosen = _measured(cases)
    shown = [*chosen, *_alone(encoded, chosen)]
    chances = _chances_by_folds(shown, _signs(encoded, shown))[: len(chosen)]
    right = np.array([one.answers.any() for one in chosen])
    sets = np.array([one.set for one in chosen])
    own = np.isin(sets, BY_HAND)
    new = sets == HELD_OUT
    lines = ["| set | questions | with an answer | ROC AUC |", "|---|--:|--:|--:|"]
    for name, here in (
        ("clapnq", sets == "clapnq"),
        ("nomiracl", sets == "nomiracl"),
        ("xquad near", sets == "xquad near"),
        ("asked by hand", own),
        (HELD_OUT, new),
    ):
        area = roc_auc_score(right[here], chances[here])
        lines.append(f"| {name} | {here.sum()} | {right[here].sum()} | {area:.3f} |")
    lines += [
        "",
        (
            "| threshold | asked by hand: declined wrongly | answered although nothing is there |"
            " answered without the answer | held out: declined wrongly |"
            " answered although nothing is there |"
        ),
        "|--:|--:|--:|--:|--:|--:|",
    ]
    for at in _THRESHOLDS:
        shares = (
            (chances[own & right] < at).mean(),
            (chances[own & ~right] >= at).mean(),
            (chances[sets == "without"] >= at).mean(),
            (chances[new & right] < at).mean(),
            (chances[new & ~right] >= at).mean(),
        )
        lines.append(f"| {at} | " + " | ".join(f"{one:.0%}" for one in shares) + " |")
    return lines


def _bm25(case: Case) -> Floats:
    """Okapi BM25 over the candidates, k1 1.2, b .75, on stems."""
    said = [stemmed(one.text).split() for one in case.candidates]
    lengths = np.array([len(one) for one in said], dtype=float)
    mean = float(lengths.mean()) or 1.0
    total = np.zeros(len(said))
    for term in set(stemmed(case.question).split()):
        often = np.array([one.count(term) for one in said], dtype=float)
        hits = float((often > 0).sum())
        weight = math.log(1 + (len(said) - hits + 0.5) / (hits + 0.5))
        total += weight * often * 2.2 / (often + 1.2 * (0.25 + 0.75 * lengths / mean))
    return total


def _apply(model: Columns, rows: npt.NDArray[Any]) -> Floats:
    mean, scale, weights = model
    return np.asarray((rows - mean) / scale @ weights, dtype=np.float64)


def _fit_ranking(cases: Sequence[Case]) -> Columns:
    """A listwise softmax (ListNet, Cao et al. 2007) with a ridge."""
    stacked = np.concatenate([one.rows for one in cases]).astype(float)
    mean, scale = stacked.mean(0), stacked.std(0) + 1e-6
    rows = (stacked - mean) / scale
    starts = np.cumsum([0, *(len(one.rows) for one in cases)])[:-1]
    owner = np.repeat(np.arange(len(cases)), [len(one.rows) for one in cases])
    wanted = np.concatenate([one.answers / one.answers.sum() for one in cases])
    counts = np.array([_COUNTS[one.set] for one in cases])[owner]

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = rows @ weights
        most = np.maximum.reduceat(scores, starts)[owner]
        exponents = np.exp(scores - most)
        sums = np.add.reduceat(exponents, starts)[owner]
        value = -(counts * wanted * (scores - most - np.log(sums))).sum() / len(cases)
        slope = rows.T @ (counts * (exponents / sums - wanted)) / len(cases)
        return float(value + _RIDGE * weights @ weights), slope + 2 * _RIDGE * weights

    start = np.zeros(rows.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return mean, scale, np.asarray(found.x, dtype=np.float64)


def _chances_by_folds(cases: Sequence[Case], rows: Floats) -> Floats:
    chances = np.zeros(len(cases))
    # by the question, since of the published sets one fold of texts was kept
    folds = np.array([zlib.crc32(one.id.encode()) % FOLDS for one in cases])
    for fold in range(FOLDS):
        known = np.flatnonzero(folds != fold)
        model, bias = _fit_answering([cases[int(n)] for n in known], rows[known])
        chances[folds == fold] = 1 / (1 + np.exp(-_apply(model, rows[folds == fold]) - bias))
    return chances


def _signs(encoded: Encoded, cases: Sequence[Case]) -> Floats:
    reader = unfinished_reader()
    found = []
    for one in cases:
        scores = _reranked(encoded, reader, one, reader.score(one.rows).astype(np.float64))
        found.append(signs(ask(one.question), one.rows, scores.astype(np.float32)))
    return np.stack(found).astype(np.float64)


def _fit_answering(cases: Sequence[Case], rows: Floats) -> tuple[Columns, float]:
    """A logistic model with a ridge, of standardised signs, and its bias.

    What is alike speaks for an answer and what is missing against one, whatever these questions
    say: those that have no answer were asked in the words of the articles, to be hard, and a free
    model learns that from words. Boosted trees on the same folds knew the questions of the first
    two sets better, and those of the others worse (docs/decisions/0101).
    """
    mean, scale = rows.mean(0), rows.std(0) + 1e-6
    z = np.hstack([(rows - mean) / scale, np.ones((len(rows), 1))])
    right = np.array([one.answers.any() for one in cases])
    counts = np.array([_COUNTS_ANSWERING[one.set] for one in cases])

    def loss(weights: Floats) -> tuple[float, Floats]:
        odds = z @ weights
        value = (counts * (np.logaddexp(0, odds) - right * odds)).sum()
        slope = z.T @ (counts * (1 / (1 + np.exp(-odds)) - right))
        free = np.append(weights[:-1], 0.0)
        return float(value + free @ free / (2 * _LOGISTIC_C)), slope + free / _LOGISTIC_C

    bounds = [*((None, 0) if name in _AGAINST else _bounds(name) for name in SIGNS), (None, None)]
    found = minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x
    return (mean, scale, found[:-1]), float(found[-1])


def _bounds(sign: str) -> tuple[float | None, float | None]:
    return (None, None) if sign.startswith("asks_") or sign in _EITHER else (0, None)


def _measured(cases: Sequence[Case]) -> list[Case]:
    """Those that say whether there is an answer, and that nothing else was fitted on."""
    return [one for one in cases if one.set in _COUNTS_ANSWERING and not is_for_training(one)]


def _alone(encoded: Encoded, cases: Sequence[Case]) -> list[Case]:
    """Of each case the best sentence by itself, as an archive of one article may have it.

    That is the best of those that answer, where there are any.
    """
    reader = unfinished_reader()
    found = []
    for one in cases:
        scores = reader.score(one.rows) + 100 * one.answers
        best = one.candidates[int(np.argmax(scores))]
        answers = [float(one.answers.any())]
        found.append(encoded.case(one.set, one.id, one.question, [best], answers, group=one.id))
    return found


def _store(name: str, fitted: dict[str, Any], cases: Sequence[Case]) -> None:
    known: dict[str, Any] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    sets = Counter(one.set for one in cases)
    known[name] = {
        "provenance": "labelled questions, see benchmarks/reader_set.py: "
        + ", ".join(f"{count} of {kind}" for kind, count in sets.items()),
        **fitted,
    }
    text = _readable({**known, "weight": _WEIGHT})
    WEIGHTS.write_text(text, encoding="utf-8")
    load_reader.cache_clear()


def _readable(known: dict[str, Any]) -> str:
    """JSON with one column a line."""
    text = json.dumps(known, indent=1, ensure_ascii=False)
    inner = re.compile(r"\[\s+([^\[\]]*?)\s+\]")
    return inner.sub(lambda one: f"[{' '.join(one[1].split())}]", text) + "\n"


def _columns(names: Sequence[str], mean: Floats, scale: Floats, weights: Floats) -> dict[str, Any]:
    columns = zip(names, mean, scale, weights, strict=True)
    return {"columns": {name: [round(float(one), 4) for one in rest] for name, *rest in columns}}


if __name__ == "__main__":
    main()
