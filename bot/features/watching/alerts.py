"""Sends alerts: readers who watch a topic or story hear of news at once, all in the same words.

One program looks at a time. An alert and its ledger entry are written in one transaction, and only
if the reader's ledger hasn't changed since it was read and no briefing is being written for them:
neither repeats the other. In quiet hours, or above the daily limit, nothing is written; news that
is still fresh and unreported afterwards is sent then.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.background import BackgroundService
from bot.features.watching.store import Choice
from bot.features.watching.views import alert, under_alert
from bot.language import speaking
from bot.tables import subscription, watch
from bot.telegram.outbox import NewMessage, OutgoingMessage, enqueue, payloads
from retrieval.briefing.ledger import told_by
from retrieval.storage.briefings import AT_ONCE, given_lately
from retrieval.storage.leases import LeaseLostError, NamedLeases
from retrieval.storage.tables import briefing as briefing_table
from retrieval.storage.tables import told as told_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.features.access.people import Languages
    from bot.features.watching.store import StoryChoices, Watch, Watches
    from retrieval.archive import Archive
    from retrieval.briefing import Development, Developments, Survey
    from retrieval.briefing.ledger import Told
    from retrieval.models import Briefing
    from retrieval.storage.database import Database

log = logging.getLogger(__name__)

LOOK_EVERY_S = 30.0
# Pause while another program looks, or a reader's briefing is being written.
_AGAIN_S = 5.0
# Prefix of these messages' names in the outbox.
NAME = "watch"
A_DAY = timedelta(days=1)
# Older news (or, if longer, older than a reader's quiet hours) is left to briefings.
FRESH = timedelta(hours=12)
_AFTER_QUIET = timedelta(hours=1)
_MOST_REMEMBERED = 100_000
# While articles keep coming, looking takes a tenth of the time.
REST, _MOST_REST_S = 9.0, 120.0


@dataclass(frozen=True, slots=True)
class _Alert:
    """News for a reader, its key, and the watch that it matches."""

    watch: Watch
    key: str
    briefing: Briefing


class Alerts(BackgroundService):
    """Looks for news whenever there are new articles; calls `queued` after queueing messages.

    A reader gets at most `most` alerts in 24 hours; 0 switches alerts off.
    """

    def __init__(  # noqa: PLR0913, PLR0917  its collaborators
        self,
        database: Database,
        archive: Archive,
        developments: Developments,
        watches: Watches,
        choices: StoryChoices,
        languages: Languages,
        *,
        most: int,
        now: Callable[[], datetime],
        queued: Callable[[], None],
    ) -> None:
        self._database, self._archive = database, archive
        self._developments, self._watches = developments, watches
        self._choices, self._languages = choices, languages
        self._most, self._now, self._queued = most, now, queued
        self._leases = NamedLeases(database)
        super().__init__("telling at once", self.work)
        self._seen: tuple[Any, ...] | None = None
        # Somebody may get an alert later without a new article, since it was held back.
        self._held = False
        # Alerts written in this look, by key.
        self._kept: dict[str, int] = {}
        self._not_before = 0.0
        # For a reader and story, the articles with which it was not worth an alert.
        self._nothing: dict[tuple[str, int], tuple[tuple[int, int], ...]] = {}

    async def work(self) -> float:
        """Queue all alerts that are due; returns the seconds until the next look.

        Raises:
            SitrepError: the archive or the embedding model failed; the next look tries again.
        """
        if not self._most:
            return LOOK_EVERY_S
        watches = await self._watches.active()
        version: tuple[Any, ...] = await self._developments.version(self._now())
        # those who can be written to again may have missed something
        version = (*version, *((one.id, one.active_since) for one in watches))
        if version == self._seen and not self._held:
            return LOOK_EVERY_S
        if (rest := self._not_before - monotonic()) > 0:
            return rest
        try:
            async with self._leases.alone("telling at once") as alone:
                if not alone:
                    return _AGAIN_S
                self._held = False
                began = monotonic()
                if watches:
                    await self._look(watches)
                took = monotonic() - began
                self._not_before = monotonic() + min(REST * took, _MOST_REST_S)
        except LeaseLostError:
            log.warning("who watches is left to another program")
            return _AGAIN_S
        self._seen = version
        return LOOK_EVERY_S

    async def _look(self, watches: Sequence[Watch]) -> None:
        self._kept.clear()
        topics = {one.topic.casefold(): one.topic for one in watches if one.story_id is None}
        stories = {one.story_id for one in watches if one.story_id is not None}
        look = await self._developments.look(tuple(topics.values()), stories, self._now())
        by_reader: dict[str, list[Watch]] = defaultdict(list)
        for one in watches:
            by_reader[one.reader].append(one)
        for reader, mine in by_reader.items():
            await self._serve(reader, mine, look)
        while len(self._nothing) > _MOST_REMEMBERED:
            del self._nothing[next(iter(self._nothing))]

    async def _serve(self, reader: str, mine: Sequence[Watch], look: Survey) -> None:
        """Queue one reader's alerts, or hold them back."""
        found = [
            pair
            for pair in _matching(mine, look.developments)
            if self._nothing.get((reader, pair[0].story.id)) != pair[0].story.members
        ]
        if not found:
            return
        now, chat_id = self._now(), mine[0].where.chat_id
        quiet, zone = await self._watches.hours(chat_id)
        local = now.astimezone(ZoneInfo(zone or "UTC"))
        fresh = max(FRESH, timedelta(minutes=quiet.minutes) + _AFTER_QUIET)
        found = [pair for pair in found if pair[0].story.newest > now - fresh]
        left = self._most - await self._told_today(reader, now)
        if found and (local.hour * 60 + local.minute in quiet or left <= 0):
            self._held = True
            return
        chosen = await self._choices.of(reader)
        untold = [pair for pair in found if chosen.get(pair[0].story.id) is not Choice.MUTE]
        with speaking(await self._languages.of(chat_id)):
            for one, by in untold:
                if left <= 0:
                    self._held = True
                    return
                left -= await self._tell(reader, one, by, look)

    async def _tell(self, reader: str, one: Development, by: Watch, look: Survey) -> bool:
        """Queue an alert on one story if it is news to the reader; returns whether it was."""
        told = told_by(await self._archive.briefings.given(reader, self._now()))
        written = await look.write(one, told)
        if written is None:
            self._nothing[reader, one.story.id] = one.story.members
            return False
        key, briefing = written
        done = await self._hand_over(_Alert(by, key, briefing), told)
        if done:
            self._queued()
        else:
            self._held = True
        return done

    async def _hand_over(self, news: _Alert, told: Told) -> bool:
        """Queue an alert and enter it in the ledger, both or neither; False if it has to wait."""
        now, one = self._now(), news.watch
        if news.key not in self._kept:
            kept = await self._archive.briefings.keep(news.briefing, news.key)
            self._kept[news.key] = kept
        briefing_id = self._kept[news.key]
        text = alert(news.briefing, one.topic)
        parts = payloads([OutgoingMessage(text, under_alert(briefing_id, one.id))])
        of = {"briefing": briefing_id, "start": now.isoformat(), "until": now.isoformat()}
        where = one.where
        # With the time in its name: one that could not be sent earlier may be sent now.
        name = f"{NAME}:{briefing_id}:{where.chat_id}:{where.thread_id}:{now:%Y%m%dT%H%M%S}"
        messages = [
            NewMessage(
                once=f"{name}:{number}",
                chat_id=where.chat_id,
                thread_id=where.thread_id,
                payload=payload if number > 1 else payload | {"of": of},
            )
            for number, payload in enumerate(parts, start=1)
        ]
        line = {"reader": one.reader, "briefing_id": briefing_id, "told_at": now, "until": now}
        async with self._database.write() as connection:
            if not await _may_be_told(connection, one, told, now):
                return False
            await enqueue(connection, messages, now)
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            await connection.execute(dialect.insert(told_table).on_conflict_do_nothing(), [line])
        log.info("told at once: briefing %s", briefing_id)
        return True

    async def _told_today(self, reader: str, now: datetime) -> int:
        query = (
            select(func.count())
            .select_from(told_table)
            .join(briefing_table, briefing_table.c.id == told_table.c.briefing_id)
            .where(
                told_table.c.reader == reader,
                told_table.c.told_at > now - A_DAY,
                briefing_table.c.key.startswith(AT_ONCE, autoescape=True),
            )
        )
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())


