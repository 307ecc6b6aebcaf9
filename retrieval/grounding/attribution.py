"""Who said it and when, in the words that stand before a quote. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrieval.models import Article, Citation

_INNER_MARKS = str.maketrans('“”"', "‘’'")


def attribution(article: Article) -> str:
    """Outlet and date, as a reader expects them before a quote."""
    if article.published is None:
        return f"{article.outlet}, date unknown"
    return f"{article.outlet}, {article.published.at.day} {article.published.at:%b %Y}"


def quotation(citation: Citation) -> str:
    """A sentence as it stands, and then who says it and when."""
    return f"{quoted(citation.quote)} {attribution(citation.article)}"


def quoted(sentence: str) -> str:
    """In quotation marks, inner ones made single."""
    inner = sentence.translate(_INNER_MARKS)
    return f"“{' '.join(inner.split())}”"
