"""What a person should know of an article beside its title: whole or not, author, language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babel import Locale

from bot.language import N_, code
from bot.language import gettext as _
from bot.render.dates import article_day
from bot.render.rich_text import clean

if TYPE_CHECKING:
    from retrieval.models import Article

_PART = N_(" (a part only)")


def dated(article: Article) -> str:
    """12 Nov 2024, and that only a part of the article could be read, if that is so."""
    return article_day(article) + (_(_PART) if article.partial else "")


def also_in(article: Article) -> str:
    """; also Beta, Gamma: the other outlets that print the same, where they were looked for."""
    if not article.also:
        return ""
    return _("; also {outlets}").format(outlets=", ".join(map(clean, article.also)))


def described(article: Article) -> str:
    """The same with language and author, where they are known; the author's words, unchecked."""
    named = Locale(code()).languages.get(article.language or "", article.language)
    facts = [
        dated(article),
        named,
        article.author and _("by {author}").format(author=article.author),
    ]
    return ", ".join(fact for fact in facts if fact)
