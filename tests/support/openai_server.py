"""An OpenAI-compatible model server in the test's own event loop, on a free port of 127.0.0.1.

    async with openai_server() as server:
        server.script("First answer.", Reply.status(429, retry_after=0.01), Reply.truncated("Th"))
        model = init_chat_model(
            "openai:fake-model", base_url=server.base_url, api_key=server.api_key
        )

Scripted replies are used up in order; then `reply_with`'s function answers. A client that blocks
the event loop has to run in a thread.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.support.bag_of_words import bag_of_words
from tests.support.openai_replies import (
    Ending,
    Json,
    Reply,
    completion_events,
    completion_json,
    error_json,
    prompt_of,
)

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

__all__ = ["OpenAIServer", "Reply", "openai_server", "prompt_of"]

CHAT_MODEL = "fake-model"
EMBEDDING_MODEL = "fake-embedding"
DIMENSIONS = 256

Replier = Callable[[Json], str | Reply]
Endpoint = Callable[[Json], Awaitable[Response]]


class OpenAIServer:
    """The server as scripted and inspected by tests.

    `requests` and `embedding_requests` have the bodies of requests with the right key and a known
    model, whatever the reply. `tells` has the replies for other paths, such as `/props`.
    """

    def __init__(self, base_url: str, api_key: str) -> None:
        self.base_url = base_url
        self.api_key = api_key
        self.chat_models = [CHAT_MODEL]
        self.embedding_models = [EMBEDDING_MODEL]
        self.requests: list[Json] = []
        self.embedding_requests: list[Json] = []
        self.tells: dict[str, Json] = {}
        self.closing = asyncio.Event()
        self._script: deque[Reply] = deque()
        self._embedding_script: deque[Reply] = deque()
        self._replier: Replier = _unscripted
        self._refusing: Callable[[Json], Reply | None] = lambda _: None

    def script(self, *replies: str | Reply) -> None:
        """Add replies to the queue of the chat model."""
        self._script.extend(map(_reply, replies))

    def script_embeddings(self, *replies: Reply) -> None:
        """Make the next requests for embeddings fail like this (status, hang, malformed, drop)."""
        self._embedding_script.extend(replies)

    def reply_with(self, replier: Replier) -> None:
        """Use a function of the request's body for replies when the script is empty."""
        self._replier = replier

    def refuse_with(self, refusing: Callable[[Json], Reply | None]) -> None:
        """Use a function of the request's body to refuse requests."""
        self._refusing = refusing

    async def told(self, request: Request) -> Response:
        """Any other path."""
        found = self.tells.get(request.url.path)
        if found is None:
            return JSONResponse({"detail": "Not Found"}, 404)
        return JSONResponse(found)

    async def models(self, request: Request) -> Response:
        """GET /v1/models."""
        if refusal := self._refusal_of_key(request):
            return refusal
        names = [*self.chat_models, *self.embedding_models]
        data = [{"id": n, "object": "model", "created": 0, "owned_by": "test"} for n in names]
        return JSONResponse({"object": "list", "data": data})

    async def chat(self, request: Request) -> Response:
        """POST /v1/chat/completions."""
        return await self._checked(request, self.chat_models, self._chat)

    async def embeddings(self, request: Request) -> Response:
        """POST /v1/embeddings."""
        return await self._checked(request, self.embedding_models, self._embed)

    async def _checked(self, request: Request, models: list[str], endpoint: Endpoint) -> Response:
        if refusal := self._refusal_of_key(request):
            return refusal
        body = await request.json()
        if body.get("model") not in models:
            message = f"The model `{body.get('model')}` does not exist or you do not have access."
            return JSONResponse(error_json(404, message, "model_not_found"), 404)
        return await endpoint(body)

    def _refusal_of_key(self, request: Request) -> Response | None:
        if request.headers.get("authorization") == f"Bearer {self.api_key}":
            return None
        return JSONResponse(error_json(401, "Incorrect API key provided.", "invalid_api_key"), 401)

    async def _chat(self, body: Json) -> Response:
        self.requests.append(body)
        if refusal := self._refusing(body):
            return await self._failure(refusal) or JSONResponse(completion_json(body, refusal))
        reply = self._script.popleft() if self._script else _reply(self._replier(body))
        if reply.page:
            return HTMLResponse(reply.page, reply.code)
        if reply.code == 200 and body.get("stream"):
            if reply.ending is Ending.HANGING and not reply.text:
                await self.closing.wait()
            return EventStream(completion_events(body, reply), reply, self.closing)
        await asyncio.sleep(reply.pace)
        return await self._failure(reply) or JSONResponse(completion_json(body, reply))

    async def _embed(self, body: Json) -> Response:
        self.embedding_requests.append(body)
        if self._embedding_script:
            failure = await self._failure(self._embedding_script.popleft())
            if failure:
                return failure
        return JSONResponse(embeddings_json(body))

    async def _failure(self, reply: Reply) -> Response | None:
        if reply.code != 200:
            return JSONResponse(error_json(reply.code, reply.text), reply.code, dict(reply.headers))
        if reply.ending is Ending.HANGING:
            await self.closing.wait()
        if reply.ending is Ending.MALFORMED:
            return Response('{"id": "fake", ', media_type="application/json")
        return None if reply.ending is Ending.WHOLE else EventStream(iter(()), reply, self.closing)


