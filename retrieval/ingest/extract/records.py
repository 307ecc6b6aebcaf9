"""JSONL: one article a line, with the fields of `_Record`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from retrieval.errors import ExtractError
from retrieval.ingest.canonical import canonical_url
from retrieval.ingest.extract.dates import published_of
from retrieval.ingest.extract.draft import Findings, Origin, draft_of
from retrieval.ingest.extract.encoding import decode, json_value

if TYPE_CHECKING:
    from retrieval.models import Draft


class _Record(BaseModel):
    """One line; `published_at` is ISO 8601. What else it holds is ignored."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    title: str | None = None
    text: str | None = None
    html: str | None = None
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published_at: str | None = None
    language: str | None = None


def read_record(line: bytes, origin: Origin) -> Draft:
    """The draft that one line holds; what was fetched names neither its address nor its outlet.

    Raises:
        SourceError: it is no JSON object, a field is of the wrong type, there is no text, the date
            is none or in the future, or the address is none.
    """
    record = _record(line)
    if origin.fetched:
        record = record.model_copy(update={"url": None, "source": None})
    found = _findings(record, origin)
    return draft_of(found, origin)


def _record(line: bytes) -> _Record:
    try:
        value = json_value(decode(line))
    except (ValueError, RecursionError) as error:
        raise ExtractError("It is not valid JSON.") from error
    if not isinstance(value, dict):
        raise ExtractError("It is not a JSON object.")
    try:
        return _Record.model_validate(value)
    except ValidationError as error:
        fields = ", ".join(str(problem["loc"][0]) for problem in error.errors())
        raise ExtractError(f"Not a text, as it should be: {fields}.") from error


def _findings(record: _Record, origin: Origin) -> Findings:
    """The record's fields, over what its HTML holds if that is all there is."""
    url = canonical_url(record.url) if record.url else None
    page = Findings(text=record.text or "")
    if not page.text.strip():
        if not record.html:
            raise ExtractError("It has neither “text” nor “html”.")
        from retrieval.ingest.extract.page import read_markup  # noqa: PLC0415  heavy

        page = read_markup(record.html, url or origin.url, origin.now)
    if record.title is not None and not record.title.strip():
        raise ExtractError("Its title is empty; give it one, or leave the field out.")
    date = record.published_at
    return Findings(
        text=page.text,
        title=record.title or page.title,
        outlet=record.source or page.outlet or _host(url),
        url=url or page.url,
        author=record.author or page.author,
        published=published_of(date, origin.now) if date else page.published,
        language=record.language or page.language,
        partial=page.partial,
    )


def _host(url: str | None) -> str | None:
    return (urlsplit(url).hostname or "").removeprefix("www.") if url else None
