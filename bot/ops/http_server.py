"""HTTP in the bot's own event loop, with limits on the time and number of connections."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import socket
import struct
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from starlette.types import ASGIApp


log = logging.getLogger(__name__)

_CONNECTIONS = 256
_SAY_EVERY_S = 60.0
_UNREAD = frozenset((h11.IDLE, h11.SEND_BODY))


def _room() -> int:
    """The number of connections that leaves enough file descriptors for files, SQL and Telegram."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _CONNECTIONS if files < 0 else max(16, min(_CONNECTIONS, files // 4))


@dataclass(eq=False, slots=True)
class ConnectionLimits:
    """A server's limits, and its connections that wait for their client, the longest first.

    Seconds: `request_s` for a request's headers and body, `answer_s` until its response is written,
    `idle_s` until the next request, or until the client reads the response.
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
        """Close a connection at once; logs this now and then."""
        self.ended += 1
        one.transport.abort()
        self.gone(one)
        now = asyncio.get_running_loop().time()
        if self._said_at is None or now - self._said_at >= _SAY_EVERY_S:
            log.warning("connections were ended, too slow or too many: %s", self.ended)
            self._said_at, self.ended = now, 0

    def came(self, one: GuardedProtocol) -> None:
        """Count a new connection, and make room for it if there is none."""
        self.open.add(one)
        while len(self.open) > self.connections:
            self.end(next(iter(self.waiting), one))

    def gone(self, one: GuardedProtocol) -> None:
        """Stop counting a connection."""
        self.open.discard(one)
        self.waiting.pop(one, None)


class GuardedProtocol(H11Protocol):
    """uvicorn's protocol within the limits of `ConnectionLimits`."""

    def __init__(self, bounds: ConnectionLimits, **uvicorns: Any) -> None:  # noqa: ANN401
        super().__init__(**uvicorns)
        self._bounds = bounds
        self._phase = ""
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept a connection as uvicorn does, within the limits."""
        super().connection_made(transport)
        self._enter("request", self._bounds.request_s)
        self._bounds.came(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """As in uvicorn."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._bounds.gone(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As in uvicorn; also tracks how far the request is."""
        if self._phase == "idle":
            self._enter("request", self._bounds.request_s)
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """As in uvicorn; a new request may follow."""
        self._enter("idle", self._bounds.idle_s)
        super().on_response_complete()
        self._look()

    def _look(self) -> None:
        """Start the response's time limit once a whole request has been read."""
        cycle: Any = self.cycle  # None before the first request, despite its type
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


_FEW_AT_ONCE = 128
RESET = struct.pack("ii", 1, 0)  # lingering for 0 s: closing sends a reset


class InProcessServer(uvicorn.Server):
    """A uvicorn server that starts and stops on request, and can reset a client's connection.

    With its own `protocol`, few connections are accepted at once, so that it can count them.
    """

    def __init__(
        self, app: ASGIApp, protocol: Callable[..., asyncio.Protocol] | None = None
    ) -> None:
        more: dict[str, Any] = {"log_config": None, "log_level": "critical"}
        if protocol is not None:
            more |= {"http": protocol, "backlog": _FEW_AT_ONCE}
        config = uvicorn.Config(app, lifespan="off", ws="none", timeout_keep_alive=75, **more)
        super().__init__(config)
        self.ready = asyncio.Event()
        self.stopping = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signal handlers alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, and note that."""
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        """Wait until told to stop."""
        await self.stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish requests in progress, then close, without uvicorn's fixed pauses."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks)
        for connection in list(self.server_state.connections):
            connection.transport.close()
        for server in self.servers:
            await server.wait_closed()

    def abort(self, client: object) -> None:
        """Reset a client's connection; `client` is as in the ASGI scope."""
        for connection in list(self.server_state.connections):
            if getattr(connection, "client", None) == client:
                raw = connection.transport.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                connection.transport.abort()


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket without Nagle's algorithm, which would cost 40 ms per response."""
    with socket.create_server((host, port)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


@contextlib.asynccontextmanager
async def serving(server: InProcessServer, listener: socket.socket) -> AsyncIterator[None]:
    """Serve on a listening socket until the block ends."""
    task = asyncio.create_task(server.serve([listener]))
    await server.ready.wait()
    try:
        yield
    finally:
        server.stopping.set()
        await task
