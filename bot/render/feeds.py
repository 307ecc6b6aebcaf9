"""Feeds and how they are, as people read it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.language import N_, ngettext, number, short_month_day, translated
from bot.language import day as day_and_year
from bot.language import gettext as _
from bot.render.rich_text import RichText, join, plain, styled
from retrieval.feeds.models import State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from retrieval.feeds import AddedFeed, Imported, Listed
    from retrieval.feeds.models import Feed

NONE = N_(
    "I don't follow any feeds yet. Write the address of a feed or a site: /feeds add example.org"
)
_TITLE = 80
_PROBLEM = 300
_MOST_PROBLEMS = 10


def state_of(feed: Feed, now: datetime) -> str:
    """One line: whether it works, since when not, and when it is looked at next."""
    if feed.state is State.PAUSED:
        return _("paused")
    if feed.state is State.GONE:
        return _("ended: {why}").format(why=_problem(feed))
    if feed.failing_since is not None:
        return _("failing since {since}, retrying {again}: {why}").format(
            since=moment(feed.failing_since, now),
            again=moment(feed.next_at, now),
            why=_problem(feed),
        )
    if feed.checked_at is None:
        return _("not checked yet; first check {at}").format(at=moment(feed.next_at, now))
    return _("OK · checked {read} · next {again}").format(
        read=moment(feed.checked_at, now), again=moment(feed.next_at, now)
    )


def moment(at: datetime, now: datetime) -> str:
    """An instant in UTC, as short as it can be."""
    time = f"{at:%H:%M} UTC"
    if at.date() == now.date():
        return time
    day = short_month_day(at) if at.year == now.year else day_and_year(at)
    return f"{day} {time}"


def _problem(feed: Feed) -> str:
    return translated(plain(feed.problem or "", _PROBLEM).text)


def name_of(feed: Feed) -> str:
    """Its title, as far as it fits."""
    return plain(feed.title, _TITLE).text or feed.host


def feed_text(one: Listed, now: datetime) -> RichText:
    """A feed with its state and its numbers."""
    articles = ngettext("{count} article", "{count} articles", one.articles)
    counts = [articles.format(count=number(one.articles))]
    if one.waiting:
        counts.append(_("{count} waiting").format(count=number(one.waiting)))
    if one.unreadable:
        counts.append(_("{count} could not be read").format(count=number(one.unreadable)))
    head = RichText(f"{one.feed.id}. ") + styled("bold", name_of(one.feed))
    return head + f"\n{one.feed.url}\n{', '.join(counts)}; {state_of(one.feed, now)}"


def feeds_page(feeds: Sequence[Listed], now: datetime, page: int, pages: int) -> RichText:
    """A page of the list, from 0."""
    if not feeds:
        return RichText(_(NONE))
    text = join([feed_text(one, now) for one in feeds], "\n\n")
    if pages == 1:
        return text
    return text + "\n\n" + _("Page {page} of {pages}").format(page=page + 1, pages=pages)


def added_text(added: AddedFeed) -> str:
    """What came of adding one."""
    name = f"“{name_of(added.feed)}”"
    if not added.new:
        return _("I already follow {name}, as feed {number}.").format(
            name=name, number=added.feed.id
        )
    entries = ngettext("{count} entry", "{count} entries", added.entries)
    entries = entries.format(count=number(added.entries))
    if added.found_at:
        said = _("Added feed {number}, {name} (found at {address}): {entries}.").format(
            number=added.feed.id, name=name, address=added.found_at, entries=entries
        )
    else:
        said = _("Added feed {number}, {name}: {entries}.").format(
            number=added.feed.id, name=name, entries=entries
        )
    return f"{said}\n{added.feed.url}"


def imported_text(result: Imported) -> str:
    """What came of a list."""
    # `sitrep feeds import` alone says this, in English
    known = f", {result.known:,} were here already" if result.known else ""
    lines = [f"{result.added:,} feeds added{known}; they are read one after the other."]
    lines += [f"Not added: {url}: {why}" for url, why in result.problems[:_MOST_PROBLEMS]]
    if len(result.problems) > _MOST_PROBLEMS:
        lines.append(f"and {len(result.problems) - _MOST_PROBLEMS:,} more that are no addresses.")
    return "\n".join(lines)
