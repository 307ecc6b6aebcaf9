"""Checks and normalises a bot's text and entities as Telegram does.

Control characters become spaces, some invisible characters are removed, white space is trimmed at
both ends (at the start not within an entity), and entities are adjusted. Telegram ignores entities
beyond 100; `ignored` is their number. Not implemented: splitting and merging crossing entities.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.local_api.errors import Json, bad_request

if TYPE_CHECKING:
    from collections.abc import Callable


MAX_ENTITIES = 100
MAX_BOUND = 1_000_000
FOUND_BY_TELEGRAM = frozenset(
    ("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card")
)
# Telegram's order of entities with the same range: enclosing ones come first.
PRIORITY = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 11,
    "code": 20,
    "text_link": 49,
    "text_mention": 49,
    "date_time": 50,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
}
ARGUMENTS = {
    "text_link": "url",
    "text_mention": "user",
    "custom_emoji": "custom_emoji_id",
    "date_time": "unix_time",
}

_TO_SPACE = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x20]")
_REMOVED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_INVISIBLE = re.compile(
    "[ \n\u00a0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000"
    "\ufeff\ufffc\U000e0000-\U000e007f]*"
)


@dataclass(frozen=True, slots=True)
class FormattedText:
    """A text, its entities, and how many entities were ignored because there were too many."""

    text: str
    entities: tuple[Json, ...] = ()
    ignored: int = 0


def formatted(text: str, entities: list[Json], *, allow_empty: bool = False) -> FormattedText:
    """Check and normalise; raises Telegram's error."""
    given = in_order([e for e in map(_checked, entities) if e is not None and e["length"] > 0])
    kept = given[:MAX_ENTITIES]
    _check_bounds(text, kept)
    text, kept = _cleaned(text, kept)
    text, kept = _trimmed(text, kept)
    if _INVISIBLE.fullmatch(text) and not allow_empty:
        raise bad_request("text must be non-empty")
    return FormattedText(text, tuple(kept), len(given) - len(kept))


def in_order(entities: list[Json]) -> list[Json]:
    """By offset, the longer first, then in Telegram's order of types."""
    return sorted(entities, key=_order)


def _order(entity: Json) -> tuple[int, int, int]:
    return entity["offset"], -entity["length"], PRIORITY.get(entity["type"], 50)


def _checked(entity: Json) -> Json | None:
    kind = entity["type"]
    if kind in FOUND_BY_TELEGRAM:
        return None
    if kind not in PRIORITY:
        raise bad_request("can't parse MessageEntity: Unsupported type specified")
    argument = ARGUMENTS.get(kind)
    if argument and argument not in entity:
        raise bad_request(f"can't parse MessageEntity: Can't find field \"{argument}\"")
    for name in ("offset", "length"):
        if not 0 <= entity[name] <= MAX_BOUND:
            raise bad_request(f"receive an entity with incorrect {name} {entity[name]}")
    return entity | {"url": checked_url(entity["url"], "entity")} if kind == "text_link" else entity


def checked_url(url: str, of: str) -> str:
    """A link as Telegram stores it: with a scheme, and a slash after a bare host."""
    if url.startswith(("tg://", "ton://", "tonsite://")):
        return url
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in {"http", "https"}:
        raise bad_request(f"{of} URL '{url}' is invalid: Unsupported URL protocol")
    if "." not in (parts.hostname or "") or " " in parts.netloc:
        raise bad_request(f"{of} URL '{url}' is invalid: Wrong HTTP URL")
    return parts._replace(path=parts.path or "/").geturl()


def _check_bounds(text: str, entities: list[Json]) -> None:
    starts = dict(_offsets(text))
    end = max(starts)
    for entity in entities:
        begins, ends = entity["offset"], entity["offset"] + entity["length"]
        if begins > end:
            raise bad_request(f"entity begins after the end of the text at UTF-16 offset {begins}")
        if begins not in starts:
            place = f"at byte offset {starts[begins + 1]}"
            raise bad_request(f"entity begins in a middle of a UTF-16 symbol {place}")
        which = f"entity beginning at UTF-16 offset {begins}"
        if ends > end:
            raise bad_request(f"{which} ends after the end of the text at UTF-16 offset {ends}")
        if ends not in starts:
            place = f"at byte offset {starts[ends + 1]}"
            raise bad_request(f"{which} ends in a middle of a UTF-16 symbol {place}")


