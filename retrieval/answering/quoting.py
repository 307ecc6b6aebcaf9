"""Reads what was found for what answers: which sentences to quote, and whether any answers."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from retrieval.grounding.asked import (
    QuestionKind,
    ask,
    asks_of_now,
    holds,
    is_unfinished,
    leaves_open,
)
from retrieval.grounding.citations import CitationIndex, SentenceId
from retrieval.grounding.composing import quote_of
from retrieval.grounding.omissions import is_anothers, lacks_what_is_asked
from retrieval.grounding.quotes import MOST_WITH_FURTHER, choose_quotes, parts_of, sentences_of
from retrieval.grounding.reader import FEATURES, ReaderVectors, features, load_reader
from retrieval.llm.server import ModelFailures
from retrieval.messages import UserMessage
from retrieval.models import Precision
from retrieval.search.dates import names_days_of
from retrieval.search.query import is_wished, wishes_of
from retrieval.text.words import (
    WordGroups,
    is_unspaced,
    language_of,
    names_in,
    stem,
    telling_words,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt
    from langchain_core.embeddings import Embeddings

    from retrieval.grounding.asked import Asked
    from retrieval.grounding.citations import CitedStatement
    from retrieval.grounding.quotes import QuotableSentence
    from retrieval.grounding.reader import SentenceCandidate
    from retrieval.llm.local import TokenEmbeddings
    from retrieval.models import Article, Hit
    from retrieval.search.dates import DateWindow
    from retrieval.search.query import Plan

    Floats = npt.NDArray[np.float32]


# A passage of news has some six sentences; of passages of hundreds the last are not read.
_MOST_READ = 300
# Log-odds of a sentence that is not of the outlet asked for.
_OF_OTHERS = -30.0
# An article of a day is taken to be written at its noon.
_NOON, _NONE = timedelta(hours=12), timedelta(0)
# Likeness from 0 to 1 as log-odds, so that a sentence three quarters as like is still quoted.
_STEEP = 8.0
# What a sentence loses, in log-odds, that announces an answer and does not give it; a heading;
# where it is asked how things stand, the oldest that was found; and where it is asked what somebody
# said, the words of somebody else.
_OPEN, _UNFINISHED, _OLD, _ANOTHERS = 1.5, 1.5, 3.0, 5.0
# The chance of an answer where the sentences that answer best leave out what is asked.
_WITHOUT_IT, _LOOKED_AT = 0.1, 3
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
    sentences: tuple[QuotableSentence, ...]
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
        chance, fits = await read_english(models.tokens, asked, texts, sentences, vectors)
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
    sentences: Sequence[QuotableSentence],
) -> Reading:
    """For each wish, how well the sentences of its outlets and days answer it.

    One that is answered is an answer, so that the chance is that of the likeliest.
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
        chance, [scores] = await read_english(
            models.tokens, (part,), [wish.content], chosen, [of_mine], has_to_say=False
        )
        known = dict(zip(mine, scores, strict=True))
        asked.append(part)
        fits.append(tuple(known.get(n, _OF_OTHERS) for n in range(len(sentences))))
        chances.append(chance)
    chance = max(chances)
    return Reading(
        tuple(hits), tuple(asked), tuple(sentences), tuple(fits), chance, is_several=True
    )


def quotes(reading: Reading) -> list[CitedStatement]:
    """The sentences that answer best, each citing itself.

    The first `MOST_QUOTES` are the answer, the others are for readers who ask for more.
    """
    shown = CitationIndex(tuple(hit.passage for hit in reading.hits))
    chosen = choose_quotes(reading.sentences, reading.fits, reading.asked, MOST_WITH_FURTHER)
    return [quote_of(shown, SentenceId(one.hit + 1, one.first + 1, one.last + 1)) for one in chosen]


async def token_vectors(
    model: TokenEmbeddings, questions: Sequence[str], sentences: Sequence[QuotableSentence]
) -> list[ReaderVectors]:
    """What the local model makes of each question, the sentences and their titles."""
    titles = list(dict.fromkeys(one.candidate.title or "-" for one in sentences))
    texts = [*questions, *titles, *(one.text for one in sentences)]
    with ModelFailures("embedding"):
        found = await model.aembed_tokens(texts)
    asked, others = found[: len(questions)], found[len(questions) :]
    named = dict(zip(titles, others, strict=False))
    mine = [named[one.candidate.title or "-"] for one in sentences]
    return [ReaderVectors(one, others[len(titles) :], mine) for one in asked]


