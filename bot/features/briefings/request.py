"""Parses the arguments of /briefing: topics, start, length, and form. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.features.topics import as_one_line, read_topics
from retrieval.briefing import is_time
from retrieval.models import Length

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

PICTURE = "png"
# "as a file" counts anywhere; the bare word only at either end.
_FILE = re.compile(
    r"(?:^|(?<=[\s,(]))\(?(?:(?:please )?(?:send|give)(?: it| this| them)?(?: to me)? |me )?"
    r"(?:(?:as|in) (?:an? )?(?:(?P<form>html|md|markdown|pdf)(?: (?:file|document))?|file|document"
    r"|(?P<picture>picture|image|card|photo))"
    r"|(?:як|у вигляді|в виде) (?:файлу?|файла|документа?)|[ув] файл[іе]|файлом"
    r"|(?P<drawn>карти?нкою|картинкой|зображенням|изображением|карткою))(?![\w-])\)?",
    re.IGNORECASE,
)
_BARE_FILE = re.compile(
    r"^(?:(?P<first>html|md|markdown|pdf)(?: file)?|file|файл)(?![\w-])"
    r"|(?<=[\s,])(?:(?P<last>html|md|markdown|pdf)(?: file)?|file)$",
    re.IGNORECASE,
)
_PLEASE = re.compile(
    r"^(?:please|будь ласка|пожалуйста)\b[,\s]*|[,\s]*\b(?:please|будь ласка|пожалуйста)$",
    re.IGNORECASE,
)
_TODAYS = re.compile(r"^today['’]?s(?: (?:news|stories))?(?![\w'’])", re.IGNORECASE)
# The last briefing again; and a summary of the week, including what is known.
_AGAIN = re.compile(
    r"^(?:(?:the )?(?:(?:same )?again|once more|last(?: one| briefing)?|previous(?: one)?)|repeat"
    r"|ще раз|знову|останн\w+|ещё раз|еще раз|снова|последн\w+)[.!]?$",
    re.IGNORECASE,
)
_WEEK = re.compile(
    r"^(?:(?:the|my|this) )?(?:week(?:ly)?(?: (?:summary|briefing|in review))?|тижнев\w+|тиждень"
    r"|за тиждень|за неделю|неделя|недельн\w+)(?:(?= *$|,)|(?: (?:on|about|про|о|об)\b))",
    re.IGNORECASE,
)
_SINCE = "since"
# Words that come before topics as often as before times.
_MARKS = frozenset(
    (_SINCE, "from", "for", "з", "із", "від", "с", "со", "от", "после", "після", "за")
)
# Words that name a start without "since", at either end.
_BARE = re.compile(
    r"^(?:(?:last |past )?\d{1,4}\s?[^\W\d]+\.?|(?:last|past|this) \w+|today|tonight|yesterday"
    r"|сьогодні|вчора|сегодня|вчера)$",
    re.IGNORECASE,
)
_MOST_WORDS = 5
# How many of them are followed up in search of a time.
_MOST_MARKS = 20
_LENGTHS = (
    (re.compile(r"(?:^|[\s,])in[\s-]depth\b", re.IGNORECASE), Length.DEPTH),
    (
        re.compile(
            r"(?:^|[\s,])(?:headlines(?: only)?|(?:as|in) a (?:short )?list|списком)(?!\w)|^list$",
            re.IGNORECASE,
        ),
        Length.HEADLINES,
    ),
    (re.compile(r"(?:^|[\s,])as stories\b|^stories$", re.IGNORECASE), Length.STANDARD),
)


@dataclass(frozen=True, slots=True)
class BriefingRequest:
    """A request for a briefing. `form`: md or html for a file, or a picture.

    `again`: the last briefing once more. `week`: a summary of the last seven days.
    """

    topics: tuple[str, ...] = ()
    since: str | None = None
    length: Length = Length.STANDARD
    form: str | None = None
    again: bool = False
    week: bool = False


def read_briefing(text: str, now: datetime) -> BriefingRequest:
    """Parse the command's arguments, such as "Kursk, energy since Monday in depth".

    Raises:
        RequestError: the text or a topic is too long, or there are too many topics.
    """
    rest = _PLEASE.sub("", as_one_line(text).strip(" .!?")).strip(" .!?,")
    rest, form = _take_form(rest)
    rest = _TODAYS.sub("today", rest)
    if _AGAIN.match(rest):
        return BriefingRequest(form=form, again=True)
    length = None
    for pattern, value in _LENGTHS:
        if pattern.search(rest):
            rest, length = _without(rest, pattern), value
            break
    week = _WEEK.match(rest)
    if week:
        rest = rest[week.end() :].strip(" ,")
    length = length or (Length.DEPTH if week else Length.STANDARD)
    about, since = (rest, None) if week else _parted(rest.split(), now)
    return BriefingRequest(read_topics(about), since, length, form, week=bool(week))


def _take_form(text: str) -> tuple[str, str | None]:
    """The text without the request for a file, and the file's form (md or html), or None."""
    for pattern in (_FILE, _BARE_FILE):
        if found := pattern.search(text):
            named = {kind: name for kind, name in found.groupdict().items() if name}
            form = next(iter(named.values()), "").casefold()
            if named.keys() & {"picture", "drawn"}:
                return _without(text, pattern), PICTURE
            return _without(text, pattern), "md" if form.startswith("m") else "html"
    return text, None


def _without(text: str, pattern: re.Pattern[str]) -> str:
    """The text without the first match, with spaces and commas normalised."""
    parts = pattern.sub("\n", text, count=1).split("\n", 1)
    comma = parts[0].rstrip().endswith(",") or parts[-1].startswith(",")
    left = ", " if comma else " "
    return left.join(part for part in (one.strip(" ,") for one in parts) if part)


def _parted(words: list[str], now: datetime) -> tuple[str, str | None]:
    """Topics and start, wherever in the text the start is."""
    marks = [at for at, word in enumerate(words) if word.casefold() in _MARKS]
    for at in marks[:_MOST_MARKS]:
        word = words[at]
        end = next((end for end in _ends(words, at + 1) if _is_time(words[at + 1 : end], now)), 0)
        if end:
            return _joined(words[:at], words[end:]), " ".join(words[at + 1 : end]).strip(",")
        if word.casefold() == _SINCE:  # meant as a time; the reply says that it isn't understood
            return " ".join(words[:at]), " ".join(words[at + 1 :])
    for start, end in _edges(len(words)):
        bare = " ".join(words[start:end]).strip(",")
        if _BARE.match(bare) and is_time(bare, now):
            return _joined(words[:start], words[end:]), bare
    return " ".join(words), None


def _joined(before: list[str], after: list[str]) -> str:
    """Joins the topics before and after a time with a comma."""
    return ", ".join(" ".join(some).strip(" ,") for some in (before, after) if some)


def _ends(words: list[str], start: int) -> range:
    """Possible ends of a time that begins at `start`, the longest first."""
    return range(min(len(words), start + _MOST_WORDS), start, -1)


def _edges(count: int) -> Iterator[tuple[int, int]]:
    """The first or last few words as ranges, the longest first."""
    for size in range(min(count, 3), 0, -1):
        yield count - size, count
        yield 0, size


def _is_time(words: list[str], now: datetime) -> bool:
    return is_time(" ".join(words).strip(","), now)
