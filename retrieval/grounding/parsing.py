"""A model's answer, read while it streams: statements, each with the sentence ids it ends with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.grounding.shown import SentenceId
from retrieval.splitting import split_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_ANSWER = "NO ANSWER"

_ID = r"\d{1,3}\.\d{1,3}"
# One or several ids: [3.2]  [3.2, 4.1]  [3.2][4.1]  and the brackets that some models prefer.
_IDS = re.compile(rf"\s*[\[【]\s*{_ID}(?:\s*[,;]\s*{_ID})*\s*[\]】]")
_ONE_ID = re.compile(r"(\d{1,3})\.(\d{1,3})")
_BULLET = re.compile(r"^\s*(?:[-*•–]\s+|\d{1,2}[.)]\s+)?")
_STOPS = ".!?…;,"


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that a model wrote and the ids behind it; none where it gave none."""

    text: str
    ids: tuple[SentenceId, ...]


class StatementParser:
    """Feed it a stream in any pieces; the statements do not depend on where the pieces end."""

    def __init__(self) -> None:
        self._line = ""

    def feed(self, piece: str) -> list[Statement]:
        """The statements that this piece completes."""
        *lines, self._line = (self._line + piece).split("\n")
        return [statement for line in lines for statement in parse_line(line)]

    def finish(self) -> list[Statement]:
        """The statements of the last line; call it only when the model has really ended."""
        line, self._line = self._line, ""
        return parse_line(line)


def parse_line(line: str) -> list[Statement]:
    """The statements of one line; what is no statement (a heading, a blank) is left out."""
    return list(_statements(_BULLET.sub("", line.strip(), count=1).replace("**", "")))


def _statements(line: str) -> Iterator[Statement]:
    at = 0
    while found := _IDS.search(line, at):
        end = found.end()
        ids = _ids_of(found.group())
        while more := _IDS.match(line, end):
            ids += _ids_of(more.group())
            end = more.end()
        stop = line[end : end + 1] if line[end : end + 1] in _STOPS else ""
        yield from _cited(line[at : found.start()] + stop, ids)
        at = end + len(stop)
    yield from _uncited(line[at:])


def _ids_of(marks: str) -> tuple[SentenceId, ...]:
    return tuple(SentenceId(int(p), int(s)) for p, s in _ONE_ID.findall(marks))


def _cited(text: str, ids: tuple[SentenceId, ...]) -> Iterator[Statement]:
    """Ids speak for the sentence that they end, not for those before it."""
    text = text.strip().rstrip(";,")
    *before, last = split_sentences(text) or (None,)
    for span in before:
        if span is not None:
            yield from _uncited(span.of(text))
    if last is not None:
        yield Statement(last.of(text), tuple(dict.fromkeys(ids)))


def _uncited(text: str) -> Iterator[Statement]:
    text = text.strip()
    is_heading = text.endswith(":") or text.startswith("#")
    if any(char.isalnum() for char in text) and not is_heading:
        yield Statement(text, ())
