"""Topics as a person writes them."""

from __future__ import annotations

import re

MOST_TOPICS = 10
MOST_TOPIC_CHARS = 60


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
