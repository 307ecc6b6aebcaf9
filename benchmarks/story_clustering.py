"""`make eval`, stories: are reports of one event put together?

Prints tables and writes them to benchmarks/results/stories.md; what it costs, `story_speed` says.
"""

from __future__ import annotations

import platform
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from typing import TYPE_CHECKING
from unittest.mock import patch

from benchmarks.places import RESULTS
from benchmarks.story_baselines import baselines
from benchmarks.story_scores import Scores, f1, scores
from benchmarks.story_set import LABELS, MODEL, load_set, model_name
from retrieval.briefing import clustering
from retrieval.briefing.clustering import ClusterConfig, OnlineClusterer, unrelated_by_model
from retrieval.briefing.reports import Report, ReportReading, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.story_set import LabelledSet

WEEK = timedelta(days=7)
GRID = (0.35, 0.40, 0.42, 0.45, 0.48, 0.50, 0.52, 0.55, 0.60, 0.65)
NEVER = timedelta(days=10_000)
SUFFIX = "" if MODEL == "local" else MODEL.removeprefix("local")
OURS = ClusterConfig(unrelated=unrelated_by_model(model_name()))

TRIED = """## Tried by hand and left

On the same articles, with the best threshold of each, before round-ups were told apart: B-cubed F1
between .885 and .913 whatever the likeness of a report to a story was made of (the nearest member,
the mean of all, of the three nearest, the story's profile), so the choice fell on the profile,
which costs the same however large a story grows. Vectors of one, two, three or six passages: .896,
.912, .900, .898. A cosine of titles as a third signal: .905 with, .906 without. Leads of 60, 100,
150, 300 words, by words alone: .890, .893, .886 to .897, .897. Likeness fading with time constants
of 10, 20, 40 days instead of a fixed loss a day: .895, .909, .913. Phrases as terms: .911 with,
.906 without. What helped most is to see that a round-up is one: its passages are not about the same
thing. The 23 articles with the least mean cosine of any two passages (below .5) are all labelled
as stories of their own, nearly all of them being the day's or the week's news in brief."""


def main() -> None:
    """Measure, print, write."""
    if not LABELS.is_dir():
        raise SystemExit(f"No labels at {LABELS}; see SITREP_SHARED_DATA.")
    labelled = load_set()
    parts = [
        _heading(labelled),
        _quality(labelled),
        _cross_validation(labelled),
        _thresholds(labelled),
        _ablations(labelled),
        TRIED,
    ]
    text = "\n\n".join(parts) + "\n"
    print(text)
    (RESULTS / f"stories{SUFFIX}.md").write_text(text, encoding="utf-8")


def stories_of(reports: Sequence[Report], tuning: ClusterConfig | None = None) -> list[int]:
    """The story of each report, placed one after the other by a book that begins empty."""
    empty = OnlineClusterer(tuning or OURS)
    with patch.object(clustering, "read", _read_once):
        return [empty.place(one).story_id for one in reports]


@cache
def _read_once(report: Report) -> ReportReading:
    """What is read of a report does not depend on the tuning."""
    return read(report)


def _heading(labelled: LabelledSet) -> str:
    stories = len(set(labelled.first_reader))
    return (
        f"# Stories, with {model_name()}\n\n"
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python "
        f"{platform.python_version()}. {len(labelled.labelled)} labelled articles of 13 June to "
        f"10 July 2022 ({stories} stories, most of one article); `benchmarks/story_clustering.py`."
    )


def _quality(labelled: LabelledSet) -> str:
    alone, warm = stories_of(labelled.alone()), stories_of(labelled.reports)
    rows: list[tuple[str, Sequence[object]]] = [
        ("second reader", labelled.second_reader),
        ("**ours**, from an empty book", alone),
        ("ours, a month of other articles before", [warm[at] for at in labelled.labelled]),
        ("ours, words alone", stories_of(_without_vectors(labelled.alone()))),
        ("every article a story", range(len(alone))),
    ]
    try:
        others = baselines(labelled.alone(), labelled.first_reader)
    except ImportError:
        others = {}
    rows += sorted(others.items(), key=lambda one: -f1(one[1], labelled.first_reader))
    lines = [
        _row(name, scores(found, labelled.first_reader), scores(found, labelled.second_reader))
        for name, found in rows
    ]
    return (
        "## Against both readers\n\n"
        "B-cubed precision, recall, F1 (95 % bootstrap over articles), V-measure, adjusted Rand "
        "index against the first reader; F1, V, ARI against the second. Ours decides article by "
        "article, with the thresholds that the program has; the others see all articles at once "
        "and have their thresholds chosen on these labels.\n\n"
        "| | P | R | F1 | V | ARI | F1 (2nd) | V (2nd) | ARI (2nd) |\n"
        "|---|---|---|---|---|---|---|---|---|\n" + "\n".join(lines)
    )


