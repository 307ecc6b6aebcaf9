"""A real OTLP collector: a gRPC server that stores the spans it receives."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Kept:
    """A span as received; times in seconds since 1970."""

    name: str
    id: bytes
    parent: bytes
    trace: bytes
    began: float
    ended: float
    failed: bool
    attributes: dict[str, object]


@dataclass
class Collector(TraceServiceServicer):
    """The spans received, by service, and the number of requests."""

    address: str = ""
    spans: list[Kept] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    _more: threading.Condition = field(default_factory=threading.Condition)

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802  gRPC's name
        with self._more:
            self.raw.append(request.SerializeToString())
            self.headers.append(dict(context.invocation_metadata()))
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    self.spans += [_kept(span) for span in scope.spans]
            self._more.notify_all()
        return ExportTraceServiceResponse()

    def wait_for(self, name: str, timeout_s: float = 30) -> Kept:
        """The first span with a name; waits for it if it hasn't arrived."""
        with self._more:
            assert self._more.wait_for(lambda: self.names()[name] > 0, timeout_s), self.names()
        return self.named(name)[0]

    def named(self, name: str) -> list[Kept]:
        return [span for span in self.spans if span.name == name]

    def names(self) -> Counter[str]:
        return Counter(span.name for span in self.spans)

    def path(self, span: Kept) -> list[str]:
        """The names from the root of its trace down to a span."""
        by_id = {one.id: one for one in self.spans}
        names = [span.name]
        while span.parent:
            span = by_id[span.parent]
            names.append(span.name)
        return names[::-1]

    def paths(self) -> set[str]:
        return {"/".join(self.path(span)) for span in self.spans}

    def trace_of(self, span: Kept) -> list[Kept]:
        return [one for one in self.spans if one.trace == span.trace]


@contextmanager
def collector() -> Iterator[Collector]:
    server = grpc.server(ThreadPoolExecutor(2))
    one = Collector()
    add_TraceServiceServicer_to_server(one, server)  # type: ignore[no-untyped-call]
    one.address = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield one
    finally:
        server.stop(grace=None).wait()


def _kept(span: Any) -> Kept:
    values = {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}
    return Kept(
        span.name,
        span.span_id,
        span.parent_span_id,
        span.trace_id,
        span.start_time_unix_nano / 1e9,
        span.end_time_unix_nano / 1e9,
        span.status.code == 2,  # STATUS_CODE_ERROR
        values,
    )