def _offsets(text: str) -> list[tuple[int, int]]:
    """UTF-16 and UTF-8 offset of each character, and of the end."""
    units = accumulate((1 + (character > "\uffff") for character in text), initial=0)
    octets = accumulate((len(c.encode("utf-8", "replace")) for c in text), initial=0)
    return list(zip(units, octets, strict=True))


def _cleaned(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    text = _TO_SPACE.sub(" ", text)
    gone = [m.start() for m in _REMOVED.finditer(text)]
    if not gone:
        return text, entities
    units = [unit for unit, _ in _offsets(text)]
    removed = [units[index] for index in gone]  # each is one code unit long
    return _REMOVED.sub("", text), _moved(entities, lambda at: at - sum(r < at for r in removed))


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    text = text.rstrip(" \n")
    end = _offsets(text)[-1][0]
    entities = _moved(entities, lambda at: min(at, end))
    first = entities[0]["offset"] if entities else end
    start = min(len(text) - len(text.lstrip(" \n")), first)  # white space is one code unit each
    return text[start:], _moved(entities, lambda at: at - start)


def _moved(entities: list[Json], place: Callable[[int], int]) -> list[Json]:
    moved = []
    for entity in entities:
        begins, ends = place(entity["offset"]), place(entity["offset"] + entity["length"])
        if ends > begins:
            moved.append(entity | {"offset": begins, "length": ends - begins})
    return in_order(moved)


_DOMAINS = "com|org|net|info|io|dev|news|gov|edu|eu|uk|de|fr|ru|ua|me|co|tv|app|int"
PATTERNS = {
    "url": re.compile(
        rf"(?<![\w@.])(?:https?://[^\s<>]+|(?:[\w-]+\.)+(?:{_DOMAINS})\b(?:/[^\s<>]*)?)",
        re.IGNORECASE,
    ),
    "email": re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "bot_command": re.compile(r"(?<![\w/@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])"),
    "mention": re.compile(r"(?<![\w@.])@[A-Za-z][A-Za-z0-9_]{2,31}(?!\w)"),
    "hashtag": re.compile(r"(?<![\w#])#\w*[^\W\d]\w*"),
}


def detected(text: str) -> tuple[Json, ...]:
    """Links, addresses, commands, mentions and hashtags; an earlier kind in the list wins."""
    found: list[Json] = []
    taken: list[tuple[int, int]] = []
    for kind, pattern in PATTERNS.items():
        for match in pattern.finditer(text):
            start, end = match.start(), match.start() + len(match[0].rstrip(".,:;!?)'\""))
            if all(end <= begin or start >= finish for begin, finish in taken):
                taken.append((start, end))
                found.append(_entity(kind, text, start, end))
    return tuple(in_order(found))


def _entity(kind: str, text: str, start: int, end: int) -> Json:
    offset, length = utf16_length(text[:start]), utf16_length(text[start:end])
    return {"type": kind, "offset": offset, "length": length}


def utf16_length(text: str) -> int:
    """The number of UTF-16 code units of a text."""
    return len(text) + sum(character > "\uffff" for character in text)


def utf16_slice(text: str, offset: int, length: int) -> str:
    """The part of a text that an entity covers."""
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")


MAX_BUTTONS = 100
MAX_CALLBACK_DATA = 64
ACTIONS = frozenset(
    [
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    ]
)


def checked_markup(markup: Json | None) -> Json | None:
    """The markup to store; an inline keyboard without buttons is none."""
    if not markup or "inline_keyboard" not in markup:
        return markup
    rows = [list(map(_checked_button, row)) for row in markup["inline_keyboard"] if row]
    if sum(map(len, rows)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": rows} if rows else None


def _checked_button(button: Json) -> Json:
    if not ACTIONS & button.keys():
        text = "Text buttons are unallowed in the inline keyboard"
        raise bad_request(f"can't parse inline keyboard button: {text}")
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if "callback_data" in button:
        size = len(button["callback_data"].encode())
        if not 1 <= size <= MAX_CALLBACK_DATA:
            raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button:
        button = button | {"url": checked_url(button["url"], "inline keyboard button")}
    return button
