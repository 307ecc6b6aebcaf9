"""`make eval`, refusal: does it know when the archive holds no answer?

On labelled questions (see `refusal_set`): how well the decision before any model is asked parts
those that the passages answer from those that they do not, against the largest cosine alone; and
what each threshold costs. With `--fit` the weights are fitted anew and printed, to be put into
retrieval/answering/calibrations.py. Writes benchmarks/results/refusal.md and refusal.png.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.places import RESULTS
from benchmarks.refusal_set import FOLDER, Case, news_cases, published_cases
from retrieval.answering.calibrations import calibration_of
from retrieval.answering.evidence import Evidence
from retrieval.answering.refusal import Calibration, chance
from retrieval.errors import ModelSettingsError
from retrieval.providers.embeddings import local_encoder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MODELS = ("local", "local-static", "local-multilingual")
SETS = ("clapnq", "nomiracl", "news", "far")
THRESHOLDS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
SIGNS = tuple(field.name for field in fields(Evidence))
BY_WORDS = ("covered", "names", "numbers", "kind")
BY_MEANING = ("likeness", "sentence", "names", "numbers", "kind")
_ROUNDS = 10
# All of them would take a quarter of an hour.
_EVERY = {"local-multilingual": 4}


def main() -> None:
    """Measure, print, write."""
    console = Console()
    if not FOLDER.is_dir():
        console.print(f"No questions at {FOLDER}; see SITREP_SHARED_DATA.")
        raise SystemExit(1)
    sections = [_HEAD.format(now=datetime.now(UTC))]
    for setting in MODELS:
        try:
            name, encoder = local_encoder(setting)
        except ModelSettingsError as error:
            console.print(f"{setting}: {error}")
            continue
        every = _EVERY.get(setting, 1)
        cases = published_cases(encoder, every)
        if setting == "local":
            cases += asyncio.run(news_cases(console))
            sections.append(_section("Any other model: by words alone", "", cases, BY_WORDS))
            _plot(cases, calibration_of(name))
        some = f", one question in {every}" if every > 1 else ""
        sections.append(_section(f"EMBEDDING_MODEL={setting}{some}", name, cases, BY_MEANING))
        if "--fit" in sys.argv:
            console.print(f'"{name}": {_fitted(cases, BY_MEANING)}', soft_wrap=True)
            if setting == "local":
                console.print(f"BY_WORDS = {_fitted(cases, BY_WORDS)}", soft_wrap=True)
    text = "\n\n".join(sections)
    console.print(text, soft_wrap=True)
    (RESULTS / "refusal.md").write_text(text + "\n", encoding="utf-8")


def _section(title: str, model: str, cases: Sequence[Case], signs: Sequence[str]) -> str:
    weights = calibration_of(model)
    sets = [name for name in SETS if any(case.set == name for case in cases)]
    both = [name for name in sets if name != "far"]
    rows = [
        ("the decision", lambda case: chance(case.found, weights)),
        ("largest cosine alone", lambda case: case.found.likeness),
    ]
    lines = [f"## {title}", "", f"| ROC AUC | {' | '.join(both)} |", f"|---{'|--:' * len(both)}|"]
    lines += [f"| {label} | {_cells(cases, both, score)} |" for label, score in rows]
    lines.append(f"| fitted on one half, measured on the other | {_halves(cases, both, signs)} |")
    lines += ["", f"| answered at a threshold of | {' | '.join(map(_pair, sets))} |"]
    lines.append(f"|--:{'|--:' * len(sets)}|")
    for threshold in THRESHOLDS:
        cells = (_answered(cases, name, threshold, weights) for name in sets)
        lines.append(f"| {threshold:.2f} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _pair(name: str) -> str:
    return "far: rightly none" if name == "far" else f"{name}: with, without an answer"


def _cells(cases: Sequence[Case], sets: Sequence[str], score: Callable[[Case], float]) -> str:
    return " | ".join(f"{_auc(cases, name, score):.3f}" for name in sets)


def _auc(cases: Sequence[Case], name: str, score: Callable[[Case], float]) -> float:
    mine = [case for case in cases if case.set == name]
    return float(roc_auc_score([case.answerable for case in mine], [score(case) for case in mine]))


def _answered(cases: Sequence[Case], name: str, threshold: float, weights: Calibration) -> str:
    def share(*, answerable: bool) -> str:
        mine = [one for one in cases if one.set == name and one.answerable is answerable]
        return f"{np.mean([chance(one.found, weights) >= threshold for one in mine]):.0%}"

    none = share(answerable=False)
    return none if name == "far" else f"{share(answerable=True)}, {none}"


def _halves(cases: Sequence[Case], sets: Sequence[str], signs: Sequence[str]) -> str:
    chosen = np.random.default_rng(1)
    scores = list[list[float]]()
    for _ in range(_ROUNDS):
        mine = chosen.random(len(cases)) < 0.5
        fit = _fit([one for one, here in zip(cases, mine, strict=True) if here], signs)
        rest = [one for one, here in zip(cases, mine, strict=True) if not here]
        scores.append([_auc(rest, name, lambda one: chance(one.found, fit)) for name in sets])  # noqa: B023
    return " | ".join(f"{score:.3f}" for score in np.mean(scores, axis=0))


def _fit(cases: Sequence[Case], signs: Sequence[str]) -> Calibration:
    """Each set weighs the same, `far` as much as the others' halves."""
    matrix = np.array([[getattr(case.found, sign) for sign in signs] for case in cases])
    counts = {name: sum(case.set == name for case in cases) for name in SETS}
    weights = [len(cases) / counts[case.set] for case in cases]
    labels = [case.answerable for case in cases]
    model = LogisticRegression(C=10).fit(matrix, labels, sample_weight=np.array(weights) / 4)
    found = dict(zip(signs, model.coef_[0].tolist(), strict=True))
    return Calibration(float(model.intercept_[0]), **found)


def _fitted(cases: Sequence[Case], signs: Sequence[str]) -> str:
    weights = _fit(cases, signs)
    named = {sign: getattr(weights, sign) for sign in ("intercept", *signs)}
    return f"Calibration({', '.join(f'{sign}={value:.2f}' for sign, value in named.items())})"


def _plot(cases: Sequence[Case], weights: Calibration) -> None:
    """Of what is answered, the share that should not be: risk against coverage."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    for name in ("clapnq", "nomiracl", "news"):
        mine = [case for case in cases if case.set == name]
        mine.sort(key=lambda case: -chance(case.found, weights))
        wrong = np.cumsum([not case.answerable for case in mine])
        count = np.arange(1, len(mine) + 1)
        axes.plot(count / len(mine), wrong / count, label=name)
    axes.set(
        xlabel="answered (coverage)", ylabel="of these without an answer (risk)", ylim=(0, 0.6)
    )
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(RESULTS / "refusal.png", dpi=120)


_HEAD = """# Knowing when there is no answer

Written by `python -m benchmarks.refusal` on {now:%d %B %Y}. The decision is taken from the passages
found, before a model is asked: 300 + 300 questions of clapnq, 250 + 250 of nomiracl, 142 + 142 of
realtimeqa-2022 (the second time without the articles that answer), 275 with the passages of
another. ANSWER_THRESHOLD is where quote mode answers, MODEL_THRESHOLD where a chat model is asked;
it may still refuse. Most of clapnq's and nomiracl's passages without an answer are about the right
subject, which is why meaning alone can't tell: reading can.

![Risk against coverage](refusal.png)"""


if __name__ == "__main__":
    main()
