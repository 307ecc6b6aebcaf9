"""`python -m benchmarks.copies`: are near copies found, and nothing else? What does it cost?

Prints tables and writes them to benchmarks/results/copies.md.
"""

from __future__ import annotations

import asyncio
import json
import platform
import re
import tempfile
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np

from benchmarks.copy_set import LABELS, LOWEST, CopySet, load_set
from benchmarks.places import RESULTS, SHARED
from retrieval.models import Added
from retrieval.storage import articles
from retrieval.storage.database import open_database
from retrieval.storage.near_duplicates import place_new
from retrieval.text.figures import find_figures
from retrieval.text.near_duplicates import ALIKE, band_numbers, is_near_copy, text_print
from retrieval.text.sentences import split

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.copy_set import Alike
    from retrieval.text.near_duplicates import TextPrint

    Rule = Callable[[TextPrint, TextPrint], bool]

GRID = (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
REPRINTED = 300
LONG_ENOUGH = 1_500
STORIES = SHARED / "stories-2022" / "stories.json"
CREDIT = "\n\n(Reporting by Ann Example in Kyiv; editing by Bob Example and Cid Example)"
BOX = "Sign up for our newsletter to get the stories of the day. " * 4


def main() -> None:
    """Measure, print, write."""
    if not all((SHARED / name).is_dir() for name in ("realtimeqa-2022", "t17")):
        raise SystemExit(f"No articles at {SHARED}; see SITREP_SHARED_DATA.")
    found = load_set()
    text = "\n\n".join(
        [_heading(found), _curve(found), _rules(found), _reprinted(found), _stored(found)]
    )
    print(text)
    (RESULTS / "copies.md").write_text(text + "\n", encoding="utf-8")


def _heading(found: CopySet) -> str:
    copies = sum(one.is_copy for one in found.alike)
    return (
        f"# Near copies\n\n{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python "
        f"{platform.python_version()}; `python -m benchmarks.copies`. {len(found.drafts):,} real "
        f"articles (realtimeqa-2022 and t17), of which {len(found.alike):,} pairs have a Jaccard "
        f"coefficient of word runs of {LOWEST} or more and are not equal in title and text. "
        f"{found.read} pairs were read by one reader (`{LABELS.name}`), nearly all from .36 on: "
        f"{copies} are copies, which means that who has read one learns nothing from the other. "
        "All other pairs count as no copies, among them series and pages made from one template. "
        "The threshold was chosen on these labels, so the figures are optimistic."
    )


def _scores(found: CopySet, rule: Rule, least: float) -> tuple[int, float, float]:
    chosen = [one for one in found.alike if one.score >= least and _both(found, one, rule)]
    right = sum(one.is_copy for one in chosen)
    total = sum(one.is_copy for one in found.alike)
    return len(chosen), right / max(len(chosen), 1), right / total


def _both(found: CopySet, one: Alike, rule: Rule) -> bool:
    first, second = sorted(one.names)
    return rule(found.prints[first], found.prints[second])


def _line(name: str, scores: tuple[int, float, float]) -> str:
    count, precision, recall = scores
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return f"| {name} | {count} | {precision:.3f} | {recall:.3f} | {f1:.3f} |"


def _curve(found: CopySet) -> str:
    def ours(one: TextPrint, other: TextPrint) -> bool:
        return is_near_copy(one, other, alike=0.0)

    lines = [
        _line(f"**{least:.2f}**" if least == ALIKE else f"{least:.2f}", _scores(found, ours, least))
        for least in GRID
    ]
    return (
        "## Threshold\n\nWith the rules for figures and titles. Bold: what the program has.\n\n"
        "| Jaccard | pairs | P | R | F1 |\n|---|---|---|---|---|\n" + "\n".join(lines)
    )


def _rules(found: CopySet) -> str:
    def titles(one: TextPrint, other: TextPrint) -> bool:
        return is_near_copy(_without_figures(one), _without_figures(other), alike=0.0)

    rules: list[tuple[str, Rule]] = [
        ("figures and titles", lambda one, other: is_near_copy(one, other, alike=0.0)),
        ("titles alone", titles),
        ("the same figures, and titles", lambda a, b: a.figures == b.figures and titles(a, b)),
        (
            "figures alone",
            lambda a, b: a.figures <= b.figures or b.figures <= a.figures,
        ),
        ("neither", lambda _one, _other: True),
    ]
    lines = [_line(name, _scores(found, rule, ALIKE)) for name, rule in rules]
    return (
        f"## Each rule taken out, at {ALIKE}\n\n"
        "| | pairs | P | R | F1 |\n|---|---|---|---|---|\n" + "\n".join(lines)
    )


def _without_figures(one: TextPrint) -> TextPrint:
    return type(one)(one.runs, frozenset(), one.said, one.title)


def _reprinted(found: CopySet) -> str:
    """Articles printed again by rule: how many are met by a band, and how many are taken."""
    long = [one for one in found.drafts.values() if len(one.text) >= LONG_ENOUGH]
    rng = np.random.default_rng(5)
    some = [long[at] for at in rng.permutation(len(long))[:REPRINTED]]
    kinds: list[tuple[str, Callable[[str], str | None]]] = [
        ("with a dateline and a credit line", lambda text: f"KYIV (Wire) - {text}{CREDIT}"),
        ("with a newsletter box", lambda text: f"{BOX}\n\n{text}"),
        *((f"cut to {share:.0%}", _cut(share)) for share in (0.9, 0.8, 0.7, 0.6)),
        ("one word in 50 replaced", lambda text: _replaced(text, 50)),
        ("one word in 20 replaced", lambda text: _replaced(text, 20)),
        ("*one figure changed (no copy)*", _another_figure),
    ]
    lines = []
    for name, printed in kinds:
        pairs = [(one, again) for one in some if (again := printed(one.text)) is not None]
        met = [bool({*band_numbers(one.text)} & {*band_numbers(again)}) for one, again in pairs]
        taken = [
            is_near_copy(text_print(one.title, one.text), text_print(one.title, again))
            for one, again in pairs
        ]
        lines.append(
            f"| {name} | {len(pairs)} | {np.mean(met):.3f} "
            f"| {np.mean(np.logical_and(met, taken)):.3f} |"
        )
    return (
        f"## Printed again by rule\n\n{len(some)} articles, changed as outlets do; the share that "
        "lies in a common bucket, and the share that is a copy.\n\n"
        "| | articles | met | copies |\n|---|---|---|---|\n" + "\n".join(lines)
    )


def _cut(share: float) -> Callable[[str], str]:
    return lambda text: text[: int(share * len(text))]


def _replaced(text: str, every: int) -> str:
    parts = text.split(" ")
    return " ".join("indeed" if at % every == every // 2 else one for at, one in enumerate(parts))


def _another_figure(text: str) -> str | None:
    """One that stands in the text only once, made another."""
    values = [one.value for one in find_figures(text)]
    for found in re.finditer(r"(?<![\d.,:$/-])\d{2,3}(?![\d.,:/%-])", text):
        other = f"{text[: found.start()]}{int(found[0]) + 7}{text[found.end() :]}"
        if values.count(float(found[0])) == 1 and float(int(found[0]) + 7) not in values:
            return other
    return None


def _stored(found: CopySet) -> str:
    with tempfile.TemporaryDirectory() as folder:
        firsts, times = asyncio.run(_store(found, Path(folder)))
    families: dict[str, list[str]] = {}
    for name, first in firsts.items():
        families.setdefault(first, [first]).append(name)
    together = {frozenset(pair) for names in families.values() for pair in combinations(names, 2)}
    copies = {one.names for one in found.alike if one.is_copy}
    links = {frozenset(one) for one in firsts.items()}
    strangers = _strangers(firsts)
    whole, bands, looking = (np.array(one) * 1000 for one in zip(*times, strict=True))
    return (
        "## Through the archive\n\n"
        f"All articles stored one after the other (SQLite, no embedding): {len(firsts)} became "
        f"copies of a first one; {len(links & copies)} of these links are labelled copies, and "
        f"{len(together & copies)} of the {len(copies)} labelled pairs are in one family. "
        f"{strangers}\n\n"
        f"Milliseconds an article, median and 99 %: storing it in all {_two(whole)}, of which "
        f"hashing {_two(bands)} (before the transaction) and looking for its like "
        f"{_two(looking)}. Mean of the last thousand, when the archive is full: "
        f"{whole[-1000:].mean():.1f}, {bands[-1000:].mean():.1f}, {looking[-1000:].mean():.1f}."
    )


def _two(values: Any) -> str:  # noqa: ANN401  an array
    return f"{np.median(values):.1f}, {np.percentile(values, 99):.1f}"


def _strangers(firsts: dict[str, str]) -> str:
    if not STORIES.is_file():
        return ""
    story = json.loads(STORIES.read_text(encoding="utf-8"))
    both = [(one, first) for one, first in firsts.items() if one in story and first in story]
    apart = sum(story[one] != story[first] for one, first in both)
    return f"Of {len(both)} links within stories-2022, {apart} join different stories."


async def _store(
    found: CopySet, folder: Path
) -> tuple[dict[str, str], Sequence[tuple[float, float, float]]]:
    database = await open_database(f"sqlite+aiosqlite:///{folder / 'bench.db'}")
    names: dict[int, str] = {}
    firsts: dict[str, str] = {}
    times: list[tuple[float, float, float]] = []
    spent = [0.0]

    async def timed(*given: Any) -> None:  # noqa: ANN401  what it stands for
        begun = perf_counter()
        await place_new(*given)
        spent[0] = perf_counter() - begun

    try:
        with patch.object(articles, "place_new", timed):
            for name, draft in found.drafts.items():
                begun = perf_counter()
                band_numbers(draft.text)
                hashed = perf_counter() - begun
                passages = split(draft.text)
                spent[0], begun = 0.0, perf_counter()
                stored = await articles.ArticleRepository(database).store(draft, passages, "bench")
                times.append((perf_counter() - begun, hashed, spent[0]))
                if isinstance(stored, Added):
                    names[stored.article.id] = name
                    if stored.copy_of is not None:
                        firsts[name] = names[stored.copy_of.id]
    finally:
        await database.close()
    return firsts, times


if __name__ == "__main__":
    main()
