"""The last step of every reader: its findings become a draft, or it says why not."""

from __future__ import annotations

# Imported for real, because pydantic reads the types of what goes to a worker from here.
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003

from retrieval.ingest.extract.languages import language_of, primary
from retrieval.ingest.extract.text import (
    clean_line,
    clean_text,
    require_article,
    without_furniture,
)
from retrieval.ingest.extract.titles import derived_title
from retrieval.ingest.limits import MAX_TITLE_CHARS
from retrieval.models import Draft, Published
from retrieval.outlets import outlet_name

_UNNAMED = "Unnamed"


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known about a source before its content is read.

    `outlet` and `published` fill in where the content tells none; `url` is canonical. What was
    `fetched` from `url` proves only its host: what it says of another address or outlet is nothing.
    """

    outlet: str
    now: datetime
    url: str | None = None
    published: Published | None = None
    fetched: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """What a reader found, uncleaned; empty or None where it found nothing."""

    text: str
    title: str | None = None
    outlet: str | None = None
    url: str | None = None
    author: str | None = None
    published: Published | None = None
    language: str | None = None
    partial: bool = False


def draft_of(found: Findings, origin: Origin) -> Draft:
    """The draft of an article.

    Raises:
        ExtractError: the text is too long, or too short to be an article.
    """
    text = without_furniture(clean_text(found.text))
    require_article(text)
    title = clean_line(found.title or "") or derived_title(text)
    return Draft(
        title=title[:MAX_TITLE_CHARS],
        text=text,
        outlet=_outlet(found, origin),
        url=found.url or origin.url,
        author=clean_line(found.author or "") or None,
        published=found.published or origin.published,
        language=primary(found.language) or language_of(text),
        partial=found.partial,
    )


def _outlet(found: Findings, origin: Origin) -> str:
    """The outlet that was found, else the source's own, as a name that looks like no quotation."""
    names = (outlet_name(clean_line(name or "")) for name in (found.outlet, origin.outlet))
    return next(filter(None, names), _UNNAMED)
