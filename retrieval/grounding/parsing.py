"""A model's answer, read while it streams: statements, each with the sentence ids it ends with.

Models set ids in many ways, also where they were shown how; `marks` knows those. A model that was
asked for JSON, or writes some unasked, is read by `json_statements`.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retrieval.grounding.marks import ids_in, without_marks
from retrieval.splitting import split_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrieval.grounding.shown import SentenceId

NO_ANSWER = "NO ANSWER"

_BULLET = re.compile(r"^\s*(?:[-*•–]\s+|\d{1,2}[.)]\s+|\(?[A-Da-d][.)]\s+(?=\S))?")
_DECLINES = re.compile(
    r"(?:the |these |those |none of the |any of the )?(?:provided |given |numbered |shown )*"
    r"(?:sentences?|articles?|passages?|context|text|information|sources)"
    r"(?: (?:provided|given|shown|above|here))*,? "
    r"(?:do(?:es)? not|don['’]t|doesn['’]t|did not|didn['’]t|cannot|can['’]t"
    r"|(?:is|are) not|contains? no|gives? no|mentions? no|provides? no)\b"
    r"|there is no (?:information|mention|answer|sentence)\b"
    r"|no (?:information|mention|relevant|sentence|article)\b.{0,60}"
    r"\b(?:provided|given|found|available|mentioned|about)\b"
    r"|(?:it is |this is )?not (?:mentioned|specified|stated|provided|given)\b.{0,60}$"
    r"|i (?:can['’]?t|cannot|could not|couldn['’]t|do not|don['’]t) (?:answer|find|know|have)\b"
    r"|(?:наведені |надані )?(?:речення|статті) не (?:містять|відповідають|згадують)"
    r"|(?:приведённые |данные )?(?:предложения|статьи) не (?:содержат|отвечают|упоминают)",
    re.IGNORECASE,
)
# What models put around an answer: the name of what it is, where it is from, talk, explanations,
# and scraps of the prompt.
_LABEL = re.compile(
    r"^(?:(?:the |my )?(?:final |short |direct )?(?:answer|response|statement|claim)(?: \d{1,2})?"
    r"|a|відповідь|ответ|твердження \d{1,2}|утверждение \d{1,2})\s*:\s*(?=\S)",
    re.IGNORECASE,
)
_PREAMBLE = re.compile(
    r"^(?:based on|according to|as (?:stated|mentioned|reported) in|in) "
    r"(?:(?:the |these |your )?(?:provided|given|numbered|above|shown) |(?:the|these) )"
    r"(?:news )?(?:articles?|sentences?|passages?|context|information|text)"
    r"(?: (?:provided|given|above|shown))?,\s*(?=\S)",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"^(?:explanation|reasoning|rationale|justification|thoughts?|thinking|notes?|evidence|sources?"
    r"|question|q|пояснення|обґрунтування|примітка|джерел[оа]|питання|запитання"
    r"|объяснение|обоснование|примечание|источники?|вопрос)\s*:",
    re.IGNORECASE,
)
_TALK = re.compile(
    r"(?:(?:sure|certainly|of course|okay|ok)[,.!:]*\s*)?"
    r"(?:here(?: is|['’]s| are)\b.{0,40}"
    r"\b(?:answers?|response|summary|found|sentences?|statements?|information|facts)\b.{0,20}"
    r"|(?:please )?let me know\b.{0,80}|i hope (?:this|that|it) helps\b.{0,20})?[.!:]*",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"</?article\b[^<>]*>|`|^\s*\|\s*|\s*\|\s*$", re.IGNORECASE)
_FENCE = re.compile(r"^\s*```[a-z]*\s*$", re.IGNORECASE)
_NO_STATEMENTS = re.compile(r"\"(?:statements|claims|answers?)\"\s*:\s*(?:\[\s*\]|null|\"\")")
_TEXT_KEYS = ("text", "statement", "claim", "sentence", "answer", "content")
_ID_KEYS = ("ids", "id", "sentence_ids", "citations", "citation", "sources", "source", "refs")
_MOST_OBJECTS = 100


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that a model wrote and the ids behind it; none where it gave none.

    No text, where it wrote nothing but ids: it answers with these sentences themselves.
    """

    text: str
    ids: tuple[SentenceId, ...]


def is_refusal(statement: Statement) -> bool:
    """Whether a model says that there is nothing to say."""
    text = statement.text.strip(" .!*_\"'`“”").replace("_", " ")
    if text.upper() == NO_ANSWER or re.match(rf"{NO_ANSWER}\b", text):
        return True
    return _DECLINES.match(text) is not None


class StatementParser:
    """Feed it a stream in any pieces; the statements do not depend on where the pieces end."""

    def __init__(self) -> None:
        self._line = ""
        # The last one waits for its ids, which some models write into the next line.
        self._waiting: list[Statement] = []
        self._has_cited = False

    def feed(self, piece: str) -> list[Statement]:
        """The statements that this piece completes."""
        *lines, self._line = (self._line + piece).split("\n")
        return [statement for line in lines for statement in self._take(line)]

    def begun(self) -> list[Statement]:
        """Those of the line that is being written but the last, whose end nobody knows yet."""
        return parse_line(self._line)[:-1]

    def finish(self, *, cut: bool = False) -> list[Statement]:
        """The statements of the last line; `cut`: the model has not ended it, and it is dropped."""
        line, self._line = "" if cut else self._line, ""
        last = [*self._take(line), *self._waiting]
        self._waiting = []
        return last

    def _take(self, line: str) -> list[Statement]:
        if not line.strip():
            return []
        if ids := _only_ids(line):
            waiting, self._waiting = self._waiting, []
            if self._has_cited and not waiting and _ASIDE.match(_plain(line)):
                return []  # a list of sources under statements that have theirs
            return [Statement(waiting[0].text if waiting else "", ids)]
        found = [*self._waiting, *parse_line(line)]
        self._has_cited = self._has_cited or any(one.ids for one in found)
        self._waiting = []
        if found and not found[-1].ids:
            self._waiting = [found.pop()]
        return found


