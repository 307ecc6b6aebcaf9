"""The reader for each kind of content that holds one article."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from retrieval.ingest.extract.draft import Findings, Origin, draft_of
from retrieval.ingest.extract.encoding import decode
from retrieval.ingest.extract.kinds import Kind
from retrieval.ingest.extract.plain import read_plain

if TYPE_CHECKING:
    from retrieval.models import Draft


def read_draft(kind: Kind, body: bytes, origin: Origin, charset: str | None = None) -> Draft:
    """The article in `body`, which is of `kind`, but neither JSONL nor a zip file (see `parsing`).

    `charset` is what HTTP said about it. Takes up to seconds of processor time.

    Raises:
        SourceError: no article can be read out of it.
    """
    return draft_of(_findings(kind, body, origin, charset), origin)


def _findings(kind: Kind, body: bytes, origin: Origin, charset: str | None) -> Findings:
    if kind is Kind.HTML:
        from retrieval.ingest.extract.page import read_page  # noqa: PLC0415  heavy

        return read_page(body, charset, origin.url, origin.now)
    if kind is Kind.PDF:
        from retrieval.ingest.extract.pdf import read_pdf  # noqa: PLC0415  heavy

        return read_pdf(body, origin.now)
    if kind is Kind.DOCX:
        from retrieval.ingest.extract.docx import read_docx  # noqa: PLC0415  heavy

        return read_docx(body, origin.now)
    text = decode(body, charset)
    if kind is Kind.MARKDOWN:
        from retrieval.ingest.extract.markdown import read_markdown  # noqa: PLC0415  heavy

        return read_markdown(text, origin.now, believed=not origin.fetched)
    return read_plain(text)


def load() -> None:
    """Import all readers now: a worker does so before its memory is limited."""
    for name in ("docx", "markdown", "page", "pdf"):
        import_module(f"retrieval.ingest.extract.{name}")
