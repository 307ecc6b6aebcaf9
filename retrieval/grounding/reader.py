"""Which sentence answers a question, and whether any does: a small learned reader. Pure.

Every sentence that was found becomes a row of features: how near it is in meaning (cosines of the
local model's vectors, of the sentence alone and with its neighbours), how its tokens meet the
question's one by one (late interaction, as in ColBERT, Khattab & Zaharia 2020), which rare words
it has or lacks, whether it holds the kind of thing that is asked for, where it stands. A linear
model scores the rows. A cross-encoder reads the eight best together with the question, and its
score is added (`retrieval/llm/cross_encoder.py`). A logistic model says how likely it is that the
best of them answers. They are fitted by `benchmarks.reader` and `benchmarks.cross_encoder`; the
weights of the linear ones, with where they come from, are `reader_weights.json`.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from retrieval.grounding.asked import (
    QuestionKind,
    counts_the_noun,
    gives_a_cause,
    has_speaker,
    holds,
    is_denial,
    is_early,
    leans,
    names_another_in_order,
    new_names,
)
from retrieval.text.figures import find_figures
from retrieval.text.words import stem, stems, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from retrieval.grounding.asked import Asked
    from retrieval.llm.local import TokenVectors

    Floats = npt.NDArray[np.float32]

# WordPiece numbers of BERT's English vocabulary: words stand from here on in the order of how
# common they are, so that a number's logarithm says how rare it is (Zipf).
_FIRST_WORD = 1996
_RAREST = 30_522
_SPECIAL = 999
# Rarer than about the 250 most common words.
_TELLING = 0.45
# Words of a sentence that hardly says anything.
_SHORT = 6


@dataclass(frozen=True, slots=True)
class SentenceCandidate:
    """A sentence that may answer.

    `before` and `after` are the sentences around it ("" where there are none), `title` its
    article's. `place` counts sentences from its article's beginning. `age` falls from 1 (published
    when it is asked) towards 0, and is .5 where nobody knows; `newest` is the share of what was
    found that is not newer. `timely` is False outside of the days that the question asks for; `day`
    is 1 where the sentence itself names one of them, -1 where it names another day.
    """

    text: str
    before: str
    after: str
    title: str
    place: int
    age: float = 0.5
    newest: float = 0.5
    timely: bool = True
    day: float = 0.0


_OTHERS = "reader_weights.json was fitted for other features; fit it again."
# The first of the features are of meaning.
_MEANING = 12
# The last of them are standings.
_RANKS = 3
# Kinds of question whose answer can be seen in a sentence.
HOLDING = (
    QuestionKind.PERSON,
    QuestionKind.TIME,
    QuestionKind.PLACE,
    QuestionKind.COUNT,
    QuestionKind.MONEY,
    QuestionKind.MEASURE,
    QuestionKind.REASON,
    QuestionKind.DEFINITION,
)
# Kinds that ask for the news of something.
_NEWS = (QuestionKind.LATEST, QuestionKind.TOPIC)
# Kinds to which a sentence without a thing of the kind is no answer, and those whose words have to
# be there.
_TYPED = (
    QuestionKind.PERSON,
    QuestionKind.TIME,
    QuestionKind.PLACE,
    QuestionKind.COUNT,
    QuestionKind.MONEY,
    QuestionKind.MEASURE,
)
_ABOUT_A_TOPIC = (QuestionKind.TOPIC, QuestionKind.DEFINITION, QuestionKind.LATEST)
_FIGURES = (QuestionKind.COUNT, QuestionKind.MONEY, QuestionKind.MEASURE)
# Sentences that a cross-encoder reads, and how far behind these the others stand: of 377 questions
# that nobody had looked at, 95 of 100 have the sentence that answers among the first eight.
RERANKED, _BEHIND = 8, 1.0
# Where a figure is asked for and none is near: so small that nothing is quoted.
_WITHOUT_A_FIGURE = 0.1
FEATURES = (
    "cosine",
    "cosine_near",
    "cosine_title",
    "tokens",
    "tokens_rare",
    "tokens_least",
    "tokens_near",
    "tokens_least_near",
    "tokens_back",
    "others",
    "others_least",
    "others_least_near",
    "words",
    "words_near",
    "rarest_missing",
    "pairs",
    "names",
    "names_near",
    "numbers",
    *(f"holds_{kind}" for kind in HOLDING),
    "noun",
    "noun_figure",
    "noun_near",
    "figures",
    "new_names",
    "length",
    "short",
    "denies",
    "speaks",
    "leans",
    "lead",
    "lead_topic",
    "place",
    "age",
    "newest",
    "newest_latest",
    "timely",
    "day",
    "ordinal",
    "cause",
    "reason_near",
    "holds_beside",
    "early",
    "rank_cosine",
    "rank_tokens",
    "rank_words",
)


# What of the best sentence says whether there is an answer at all ...
_OF_THE_BEST = (
    "cosine",
    "tokens",
    "tokens_rare",
    "tokens_least",
    "tokens_near",
    "tokens_least_near",
    "tokens_back",
    "others",
    "others_least",
    "others_least_near",
    "words",
    "words_near",
    "rarest_missing",
    "names",
    "names_near",
    "numbers",
    "noun",
    "noun_near",
    "noun_figure",
    "pairs",
    "cosine_title",
    "timely",
    "day",
    "ordinal",
    "early",
    "cause",
)
# ... and of the best three, and of all.
_OF_THREE = ("cosine", "tokens", "tokens_least", "others_least_near", "words_near")
_OF_ALL = ("cosine", "tokens", "others", "others_least", "others_least_near", "words")
# Nothing of how it stands to the others: an archive may hold only the sentence that answers.
SIGNS = (
    "score",
    *(f"best_{name}" for name in _OF_THE_BEST),
    *(f"three_{name}" for name in _OF_THREE),
    *(f"all_{name}" for name in _OF_ALL),
    "holds",
    "holds_not",
    "lacks",
    "topic_words",
    "reason_least",
    *(f"asks_{kind}" for kind in QuestionKind),
)


@dataclass(frozen=True, slots=True)
class Linear:
    """A fitted linear model over named columns."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float = 0.0

    def __call__(self, rows: Floats) -> Floats:
        """One number a row."""
        found = (rows - self.mean) / self.scale @ self.weights + self.bias
        return np.asarray(found, dtype=np.float32)

    @classmethod
    def of(cls, known: dict[str, Any], columns: Sequence[str]) -> Self:
        """From its file's part.

        Raises:
            ValueError: it was fitted for other columns.
        """
        rows = known["columns"]
        if tuple(rows) != tuple(columns):
            raise ValueError(_OTHERS)
        mean, scale, weights = (
            np.array([rows[name][at] for name in columns], dtype=np.float32) for at in range(3)
        )
        return cls(mean, scale, weights, float(known.get("bias", 0.0)))


