"""A worker that reads content: `python -m retrieval.ingest.workers MEMORY_BYTES SECONDS`.

It holds no secret.
"""

from __future__ import annotations

from retrieval.ingest.extract import languages, readers
from retrieval.ingest.parsing import parse
from retrieval.ingest.workers.contents import WIRE
from retrieval.ingest.workers.serving import serve


def main() -> None:
    """Work until standard input ends."""
    readers.load()
    languages.load()  # before the limits: it unpacks itself into a temporary file
    serve(parse, WIRE)


if __name__ == "__main__":
    main()
