"""Finds the articles about a reader's topics, and parses "since when"."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from retrieval.index.chroma import Filter
from retrieval.llm.server import ModelFailures
from retrieval.search.dates import find_window
from retrieval.text.words import names_in, stems, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from langchain_core.embeddings import Embeddings

    from retrieval.archive import Archive
    from retrieval.models import BriefingWindow, Passage


# An article without a topic's words is about it if a passage is this similar in meaning.
NEAR = 0.45
# The threshold for one that only has them in longer names.
_NEAR_A_NAME = 0.3
_DEPTH = 200
_SUGGESTIONS = 3
_WORD_HITS = 20
_WORD = re.compile(r"[^\W_]+")
# "Monday" is always a time.
_ANY_DAY = datetime(2024, 1, 1, tzinfo=UTC)


def by_words(topics: Sequence[str], leads: Mapping[int, Passage]) -> dict[int, tuple[str, ...]]:
    """By revision id, the topics whose words are all in the article's title and lead."""
    wanted = [(topic, stems(topic) or frozenset(words(topic))) for topic in topics]
    found: dict[int, tuple[str, ...]] = {}
    for revision, lead in leads.items():
        said = stems(f"{lead.article.title}\n{lead.text}")
        about = tuple(topic for topic, asked in wanted if asked and asked <= said)
        if about:
            found[revision] = about
    return found


def is_in_names_alone(topic: str, text: str) -> bool:
    """Whether a common word is in a text only as part of longer names.

    "Hurricane Mills" is a town; "Hurricane Ian" is a hurricane; only the meaning tells.
    """
    if topic != topic.casefold():
        return False
    mine = frozenset(stems(topic))
    found = list(_WORD.finditer(text))
    places = [at for at, word in enumerate(found) if stems(word.group()) & mine]

    def is_in_a_name(at: int) -> bool:
        beside = [
            found[other].group()
            for other in (at - 1, at + 1)
            if 0 <= other < len(found) and not stems(found[other].group()) & mine
        ]
        return found[at].group()[:1].isupper() and any(word[:1].isupper() for word in beside)

    return bool(places) and all(map(is_in_a_name, places))


def is_common(topic: str, texts: Iterable[str]) -> bool:
    """Whether texts have all words of a topic in lower case somewhere, so that it isn't a name.

    The reader's own capitals don't count: phones begin every message with one.
    """
    mine = {word.casefold() for word in _WORD.findall(topic)}
    for text in texts:
        mine -= {one for one in mine if re.search(rf"\b{re.escape(one)}s?\b", text)}
        if not mine:
            return True
    return not mine


def has_name(topic: str, text: str) -> bool:
    """Whether a text has exactly this name, not just a word with the same stem.

    Federer isn't the Federal Reserve. In other scripts names are inflected, so the stem counts.
    """
    said = [word.casefold() for word in _WORD.findall(text)]
    names = [word.casefold() for word in _WORD.findall(topic) if word.isascii()]
    return all(any(word.startswith(name) for word in said) for name in names)


