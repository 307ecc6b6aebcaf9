"""Text with Telegram's entities, built piece by piece and cut into messages. Pure.

Telegram counts in UTF-16 code units (https://core.telegram.org/bots/api#messageentity); so does
everything here that is called an offset, a length or a size.
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
    """How long Telegram finds a text."""
    return len(text) + sum(char > "\uffff" for char in text)


@dataclass(frozen=True, slots=True)
class Mark:
    """An entity: `kind` is Telegram's name of it, `start` and `end` count code points."""

    kind: str
    start: int
    end: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class RichText:
    """A text and its marks, in code points; `entities` gives Telegram's offsets."""

    text: str = ""
    marks: tuple[Mark, ...] = ()

    def __add__(self, other: RichText | str) -> RichText:
        if isinstance(other, str):
            other = RichText(other)
        at = len(self.text)
        moved = (replace(mark, start=mark.start + at, end=mark.end + at) for mark in other.marks)
        return RichText(self.text + other.text, (*self.marks, *moved))

    def entities(self) -> list[tuple[str, int, int, str | None]]:
        """(kind, offset, length, url) of each mark that holds any text."""
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
        """The stretch `[start:end]` in code points, marks clipped, without white space around."""
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
    """Foreign text as it may be shown: one line, nothing hidden, nothing that Telegram would link.

    Telegram makes addresses, @names, #tags, /commands and some numbers of any text touchable, as if
    they were ours; a word joiner, which is not seen, keeps it from that (see `autolinks`).
    Of a text that is too long the first `most` characters are shown: a cut made later could leave
    the beginning of something that was no link as a whole.
    https://core.telegram.org/bots/api#formatting-options
    """
    return RichText(unlinked(clean(text)[:most]))


def printed(text: RichText) -> str:
    """The text for a terminal, where `plain`'s joiners would only come along with a copied path."""
    return text.text.replace(JOINER, "")


def clean(text: str) -> str:
    """Foreign text for labels and files, where nothing is made a link: one line, nothing hidden."""
    return visible(text)


def styled(kind: str, content: RichText | str, url: str | None = None) -> RichText:
    """The content with an entity of this kind around all of it."""
    inner = content if isinstance(content, RichText) else RichText(content)
    return RichText(inner.text, (Mark(kind, 0, len(inner.text), url), *inner.marks))


def join(parts: Iterable[RichText], between: str) -> RichText:
    """The parts with `between` between them."""
    texts, marks, at = list[str](), list[Mark](), 0
    for part in parts:
        at += len(between) if texts else 0
        marks += (replace(one, start=one.start + at, end=one.end + at) for one in part.marks)
        texts.append(part.text)
        at += len(part.text)
    return RichText(between.join(texts), tuple(marks))


def split(whole: RichText, limit: int = MAX_SIZE, most: int = MAX_ENTITIES) -> list[RichText]:
    """Messages of at most `limit` units and `most` entities that together are the whole.

    Cut at the best place that leaves a message at least half full: between paragraphs, lines,
    sentences, words; not inside an entity, unless the entity alone is too long.
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
    """The farthest end of a message that begins at `start`."""
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
    """Where to cut a word without end: where no half of it becomes a link (see `autolinks`)."""
    places = range(high, low, -1)
    return next((at for at in places if (text[at - 1 : at + 1] + " ")[:2].isalpha()), high)


def _backwards(pattern: re.Pattern[str], text: str, low: int, high: int) -> Iterator[int]:
    ends = [found.end() for found in pattern.finditer(text, low, high)]
    return reversed([end for end in ends if low < end <= high])


def _inside(whole: RichText, at: int) -> bool:
    """Whether a cut here would go through an entity that would be whole elsewhere."""
    return any(mark.start < at < mark.end for mark in whole.marks)


# The rules, in our words; they are public in TDLib (`td/telegram/MessageEntity.cpp`). "Letter" and
# "digit" are Unicode's L and Nd.
# - **Names of hosts.** Around every dot stands the longest run of letters A to Z, digits, `.`, `_`,
#   `-`, `~` and anything from U+00C0 on that is neither a space nor general punctuation (dashes and
#   the two zero-width joiners do count): emoji and combining marks as well. It is a link if no part
#   between dots is empty or over 63 long and the last one is a top-level domain, of any script, or
#   `xn--` with letters and digits. A last part with only its first letter large ("said.The") is
#   none.
#   Lists of these domains grow every year, so here any two letters count, also
#   with something behind them that may be cut off.
# - **IPv4**: four numbers up to 255 without leading noughts, alone or with port and path.
# - **Behind `http://`, `https://`, `ftp://` and `tonsite://`** any last part of two characters will
#   do. `tg://`, `ton://` and `tonsite://` need no dot at all.
# - **Mail**: `name@host` with any last part of two to eight letters, large or small.
# - **`@name`** of 2 to 32 letters A to Z, digits or `_`, not behind a letter, digit or `_`.
# - **`/command`**, likewise of 1 to 64, also `/command@bot`, not behind or before `/`, `<` or `>`.
# - **`#tag`**: letters, digits, `_`, `·`, zero-width non-joiner and the Sinhala block, at least one
#   of them a letter, not behind one of these; `#tag@name` too.
# - **`$TICKER`**: one to eight large letters A to Z, or 1INCH, not beside these or another `$`.
# - **Card numbers**: 13 to 19 digits with single spaces or hyphens between, not behind a letter or
#   any of `.,+-_`, whose check digit (Luhn) is right.
# - **Telephone numbers** are found by Telegram's servers and clients: `+` and at least seven digits
#   with the usual signs between, and here also the ways in which numbers are written without it.
# - Times such as 1:23 are links only where a message has or answers a video or a recording, and
#   lead nowhere else; they stay as they are.
# Markdown (GitHub's) and programs that show text find the same, and `www.` before anything.
# A word joiner (U+2060) ends all of these. It is never put before `@`, `#`, `$` or `/`, where it
# would make a beginning of what was none, but behind them; in a host it stands before the dots, so
# that what is left has an empty part; digits are cut into groups too short for anything.

# Not seen; what stands on its two sides is no address, name, tag or command to Telegram.
JOINER = "\u2060"

# What hosts are made of, from U+00C0 on: no spaces, of general punctuation dashes and joiners.
_BEYOND = "\u00c0-\u167f\u1681-\u1fff\u200c\u200d\u2010-\u2015\u2070-\u2fff\u3001-\U0010ffff"
_HOST = rf"[A-Za-z0-9_~{_BEYOND}-]"
# The planes of ideographs too, of which new versions of Unicode have more than Python knows.
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
# A card's digits without a break end at a space; otherwise spaces and hyphens belong to a number.
_NUMBER = re.compile(r"[0-9]{16,19}(?= )|[0-9][0-9 -]*")
_CARD_LENGTHS = range(13, 20)
_GROUP = 3


def unlinked(text: str) -> str:
    """The text with word joiners where Telegram would make a link of something; linear in time."""
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
    """A stretch of digits, spaces and hyphens, with the card numbers in it cut into groups."""
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
    """A number with joiners behind every third digit that is not its last."""
    parts, digits, count = list[str](), 0, sum(char.isdecimal() for char in number)
    for char in number:
        digits += char.isdecimal()
        ends = char == "+" or (char.isdecimal() and digits % _GROUP == 0 and digits < count)
        parts.append(char + JOINER if ends else char)
    return "".join(parts)
