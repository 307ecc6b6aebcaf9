"""Updates in SQL: stored once, leased to one program at a time, in order within a chat."""

from __future__ import annotations

import hmac
import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from bot.tables import inbox
from retrieval.errors import ArchiveError
from retrieval.storage import leases

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from starlette.requests import Request

    from retrieval.storage.database import Database


# Leases are renewed as long as their program lives; another one takes over from a dead one.
CLAIM_FOR = timedelta(seconds=20)
# Longer than Telegram repeats an update.
KEEP_FOR = timedelta(days=2)
_NONE_BEFORE = text(
    "NOT EXISTS (SELECT 1 FROM inbox AS ahead WHERE ahead.chat_id = inbox.chat_id"
    " AND ahead.update_id < inbox.update_id AND ahead.done_at IS NULL AND inbox.chat_id <> 0)"
)


@dataclass(frozen=True, slots=True)
class Received:
    """An update as Telegram sent it."""

    update_id: int
    chat_id: int
    payload: dict[str, Any]


class Inbox:
    """The table of updates."""

    def __init__(self, database: Database, claim_for: timedelta | None = None) -> None:
        self._database = database
        self.claim_for = claim_for or CLAIM_FOR

    async def put(self, received: Received, at: datetime) -> bool:
        """Store an update; False if it is already known.

        Raises:
            ArchiveError: the database failed; Telegram must send it again.
        """
        values = {
            "update_id": received.update_id,
            "chat_id": received.chat_id,
            "payload": received.payload,
            "received_at": at,
        }
        async with self._database.write() as connection:
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            row = dialect.insert(inbox).values(values).on_conflict_do_nothing()
            return bool((await connection.execute(row)).rowcount)

    async def claim(
        self,
        token: str,
        now: datetime,
        at_most: int,
        came_before: datetime | None = None,
        but: Collection[int] = (),
    ) -> list[Received]:
        """Lease unhandled updates, the oldest of each chat, for `claim_for`.

        With `came_before`, only those that arrived before that; never those in `but`.

        Raises:
            ArchiveError: the database failed.
        """
        query = (
            select(inbox.c.update_id, inbox.c.chat_id, inbox.c.payload)
            .where(inbox.c.done_at.is_(None), _NONE_BEFORE)
            .order_by(inbox.c.update_id)
            .limit(at_most)
        )
        if came_before is not None:
            query = query.where(inbox.c.received_at <= came_before)
        if but:
            query = query.where(inbox.c.update_id.not_in(but))
        wanted = leases.Lease(token, now, now + self.claim_for)
        rows = await leases.claim(self._database, inbox, query, wanted)
        return [Received(row.update_id, row.chat_id, row.payload) for row in rows]

    def holder(self, now: Callable[[], datetime]) -> leases.LeaseHolder:
        """The holder that renews a program's leases."""
        return leases.LeaseHolder(self._database, inbox, now=now, lasting=self.claim_for)

    async def done(self, update_id: int, now: datetime) -> None:
        """Mark an update as handled, and delete its content.

        Raises:
            ArchiveError: the database failed; the update would be handled again.
        """
        async with self._database.write() as connection:
            await connection.execute(
                update(inbox).where(inbox.c.update_id == update_id).values(done_at=now, payload={})
            )

    async def give_back(self, name: str) -> None:
        """Release the leases of a program that stops."""
        async with self._database.write() as connection:
            await leases.release(connection, inbox, name, inbox.c.done_at.is_(None))

    async def forget(self, now: datetime) -> None:
        """Delete updates handled long ago."""
        async with self._database.write() as connection:
            await connection.execute(delete(inbox).where(inbox.c.done_at < now - KEEP_FOR))


log = logging.getLogger(__name__)

PATH = "/telegram"
# https://core.telegram.org/bots/api#setwebhook
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  the header's name
MOST_BYTES = 1_000_000


class WebhookEndpoint:
    """The endpoint for Telegram; calls `came` for each new update."""

    def __init__(
        self, inbox: Inbox, secret: str, now: Callable[[], datetime], came: Callable[[], None]
    ) -> None:
        self._inbox, self._secret = inbox, secret
        self._now, self._came = now, came

    @property
    def route(self) -> Route:
        """The route for the server at `LISTEN`."""
        return Route(PATH, self.receive, methods=["POST"])

    async def receive(self, request: Request) -> Response:
        """Respond with 200 only if the update is in SQL; Telegram repeats all others."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            log.warning("a webhook call without the secret was refused")
            return Response(status_code=403)
        body = bytearray()
        try:
            async for piece in request.stream():
                body += piece
                if len(body) > MOST_BYTES:
                    return Response(status_code=413)
        except ClientDisconnect:  # or too slow
            return Response(status_code=408)
        received = _read(bytes(body))
        if received is None:
            return Response(status_code=400)
        try:
            is_new = await self._inbox.put(received, self._now())
        except ArchiveError as error:
            log.warning("an update could not be written down: %s", error)
            return Response(status_code=503)
        if is_new:
            self._came()
        return Response(status_code=200)


def _read(body: bytes) -> Received | None:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return None
    number = payload.get("update_id") if isinstance(payload, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or abs(number) >= 2**63:
        return None
    return Received(number, _chat_of(payload), payload)


def _chat_of(payload: dict[str, Any]) -> int:
    """An update's chat, within which updates are handled in order; 0 without one.

    Inline queries belong to no chat, so they don't wait for each other.
    """
    inline = payload.get("inline_query")
    if isinstance(inline, dict):
        return _number_of(inline.get("from"))
    for one in payload.values():
        if not isinstance(one, dict):
            continue
        inside = one.get("message") if "chat" not in one else one
        chat = inside.get("chat") if isinstance(inside, dict) else None
        if number := _number_of(chat):
            return number
    return 0


def _number_of(one: object) -> int:
    number = one.get("id") if isinstance(one, dict) else None
    return number if isinstance(number, int) and abs(number) < 2**63 else 0
