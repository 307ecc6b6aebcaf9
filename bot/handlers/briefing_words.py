"""What stands behind /briefing: topics, since when, how long, and whether as a file. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.topics import as_one_line, read_topics
from retrieval.briefing import is_time
from retrieval.models import Length

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_FORM = re.compile(
    r"^(?:as )?(?:an? )?(?:(?P<first>html|md|markdown)(?: file)?|file)\b\s*"
    r"|[\s,]+(?:as )?(?:an? )?(?:(?P<last>html|md|markdown)(?: file)?|file)$",
    re.IGNORECASE,
)
# The last briefing once more; and a summary of the week, whatever was told of it.
_AGAIN = re.compile(
    r"^(?:(?:the )?(?:again|once more|last(?: one| briefing)?|previous(?: one)?)|repeat"
    r"|ще раз|знову|останн\w+|ещё раз|еще раз|снова|последн\w+)[.!]?$",
    re.IGNORECASE,
)
_WEEK = re.compile(
    r"^(?:(?:the|my|this) )?(?:week(?:ly)?(?: (?:summary|briefing|in review))?|тижнев\w+|тиждень"
    r"|за тиждень|за неделю|неделя|недельн\w+)(?:(?= *$|,)|(?: (?:on|about|про|о|об)\b))",
    re.IGNORECASE,
)
_SINCE = "since"
# These stand before topics as often as before times.
_MARKS = frozenset({_SINCE, "from", "з", "із", "від", "с", "со", "от", "после", "після", "за"})
# What says since when without "since", at either end.
_BARE = re.compile(
    r"^(?:(?:last |past )?\d{1,4}\s?[^\W\d]+\.?|(?:last|past|this) \w+|today|yesterday"
    r"|сьогодні|вчора|сегодня|вчера)$",
    re.IGNORECASE,
)
_MOST_WORDS = 5
# Behind so many of them a time is looked for.
_MOST_MARKS = 20
_LENGTHS = (
    (re.compile(r"(?:^|[\s,])in[\s-]depth\b", re.IGNORECASE), Length.DEPTH),
    (re.compile(r"(?:^|[\s,])headlines(?: only)?\b", re.IGNORECASE), Length.HEADLINES),
)


@dataclass(frozen=True, slots=True)
class Words:
    """What was asked for. `form` is md or html for a file; `problem` a sentence for the person.

    `again` is the last briefing once more; `week` a summary of the last seven days.
    """

    topics: tuple[str, ...] = ()
    since: str | None = None
    length: Length = Length.STANDARD
    form: str | None = None
    again: bool = False
    week: bool = False
    problem: str | None = None


def read_briefing(text: str, now: datetime) -> Words:
    """Read what stands behind the command, such as "Kursk, energy since Monday in depth"."""
    rest, problem = as_one_line(text)
    if problem is not None:
        return Words(problem=problem)
    form = None
    found = _FORM.search(rest)
    if found:
        form = (
            "md" if (found["first"] or found["last"] or "").casefold().startswith("m") else "html"
        )
        rest = rest[: found.start()] + rest[found.end() :]
    if _AGAIN.match(rest):
        return Words(form=form, again=True)
    week = _WEEK.match(rest)
    if week:
        rest = rest[week.end() :].strip(" ,")
    length = Length.DEPTH if week else Length.STANDARD
    for pattern, value in _LENGTHS:
        if pattern.search(rest):
            rest, length = pattern.sub("", rest, count=1).strip(" ,"), value
            break
    about, since = (rest, None) if week else _parted(rest.split(), now)
    topics, problem = read_topics(about)
    return Words(topics, since, length, form, week=bool(week), problem=problem)


def _parted(words: list[str], now: datetime) -> tuple[str, str | None]:
    """Topics, and since when, wherever in the words that stands."""
    marks = [at for at, word in enumerate(words) if word.casefold() in _MARKS]
    for at in marks[:_MOST_MARKS]:
        word = words[at]
        end = next((end for end in _ends(words, at + 1) if _is_time(words[at + 1 : end], now)), 0)
        if end:
            return _joined(words[:at], words[end:]), " ".join(words[at + 1 : end]).strip(",")
        if word.casefold() == _SINCE:  # meant as a time; it is said that it can't be read
            return " ".join(words[:at]), " ".join(words[at + 1 :])
    for start, end in _edges(len(words)):
        bare = " ".join(words[start:end]).strip(",")
        if _BARE.match(bare) and is_time(bare, now):
            return _joined(words[:start], words[end:]), bare
    return " ".join(words), None


def _joined(before: list[str], after: list[str]) -> str:
    """Topics on both sides of a time are two."""
    return ", ".join(" ".join(some).strip(" ,") for some in (before, after) if some)


def _ends(words: list[str], start: int) -> range:
    """Where a time may end that begins at `start`, the longest first."""
    return range(min(len(words), start + _MOST_WORDS), start, -1)


def _edges(count: int) -> Iterator[tuple[int, int]]:
    """The runs of a few words at either end, the longest first."""
    for size in range(min(count, 3), 0, -1):
        yield count - size, count
        yield 0, size


def _is_time(words: list[str], now: datetime) -> bool:
    return is_time(" ".join(words).strip(","), now)
