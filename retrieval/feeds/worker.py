"""A worker that reads feeds: `python -m retrieval.feeds.worker MEMORY_BYTES SECONDS`."""

from __future__ import annotations

from importlib import import_module

from retrieval.feeds.documents import WIRE, read_here
from retrieval.ingest.sandbox.wire import serve

if __name__ == "__main__":
    import_module("retrieval.feeds.parsing")  # a missing module shows before the first feed
    serve(read_here, WIRE)