@dataclass(frozen=True, slots=True)
class Reader:
    """A fitted model: how well each sentence answers, and how likely it is that one does.

    `weight` is what a score of the ranking counts beside a cross-encoder's.
    """

    ranking: Linear
    answering: Linear
    weight: float

    def score(self, rows: Floats) -> Floats:
        """How well each row of features answers, in log-odds against the others of its question."""
        return self.ranking(rows)

    def shortlist(self, scores: Floats) -> npt.NDArray[np.int64]:
        """The places of the sentences that a cross-encoder is to read, best first."""
        return np.argsort(-scores, kind="stable")[:RERANKED]

    def rerank(self, scores: Floats, best: npt.NDArray[np.int64], crossed: Floats) -> Floats:
        """The scores with those of a cross-encoder for the sentences of the shortlist `best`.

        The others keep their order, behind these.
        """
        if not len(best):
            return scores
        first = self.weight * scores[best] + crossed
        behind = self.weight * (scores - scores[best[-1]]) + float(first.min()) - _BEHIND
        behind[best] = first
        return np.asarray(behind, dtype=np.float32)

    def chance(self, asked: Asked, rows: Floats, scores: Floats) -> float:
        """How likely it is that one of the sentences answers, from 0 to 1."""
        if not len(rows):
            return 0.0
        odds = float(self.answering(signs(asked, rows, scores)))
        chance = 1 / (1 + math.exp(-min(max(odds, -30.0), 30.0)))
        if asked.kind in _FIGURES:
            three = rows[np.argsort(-scores, kind="stable")[:3]]
            if not three[:, FEATURES.index(f"holds_{asked.kind}")].any():
                return min(chance, _WITHOUT_A_FIGURE)
        return chance


@lru_cache(maxsize=1)
def load_reader() -> Reader:
    """The model that comes with Sitrep; it reads English.

    Raises:
        ValueError: the file is for other features than these.
    """
    file = files("retrieval.grounding").joinpath("reader_weights.json")
    known = json.loads(file.read_text(encoding="utf-8"))
    ranking, answering = Linear.of(known["ranking"], FEATURES), Linear.of(known["answering"], SIGNS)
    return Reader(ranking, answering, known["weight"])


