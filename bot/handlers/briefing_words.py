"""What stands behind /briefing: topics, since when, how long, and whether as a file. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.models import Length

MOST_TOPICS = 10
MOST_TOPIC_CHARS = 60

_FORM = re.compile(r"^(?:as )?(?:a )?(?:(html|md|markdown)(?: file)?|file)\b\s*", re.IGNORECASE)
_SINCE = re.compile(
    r"(?:^|\s)(?:since\s+|(?=(?:last|past)\s+\d)|(?=\d{1,4}\s?(?:h|d|w|hours?|days?|weeks?)$))(.+)$",
    re.IGNORECASE,
)
_LENGTHS = (
    (re.compile(r"(?:^|[\s,])in[\s-]depth\b", re.IGNORECASE), Length.DEPTH),
    (re.compile(r"(?:^|[\s,])headlines(?: only)?\b", re.IGNORECASE), Length.HEADLINES),
)


@dataclass(frozen=True, slots=True)
class Words:
    """What was asked for. `form` is md or html for a file; `problem` a sentence for the person."""

    topics: tuple[str, ...] = ()
    since: str | None = None
    length: Length = Length.STANDARD
    form: str | None = None
    problem: str | None = None


def read_briefing(text: str) -> Words:
    """Read what stands behind the command, such as "Kursk, energy since Monday in depth"."""
    rest = " ".join(text.split())
    form = None
    found = _FORM.match(rest)
    if found:
        form = "html" if (found[1] or "html").casefold() == "html" else "md"
        rest = rest[found.end() :]
    length = Length.STANDARD
    for pattern, value in _LENGTHS:
        if pattern.search(rest):
            rest, length = pattern.sub("", rest, count=1).strip(" ,"), value
            break
    since = _SINCE.search(rest)
    start = since[1].strip() if since else None
    topics, problem = read_topics(rest[: since.start()] if since else rest)
    return Words(topics, start, length, form, problem)


def read_topics(text: str) -> tuple[tuple[str, ...], str | None]:
    """Topics separated by commas, each once; or what is wrong with them."""
    parts = [" ".join(part.split()) for part in re.split(r"[,;\n]", text)]
    topics = tuple({part.casefold(): part for part in parts if part}.values())
    if len(topics) > MOST_TOPICS:
        return (), f"That is {len(topics)} topics; I can follow at most {MOST_TOPICS}."
    long = next((one for one in topics if len(one) > MOST_TOPIC_CHARS), None)
    if long is not None:
        return (), f"A topic is a few words, at most {MOST_TOPIC_CHARS} letters."
    return topics, None
