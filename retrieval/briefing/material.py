"""The material of a story: its sentences in order of importance. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Self

from retrieval.briefing.kinds import kind_apart
from retrieval.models import Citation
from retrieval.text.words import empty_words, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from retrieval.models import Article, Passage
from retrieval.briefing.referents import introduced_before

MOST_ARTICLES = 16
# Passages of each article: news begins with the essentials.
PASSAGES_READ = 3
# More are cheap without a model: the title's content may be further down.
PASSAGES_QUOTED = 6
_NO_TITLE = re.compile(
    r"\b(?:editor['’]s note|sign up|subscribe|advertisement|cookies?|can be found here|read more)\b"
    r"|^this (?:page|story|article)\b",
    re.IGNORECASE,
)
# The beginning of an article before its first words: a place and an agency, a dash, a bullet.
_CUT = re.compile(r"[\s:;,–—-]*(?:\.\.\.|…)$")
_OUTLET_LAST = re.compile(r"\s[-–—|]\s?(?P<name>[^|–—]{2,40})$")
_BULLET = re.compile(r"^[•►▪●■◆*–—-]+\s*")
_AGENCY = re.compile(
    r"^(?P<place>[A-ZА-ЯІЇЄҐ][^()\"“«!?]{0,40}?\s)?\((?P<agency>[^()]{2,30})\)\s*(?P<dash>[—–-]+\s*)?"
    r""
)
_PLACE = re.compile(
    r"^[A-ZА-ЯІЇЄҐ]{3,}(?:[ ,.]+(?:[A-ZА-ЯІЇЄҐ]{2,}|[A-Z][a-z]{1,5}\.))*(?:\s?[—–-]{1,2}\s+|\s[—–])"
    r"(?=[A-ZА-ЯІЇЄҐ\"“«„'‘])"
)
# "Bern The bank raised its rate."
_BARE_PLACE = re.compile(r"^(?P<name>[A-Z][a-z]{2,}) (?=(?:The|An?) [A-Za-z])")
# "TRIPOLI | Mon Feb 21, 2011 11:52 pm GMT TRIPOLI (Reuters) - ", a headline before it or none.
_WIRE = re.compile(
    r"^[^()\"“«]{0,200}\((?:Reuters|AP|AFP|dpa|UPI|CNN|Xinhua|TASS|Interfax)\)\s*[—–-]+\s+"
    r"(?=[\"“«„'‘]?[A-ZА-ЯІЇЄҐ0-9])"
)
_BYLINE = re.compile(
    r"^By (?:the )?(?:[A-Z][\w.'’-]+,? ){1,5}?(?:Wire Staff|Staff Writers?|CNN|Reuters|AP)\s+"
    r"(?=[A-Z])"
)
_AGENCIES = frozenset({"reuters", "ap", "afp", "dpa", "upi", "bbc", "tass", "ria", "interfax"})


@dataclass(frozen=True, slots=True)
class StorySentence:
    """Sentence `index` of the passage number `passage` of a story's material.

    `place` is its index in the article. A sentence that isn't `quotable` is junk. One that is
    `read` was in an article used for this reader before: it shows what the story is about, but
    isn't news. `needs` is a short name that its article introduced in full before.
    """

    passage: int
    index: int
    place: int
    article: Article
    start: int
    end: int
    text: str
    quotable: bool = True
    read: bool = False
    needs: str | None = None

    def citation(self, n: int = 0) -> Citation:
        """The sentence as a footnote."""
        return Citation(n, self.article, self.start, self.end, self.text)


@dataclass(frozen=True, slots=True)
class Material:
    """The only material for one story; `sentences` are all of `passages`."""

    story_id: int
    passages: tuple[Passage, ...]
    sentences: tuple[StorySentence, ...]

    @classmethod
    def of(
        cls,
        story_id: int,
        passages: Iterable[Passage],
        was_read: Callable[[Article, str], bool] = lambda _article, _text: False,
    ) -> Self:
        """The material of these passages, in order within each article.

        `was_read(article, sentence)` says whether the sentence was used for the reader before.
        """
        kept = tuple(passages)
        return cls(story_id, kept, tuple(_sentences(kept, was_read)))

    def has_news(self) -> bool:
        """Whether any of it wasn't used for the reader before."""
        return any(not one.read for one in self.sentences)

    def is_read(self, citation: Citation) -> bool:
        """Whether a cited sentence was used for the reader before."""
        cited = citation.article.revision_id, citation.end
        return any(
            (one.article.revision_id, one.end) == cited and one.read for one in self.sentences
        )


