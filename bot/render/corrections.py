"""What is said to those who were given a sentence that its source has changed since. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.render.dates import day
from bot.render.rich_text import RichText, join, plain, styled
from retrieval.grounding.attribution import quoted
from retrieval.grounding.standing import in_its_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.archive.corrected import GivenQuote, Superseded
    from retrieval.models import Article

# A chat that asked the same all day is not told each time.
MOST_QUOTES = 3
_LONGEST_QUESTION = 120
STOP = "/corrections off ends these messages."


def correction_text(one: Superseded, given: Sequence[GivenQuote]) -> RichText:
    """Who corrected what; what was asked, what was cited, and what stands there now."""
    first = given[0]
    head = styled("bold", plain(one.article.outlet) + " has changed what I cited to you")
    head = head + f" on {day(first.asked_at)}, in " + _title(one.article) + "."
    parts = [head, plain(f"You asked: {quoted(_short(first.question))}")]
    quotes = list(dict.fromkeys(given_quote.quote for given_quote in given))
    parts += [_changed(quote, one.text) for quote in quotes[:MOST_QUOTES]]
    if len(quotes) > MOST_QUOTES:
        parts.append(RichText(f"{len(quotes) - MOST_QUOTES} more sentences changed."))
    return join([*parts, styled("italic", STOP)], "\n\n")


def _changed(quote: str, text: str) -> RichText:
    said = RichText("It said: ") + plain(quoted(quote))
    place = in_its_place(text, quote)
    if place is None:
        return said + "\nThat no longer stands there."
    return said + "\nIt says now: " + plain(quoted(place.of(text)))


def _title(article: Article) -> RichText:
    title = plain(quoted(article.title))
    return styled("text_link", title, article.url) if article.url else title


def _short(question: str) -> str:
    if len(question) <= _LONGEST_QUESTION:
        return question
    return question[: _LONGEST_QUESTION - 1] + "…"
