"""Actions of admins on feeds: add, list, remove, pause, import and export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from retrieval.errors import ArchiveError, ExtractError, FetchError
from retrieval.feeds.discovery import write_opml
from retrieval.feeds.getting import FEED_TYPES, FeedResponse, get
from retrieval.feeds.models import MAX_FEED_BYTES, Feed, FeedState, Listed, Outline
from retrieval.feeds.parsing import is_page
from retrieval.ingest.http import answered
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from retrieval.feeds.models import Document
    from retrieval.feeds.poller import Poller
    from retrieval.ingest.http import FetchConfig

# Spreads the feeds of a long list, so that they don't all come due at once.
_APART = timedelta(seconds=2)
NO_FEED = UserMessage(
    "It's a web page that doesn't link to a feed. Send the feed's own address; it "
    "often ends in /feed or /rss.xml."
)


@dataclass(frozen=True, slots=True)
class AddedFeed:
    """A feed that was added or already there; `found_at` is the page that linked to it."""

    feed: Feed
    new: bool
    entries: int = 0
    found_at: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import: `problems` are invalid addresses with reasons."""

    added: int
    known: int
    problems: tuple[tuple[str, UserMessage], ...]


class FeedService:
    """Adds and manages feeds. Every method raises ArchiveError when the database fails."""

    def __init__(self, poller: Poller, reading: FetchConfig) -> None:
        self._poller, self._reading = poller, reading
        self._store = poller.store

    async def add(self, url: str, *, by: str) -> AddedFeed:
        """Add the feed at an address, or the one that the page there links to, and read it once.

        Raises:
            SourceError: there is neither.
        """
        answer = await self._get(url)
        found_at = None
        if is_page(answer.body):
            found_at = answer.url
            answer, document = await self._named_by(answer)
        else:
            document, _ = await self._poller.documents.read(answer)
        return await self._keep(answer, document, by, found_at)

    async def listed(self) -> list[Listed]:
        """All feeds, by title."""
        return await self._store.listed()

    async def remove(self, feed_id: int) -> Feed:
        """Remove a feed; its articles stay.

        Raises:
            ArchiveError: there is none with this number.
        """
        feed = await self._known(feed_id)
        await self._store.remove(feed_id)
        return feed

    async def switch(self, feed_id: int, state: FeedState) -> Feed:
        """Pause or resume a feed.

        Raises:
            ArchiveError: there is none with this number.
        """
        await self._known(feed_id)
        await self._store.switch(feed_id, state, self._poller.now())
        return await self._known(feed_id)

    async def bring_in(self, body: bytes, *, by: str) -> Imported:
        """Add the feeds of an OPML list; they will soon be polled, one after the other.

        Raises:
            ExtractError: it isn't an OPML list; nothing was added.
        """
        outlines = await self._poller.documents.outlines(body)
        if not outlines:
            raise ExtractError(UserMessage("The list contains no feeds."))
        good = [one for one in outlines if one.problem is None]
        added = await self._store.add_many(
            good,
            by=by,
            now=self._poller.now(),
            interval=self._poller.rules.first,
            apart=_APART,
        )
        problems = tuple((one.url, one.problem) for one in outlines if one.problem is not None)
        return Imported(added, len(good) - added, problems)

    async def carry_out(self) -> bytes:
        """All feeds except those that are gone, as OPML."""
        feeds = [one.feed for one in await self._store.listed()]
        return write_opml(one for one in feeds if one.state is not FeedState.GONE)

    async def _get(self, url: str) -> FeedResponse:
        answer = await get(url, self._reading, {"Accept": FEED_TYPES}, MAX_FEED_BYTES)
        if not answer.is_success:
            raise FetchError(answered(answer.url, answer.status))
        return answer

    async def _named_by(self, page: FeedResponse) -> tuple[FeedResponse, Document]:
        """The first readable feed that a page links to."""
        names = await self._poller.documents.addresses(page)
        problem = ExtractError(NO_FEED)
        for name in names:
            try:
                answer = await self._get(name)
                return answer, (await self._poller.documents.read(answer))[0]
            except (FetchError, ExtractError) as error:
                problem = ExtractError(
                    UserMessage(
                        "The page links to a feed I couldn't read: {why}", why=error.message
                    )
                )
        raise problem

    async def _keep(
        self, answer: FeedResponse, document: Document, by: str, found_at: str | None
    ) -> AddedFeed:
        known = await self._store.at(answer.address)
        if known is not None:
            if known.state is not FeedState.ACTIVE:
                known = await self.switch(known.id, FeedState.ACTIVE)
            return AddedFeed(known, new=False, found_at=found_at)
        holder = self._poller.leases.lease().token
        feed = await self._store.add(
            Outline(answer.address, document.title, document.site_url),
            by=by,
            now=self._poller.now(),
            interval=self._poller.rules.first,
            holder=holder,
        )
        if feed is None:  # somebody added it between our read and our write
            return AddedFeed(await self._at(answer.address), new=False, found_at=found_at)
        look = await self._poller.take(feed, holder, answer)
        return AddedFeed(await self._known(feed.id), True, look.news, found_at)

    async def _at(self, url: str) -> Feed:
        feed = await self._store.at(url)
        if feed is None:
            raise ArchiveError(UserMessage("The feed has just been removed; add it again."))
        return feed

    async def _known(self, feed_id: int) -> Feed:
        feed = await self._store.get(feed_id)
        if feed is None:
            raise ArchiveError(
                UserMessage(
                    "There is no feed {number}; see the list of feeds for their numbers.",
                    number=str(feed_id),
                )
            )
        return feed
