"""Subscriptions in SQL. They are found by id only within their own chat.

A subscription is a row from the start, as a `draft` until it is confirmed. So the dialogue survives
a restart, and any number of people can have one at the same time. The `scheduler` serves due ones.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, outerjoin, select, update
from sqlalchemy.exc import IntegrityError

from bot.features.subscriptions.schedule import (
    ChatThread,
    Subscription,
    SubscriptionState,
    Terms,
    is_same,
    paused,
    rescheduled,
    resumed,
    scheduled,
)
from bot.tables import channel, place, subscription
from retrieval.models import Length

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.storage.database import Database

MOST_IN_A_CHAT = 20
DRAFTS_KEPT = timedelta(days=2)
# A subscriber in the evening wants that day's news, too, unless they already had it.
FIRST_REACHES_BACK = timedelta(days=1)
# How far back a resumed subscription covers the time of its pause.
CAUGHT_UP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The subscription is active now."""

    subscription: Subscription


@dataclass(frozen=True, slots=True)
class Twice:
    """There already is one that sends the same at the same time; the draft was deleted."""

    existing: Subscription


@dataclass(frozen=True, slots=True)
class TooMany:
    """The chat has the maximum; the draft is kept."""

    most: int = MOST_IN_A_CHAT


async def _of_nobody(_: ChatThread) -> datetime | None:
    return None


