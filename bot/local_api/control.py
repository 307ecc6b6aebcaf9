"""The control API: drives people over HTTP, for load tests in another process.

JSON in and out; errors are `{"error": ...}` with 400 or 404. Messages are as in the Bot API.

    POST /_local/persons               {first_name, id?, username?, language_code?} -> {id}
    POST /_local/persons/ID/send       {text, chat_id?, reply_to?, thread?}         -> message
    POST /_local/persons/ID/press      {message_id, button, chat_id?, timeout?}     -> answer
    POST /_local/persons/ID/inline     {text, timeout?}                             -> [result]
    POST /_local/persons/ID/upload?filename=F&caption=C   (the file as the body)    -> message
    POST /_local/persons/ID/block      {blocked}                                    -> {}
    GET  /_local/persons/ID/reply?timeout=S&chat_id=C     the bot's next message    -> message
    GET  /_local/chats/ID/messages                        all that can be seen      -> [message]
    GET  /_local/calls?method=M                           what the bot asked for    -> [call]
    POST /_local/faults {method, kind, times?, chat_id?, arguments?}                -> {}

`kind` is the name of a constructor of `Fault`, `arguments` are its keywords. A reply or answer
that doesn't come in time is a 408.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local_api.errors import BotApiError
from bot.local_api.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from bot.local_api.facade import LocalBotApi
    from bot.local_api.gateway import Call
    from bot.local_api.messages import Chat
    from bot.local_api.people import Person

    Endpoint = Callable[[Request], Awaitable[object]]

PATIENCE = 5.0
FAULTS = frozenset(
    ["timeout_before_effect", "timeout_after_effect", "reset", "status", "too_many", "garbage"]
)


def control_routes(api: LocalBotApi) -> list[Route]:
    """The routes of the control API."""
    door = ControlDoor(api)
    person = "/_local/persons/{person:int}"
    return [
        _route("/_local/persons", door.create, "POST"),
        _route(f"{person}/send", door.send, "POST"),
        _route(f"{person}/press", door.press, "POST"),
        _route(f"{person}/inline", door.inline, "POST"),
        _route(f"{person}/upload", door.upload, "POST"),
        _route(f"{person}/block", door.block, "POST"),
        _route(f"{person}/reply", door.reply, "GET"),
        _route("/_local/chats/{chat:int}/messages", door.messages, "GET"),
        _route("/_local/calls", door.calls, "GET"),
        _route("/_local/faults", door.fault, "POST"),
    ]


def _route(path: str, endpoint: Endpoint, method: str) -> Route:
    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        try:
            return JSONResponse(await endpoint(request))
        except TimeoutError:
            return JSONResponse({"error": "nothing came in time"}, 408)
        except (LookupError, PermissionError, BotApiError) as error:
            return JSONResponse({"error": str(error)}, 404)
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return Route(path, answered, methods=[method])


class ControlDoor:
    """The endpoints of the control API."""

    def __init__(self, api: LocalBotApi) -> None:
        self._api = api

    async def create(self, request: Request) -> object:
        """A new person."""
        return {"id": self._api.person(**await request.json()).id}

    async def send(self, request: Request) -> object:
        """Write a message."""
        person, body = self._person(request), await request.json()
        chat = self._chat(person, body.get("chat_id"))
        reply_to = chat.messages[body["reply_to"]] if "reply_to" in body else None
        sent = await person.send(
            body["text"], chat=chat, reply_to=reply_to, thread=body.get("thread")
        )
        return sent.as_json()

    async def press(self, request: Request) -> object:
        """Press a button."""
        person, body = self._person(request), await request.json()
        message = self._chat(person, body.get("chat_id")).messages[body["message_id"]]
        timeout = body.get("timeout", PATIENCE)
        answer = await person.press(message, body["button"], timeout=timeout)
        return {"text": answer.text, "show_alert": answer.show_alert, "url": answer.url}

    async def inline(self, request: Request) -> object:
        """Type an inline query."""
        body = await request.json()
        timeout = body.get("timeout", PATIENCE)
        return await self._person(request).ask_inline(body["text"], timeout=timeout)

    async def upload(self, request: Request) -> object:
        """Send a file."""
        query = request.query_params
        content, caption = await request.body(), query.get("caption", "")
        sent = await self._person(request).upload(query["filename"], content, caption=caption)
        return sent.as_json()

    async def block(self, request: Request) -> object:
        """Block the bot, or let it write again."""
        person, body = self._person(request), await request.json()
        await (person.block_bot() if body["blocked"] else person.unblock_bot())
        return {}

    async def reply(self, request: Request) -> object:
        """Wait for the bot's next message."""
        person, query = self._person(request), request.query_params
        chat = self._chat(person, query.get("chat_id"))
        timeout = float(query.get("timeout", PATIENCE))
        return (await person.wait_for_reply(chat=chat, timeout=timeout)).as_json()

    async def messages(self, request: Request) -> object:
        """The visible messages of a chat."""
        chat = self._api.world.chat(request.path_params["chat"])
        return [message.as_json() for message in chat.messages.values() if not message.deleted]

    async def calls(self, request: Request) -> object:
        """The bot's requests."""
        return [_call_json(call) for call in self._api.calls(request.query_params.get("method"))]

    async def fault(self, request: Request) -> object:
        """Script a failure."""
        body = await request.json()
        if body["kind"] not in FAULTS:
            raise ValueError(f"no fault {body['kind']!r} among {sorted(FAULTS)}")
        fault = getattr(Fault, body["kind"])(**body.get("arguments", {}))
        times, chat_id = body.get("times", 1), body.get("chat_id")
        self._api.faults.next(body["method"], fault, times=times, chat_id=chat_id)
        return {}

    def _person(self, request: Request) -> Person:
        return self._api.find_person(request.path_params["person"])

    def _chat(self, person: Person, chat_id: str | int | None) -> Chat:
        return person.private_chat() if chat_id is None else self._api.world.chat(int(chat_id))


def _call_json(call: Call) -> dict[str, Any]:
    outcome = {"code": call.code, "error": call.error, "fault": call.fault}
    return {"method": call.method, "at": call.at, "unknown": call.unknown} | outcome
