"""OpenTelemetry traces (OTLP over gRPC), if a setting names a collector.

Without that setting, none of its libraries is imported. Spans wait in a queue that drops what it
has no room for, and a separate thread sends them, so neither answers nor the end of the program
wait for the collector.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from retrieval.tracing import Value, tracing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
    from opentelemetry.trace import Span as OpenTelemetrySpan

    from bot.settings import BotSettings
    from retrieval.tracing import TraceSpan

log = logging.getLogger(__name__)

QUEUE = 2048
_BATCH = 256
_EVERY_MS = 2000
# Seconds for one batch, including retries.
_EXPORT_WITHIN_S = 2.0
# Seconds for sending the rest at the end of the program.
STOP_WITHIN_S = 3.0
# The form of strings: a mode, an outcome, an API's method, a model's name, never a sentence.
_WORD = re.compile(r"[A-Za-z0-9][\w.:/ -]{0,63}")
# Only strings with these names are exported.
_WORDS = frozenset({"kind", "method", "mode", "model", "outcome"})


@asynccontextmanager
async def traced(settings: BotSettings) -> AsyncIterator[None]:
    """Trace during the block, if a setting names a collector."""
    if not settings.otel_exporter_otlp_endpoint:
        yield
        return
    headers = settings.otel_exporter_otlp_headers
    tracer = OpenTelemetry(
        settings.otel_exporter_otlp_endpoint, headers.get_secret_value() if headers else ""
    )
    try:
        with tracing(tracer):
            yield
    finally:
        await tracer.close()


class OpenTelemetry:
    """A `retrieval.tracing.Tracer` with its own provider, so libraries' tracers stay silent."""

    def __init__(self, endpoint: str, headers: str = "") -> None:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415  heavy
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        # These log each try and each dropped span; `_told_once` logs once.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._exporter = OTLPSpanExporter(
            endpoint=endpoint,
            headers=_pairs(headers),
            timeout=_EXPORT_WITHIN_S,
        )
        one = {"service.name": "sitrep", "service.instance.id": uuid4().hex}
        self._provider = TracerProvider(resource=Resource(one), shutdown_on_exit=False)
        self._provider.add_span_processor(
            BatchSpanProcessor(
                _told_once(self._exporter, endpoint),
                max_queue_size=QUEUE,
                max_export_batch_size=_BATCH,
                schedule_delay_millis=_EVERY_MS,
            )
        )
        self._tracer = self._provider.get_tracer("sitrep")

    @contextmanager
    def span(self, name: str, values: dict[str, Value]) -> Iterator[TraceSpan]:
        """An OpenTelemetry span; an error is recorded by its type, without its message."""
        with self._tracer.start_as_current_span(
            name, record_exception=False, set_status_on_exception=False
        ) as span:
            noted = _Noted(span)
            noted.note(**values)
            try:
                yield noted
            except BaseException as error:
                from opentelemetry.trace import StatusCode  # noqa: PLC0415

                span.set_attribute("error.type", type(error).__name__)
                if isinstance(error, Exception):  # cancellation is no error
                    span.set_status(StatusCode.ERROR)
                raise

    async def close(self) -> None:
        """Send the remaining spans, for a few seconds at most."""
        # A daemon thread: the program ends even if the collector hangs.
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, STOP_WITHIN_S)
        if ending.is_alive():
            self._exporter.shutdown()  # stops retrying


class _Noted:
    """A span that only takes permitted attributes."""

    def __init__(self, span: OpenTelemetrySpan) -> None:
        self._span = span

    def note(self, **values: Value) -> None:
        """Add attributes: numbers, and strings with permitted names."""
        for name, value in values.items():
            if not isinstance(value, str) or (name in _WORDS and _WORD.fullmatch(value)):
                self._span.set_attribute(f"sitrep.{name}", value)


def _pairs(headers: str) -> dict[str, str]:
    """Headers from `name=value,name=value`, as in OpenTelemetry; gRPC needs lower-case names."""
    found = (one.partition("=") for one in headers.split(",") if "=" in one)
    return {name.strip().lower(): value.strip() for name, _, value in found}


def _told_once(exporter: SpanExporter, endpoint: str) -> SpanExporter:
    """The exporter, which logs once when it starts to fail, and once when it works again."""
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult  # noqa: PLC0415

    class ToldOnce(SpanExporter):
        failing = False

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            result = exporter.export(spans)
            failed = result is not SpanExportResult.SUCCESS
            if failed and not self.failing:
                log.warning("traces can't be delivered to %s, and are dropped", endpoint)
            elif self.failing and not failed:
                log.info("traces are delivered again")
            self.failing = failed
            return result

        def shutdown(self) -> None:
            exporter.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return exporter.force_flush(timeout_millis)

    return ToldOnce()
