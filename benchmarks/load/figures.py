"""What was measured, as Markdown."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.load.crowd import Heard


@dataclass(frozen=True, slots=True)
class Load:
    """One number of readers, with so many questions at once."""

    readers: int
    at_once: int
    heard: Heard
    stall_ms: float
    gc_ms: float
    where: str
    cpu_share: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Start:
    """A start of the bot; seconds and megabytes."""

    passages: int
    ready_s: float
    answer_s: float
    memory_mb: float
    own_mb: float


def head(passages: int, model_s: float) -> str:
    """The title, how it was measured, where and when."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"""# The bot under load

Written by `python -m benchmarks.load`: `sitrep run` in a process of its own against the local Bot
API and an OpenAI-compatible server, both in another process on the same machine. An archive of
{passages:,} made-up passages, MiniLM for the questions, answers streamed by edits, a model that
takes {model_s:.2f} s for an answer, Telegram's pace off. Each reader asks, waits for the whole
answer, asks again.

{datetime.now(UTC):%d %B %Y}, {os.cpu_count()} cores, load {load}.

"""


def loads(rows: Sequence[Load], model_s: float) -> str:
    """Readers at once: rate and latency above the model's own time."""
    heads = (
        "readers at_once answers/s p50_s p95_s p99_s told_it_is_busy longest_stall_ms"
        " garbage_at_most_ms processor memory_MB"
    )
    lines = [
        "| " + " | ".join(heads.split()).replace("_", " ") + " |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in rows:
        above = [seconds - model_s for seconds in one.heard.seconds]
        p50, p95, p99 = np.percentile(above, [50, 95, 99])
        lines.append(
            f"| {one.readers} | {one.at_once} | {one.heard.a_second:.1f} | {p50:.2f} | {p95:.2f}"
            f" | {p99:.2f} | {one.heard.told_busy} of {len(above)} | {one.stall_ms:.0f}"
            f" | {one.gc_ms:.0f} | {one.cpu_share:.2f} | {one.memory_mb:.0f} |"
        )
    unsourced = sum(len(one.heard.seconds) - one.heard.sourced for one in rows)
    longest = max(rows, key=lambda one: one.stall_ms)
    return (
        "\n".join(lines)
        + "\n\nLatency is what is left of an answer's time above the model's. `at once` is"
        f" QUESTIONS_AT_ONCE.\nAnswers without a footnote: {unsourced}. In the longest stall the"
        f" loop was in `{longest.where or 'nothing that was seen'}`.\n\n"
    )


def memory(samples: Sequence[float], minutes: float, readers: int, heard: Heard) -> str:
    """A table of the memory through a run, by fifths."""
    fifths = [float(np.median(part)) for part in np.array_split(np.array(samples), 5)]
    row = " | ".join(f"{value:.0f}" for value in fifths)
    grown = fifths[-1] - fifths[1]
    answers = len(heard.seconds)
    return (
        f"## Memory over {minutes:g} minutes\n\n{readers} readers, {answers:,} answers,"
        f" {answers - heard.sourced:,} of them without a footnote. Resident memory without pages\n"
        "of files, MB, median of each fifth of the run. From the second"
        f" fifth to the last\nit grew by {grown:.1f} MB.\n\n"
        "| 1st | 2nd | 3rd | 4th | 5th |\n|--:|--:|--:|--:|--:|\n"
        f"| {row} |\n\n"
    )


def starts(rows: Sequence[Start]) -> str:
    """A table of starts by size."""
    lines = [
        "## Starting\n",
        "| passages | fetches messages after s | first answer after s | memory MB | its own |",
        "|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {one.passages:,} | {one.ready_s:.1f} | {one.answer_s:.1f} | {one.memory_mb:.0f}"
        f" | {one.own_mb:.0f} |"
        for one in rows
    ]
    return "\n".join(lines) + "\n\n"


def imports(seconds: dict[str, float], heavy: dict[str, list[str]]) -> str:
    """What importing costs, and which heavy packages come with it."""
    lines = ["## Importing\n", "| module | s | heavy packages that come with it |", "|---|--:|---|"]
    lines += [
        f"| `{name}` | {spent:.2f} | {', '.join(heavy[name]) or 'none'} |"
        for name, spent in seconds.items()
    ]
    return "\n".join(lines) + "\n"
