"""A model's answer, read while it streams: statements, each with the sentence ids it ends with.

Models set ids in many ways, also where they were shown how; all are known here. A model that was
asked for JSON, or writes some unasked, is read by `json_statements`.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from retrieval.grounding.citations import SentenceId
from retrieval.text.sentences import split_sentences
from retrieval.text.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


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


# Sentence ids as models write them: out of the text without a scrap, and into `SentenceId`s.
#
# Shown `[3.2]`, models write `(3.2)`, `[[3.2]]`, `[ID: 3.2]`, `[Article 3, sentence 2]`, `3.2:` in
# front of a line, and dozens of other forms. So a bracket is judged by what it holds: ids, the
# words that go with them, and nothing else.

Marks = list[tuple[int, tuple[SentenceId, ...]]]

_OPENING, _CLOSING = "[【〔［「⟦{(（<", "]】〕］」⟧})）>"
# In these, readers would take any number for a footnote of ours; in round ones a figure may stand.
_SQUARE = frozenset("[【〔［「⟦{<")
_LONGEST = 400
_LONGEST_RANGE = 50

_AND = r"(?:,|;|&|/|\||\+|and|or|plus|та|і|й|и|або|или)"
_TO = r"(?:-|–|—|to|through|до|по|\.\.+|…)"
_ARTICLE = r"(?:articles?|art|passages?|sources?|documents?|docs?|стат(?:т[яіею]|ь[яие])|документ)"
_SENTENCE = r"(?:sentences?|sent|lines?|s|речення|предложени[ея])"
_MORE = rf"(?:\s*(?:{_AND}|{_TO})\s*\d{{1,3}}(?![\d.:]))*"
_LONG = re.compile(
    rf"\b{_ARTICLE}\.?\s*[#№:]?\s*(\d{{1,3}})\s*[,;:/.–-]*\s*{_SENTENCE}\.?\s*[#№:]?\s*"
    rf"(\d{{1,3}})(?!\d|[.:]\d)({_MORE})"
)
_LONG_TURNED = re.compile(
    rf"\b{_SENTENCE}\.?\s*[#№:]?\s*(\d{{1,3}})({_MORE})\s*,?\s*"
    rf"(?:of|in|from|з|із|из|в|у)?\s*(?:the )?{_ARTICLE}\.?\s*[#№:]?\s*(\d{{1,3}})(?!\d|[.:]\d)"
)
_POINT = r"\s?[.:_·]\s?"
_ID = re.compile(
    rf"(?<![\d.,])[sp]?(\d{{1,3}}){_POINT}[sp]?(\d{{1,3}})(?!\d|[.:,]\d)"
    rf"(?:\s*{_TO}\s*(?:(\d{{1,3}}){_POINT})?(\d{{1,3}})(?!\d|[.:,]\d))?"
)
# Words and marks that go with ids.
_WITH_IDS = re.compile(
    rf"\b(?:ids?|sentence ids?|{_SENTENCE}|{_ARTICLE}|src|refs?|references?"
    r"|cit(?:e|es|ed|ations?|ing)|see|also|cf|from|per|in|of|the|based on|according to|as|evidence"
    r"|supported by|support|footnotes?|no|nr|p|l\d*|джерел[оа]|источники?|див|см|ід|ид)\b"
    rf"|\b{_AND}\b|[\s\[\]【】〔〕［］「」⟦⟧(){{}}<>,;:/|&+#№^†‡*_`\"'“”.=–—→-]"
)
_LIKE_ID = r"\d{1,3}(?:\.\d{1,3})*\.?"
_LIKE_IDS = re.compile(rf"\s*[\^#]?{_LIKE_ID}(?:\s*[,;–-]\s*{_LIKE_ID})*\s*")
_THOUSANDS = re.compile(r"\s*\d{1,3}(?:,\d{3})+\s*")
_ROUND_ID = re.compile(r"\b[1-9]\d?\.[1-9]\d?\b(?!\s*(?:%|percent|per cent|million|billion))")
_ELEMENT = re.compile(
    r"<(sup|cite|citation|ref|source|id|a|span|sub)\b([^<>]{0,80})>([^<>]{0,200})</\1\s*>"
    r"|<(?:cite|ref|citation|source)\b([^<>]{0,80})/?>",
    re.IGNORECASE,
)
_LINK = re.compile(r"\((?:#|https?:|id:|\.?/)?[^()\s]{0,200}\)")
_ESCAPED = re.compile(r"\\([\[\](){}])")
_RAISED = re.compile(r"\^\{?([\d.,; ]{3,40})\}?\^?|`([^`]{3,60})`")
_LAST = re.compile(r"(?:(?<=[.!?…»”\"'])\s*|\s)[-–—|→~]*\s*(?=\S)")
_BARE_IDS = re.compile(
    rf"[-–—|→~]*\s*[1-9]\d?\.[1-9]\d?(?:\s*{_AND}?\s*[1-9]\d?\.[1-9]\d?)*\s*\.?\s*\Z"
)
_LABELLED = re.compile(
    rf"(?<!\w)(?:sources?|ids?|refs?|references?|citations?|cit(?:e|ed|ing)|{_SENTENCE}|{_ARTICLE}"
    r"|evidence|see|based on|supported by|джерел[оа]|источники?)\b\s*[:#№=.–—-]*\s*(?:ids?\s*)?"
    r"[\[(]*\s*(?:\d|[a-zа-я]+\.?\s*\d)",
    re.IGNORECASE,
)
_IN_FRONT = re.compile(
    r"\s*(?:id\s*[:#]?\s*)?([1-9]\d?\.[1-9]\d?(?:\s*[,;&]\s*[1-9]\d?\.[1-9]\d?)*)"
    r"(?:\s*[:)|→–—]\s*|\.\s+|\s+-\s+|\s+(?=(?-i:[A-ZА-ЯІЇЄҐ\"“«])))",
    re.IGNORECASE,
)
_LONG_IN_FRONT = re.compile(
    rf"\s*({_ARTICLE}\.?\s*\d{{1,3}}\s*[,;:/.–-]*\s*{_SENTENCE}\.?\s*\d{{1,3}})\s*[:)|→–—-]\s*",
    re.IGNORECASE,
)
_LEFT_OVER = re.compile(r"\s*[.,;:|→–—-]")
_ENDED = re.compile(r"[.!?…][\"'”»)]*\s*\Z")


def ids_in(content: str) -> tuple[SentenceId, ...] | None:
    """The ids of what is nothing but ids and the words that go with them; None of anything else."""
    plain = normalize("NFKC", content).casefold()
    found = list[tuple[int, list[SentenceId]]]()

    def long(match: re.Match[str]) -> str:
        passage, first, more = match.groups()
        found.append((match.start(), _listed(int(passage), int(first), more)))
        return " " * len(match.group())

    def turned(match: re.Match[str]) -> str:
        first, more, passage = match.groups()
        found.append((match.start(), _listed(int(passage), int(first), more)))
        return " " * len(match.group())

    def short(match: re.Match[str]) -> str:
        found.append((match.start(), _ranged(match)))
        return " " * len(match.group())

    rest = _ID.sub(short, _LONG_TURNED.sub(turned, _LONG.sub(long, plain)))
    if not found or _WITH_IDS.sub("", rest):
        return None
    names = (name for _, ids in sorted(found, key=lambda one: one[0]) for name in ids)
    return tuple(dict.fromkeys(names))


def without_marks(line: str) -> tuple[str, Marks]:
    """The line without its ids and what looks like some, and where in it they stood."""
    line = _ESCAPED.sub(r"\1", visible(line.replace("&nbsp;", " ")))
    out = _Text()
    line = _front(line, out)
    line, last = _tail(line)
    at, ends = 0, _ends(line)
    while at < len(line):
        found = _mark_at(line, at, ends.get(at))
        if found is None:
            out.text += line[at]
            at += 1
            continue
        end, ids = found
        out.mark(ids)
        at = _after(line, end, out)
    if last is not None:
        out.mark(last)
    return out.cleaned(), out.marks


class _Text:
    """The text so far, and the marks that stood in it."""

    def __init__(self) -> None:
        self.text = ""
        self.marks: Marks = []
        self._marked_at = -1

    def mark(self, ids: tuple[SentenceId, ...]) -> None:
        """Here stood a mark."""
        self.text = self.text.rstrip().rstrip("*_`^#").rstrip()
        if self._marked_at >= 0:
            between = self.text[self._marked_at :]
            if re.fullmatch(rf"(?:\s|{_AND})*", between, re.IGNORECASE):
                self.text = self.text[: self._marked_at]
        self._marked_at = len(self.text)
        if ids:
            self.marks.append((len(self.text), ids))

    def cleaned(self) -> str:
        """Without what is left of the last mark."""
        if self._marked_at >= 0 and not self.text[self._marked_at :].strip(" .;,"):
            end = self.text[self._marked_at :].strip()
            before = self.text[: self._marked_at].rstrip(" -–—|→;,:([")
            self.text = before if _ENDED.search(before) else before + end[:1]
        self.marks = [(min(at, len(self.text)), ids) for at, ids in self.marks]
        return self.text


def _mark_at(line: str, at: int, end: int | None) -> tuple[int, tuple[SentenceId, ...]] | None:
    """The end and the ids of a mark that begins here; `end` is where its bracket has closed."""
    char = line[at]
    if char == "<" and (element := _ELEMENT.match(line, at)):
        inside = f"{element.group(2) or ''} {element.group(3) or ''} {element.group(4) or ''}"
        ids = ids_in(re.sub(r"\b(?:id|href|src|data-\w+)\s*=", " ", inside))
        if ids:
            return element.end(), ids
    if char in "^`" and (raised := _RAISED.match(line, at)):
        ids = ids_in(raised.group(1) or raised.group(2))
        if ids:
            return raised.end(), ids
    ids = None if end is None else _bracketed(char, line[at + 1 : end - 1])
    return None if end is None or ids is None else (end, ids)


def _bracketed(opening: str, content: str) -> tuple[SentenceId, ...] | None:
    """The ids in a bracket; none in one that only looks like them; None: it belongs to the text."""
    ids = ids_in(content)
    if opening in _SQUARE:
        is_like = _LIKE_IDS.fullmatch(content) and not _THOUSANDS.fullmatch(content)
        return () if ids is None and is_like and opening != "<" else ids
    is_meant = _ROUND_ID.search(content) or re.search(r"[a-zа-я\[]", content.casefold())
    return ids if ids and is_meant else None


def _ends(line: str) -> dict[int, int]:
    """Where the brackets of a line open, and behind which place they are closed; no long ones."""
    opened: list[int] = []
    ends: dict[int, int] = {}
    for place, char in enumerate(line):
        if char in _OPENING:
            opened.append(place)
        elif char in _CLOSING and opened:
            start = opened.pop()
            if place - start < _LONGEST:
                ends[start] = place + 1
    return ends


def _after(line: str, end: int, out: _Text) -> int:
    """Where the text goes on behind a mark, past the scraps that belong to it."""
    if link := _LINK.match(line, end):
        end = link.end()
    while end < len(line) and line[end] in "*_`":
        end += 1
    rest = _LEFT_OVER.match(line, end)
    if rest and (not out.text.strip() or _ENDED.search(out.text)):
        end = rest.end()
    return end


def _front(line: str, out: _Text) -> str:
    """Take ids without brackets off the beginning of a line."""
    for pattern in (_IN_FRONT, _LONG_IN_FRONT):
        found = pattern.match(line)
        if found and found.end() < len(line) and (ids := ids_in(found.group(1))):
            out.mark(ids)
            return line[found.end() :]
    return line


def _tail(line: str) -> tuple[str, tuple[SentenceId, ...] | None]:
    """Take ids without brackets, with a label or bare, off the end of a line."""
    start = max(0, len(line) - _LONGEST)
    for found in _LABELLED.finditer(line, start):
        if ids := ids_in(line[found.start() :]):
            return _closing(line[: found.start()], line), ids
    for found in _LAST.finditer(line, start):
        is_apart = found.start() == 0 or line[: found.end()].rstrip()[-1:] in "-–—|→~.!?…»”\"'"
        if is_apart and _BARE_IDS.match(line, found.end()) and (ids := ids_in(line[found.end() :])):
            return _closing(line[: found.start()], line), ids
    return line, None


def _closing(text: str, line: str) -> str:
    """A line without its tail, ended as it was."""
    text = text.rstrip(" -–—|→~;,:([")
    return text if _ENDED.search(text) or not line.rstrip().endswith(".") else f"{text}."


def _ranged(match: re.Match[str]) -> list[SentenceId]:
    passage, first, last_passage, last = match.groups()
    one = SentenceId(int(passage), int(first))
    if last is None:
        return [one]
    if last_passage is not None and last_passage != passage:
        return [one, SentenceId(int(last_passage), int(last))]
    end = min(max(int(last), int(first)), int(first) + _LONGEST_RANGE)
    return [SentenceId(int(passage), n) for n in range(int(first), end + 1)]


def _listed(passage: int, first: int, more: str) -> list[SentenceId]:
    """Sentences of one article: "2 and 3", "2-4"."""
    names = [first]
    for joined, number in re.findall(rf"({_AND}|{_TO})\s*(\d{{1,3}})", more):
        is_range = re.fullmatch(_TO, joined) is not None
        end = min(int(number), names[-1] + _LONGEST_RANGE)
        names += list(range(names[-1] + 1, end + 1)) if is_range else [int(number)]
    return [SentenceId(passage, n) for n in names]
