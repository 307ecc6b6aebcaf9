"""Dates as a reader sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from retrieval.models import Article


def day(at: datetime) -> str:
    """12 Nov 2024."""
    return f"{at.day} {at:%b %Y}"


def article_day(article: Article) -> str:
    """The day of an article, or that it is not known."""
    return day(article.published.at) if article.published else "date unknown"
