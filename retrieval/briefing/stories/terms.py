"""The words by which stories are known apart, with what each weighs in one article."""

from __future__ import annotations

from collections import Counter
from math import log

from retrieval.words import names_in, phrases, stem, telling_words, words

LEAD_WORDS = 150
_TITLE, _NAME, _PHRASE = 2.0, 1.5, 1.5


def terms_of(title: str, text: str) -> dict[str, float]:
    """Stems and phrases of a title and a lead, weighted by logarithm of how often they occur.

    A word of the title counts twice, a name half as much again (Miranda et al. 2018 also keep
    title, text and entities apart). Phrases, such as longer names, are terms of their own.
    """
    lead = " ".join(text.split()[:LEAD_WORDS])
    kept = {word: stem(word) for word in telling_words(f"{title}\n{lead}")}
    counts: Counter[str] = Counter()
    for part, weight in ((title, _TITLE), (lead, 1.0)):
        for word in words(part):
            if word in kept:
                counts[kept[word]] += weight  # type: ignore[assignment]  # Counter takes any number
    names = {stem(name) for name in names_in(f"{title}.\n{lead}")}
    weights = {
        term: (1 + log(count)) * (_NAME if term in names else 1.0) for term, count in counts.items()
    }
    return weights | dict.fromkeys(phrases(f"{title}.\n{lead}"), _PHRASE)


def title_terms(title: str) -> frozenset[str]:
    """The stems of a title's telling words."""
    return frozenset(stem(word) for word in telling_words(title))
