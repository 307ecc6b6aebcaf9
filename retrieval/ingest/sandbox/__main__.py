"""A worker that reads content: `python -m retrieval.ingest.sandbox MEMORY_BYTES SECONDS`.

It has no access to secrets.
"""

from __future__ import annotations

from retrieval.ingest import parsing
from retrieval.ingest.extract import draft
from retrieval.ingest.parsing import parse
from retrieval.ingest.sandbox.wire import WIRE, serve


def main() -> None:
    """Work until standard input ends."""
    parsing.load_readers()
    draft.load_languages()  # before the limits, because it writes a temporary file
    serve(parse, WIRE)


if __name__ == "__main__":
    main()
