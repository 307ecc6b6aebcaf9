"""The news as such, or the newest about a topic, quoted: the sentences with which articles begin.

Pure; what to choose from comes from `Searcher`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from retrieval.words import same_words, stems, words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from retrieval.models import Hit, Passage

MOST_STORIES, MOST_OF_TOPIC = 5, 3
# Of how many sentences of an article's first passage one is its lead.
_BEGINNING = 4
_SHORTEST = 6
# Titles that share this much of the shorter one's words are of one story.
_ONE_STORY = 0.4
SAME = 0.7
# What is so much older than the newest about a topic is no longer its latest.
_STALE = timedelta(days=21)
_ENDS = (".", "!", "”", '"', "’", "'", "…", "»")


@dataclass(frozen=True, slots=True)
class Lead:
    """Sentence `index` of the hit number `hit`."""

    hit: int
    index: int


def leads_of_the_news(leads: Sequence[Hit], most: int = MOST_STORIES) -> list[Lead]:
    """Of the first passages of articles, newest first: a sentence each of as many stories.

    Of a day, what most articles are about comes first.
    """
    titles = [stems(hit.passage.article.title) for hit in leads]
    support = [sum(_overlap(one, other) >= _ONE_STORY for other in titles) for one in titles]
    order = sorted(range(len(leads)), key=lambda n: (_day(leads[n]), -support[n], n))
    chosen: list[Lead] = []
    for n in order:
        index = _lead(leads[n].passage, frozenset())
        if index is None or any(
            _overlap(titles[n], titles[one.hit]) >= _ONE_STORY for one in chosen
        ):
            continue
        chosen.append(Lead(n, index))
        if len(chosen) == most:
            break
    return chosen


def leads_of_a_topic(topic: str, hits: Sequence[Hit], most: int = MOST_OF_TOPIC) -> list[Lead]:
    """The newest articles about a topic, a sentence each; none if none is about all of it.

    An article is about a topic that its title, or its beginning, names, and whose words all stand
    in what was found of it.
    """
    asked = stems(topic) or frozenset(words(topic))
    chosen: list[Lead] = []
    seen: Counter[int] = Counter()
    about = [n for n, hit in enumerate(hits) if asked and _is_about(hit.passage, asked)]
    for n in sorted(about, key=lambda n: (_minus(hits[n]), n)):
        passage = hits[n].passage
        index = _lead(passage, asked)
        if index is None or seen[passage.article.id] or not _is_fresh(hits[n], hits, chosen):
            continue
        text = passage.sentence(index)
        if any(same_words(text, hits[one.hit].passage.sentence(one.index), SAME) for one in chosen):
            continue
        seen[passage.article.id] += 1
        chosen.append(Lead(n, index))
        if len(chosen) == most:
            break
    return chosen


def _is_about(passage: Passage, asked: frozenset[str]) -> bool:
    title = stems(passage.article.title)
    beginning = stems(" ".join(map(passage.sentence, range(min(2, len(passage.sentences))))))
    is_named = bool(asked & title) or (passage.ordinal == 0 and bool(asked & beginning))
    return is_named and asked <= title | stems(passage.text)


def _lead(passage: Passage, asked: frozenset[str]) -> int | None:
    """The sentence of a passage that tells its news: the first, or that with most of `asked`."""
    telling = [
        (len(asked & stems(passage.sentence(index))), -index)
        for index in range(len(passage.sentences))
        if (asked or index < _BEGINNING) and _tells(passage.sentence(index))
    ]
    return -max(telling)[1] if telling else None


def _tells(text: str) -> bool:
    """Whether a sentence is one that can stand alone: no question, no heading, no teaser."""
    written = text.strip()
    return (
        len(words(written)) >= _SHORTEST
        and written.endswith(_ENDS)
        and not written.endswith(("?”", '?"', "…", "..."))
        and not written.isupper()
    )


def _is_fresh(hit: Hit, hits: Sequence[Hit], chosen: Sequence[Lead]) -> bool:
    if not chosen:
        return True
    newest, at = _published(hits[chosen[0].hit]), _published(hit)
    return newest is not None and at is not None and newest - at <= _STALE


def _published(hit: Hit) -> datetime | None:
    published = hit.passage.article.published
    return published.at if published else None


def _minus(hit: Hit) -> float:
    at = _published(hit)
    return -at.timestamp() if at else float("inf")


def _day(hit: Hit) -> int:
    at = _published(hit)
    return -at.date().toordinal() if at else 1


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (min(len(one), len(other)) or 1)
