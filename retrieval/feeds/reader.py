"""Turns a waiting entry into an article, from its own text or from its page.

A feed can only speak for its own site. An entry that links to another site is read there, as an
article of that site; if that fails, the feed's text is an article of the feed itself, under its
address. No feed can change another site's articles.
"""

from __future__ import annotations

import asyncio
import io
import logging
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from retrieval.errors import ArchiveError, ExtractError, FetchError, RefusedError, SourceError
from retrieval.feeds.getting import get, soon
from retrieval.feeds.looking import retry_after
from retrieval.feeds.models import (
    BUSY_AGAIN,
    FEW_CHARS,
    FEW_SUMMARY_CHARS,
    PAGE_AGAIN,
    PAGE_TRIES,
    Settled,
    with_address,
)
from retrieval.ingest.extract.dates import published_at
from retrieval.ingest.extract.draft import Findings, Origin, draft_of
from retrieval.ingest.http import answered
from retrieval.ingest.sandbox import NOT_STARTED
from retrieval.ingest.sources import REFUSED, UNFORESEEN, Content, article_at
from retrieval.messages import UserMessage
from retrieval.models import Added, Duplicate, Revised
from retrieval.text.outlets import host_of, outlet_of, same_site

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from retrieval.feeds.getting import FeedResponse
    from retrieval.feeds.models import Feed, FeedEntry, Waiting
    from retrieval.feeds.store import EntryStore
    from retrieval.ingest import Ingestor
    from retrieval.models import ArticleDraft, Published


log = logging.getLogger(__name__)

_PAGE_TYPES = {"Accept": "text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.5"}
_PASSING = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)


_EMPTY_PAGE = UserMessage("The page is empty.")


@dataclass(frozen=True, slots=True)
class _Later:
    """The page can't be fetched now; try again later."""

    reason: UserMessage
    again_at: datetime
    tried: bool = True


class EntryReader:
    """Reads entries; `turn` is entered before each request to a host."""

    def __init__(
        self,
        ingestor: Ingestor,
        entries: EntryStore,
        turn: Callable[[str], AbstractAsyncContextManager[None]],
        now: Callable[[], datetime],
    ) -> None:
        self._ingestor, self._entries, self._turn, self._now = ingestor, entries, turn, now
        # Hosts that asked for a pause, and until when.
        self._resting: dict[str, datetime] = {}

    async def read(self, feed: Feed, waiting: Waiting) -> Settled:
        """Read an entry of the feed; any error in it is its own failure.

        Raises:
            ArchiveError: the archive failed; the entry is still waiting.
        """
        try:
            return await self._read(feed, waiting)
        except RefusedError:
            log.exception("feed %s: entry %s was refused", feed.id, waiting.id)
            return Settled(waiting, problem=REFUSED)
        except ArchiveError:
            raise
        except Exception:  # one bad entry must not stop the others
            log.exception("feed %s: entry %s can't be read", feed.id, waiting.id)
            return Settled(waiting, problem=UNFORESEEN)

    async def _read(self, feed: Feed, waiting: Waiting) -> Settled:
        entry = waiting.entry
        home, address = entry.came_from or feed.url, entry.url
        if waiting.article_id is not None:
            address, lives = await self._entries.address_of(waiting.article_id)
            if not lives:  # an admin removed it, so it stays removed
                return Settled(waiting, waiting.article_id)
        elif entry.url is not None:
            elsewhere = await self._entries.article_elsewhere(feed.id, entry.url)
            if elsewhere is not None:
                return Settled(waiting, elsewhere)
        draft = await self._draft(feed, waiting, home)
        if isinstance(draft, _Later):
            return Settled(
                waiting, problem=draft.reason, again_at=draft.again_at, tried=draft.tried
            )
        if isinstance(draft, UserMessage):
            log.info("feed %s: entry %s is no article: %s", feed.id, waiting.id, draft)
            return Settled(waiting, problem=draft)
        own = same_site(address, home) and same_site(draft.url, home)
        if waiting.article_id is not None and own:  # the same article, even under another link
            draft = replace(draft, url=address)
        outcome = await self._ingestor.add_draft(draft, added_by=f"feed:{feed.id}")
        if isinstance(outcome, Added | Revised | Duplicate):
            return Settled(waiting, outcome.article.id)
        return Settled(waiting, problem=outcome.reason)

    async def _draft(
        self, feed: Feed, waiting: Waiting, home: str
    ) -> ArticleDraft | _Later | UserMessage:
        """The article, or when to retry, or why there is none; `home` is the feed's site."""
        entry, reason = waiting.entry, UserMessage("It's too short to be an article.")
        partial, is_own = False, entry.url is None or same_site(entry.url, home)
        # The entry shares its page with others, so the page isn't its article.
        if entry.url is not None and "#" in entry.url:
            partial = is_part(entry)
        elif entry.url is not None and (is_teaser(entry) or not is_own):
            page = await self._page(entry, waiting.attempts + 1 < PAGE_TRIES)
            if isinstance(page, _Later):
                return page
            if isinstance(page, UserMessage):
                reason, partial = page, is_part(entry)
            elif not (is_own and same_site(page.url, home)):
                return page
            elif len(page.text) >= len(entry.text):
                return with_entry(page, entry, self._now())
        if entry.url is None or not is_own:
            entry = with_address(entry, home, waiting.key)
        try:
            draft = await asyncio.to_thread(draft_of_entry, entry, feed.title, self._now())
        except ExtractError:
            return reason if entry.page is None else await self._at_its_place(entry, waiting)
        return replace(draft, partial=partial)

    async def _at_its_place(
        self, entry: FeedEntry, waiting: Waiting
    ) -> ArticleDraft | _Later | UserMessage:
        """The article now on an entry's page that had another one before."""
        there = replace(entry, url=entry.page)
        page = await self._page(there, waiting.attempts + 1 < PAGE_TRIES)
        if isinstance(page, _Later | UserMessage):
            return page
        return replace(with_entry(page, entry, self._now()), url=entry.url)

    async def _page(self, entry: FeedEntry, may_wait: bool) -> ArticleDraft | _Later | UserMessage:  # noqa: FBT001
        """The article on the entry's page, or when to retry, or why there is none."""
        url, now = entry.url or "", self._now()
        host = host_of(url)
        if (until := self._resting.get(host, now)) > now:
            return _Later(
                UserMessage("{host} asked us to slow down.", host=host), until, tried=False
            )
        try:
            async with soon(self._turn(host)):
                answer = await get(url, self._ingestor.reading, _PAGE_TYPES)
        except TimeoutError:
            return _Later(UserMessage("{host} is busy.", host=host), now + BUSY_AGAIN, tried=False)
        except FetchError as error:
            return _Later(error.message, now + PAGE_AGAIN) if may_wait else error.message
        except SourceError as error:
            return error.message
        if not answer.is_success:
            return self._unavailable(answer, host, may_wait=may_wait)
        return await self._read_page(answer)

    def _unavailable(
        self, answer: FeedResponse, host: str, *, may_wait: bool
    ) -> _Later | UserMessage:
        now = self._now()
        reason = answered(answer.url, answer.status)
        passing = answer.status in _PASSING or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        rest = retry_after(answer.headers.get("Retry-After", ""), now)
        if passing and rest:
            self._resting[host] = now + rest
        if not passing or not may_wait:
            return reason
        return _Later(reason, now + max(PAGE_AGAIN, rest or PAGE_AGAIN))

    async def _read_page(self, answer: FeedResponse) -> ArticleDraft | _Later | UserMessage:
        now = self._now()
        origin = Origin(host_of(answer.url), now, answer.url, fetched=True)
        path = urlsplit(answer.url).path
        content = Content(
            answer.url, io.BytesIO(answer.body), path, answer.content_type, answer.charset
        )
        reading = self._ingestor.reading
        async with reading.places:
            found = await asyncio.to_thread(article_at, content, origin, reading)
        if found.draft is None:
            if found.rejection and found.rejection.reason == NOT_STARTED:
                return _Later(NOT_STARTED, now + PAGE_AGAIN, tried=False)
            return found.rejection.reason if found.rejection else _EMPTY_PAGE
        return found.draft


