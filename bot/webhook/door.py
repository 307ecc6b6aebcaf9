"""What Telegram calls: checks the secret, writes the update down, says so."""

from __future__ import annotations

import hmac
import json
import logging
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from bot.webhook.inbox import Received
from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.requests import Request

    from bot.webhook.inbox import Inbox

log = logging.getLogger(__name__)

PATH = "/telegram"
# https://core.telegram.org/bots/api#setwebhook
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  the header's name
MOST_BYTES = 1_000_000


class Door:
    """The route; `came` is called for each new update."""

    def __init__(
        self, inbox: Inbox, secret: str, now: Callable[[], datetime], came: Callable[[], None]
    ) -> None:
        self._inbox, self._secret = inbox, secret
        self._now, self._came = now, came

    @property
    def route(self) -> Route:
        """For the server of `LISTEN`."""
        return Route(PATH, self.receive, methods=["POST"])

    async def receive(self, request: Request) -> Response:
        """200 when the update is in SQL, so that Telegram sends again whatever is not."""
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
    """The chat in which an update happens, so that order is kept there; 0 without one.

    What somebody types inline belongs to no chat, and waits for nobody else's.
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
