"""The news as such, or the newest about a topic, quoted: sentences with which articles begin."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from retrieval.answering.intents import overview_of
from retrieval.answering.quoting import closest
from retrieval.grounding import CitationIndex, SentenceId
from retrieval.grounding.composing import cited, quote_of
from retrieval.messages import UserMessage
from retrieval.models import Answer, Made, Mode, Unanswered
from retrieval.search import no_news_from, of_window
from retrieval.search.dates import DateWindow
from retrieval.text.words import names_in, same_words, stem, stems, words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from retrieval.answering.intents import Overview
    from retrieval.answering.writing import AnswerOptions
    from retrieval.models import Hit, Passage
    from retrieval.search import Searcher
    from retrieval.search.query import Plan
    from retrieval.tracing import Stopwatch

EMPTY_ARCHIVE = UserMessage("The archive is empty: no articles have been added yet.")
# How many articles the news are chosen from, and after how long they are no news.
_NEWS_FROM = 40
_LATEST_FROM = 8
_RECENT = timedelta(days=3)
_WEEK = timedelta(days=7)
# Where a window is asked for, how many times as many hits are looked at.
_MORE_FOR_A_WINDOW = 3
MOST_STORIES, MOST_OF_TOPIC = 5, 3
# Of how many sentences of an article's first passage one is its lead.
_BEGINNING = 4
_SHORTEST = 6
# Words that a sentence shares with its article's title.
_SHARED = 2
# Titles that share this much of the shorter one's words are of one story.
_ONE_STORY = 0.4
SAME = 0.7
# What is so much older than the newest about a topic is no longer its latest.
_STALE = timedelta(days=21)
# The title of an article about many things at once.
_MANY = re.compile(r",[^,]+,|\bthings to know\b|\bbriefing\b|\bround-?up\b", re.IGNORECASE)
_TEASER = re.compile(
    r"\bsign up\b|\bsubscribe\b|\bnewsletter\b|\bclick here\b|\bread more\b|\beditor['’]s note\b"
    r"|\bviews expressed\b|^(?:photos?|video|watch|listen)\b|\bhere['’]s what\b"
    r"|підпис(?:атися|уйтеся)"
    r"|подпис(?:аться|ывайтесь)|підписуйтесь",
    re.IGNORECASE,
)
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
        told = _telling(leads[n].passage, frozenset())
        if not told or any(_overlap(titles[n], titles[one.hit]) >= _ONE_STORY for one in chosen):
            continue
        chosen.append(Lead(n, told[0]))
        if len(chosen) == most:
            break
    return chosen


def leads_of_a_topic(topic: str, hits: Sequence[Hit], most: int = MOST_OF_TOPIC) -> list[Lead]:
    """What is newest about a topic: of the newest article two sentences, of others one each.

    An article is about a topic that its title, or its beginning, names, with all names that the
    topic has, and whose words all stand in what was found of it; of an article about many things,
    a sentence has them all. None is chosen if there is no such article.
    """
    asked = stems(topic) or frozenset(words(topic))
    names = frozenset(stem(name) for name in names_in(f"On {topic}"))
    leads = {hit.passage.article.id: hit.passage for hit in hits if hit.passage.ordinal == 0}
    about = [
        n
        for n, hit in enumerate(hits)
        if asked and _is_about(hit.passage, leads.get(hit.passage.article.id), asked, names)
    ]
    about.sort(key=lambda n: (_day(hits[n]), -_named(hits[n], asked), hits[n].passage.ordinal, n))
    chosen: list[Lead] = []
    seen = set[int]()
    for n in about:
        article = hits[n].passage.article.id
        if article in seen or not _is_fresh(hits[n], hits, chosen):
            continue
        told = _telling(hits[n].passage, asked)
        more = [at for at in told[1:] if _belongs(hits[n].passage, at, asked)]
        for index in [*told[:1], *(() if chosen else more[:1])]:
            if len(chosen) < most and not _is_told(hits, n, index, chosen):
                seen.add(article)
                chosen.append(Lead(n, index))
    return chosen


def _belongs(passage: Passage, index: int, asked: frozenset[str]) -> bool:
    """Whether a sentence is surely about its article's news, and not a piece of another."""
    told = stems(passage.sentence(index))
    return bool(asked & told) or len(told & stems(passage.article.title)) >= _SHARED


def _is_told(hits: Sequence[Hit], n: int, index: int, chosen: Sequence[Lead]) -> bool:
    text = hits[n].passage.sentence(index)
    return any(same_words(text, hits[one.hit].passage.sentence(one.index), SAME) for one in chosen)


def _named(hit: Hit, asked: frozenset[str]) -> int:
    return len(asked & stems(hit.passage.article.title))


def _is_about(
    passage: Passage, lead: Passage | None, asked: frozenset[str], names: frozenset[str]
) -> bool:
    title = stems(passage.article.title)
    if _MANY.search(passage.article.title):
        sentences = range(len(passage.sentences))
        return any(asked <= title | stems(passage.sentence(at)) for at in sentences)
    beginning = stems(" ".join(map(passage.sentence, range(min(2, len(passage.sentences))))))
    is_named = bool(asked & title) or (passage.ordinal == 0 and bool(asked & beginning))
    main = title | stems(lead.text) if lead is not None else title | beginning
    return is_named and names & asked <= main and asked <= title | stems(passage.text)