class Subscriptions:
    """Subscriptions in SQL; calls `changed` when the schedule changes.

    `informed` returns the end of what a chat was fully informed of; None if it never was.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        changed: Callable[[], None] = lambda: None,
        informed: Callable[[ChatThread], Awaitable[datetime | None]] = _of_nobody,
    ) -> None:
        self._database, self._now, self._changed = database, now, changed
        self._informed = informed

    async def zone_of(self, chat_id: int) -> str | None:
        """A chat's time zone; None if unknown."""
        query = select(place.c.zone).where(place.c.chat_id == chat_id)
        async with self._database.read() as connection:
            found: str | None = (await connection.execute(query)).scalar()
        return found

    async def set_zone(self, chat_id: int, zone: str) -> None:
        """Set a chat's time zone, and move its subscriptions' due instants accordingly."""
        try:
            await self._set_zone(chat_id, zone)
        except IntegrityError:  # somebody else set this chat's first zone at the same time
            await self._set_zone(chat_id, zone)
        self._changed()

    async def begin(self, where: ChatThread, created_by: int, terms: Terms) -> Subscription:
        """Make a draft; deletes the chat's abandoned ones."""
        now = self._now()
        c = subscription.c
        row = {
            "chat_id": where.chat_id,
            "thread_id": where.thread_id,
            "created_by": created_by,
            "created_at": now,
            "state": SubscriptionState.DRAFT,
            "covered_until": now,
            **_values(terms),
        }
        async with self._database.write() as connection:
            await connection.execute(
                delete(subscription).where(
                    c.chat_id == where.chat_id,
                    c.state == SubscriptionState.DRAFT,
                    c.created_at < now - DRAFTS_KEPT,
                )
            )
            result = await connection.execute(insert(subscription).values(row).returning(c.id))
            number = int(result.scalar_one())
            begun = await _get(connection, number, where.chat_id)
        if begun is None:
            raise AssertionError
        return begun

    async def get(self, number: int, chat_id: int) -> Subscription | None:
        """A subscription of this chat, or None."""
        async with self._database.read() as connection:
            return await _get(connection, number, chat_id)

    async def of_channel(self, number: int) -> Subscription | None:
        """A subscription that posts in any channel, or None."""
        query = _WITH_CHANNEL.where(
            subscription.c.id == number, channel.c.chat_id == subscription.c.chat_id
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _subscription(row) if row else None

    async def in_channels(self, person_id: int) -> list[Subscription]:
        """Subscriptions that a person set up for channels, without drafts."""
        c = subscription.c
        query = _WITH_CHANNEL.where(
            c.created_by == person_id,
            channel.c.chat_id == c.chat_id,
            c.state != SubscriptionState.DRAFT,
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(channel.c.title, c.minute, c.id))
            return [_subscription(row) for row in rows]

    async def stop(self, chat_id: int, *, for_good: bool) -> list[int]:
        """Stop a chat's subscriptions: the bot may not write there any more.

        They are paused or, with `for_good`, deleted. Returns those who had set up active ones.
        """
        c = subscription.c
        mine = c.chat_id == chat_id
        active = mine & (c.state == SubscriptionState.ACTIVE)
        async with self._database.write() as connection:
            found = await connection.execute(select(c.created_by).where(active).distinct())
            people = [one for one in found.scalars() if one > 0]
            if for_good:
                await connection.execute(delete(subscription).where(mine))
            else:
                blocked = {"state": SubscriptionState.BLOCKED, "next_due_at": None}
                await connection.execute(update(subscription).where(active).values(blocked))
        self._changed()
        return people

    async def listed(self, where: ChatThread) -> list[Subscription]:
        """Subscriptions of a chat or topic without drafts, ordered by time of day."""
        c = subscription.c
        query = _WITH_CHANNEL.where(
            c.chat_id == where.chat_id,
            c.thread_id == where.thread_id,
            c.state != SubscriptionState.DRAFT,
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(c.minute, c.id))
            return [_subscription(row) for row in rows]

    async def asked_for_zone(self, chat_id: int, since: datetime) -> Subscription | None:
        """The newest draft that needs a time zone: the chat's, or its person's for a channel."""
        c = subscription.c
        for_channel = (c.created_by == chat_id) & channel.c.chat_id.is_not(None)
        query = _WITH_CHANNEL.where(
            (c.chat_id == chat_id) | for_channel,
            c.state == SubscriptionState.DRAFT,
            c.zone == "",
            c.created_at >= since,
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query.order_by(c.id.desc()).limit(1))).one_or_none()
        return _subscription(row) if row else None

    async def change(
        self,
        number: int,
        chat_id: int,
        **fields: Any,  # noqa: ANN401  of Terms
    ) -> Subscription | None:
        """Change some terms; None if there is no such subscription."""
        return await self._replace(
            number, chat_id, lambda one: replace(one, terms=replace(one.terms, **fields))
        )

    async def pause(self, number: int, chat_id: int) -> Subscription | None:
        """Pause a subscription; a draft stays a draft."""
        return await self._replace(number, chat_id, paused)

    async def resume(self, number: int, chat_id: int) -> Subscription | None:
        """Resume a subscription, even if the chat had blocked the bot."""
        oldest = self._now() - CAUGHT_UP
        return await self._replace(number, chat_id, lambda one: resumed(one, oldest))

    async def delete(self, number: int, chat_id: int) -> bool:
        """Delete a subscription."""
        async with self._database.write() as connection:
            done = await connection.execute(
                delete(subscription).where(_is(number, chat_id)).returning(subscription.c.id)
            )
            found = done.first() is not None
        self._changed()
        return found

    async def discard(self, number: int, chat_id: int) -> bool:
        """Delete a draft; False if there is none with that id."""
        is_draft = _is(number, chat_id) & (subscription.c.state == SubscriptionState.DRAFT)
        async with self._database.write() as connection:
            done = await connection.execute(
                delete(subscription).where(is_draft).returning(subscription.c.id)
            )
            return done.first() is not None

    async def confirm(self, number: int, chat_id: int) -> Confirmed | Twice | TooMany | None:
        """Activate a draft; doing so again changes nothing. None if it was deleted.

        Raises:
            ValueError: its time zone is not known yet.
        """
        asked = await self.get(number, chat_id)
        if asked is None:
            return None
        informed = await self._informed(asked.where)
        now = self._now()
        oldest = now - FIRST_REACHES_BACK
        async with self._database.write() as connection:
            # A lock, so that two drafts of one chat confirmed at the same time see each other.
            await connection.execute(
                select(place).where(place.c.chat_id == chat_id).with_for_update()
            )
            draft = await _get(connection, number, chat_id)
            if draft is None or draft.state is not SubscriptionState.DRAFT:
                return Confirmed(draft) if draft else None
            if not draft.terms.zone:
                raise ValueError(f"subscription {number} has no time zone")
            others = await _settled(connection, chat_id)
            if same := next((one for one in others if is_same(one, draft)), None):
                await connection.execute(delete(subscription).where(_is(number, chat_id)))
                return Twice(same)
            if len(others) >= MOST_IN_A_CHAT:
                return TooMany()
            since = min(now, max(informed or oldest, oldest))
            active = scheduled(
                replace(draft, state=SubscriptionState.ACTIVE, covered_until=since), now
            )
            await _write(connection, active)
        self._changed()
        return Confirmed(active)

    async def _replace(
        self, number: int, chat_id: int, how: Callable[[Subscription], Subscription]
    ) -> Subscription | None:
        async with self._database.write() as connection:
            old = await _get(connection, number, chat_id, lock=True)
            if old is None:
                return None
            new = how(old)
            if new != old:
                new = rescheduled(new, old, self._now())
                await _write(connection, new)
        self._changed()
        return new

    async def _set_zone(self, chat_id: int, zone: str) -> None:
        c = subscription.c
        now = self._now()
        async with self._database.write() as connection:
            known = await connection.execute(
                update(place).where(place.c.chat_id == chat_id).values(zone=zone)
            )
            if known.rowcount == 0:
                await connection.execute(insert(place).values(chat_id=chat_id, zone=zone))
            query = _WITH_CHANNEL.where(c.chat_id == chat_id).with_for_update(of=subscription)
            for row in (await connection.execute(query)).all():
                one = _subscription(row)
                moved = replace(one, terms=replace(one.terms, zone=zone))
                if moved != one:
                    await _write(connection, scheduled(moved, now))


