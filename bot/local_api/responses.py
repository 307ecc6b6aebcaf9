"""What goes back to the bot: answers, refusals, and scripted failures of the network."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from bot.local_api.errors import BotApiError, too_many_requests
from bot.local_api.faults import Ending, Fault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Message, Receive, Scope, Send

    Abort = Callable[[object], None]


def answer(result: object) -> Response:
    """The result of a call that was carried out."""
    return JSONResponse({"ok": True, "result": result})


def refusal(error: BotApiError) -> Response:
    """An error, with its code as the HTTP status too, as Telegram does."""
    headers = {}
    if "retry_after" in error.parameters:
        headers["Retry-After"] = str(error.parameters["retry_after"])
    return JSONResponse(error.as_json(), error.code, headers)


async def failure(
    fault: Fault, response: Response | None, closing: asyncio.Event, abort: Abort
) -> Response:
    """What the bot gets by a scripted fault; `response` is there if the call took effect."""
    if fault.ending is Ending.STATUS:
        return refusal(_error(fault))
    if fault.ending is Ending.GARBAGE:
        return Response("<html>Bad gateway", media_type="text/html")
    if fault.ending is Ending.LATE and response is not None:
        await _first(asyncio.sleep(fault.seconds), closing.wait())
        return response
    return NoResponse(closing if fault.ending is Ending.SILENCE else None, abort)


def _error(fault: Fault) -> BotApiError:
    if fault.retry_after is not None:
        return too_many_requests(fault.retry_after)
    return BotApiError(fault.code, HTTPStatus(fault.code).phrase)


class NoResponse(Response):
    """Nothing: the connection is torn down, after waiting for the client or the end if told so."""

    def __init__(self, wait: asyncio.Event | None, abort: Abort) -> None:
        super().__init__()
        self._wait = wait
        self._abort = abort

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request by silence."""
        del send
        if self._wait:
            await _first(self._wait.wait(), disconnected(receive))
        self._abort(scope["client"])
        await disconnected(receive)


async def disconnected(receive: Callable[[], Awaitable[Message]]) -> None:
    """Until the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first(*waits: Awaitable[object]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
