"""The entities that Telegram finds by itself in what people write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.local_api.formatting import in_order
from bot.local_api.utf16 import utf16_length

if TYPE_CHECKING:
    from bot.local_api.errors import Json

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
