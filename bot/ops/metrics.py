"""Prometheus metrics: answers and their durations, tokens, queues.

Names follow https://prometheus.io/docs/practices/naming/. Labels contain nothing about readers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from retrieval.models import Answer

if TYPE_CHECKING:
    from retrieval.models import Unanswered

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60)


@dataclass(slots=True)
class Metrics:
    """A program's metrics in a registry of its own, so that two in one process don't mix."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    answers: Counter = field(init=False)
    stages: Histogram = field(init=False)
    tokens: Counter = field(init=False)
    dropped: Counter = field(init=False)
    errors: Counter = field(init=False)
    articles: Gauge = field(init=False)
    pending: Gauge = field(init=False)
    outbox: Gauge = field(init=False)
    waiting: Gauge = field(init=False)

    def __post_init__(self) -> None:
        """Create the metrics in the registry."""
        here = self.registry
        self.answers = Counter(
            "sitrep_answers", "Questions answered or declined", ("mode", "outcome"), registry=here
        )
        self.stages = Histogram(
            "sitrep_answer_seconds",
            "Time of an answer by stage",
            ("stage",),
            buckets=_SECONDS,
            registry=here,
        )
        self.tokens = Counter("sitrep_tokens", "Tokens of the chat model", ("kind",), registry=here)
        self.dropped = Counter(
            "sitrep_statements_left_out", "Statements not shown", ("reason",), registry=here
        )
        self.errors = Counter(
            "sitrep_errors", "Updates that ended in an error", ("kind",), registry=here
        )
        self.articles = Gauge("sitrep_articles", "Articles in the archive", registry=here)
        self.pending = Gauge(
            "sitrep_articles_pending", "Articles that are not embedded yet", registry=here
        )
        self.outbox = Gauge("sitrep_outbox_waiting", "Messages that wait", registry=here)
        self.waiting = Gauge(
            "sitrep_questions_waiting", "Questions that wait for their turn", registry=here
        )

    def answered(self, result: Answer | Unanswered) -> None:
        """Count an answer."""
        outcome = "answered" if isinstance(result, Answer) else "declined"
        self.answers.labels(result.mode.value, outcome).inc()
        for stage, milliseconds in result.cost.timings_ms.items():
            self.stages.labels(stage).observe(milliseconds / 1000)
        for kind in ("input_tokens", "output_tokens"):
            self.tokens.labels(kind.removesuffix("_tokens")).inc(result.cost.usage.get(kind, 0))
        self.dropped.labels("unsupported").inc(result.dropped.unsupported)
        self.dropped.labels("uncited").inc(result.dropped.claims)

    def count(self, name: str) -> int:
        """The sum of a counter or gauge over its labels."""
        samples = (one for metric in self.registry.collect() for one in metric.samples)
        return int(sum(one.value for one in samples if one.name == name))

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)
