"""Feeds and how they are, as people read it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.render.rich_text import RichText, join, plain, styled
from retrieval.feeds.models import State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from retrieval.feeds import AddedFeed, Imported, Listed
    from retrieval.feeds.models import Feed

NONE = "No feed is read yet. Write the address of a feed, or of a site: /feeds add example.org"
_TITLE = 80
_PROBLEM = 300
_MOST_PROBLEMS = 10


def state_of(feed: Feed, now: datetime) -> str:
    """One line: whether it works, since when not, and when it is looked at next."""
    if feed.state is State.PAUSED:
        return "paused"
    if feed.state is State.GONE:
        return f"ended: {plain(feed.problem or '').text[:_PROBLEM]}"
    if feed.failing_since is not None:
        since, again = moment(feed.failing_since, now), moment(feed.next_at, now)
        return (
            f"failing since {since}, next try {again}: {plain(feed.problem or '').text[:_PROBLEM]}"
        )
    if feed.checked_at is None:
        return f"not read yet, first look {moment(feed.next_at, now)}"
    return f"well, read {moment(feed.checked_at, now)}, next look {moment(feed.next_at, now)}"


def moment(at: datetime, now: datetime) -> str:
    """An instant in UTC, as short as it can be."""
    time = f"{at:%H:%M} UTC"
    if at.date() == now.date():
        return time
    day = f"{at.day} {at:%b}" if at.year == now.year else f"{at.day} {at:%b %Y}"
    return f"{day} {time}"


def name_of(feed: Feed) -> str:
    """Its title, as far as it fits."""
    return plain(feed.title).text[:_TITLE] or feed.host


def feed_text(one: Listed, now: datetime) -> RichText:
    """A feed with its state and its numbers."""
    articles = "1 article" if one.articles == 1 else f"{one.articles:,} articles"
    counts = [articles]
    if one.waiting:
        counts.append(f"{one.waiting:,} waiting")
    if one.unreadable:
        counts.append(f"{one.unreadable:,} could not be read")
    head = RichText(f"{one.feed.id}. ") + styled("bold", name_of(one.feed))
    return head + f"\n{one.feed.url}\n{', '.join(counts)}; {state_of(one.feed, now)}"


def feeds_page(feeds: Sequence[Listed], now: datetime, page: int, pages: int) -> RichText:
    """A page of the list, from 0."""
    if not feeds:
        return RichText(NONE)
    text = join([feed_text(one, now) for one in feeds], "\n\n")
    return text + (f"\n\nPage {page + 1} of {pages}" if pages > 1 else "")


def added_text(added: AddedFeed) -> str:
    """What came of adding one."""
    name = f"“{name_of(added.feed)}”"
    if not added.new:
        return f"{name} is read already, as feed {added.feed.id}."
    found = f" (found at {added.found_at})" if added.found_at else ""
    entries = "1 entry" if added.entries == 1 else f"{added.entries:,} entries"
    return f"Added feed {added.feed.id}, {name}{found}: {entries}.\n{added.feed.url}"


def imported_text(result: Imported) -> str:
    """What came of a list."""
    known = f", {result.known:,} were here already" if result.known else ""
    lines = [f"{result.added:,} feeds added{known}; they are read one after the other."]
    lines += [f"Not added: {url}: {why}" for url, why in result.problems[:_MOST_PROBLEMS]]
    if len(result.problems) > _MOST_PROBLEMS:
        lines.append(f"and {len(result.problems) - _MOST_PROBLEMS:,} more that are no addresses.")
    return "\n".join(lines)
