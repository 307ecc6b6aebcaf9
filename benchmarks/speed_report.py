"""The results of `search_speed` as a table, a Markdown file and a plot."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.places import RESULTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.speed_result import Measured, Result

_HEADS = ("", "filter", "p50 ms", "p95 ms", "p99 ms", "recall", "n", "a second")
_PLOTTED = (
    "Sitrep, vector part",
    "Sitrep, whole search",
    "Chroma, where",
    "LangChain stock recipe",
)


def show(result: Result) -> None:
    """Print one size."""
    console = Console(width=110)
    table = Table(title=f"{result.passages:,} passages")
    for head in _HEADS:
        table.add_column(head, no_wrap=True)
    for row in _ordered(result):
        table.add_row(*_cells(row))
    console.print(table)
    for name, value in result.facts.items():
        console.print(f"  {name}: {value:,.2f}", highlight=False)
    for reason in result.skipped:
        console.print(f"  skipped: {reason}", highlight=False)


def write(results: Sequence[Result]) -> None:
    """Write search-speed.md and, where matplotlib is, search-speed.png."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / "search-speed.md"
    path.write_text("\n".join([*_head(), *(line for one in results for line in _section(one))]))
    Console().print(f"written: {path}", highlight=False)
    _plot(results)


def _head() -> list[str]:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return [
        "# What a search costs",
        "",
        "Written by `make bench`; made-up passages of 100 words, clustered vectors of 384",
        "numbers, 20 outlets, 365 days. Without the question's embedding. The vector part reads",
        "200 passages deep, as the hybrid search does; recall is counted against the exact 200.",
        "The whole search goes from the question to 8 passages with their text. Not measured, for",
        "what they install: LlamaIndex's recipe (650 MB) and txtai's (torch).",
        "",
        f"{datetime.now(UTC):%d %B %Y}, {os.cpu_count()} cores, load {load}.",
        "",
    ]


def _section(result: Result) -> list[str]:
    lines = [f"## {result.passages:,} passages", "", "| " + " | ".join(_HEADS) + " |"]
    lines.append("|---|---" + "|--:" * (len(_HEADS) - 2) + "|")
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in _ordered(result)]
    lines += ["", *(f"- {name}: {value:,.2f}" for name, value in result.facts.items())]
    lines += [f"- skipped: {reason}" for reason in result.skipped]
    return [*lines, ""]


def _ordered(result: Result) -> list[Measured]:
    ways = list(dict.fromkeys(row.way for row in result.measured))
    return sorted(result.measured, key=lambda row: ways.index(row.way))


def _cells(row: Measured) -> list[str]:
    middle, high, highest = np.percentile(row.ms, [50, 95, 99])
    return [
        row.way,
        row.kind,
        f"{middle:.2f}",
        f"{high:.2f}",
        f"{highest:.2f}",
        "" if row.recall is None else f"{row.recall:.3f}",
        str(len(row.ms)),
        "" if row.per_second is None else f"{row.per_second:.0f}",
    ]


def _plot(results: Sequence[Result]) -> None:
    try:
        import matplotlib  # noqa: ICN001, PLC0415  only here

        matplotlib.use("Agg")
        from matplotlib import pyplot as plt  # noqa: PLC0415
    except ImportError:
        Console().print("no plot: matplotlib is not installed (dependency group `bench`)")
        return
    kinds = ("unfiltered", "day", "month", "outlet")
    figure, axes = plt.subplots(1, len(kinds), figsize=(14, 4), sharey=True)
    for axis, kind in zip(axes, kinds, strict=True):
        for number, way in enumerate(_PLOTTED):
            points = [
                (
                    result.passages,
                    float(np.percentile(row.ms, 50)),
                    float(np.percentile(row.ms, 95)),
                )
                for result in results
                for row in result.measured
                if row.way == way and row.kind == kind
            ]
            if points:
                sizes, middle, high = zip(*points, strict=True)
                colour = f"C{number}"  # the same in every picture
                axis.plot(sizes, middle, marker="o", label=way, color=colour)
                axis.fill_between(sizes, middle, high, color=colour, alpha=0.15)
        axis.set(title=kind, xscale="log", yscale="log", xlabel="passages")
        axis.grid(visible=True, alpha=0.3)
    axes[0].set_ylabel("milliseconds, p50 to p95")
    axes[1].legend(fontsize=8)
    figure.tight_layout()
    path = RESULTS / "search-speed.png"
    figure.savefig(path, dpi=110)
    plt.close(figure)
    Console().print(f"written: {path}", highlight=False)