async def read_english(  # noqa: PLR0913  what is asked, and of what
    model: TokenEmbeddings,
    asked: Sequence[Asked],
    texts: Sequence[str],
    sentences: Sequence[QuotableSentence],
    vectors: Sequence[ReaderVectors],
    *,
    has_to_say: bool = True,
) -> tuple[float, tuple[tuple[float, ...], ...]]:
    """The chance of an answer, and how well each sentence answers each part of the question.

    `texts` and their `vectors` are the whole question; where it has parts, then each of them: a
    part by itself may not say what it is about, and the whole asks for more than one thing. Where
    nothing `has_to_say` what is asked, leaving it out is no reason to decline: a wish's sentences
    are of the outlet that it names, and need not name it.

    Raises:
        ModelError: the local model failed.
    """
    candidates = [one.candidate for one in sentences]
    rows, whole, both = await asyncio.to_thread(_first_reading, asked, candidates, vectors)
    reader = load_reader()
    for n, mine in enumerate(both):
        best = reader.shortlist(mine)
        pairs = [(candidates[at].text, candidates[at].title) for at in best]
        with ModelFailures("embedding"):
            crossed = [
                await model.ascore_pairs(text, pairs) for text in (texts[0], *texts[n + 1 :][:1])
            ]
        whole[n] = reader.rerank(whole[n], best, crossed[0])
        both[n] = reader.rerank(mine, best, np.mean(crossed, axis=0))
    return await asyncio.to_thread(
        _second_reading, asked, candidates, rows, whole, both, has_to_say
    )


def _first_reading(
    asked: Sequence[Asked],
    candidates: Sequence[SentenceCandidate],
    vectors: Sequence[ReaderVectors],
) -> tuple[list[Floats], list[Floats], list[Floats]]:
    """For each part the features of the candidates, and their scores: by the whole, and by both."""
    reader = load_reader()
    whole, *parts = vectors
    rows = [features(part, candidates, whole) for part in asked]
    scores = [reader.score(one) for one in rows]
    both = list(scores)
    for n, (part, mine) in enumerate(zip(asked, parts, strict=False)):
        mean = (scores[n] + reader.score(features(part, candidates, mine))) / 2
        both[n] = mean.astype(np.float32)
    return rows, scores, both


def _second_reading(  # noqa: PLR0913, PLR0917  what the first one found
    asked: Sequence[Asked],
    candidates: Sequence[SentenceCandidate],
    rows: Sequence[Floats],
    whole: Sequence[Floats],
    both: Sequence[Floats],
    has_to_say: bool,  # noqa: FBT001  handed on
) -> tuple[float, tuple[tuple[float, ...], ...]]:
    """The chance of an answer and the fits, of what was ranked."""
    reader = load_reader()
    chances = [reader.chance(*part) for part in zip(asked, rows, whole, strict=True)]
    costs = [np.array([_cost(part, one) for one in candidates], np.float32) for part in asked]
    fits = [mine - cost for mine, cost in zip(both, costs, strict=True)]
    for n, part in enumerate(asked):
        first = np.argsort(-fits[n], kind="stable")[:_LOOKED_AT]
        best = [candidates[at] for at in first]
        said = ([one.text for one in best], [one.before for one in best])
        titles = [one.title for one in best]
        likeness = float(rows[n][first][:, FEATURES.index("others")].max())
        if has_to_say and lacks_what_is_asked(part, *said, titles, likeness):
            chances[n] = min(chances[n], _WITHOUT_IT)
    return sum(chances) / len(chances), tuple(tuple(one.tolist()) for one in fits)


def _cost(asked: Asked, one: SentenceCandidate) -> float:
    """What a sentence loses, in log-odds, for what the reader's features do not see."""
    return (
        _OPEN * leaves_open(one.text)
        + _UNFINISHED * is_unfinished(one.text)
        + _OLD * (1 - one.newest) * asks_of_now(asked)
        + _ANOTHERS * is_anothers(asked, one.text, one.before, one.title)
    )


def is_foreign(text: str) -> bool:
    """Whether a text is mostly in another script than English."""
    letters = [letter for letter in text if letter.isalpha()]
    return 2 * sum(letter < "\u0250" for letter in letters) < len(letters)


def is_within(article: Article, window: DateWindow | None) -> bool:
    """Whether an article is of the days that are asked for; where none are, all are."""
    if window is None:
        return True
    return article.published is not None and window.start <= article.published.at < window.end


