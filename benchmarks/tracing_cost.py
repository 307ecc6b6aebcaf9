"""What a span costs, and so what tracing costs an answer.

    python -m benchmarks.tracing_cost     # some seconds

The collector is a real one, in a process of its own; the other case is one that is not there.
Results go to benchmarks/results/tracing.md.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.places import RESULTS
from bot.ops.tracing import OpenTelemetry
from retrieval.tracing import span, tracing
from tests.support.collector import collector
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

# As an answer of a model has, from the update to what is sent.
SPANS = 14
ROUNDS, OF_A_ROUND = 30, 20
HEAD = """# What tracing costs

Written by `python -m benchmarks.tracing_cost`: an answer's {spans} spans one in the other, each
with two attributes, with nothing else in them; {times} times.

{day}, {cores} cores, load {load}.

| OTEL_EXPORTER_OTLP_ENDPOINT | a span, microseconds | an answer, ms | ending |
|---|--:|--:|--:|
"""


def nested(depth: int) -> None:
    """Spans one in the other."""
    if depth:
        with span("search", hits=depth, mode="quote") as one:
            nested(depth - 1)
            one.note(left_out=0)


def microseconds() -> float:
    """Of one span, in the middle of the rounds; between them the exporter has time."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(OF_A_ROUND):
            nested(SPANS)
        rounds.append((time.perf_counter() - began) / (OF_A_ROUND * SPANS) * 1e6)
        time.sleep(0.1)  # nothing is awaited here: the exporter's thread empties its queue
    return median(rounds)


def row(name: str, cost: float, end_s: float) -> str:
    """A line of the table."""
    return f"| {name} | {cost:.1f} | {cost * SPANS / 1000:.2f} | {end_s:.1f} s |\n"


def traced(name: str, address: str, measure: Callable[[], float]) -> str:
    """The line of a tracer that sends to an address."""
    tracer = OpenTelemetry(address)
    with tracing(tracer):
        cost = measure()
    began = time.perf_counter()
    asyncio.run(tracer.close())
    return row(name, cost, time.perf_counter() - began)


def serve() -> None:
    """A collector, until standard input ends."""
    with collector() as one:
        print(one.address, flush=True)
        sys.stdin.read()


def main() -> None:
    """Measure, print and write the file."""
    text = HEAD.format(
        spans=SPANS,
        times=ROUNDS * OF_A_ROUND,
        day=f"{datetime.now(UTC):%d %B %Y}",
        cores=os.cpu_count(),
        load=", ".join(f"{value:.1f}" for value in os.getloadavg()),
    )
    text += row("empty", microseconds(), 0.0)
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.tracing_cost", "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        address = process.stdout.readline().strip() if process.stdout else ""
        text += traced("a collector", address, microseconds)
        if process.stdin:
            process.stdin.close()
    text += traced("nobody there", f"http://127.0.0.1:{free_port()}", microseconds)
    print(text)
    (RESULTS / "tracing.md").write_text(text)


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else main()