_TAIL = 120
_GOES_ON = re.compile(
    r"(?:\[?(?:…|\.\.\.)\]?|&hellip;|\[&#8230;\]"
    r"|(?:continue|keep) reading\b.{0,80}|read (?:more|on|the (?:full|rest)\b.{0,60})"
    r"|(?:full|more) (?:story|article)|читати далі|читать далее|детальніше|подробнее)"
    r"\s*[.…»>→]*\s*$",
    re.IGNORECASE | re.DOTALL,
)
_APPEARED_FIRST = re.compile(r"\n\nThe post .{1,300} appeared first on .{1,200}\.\s*$", re.DOTALL)
_TOLERANCE = timedelta(days=1)
_FIRST_YEAR = 1450


def is_teaser(entry: FeedEntry) -> bool:
    """Whether the entry's page probably has more text than the feed."""
    few = FEW_CHARS if entry.whole else FEW_SUMMARY_CHARS
    return len(own_text(entry)) < few or _goes_on(entry)


def is_part(entry: FeedEntry) -> bool:
    """Whether there surely is more: it is a summary, or ends as if cut off."""
    return not entry.whole or _goes_on(entry)


def _goes_on(entry: FeedEntry) -> bool:
    return _GOES_ON.search(own_text(entry)[-_TAIL:]) is not None


def own_text(entry: FeedEntry) -> str:
    """The entry's text without the line that blog software appends."""
    return _APPEARED_FIRST.sub("", entry.text)


def draft_of_entry(entry: FeedEntry, feed_title: str, now: datetime) -> ArticleDraft:
    """The article in the entry itself, at an address on its feed's site.

    The feed's name for itself is used if it matches the host.

    Raises:
        ExtractError: the text is too short.
    """
    outlet = outlet_of(entry.outlet or feed_title, urlsplit(entry.url or "").hostname or "")
    origin = Origin(outlet, now, entry.url, published(entry, now), fetched=True)
    return draft_of(Findings(own_text(entry), entry.title, author=entry.author), origin)


def with_entry(draft: ArticleDraft, entry: FeedEntry, now: datetime) -> ArticleDraft:
    """The draft of the entry's page, with gaps filled in from the feed."""
    return replace(
        draft,
        published=draft.published or published(entry, now),
        author=draft.author or entry.author,
    )


def published(entry: FeedEntry, now: datetime) -> Published | None:
    """When the entry was published; None if the date is in the future."""
    moment = entry.published or entry.updated
    if moment is None or moment > now + _TOLERANCE or moment.year < _FIRST_YEAR:
        return None
    return published_at(moment)