def _row(name: str, first: Scores, second: Scores) -> str:
    return (
        f"| {name} | {first.precision:.3f} | {first.recall:.3f} "
        f"| {first.f1:.3f} ({first.low:.3f}-{first.high:.3f}) | {first.v_measure:.3f} "
        f"| {first.ari:.3f} | {second.f1:.3f} | {second.v_measure:.3f} | {second.ari:.3f} |"
    )


def _without_vectors(reports: Sequence[Report]) -> list[Report]:
    return [replace(one, vector=None) for one in reports]


def _cross_validation(labelled: LabelledSet) -> str:
    """Threshold, weight of meaning and cost of a day chosen without the part that is scored."""
    reports = labelled.alone()
    runs = {
        (threshold, meaning, a_day): stories_of(
            reports, replace(OURS, threshold=threshold, meaning=meaning, a_day=a_day)
        )
        for threshold, meaning, a_day in product(GRID[1:9], (0.5, 0.7, 0.9), (0.0, 0.005, 0.01))
    }
    begin = reports[0].at
    lines = []
    for name, span in (("halves", 2 * WEEK), ("weeks", WEEK)):
        parts = [(one.at - begin) // span for one in reports]
        for part in sorted(set(parts)):
            chosen = max(runs, key=lambda key: _part(runs[key], labelled, parts, part, held=False))
            lines.append(
                f"| {name}, without {part + 1} | {chosen[0]} | {chosen[1]} | {chosen[2]} "
                f"| {_part(runs[chosen], labelled, parts, part, held=True):.3f} "
                f"| {_part(stories_of(reports), labelled, parts, part, held=True):.3f} |"
            )
    values = sorted(f1(one, labelled.first_reader) for one in runs.values())
    middle = values[len(values) // 2]
    return (
        "## Chosen on the other part\n\n"
        "B-cubed F1 on the part that was left out of choosing; beside it what the program's own "
        "settings reach there.\n\n"
        "| part | threshold | meaning | a day | F1 there | ours there |\n"
        "|---|---|---|---|---|---|\n"
        + "\n".join(lines)
        + f"\n\nAll {len(runs)} settings: {values[0]:.3f} to {values[-1]:.3f}; median {middle:.3f}"
    )


def _part(
    found: Sequence[int], labelled: LabelledSet, parts: Sequence[int], part: int, *, held: bool
) -> float:
    """F1 on a part of the articles (`held`), or on the rest."""
    kept = [at for at, one in enumerate(parts) if (one == part) == held]
    return f1([found[at] for at in kept], [labelled.first_reader[at] for at in kept])


def _thresholds(labelled: LabelledSet) -> str:
    cells = [
        scores(stories_of(labelled.alone(), replace(OURS, threshold=one)), labelled.first_reader)
        for one in GRID
    ]
    lines = [
        f"| {threshold:.2f} | {one.precision:.3f} | {one.recall:.3f} | {one.f1:.3f} |"
        for threshold, one in zip(GRID, cells, strict=True)
    ]
    return "## Threshold\n\n| threshold | P | R | F1 |\n|---|---|---|---|\n" + "\n".join(lines)


def _ablations(labelled: LabelledSet) -> str:
    """Each signal taken out, at our threshold and at the one that is then best."""
    variants: list[tuple[str, ClusterConfig]] = [
        ("all", OURS),
        ("without words", replace(OURS, meaning=1.0)),
        ("without embeddings", replace(OURS, meaning=0.0)),
        ("without time", replace(OURS, a_day=0.0, quiet=NEVER)),
        ("time: only the fortnight's quiet", replace(OURS, a_day=0.0)),
        ("round-ups like the rest", replace(OURS, unity=-9.0)),
        ("without time and round-ups", replace(OURS, a_day=0.0, quiet=NEVER, unity=-9.0)),
    ]
    reports, labels = labelled.alone(), labelled.first_reader
    lines = []
    for name, tuning in variants:
        grid = [0.2, 0.25, 0.3, 0.35, *GRID]
        best = max((f1(stories_of(reports, replace(tuning, threshold=t)), labels), t) for t in grid)
        ours = f1(stories_of(reports, tuning), labels)
        lines.append(f"| {name} | {ours:.3f} | {best[0]:.3f} | {best[1]:.2f} |")
    for name, constant, value in (
        ("all members speak for a story, not the 30 newest", "_SPEAKERS", 10_000),
        ("only the newest speaks for a story", "_SPEAKERS", 1),
        ("every story is a candidate", "_CANDIDATES", 10_000),
    ):
        with patch.object(clustering, constant, value):
            ours = f1(stories_of(reports), labels)
            best = max(
                (f1(stories_of(reports, replace(OURS, threshold=t)), labels), t) for t in GRID
            )
        lines.append(f"| {name} | {ours:.3f} | {best[0]:.3f} | {best[1]:.2f} |")
    return (
        "## Each signal taken out\n\nB-cubed F1, first reader.\n\n"
        "| | at our threshold | at its best | which is |\n|---|---|---|---|\n" + "\n".join(lines)
    )


if __name__ == "__main__":
    main()
