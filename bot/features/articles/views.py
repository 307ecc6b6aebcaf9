"""Messages on articles: histories and lists; and parsing what to list."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.features.questions.views import article_day
from bot.language import N_, day, number
from bot.language import gettext as _
from bot.telegram.rich_text import RichText, clean, join, plain, printed, styled
from retrieval.errors import RequestError
from retrieval.messages import UserMessage
from retrieval.storage.listing import Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.models import Article
    from retrieval.storage import Kin
    from retrieval.storage.listing import Listing, RevisionNote


MOST_COPIES = 30
# Limit for all revisions of an article together, the newest first.
_MOST_SENTENCES, _MOST_REVISIONS = 40, 20


def history_text(article: Article, notes: Sequence[RevisionNote], kin: Kin) -> RichText:
    """An article's near copies, then its revisions, newest first.

    Removed sentences are marked with a minus, new ones with a plus.
    """
    head = styled("bold", plain(article.title)) + "\n" + plain(article.outlet)
    if article.url:
        head = head + "\n" + article.url
    family = [_family(kin)] if kin.first or kin.copies else []
    newest, left = list[RichText](), _MOST_SENTENCES
    for note in reversed(notes[-_MOST_REVISIONS:]):
        lines = _changes(note)
        newest.append(_revision(note, lines[: max(left, 0)], len(lines)))
        left -= len(lines)
    older = [_more(len(notes) - len(newest))] if len(notes) > len(newest) else []
    return join([head, *family, *newest, *older], "\n\n")


def _family(kin: Kin) -> RichText:
    if kin.first is not None:
        return RichText(_("A near copy of:") + " ") + _named(kin.first)
    lines = [_named(one) for one in kin.copies[:MOST_COPIES]]
    if (rest := len(kin.copies) - MOST_COPIES) > 0:
        lines.append(_more(rest))
    return join([RichText(_("Near copies, counted once:")), *lines], "\n")


def _named(article: Article) -> RichText:
    return RichText(f"{article.id} ") + plain(article.outlet) + f", {article_day(article)}"


def _changes(note: RevisionNote) -> list[tuple[str, str]]:
    """A revision's removed and new sentences with their signs."""
    return [
        (sign, one)
        for change in note.changes or ()
        for sign, some in (("- ", change.gone), ("+ ", change.new))
        for one in some
    ]


def _revision(note: RevisionNote, lines: Sequence[tuple[str, str]], every: int) -> RichText:
    """One revision; `lines` are the first of `every`, its number of changes."""
    title = _("Revision {number}, stored {day} {time} UTC").format(
        number=note.number, day=day(note.stored_at), time=f"{note.stored_at:%H:%M}"
    )
    parts = [styled("bold", title)]
    if note.number == 1:
        parts.append(RichText(_("As first added.")))
    elif note.changes == ():
        parts.append(RichText(_("Only the spacing changed.")))
    parts += [RichText(sign) + plain(one) for sign, one in lines]
    if every > len(lines):
        parts.append(_more(every - len(lines)))
    return join(parts, "\n")


def _more(count: int) -> RichText:
    return RichText(_("and {count} more").format(count=number(count)))


_LONGEST_TITLE = 120
HOW_TO = N_(
    "Words search; outlet:name, since:2024-11-01 and until:2024-11-30 filter. "
    'Names with spaces in quotation marks: outlet:"Meridian Wire".'
)


def listing_text(asked: str, listing: Listing, page: int, size: int) -> RichText:
    """Page `page`, counted from 0."""
    # The buttons read the search back from the text after the first colon.
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
    """The search that a page's message was the answer to."""
    return text.partition("\n")[0].partition(": ")[2]


def listing_lines(articles: Sequence[Article]) -> str:
    """One line per article, for a terminal."""
    return "".join(f"{printed(_line(article))}\n" for article in articles)


def _line(article: Article) -> RichText:
    title = clean(article.title)
    is_long = len(title) > _LONGEST_TITLE
    title = plain(title, _LONGEST_TITLE - 1).text + "…" if is_long else plain(title).text
    outlet = plain(article.outlet, _LONGEST_TITLE).text
    return styled("bold", str(article.id)) + f" {title} ({outlet}, {article_day(article)})"


LONGEST = 200
_MOST_WORDS = 8
# phones type typographic quotation marks
_FILTER = re.compile(
    r"(?<!\S)(outlet|since|until):\s*(?:\"([^\"]*)\"|“([^”]*)”|«([^»]*)»|(\S+))", re.IGNORECASE
)


class ListingError(RequestError):
    """The search can't be understood; the message is for the person."""


def folded(asked: str) -> str:
    """A search on one line, without invisible characters, shortened."""
    return " ".join("".join(c if c.isprintable() else " " for c in asked).split())[:LONGEST]


def wanted(asked: str, outlets: Sequence[str]) -> Wanted:
    """Parse a search; `outlets` are all known ones, of which part of the name is enough.

    Raises:
        ListingError: an outlet is unknown, a date invalid, or there are too many words.
    """
    start = end = None
    chosen: list[str] = []
    for name, *values in _FILTER.findall(asked):
        value = next((one for one in values if one), "")
        match name.lower():
            case "outlet":
                chosen += _outlets(value, outlets)
            case "since":
                start = _day(value)
            case _:
                end = _day(value) + timedelta(days=1)
    words = tuple(_FILTER.sub(" ", asked).split())
    if len(words) > _MOST_WORDS:
        raise ListingError(
            UserMessage("Search for at most {count} words at a time.", count=_MOST_WORDS)
        )
    if start is not None and end is not None and start >= end:
        raise ListingError(UserMessage("since: must not be later than until:."))
    return Wanted(words, tuple(dict.fromkeys(chosen)), start, end)


def _outlets(part: str, outlets: Sequence[str]) -> list[str]:
    part = part.casefold().strip()
    same = [one for one in outlets if one.casefold() == part]
    found = same or [one for one in outlets if part and part in one.casefold()]
    if not found:
        raise ListingError(
            UserMessage("No outlet has “{part}” in its name. /sources lists them.", part=part)
        )
    return found


def _day(value: str) -> datetime:
    try:
        # the last possible day has none after it
        day = min(date.fromisoformat(value), date.max - timedelta(days=1))
    except ValueError:
        raise ListingError(
            UserMessage("“{value}” isn't a date. Write it like since:2024-11-30.", value=value)
        ) from None
    return datetime.combine(day, time(), UTC)
