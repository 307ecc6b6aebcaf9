"""The door for bots: from an HTTP request to a method and back.

`/bot<token>/<method>` calls a method, `/file/bot<token>/<path>` downloads a file.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
from collections import deque
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from bot.local_api.calls import Call
from bot.local_api.errors import BotApiError, not_implemented
from bot.local_api.faults import Faults
from bot.local_api.methods import METHODS
from bot.local_api.parameters import check
from bot.local_api.requests import read
from bot.local_api.responses import answer, disconnected, failure, refusal
from bot.local_api.schema import schema

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.requests import Request

    from bot.local_api.methods import Method
    from bot.local_api.parameters import Parameters
    from bot.local_api.responses import Abort
    from bot.local_api.world import World

log = logging.getLogger(__name__)

TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
NOT_FOUND = BotApiError(404, "Not Found")
UNAUTHORIZED = BotApiError(401, "Unauthorized")


class Gateway:
    """Serves one world to the bearers of its tokens; `abort` tears a client's connection down."""

    def __init__(self, world: World, tokens: set[str], abort: Abort, keep_calls: int) -> None:
        self.world = world
        self.tokens = tokens
        self.faults = Faults()
        self.log: deque[Call] = deque(maxlen=keep_calls)
        self.closing = asyncio.Event()
        self._abort = abort

    def routes(self) -> list[Route]:
        """Where it is reached."""
        return [
            Route("/bot{token}/{method}", self.call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self.download),
        ]

    def close(self) -> None:
        """End everything that still waits."""
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
    """The result of a method that waits; a client that hangs up ends the waiting."""
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