def _telling(passage: Passage, asked: frozenset[str]) -> list[int]:
    """The sentences of a passage that tell its news, the best first.

    Those with which an article begins; where the article is about more than what is asked, those
    that have the words.
    """
    told = [
        at
        for at in range(len(passage.sentences))
        if passage.is_quotable(at) and _tells(passage.sentence(at))
    ]
    title = passage.article.title
    is_beginning = passage.ordinal == 0 and bool(asked & stems(title)) and not _MANY.search(title)
    if not asked or is_beginning:
        return [at for at in told if at < _BEGINNING]
    ranked = [(-len(asked & stems(passage.sentence(at))), at) for at in told]
    return [at for overlap, at in sorted(ranked) if overlap]


def _tells(text: str) -> bool:
    """Whether a sentence is one that can stand alone: no question, no heading, no teaser."""
    written = text.strip()
    return (
        len(words(written)) >= _SHORTEST
        and written.endswith(_ENDS)
        and not written.endswith(("?”", '?"', "…", "..."))
        and not written.isupper()
        and not _TEASER.search(written)
    )


def _is_fresh(hit: Hit, hits: Sequence[Hit], chosen: Sequence[Lead]) -> bool:
    if not chosen:
        return True
    newest, at = _published(hits[chosen[0].hit]), _published(hit)
    return newest is not None and at is not None and newest - at <= _STALE


def _published(hit: Hit) -> datetime | None:
    published = hit.passage.article.published
    return published.at if published else None


def _day(hit: Hit) -> int:
    at = _published(hit)
    return -at.date().toordinal() if at else 1


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (min(len(one), len(other)) or 1)


class Overviews:
    """Answers what asks for the news. `passages` are how many of the closest are looked at."""

    def __init__(self, searcher: Searcher, passages: int, *, has_model: bool) -> None:
        self._searcher = searcher
        self._passages = passages
        self._has_model = has_model

    async def answer(
        self, plan: Plan, watch: Stopwatch, how: AnswerOptions
    ) -> Answer | Unanswered | None:
        """The news, or the latest about a topic; None for a question, or if none is found."""
        wish = overview_of(plan.content)
        if wish is None or (wish.of_a_time and plan.window is None):
            return None
        with watch.stage("search"):
            if not wish.topic:
                window = plan.window or (_last_week(plan.now) if wish.is_week else None)
                hits = await self._searcher.news(window, plan.now, _NEWS_FROM)
                chosen = leads_of_the_news(hits)
                if window is not None and not chosen:
                    return await self._no_news(plan, window, watch, how)
                notice = None if window else _newest(hits, plan.now)
            elif self._has_model and how.in_quotes is None:
                return None  # it tells what is new itself, from what is found
            else:
                hits, chosen = await self._latest(plan, wish)
                notice = None
        if not chosen:
            return None
        return self._quoted(plan.question, hits, chosen, watch, notices(how.in_quotes, notice))

    async def _latest(self, plan: Plan, wish: Overview) -> tuple[list[Hit], list[Lead]]:
        about = await self._searcher.plan(f"latest {wish.topic}", plan.now)
        about = replace(about, window=plan.window)
        more = _MORE_FOR_A_WINDOW * _LATEST_FROM
        found = await self._searcher.follow(about, more, independent=True)
        hits = await self._searcher.with_leads(found)
        if plan.window is not None:
            hits = of_window(plan.window, hits)
        return hits, leads_of_a_topic(wish.topic, hits)

    async def _no_news(
        self, plan: Plan, window: DateWindow, watch: Stopwatch, how: AnswerOptions
    ) -> Unanswered:
        mode = Mode.MODEL if self._has_model else Mode.QUOTE
        earlier = await self._searcher.news(None, min(window.end, plan.now), self._passages)
        if not earlier and await self._searcher.has_nothing():
            return Unanswered(plan.question, mode, EMPTY_ARCHIVE, (), cost=watch.cost())
        reason = no_news_from(window, how.zone)
        return Unanswered(plan.question, mode, reason, closest(earlier), cost=watch.cost())

    def _quoted(
        self,
        question: str,
        hits: Sequence[Hit],
        chosen: Sequence[Lead],
        watch: Stopwatch,
        told: tuple[UserMessage, ...],
    ) -> Answer:
        shown = CitationIndex(tuple(hit.passage for hit in hits))
        said = [quote_of(shown, SentenceId(one.hit + 1, one.index + 1)) for one in chosen]
        claims, citations = cited(shown, said)
        made = Made(passages=tuple(hits[one.hit].passage.id for one in chosen))
        return Answer(
            question, Mode.QUOTE, claims, citations, cost=watch.cost(), notices=told, made=made
        )


def _last_week(now: datetime) -> DateWindow:
    return DateWindow(now - _WEEK, now, "", now)


def _newest(hits: Sequence[Hit], now: datetime) -> UserMessage | None:
    """What is said where the news are old."""
    published = hits[0].passage.article.published if hits else None
    if published is None or now - published.at <= _RECENT:
        return None
    return UserMessage("The newest article is from {date}.", date=published.at)


def notices(*parts: UserMessage | None) -> tuple[UserMessage, ...]:
    """What a reader is told besides, without what is not to be told."""
    return tuple(one for one in parts if one is not None)
