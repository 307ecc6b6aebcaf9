"""HTTP connections from the open network, with limits on their time and number.

A client that begins a request has to end it soon, and one that is answered has to take the
answer. Where there are too many, the one that has kept us waiting longest makes room. A single line
a minute says how many were ended.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

_CONNECTIONS = 256
_SAY_EVERY_S = 60.0
_UNREAD = frozenset((h11.IDLE, h11.SEND_BODY))


def _room() -> int:
    """So many connections that files, SQL and Telegram still have theirs."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _CONNECTIONS if files < 0 else max(16, min(_CONNECTIONS, files // 4))


@dataclass(eq=False, slots=True)
class Bounds:
    """Limits of one server, and its connections that wait for their client, the longest first.

    `request_s` is for a request's headers and body, `answer_s` until its answer is written,
    `idle_s` until the next request, or until the answer is taken.
    """

    connections: int = field(default_factory=_room)
    request_s: float = 10.0
    answer_s: float = 60.0
    idle_s: float = 80.0
    open: set[GuardedProtocol] = field(default_factory=set)
    waiting: dict[GuardedProtocol, None] = field(default_factory=dict)
    ended: int = 0
    _said_at: float | None = None

    @property
    def protocol(self) -> Callable[..., GuardedProtocol]:
        """For uvicorn's `http`."""
        return partial(GuardedProtocol, self)

    def end(self, one: GuardedProtocol) -> None:
        """End a connection at once, and say so now and then."""
        self.ended += 1
        one.transport.abort()
        self.gone(one)
        now = asyncio.get_running_loop().time()
        if self._said_at is None or now - self._said_at >= _SAY_EVERY_S:
            log.warning("connections were ended, too slow or too many: %s", self.ended)
            self._said_at, self.ended = now, 0

    def came(self, one: GuardedProtocol) -> None:
        """Make room for it if there is none."""
        self.open.add(one)
        while len(self.open) > self.connections:
            self.end(next(iter(self.waiting), one))

    def gone(self, one: GuardedProtocol) -> None:
        """It takes no more room."""
        self.open.discard(one)
        self.waiting.pop(one, None)


class GuardedProtocol(H11Protocol):
    """uvicorn's protocol, whose connections get no further than `Bounds` allow."""

    def __init__(self, bounds: Bounds, **uvicorns: Any) -> None:  # noqa: ANN401
        super().__init__(**uvicorns)
        self._bounds = bounds
        self._phase = ""
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As uvicorn, if there is room or can be made."""
        super().connection_made(transport)
        self._enter("request", self._bounds.request_s)
        self._bounds.came(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._bounds.gone(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As uvicorn, and look how far the request is."""
        if self._phase == "idle":
            self._enter("request", self._bounds.request_s)
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """As uvicorn; what comes next is a new request."""
        self._enter("idle", self._bounds.idle_s)
        super().on_response_complete()
        self._look()

    def _look(self) -> None:
        """Whether a whole request has been read that is not answered yet."""
        cycle: Any = self.cycle  # none before the first request, whatever its type says
        if (
            cycle is not None
            and not cycle.response_complete
            and self.conn.their_state not in _UNREAD
        ):
            self._enter("answer", self._bounds.answer_s)

    def _enter(self, phase: str, seconds: float) -> None:
        if phase == self._phase and phase != "idle":
            return
        self._phase = phase
        self._bounds.waiting.pop(self, None)
        if phase != "answer":
            self._bounds.waiting[self] = None
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self._bounds.end, self)
