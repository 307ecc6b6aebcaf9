"""Topics as a person writes them."""

from __future__ import annotations

import re

from bot.language import gettext as _

MOST_TOPICS = 10
MOST_TOPIC_CHARS = 60
# Of all that a person writes at once about topics, times and lengths: reading it tries many ways.
MOST_CHARS = 1_000


def as_one_line(text: str) -> tuple[str, str | None]:
    """What was written, its white space and commas folded; or that it is too long."""
    line = re.sub(r" ?,[ ,]*", ", ", " ".join(text.split())).strip()
    if len(line) > MOST_CHARS:
        return "", _("That is too long; name up to {most} topics, each a few words.").format(
            most=MOST_TOPICS
        )
    return line, None


def read_topics(text: str) -> tuple[tuple[str, ...], str | None]:
    """Topics separated by commas, each once; or what is wrong with them."""
    parts = [" ".join(part.split()) for part in re.split(r"[,;\n]", text)]
    topics = tuple({part.casefold(): part for part in parts if part}.values())
    if len(topics) > MOST_TOPICS:
        return (), _("That is {count} topics; I can follow at most {most}.").format(
            count=len(topics), most=MOST_TOPICS
        )
    long = next((one for one in topics if len(one) > MOST_TOPIC_CHARS), None)
    if long is not None:
        return (), _("A topic is a few words, at most {most} letters.").format(
            most=MOST_TOPIC_CHARS
        )
    return topics, None
