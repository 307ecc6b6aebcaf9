"""The questions that `search_speed` asks: the same words and vectors with each kind of filter."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.synthetic import DAYS, FIRST_DAY, OUTLETS, PASSAGES_PER_ARTICLE, Texts
from retrieval.index.chroma import Filter

if TYPE_CHECKING:
    import numpy.typing as npt

    from benchmarks.synthetic import Corpus


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: as words, as a vector, and the filter that the words mean."""

    text: str
    vector: npt.NDArray[np.float32]
    within: Filter


def make_questions(corpus: Corpus) -> dict[str, list[Asked]]:
    """The same vectors with each kind of filter; words of the passage near which a vector lies."""
    rng = random.Random(3)  # noqa: S311  not for secrets
    texts = Texts()
    kinds: dict[str, list[Asked]] = {
        name: []
        for name in ("unfiltered", "day", "month", "outlet", "largest outlet", "month and outlet")
    }
    near = np.argmax(corpus.questions @ corpus.vectors.T, axis=1)
    for vector, place in zip(corpus.questions, near.tolist(), strict=True):
        words = texts.sentence(place).rstrip(".").lower().split()
        text = " ".join(rng.sample(words, 6))
        day = FIRST_DAY + timedelta(days=rng.randrange(DAYS))
        month = day.replace(day=1)
        after = (month + timedelta(days=31)).replace(day=1)
        outlet = rng.choice(OUTLETS)
        kinds["unfiltered"].append(Asked(text, vector, Filter()))
        for kind, more, within in (
            ("day", f"on {day:%-d %B %Y}", Filter(day, day + timedelta(days=1))),
            ("month", f"in {day:%B %Y}", Filter(month, after)),
            ("outlet", f"according to {outlet}", Filter(outlets=(outlet,))),
            ("largest outlet", f"according to {OUTLETS[0]}", Filter(outlets=OUTLETS[:1])),
            (
                "month and outlet",
                f"according to {outlet} in {day:%B %Y}",
                Filter(month, after, (outlet,)),
            ),
        ):
            kinds[kind].append(Asked(f"{text} {more}", vector, within))
    return kinds


def passing(corpus: Corpus, within: Filter) -> npt.NDArray[np.bool_]:
    """Which passages a filter lets pass, from the corpus itself."""
    published = np.array([corpus.published(n).timestamp() for n in range(corpus.articles)])
    mask = np.ones(corpus.articles, dtype=np.bool_)
    if within.start and within.end:
        mask &= (published >= within.start.timestamp()) & (published < within.end.timestamp())
    if within.outlets:
        mask &= np.isin(corpus.outlets, [OUTLETS.index(name) for name in within.outlets])
    return np.repeat(mask, PASSAGES_PER_ARTICLE)
