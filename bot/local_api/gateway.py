"""The HTTP side for bots: from a request to a method and back.

`/bot<token>/<method>` calls a method, `/file/bot<token>/<path>` downloads a file.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
from collections import deque
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local_api.errors import BotApiError, not_implemented, too_many_requests
from bot.local_api.faults import Ending, Fault, Faults
from bot.local_api.methods import METHODS
from bot.local_api.parameters import check, read, schema

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import Message, Receive, Scope, Send

    from bot.local_api.errors import Json
    from bot.local_api.methods import Method
    from bot.local_api.parameters import Parameters
    from bot.local_api.world import World

    Abort = Callable[[object], None]


log = logging.getLogger(__name__)

TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
NOT_FOUND = BotApiError(404, "Not Found")
UNAUTHORIZED = BotApiError(401, "Unauthorized")


class Gateway:
    """Serves a world to clients with its tokens; `abort` resets a client's connection."""

    def __init__(self, world: World, tokens: set[str], abort: Abort, keep_calls: int) -> None:
        self.world = world
        self.tokens = tokens
        self.faults = Faults()
        self.log: deque[Call] = deque(maxlen=keep_calls)
        self.closing = asyncio.Event()
        self._abort = abort

    def routes(self) -> list[Route]:
        """The routes for bots."""
        return [
            Route("/bot{token}/{method}", self.call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self.download),
        ]

    def close(self) -> None:
        """End all waiting requests."""
        self.closing.set()
        self.world.updates.close()

    async def download(self, request: Request) -> Response:
        """A file's content."""
        try:
            self._check_token(request)
        except BotApiError as error:
            return refusal(error)
        stored = self.world.files.at(request.path_params["path"])
        return Response(stored.content) if stored else refusal(NOT_FOUND)

    async def call(self, request: Request) -> Response:
        """A method of the Bot API."""
        try:
            self._check_token(request)
            name, method = self._find(request.path_params["method"])
        except BotApiError as error:
            return refusal(error)
        call = Call(name, self.world.clock())
        self.log.append(call)
        try:
            raw, uploads = await read(request)
            call.parameters = raw
            fault = self.faults.take(name, _number(raw.get("chat_id")))
            call.fault = fault.ending.value if fault else None
            if fault and not fault.effect:
                call.code = fault.code
                return await failure(fault, None, self.closing, self._abort)
            parameters = check(name, raw, uploads)
            call.parameters, call.unknown = parameters.values, parameters.unknown
            response = await self._carried_out(call, method, parameters, request)
        except BotApiError as error:
            call.code, call.error = error.code, error.description
            return refusal(error)
        return await failure(fault, response, self.closing, self._abort) if fault else response

    async def _carried_out(
        self, call: Call, method: Method, parameters: Parameters, request: Request
    ) -> Response:
        try:
            outcome = method(self.world, parameters)
            if inspect.isawaitable(outcome):
                outcome = await _unless_gone(outcome, request)
            call.result = outcome
        except BotApiError:
            raise
        except Exception as error:
            log.exception("The local Bot API server failed in %s", call.method)
            raise BotApiError(500, f"Internal Server Error: {error!r}") from error
        finally:
            call.ignored_entities = parameters.ignored_entities
        call.code = 200
        return answer(call.result)

    def _check_token(self, request: Request) -> None:
        token = request.path_params["token"]
        if not TOKEN.fullmatch(token):
            raise NOT_FOUND
        if token not in self.tokens:
            raise UNAUTHORIZED

    def _find(self, name: str) -> tuple[str, Method]:
        if found := METHODS.get(name.lower()):
            return found
        if name.lower() in {known.lower() for known in schema().not_implemented}:
            raise not_implemented(f"method {name}")
        raise NOT_FOUND


async def _unless_gone(outcome: Awaitable[object], request: Request) -> object:
    """The result of a waiting method; it stops waiting if the client disconnects."""
    work = asyncio.ensure_future(outcome)
    gone = asyncio.ensure_future(disconnected(request.receive))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else []
    finally:
        work.cancel()
        gone.cancel()


def _number(value: object) -> object:
    text = str(value)
    return int(text) if re.fullmatch(r"-?\d+", text) else value


def answer(result: object) -> Response:
    """The response to a successful call."""
    return JSONResponse({"ok": True, "result": result})


def refusal(error: BotApiError) -> Response:
    """The response to a refused call; its code is also the HTTP status, as in Telegram."""
    headers = {}
    if "retry_after" in error.parameters:
        headers["Retry-After"] = str(error.parameters["retry_after"])
    return JSONResponse(error.as_json(), error.code, headers)


async def failure(
    fault: Fault, response: Response | None, closing: asyncio.Event, abort: Abort
) -> Response:
    """The response for a scripted failure; `response` is given if the call took effect."""
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
    """No response: the connection is reset, optionally after waiting for the client or the end."""

    def __init__(self, wait: asyncio.Event | None, abort: Abort) -> None:
        super().__init__()
        self._wait = wait
        self._abort = abort

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send nothing."""
        del send
        if self._wait:
            await _first(self._wait.wait(), disconnected(receive))
        self._abort(scope["client"])
        await disconnected(receive)


async def disconnected(receive: Callable[[], Awaitable[Message]]) -> None:
    """Wait until the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first(*waits: Awaitable[object]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


@dataclass
class Call:
    """A request. `code` is 0 until the response; `error` is the description if it was refused.

    `parameters` are the checked values (unchecked if the check failed), `unknown` the names that
    Telegram would ignore, `ignored_entities` the number of entities beyond its limit.
    """

    method: str
    at: float
    parameters: Json = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    ignored_entities: int = 0
    code: int = 0
    result: object = None
    error: str | None = None
    fault: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the call succeeded."""
        return self.code == 200  # noqa: PLR2004
