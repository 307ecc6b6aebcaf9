"""Text with Telegram's entities, built piece by piece and cut into messages. Pure.

Telegram counts in UTF-16 code units (https://core.telegram.org/bots/api#messageentity); so does
everything here that is called an offset, a length or a size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.render.autolinks import JOINER, unlinked
from retrieval.hidden import visible

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
