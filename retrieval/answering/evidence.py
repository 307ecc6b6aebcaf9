"""What speaks for it that passages answer a question: five signs, pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.grounding.figures import find_figures
from retrieval.words import names_in, stem, stems

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrieval.models import Hit

_WHEN = re.compile(r"\bwhen\b|\bwhat (?:year|day|date|month)\b|\bколи\b|\bкогда\b", re.IGNORECASE)
_HOW_MANY = re.compile(
    r"\bhow (?:many|much|old|long|far|tall|big|large)\b|\bскільки\b|\bсколько\b", re.IGNORECASE
)
_WHO = re.compile(r"\bwho(?:m|se)?\b|\bхто\b|\bкого\b|\bкто\b", re.IGNORECASE)
_DAY = re.compile(
    r"\b(?:1[5-9]\d\d|20\d\d)\b"
    r"|\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:[a-z]*|\.)\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:yesterday|today)\b"
    r"|\b(?:січ|лют|берез|квіт|трав|черв|лип|серп|верес|жовт|листоп|груд)\w*"
    r"|\b(?:янв|февр|март|апр|ма[йя]|июн|июл|авг|сент|окт|нояб|декаб)\w*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")
_SPEAKING = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """Signs that passages answer a question, each from 0 to 1 (likeness from -1).

    `likeness` is the cosine of the question and the best passage, `sentence` of the question and
    the best sentence (where nobody compared sentences, the passage's). `covered` is the largest
    share of the question's words that one passage has, with its title. `names`, `numbers`: 1 if all
    that the question has stand in the passages. `kind`: 1 if sentences that fit best hold what is
    asked for: a day for "when", a figure for "how many", another name for "who".
    """

    likeness: float
    sentence: float
    covered: float
    names: float
    numbers: float
    kind: float


NO_EVIDENCE = Evidence(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def evidence(
    question: str, hits: Sequence[Hit], sentences: Sequence[float] | None = None
) -> Evidence:
    """Weigh passages; `sentences` has each sentence's cosine, in the order of `sentences_of`."""
    if not hits:
        return NO_EVIDENCE
    asked = stems(question)
    said = [stems(f"{hit.passage.article.title} {hit.passage.text}") for hit in hits]
    covered = [len(asked & words) / len(asked) if asked else 0.0 for words in said]
    # What is not embedded yet has no likeness; its words have to do for both.
    likeness = max(
        share if hit.similarity is None else hit.similarity
        for hit, share in zip(hits, covered, strict=True)
    )
    text = " ".join(f"{hit.passage.article.title} {hit.passage.text}" for hit in hits)
    return Evidence(
        likeness=likeness,
        sentence=likeness if sentences is None else max(sentences, default=likeness),
        covered=max(covered),
        names=float(not _lacks_a_name(question, said)),
        numbers=float(all(number in text for number in _NUMBER.findall(question))),
        kind=float(_has_kind(question, asked, hits, sentences)),
    )


def _lacks_a_name(question: str, said: Sequence[frozenset[str]]) -> bool:
    """Whether a name in the question stands nowhere in the passages.

    Names of a script in which no passage is written are not missed: they may be there in another.
    """
    known = frozenset[str]().union(*said)
    scripts = {word.isascii() for word in known if word.isalpha()}
    names = (stem(name) for name in names_in(question))
    return any(name not in known for name in names if name.isascii() in scripts)


def _has_kind(
    question: str, asked: frozenset[str], hits: Sequence[Hit], sentences: Sequence[float] | None
) -> bool:
    holds = _kind(question)
    if holds is None:
        return True
    ranked: list[tuple[float, int, str]] = []
    for hit in hits:
        title = stems(hit.passage.article.title)
        for index in range(len(hit.passage.sentences)):
            text = hit.passage.sentence(index)
            likeness = 0.0 if sentences is None else float(sentences[len(ranked)])
            ranked.append((likeness + _share(asked, stems(text), title), -len(ranked), text))
    return any(holds(text) for _, _, text in sorted(ranked, reverse=True)[:_SPEAKING])


def _kind(question: str) -> Callable[[str], bool] | None:
    """How to see what is asked for in a sentence; None if the question does not say."""
    if _WHEN.search(question):
        return lambda text: _DAY.search(text) is not None
    if _HOW_MANY.search(question):
        return lambda text: bool(find_figures(text))
    if _WHO.search(question):
        known = frozenset(stem(name) for name in names_in(question))
        return lambda text: any(stem(name) not in known for name in names_in(text))
    return None


def _share(asked: frozenset[str], said: frozenset[str], title: frozenset[str]) -> float:
    """The share of the question's words in a sentence; those of its title count half."""
    return (len(asked & said) + 0.5 * len(asked & title - said)) / len(asked) if asked else 0.0
