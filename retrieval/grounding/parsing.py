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
# One or several ids: [3.2]  [3.2, 4.1]  [3.2-3.4]  and the brackets that some models prefer.
_IDS = re.compile(rf"(?<!\s)\s*+[\[【]\s*{_ID}(?:\s*[,;–-]\s*{_ID})*\s*[\]】]")
# What is meant for ids and is none: [1.1.1]  [3]  [3.2.]. Readers would take it for a footnote of
# ours. A figure that stands in brackets, [10,000] or [2024], is a part of what is said.
_NUMBERS = r"\d{1,3}(?:\.\d{1,3})*\.?"
_LIKE_IDS = re.compile(
    r"(?<!\s)\s*+[\[【](?!\s*\d{1,3}(?:,\d{3})+\s*[\]】])"
    rf"\s*{_NUMBERS}(?:\s*[,;–-]\s*{_NUMBERS})*\s*[\]】]"
)
_ONE_OR_RANGE = re.compile(r"(\d{1,3})\.(\d{1,3})(?:\s*[–-]\s*(\d{1,3})\.(\d{1,3}))?")
_BULLET = re.compile(r"^\s*(?:[-*•–]\s+|\d{1,2}[.)]\s+)?")
_LONGEST_RANGE = 50


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that a model wrote and the ids behind it; none where it gave none."""

    text: str
    ids: tuple[SentenceId, ...]


def is_refusal(statement: Statement) -> bool:
    """Whether a model says that there is nothing to say."""
    return statement.text.strip(" .!").upper().replace("_", " ") == NO_ANSWER


class StatementParser:
    """Feed it a stream in any pieces; the statements do not depend on where the pieces end."""

    def __init__(self) -> None:
        self._line = ""

    def feed(self, piece: str) -> list[Statement]:
        """The statements that this piece completes."""
        *lines, self._line = (self._line + piece).split("\n")
        return [statement for line in lines for statement in parse_line(line)]

    def begun(self) -> list[Statement]:
        """Those of the line that is being written but the last, whose end nobody knows yet."""
        return parse_line(self._line)[:-1]

    def finish(self) -> list[Statement]:
        """The statements of the last line; call it only when the model has really ended."""
        line, self._line = self._line, ""
        return parse_line(line)


def parse_line(line: str) -> list[Statement]:
    """The statements of one line; what is no statement (a heading, a blank) is left out."""
    return list(_statements(_BULLET.sub("", line.strip(), count=1).replace("**", "")))


def _statements(line: str) -> Iterator[Statement]:
    """The sentences of a line, each with the ids inside it or right behind it, and no others."""
    text, marks = _without_marks(line)
    sentences, first = split_sentences(text), 0
    for number, span in enumerate(sentences):
        until = sentences[number + 1].start if number + 1 < len(sentences) else len(text)
        ids = list[SentenceId]()
        while first < len(marks) and marks[first][0] <= until:
            ids += marks[first][1] if marks[first][0] > span.start else ()
            first += 1
        yield from _statement(span.of(text), tuple(dict.fromkeys(ids)))


def _without_marks(line: str) -> tuple[str, list[tuple[int, tuple[SentenceId, ...]]]]:
    """The line without its ids and what looks like some, and where in it they stood."""
    texts, length = list[str](), 0
    marks, at = list[tuple[int, tuple[SentenceId, ...]]](), 0
    for found in _LIKE_IDS.finditer(line):
        texts.append(line[at : found.start()])
        length += len(texts[-1])
        if _IDS.fullmatch(found.group()):
            marks.append((length, _ids_of(found.group())))
        at = found.end()
    return "".join((*texts, line[at:])), marks


def _ids_of(marks: str) -> tuple[SentenceId, ...]:
    ids: list[SentenceId] = []
    for passage, first, last_passage, last in _ONE_OR_RANGE.findall(marks):
        end = int(last) if last and last_passage == passage else int(first)
        end = min(end, int(first) + _LONGEST_RANGE)
        ids += [SentenceId(int(passage), n) for n in range(int(first), max(end, int(first)) + 1)]
        if last and last_passage != passage:
            ids.append(SentenceId(int(last_passage), int(last)))
    return tuple(ids)


def _statement(text: str, ids: tuple[SentenceId, ...]) -> Iterator[Statement]:
    text = text.strip().rstrip(";,")
    is_heading = not ids and (text.endswith(":") or text.startswith("#"))
    if any(char.isalnum() for char in text) and not is_heading:
        yield Statement(text, ids)
