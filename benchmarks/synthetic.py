"""A made-up archive of any size: clustered vectors, dates, outlets, and words of our own. Seeded.

Vectors lie as those of news do: stories of uneven size, each around a centre of its own for some
days; around a centre they vary in a few directions much and in all a little.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Integers = npt.NDArray[np.int64]

DIMENSION = 384
DAYS = 365
FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
OUTLETS = tuple(f"Outlet {number:02}" for number in range(1, 21))
PASSAGES_PER_ARTICLE = 5
_WORDS = 100
_VOCABULARY = 20_000


@dataclass(frozen=True, slots=True)
class Corpus:
    """`vectors[i]` is of article `i // PASSAGES_PER_ARTICLE`; `days` and `outlets` are by article.

    `outlets` are places in `OUTLETS`; the first is the largest (28 % of all), the last the smallest
    (1.4 %). `questions` are vectors near passages of the corpus.
    """

    vectors: Floats
    days: Integers
    outlets: Integers
    questions: Floats

    @property
    def articles(self) -> int:
        """How many articles there are."""
        return len(self.days)

    def published(self, article: int) -> datetime:
        """When an article was published."""
        return FIRST_DAY + timedelta(days=int(self.days[article]), hours=article % 24)


def make_corpus(passages: int, questions: int = 200, seed: int = 7) -> Corpus:
    """A corpus with about `passages` passages."""
    rng = np.random.default_rng(seed)
    articles = passages // PASSAGES_PER_ARTICLE
    stories = max(articles // 15, 10)
    size = 1 / np.arange(1, stories + 1) ** 0.7
    story = rng.choice(stories, articles, p=size / size.sum())
    begins = rng.integers(0, DAYS, stories)
    days = np.minimum(begins[story] + rng.geometric(0.15, articles) - 1, DAYS - 1)
    share = 1 / np.arange(1, len(OUTLETS) + 1)
    outlets = rng.choice(len(OUTLETS), articles, p=share / share.sum())
    # Stories share topics, so that the nearest of other stories are not all equally far.
    topics = _random(rng, 100)
    centres = _unit(0.7 * topics[rng.integers(0, 100, stories)] + 0.7 * _random(rng, stories))
    some = _random(rng, 48)
    spread = rng.standard_normal((articles * PASSAGES_PER_ARTICLE, 48), np.float32)
    vectors = np.float32(0.3) * _random(rng, len(spread))
    vectors += np.float32(0.8 / 7) * (spread @ some)
    vectors += centres[np.repeat(story, PASSAGES_PER_ARTICLE)]
    unit = _unit(vectors)
    near = unit[rng.integers(0, len(unit), questions)]
    asked = _unit(near + 0.7 * _random(rng, questions))
    return Corpus(unit, days.astype(np.int64), outlets.astype(np.int64), asked)


class Texts:
    """Passages of invented words, some common, most rare; the same number gives the same text."""

    def __init__(self, seed: int = 7) -> None:
        rng = random.Random(seed)  # noqa: S311  not for secrets
        syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "or")]
        made = {"".join(rng.choices(syllables, k=rng.randint(2, 4))) for _ in range(_VOCABULARY)}
        self._vocabulary = sorted(made)
        rng.shuffle(self._vocabulary)
        self._weights = np.cumsum(1 / np.arange(10, len(self._vocabulary) + 10)).tolist()

    def sentence(self, number: int, words: int = _WORDS) -> str:
        """`words` words and a full stop."""
        rng = random.Random(number)  # noqa: S311
        picked = rng.choices(self._vocabulary, cum_weights=self._weights, k=words)
        return " ".join(picked).capitalize() + "."


def _random(rng: np.random.Generator, count: int) -> Floats:
    """Random directions of about unit length."""
    rows = rng.standard_normal((count, DIMENSION), np.float32)
    return np.asarray(rows / np.float32(DIMENSION**0.5), dtype=np.float32)


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)
