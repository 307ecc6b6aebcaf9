"""Finds sentences and stories to share: the newest with given words, without a model.

It is called every few letters while somebody types, so it only searches the full text, and caches
results until the archive changes.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from retrieval.briefing.gathering import speakers
from retrieval.briefing.kinds import is_apart
from retrieval.briefing.material import Material
from retrieval.briefing.telling import is_telling
from retrieval.text.outlets import publishers
from retrieval.text.words import stem, stems, telling_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from retrieval.archive import Archive
    from retrieval.briefing.material import StorySentence
    from retrieval.models import Article, Citation, Passage
    from retrieval.storage.briefings import StoryMember

# Without words, the stories of this period.
_LATELY = timedelta(days=1)
_AHEAD = timedelta(minutes=1)
_DEPTH, _MOST_REMEMBERED = 120, 500
MOST_STORIES, MOST_SENTENCES = 3, 20
_MOST_LATELY, _MOST_QUOTED = 10, 3
_CONFIRMED = 2
_SHORT = 3
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StorySnippet:
    """A story of independent outlets, with a sentence from some of them."""

    id: int
    headline: str
    outlets: tuple[str, ...]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Snippets:
    """Sentences and stories to share, newest first."""

    stories: tuple[StorySnippet, ...] = ()
    sentences: tuple[Citation, ...] = ()


class SnippetFinder:
    """Finds snippets in the archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._found: OrderedDict[tuple[object, ...], Snippets] = OrderedDict()

    async def find(self, words: str, now: datetime) -> Snippets:
        """Snippets with all of the words; without words, the stories of the last day.

        The last word may be incomplete.

        Raises:
            ArchiveError: the search failed.
        """
        asked = tuple(telling_words(words)) or tuple(words.casefold().split())
        minute = now.replace(second=0, microsecond=0)
        key = (*await self._archive.articles.version(), asked, None if asked else minute)
        if key not in self._found:
            self._found[key] = await (self._of(asked) if asked else self._lately(now))
            while len(self._found) > _MOST_REMEMBERED:
                self._found.popitem(last=False)
        self._found.move_to_end(key)
        return self._found[key]

    async def _of(self, asked: Sequence[str]) -> Snippets:
        wanted = await self._whole_words(asked)
        hits = await self._archive.keywords.search((" ".join(wanted),), _DEPTH)
        passages = await self._archive.articles.passages(name for name, _ in hits)
        need = stems(" ".join(wanted)) or frozenset(map(stem, wanted))
        having = [one for one in passages.values() if need <= _said(one)]
        best = _best(having, need)
        members = await self._archive.stories.of(one.article.id for one in best)
        stories = await self._stories(members, {one.article.id: one for one in best})
        return Snippets(
            tuple(stories[:MOST_STORIES]),
            tuple(one.citation(n) for n, one in enumerate(best[:MOST_SENTENCES], start=1)),
        )

    async def _whole_words(self, asked: Sequence[str]) -> list[str]:
        """The words, with an incomplete last one completed from the archive."""
        last = asked[-1]
        if len(last) < _SHORT or not await self._archive.vocabulary.lacks([stem(last)]):
            return list(asked)
        longer = await self._archive.vocabulary.beginning(last)
        return [*asked[:-1], max(longer, key=lambda one: longer[one], default=last)]

    async def _lately(self, now: datetime) -> Snippets:
        members = await self._archive.stories.between(now - _LATELY, now + _AHEAD)
        leads = await self._archive.articles.passages(
            f"{one.revision_id}:0" for found in members.values() for one in found
        )
        first: dict[int, StorySentence] = {}
        for one in Material.of(0, list(leads.values()), lambda *_: False).sentences:
            if one.quotable and is_telling(one.text):
                first.setdefault(one.article.id, one)
        stories = await self._stories(members, first)
        stories.sort(key=lambda one: -len(one.outlets))
        return Snippets(tuple(stories[:_MOST_LATELY]))

    async def _stories(
        self, members: Mapping[int, Sequence[StoryMember]], quoted: Mapping[int, StorySentence]
    ) -> list[StorySnippet]:
        """The stories of at least two publishers, newest first."""
        articles = await self._archive.articles.current(
            one.revision_id for found in members.values() for one in found
        )
        found: list[tuple[datetime, StorySnippet]] = []
        for story_id, those in members.items():
            living = [one for one in those if one.revision_id in articles]
            told = sorted(speakers(living, articles), key=lambda one: one.at, reverse=True)
            by = [articles[one.revision_id] for one in told]
            outlets = publishers((one.outlet, one.url) for one in by)
            cited = _a_sentence_each([quoted[one.id] for one in by if one.id in quoted])
            if len(outlets) >= _CONFIRMED and cited and not all(map(is_apart, by)):
                snippet = StorySnippet(story_id, cited[0].article.title, outlets, cited)
                found.append((told[0].at, snippet))
        return [one for _, one in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _a_sentence_each(sentences: Iterable[StorySentence]) -> tuple[Citation, ...]:
    """One sentence per publisher, without repetitions."""
    found: list[StorySentence] = []
    for one in sentences:
        outlets = publishers((each.article.outlet, each.article.url) for each in [*found, one])
        if len(outlets) > len(found) and all(stems(one.text) != stems(e.text) for e in found):
            found.append(one)
    return tuple(one.citation(n) for n, one in enumerate(found[:_MOST_QUOTED], start=1))


def _best(passages: Sequence[Passage], need: frozenset[str]) -> list[StorySentence]:
    """The sentence with the most words from each article, newest article first."""
    best: dict[int, tuple[int, int, StorySentence]] = {}
    for one in Material.of(0, passages, lambda *_: False).sentences:
        shared = len(need & stems(one.text))
        if not shared or not one.quotable or not is_telling(one.text):
            continue
        known = best.get(one.article.id)
        if known is None or (shared, -one.place) > known[:2]:
            best[one.article.id] = (shared, -one.place, one)
    ordered = sorted(
        (one for _, _, one in best.values()), key=lambda one: _at(one.article), reverse=True
    )
    # a sentence printed by several outlets is offered once
    return list({" ".join(one.text.split()): one for one in reversed(ordered)}.values())[::-1]


def _said(passage: Passage) -> frozenset[str]:
    return stems(f"{passage.article.title}\n{passage.text}")


def _at(article: Article) -> datetime:
    return article.published.at if article.published else _LONG_AGO
