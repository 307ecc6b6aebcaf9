"""uvicorn inside somebody else's event loop: no signal handlers, a prompt and quiet end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from starlette.types import ASGIApp

_FEW_AT_ONCE = 128
RESET = struct.pack("ii", 1, 0)  # linger for 0 s: closing sends a reset


class InProcessServer(uvicorn.Server):
    """Starts and stops when told, and can tear down the connection of one client.

    With a `protocol` of its own for connections, few are taken at once, so that it can keep count.
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
        """Leave the signal handlers of the process alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn, and say so."""
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        """Until told to stop."""
        await self.stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is being answered, then close; without uvicorn's fixed pauses."""
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
        """Reset the connection of a client, given as the ASGI scope names it."""
        for connection in list(self.server_state.connections):
            if getattr(connection, "client", None) == client:
                raw = connection.transport.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                connection.transport.abort()


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket whose connections send at once; Nagle would cost 40 ms a response."""
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
