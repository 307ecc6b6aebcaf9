"""Topics as a person writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from retrieval.answering.intents import overview_of
from retrieval.errors import RequestError
from retrieval.messages import UserMessage
from retrieval.search.dates import find_dates, without_dates
from retrieval.text.words import empty_words, written_words

# More names narrow a topic to nothing.
_MOST_NAMES, _MOST_WORDS = 3, 4
_ANY_DAY = datetime(2024, 1, 1, tzinfo=UTC)
MOST_TOPICS = 10
MOST_TOPIC_CHARS = 60
# Limit on what a person writes about topics, times and lengths at once: parsing tries many ways.
MOST_CHARS = 1_000


def as_one_line(text: str) -> str:
    """A text on one line, with white space and commas normalised.

    Raises:
        RequestError: it is too long.
    """
    line = re.sub(r" ?,[ ,]*", ", ", " ".join(text.split())).strip()
    if len(line) > MOST_CHARS:
        raise RequestError(
            UserMessage(
                "That's too long. Name up to {most} topics, a few words each.", most=MOST_TOPICS
            )
        )
    return line


def read_topics(text: str) -> tuple[str, ...]:
    """Topics separated by commas, without repetitions.

    Raises:
        RequestError: there are too many, or one is too long.
    """
    parts = [" ".join(part.split()) for part in re.split(r"[,;\n]", text)]
    topics = tuple({part.casefold(): part for part in parts if part}.values())
    if len(topics) > MOST_TOPICS:
        raise RequestError(
            UserMessage(
                "That's {count} topics; I can follow at most {most}.",
                count=len(topics),
                most=MOST_TOPICS,
            )
        )
    long = next((one for one in topics if len(one) > MOST_TOPIC_CHARS), None)
    if long is not None:
        raise RequestError(
            UserMessage("A topic is a few words, {most} characters at most.", most=MOST_TOPIC_CHARS)
        )
    return topics


def topic_of(question: str) -> str | None:
    """What a question is about, in a few words that news about it contain; None if unclear.

    The topic of a request for news, else the names in it, else all of it if it is short.
    """
    asked = without_dates(question, find_dates(question, _ANY_DAY)).strip(" ?!.")
    wish = overview_of(asked)
    if wish is not None and wish.topic:
        return wish.topic if len(wish.topic) <= MOST_TOPIC_CHARS else None
    telling = [
        (word, first)
        for word, first in written_words(asked)
        if word.casefold() not in empty_words()
    ]
    names = [word for word, first in telling if word[:1].isupper() and not first]
    found = names[:_MOST_NAMES]
    if not names and len(telling) == len(asked.split()) <= _MOST_WORDS:
        found = [word for word, _first in telling]
    topic = " ".join(dict.fromkeys(found))
    return topic if 0 < len(topic) <= MOST_TOPIC_CHARS else None
