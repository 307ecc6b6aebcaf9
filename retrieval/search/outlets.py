"""Outlets that a question names, among those that the archive really has. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from retrieval.models import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

_DOMAIN = re.compile(r"^(?:www\.)?([\w-]+)(?:\.[\w-]+)*\.[a-z]{2,}$", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s\b")
_SECTION = re.compile(r"\s+[|–—-]\s+|:\s+|\s+\|")
# Words that names of outlets share and that name none by themselves.
_COMMON_WORDS = "news times post daily wire press today journal herald tribune media the radio"
_COMMON = frozenset(_COMMON_WORDS.split())
_SHORTEST_INITIALS = 3


@lru_cache(maxsize=20_000)
def aliases(outlet: str) -> frozenset[str]:
    """The names, case folded, by which a reader may call an outlet.

    "The New York Times" is also "new york times" and "nyt"; "cnn.com" is also "cnn".
    """
    name = " ".join(outlet.casefold().split())
    # "FOX News - Health" and "Cnbc | World Business News Leader": sections and slogans.
    short = _SECTION.split(name, maxsplit=1)[0]
    found = {name, name.removeprefix("the "), short, short.removeprefix("the ")}
    if domain := _DOMAIN.match(name):
        found.add(domain.group(1))
    words = re.findall(r"\w+", name.removeprefix("the "))
    if len(words) >= _SHORTEST_INITIALS:
        found.add("".join(word[0] for word in words))
    return frozenset(one for one in found if len(one) > 1 and one not in _COMMON)


def outlet_spans(question: str, outlets: Iterable[str]) -> tuple[Span, ...]:
    """Where a question names these outlets, as far as it spells their names out."""
    return tuple(span for span, _ in places_of_outlets(question, outlets))


def places_of_outlets(question: str, outlets: Iterable[str]) -> list[tuple[Span, str]]:
    """The same with the outlet that is named, in order, the longest of a name's spellings."""
    found: dict[tuple[str, int], Span] = {}
    for outlet in outlets:
        for name in sorted(aliases(outlet), key=len):
            for match in re.finditer(rf"\b{re.escape(name)}\b", question, re.IGNORECASE):
                inside = [
                    key
                    for key, span in found.items()
                    if key[0] == outlet and match.start() <= span.start < match.end()
                ]
                for key in inside:
                    del found[key]
                found[outlet, match.start()] = Span(*match.span())
    # "The Independent - Sports" names no other section of the same paper.
    spans = list(found.values())
    return sorted(
        (
            (span, key[0])
            for key, span in found.items()
            if not any(
                one.start <= span.start and span.end <= one.end and one != span for one in spans
            )
        ),
        key=lambda pair: pair[0].start,
    )


def named_outlets(question: str, outlets: Iterable[str]) -> tuple[str, ...]:
    """The outlets of the archive that the question names."""
    words = " ".join(re.findall(r"[\w.-]+", _POSSESSIVE.sub("", question.casefold())))
    found = tuple(
        outlet
        for outlet in outlets
        if any(
            name in words and re.search(rf"\b{re.escape(name)}\b", words)
            for name in aliases(outlet)
        )
    )
    spelled = {outlet for _, outlet in places_of_outlets(question, found)}
    return tuple(one for one in found if one in spelled) if spelled else found
