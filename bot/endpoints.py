"""`/healthz`, `/readyz` and `/metrics`, for whoever watches over the bot."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.local_api.serving import InProcessServer, listening, serving
from bot.metrics import CONTENT_TYPE
from retrieval.errors import SettingsError, SitrepError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from starlette.requests import Request

    from bot.metrics import Metrics

log = logging.getLogger(__name__)


@asynccontextmanager
async def watched(
    address: str,
    metrics: Metrics,
    look: Callable[[], Awaitable[None]],
    more: Sequence[Route] = (),
) -> AsyncIterator[int | None]:
    """Serve on `address` ("host:port", "" for nothing) during the block; yields the port.

    With `more` routes than those of a watcher.

    `look` refreshes the gauges, and raises SitrepError where the archive can't be read: then the
    bot is alive, but not ready.

    Raises:
        SettingsError: the address is none, or taken.
    """
    if not address:
        yield None
        return
    host, _, port = address.rpartition(":")
    try:
        listener = listening(host or "127.0.0.1", int(port))
        with listener as socket:
            async with serving(InProcessServer(_app(metrics, look, more)), socket):
                yield int(socket.getsockname()[1])
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"LISTEN={address}: expected host:port that is free, such as 127.0.0.1:9100."
        ) from error


def _app(metrics: Metrics, look: Callable[[], Awaitable[None]], more: Sequence[Route]) -> Starlette:
    async def alive(_request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def ready(_request: Request) -> Response:
        try:
            await look()
        except SitrepError as error:
            log.warning("not ready: %s", error)
            return PlainTextResponse("not ready\n", status_code=503)
        return PlainTextResponse("ready\n")

    async def counted(_request: Request) -> Response:
        try:
            await look()
        except SitrepError as error:
            log.warning("old gauges: %s", error)
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return Starlette(
        routes=[
            Route("/healthz", alive),
            Route("/readyz", ready),
            Route("/metrics", counted),
            *more,
        ]
    )
