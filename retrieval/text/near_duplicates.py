"""Detects near copies, such as a wire story in several papers. Pure.

MinHash (Broder 1997) over runs of three words estimates the Jaccard coefficient of two texts;
locality-sensitive hashing (Indyk & Motwani 1998) finds candidates, which are then compared exactly
(`is_near_copy`). Seeds are fixed, so every process gets the same results.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from retrieval.text.figures import figure_values
from retrieval.text.words import stems, words

if TYPE_CHECKING:
    import numpy.typing as npt

    Signature = npt.NDArray[np.uint32]

# The Jaccard coefficient from which two articles are copies; chosen by `benchmarks/copies.py`.
ALIKE = 0.75
_RUN = 3
# With 16 bands of 4, a pair with coefficient .8 is found with probability .9998, one with .75 with
# .998, one with .3 with .12.
_BANDS, _ROWS = 16, 4
# A shorter text is too short to count as a copy.
_FEWEST_RUNS = 20
# The share of a title's significant words that must be in the other article's text.
TITLE_BORNE_OUT = 0.5

_chance = np.random.default_rng(20221101)
_FACTORS = _chance.integers(1, 2**63, (_BANDS * _ROWS, 1), dtype=np.uint64) | np.uint64(1)
_SUMMANDS = _chance.integers(0, 2**63, (_BANDS * _ROWS, 1), dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class TextPrint:
    """The features of an article for comparison.

    `runs` are hashes of its text's runs of words, `figures` the numbers in it, `said` and `title`
    the stems of its text and title.
    """

    runs: frozenset[int]
    figures: frozenset[float]
    said: frozenset[str]
    title: frozenset[str]


def text_print(title: str, text: str) -> TextPrint:
    """Compute the features of an article; takes some milliseconds for a thousand words."""
    return TextPrint(
        runs=frozenset(word_runs(text)),
        figures=figure_values(text),
        said=stems(text),
        title=stems(title),
    )


def jaccard(one: TextPrint, other: TextPrint) -> float:
    """The Jaccard coefficient of two texts' word runs."""
    every = len(one.runs | other.runs)
    return len(one.runs & other.runs) / every if every else 0.0


def is_near_copy(one: TextPrint, other: TextPrint, alike: float = ALIKE) -> bool:
    """Whether two articles are the same report.

    If each has a figure that the other lacks, one of them is an update and not a copy. Each text
    must contain the other's title, which texts of pages behind a wall never do.
    """
    return (
        jaccard(one, other) >= alike
        and (one.figures <= other.figures or other.figures <= one.figures)
        and _bears_out(one.said, other.title)
        and _bears_out(other.said, one.title)
    )


def signature(text: str) -> Signature | None:
    """64 minima of a text's hashed word runs; None if it is too short."""
    runs = word_runs(text)
    if len(runs) < _FEWEST_RUNS:
        return None
    hashed = np.fromiter(runs, dtype=np.uint64, count=len(runs))
    # multiply-shift hashing (Dietzfelbinger et al. 1997); the products are meant to wrap around
    mixed = (_FACTORS * hashed + _SUMMANDS) >> np.uint64(32)
    return np.asarray(mixed.min(axis=1), dtype=np.uint32)


def resemblance(one: Signature, other: Signature) -> float:
    """An estimate of the Jaccard coefficient of two texts' word runs; its error is about .05."""
    return float(np.mean(one == other))


def bands(signed: Signature) -> list[bytes]:
    """The buckets of a signature; similar ones most likely share at least one."""
    rows = signed.reshape(_BANDS, _ROWS)
    return [bytes([band]) + row.tobytes() for band, row in enumerate(rows)]


def band_numbers(text: str) -> tuple[int, ...]:
    """The bands of a text as integers of 63 bits, for SQL; empty if it is too short."""
    signed = signature(text)
    if signed is None:
        return ()
    hashed = (blake2b(one, digest_size=8).digest() for one in bands(signed))
    return tuple(int.from_bytes(one, "big") >> 1 for one in hashed)


def word_runs(text: str) -> set[int]:
    """Hashes of a text's runs of three words."""
    found = words(text)
    return {crc32(" ".join(found[at : at + _RUN]).encode()) for at in range(len(found) - _RUN + 1)}


def _bears_out(said: frozenset[str], title: frozenset[str]) -> bool:
    return len(said & title) >= TITLE_BORNE_OUT * len(title)