def choose_articles(
    newest_first: Sequence[Article],
    most: int = MOST_ARTICLES,
    is_read: Callable[[Article], bool] = lambda _: False,
) -> list[Article]:
    """The newest of each outlet, then each outlet's next, and so on; articles already read last."""
    by_outlet: dict[str, list[Article]] = {}
    for article in newest_first:
        by_outlet.setdefault(article.outlet, []).append(article)
    rounds = zip_longest(*by_outlet.values())
    in_turn = [one for articles in rounds for one in articles if one is not None]
    return sorted(in_turn, key=is_read)[:most]


def _sentences(
    passages: Iterable[Passage], was_read: Callable[[Article, str], bool]
) -> Iterator[StorySentence]:
    places: dict[int, int] = {}
    before: dict[int, str] = {}
    for number, passage in enumerate(passages):
        revision = passage.article.revision_id
        for index, span in enumerate(passage.sentences):
            place = places.get(revision, 0)
            places[revision] = place + 1
            text = passage.sentence(index)
            earlier = before.get(revision, "")
            before[revision] = f"{earlier} {text}"
            skipped = before_news(text, passage.article.outlet)
            yield StorySentence(
                number,
                index,
                place,
                passage.article,
                span.start + skipped,
                span.end,
                text[skipped:],
                passage.is_quotable(index),
                was_read(passage.article, text),
                introduced_before(text[skipped:], earlier),
            )


def before_news(text: str, outlet: str) -> int:
    """The length of a bullet, or of the place and agency, at the beginning of a sentence."""
    bullet = _BULLET.match(text)
    start = bullet.end() if bullet and bullet.end() < len(text) else 0
    rest = text[start:]
    if (before := _WIRE.match(rest) or _BYLINE.match(rest)) and rest[before.end() :].strip():
        return start + before.end()
    named = _AGENCY.match(rest)
    if named and (named["dash"] or _is_agency(named["agency"], outlet)):
        return start + named.end() if rest[named.end() :].strip() else start
    place = _PLACE.match(rest) or _BARE_PLACE.match(rest)
    if place and place.re is _BARE_PLACE and place["name"].casefold() in empty_words():
        return start
    return start + place.end() if place and rest[place.end() :].strip() else start


def _is_agency(name: str, outlet: str) -> bool:
    first = next(iter(words(name)), "")
    return first in _AGENCIES or first == next(iter(words(outlet)), "-")


def bare_title(title: str, outlet: str) -> str:
    """A title without " | Outlet" at its end; the outlet is shown beside it.

    A title cut by its source ("as Hurricane Fiona ...") ends with "…".
    """
    found = _OUTLET_LAST.search(title)
    name = next(iter(words(outlet)), "")
    if found is not None and name and found["name"].casefold().startswith(name):
        title = title[: found.start()].rstrip()
    return _CUT.sub("…", title[before_news(title, outlet) :])


def is_no_title(title: str) -> bool:
    """Whether a title is really a note about the page or an advert."""
    return _NO_TITLE.search(title) is not None


def is_cut(title: str) -> bool:
    """Whether a title was cut by its source."""
    return title.endswith(("...", "…"))


def is_news_title(title: str) -> bool:
    """Whether a title isn't that of an opinion, quiz, gallery or digest."""
    return kind_apart(title) is None
