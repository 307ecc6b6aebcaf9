"""Parses the arguments of /subscribe: time, weekdays, length, topics, in any order. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from bot.features.subscriptions import views as say
from bot.features.subscriptions.schedule import (
    EVERY_DAY,
    MONDAY,
    WEEKEND,
    WORKING_DAYS,
    is_one_day,
    read_time,
)
from bot.features.subscriptions.time_zones import written_zone
from bot.features.topics import as_one_line, read_topics
from bot.telegram.rich_text import plain
from retrieval.errors import RequestError
from retrieval.messages import UserMessage
from retrieval.models import Length

EVERYTHING = frozenset(("all", "all news", "everything", "all topics", "any", "anything"))

_DAYS = (
    *("mon(?:day)?", "tue(?:s|sday)?", "wed(?:nesday)?", "thu(?:rs?|rsday)?", "fri(?:day)?"),
    *("sat(?:urday)?", "sun(?:day)?"),
)
_DAY = rf"(?:{'|'.join(_DAYS)})s?\b\.?"
_DAY_LIST = rf"{_DAY}(?:(?:\s*[-–—,/&]\s*|\s+(?:to|and)\s+|\s+){_DAY})*"
_GROUPS = {
    r"every\s?day|daily|all\s+week": EVERY_DAY,
    r"(?:every\s+)?(?:week|working\s?)days?": WORKING_DAYS,
    r"(?:every\s+|at\s+)?weekends?": WEEKEND,
}
_WHEN = re.compile(rf"(?:on\s+|every\s+)?(?:{'|'.join(_GROUPS)}|{_DAY_LIST})", re.IGNORECASE)
_HALF = r"\s*[ap]\.?\s?m\b\.?"
_TIMES = (
    # clearly meant as a time anywhere, even if no clock shows it
    re.compile(
        rf"(?:\bat\s+)?(?<![\d:.])(\d{{1,2}}:\d{{1,2}}(?![\d:])(?:{_HALF})?)", re.IGNORECASE
    ),
    re.compile(rf"(?:\bat\s+)?(?<![\d:.])(\d{{1,2}}(?:\.\d\d)?{_HALF})", re.IGNORECASE),
    # other numbers only where a time is expected
    re.compile(r"^(?:at\s+)?(\d{1,2}[.h]\d\d|0\d{2,3})(?=$|[\s,;])", re.IGNORECASE),
    re.compile(r"^at\s+(\d{1,4})(?=$|[\s,;])", re.IGNORECASE),
    re.compile(rf"^(\d{{3,4}})(?=$|\s*[,;]|\s+{_WHEN.pattern})", re.IGNORECASE),
)
_LENGTHS = {
    re.compile(r"\bin[\s-]depth\b", re.IGNORECASE): Length.DEPTH,
    re.compile(r"\bheadlines(?:\s+only)?\b", re.IGNORECASE): Length.HEADLINES,
    re.compile(r"\bstandard(?:\s+length)?\b", re.IGNORECASE): Length.STANDARD,
}
# A summary of the week; it comes first or last, like weekdays.
_SUMMARY = "summary|briefing|digest|review|зведення|підсумк\\w+|сводк\\w+|итоги"
_A_WEEK = (
    rf"(?:(?:an?|the)\s+weekly\s+(?:{_SUMMARY})|(?:weekly|every\s+week|щотижня|щотижнев\w+"
    rf"|тижнев\w+|еженедельн\w+|недельн\w+)(?:\s+(?:{_SUMMARY}))?)"
)
_WEEKLY = re.compile(rf"^{_A_WEEK}(?=$|[\s,;])|(?:^|(?<=[\s,;])){_A_WEEK}$", re.IGNORECASE)
_SILENT = re.compile(r"\bsilent(?:ly)?(?:\s+(?:on|if)\s+quiet(?:\s+days)?)?\b", re.IGNORECASE)
_ZONE = re.compile(
    r"(?<!\S)(?:[A-Z]\w+/[A-Z][\w/+-]+|(?:UTC|GMT)(?:\s?[+\-−]\s?\d{1,2}(?::\d\d)?)?)(?=$|[\s,;])"
)
_ABOUT = re.compile(r"^(?:about|on|for|topics?:?)\s+", re.IGNORECASE)
# How many words that look like zones are looked up.
_MOST_ZONES = 3
_EDGES = " ,;.\n"


# A channel by its name, or by a link to it or to one of its posts.
_CHANNEL = re.compile(
    r"(?:@(?P<name>[A-Za-z]\w{3,31})|(?P<number>-100\d{5,13})"
    r"|(?:https?://)?t(?:elegram)?\.me/(?:c/(?P<inner>\d{5,13})|(?:s/)?(?P<link>[A-Za-z]\w{3,31}))"
    r"(?:/\d+)*/?)(?=$|[\s,;])"
)


@dataclass(frozen=True, slots=True)
class SubscribeRequest:
    """The fields of `Terms` that were given."""

    terms: dict[str, Any] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether a time was given, so that nothing has to be asked."""
        return "minute" in self.terms