def parse(text: str, *, cut: bool = False) -> list[Statement]:
    """The statements of an answer in lines or in JSON; `cut`: without the one that has no end."""
    if text.lstrip().startswith(("{", "[{", "```")):
        found = json_statements(text)
        if found:
            return found
    parser = StatementParser()
    return [*parser.feed(text), *parser.finish(cut=cut)]


def json_statements(text: str) -> list[Statement]:
    """The statements of as much of a JSON answer as there is; an empty list of them declines."""
    decoder, found, at = json.JSONDecoder(), list[Statement](), text.find("{")
    for _ in range(_MOST_OBJECTS):
        if at < 0:
            break
        until = at + 1
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            value, end = None, until
        if isinstance(value, dict) and (made := _statements_of(value)):
            found += made
            until = end
        at = text.find("{", until)
    if not found and _NO_STATEMENTS.search(text):
        return [Statement(NO_ANSWER, ())]
    return found


def parse_line(line: str) -> list[Statement]:
    """The statements of one line; what is no statement (a heading, a blank) is left out."""
    if _FENCE.match(line):
        return []
    plain = _plain(line)
    if _ASIDE.match(plain) and not _only_ids(line):
        return []
    plain = _LABEL.sub("", plain, count=1)
    if preamble := _PREAMBLE.match(plain):
        plain = plain[preamble.end()].upper() + plain[preamble.end() + 1 :]
    return [one for one in _statements(plain) if one.ids or not _TALK.fullmatch(one.text)]


def _plain(line: str) -> str:
    """A line without bullet, number and markup."""
    bare = _MARKUP.sub("", _BULLET.sub("", line.strip(), count=1).replace("**", ""))
    return bare.strip()


def _statements(line: str) -> Iterator[Statement]:
    """The sentences of a line, each with the ids inside it or right behind it, and no others.

    Ids before the first sentence are its own; where the last has none behind it, the line is one in
    which ids stand in front.
    """
    text, marks = without_marks(line)
    sentences = split_sentences(text)
    if not sentences:
        return
    ends = [one.start for one in sentences[1:]] + [len(text)]
    in_front = [names for at, names in marks if at <= sentences[0].start]
    behind = [(at, names) for at, names in marks if at > sentences[0].start]
    places = [at for at, _ in behind]  # in order, so that a long line is no long work
    last = sentences[-1].start
    leads = bool(in_front) and not any(at > last + 1 for at in places)

    def between(start: int, end: int) -> list[tuple[SentenceId, ...]]:
        return [one for _, one in behind[bisect_right(places, start) : bisect_right(places, end)]]

    for number, span in enumerate(sentences):
        if leads and number:
            mine = between(sentences[number - 1].start + 1, span.start + 1)
        else:
            mine = between(span.start, ends[number])
            if leads and len(sentences) > 1:
                mine = []
            mine = [*(in_front if number == 0 else []), *mine]
        ids = tuple(dict.fromkeys(name for names in mine for name in names))
        yield from _statement(span.of(text), ids)


def _only_ids(line: str) -> tuple[SentenceId, ...]:
    """The ids of a line that has nothing else; none of another."""
    text, marks = without_marks(_plain(line))
    # One may stand bare in front of those in brackets.
    bare = ids_in(text) if marks and any(char.isalnum() for char in text) else ()
    if bare is None or (not marks and text):
        return ()
    return tuple(dict.fromkeys((*bare, *(name for _, names in marks for name in names))))


def _statement(text: str, ids: tuple[SentenceId, ...]) -> Iterator[Statement]:
    text = text.strip().rstrip(";,")
    is_heading = not ids and (text.endswith(":") or text.startswith("#"))
    if any(char.isalnum() for char in text) and not is_heading:
        yield Statement(text, ids)


def _statements_of(value: dict[str, Any]) -> list[Statement]:
    """Each sentence of a text, so that each is held against what it cites; all have its ids."""
    said = next((value[key] for key in _TEXT_KEYS if isinstance(value.get(key), str)), None)
    if said is None:
        return []
    named = [value[key] for key in _ID_KEYS if key in value]
    ids = [name for one in named for name in _ids_of(one)]
    # It may have written the ids into the text as well.
    inside = [one for line in said.splitlines() for one in parse_line(line)]
    return [Statement(one.text, tuple(dict.fromkeys((*ids, *one.ids)))) for one in inside]


def _ids_of(value: object) -> Sequence[SentenceId]:
    if isinstance(value, list):
        return [name for one in value for name in _ids_of(one)]
    if isinstance(value, dict):
        return [name for one in value.values() for name in _ids_of(one)]
    return ids_in(str(value)) or ()
