"""A worker that reads feeds: `python -m retrieval.feeds.worker MEMORY_BYTES SECONDS`."""

from __future__ import annotations

from retrieval.feeds.documents import WIRE, read_here
from retrieval.ingest.workers.serving import serve

if __name__ == "__main__":
    serve(read_here, WIRE)
