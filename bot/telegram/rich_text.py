"""Text with Telegram's entities, built piece by piece and split into messages. Pure.

Offsets, lengths and sizes are in UTF-16 code units, as in Telegram:
https://core.telegram.org/bots/api#messageentity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retrieval.text.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


MAX_SIZE = 4096
MAX_ENTITIES = 100


def size(text: str) -> int:
    """The length of a text in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


@dataclass(frozen=True, slots=True)
class Mark:
    """An entity: `kind` is Telegram's name for it, `start` and `end` count code points."""

    kind: str
    start: int
    end: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class RichText:
    """A text with marks in code points; `entities` gives Telegram's offsets."""

    text: str = ""
    marks: tuple[Mark, ...] = ()

    def __add__(self, other: RichText | str) -> RichText:
        if isinstance(other, str):
            other = RichText(other)
        at = len(self.text)
        moved = (replace(mark, start=mark.start + at, end=mark.end + at) for mark in other.marks)
        return RichText(self.text + other.text, (*self.marks, *moved))

    def entities(self) -> list[tuple[str, int, int, str | None]]:
        """(kind, offset, length, url) of each mark that isn't empty."""
        return [
            (
                mark.kind,
                size(self.text[: mark.start]),
                size(self.text[mark.start : mark.end]),
                mark.url,
            )
            for mark in self.marks
            if mark.end > mark.start
        ]

    def cut(self, start: int, end: int) -> RichText:
        """The part `[start:end]` in code points: marks clipped, outer white space removed."""
        piece = self.text[start:end]
        start += len(piece) - len(piece.lstrip())
        end -= len(piece) - len(piece.rstrip())
        end = max(start, end)
        marks = (
            replace(mark, start=max(mark.start, start) - start, end=min(mark.end, end) - start)
            for mark in self.marks
            if mark.start < end and mark.end > start
        )
        return RichText(self.text[start:end], tuple(marks))


def plain(text: str, most: int | None = None) -> RichText:
    """Foreign text made safe to show: one line, no hidden characters, nothing that becomes a link.

    Telegram turns addresses, @names, #tags, /commands and some numbers into links, as if they were
    ours; invisible word joiners prevent that (see `unlinked`). At most `most` characters are kept:
    cutting later could turn the start of something harmless into a link.
    https://core.telegram.org/bots/api#formatting-options
    """
    return RichText(unlinked(clean(text)[:most]))


def printed(text: RichText) -> str:
    """The text without `plain`'s joiners, which would end up in paths copied from a terminal."""
    return text.text.replace(JOINER, "")


def clean(text: str) -> str:
    """Foreign text for labels and files, which have no links: one line, no hidden characters."""
    return visible(text)


def styled(kind: str, content: RichText | str, url: str | None = None) -> RichText:
    """The content with an entity of this kind around it."""
    inner = content if isinstance(content, RichText) else RichText(content)
    return RichText(inner.text, (Mark(kind, 0, len(inner.text), url), *inner.marks))


def join(parts: Iterable[RichText], between: str) -> RichText:
    """The parts joined by `between`."""
    texts, marks, at = list[str](), list[Mark](), 0
    for part in parts:
        at += len(between) if texts else 0
        marks += (replace(one, start=one.start + at, end=one.end + at) for one in part.marks)
        texts.append(part.text)
        at += len(part.text)
    return RichText(between.join(texts), tuple(marks))


def split(whole: RichText, limit: int = MAX_SIZE, most: int = MAX_ENTITIES) -> list[RichText]:
    """Split a text into messages of at most `limit` units and `most` entities.

    Each cut is at the best place in the message's second half: between paragraphs, lines,
    sentences or words; not inside an entity, unless that alone is too long.
    """
    parts: list[RichText] = []
    start = 0
    while start < len(whole.text):
        reach = _reach(whole, start, limit, most)
        end = len(whole.text) if reach == len(whole.text) else _best_cut(whole, start, reach)
        part = whole.cut(start, end)
        if part.text:
            parts.append(part)
        start = end
    return parts


