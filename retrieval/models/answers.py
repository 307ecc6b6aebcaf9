"""What answers are made of: hits, claims, citations, costs."""

from __future__ import annotations

# Imported for real, because pydantic reads the types of kept briefings from here.
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, field
from enum import StrEnum

from retrieval.models.articles import Article, Passage  # noqa: TC001


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found.

    `score` orders the hits of one search and means nothing across searches. `similarity` is the
    cosine of question and passage, from -1 to 1; None where only the keywords matched.
    """

    passage: Passage
    score: float
    similarity: float | None = None
    vector_rank: int | None = None
    keyword_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Footnote `n`: a sentence of a stored article, `quote` being its slice `[start:end]`."""

    n: int
    article: Article
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement, and the numbers of the footnotes that it rests on.

    `was` is what a reader was told earlier and this changes, such as "was 8,000 on 3 Nov 2024".
    """

    text: str
    citations: tuple[int, ...]
    was: str | None = None


class Mode(StrEnum):
    """Who wrote an answer: a language model, or nobody (sentences quoted as they stand)."""

    MODEL = "model"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was left out of a model's answer.

    `ids` were cited but never shown to it; `claims` rested on no sentence that was shown;
    `unsupported` said what their sentences do not.
    """

    ids: int = 0
    claims: int = 0
    unsupported: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What an answer took: tokens as the model server counted them, milliseconds by stage."""

    usage: Mapping[str, int] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """How an answer came about: the model ("" in quote mode), its prompt's version, what was read.

    `passages` are the ids of what was shown, best first.
    """

    model: str = ""
    prompt: str = ""
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Claims with footnotes. `notice` says what the reader should know about how it was made.

    `disputed` are accounts that count the same thing differently, the newest first. `further` are
    sentences that answer nearly as well as those that quote mode quotes, for readers who ask for
    more; their `n` are 0.
    """

    question: str
    mode: Mode
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    dropped: Dropped = Dropped()
    cost: Cost = field(default_factory=Cost)
    notice: str | None = None
    disputed: tuple[Claim, ...] = ()
    made: Made = Made()
    further: tuple[Citation, ...] = ()

    @property
    def newest(self) -> Article | None:
        """The newest of the cited articles; None if none has a date."""
        dated = [(one.article.published, one.article) for one in self.citations]
        return max(
            ((published.at, article) for published, article in dated if published),
            key=lambda one: one[0],
            default=(None, None),
        )[1]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The archive holds no answer: why, and the articles that come closest."""

    question: str
    mode: Mode
    reason: str
    closest: tuple[Article, ...]
    dropped: Dropped = Dropped()
    cost: Cost = field(default_factory=Cost)
    notice: str | None = None
    made: Made = Made()
