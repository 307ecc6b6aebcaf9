"""Reads what was found for what answers: which sentences to quote, and whether any answers."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from retrieval.answering.by_words import ENOUGH, are_answers, foreign_language, word_likeness
from retrieval.answering.composing import quote_of
from retrieval.grounding.asked import ask
from retrieval.grounding.quotes import (
    MOST_WITH_FURTHER,
    choose_quotes,
    parts_of,
    sentences_of,
)
from retrieval.grounding.reader import Vectors, features, load_reader
from retrieval.grounding.shown import SentenceId, Shown
from retrieval.models import Precision
from retrieval.providers.failures import ModelFailures
from retrieval.search.dates import names_days_of
from retrieval.search.wishes import is_wished, wishes_of
from retrieval.words import language_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
# Log-odds of a sentence that is not of the outlet asked for.
_OF_OTHERS = -30.0
# An article of a day is taken to be written at its noon.
_NOON, _NONE = timedelta(hours=12), timedelta(0)
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
    sentence answers, from 0 to 1. `is_several` for a question of several outlets, days or things.
    """

    hits: tuple[Hit, ...]
    asked: tuple[Asked, ...]
    sentences: tuple[Sentence, ...]
    fits: tuple[tuple[float, ...], ...]
    chance: float
    is_several: bool = False


async def read(models: Models, plan: Plan, hits: Sequence[Hit]) -> Reading:
    """Read the passages that were found for a planned question.

    English is read by the learned reader. Questions in other languages are read by the vectors of
    the embedding model, or by words alone where it knows only English.

    Raises:
        ModelError: a model failed.
    """
    wishes = () if is_foreign(plan.question) else wishes_of(plan)
    days = of_days(None if wishes else plan.window)
    sentences = sentences_of(hits, plan.now, *days)[:_MOST_READ]
    asked = parts_of(plan.content)
    if not sentences:
        return Reading(tuple(hits), asked, (), (), 0.0)
    met = [one for one in wishes if any(is_wished(one, each.article) for each in sentences)]
    if met:
        return await _read_wishes(models, met, hits, sentences)
    if language_of(plan.question) in {"en", None} and not is_foreign(plan.question):
        texts = [plan.content, *(part.text for part in asked if len(asked) > 1)]
        vectors = await token_vectors(models.tokens, texts, sentences)
        chance, fits = await asyncio.to_thread(read_english, asked, sentences, vectors)
    elif foreign_language(models.embedding_model, plan.question) is not None:
        likeness = await asyncio.to_thread(word_likeness, plan.content, sentences)
        answers = are_answers(asked, plan.content, sentences, likeness)
        chance, fits = _by_likeness(likeness, answers, asked)
    else:
        chance, fits = await _by_embedding(models, plan.content, asked, sentences, hits)
    return Reading(tuple(hits), asked, tuple(sentences), fits, chance)


async def _read_wishes(
    models: Models,
    wishes: Sequence[Plan],
    hits: Sequence[Hit],
    sentences: Sequence[Sentence],
) -> Reading:
    """For each wish, how well the sentences of its outlets and days answer it.

    One that is answered is an answer, so that the chance is that of at least one.
    """
    contents = [wish.content for wish in wishes]
    vectors = await token_vectors(models.tokens, contents, sentences)
    asked: list[Asked] = []
    fits: list[tuple[float, ...]] = []
    chances: list[float] = []
    for wish, read_so in zip(wishes, vectors, strict=True):
        mine = [n for n, one in enumerate(sentences) if is_wished(wish, one.article)]
        part, chosen = ask(wish.content), [sentences[n] for n in mine]
        of_mine = replace(
            read_so,
            sentences=[read_so.sentences[n] for n in mine],
            titles=[read_so.titles[n] for n in mine],
        )
        chance, [scores] = await asyncio.to_thread(read_english, (part,), chosen, [of_mine])
        known = dict(zip(mine, scores, strict=True))
        asked.append(part)
        fits.append(tuple(known.get(n, _OF_OTHERS) for n in range(len(sentences))))
        chances.append(chance)
    chance = 1 - math.prod(1 - one for one in chances)
    return Reading(
        tuple(hits), tuple(asked), tuple(sentences), tuple(fits), chance, is_several=True
    )


def quotes(reading: Reading) -> list[Said]:
    """The sentences that answer best, each citing itself.

    The first `MOST_QUOTES` are the answer, the others are for readers who ask for more.
    """
    shown = Shown(tuple(hit.passage for hit in reading.hits))
    chosen = choose_quotes(reading.sentences, reading.fits, reading.asked, MOST_WITH_FURTHER)
    return [quote_of(shown, SentenceId(one.hit + 1, one.first + 1, one.last + 1)) for one in chosen]


async def token_vectors(
    model: TokenEmbeddings, questions: Sequence[str], sentences: Sequence[Sentence]
) -> list[Vectors]:
    """What the local model makes of each question, the sentences and their titles."""
    titles = list(dict.fromkeys(one.candidate.title or "-" for one in sentences))
    texts = [*questions, *titles, *(one.text for one in sentences)]
    with ModelFailures("embedding"):
        found = await model.aembed_tokens(texts)
    asked, others = found[: len(questions)], found[len(questions) :]
    named = dict(zip(titles, others, strict=False))
    mine = [named[one.candidate.title or "-"] for one in sentences]
    return [Vectors(one, others[len(titles) :], mine) for one in asked]


def read_english(
    asked: Sequence[Asked], sentences: Sequence[Sentence], vectors: Sequence[Vectors]
) -> tuple[float, tuple[tuple[float, ...], ...]]:
    """The chance of an answer, and how well each sentence answers each part of the question.

    `vectors` are those of the whole question; where it has parts, then those of each, since a part
    by itself may not say what it is about, and the whole asks for more than one thing.
    """
    reader = load_reader()
    candidates = [one.candidate for one in sentences]
    whole, *parts = vectors
    rows = [features(part, candidates, whole) for part in asked]
    scores = [reader.score(one) for one in rows]
    chances = [reader.chance(*part) for part in zip(asked, rows, scores, strict=True)]
    for n, (part, mine) in enumerate(zip(asked, parts, strict=False)):
        mean = (scores[n] + reader.score(features(part, candidates, mine))) / 2
        scores[n] = mean.astype(np.float32)
    return sum(chances) / len(chances), tuple(tuple(one.tolist()) for one in scores)


def is_foreign(question: str) -> bool:
    """Whether a question is mostly in another script than English."""
    letters = [letter for letter in question if letter.isalpha()]
    return 2 * sum(letter < "\u0250" for letter in letters) < len(letters)


def is_within(article: Article, window: Window | None) -> bool:
    """Whether an article is of the days that are asked for; where none are, all are."""
    if window is None:
        return True
    return article.published is not None and window.start <= article.published.at < window.end


def of_days(
    window: Window | None,
) -> tuple[Callable[[Article], bool], Callable[[Article, str], float]]:
    """What of articles and their sentences is of the days asked for; see `sentences_of`."""

    def day_of(article: Article, text: str) -> float:
        if window is None or article.published is None:
            return 0.0
        exact = article.published.precision is not Precision.DAY
        return names_days_of(window, text, article.published.at + (_NONE if exact else _NOON))

    return (lambda article: is_within(article, window)), day_of


def _by_likeness(
    likeness: npt.NDArray[np.float32], answers: npt.NDArray[np.bool_], asked: Sequence[Asked]
) -> tuple[float, tuple[tuple[float, ...], ...]]:
    fits = tuple(((likeness + answers) * _STEEP).tolist())
    return float(answers.any()), tuple(fits for _ in asked)


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