class Topics:
    """Finds the articles about topics, by words and by meaning."""

    def __init__(self, archive: Archive, embeddings: Embeddings) -> None:
        self._archive = archive
        self._embeddings = embeddings

    async def articles_about(
        self, topics: Sequence[str], window: BriefingWindow, leads: Mapping[int, Passage]
    ) -> dict[int, tuple[str, ...]]:
        """By revision id, the topics of each article in the window.

        Raises:
            ArchiveError, ModelError: the search failed.
        """
        by_word = await asyncio.to_thread(by_words, topics, leads)
        found = {revision: list(about) for revision, about in by_word.items()}
        for topic in topics:
            near: dict[int, float] = {}
            for name, likeness in await self._near(topic, window):
                revision = int(name.partition(":")[0])
                near[revision] = max(likeness, near.get(revision, 0.0))
            said = (
                f"{leads[one].article.title}\n{leads[one].text}"
                for one, mine in by_word.items()
                if topic in mine
            )
            common = is_common(topic, said)
            for revision in by_word:
                about, lead = found[revision], leads[revision]
                text = f"{lead.article.title}\n{lead.text}"
                far = near.get(revision, 0.0) < _NEAR_A_NAME
                if topic not in about or not far:
                    continue
                if (
                    is_in_names_alone(topic.casefold(), text)
                    if common
                    else not has_name(topic, text)
                ):
                    about.remove(topic)
            for revision, likeness in near.items():
                about = found.setdefault(revision, [])
                if likeness >= NEAR and topic not in about and revision in leads:
                    about.append(topic)
        return {revision: tuple(about) for revision, about in found.items() if about}

    async def nearest(self, topic: str) -> list[str]:
        """Similar names in the archive if it has nothing about a topic; otherwise an empty list.

        Raises:
            ArchiveError, ModelError: the search failed.
        """
        asked = stems(topic)
        hits = await self._archive.keywords.search((topic,), _WORD_HITS)
        passages = await self._archive.articles.passages(name for name, _ in hits)
        if asked and any(asked <= stems(f"{p.article.title}\n{p.text}") for p in passages.values()):
            return []
        near = await self._near(topic, None)
        if near and near[0][1] >= NEAR:
            return []
        texts = await self._archive.articles.passages(name for name, _ in near[:_WORD_HITS])
        names = Counter(
            name
            for one in texts.values()
            for name in names_in(f"{one.article.title}. {one.text}")
            if not is_time(name, _ANY_DAY)
        )
        return [name.capitalize() for name, _ in names.most_common(_SUGGESTIONS)]

    async def _near(self, topic: str, window: BriefingWindow | None) -> list[tuple[str, float]]:
        with ModelFailures("embedding"):
            vector = await self._embeddings.aembed_query(topic)
        within = Filter(start=window.start, end=window.end) if window else Filter()
        return await self._archive.vectors.search(vector, _DEPTH, within)


_SPAN = re.compile(
    r"^(?:the )?(?:last |past )?(\d{1,4})\s*"
    r"(h|hrs?|hours?|d|days?|w|wks?|weeks?|год\w*|час\w*|д|дн\w*|день|тиж\w*|нед\w*)\.?$",
    re.IGNORECASE,
)
_HOURS = (("h", "год", "час"), 1), (("d", "д"), 24), (("w", "тиж", "нед"), 24 * 7)
# "за добу", "за неделю": one of them.
_ONE = {"добу": 24, "сутки": 24, "день": 24, "тиждень": 24 * 7, "неделю": 24 * 7}
# The reader's last midnight, the beginning of "today".
_MIDNIGHT = frozenset({"midnight", "tonight", "півночі", "опівночі", "полуночи"})
MOST_DAYS = 366


def parse_since(text: str, now: datetime, zone: tzinfo = UTC) -> datetime | None:
    """Parse a reader's time; None if it can't be parsed, isn't past, or is over a year ago.

    `zone` is the reader's time zone.
    """
    found = _instant(" ".join(text.split()), now, zone)
    if found is None or not now - timedelta(days=MOST_DAYS) <= found < now:
        return None
    return found


def is_time(text: str, now: datetime) -> bool:
    """Whether a whole text is a time, so that none of its words is a topic."""
    text = " ".join(text.split()).casefold()
    if _SPAN.match(text) or text in _ONE or text in _MIDNIGHT:
        return True
    try:
        datetime.fromisoformat(text)
    except ValueError:
        found = find_window(f"since {text}", now)
        return found is not None and found.words.removeprefix("since ") == text
    return True


def _instant(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    span = _SPAN.match(text)
    if span is not None:
        unit = span[2].casefold()
        hours = next(hours for names, hours in _HOURS if unit.startswith(names))
        return now - timedelta(hours=int(span[1]) * hours)
    if text.casefold() in _ONE:
        return now - timedelta(hours=_ONE[text.casefold()])
    if text.casefold() in _MIDNIGHT:
        return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        window = find_window(f"since {text}", now, zone) or find_window(text, now, zone)
        return window.start if window else None
    return at if at.tzinfo else at.replace(tzinfo=zone)
