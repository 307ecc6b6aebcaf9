"""Questions in a language that the embedding model was not made for: answered by words. Pure.

Their vectors mean nothing. So passages of their own language count, compared by the beginnings of
words, in which the inflections of Ukrainian, Russian and German meet better than in stems.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval.grounding.asked import Kind, holds
from retrieval.words import is_unspaced, language_of, names_in, stem, telling_words, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from retrieval.grounding.asked import Asked
    from retrieval.grounding.quotes import Sentence
    from retrieval.models import Hit

SETTING = (
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


def word_likeness(question: str, sentences: Sequence[Sentence]) -> npt.NDArray[np.float32]:
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
    sentences: Sequence[Sentence],
    likeness: npt.NDArray[np.float32],
) -> npt.NDArray[np.bool_]:
    """Which sentences have enough of the question's words, and the kind of thing asked for."""
    names = frozenset(word for name in names_in(question) for word in words(name))
    others = [word for word in _telling(question) if word not in names]
    is_strict = any(part.kind in (Kind.COUNT, Kind.MONEY, Kind.PERSON) for part in asked)
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
    """Whether two words begin alike, so that they are forms of one, or one is in the other.

    "корейських" is in "північнокорейських", and "Abwehr" in "Luftabwehr".
    """
    if one == other or (one[0] > _LAST_EUROPEAN and stem(one) == stem(other)):
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
