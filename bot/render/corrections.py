"""What is said to those who were given a sentence that its source has changed since. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.language import N_, day, ngettext
from bot.language import gettext as _
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
STOP = N_("/corrections off stops these messages.")


def correction_text(one: Superseded, given: Sequence[GivenQuote]) -> RichText:
    """Who corrected what; what was asked, what was cited, and what stands there now."""
    first = given[0]
    head = styled(
        "bold",
        plain(_("{outlet} changed something I cited to you").format(outlet=one.article.outlet)),
    )
    when = _("on {date}, in").format(date=day(first.asked_at))
    head = head + f" {when} " + _title(one.article) + "."
    parts = [
        head,
        plain(_("You asked: {question}").format(question=quoted(_short(first.question)))),
    ]
    quotes = list(dict.fromkeys(given_quote.quote for given_quote in given))
    parts += [_changed(quote, one.text) for quote in quotes[:MOST_QUOTES]]
    if more := len(quotes[MOST_QUOTES:]):
        said = ngettext("{count} more sentence changed.", "{count} more sentences changed.", more)
        parts.append(RichText(said.format(count=more)))
    return join([*parts, styled("italic", _(STOP))], "\n\n")


def _changed(quote: str, text: str) -> RichText:
    said = RichText(_("It said:") + " ") + plain(quoted(quote))
    place = in_its_place(text, quote)
    if place is None:
        return said + "\n" + _("The article no longer says that.")
    return said + "\n" + _("It says now:") + " " + plain(quoted(place.of(text)))


def _title(article: Article) -> RichText:
    title = plain(quoted(article.title))
    return styled("text_link", title, article.url) if article.url else title


def _short(question: str) -> str:
    if len(question) <= _LONGEST_QUESTION:
        return question
    return question[: _LONGEST_QUESTION - 1] + "…"