class EventStream(Response):
    """Server-sent events at the reply's pace, with its ending."""

    media_type = "text/event-stream"

    def __init__(self, events: Iterator[str], reply: Reply, closing: asyncio.Event) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._events = events
        self._reply = reply
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        headers = self.raw_headers
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number, event in enumerate(self._events, start=-1):  # the first has the role
            await asyncio.sleep(self._reply.pace)
            if gate := self._reply.gates.get(number):
                await gate.wait()
            await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
        if self._reply.ending is Ending.HANGING:
            await self._closing.wait()
        if self._reply.ending is not Ending.DROPPED:  # uvicorn closes the connection of those
            await send({"type": "http.response.body", "body": b""})


def embeddings_json(body: Json) -> Json:
    """The vectors of the request's texts, in the requested encoding."""
    texts: Sequence[str] = [body["input"]] if isinstance(body["input"], str) else body["input"]
    vectors = [bag_of_words(text, body.get("dimensions", DIMENSIONS)) for text in texts]
    encode = _as_base64 if body.get("encoding_format") == "base64" else list[float]
    data = [
        {"object": "embedding", "index": index, "embedding": encode(vector)}
        for index, vector in enumerate(vectors)
    ]
    tokens = sum(len(text.split()) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": body["model"], "usage": usage}


def _as_base64(vector: list[float]) -> str:
    return base64.b64encode(np.array(vector, dtype="<f4").tobytes()).decode()


def _reply(reply: str | Reply) -> Reply:
    return Reply(reply) if isinstance(reply, str) else reply


def _unscripted(request: Json) -> str:
    raise AssertionError(f"The test scripted no reply to: {prompt_of(request)[-200:]}")


async def _show_error(request: Request, error: Exception) -> Response:
    """An error in the test's own function, shown to the test without retries."""
    del request
    body = error_json(500, f"{type(error).__name__}: {error}")
    return JSONResponse(body, 500, {"x-should-retry": "false"})


class _Uvicorn(uvicorn.Server):
    """Starts and stops on request, without touching the signal handlers of the test run."""

    def __init__(self, app: Starlette) -> None:
        close = [("connection", "close")]  # LangChain's clients never close persistent connections
        config = uvicorn.Config(
            app, log_config=None, log_level="critical", lifespan="off", headers=close
        )
        super().__init__(config)
        self.ready = asyncio.Event()
        self.stopping = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        await self.on_tick(0)  # applies the headers
        self.ready.set()

    async def main_loop(self) -> None:
        await self.stopping.wait()


@contextlib.asynccontextmanager
async def openai_server(*, api_key: str = "test-key") -> AsyncIterator[OpenAIServer]:
    """Serve during the block; hanging replies are ended with it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = OpenAIServer(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", api_key)
        uvicorn_server = _Uvicorn(_app(server))
        serving = asyncio.create_task(uvicorn_server.serve([listener]))
        await uvicorn_server.ready.wait()
        try:
            yield server
        finally:
            server.closing.set()
            uvicorn_server.stopping.set()
            await serving


def _app(server: OpenAIServer) -> Starlette:
    routes = [
        Route("/v1/models", server.models),
        Route("/v1/chat/completions", server.chat, methods=["POST"]),
        Route("/v1/embeddings", server.embeddings, methods=["POST"]),
        Route("/{path:path}", server.told, methods=["GET", "POST"]),
    ]
    handlers: dict[Any, Any] = {Exception: _show_error}
    return Starlette(routes=routes, exception_handlers=handlers)
