"""Near copies among what was found: each family is one source, with who else prints it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from retrieval.words import Wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from retrieval.archive import Family
    from retrieval.models import Article, Hit, Passage

# The share of a passage's words that another article has to have to say it too.
COVERED = 0.8
# The share of a passage's sentences that an outlet has to print to be named with it.
_MOST_OF_IT = 0.5
# Of a family so many members are read.
MOST_READ = 30
_GAPS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Preference:
    """Which of several copies speaks: of these `outlets`, else a `timely` one, else the first."""

    outlets: frozenset[str] = field(default_factory=frozenset)
    timely: Callable[[Article], bool] = lambda _article: False


def told_once(hits: Sequence[Hit], families: Mapping[int, Family], prefer: Preference) -> list[Hit]:
    """The hits, best first, each family told by one of its articles.

    In the place of a copy's passage stands that of the one who speaks. What only the copy says, or
    in other figures, stays its own.
    """
    speakers = _speakers(hits, families, prefer)
    spoken: dict[int, list[tuple[Hit, Wording]]] = {}
    told: dict[str, Hit] = {}
    for hit in hits:
        family = families.get(hit.passage.article.id)
        shown: Hit | None = None
        if family is not None and speakers[family.first] != hit.passage.article.id:
            if family.first not in spoken:
                spoken[family.first] = [
                    (one, Wording.of(one.passage.text))
                    for one in hits
                    if one.passage.article.id == speakers[family.first]
                ]
            shown = _in_its_place(hit, spoken[family.first])
        shown = shown or hit
        told.setdefault(shown.passage.id, shown)
    return list(told.values())


def with_copies(hit: Hit, family: Family, texts: Mapping[int, tuple[Article, str]]) -> Hit:
    """The hit with the other outlets of its family that print it too; `texts` by article id."""
    passage = hit.passage
    others = [texts[one] for one in family.members if one in texts and one != passage.article.id]
    folded = [(article.outlet, _folded(text)) for article, text in others]
    sentences = [_folded(passage.sentence(at)) for at in range(len(passage.sentences))]
    also = tuple(
        _outlets(passage, (name for name, text in folded if sentence in text))
        for sentence in sentences
    )
    named = [
        name
        for name in dict.fromkeys(name for names in also for name in names)
        if sum(name in names for names in also) >= _MOST_OF_IT * len(also)
    ]
    article = replace(passage.article, also=tuple(named))
    return replace(hit, passage=replace(passage, article=article, also=also))


def _speakers(
    hits: Sequence[Hit], families: Mapping[int, Family], prefer: Preference
) -> dict[int, int]:
    """The article that speaks for each family, by the family's first."""
    found: dict[int, list[Article]] = {}
    for hit in hits:
        family = families.get(hit.passage.article.id)
        if family is not None:
            found.setdefault(family.first, []).append(hit.passage.article)
    return {
        first: max(articles, key=lambda one, first=first: _rank(one, first, prefer)).id  # type: ignore[misc]
        for first, articles in found.items()
    }


def _rank(article: Article, first: int, prefer: Preference) -> tuple[bool, bool, bool]:
    return article.outlet in prefer.outlets, prefer.timely(article), article.id == first


def _in_its_place(hit: Hit, spoken: Sequence[tuple[Hit, Wording]]) -> Hit | None:
    """Of the speaker's passages the one most like a hit, if they hold all that it says."""
    mine = Wording.of(hit.passage.text)
    stems_told = frozenset().union(*(said.stems for _, said in spoken))
    figures_told = frozenset[str]().union(*(said.figures for _, said in spoken))
    shared = len(mine.stems & stems_told)
    if shared < COVERED * len(mine.stems) or not mine.figures <= figures_told:
        return None
    nearest, _ = max(spoken, key=lambda one: len(mine.stems & one[1].stems))
    return replace(nearest, score=hit.score)


def _outlets(passage: Passage, names: Iterable[str]) -> tuple[str, ...]:
    """Each once, without the passage's own."""
    return tuple(name for name in dict.fromkeys(names) if name != passage.article.outlet)


def _folded(text: str) -> str:
    """Words alone, within spaces: another quotation mark or dash is the same sentence."""
    return f" {_GAPS.sub(' ', text.casefold()).strip()} "