def signs(asked: Asked, rows: Floats, scores: Floats) -> Floats:
    """What speaks for it that one of the sentences answers: one row, as `SIGNS` names it."""
    at = FEATURES.index
    order = np.argsort(-scores, kind="stable")
    best, three = rows[order[0]], rows[order[:3]]
    top = float(scores[order[0]])
    kinds = [at(f"holds_{kind}") for kind in HOLDING]
    holds_it = float(best[kinds].max())
    near, least = float(best[at("words_near")]), float(best[at("tokens_least_near")])
    found = [top]
    found += [float(best[at(name)]) for name in _OF_THE_BEST]
    found += [float(three[:, at(name)].max()) for name in _OF_THREE]
    found += [float(rows[:, at(name)].max()) for name in _OF_ALL]
    found += [
        holds_it,
        float(rows[:, kinds].max() > 0 and not holds_it),
        float(asked.kind in _TYPED and not holds_it),
        near * (asked.kind in _ABOUT_A_TOPIC),
        least * (asked.kind is QuestionKind.REASON),
        *(float(kind is asked.kind) for kind in QuestionKind),
    ]
    return np.array(found, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class ReaderVectors:
    """What the local model makes of a question, of each candidate's sentence and of its title."""

    question: TokenVectors
    sentences: Sequence[TokenVectors]
    titles: Sequence[TokenVectors]


def features(
    asked: Asked, candidates: Sequence[SentenceCandidate], vectors: ReaderVectors
) -> Floats:
    """A row for each candidate, shape (candidates, len(FEATURES))."""
    if not candidates:
        return np.zeros((0, len(FEATURES)), dtype=np.float32)
    meaning = _meaning(asked, vectors.question, candidates, vectors.sentences, vectors.titles)
    rows = np.hstack([meaning, _wording(asked, candidates)]).astype(np.float32)
    ranks = np.stack(
        [_standing(rows[:, FEATURES.index(name)]) for name in ("cosine", "tokens", "words")], axis=1
    )
    return np.hstack([rows, ranks]).astype(np.float32)


def rarity(ids: npt.NDArray[np.int64]) -> Floats:
    """How rare each token is, from 0 (the) to 1; special tokens 0."""
    scale = math.log(_RAREST - _FIRST_WORD)
    rare = np.log(np.maximum(ids - _FIRST_WORD + 1, 1)) / scale
    return np.where(ids <= _SPECIAL, 0.0, rare).astype(np.float32)


def _meaning(
    asked: Asked,
    question: TokenVectors,
    candidates: Sequence[SentenceCandidate],
    encoded: Sequence[TokenVectors],
    titles: Sequence[TokenVectors],
) -> Floats:
    weight = rarity(question.ids)
    rare = weight**3
    met = _meetings(question, encoded)  # (question tokens, sentences)
    named = _meetings(question, titles)
    mean = np.stack([one.mean for one in encoded])
    cosine = mean @ question.mean
    count = len(encoded)
    near = np.zeros(count, dtype=np.float32)
    context = np.maximum(met, 0.85 * named)
    for at, one in enumerate(candidates):
        vector = mean[at].copy()
        if at and one.before and candidates[at - 1].text == one.before:
            vector += 0.5 * mean[at - 1]
            context[:, at] = np.maximum(context[:, at], 0.9 * met[:, at - 1])
        if at + 1 < len(candidates) and one.after and candidates[at + 1].text == one.after:
            vector += 0.3 * mean[at + 1]
        near[at] = float(vector @ question.mean) / max(float(np.linalg.norm(vector)), 1e-9)
    title_cosine = np.stack([one.mean for one in titles]) @ question.mean
    back = np.array([_back(question, one) for one in encoded], dtype=np.float32)
    telling = weight > _TELLING
    least = met[telling].min(axis=0) if telling.any() else met.max(axis=0)
    others = _others(asked, question)
    said, said_near = (
        np.stack([one[group].mean(axis=0) for group in others] or [np.ones(count, np.float32)])
        for one in (met, context)
    )
    heavy = np.array([weight[group].max() for group in others] or [1.0])
    columns = (
        cosine,
        near,
        title_cosine,
        _weighted(met, weight),
        _weighted(met, rare),
        least,
        _weighted(context, rare),
        context[telling].min(axis=0) if telling.any() else context.max(axis=0),
        back,
        _weighted(said, heavy),
        said.min(axis=0),
        said_near.min(axis=0),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def _others(asked: Asked, question: TokenVectors) -> list[list[int]]:
    """Where the words of a question stand that are no names, as tokens: what it asks of these."""
    groups: list[tuple[str, list[int]]] = []
    for at, piece in enumerate(question.pieces):
        if piece.startswith("##") and groups:
            groups[-1] = (groups[-1][0] + piece[2:], [*groups[-1][1], at])
        elif piece[:1].isalpha():
            groups.append((piece, [at]))
    wanted = asked.terms - asked.names
    return [where for word, where in groups if stem(word) in wanted]


def _meetings(question: TokenVectors, texts: Sequence[TokenVectors]) -> Floats:
    """The best cosine of each question token with a token of each text, (tokens, texts)."""
    stacked = np.concatenate([one.vectors for one in texts])
    starts = np.cumsum([0, *(len(one.ids) for one in texts)])[:-1]
    likeness = question.vectors @ stacked.T
    return np.maximum.reduceat(likeness, starts, axis=1).astype(np.float32)


def _back(question: TokenVectors, text: TokenVectors) -> float:
    """How near the sentence's rarer tokens are to the question, on average."""
    best = (text.vectors @ question.vectors.T).max(axis=1)
    weight = rarity(text.ids)
    return float((best * weight).sum() / max(float(weight.sum()), 1e-6))


def _weighted(met: Floats, weight: Floats) -> Floats:
    return np.asarray(weight @ met / max(float(weight.sum()), 1e-6), dtype=np.float32)


def _wording(asked: Asked, candidates: Sequence[SentenceCandidate]) -> Floats:
    said = [stems(one.text) for one in candidates]
    known: dict[str, frozenset[str]] = {}
    for one in candidates:
        for text in (one.title, one.before):
            if text not in known:
                known[text] = stems(text)
    count = len(candidates)
    hits = {term: sum(term in mine for mine in said) for term in asked.terms}
    weights = {
        term: math.log(1 + (count - many + 0.5) / (many + 0.5)) for term, many in hits.items()
    }
    total = sum(weights.values()) or 1.0
    most = max(weights.values(), default=1.0) or 1.0
    pairs = _pairs(asked.text)
    is_why = asked.kind is QuestionKind.REASON
    rows: list[list[float]] = []
    for one, mine in zip(candidates, said, strict=True):
        near = mine | known[one.title] | known[one.before]
        have, have_near = asked.terms & mine, asked.terms & near
        missing = [weights[term] for term in asked.terms - near]
        figures = find_figures(one.text)
        fits = holds(asked, one.text)
        rows.append(
            [
                sum(weights[term] for term in have) / total,
                sum(weights[term] for term in have_near) / total,
                max(missing, default=0.0) / most,
                len(pairs & _pairs(one.text)) / len(pairs) if pairs else 0.0,
                _share(asked.names, mine),
                _share(asked.names, near),
                _share(asked.numbers, frozenset(words(one.text))),
                *(float(kind is asked.kind and fits) for kind in HOLDING),
                _share(asked.nouns, mine),
                float(counts_the_noun(asked, one.text)),
                _share(asked.nouns, near),
                min(len(figures), 4) / 4,
                min(len(new_names(asked, one.text)), 5) / 5,
                math.log(1 + len(words(one.text))) / 4,
                float(len(words(one.text)) < _SHORT),
                float(is_denial(one.text)),
                float(has_speaker(one.text)),
                float(leans(one.text)),
                float(one.place == 0),
                float(one.place == 0 and asked.kind in _NEWS),
                math.log(1 + one.place) / 4,
                one.age,
                one.newest,
                one.newest * (asked.kind is QuestionKind.LATEST),
                float(one.timely),
                one.day,
                float(names_another_in_order(asked, one.text)),
                float(is_why and gives_a_cause(one.text)),
                is_why * fits * _share(asked.terms, near),
                float(asked.kind in HOLDING and not fits and holds(asked, one.before)),
                float(is_early(asked, one.text)),
            ]
        )
    return np.array(rows, dtype=np.float32).reshape(count, len(FEATURES) - _MEANING - _RANKS)


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(stem(word) for word in words(text)))


def _share(wanted: frozenset[str], found: frozenset[str]) -> float:
    return len(wanted & found) / len(wanted) if wanted else 1.0


def _standing(column: Floats) -> Floats:
    """How far above the mean of its question's candidates each one is, in deviations, clipped."""
    spread = float(column.std()) or 1.0
    return np.asarray(np.clip((column - column.mean()) / spread, -3, 4), dtype=np.float32)
