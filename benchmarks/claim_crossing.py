"""`make eval`, claims in another script than what they cite: names that are checked across scripts.

On statements written by us in Ukrainian and Russian over English sentences, and the other way; each
name exchanged for another makes one that is not supported. The rules were written on the sources
called "dev"; the figures are of those held out. Writes benchmarks/results/claim-crossing.md. With
`--dev` those on which the rules were written, with what went wrong.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks.places import RESULTS
from retrieval.grounding.checks import Evidence, check_claim
from retrieval.models import Article, Citation, Precision, Published

if TYPE_CHECKING:
    from collections.abc import Iterator

SET = Path(__file__).parent / "crossing_claims.json"
_DAY = datetime(2024, 9, 10, tzinfo=UTC)
_INTRODUCTION = (
    "Written by `python -m benchmarks.claim_crossing` on {now:%d %B %Y}: statements that we "
    "wrote in Ukrainian and Russian over English sentences and in English over Ukrainian and "
    "Russian ones, {n} sources that were not looked at while the rules were written. In the "
    "unsupported ones one name is exchanged for another. Few, and by one hand: a check that it "
    "works, no estimate for the news."
)


@dataclass(frozen=True, slots=True)
class Crossing:
    """A claim, its one source, whether it is supported, and its direction."""

    text: str
    evidence: Evidence
    supported: bool
    kind: str


def load(*, test: bool) -> tuple[int, list[Crossing]]:
    """How many sources, and all claims made of them."""
    rows = json.loads(SET.read_text(encoding="utf-8"))["held_out" if test else "dev"]
    return len(rows), [claim for row in rows for claim in _of(row)]


def _of(row: dict[str, object]) -> Iterator[Crossing]:
    source = str(row["source"])
    article = Article(
        id=1,
        revision_id=1,
        revision=1,
        title="",
        outlet="",
        url=None,
        author=None,
        published=Published(_DAY, Precision.DAY),
        language=None,
    )
    evidence = Evidence([Citation(1, article, 0, len(source), source)], source)
    claims: list[dict[str, list[str] | str]] = row["claims"]  # type: ignore[assignment]
    for claim in claims:
        text, right, wrong = str(claim["text"]), list(claim["right"]), list(claim["wrong"])
        kind = "over English" if source.isascii() else "in English"
        yield Crossing(text.format(*right), evidence, True, kind)
        for n, other in enumerate(wrong):
            if other != right[n]:
                changed = [*right[:n], other, *right[n + 1 :]]
                yield Crossing(text.format(*changed), evidence, False, kind)


def main() -> None:
    """Measure, print, write."""
    console, dev = Console(), "--dev" in sys.argv
    sources, claims = load(test=not dev)
    start = perf_counter()
    verdicts = [check_claim(one.text, one.evidence) for one in claims]
    each = 1000 * (perf_counter() - start) / len(claims)
    counted = defaultdict[str, list[int]](lambda: [0, 0, 0, 0])
    for one, verdict in zip(claims, verdicts, strict=True):
        row = counted[one.kind]
        row[0 if one.supported else 2] += 1
        row[1 if one.supported else 3] += verdict.stands is one.supported
        if dev and verdict.stands is not one.supported:
            said = verdict.reasons or "lets it stand"
            console.print(f"{one.text}\n  {one.evidence.sentences}\n  {said}", markup=False)
    lines = [
        "# Names across scripts",
        "",
        _INTRODUCTION.format(now=datetime.now(UTC), n=sources),
        "",
        f"{each:.2f} ms a claim.",
        "",
        "| claims | supported | let stand | a name exchanged | found |",
        "|---|--:|--:|--:|--:|",
        *(
            f"| {kind} | {good} | {stand / good:.1%} | {bad} | {found / bad:.1%} |"
            for kind, (good, stand, bad, found) in counted.items()
        ),
    ]
    console.print("\n".join(lines), soft_wrap=True, markup=False)
    if not dev:
        (RESULTS / "claim-crossing.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
