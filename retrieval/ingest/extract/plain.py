"""Plain text: its first paragraph may be its title."""

from __future__ import annotations

from retrieval.ingest.extract.draft import Findings
from retrieval.ingest.extract.text import clean_text
from retrieval.ingest.extract.titles import split_title


def read_plain(text: str) -> Findings:
    """The article in `text`; raises ExtractError if it is too long."""
    title, rest = split_title(clean_text(text))
    return Findings(text=rest, title=title)