def _reach(whole: RichText, start: int, limit: int, most: int) -> int:
    """The latest possible end of a message that begins at `start`."""
    units, end = 0, start
    while end < len(whole.text):
        units += 2 if whole.text[end] > "\uffff" else 1
        if units > limit:
            break
        end += 1
    begun = sorted(mark.start for mark in whole.marks if start <= mark.start < end)
    running = sum(mark.start < start < mark.end for mark in whole.marks)
    if running + len(begun) > most:
        end = max(begun[most - running], start + 1)
    return end


_CUTS = (
    re.compile(r"\n[ \t]*\n\s*"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…])[\"”»’)]*\s+"),
    re.compile(r"\s+"),
)


def _best_cut(whole: RichText, start: int, reach: int) -> int:
    half = start + (reach - start) // 2
    near = tuple(mark for mark in whole.marks if mark.start < reach and mark.end > half)
    whole = replace(whole, marks=near)
    for inside_allowed in (False, True):
        for pattern in _CUTS:
            for at in _backwards(pattern, whole.text, half, reach):
                if inside_allowed or not _inside(whole, at):
                    return at
    return _between_letters(whole.text, half, reach)


def _between_letters(text: str, low: int, high: int) -> int:
    """Where to cut an endless word so that neither half becomes a link (see `unlinked`)."""
    places = range(high, low, -1)
    return next((at for at in places if (text[at - 1 : at + 1] + " ")[:2].isalpha()), high)


def _backwards(pattern: re.Pattern[str], text: str, low: int, high: int) -> Iterator[int]:
    ends = [found.end() for found in pattern.finditer(text, low, high)]
    return reversed([end for end in ends if low < end <= high])


def _inside(whole: RichText, at: int) -> bool:
    """Whether a cut here would split an entity that another cut would leave whole."""
    return any(mark.start < at < mark.end for mark in whole.marks)


# What Telegram links, after TDLib (`td/telegram/MessageEntity.cpp`). "Letter" and "digit" are
# Unicode's L and Nd.
# - **Host names**: around a dot, the longest run of letters A to Z, digits, `.`, `_`, `-`, `~` and
#   characters from U+00C0 on, except spaces and general punctuation (dashes and the two zero-width
#   joiners do count, and so do emoji and combining marks). It is a link if no part between dots is
#   empty or longer than 63, and the last one is a top-level domain of any script, or `xn--` with
#   letters and digits. A last part with only its first letter in upper case ("said.The") is not
#   one. New domains appear every year, so here any two letters count, even if more follows that
#   may be cut off.
# - **IPv4**: four numbers up to 255 without leading zeros, alone or with port and path.
# - **After `http://`, `https://`, `ftp://` and `tonsite://`** any last part of two characters is
#   enough. `tg://`, `ton://` and `tonsite://` need no dot at all.
# - **Mail**: `name@host` with a last part of two to eight letters.
# - **`@name`** of 2 to 32 letters A to Z, digits or `_`, not after a letter, digit or `_`.
# - **`/command`**, likewise of 1 to 64, also `/command@bot`, not next to `/`, `<` or `>`.
# - **`#tag`**: letters, digits, `_`, `·`, zero-width non-joiner and the Sinhala block, at least one
#   of them a letter, not after one of these; `#tag@name` too.
# - **`$TICKER`**: one to eight capital letters A to Z, or 1INCH, not next to these or another `$`.
# - **Card numbers**: 13 to 19 digits with a correct check digit (Luhn), also with single spaces or
#   hyphens between them, not after a letter or any of `.,+-_`.
# - **Telephone numbers** are found by Telegram's servers and clients: `+` and at least seven digits
#   with the usual signs between them. Here, the usual forms without `+` count as well.
# - Times such as 1:23 are links only in messages with a video or recording, or in replies to one,
#   and lead nowhere else; they stay as they are.
# Markdown (GitHub's) and other programs link the same, and `www.` before anything.
# A word joiner (U+2060) ends all of these. It stands after `@`, `#`, `$` or `/`, never before:
# there it could start a link. In a host it stands before the dots, which leaves an empty part.
# Digits are split into groups too short for anything.

# Invisible; Telegram sees no address, name, tag or command across it.
JOINER = "\u2060"

