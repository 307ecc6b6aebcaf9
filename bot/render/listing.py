"""Lists of articles, as messages and in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.language import N_, number
from bot.language import gettext as _
from bot.render.dates import article_day
from bot.render.rich_text import RichText, clean, join, plain, printed, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.archive.listing import Listing
    from retrieval.models import Article

_LONGEST_TITLE = 120
HOW_TO = N_(
    "Words search; outlet:name, since:2024-11-01 and until:2024-11-30 filter. "
    'Names with spaces in quotation marks: outlet:"Meridian Wire".'
)


def listing_text(asked: str, listing: Listing, page: int, size: int) -> RichText:
    """Page `page`, counted from 0."""
    # Its buttons read there what was asked for, after the first colon.
    head = styled("bold", _("Articles: {asked}").format(asked=asked) if asked else _("Articles"))
    if not listing.total:
        return join([head, RichText(_("None.") + " " + _(HOW_TO))], "\n\n")
    lines = [_line(article) for article in listing.articles]
    pages = -(-listing.total // size)
    foot = _("{count} in all, page {page} of {pages}. A number opens its article.").format(
        count=number(listing.total), page=page + 1, pages=pages
    )
    return join([head, join(lines, "\n"), styled("italic", foot)], "\n\n")


def asked_for(text: str) -> str:
    """What a page's message was the answer to."""
    return text.partition("\n")[0].partition(": ")[2]


def listing_lines(articles: Sequence[Article]) -> str:
    """For a terminal: a line an article."""
    return "".join(f"{printed(_line(article))}\n" for article in articles)


def _line(article: Article) -> RichText:
    title = clean(article.title)
    is_long = len(title) > _LONGEST_TITLE
    title = plain(title, _LONGEST_TITLE - 1).text + "…" if is_long else plain(title).text
    outlet = plain(article.outlet, _LONGEST_TITLE).text
    return styled("bold", str(article.id)) + f" {title} ({outlet}, {article_day(article)})"
