"""A local Bot API server, and people who talk with the bot through it.

    async with local_bot_api() as api:
        builder = Application.builder().token(api.token)
        app = builder.base_url(api.base_url).base_file_url(api.base_file_url).build()
        ...  # start polling, or a webhook
        alice = api.person("Alice")
        await alice.send("/start")
        reply = await alice.wait_for_reply()
        answer = await alice.press(reply, "Sources")

python-telegram-bot runs against it unmodified. Requests are checked against the published Bot
API, errors have Telegram's texts, `api.faults` scripts failures, and `api.calls()` lists the bot's
requests. `python -m bot.local_api` runs it as a separate process.

The path of a request: `gateway` -> `parameters` (parsing, and checking by the schema) -> `methods`
-> `world`, which `people` change from the other side.
"""

from bot.local_api.errors import BotApiError
from bot.local_api.facade import LocalBotApi
from bot.local_api.faults import Fault, Faults
from bot.local_api.gateway import Call
from bot.local_api.limits import Limits
from bot.local_api.messages import Button, Chat, MemberStatus, Message, User, Version
from bot.local_api.people import Person
from bot.local_api.server import TOKEN, local_bot_api
from bot.local_api.world import Action, CallbackAnswer, StreamedDraft

__all__ = [
    "TOKEN",
    "Action",
    "BotApiError",
    "Button",
    "Call",
    "CallbackAnswer",
    "Chat",
    "Fault",
    "Faults",
    "Limits",
    "LocalBotApi",
    "MemberStatus",
    "Message",
    "Person",
    "StreamedDraft",
    "User",
    "Version",
    "local_bot_api",
]
