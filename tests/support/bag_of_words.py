"""Deterministic text vectors whose similarity is that of the words."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import numpy as np

from retrieval.grounding.reader import ReaderVectors
from retrieval.llm.local import TokenVectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.grounding.reader import SentenceCandidate

COMMON_WORDS = """
a an and are as at be been by did do does for from had has have he her his how i in is it its of on
or said says she that the their they this to was were what when where which who will with
"""
COMMON = frozenset(COMMON_WORDS.split())


def words(text: str) -> list[str]:
    """The words of `text` in lower case, without the most common English ones."""
    return [word for word in re.findall(r"\w+", text.lower()) if word not in COMMON]


def bag_of_words(text: str, dimensions: int) -> list[float]:
    """A unit vector: each word adds or subtracts 1 at an index derived from its checksum."""
    vector = np.zeros(dimensions)
    for word in words(text) or [""]:
        checksum = zlib.crc32(word.encode())
        vector[checksum % dimensions] += 1 if checksum >> 31 else -1
    length = float(np.linalg.norm(vector))
    if length == 0:  # two words cancel each other
        vector[0] = length = 1
    return [float(number) for number in vector / length]


def token_vectors(text: str, dimensions: int = 64) -> TokenVectors:
    """Vectors of a text's tokens, as from a model: one for each word."""
    found = words(text)[:256] or ["-"]
    pieces = ("[CLS]", *found, "[SEP]")
    ids = np.array([101, *(2_000 + zlib.crc32(word.encode()) % 28_000 for word in found), 102])
    vectors = np.array([bag_of_words(piece, dimensions) for piece in pieces], dtype=np.float32)
    mean = np.array(bag_of_words(text, dimensions), dtype=np.float32)
    return TokenVectors(ids, pieces, vectors, mean)


def vectors_of(question: str, candidates: Sequence[SentenceCandidate]) -> ReaderVectors:
    """The vectors that `features` needs for a question and its candidates, without a model."""
    sentences = [token_vectors(one.text) for one in candidates]
    titles = {one.title: token_vectors(one.title) for one in candidates}
    return ReaderVectors(
        token_vectors(question), sentences, [titles[one.title] for one in candidates]
    )
