"""Reads what was found for what answers: which sentences to quote, and whether any answers."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval.answering.by_words import ENOUGH, foreign_language, word_likeness
from retrieval.answering.composing import quote_of
from retrieval.grounding.quotes import choose_quotes, parts_of, sentences_of
from retrieval.grounding.reader import Vectors, features, load_readers
from retrieval.grounding.shown import SentenceId, Shown
from retrieval.providers.failures import ModelFailures
from retrieval.words import language_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from langchain_core.embeddings import Embeddings

    from retrieval.grounding.asked import Asked
    from retrieval.grounding.quotes import Sentence
    from retrieval.grounding.said import Said
    from retrieval.models import Article, Hit
    from retrieval.providers.local import TokenEmbeddings
    from retrieval.search.dates import Window
    from retrieval.search.plan import Plan

# A passage of news has some six sentences; of passages of hundreds the last are not read.
_MOST_READ = 300
# Likeness from 0 to 1 as log-odds, so that a sentence three quarters as like is still quoted.
_STEEP = 8.0
# The chance of an answer by multilingual-e5-small's cosines of passage and sentence: a logistic
# model fitted on the questions of shared data's `refusal` in the version before this reader.
_MULTILINGUAL = "multilingual-e5-small-q4-centred"
_INTERCEPT, _OF_PASSAGE, _OF_SENTENCE = -8.18, 7.36, 6.07


@dataclass(frozen=True, slots=True)
class Models:
    """What reads: the local English model, and the one that embeds passages, with its name."""

    tokens: TokenEmbeddings
    embeddings: Embeddings
    embedding_model: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found, read: its sentences, how well each answers each part of the question.

    `fits` are log-odds, for each of `asked` one a sentence; `chance` is how likely it is that a
    sentence answers, from 0 to 1.
    """

    hits: tuple[Hit, ...]
    asked: tuple[Asked, ...]
    sentences: tuple[Sentence, ...]
    fits: tuple[tuple[float, ...], ...]
    chance: float


async def read(models: Models, plan: Plan, hits: Sequence[Hit]) -> Reading:
    """Read the passages that were found for a planned question.

    English is read by the learned reader. Questions in other languages are read by the vectors of
    the embedding model, or by words alone where it knows only English.

    Raises:
        ModelError: a model failed.
    """
    asked = parts_of(plan.content)
    found = sentences_of(hits, plan.now, lambda article: is_within(article, plan.window))
    sentences = found[:_MOST_READ]
    if not sentences:
        return Reading(tuple(hits), asked, (), (), 0.0)
    if language_of(plan.question) in {"en", None} and not is_foreign(plan.question):
        vectors = await token_vectors(models.tokens, plan.content, sentences)
        chance, fits = await asyncio.to_thread(read_english, asked, sentences, vectors)
    elif foreign_language(models.embedding_model, plan.question) is not None:
        likeness = await asyncio.to_thread(word_likeness, plan.content, sentences)
        chance, fits = _by_likeness(likeness, asked)
    else:
        chance, fits = await _by_embedding(models, plan.content, asked, sentences, hits)
    return Reading(tuple(hits), asked, tuple(sentences), fits, chance)


def quotes(reading: Reading) -> list[Said]:
    """The sentences that answer best, each citing itself."""
    shown = Shown(tuple(hit.passage for hit in reading.hits))
    return [
        quote_of(shown, SentenceId(one.hit + 1, one.first + 1, one.last + 1))
        for one in choose_quotes(reading.sentences, reading.fits, reading.asked)
    ]


async def token_vectors(
    model: TokenEmbeddings, question: str, sentences: Sequence[Sentence]
) -> Vectors:
    """What the local model makes of a question, the sentences and their titles."""
    titles = list(dict.fromkeys(one.candidate.title or "-" for one in sentences))
    texts = [question, *titles, *(one.text for one in sentences)]
    with ModelFailures("embedding"):
        asked, *others = await model.aembed_tokens(texts)
    named = dict(zip(titles, others, strict=False))
    mine = [named[one.candidate.title or "-"] for one in sentences]
    return Vectors(asked, others[len(titles) :], mine)


def read_english(
    asked: Sequence[Asked], sentences: Sequence[Sentence], vectors: Vectors | None
) -> tuple[float, tuple[tuple[float, ...], ...]]:
    """The chance of an answer, and how well each sentence answers each part of the question."""
    reader = load_readers()["english" if vectors else "words"]
    candidates = [one.candidate for one in sentences]
    rows = [features(part, candidates, vectors) for part in asked]
    scores = [reader.score(one) for one in rows]
    chance = min(reader.chance(*pair) for pair in zip(rows, scores, strict=True))
    return chance, tuple(tuple(one.tolist()) for one in scores)


def is_foreign(question: str) -> bool:
    """Whether a question is mostly in another script than English."""
    letters = [letter for letter in question if letter.isalpha()]
    return 2 * sum(letter < "\u0250" for letter in letters) < len(letters)


def is_within(article: Article, window: Window | None) -> bool:
    """Whether an article is of the days that are asked for; where none are, all are."""
    if window is None:
        return True
    return article.published is not None and window.start <= article.published.at < window.end


def _by_likeness(
    likeness: npt.NDArray[np.float32], asked: Sequence[Asked]
) -> tuple[float, tuple[tuple[float, ...], ...]]:
    fits = tuple((likeness * _STEEP).tolist())
    return float(likeness.max() >= ENOUGH), tuple(fits for _ in asked)


async def _by_embedding(
    models: Models,
    question: str,
    asked: Sequence[Asked],
    sentences: Sequence[Sentence],
    hits: Sequence[Hit],
) -> tuple[float, tuple[tuple[float, ...], ...]]:
    with ModelFailures("embedding"):
        texts = [question, *(one.text for one in sentences)]
        vectors = await models.embeddings.aembed_documents(texts)
    matrix = np.asarray(vectors, dtype=np.float32)
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    cosines = matrix[1:] @ matrix[0]
    shares = await asyncio.to_thread(word_likeness, question, sentences)
    fits = tuple((_STEEP * cosines + shares).tolist())
    passage = max((hit.similarity or 0.0 for hit in hits), default=0.0)
    odds = _INTERCEPT + _OF_PASSAGE * passage + _OF_SENTENCE * float(cosines.max())
    chance = 1 / (1 + math.exp(-odds))
    if models.embedding_model != _MULTILINGUAL:
        chance = max(float(shares.max() >= ENOUGH), float(cosines.max()))
    return chance, tuple(fits for _ in asked)