def of_days(
    window: DateWindow | None,
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
    sentences: Sequence[QuotableSentence],
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


CLOSEST = 3
# What has less than this share of the best passage's cosine is about something else.
_RELATED = 0.65


def closest(hits: Sequence[Hit], most: int = CLOSEST) -> tuple[Article, ...]:
    """The first articles among the hits, each once, without those far from the nearest.

    The search fills its list whatever the archive holds: of a question about a recall, the second
    article may be about tennis.
    """
    known = [hit.similarity for hit in hits if hit.similarity is not None]
    best = max(known, default=0.0)
    least = _RELATED * best if best > 0 else best
    near = [hit for hit in hits if hit.similarity is None or hit.similarity >= least]
    articles = {hit.passage.article.id: hit.passage.article for hit in near}
    return tuple(articles.values())[:most]


# Questions in a language that the embedding model was not made for: answered by words. Pure.
#
# Their vectors mean nothing. So passages of their own language count, compared by the beginnings of
# words, in which the inflections of Ukrainian, Russian and German meet better than in stems.

SETTING = UserMessage(
    "My search only understands English. To ask in other languages about English articles, set "
    "EMBEDDING_MODEL=local-multilingual."
)
# The share of a question's words that a sentence needs, with its passage's counting half.
ENOUGH = 0.5
# Of its words that are no names, the share that has to stand in the sentence itself, and more than
# that where a figure or a person is asked for: an article about soldiers in Kursk does not say how
# many were killed.
_SAID = 0.5
# Pairs of signs across the border of two words meet nowhere: so many are enough of those.
_ENOUGH_UNSPACED = 0.5
_ENDING, _SHORTEST = 3, 4
# Letters of a word without its ending that may stand in the midst of another.
_LONG_ENOUGH = 6
# What a question says besides what it is about.
_SAYS_LITTLE_TEXT = """
відомо такий така таке такі це цей ця ще вже зараз знаходиться відбувається
известно стало такой такая такое такие это этот эта еще ещё уже сейчас находится происходит
wer was wann wo wie warum ist sind war hat haben wird der die das den dem ein eine
"""
_SAYS_LITTLE = frozenset(_SAYS_LITTLE_TEXT.split())
# Embedding models of ours that were made for English alone.
_ENGLISH_ONLY = frozenset({"all-MiniLM-L6-v2-int8", "wordllama-l2-supercat-256"})
# Words that Ukrainian and Russian news uses for the same, so that who asks about soldiers is
# answered of troops; at a hyphen, all that begin so.
_SAME_TEXT = """
війська військ військам військами войска войск войскам сили сил силам силы солдат- бійц-
    боєц- бойц- боец- армі- арми- військов- военнослужащ- підрозділ- подразделен-
село села сёл сел селах сёлах деревн- населен- населён- поселен- поселён- селищ-
уех- виїх- выех- эваку- еваку- покин- вывез- вивез- виселен- выселен-
їж- їжу еда еду едой продукт- продовольств- харч-
зустріча- зустріл- встрет- встреч- бачи- побачи- видел- увидел- помічал- помітил- замечал-
    заметил-
убит- вбит- загин- погиб- загибл- гибел- смерт- жертв-
ранен- поранен- травмован- пострада- постражда-
захоп- захват- взял- взяв отбил- відбил- вернул- повернул- освобод- контрол- зайнял- занял-
удар- вдари- обстріл- обстрел- атак-
збит- збил- сбит- сбил- перехоп- перехват-
дрон- бпла безпілот- беспилот-
полон полону полоні полонен- плен плену пленн- військовополон- военноплен-
переброс- перекин- снял- знял- вывел- вивел- відвел- отвел- передислок-
відключ- отключ- знеструм- обесточ- блекаут- блэкаут-
зруйн- разруш- пошкод- повред- понівеч-
будин- дом дома дому домах домів домов житл- жиль-
людей люди людям человек- осіб особи жител- мешкан- граждан- громадян- населення населени-
гроші грошей деньг- денег кошти коштів средств-
почал- почав- начали начался началась началось начнет начнёт розпоч- стартув- стартов-
купи- придба- приобр- закуп-
роздає роздают- раздаё- раздают- выдаё- выдают- видає видают-
зменш- скорот- сократ- уменьш- знизи- снизи-
збільш- зросл- зріс увелич- вырос- возрос- підвищ- повыс-
"""
_SAME = WordGroups(_SAME_TEXT.replace("\n    ", " "))
# Scripts behind these have prefixes: "the fire" is one word in Arabic.
_LAST_EUROPEAN = "\u0589"
_CYRILLIC = frozenset({"uk", "ru"})
_CYRILLIC_FROM, _CYRILLIC_TO = "\u0400", "\u052f"


def foreign_language(model: str, question: str) -> str | None:
    """The language of a question that an embedding model does not understand; None if it does."""
    language = language_of(question)
    return language if language not in {"en", None} and model in _ENGLISH_ONLY else None


def in_language(language: str, hits: Sequence[Hit]) -> list[Hit]:
    """The hits of that language; of Ukrainian and Russian, of either."""
    if language in _CYRILLIC:
        return [hit for hit in hits if _is_cyrillic(hit.passage.text)]
    if language != "de":  # its script tells, also where a text is too short for its article
        return [hit for hit in hits if language_of(hit.passage.text) == language]
    return [hit for hit in hits if hit.passage.article.language == language]


def with_its_words(question: str, hits: Sequence[Hit], most: int) -> list[Hit]:
    """The hits that have words of the question, those with most of them first."""
    asked = _telling(question)
    shares = [
        _share(asked, words(f"{hit.passage.article.title} {hit.passage.text}")) for hit in hits
    ]
    order = sorted(range(len(hits)), key=lambda n: (-shares[n], n))
    return [hits[n] for n in order if shares[n] > 0][:most]


def word_likeness(question: str, sentences: Sequence[QuotableSentence]) -> npt.NDArray[np.float32]:
    """How many of the question's words each sentence has.

    From 0 to 1; words that only the rest of its passage or the title has count half.
    """
    asked = _telling(question)
    context: dict[str, float] = {}
    found: list[float] = []
    for one in sentences:
        name = one.passage.id
        if name not in context:
            context[name] = _share(asked, words(f"{one.article.title} {one.passage.text}"))
        mine = _share(asked, words(one.text))
        found.append(mine + max(context[name] - mine, 0.0) / 2)
    return np.asarray(found, dtype=np.float32)


def are_answers(
    asked: Sequence[Asked],
    question: str,
    sentences: Sequence[QuotableSentence],
    likeness: npt.NDArray[np.float32],
) -> npt.NDArray[np.bool_]:
    """Which sentences have enough of the question's words, and the kind of thing asked for."""
    names = frozenset(word for name in names_in(question) for word in words(name))
    others = [word for word in _telling(question) if word not in names]
    is_strict = any(
        part.kind in (QuestionKind.COUNT, QuestionKind.MONEY, QuestionKind.PERSON) for part in asked
    )
    found = [
        (not others or _share(others, words(one.text)) >= _SAID + 0.01 * is_strict)
        and any(holds(part, one.text) for part in asked)
        for one in sentences
    ]
    return (likeness >= ENOUGH) & np.asarray(found, dtype=np.bool_)


def _telling(question: str) -> list[str]:
    told = telling_words(question)
    return [word for word in told if word not in _SAYS_LITTLE] or list(told)


def _share(asked: Sequence[str], said: Sequence[str]) -> float:
    distinct = set(said)
    if 2 * sum(map(is_unspaced, asked)) > len(asked):
        return _share_unspaced(asked, distinct)
    return sum(any(_same(one, word) for word in distinct) for one in asked) / (len(asked) or 1)


def _share_unspaced(asked: Sequence[str], said: set[str]) -> float:
    """Half by pairs of signs, half by signs; as much as counts as ENOUGH elsewhere is as much."""
    signs, theirs = set("".join(asked)), set("".join(said))
    pairs = sum(one in said for one in asked) / len(asked)
    share = (pairs + len(signs & theirs) / len(signs)) / 2
    return min(share * ENOUGH / _ENOUGH_UNSPACED, 1.0)


def _same(one: str, other: str) -> bool:
    """Whether two words are forms of one, one is in the other, or news uses them for the same.

    Forms of one word begin alike; "корейських" is in "північнокорейських".
    """
    if one == other or (one[0] > _LAST_EUROPEAN and stem(one) == stem(other)):
        return True
    if _SAME.of(one) & _SAME.of(other):
        return True
    core = one[:-_ENDING]
    if len(core) >= _LONG_ENOUGH and core in other:
        return True
    least = max(min(len(one), len(other)) - _ENDING, _SHORTEST)
    longest = max(len(one), len(other)) - least
    return one[:least] == other[:least] and longest <= 2 * _ENDING and one[0].isalpha()


def _is_cyrillic(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return 2 * sum(_CYRILLIC_FROM <= letter <= _CYRILLIC_TO for letter in letters) > len(letters)
