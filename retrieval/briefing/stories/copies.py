"""Near copies, such as one wire story in several papers: found without comparing all with all.

MinHash (Broder 1997) over runs of three words estimates the Jaccard coefficient of two texts;
locality-sensitive hashing (Indyk & Motwani 1998) finds who may be near. Seeds are fixed: the same
texts are copies in every process.
"""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from retrieval.words import words

if TYPE_CHECKING:
    import numpy.typing as npt

    Signature = npt.NDArray[np.uint32]

_RUN = 3
# With 16 bands of 4, a pair of coefficient .8 is met with probability .9998, one of .3 with .12.
_BANDS, _ROWS = 16, 4
# A text shorter than this says too little to be anybody's copy.
_FEWEST_RUNS = 20
ALIKE = 0.8
# Pages made from one template fill a bucket without being copies: the newest of them are looked at.
_NEWEST = 50

_chance = np.random.default_rng(20221101)
_FACTORS = _chance.integers(1, 2**63, (_BANDS * _ROWS, 1), dtype=np.uint64) | np.uint64(1)
_SUMMANDS = _chance.integers(0, 2**63, (_BANDS * _ROWS, 1), dtype=np.uint64)


def signature(text: str) -> Signature | None:
    """64 minima of a text's hashed word runs; None where it is too short to tell."""
    found = words(text)
    runs = {crc32(" ".join(found[at : at + _RUN]).encode()) for at in range(len(found) - _RUN + 1)}
    if len(runs) < _FEWEST_RUNS:
        return None
    hashed = np.fromiter(runs, dtype=np.uint64, count=len(runs))
    # multiply-shift hashing (Dietzfelbinger et al. 1997); the products wrap around as they should
    mixed = (_FACTORS * hashed + _SUMMANDS) >> np.uint64(32)
    return np.asarray(mixed.min(axis=1), dtype=np.uint32)


def resemblance(one: Signature, other: Signature) -> float:
    """An estimate of the Jaccard coefficient of two texts' word runs; its error is about .05."""
    return float(np.mean(one == other))


class CopyIndex:
    """Finds the signatures that are near to one."""

    def __init__(self) -> None:
        self._signatures: dict[int, Signature] = {}
        self._buckets: dict[bytes, list[int]] = {}

    def add(self, key: int, signed: Signature) -> None:
        """Remember a signature under a key that is not known yet."""
        self._signatures[key] = signed
        for bucket in _buckets(signed):
            insort(self._buckets.setdefault(bucket, []), key)

    def discard(self, key: int) -> None:
        """Forget a key; an unknown one is no error."""
        signed = self._signatures.pop(key, None)
        if signed is None:
            return
        for bucket in _buckets(signed):
            keys = self._buckets[bucket]
            keys.remove(key)
            if not keys:
                del self._buckets[bucket]

    def near(self, signed: Signature) -> list[int]:
        """The keys whose texts are alike, the most alike first, of equals the smaller key."""
        found = (self._buckets.get(bucket, [])[-_NEWEST:] for bucket in _buckets(signed))
        candidates = {key for keys in found for key in keys}
        scored = [(resemblance(signed, self._signatures[key]), key) for key in candidates]
        return [key for score, key in sorted(scored, key=_best_first) if score >= ALIKE]


def _best_first(scored: tuple[float, int]) -> tuple[float, int]:
    return -scored[0], scored[1]


def _buckets(signed: Signature) -> list[bytes]:
    rows = signed.reshape(_BANDS, _ROWS)
    return [bytes([band]) + row.tobytes() for band, row in enumerate(rows)]