def _matching(
    watches: Sequence[Watch], developments: Sequence[Development]
) -> Iterator[tuple[Development, Watch]]:
    """Developments that match a reader's watches and are newer than these, each story once."""
    for one in developments:
        by = next(
            (
                each
                for each in watches
                if one.newest_revision > each.after_revision
                and (
                    each.story_id == one.story.id
                    or (each.story_id is None and each.topic.casefold() in one.topics)
                )
            ),
            None,
        )
        if by is not None:
            yield one, by


async def _may_be_told(connection: AsyncConnection, one: Watch, told: Told, now: datetime) -> bool:
    """Whether the watch still exists and the ledger is unchanged.

    It locks the reader's subscriptions, so that no briefing begins before the commit.
    """
    query = select(watch.c.id).where(watch.c.id == one.id, watch.c.active_since.is_not(None))
    if (await connection.execute(query.with_for_update())).first() is None:
        return False
    mine = (subscription.c.chat_id == one.where.chat_id) & (
        subscription.c.thread_id == one.where.thread_id
    )
    claims = await connection.execute(
        select(subscription.c.claimed_until)
        .where(mine)
        .order_by(subscription.c.id)
        .with_for_update()
    )
    if any(until is not None and until > now for until in claims.scalars()):
        return False
    return await given_lately(connection, one.reader, now) == frozenset(told.briefings)