_WITH_CHANNEL = select(subscription, channel.c.title, channel.c.username).select_from(
    outerjoin(subscription, channel, subscription.c.chat_id == channel.c.chat_id)
)


def _is(number: int, chat_id: int) -> ColumnElement[bool]:
    return (subscription.c.id == number) & (subscription.c.chat_id == chat_id)


async def _get(
    connection: AsyncConnection, number: int, chat_id: int, *, lock: bool = False
) -> Subscription | None:
    query = _WITH_CHANNEL.where(_is(number, chat_id))
    if lock:
        query = query.with_for_update(of=subscription)
    row = (await connection.execute(query)).one_or_none()
    return _subscription(row) if row else None


async def _settled(connection: AsyncConnection, chat_id: int) -> list[Subscription]:
    c = subscription.c
    query = _WITH_CHANNEL.where(c.chat_id == chat_id, c.state != SubscriptionState.DRAFT)
    return [_subscription(row) for row in await connection.execute(query.order_by(c.id))]


async def _write(connection: AsyncConnection, one: Subscription) -> None:
    values = _values(one.terms) | {
        "state": one.state,
        "next_due_at": one.next_due_at,
        "covered_until": one.covered_until,
    }
    await connection.execute(
        update(subscription).where(_is(one.id, one.where.chat_id)).values(values)
    )


def _values(terms: Terms) -> dict[str, Any]:
    return asdict(terms) | {"topics": list(terms.topics)}


def _subscription(row: Row[Any]) -> Subscription:
    terms = Terms(
        minute=row.minute,
        weekdays=row.weekdays,
        zone=row.zone,
        topics=tuple(row.topics),
        length=Length(row.length),
        silent=row.silent,
        weekly=row.weekly,
    )
    return Subscription(
        id=row.id,
        where=ChatThread(row.chat_id, row.thread_id),
        created_by=row.created_by,
        terms=terms,
        state=SubscriptionState(row.state),
        next_due_at=row.next_due_at,
        covered_until=row.covered_until,
        channel=(f"@{row.username}" if row.username else row.title or None),
    )
