"""Dates as a reader sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.language import day
from bot.language import gettext as _

if TYPE_CHECKING:
    from retrieval.models import Article


def article_day(article: Article) -> str:
    """The day of an article, or that it is not known."""
    return day(article.published.at) if article.published else _("date unknown")