# Characters of hosts from U+00C0 on: no spaces; of general punctuation only dashes and joiners.
_BEYOND = "\u00c0-\u167f\u1681-\u1fff\u200c\u200d\u2010-\u2015\u2070-\u2fff\u3001-\U0010ffff"
_HOST = rf"[A-Za-z0-9_~{_BEYOND}-]"
# Includes the ideographic planes: newer Unicode versions have more of them than Python knows.
_LETTER = r"(?:[^\W\d_]|[\U00020000-\U0003ffff])"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_SIGNS = re.compile(
    rf"(?<={_HOST})\.(?={_LETTER}(?P<rest>[A-Za-z{_BEYOND}]++))"
    rf"|(?<={_HOST})\.(?=[Xx][Nn]--[A-Za-z0-9])"
    rf"|(?<=[Ww][Ww][Ww])\.(?={_HOST})"
    rf"|(?<!{_HOST})(?<!\.){_OCTET}(?:\.{_OCTET}){{3}}(?!\.*{_HOST})"
    r"|:(?=//)"
    rf"|@(?={_HOST})"
    r"|(?<![\w/<>])/(?=[A-Za-z0-9_])"
    rf"|(?<![A-Za-z0-9_\u0400-\u04ff])#(?=[\d_\u200c\u00b7]*+(?:{_LETTER}|[\u0d80-\u0dff]))"
    r"|(?<![A-Za-z0-9_$])\$(?=(?:1INCH|[A-Z]{1,8}+)(?![A-Za-z0-9_$]))"
)
_PHONES = re.compile(
    r"\+[ .(-]{0,2}\d(?:[ .()\u2010-\u2015-]{0,3}\d){6,}"
    r"|\(\d{2,5}\)[ -]?\d{3,4}(?:-\d{2,4}){1,2}(?![\w-])"
    r"|\(\d{3,5}\) ?\d{3,4} \d{4}(?![\w-])"
    r"|(?<![\w.,-])(?:\d-)?\d{3}-\d{3}-\d{4}(?![\w-])"
    r"|(?<![\w.,-])8[ -]\(?\d{3}\)?[ -]\d{3}[ -]\d{2}[ -]\d{2}(?![\w-])"
)
_STRETCH = re.compile(r"[0-9][0-9 -]{12,}")
# A run of card digits ends at a space; elsewhere spaces and hyphens are part of a number.
_NUMBER = re.compile(r"[0-9]{16,19}(?= )|[0-9][0-9 -]*")
_CARD_LENGTHS = range(13, 20)
_GROUP = 3


def unlinked(text: str) -> str:
    """The text with word joiners wherever Telegram would make a link; takes linear time."""
    text = _PHONES.sub(lambda found: _apart(found[0]), text)
    text = _STRETCH.sub(_without_cards, text)
    return _SIGNS.sub(_broken, text)


def _broken(found: re.Match[str]) -> str:
    sign, rest = found[0], found["rest"]
    if rest is not None and _only_first_is_large(found.string[found.end()] + rest):
        return sign
    if sign == ".":
        return JOINER + sign
    if sign[0].isdigit():
        return sign.replace(".", f"{JOINER}.")
    return sign + JOINER


def _only_first_is_large(label: str) -> bool:
    lowered = label.lower()
    return lowered[0] != label[0] and lowered[1:] == label[1:]


def _without_cards(found: re.Match[str]) -> str:
    """Digits, spaces and hyphens, with the card numbers among them cut into groups."""
    before = found.string[found.start() - 1] if found.start() else " "
    if before in ".,+-_" or before.isalpha():
        return found[0]
    return _NUMBER.sub(
        lambda number: _apart(number[0]) if _is_card(number[0]) else number[0], found[0]
    )


def _is_card(number: str) -> bool:
    digits = [int(char) for char in number if char.isdigit()]
    if len(digits) not in _CARD_LENGTHS:
        return False
    # Luhn (ISO/IEC 7812-1): every second digit from the right is doubled, and its digits added
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _apart(number: str) -> str:
    """A number with a joiner after every third digit except the last."""
    parts, digits, count = list[str](), 0, sum(char.isdecimal() for char in number)
    for char in number:
        digits += char.isdecimal()
        ends = char == "+" or (char.isdecimal() and digits % _GROUP == 0 and digits < count)
        parts.append(char + JOINER if ends else char)
    return "".join(parts)
