"""What follows what in the dialogue: the page that comes next, for buttons and typed answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.handlers import subscription_pages as pages
from bot.handlers.subscription_pages import Page
from bot.handlers.subscription_words import no_time, typed_topics
from bot.language import gettext as _
from bot.render import subscriptions as say
from bot.render.rich_text import RichText
from bot.subscriptions import Confirmed, Found, Several, State, Twice, find_zone
from bot.subscriptions.schedule import read_time

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.subscriptions import Subscription, Subscriptions

    # [] if something is about a topic, otherwise the nearest that something is about
    Nearest = Callable[[str], Awaitable[list[str]]]


def gone() -> Page:
    """The subscription was deleted meanwhile."""
    return Page(RichText(_(say.GONE)))


class Steps:
    """Takes a subscription and what was chosen; gives the page that follows."""

    def __init__(self, store: Subscriptions, nearest: Nearest) -> None:
        self._store = store
        self._nearest = nearest

    async def onward(self, one: Subscription, topic: int | None = 0) -> Page:
        """What is still to be asked, and else all that can be chosen.

        `topic` is the number of the first that was not checked; None: they need no check.
        """
        return await self._missing(one, topic) or pages.panel(one)

    async def at_once(self, one: Subscription) -> Page:
        """Subscribe without another question, if there is none left."""
        return await self._missing(one, 0) or await self.confirm(one)

    async def confirm(self, one: Subscription) -> Page:
        """Subscribe; the page says what to expect."""
        result = await self._store.confirm(one.id, one.where.chat_id)
        if result is None:
            return gone()
        if isinstance(result, Confirmed):
            return pages.card(result.subscription)
        if isinstance(result, Twice):
            page = pages.card(result.existing)
            return replace(page, text=say.twice(page.text))
        page = pages.panel(one)
        return replace(page, text=page.text + f"\n\n{say.too_many(result.most)}")

    async def set_zone(self, one: Subscription, zone: str) -> Page:
        """The zone of the whole chat."""
        await self._store.set_zone(one.where.chat_id, zone)
        return await self._again(one)

    async def typed(self, one: Subscription, kind: str, text: str) -> Page | str:
        """A typed answer: the page that follows, or what is wrong with it."""
        if kind == "time":
            minute = read_time(text)
            return no_time(text) if minute is None else await self.change(one, minute=minute)
        if kind == "topics":
            topics, problem = typed_topics(text)
            return problem or await self.change(one, topics=topics)
        return await self._typed_city(one, text)

    async def change(self, one: Subscription, **terms: object) -> Page:
        """Replace some terms; new topics are checked."""
        changed = await self._store.change(one.id, one.where.chat_id, **terms)
        if changed is None:
            return gone()
        return await self.onward(changed, 0 if "topics" in terms else None)

    async def settle_topic(self, one: Subscription, at: int, instead: str | None) -> Page:
        """Put another topic in the place of one that nothing is about, or leave it out."""
        topics = list(one.terms.topics)
        topics[at : at + 1] = [instead] if instead else []
        kept = tuple({topic.casefold(): topic for topic in topics}.values())
        changed = await self._store.change(one.id, one.where.chat_id, topics=kept)
        if changed is None:
            return gone()
        if not kept:
            return pages.topics(changed)
        is_there = instead is not None and kept[at : at + 1] == (instead,)
        return await self.onward(changed, at + 1 if is_there else at)

    async def _typed_city(self, one: Subscription, text: str) -> Page | str:
        found = await asyncio.to_thread(find_zone, text)
        if isinstance(found, Found):
            return await self.set_zone(one, found.zone)
        if isinstance(found, Several):
            return pages.namesakes(one, text, found.choices)
        return say.unknown_city(text, found.close)

    async def _again(self, one: Subscription) -> Page:
        now = await self._store.get(one.id, one.where.chat_id)
        if now is None:
            return gone()
        is_first = one.state is State.DRAFT and not one.terms.zone
        return await self.onward(now, 0 if is_first else None)

    async def _missing(self, one: Subscription, topic: int | None) -> Page | None:
        """The next thing that has to be asked."""
        if not one.terms.zone:
            return pages.zones(one)
        if topic is None:
            return None
        for at, name in enumerate(one.terms.topics[topic:], start=topic):
            if suggestions := await self._nearest(name):
                return pages.unmatched(one, at, suggestions)
        return None
