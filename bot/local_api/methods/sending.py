"""Methods that send, edit and delete messages, drafts and chat actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.local_api.errors import NOT_MODIFIED, bad_request, forbidden, migrated, not_implemented
from bot.local_api.formatting import FormattedText, checked_markup, formatted, utf16_length
from bot.local_api.messages import ADMINISTRATORS, MemberStatus, Message, Version
from bot.local_api.parameters import UploadedPart
from bot.local_api.world import Action, StreamedDraft, media_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.local_api.errors import Json
    from bot.local_api.messages import Chat
    from bot.local_api.parameters import Parameters
    from bot.local_api.world import StoredFile, World


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
    if isinstance(value, UploadedPart):
        if not value.content:
            raise bad_request("file must be non-empty")
        return world.files.add(f"{kind}s", value.filename, value.content, value.mime_type)
    if stored := world.files.get(str(value)):
        return stored
    raise bad_request("wrong file identifier/HTTP URL specified")


def send_message_draft(world: World, parameters: Parameters) -> bool:
    """A draft of a message; in private chats only."""
    chat = writable_chat(world, parameters)
    if chat.type != "private":
        raise bad_request("TEXTDRAFT_PEER_INVALID")
    if not parameters.number("draft_id"):
        raise bad_request("draft_id must be non-zero")
    thread(chat, parameters)
    text = formatted(parameters.text("text"), parameters.list("entities"), allow_empty=True)
    if utf16_length(text.text) > MAX_TEXT:
        raise bad_request("message is too long")
    world.drafts.append(
        StreamedDraft(chat, parameters.number("draft_id"), text.text, text.entities)
    )
    chat.changes.beat()
    return True


def send_chat_action(world: World, parameters: Parameters) -> bool:
    """Show that the bot is busy."""
    action = parameters.text("action")
    if action not in CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = writable_chat(world, parameters)
    world.actions.append(Action(chat, action, thread(chat, parameters), world.clock()))
    chat.changes.beat()
    return True


def known_chat(world: World, parameters: Parameters) -> Chat:
    """The chat of `chat_id`, if the bot is there."""
    chat = world.chat(parameters.values["chat_id"])
    if chat.migrated_to is not None:
        raise migrated(chat.migrated_to)
    status = chat.status(world.bot.id)
    where = "channel chat" if chat.type == "channel" else f"{chat.type} chat"
    if status is MemberStatus.KICKED and chat.type != "private":
        raise forbidden(f"bot was kicked from the {where}")
    if status is MemberStatus.LEFT and chat.type != "private":
        raise forbidden(f"bot is not a member of the {where}")
    return chat


def writable_chat(world: World, parameters: Parameters) -> Chat:
    """The chat of `chat_id`, if the bot may write there."""
    chat = known_chat(world, parameters)
    if chat.type == "private":
        if not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
        if chat.status(world.bot.id) is MemberStatus.KICKED:
            raise forbidden("bot was blocked by the user")
    if chat.type == "channel" and not chat.may_post(world.bot.id):
        raise bad_request("need administrator rights in the channel chat")
    if chat.status(world.bot.id) is MemberStatus.RESTRICTED:
        raise bad_request("not enough rights to send text messages to the chat")
    return chat


def thread(chat: Chat, parameters: Parameters) -> int | None:
    """The forum topic of `message_thread_id`."""
    number = parameters.number("message_thread_id")
    if number and number not in chat.topics:
        raise bad_request("message thread not found")
    return number or None


def replied(chat: Chat, parameters: Parameters) -> Message | None:
    """The message of `reply_parameters`."""
    reply = parameters.object("reply_parameters")
    if not reply:
        return None
    message = chat.messages.get(reply["message_id"])
    if message and not message.deleted:
        return message
    if reply.get("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")


def existing_message(chat: Chat, parameters: Parameters, error: str) -> Message:
    """The message of `message_id`; raises `error` if it is gone."""
    message = chat.messages.get(parameters.number("message_id"))
    if message is None or message.deleted:
        raise bad_request(error)
    return message


DELETABLE_FOR = 48 * 3600


def edit_message_text(world: World, parameters: Parameters) -> Json:
    """Replace the text; without `reply_markup`, the buttons are removed."""
    if not parameters.text("text"):
        if "rich_message" in parameters.values:
            raise not_implemented("rich messages")
        raise bad_request("message text is empty")
    message = _editable(world, parameters)
    if message.media:
        raise bad_request("there is no text in the message to edit")
    text = message_text(parameters)
    markup = checked_markup(parameters.object("reply_markup"))
    version = Version(text.text, text.entities, markup, world.now())
    return _revised(world, message, version, shown_options(parameters))


def edit_message_reply_markup(world: World, parameters: Parameters) -> Json:
    """Replace the buttons; without `reply_markup`, there are none."""
    message = _editable(world, parameters)
    markup = checked_markup(parameters.object("reply_markup"))
    version = Version(message.text, message.entities, markup, world.now())
    return _revised(world, message, version, message.extra)


def _editable(world: World, parameters: Parameters) -> Message:
    if "inline_message_id" in parameters.values:
        raise not_implemented("inline messages to edit")
    for name, error in (("chat_id", "chat_id is empty"), ("message_id", _NO_ID)):
        if name not in parameters.values:
            raise bad_request(error)
    chat = writable_chat(world, parameters)
    message = existing_message(chat, parameters, "message to edit not found")
    own = message.sender is world.bot or (chat.type == "channel" and message.sender is None)
    if not own:
        raise bad_request("message can't be edited")
    return message


_NO_ID = "message identifier is not specified"


def _revised(world: World, message: Message, version: Version, extra: Json) -> Json:
    now = message.versions[-1]
    same = (now.text, now.entities, now.markup) == (version.text, version.entities, version.markup)
    if same and message.extra == extra:
        raise bad_request(NOT_MODIFIED)
    world.pace.spend(message.chat.id, group=message.chat.is_group)
    message.extra = extra
    return world.revise(message, version).as_json()


def delete_message(world: World, parameters: Parameters) -> bool:
    """Remove a message for everybody."""
    chat = known_chat(world, parameters)
    message = existing_message(chat, parameters, "message to delete not found")
    rights = chat.status(world.bot.id) in ADMINISTRATORS
    if chat.type != "private" and message.sender is not world.bot and not rights:
        raise bad_request("message can't be deleted")
    if world.clock() - message.date > DELETABLE_FOR and not (rights and chat.type != "private"):
        raise bad_request("message can't be deleted for everyone")
    message.deleted = True
    chat.changes.beat()
    return True


def set_message_reaction(world: World, parameters: Parameters) -> bool:
    """Set the bot's reaction to a message; an empty list removes it."""
    chat = known_chat(world, parameters)
    message = existing_message(chat, parameters, "message to react not found")
    reactions = parameters.list("reaction")
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(reaction["type"] == "paid" for reaction in reactions):
        raise bad_request("REACTION_INVALID")
    message.reactions[world.bot.id] = reactions
    chat.changes.beat()
    return True