def read_request(text: str) -> SubscribeRequest:
    """Parse a line such as "7:30 Mon-Fri Kursk, energy in depth".

    Raises:
        RequestError: part of it can't be understood.
    """
    terms: dict[str, Any] = {}
    rest, zone = _take_zone(as_one_line(text))
    if zone:
        terms["zone"] = zone
    rest, written = _take_time(rest)
    if written:
        minute = read_time(written)
        if minute is None:
            raise no_time(written)
        terms["minute"] = minute
    for pattern, length in _LENGTHS.items():
        if "length" not in terms and pattern.search(rest):
            rest, terms["length"] = _without(pattern, rest), length
    if _SILENT.search(rest):
        rest, terms["silent"] = _without(_SILENT, rest), True
    rest, days = _take_when(rest)
    if days.get("weekly") and not is_one_day(days["weekdays"]):
        raise RequestError(say.ONE_DAY)
    if days.get("weekly"):
        terms = {"length": Length.DEPTH} | terms
    terms |= days
    return _with_topics(rest, terms)


def read_channel(text: str) -> tuple[str | int | None, str]:
    """The channel (@name or id) that a line begins or ends with, or None, and the rest."""
    line = text.strip()
    found = _CHANNEL.match(line)
    if found is None:
        last = line.rpartition(" ")[2]
        if not last.startswith(("@", "http", "t.me/")) or not _CHANNEL.fullmatch(last):
            return None, text
        line, rest = last, line[: -len(last)]
        found = _CHANNEL.fullmatch(line)
        if found is None:
            raise AssertionError
    else:
        rest = line[found.end() :]
    number = found["number"] or (f"-100{found['inner']}" if found["inner"] else None)
    return int(number) if number else f"@{found['name'] or found['link']}", rest.strip(_EDGES)


def no_time(written: str) -> RequestError:
    """The error for text that is no time of day."""
    return RequestError(
        UserMessage(
            "“{words}” isn't a time of day. Write it like 7:30 or 19:45.",
            words=plain(written, 40).text,
        )
    )


def typed_topics(text: str) -> tuple[str, ...]:
    """Topics from a typed answer; none for "all".

    Raises:
        RequestError: there are none, too many, or too long ones.
    """
    if text.strip(_EDGES).casefold() in EVERYTHING:
        return ()
    topics = read_topics(text)
    if not topics:
        raise RequestError(UserMessage("Write at least one topic, or “all”."))
    return topics


def read_days(text: str) -> int:
    """Weekdays as bits, from text such as Mon-Fri, weekends, Monday and Thursday."""
    words = re.sub(r"^(?:on|every)\s+(?=\S)", "", text.strip(_EDGES).casefold())
    for pattern, bits in _GROUPS.items():
        if re.fullmatch(pattern, words) or re.fullmatch(pattern, f"every {words}"):
            return bits
    days = [
        (found.start(), found.end(), number)
        for found in re.finditer(_DAY, words)
        for number, day in enumerate(_DAYS)
        if re.fullmatch(rf"{day}s?\.?", found[0])
    ]
    bits = 0
    for at, (start, _end, day) in enumerate(days):
        bits |= 1 << day
        between = words[days[at - 1][1] : start].strip() if at else ""
        if between in {"-", "–", "—", "to"}:
            for step in range((day - days[at - 1][2]) % 7):
                bits |= 1 << (days[at - 1][2] + step) % 7
    return bits


def _with_topics(rest: str, terms: dict[str, Any]) -> SubscribeRequest:
    rest = _ABOUT.sub("", rest.strip(_EDGES))
    if rest and rest.casefold() not in EVERYTHING:
        terms["topics"] = read_topics(rest)
    return SubscribeRequest(terms)


def _take_zone(text: str) -> tuple[str, str | None]:
    for found in islice(_ZONE.finditer(text), _MOST_ZONES):
        if zone := written_zone(found[0]):
            return f"{text[: found.start()]} ; {text[found.end() :]}".strip(_EDGES), zone
    return text, None


def _take_time(text: str) -> tuple[str, str | None]:
    for pattern in _TIMES:
        if found := pattern.search(text):
            return f"{text[: found.start()]} ; {text[found.end() :]}".strip(_EDGES), found[1]
    return text, None


def _take_when(text: str) -> tuple[str, dict[str, Any]]:
    """Take weekdays and the request for a summary of the week, in either order."""
    rest, weekly = _take_weekly(text)
    rest, weekdays = _take_days(rest)
    if not weekly:
        rest, weekly = _take_weekly(rest)
    if weekly:
        return rest, {"weekly": True, "weekdays": weekdays or MONDAY}
    return rest, {"weekdays": weekdays} if weekdays else {}


def _take_weekly(text: str) -> tuple[str, bool]:
    text = text.strip(_EDGES)
    found = _WEEKLY.search(text)
    return (f"{text[: found.start()]} {text[found.end() :]}", True) if found else (text, False)


def _take_days(text: str) -> tuple[str, int]:
    """Take weekdays from the start or end; elsewhere they are part of a topic."""
    text = text.strip(_EDGES)
    first = re.match(rf"{_WHEN.pattern}(?=$|[\s,;])", text, re.IGNORECASE)
    if first:
        return text[first.end() :], read_days(first[0])
    last = re.search(rf"(?:^|(?<=[\s,;])){_WHEN.pattern}$", text, re.IGNORECASE)
    if last:
        return text[: last.start()], read_days(last[0])
    return text, 0


def _without(pattern: re.Pattern[str], text: str) -> str:
    return " ".join(pattern.sub(" ", text, count=1).split())
