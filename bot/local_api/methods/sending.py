"""New messages, drafts and chat actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.local_api.errors import bad_request, not_implemented
from bot.local_api.files import media_json
from bot.local_api.formatting import FormattedText, formatted
from bot.local_api.keyboards import checked_markup
from bot.local_api.messages import Message, Version
from bot.local_api.methods.addressing import replied, thread, writable_chat
from bot.local_api.parameters import Upload
from bot.local_api.utf16 import utf16_length
from bot.local_api.world import Action, Draft

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.local_api.errors import Json
    from bot.local_api.files import StoredFile
    from bot.local_api.parameters import Parameters
    from bot.local_api.world import World

MAX_TEXT = 4096
MAX_CAPTION = 1024
CHAT_ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)
PARSE_MODES = frozenset(("html", "markdown", "markdownv2"))


def send_message(world: World, parameters: Parameters) -> Json:
    """A text message."""
    return _send(world, parameters, lambda: (message_text(parameters), {}))


def send_document(world: World, parameters: Parameters) -> Json:
    """A file."""
    return _send(world, parameters, lambda: _with_file(world, parameters, "document"))


def send_photo(world: World, parameters: Parameters) -> Json:
    """A photo."""
    return _send(world, parameters, lambda: _with_file(world, parameters, "photo"))


def _send(
    world: World, parameters: Parameters, content: Callable[[], tuple[FormattedText, Json]]
) -> Json:
    chat = writable_chat(world, parameters)
    topic, reply = thread(chat, parameters), replied(chat, parameters)
    text, media = content()
    markup = checked_markup(parameters.object("reply_markup"))
    world.pace.spend(chat.id, group=chat.is_group)
    version = Version(text.text, text.entities, markup, world.now())
    sender = None if chat.type == "channel" else world.bot
    message = Message(chat, sender, [version], media, reply, topic, shown_options(parameters))
    return world.post(message).as_json()


def message_text(parameters: Parameters) -> FormattedText:
    """The text of a message with its entities, within Telegram's limit."""
    text = _text(parameters, "text", "entities")
    if utf16_length(text.text) > MAX_TEXT:
        raise bad_request("message is too long")
    return text


def shown_options(parameters: Parameters) -> Json:
    """Parameters that come back as fields of the message."""
    options = parameters.object("link_preview_options")
    shown: Json = {"link_preview_options": options} if options else {}
    return shown | ({"has_protected_content": True} if parameters.flag("protect_content") else {})


def _text(parameters: Parameters, name: str, entities: str) -> FormattedText:
    mode = parameters.text("parse_mode").lower()
    if mode in PARSE_MODES:
        raise not_implemented("parse_mode: send entities")
    if mode:
        raise bad_request("unsupported parse_mode")
    text, given = parameters.text(name), parameters.list(entities)
    result = formatted(text, given, allow_empty=name == "caption")
    parameters.ignored_entities += result.ignored
    return result


def _with_file(world: World, parameters: Parameters, kind: str) -> tuple[FormattedText, Json]:
    caption = _text(parameters, "caption", "caption_entities")
    if utf16_length(caption.text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return caption, media_json(_file(world, parameters, kind), kind)


def _file(world: World, parameters: Parameters, kind: str) -> StoredFile:
    value = parameters.values[kind]
    if isinstance(value, str) and value.startswith("attach://"):
        value = parameters.uploads.get(value.removeprefix("attach://"))
        if value is None:
            raise bad_request(f"there is no {kind} in the request")
    if isinstance(value, Upload):
        if not value.content:
            raise bad_request("file must be non-empty")
        return world.files.add(f"{kind}s", value.filename, value.content, value.mime_type)
    if stored := world.files.get(str(value)):
        return stored
    raise bad_request("wrong file identifier/HTTP URL specified")


def send_message_draft(world: World, parameters: Parameters) -> bool:
    """A message in the making; private chats only."""
    chat = writable_chat(world, parameters)
    if chat.type != "private":
        raise bad_request("TEXTDRAFT_PEER_INVALID")
    if not parameters.number("draft_id"):
        raise bad_request("draft_id must be non-zero")
    thread(chat, parameters)
    text = formatted(parameters.text("text"), parameters.list("entities"), allow_empty=True)
    if utf16_length(text.text) > MAX_TEXT:
        raise bad_request("message is too long")
    world.drafts.append(Draft(chat, parameters.number("draft_id"), text.text, text.entities))
    chat.changes.beat()
    return True


def send_chat_action(world: World, parameters: Parameters) -> bool:
    """A sign that the bot is busy."""
    action = parameters.text("action")
    if action not in CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = writable_chat(world, parameters)
    world.actions.append(Action(chat, action, thread(chat, parameters), world.clock()))
    chat.changes.beat()
    return True
