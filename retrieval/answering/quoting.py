"""Reads what was found for what answers: which sentences to quote, and whether any answers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.answering.composing import quote_of
from retrieval.grounding.quotes import choose_quotes, parts_of, sentences_of
from retrieval.grounding.reader import Vectors, features, load_readers
from retrieval.grounding.shown import SentenceId, Shown
from retrieval.providers.failures import ModelFailures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from retrieval.grounding.asked import Asked
    from retrieval.grounding.quotes import Sentence
    from retrieval.grounding.reader import Reader
    from retrieval.grounding.said import Said
    from retrieval.models import Article, Hit
    from retrieval.providers.local import TokenEmbeddings
    from retrieval.search.dates import Window

# A passage of news has some six sentences; of passages of hundreds the last are not read.
_MOST_READ = 300
_LATIN_ENDS = "\u0250"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found, read: its sentences, how well each answers each part of the question.

    `chance` is how likely it is that one of them answers, from 0 to 1.
    """

    hits: tuple[Hit, ...]
    asked: tuple[Asked, ...]
    sentences: tuple[Sentence, ...]
    fits: tuple[tuple[float, ...], ...]
    chance: float


async def read(
    model: TokenEmbeddings,
    question: str,
    hits: Sequence[Hit],
    now: datetime,
    window: Window | None = None,
) -> Reading:
    """Read the passages for a question asked at `now`; `window` are the days that it asks for.

    The model knows English; other languages are read by their words alone.

    Raises:
        ModelError: the local model failed.
    """
    found = sentences_of(hits, now, lambda article: is_within(article, window))
    sentences = found[:_MOST_READ]
    asked = parts_of(question, window.words if window else "")
    if not sentences:
        return Reading(tuple(hits), asked, (), (), 0.0)
    reader, vectors = await _reader(model, question, sentences)
    return await asyncio.to_thread(_read, reader, vectors, tuple(hits), asked, tuple(sentences))


def _read(
    reader: Reader,
    vectors: Vectors | None,
    hits: tuple[Hit, ...],
    asked: tuple[Asked, ...],
    sentences: tuple[Sentence, ...],
) -> Reading:
    candidates = [one.candidate for one in sentences]
    rows = [features(part, candidates, vectors) for part in asked]
    scores = [reader.score(one) for one in rows]
    chance = min(reader.chance(*pair) for pair in zip(rows, scores, strict=True))
    return Reading(hits, asked, sentences, tuple(tuple(one.tolist()) for one in scores), chance)


def quotes(reading: Reading) -> list[Said]:
    """The sentences that answer best, each citing itself."""
    shown = Shown(tuple(hit.passage for hit in reading.hits))
    return [
        quote_of(shown, SentenceId(one.hit + 1, one.first + 1, one.last + 1))
        for one in choose_quotes(reading.sentences, reading.fits, reading.asked)
    ]


async def _reader(
    model: TokenEmbeddings, question: str, sentences: Sequence[Sentence]
) -> tuple[Reader, Vectors | None]:
    readers = load_readers()
    if is_foreign(question):
        return readers["words"], None
    titles = list(dict.fromkeys(one.candidate.title or "-" for one in sentences))
    texts = [question, *titles, *(one.text for one in sentences)]
    with ModelFailures("embedding"):
        asked, *others = await model.aembed_tokens(texts)
    named = dict(zip(titles, others, strict=False))
    mine = [named[one.candidate.title or "-"] for one in sentences]
    return readers["english"], Vectors(asked, others[len(titles) :], mine)


def is_foreign(question: str) -> bool:
    """Whether a question is mostly in another script than English."""
    letters = [letter for letter in question if letter.isalpha()]
    return 2 * sum(letter < _LATIN_ENDS for letter in letters) < len(letters)


def is_within(article: Article, window: Window | None) -> bool:
    """Whether an article is of the days that are asked for; where none are, all are."""
    if window is None:
        return True
    return article.published is not None and window.start <= article.published.at < window.end
