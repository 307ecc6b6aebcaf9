"""Vectors in the order of outlet and date, so that a filter is a few slices to score.

A block never changes. `block_files` keeps large ones on the disk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from retrieval.archive.filters import Filter, IndexedRevision

    Floats = npt.NDArray[np.float32]
    Integers = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]
    Signs = npt.NDArray[np.uint64]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
UNDATED = int(np.iinfo(np.int64).min)
# The ordinal of a row whose vector is missing.
MISSING = -1
# A filter that lets more rows pass is searched in two steps: by signs, then exactly among the best
# of those. Twenty for each result wanted find .99 of the exact 200.
EXACT = 35_000
_LIKELY = 2_000
_LIKELY_EACH = 20
_STEP = 20_000
# Runs of rows shorter than this are cheaper copied together than multiplied one by one.
_SHORT_RUN = 16
# More passages than any revision has.
_ORDINALS = 1 << 32


@dataclass(frozen=True, slots=True)
class Rows:
    """Which passages the rows of a block are; `outlet` gives places in `outlets`.

    `published` is in microseconds since 1970, or `UNDATED`.
    """

    revision: Integers
    ordinal: Integers
    outlet: Integers
    published: Integers
    outlets: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.revision)

    @classmethod
    def of(cls, revisions: Sequence[IndexedRevision]) -> Self:
        """The rows of these revisions' passages, in the order of a block."""
        ordered = sorted(revisions, key=lambda one: (one.outlet, _micros(one.published), one.id))
        outlets = tuple(dict.fromkeys(one.outlet for one in ordered))
        places = {name: place for place, name in enumerate(outlets)}
        counts = [one.passages for one in ordered]

        def each(values: list[int]) -> Integers:
            return np.repeat(np.asarray(values, dtype=np.int64), counts)

        return cls(
            revision=each([one.id for one in ordered]),
            ordinal=np.concatenate([np.arange(count) for count in [0, *counts]]).astype(np.int64),
            outlet=each([places[one.outlet] for one in ordered]),
            published=each([_micros(one.published) for one in ordered]),
            outlets=outlets,
        )

    def names(self, rows: Integers | slice) -> list[str]:
        """The ids of these rows' passages."""
        pairs = zip(self.revision[rows].tolist(), self.ordinal[rows].tolist(), strict=True)
        return [f"{revision}:{ordinal}" for revision, ordinal in pairs]

    def without(self, lacking: Sequence[int]) -> Rows:
        """The same, these rows marked as having no vector."""
        ordinal = self.ordinal.copy()
        ordinal[np.asarray(lacking, dtype=np.int64)] = MISSING
        return replace(self, ordinal=ordinal)

    def of_revisions(self, revisions: Integers) -> Mask:
        """Which rows are of these revisions and have a vector."""
        return np.isin(self.revision, revisions) & np.not_equal(self.ordinal, MISSING)

    def within(self, wanted: Filter) -> Mask:
        """Which rows a filter lets pass."""
        passing = np.ones(len(self), dtype=np.bool_)
        if wanted.start is not None or wanted.end is not None:
            low = UNDATED + 1 if wanted.start is None else _micros(wanted.start)
            passing = self.published >= low
            if wanted.end is not None:
                passing &= self.published < _micros(wanted.end)
        if wanted.outlets:
            known = set(wanted.outlets)
            places = [place for place, name in enumerate(self.outlets) if name in known]
            named = np.zeros(len(self), dtype=np.bool_)
            for place in places:
                named[slice(*np.searchsorted(self.outlet, [place, place + 1]))] = True
            passing &= named
        return passing


@dataclass(frozen=True, slots=True)
class Places:
    """Where in a block each passage stands: its `keys` in order, and the row of each."""

    keys: Integers
    row: Integers

    @classmethod
    def of(cls, rows: Rows) -> Self:
        """The places of these rows."""
        keys = keys_of(rows.revision, rows.ordinal)
        order = np.argsort(keys)
        return cls(keys[order], order)

    def find(self, wanted: Integers) -> Integers:
        """The row of each of these keys, -1 where there is none."""
        if not len(self.keys):
            return np.full(len(wanted), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[at] == wanted, self.row[at], -1)


@dataclass(frozen=True, slots=True)
class Block:
    """Rows with their vectors, of length 1 each, and the signs of these (see `signs_of`)."""

    rows: Rows
    vectors: Floats
    signs: Signs

    def search(self, vector: Floats, k: int, passing: Mask) -> list[tuple[str, float]]:
        """The `k` nearest of the rows that pass, best first, with their cosines.

        Exact up to `EXACT` rows; of more, those are scored whose signs are most like the vector's.
        """
        chosen = np.flatnonzero(passing).astype(np.int64, copy=False)
        if len(chosen) > EXACT:
            chosen = self._likely(vector, chosen, max(_LIKELY, _LIKELY_EACH * k))
        scores = _scores(self.vectors, vector, chosen)
        if len(chosen) > k:
            best = np.argpartition(-scores, k - 1)[:k]
            chosen, scores = chosen[best], scores[best]
        return list(zip(self.rows.names(chosen), scores.tolist(), strict=True))

    def _likely(self, vector: Floats, chosen: Integers, count: int) -> Integers:
        """The `count` rows of these that differ from the vector in the fewest signs."""
        if len(chosen) <= count:
            return chosen
        first, last = int(chosen[0]), int(chosen[-1])
        differing = np.zeros(last + 1 - first, dtype=np.uint16)
        for word, asked in zip(self.signs, signs_of(vector[np.newaxis])[:, 0], strict=True):
            differing += np.bitwise_count(word[first : last + 1] ^ asked)
        differing = differing[chosen - first]
        return np.sort(chosen[np.argpartition(differing, count - 1)[:count]])


def keys_of(revisions: Integers, ordinals: Integers) -> Integers:
    """One number a passage."""
    return revisions * _ORDINALS + ordinals


def unit(vectors: Floats) -> Floats:
    """Rows of length 1; rows of zeros stay."""
    rows = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=np.float32)


def signs_of(vectors: Floats) -> Signs:
    """The signs of each row's numbers as bits, 64 to a word, words first: shape (words, rows)."""
    words = -(-vectors.shape[1] // 64)
    signs = np.empty((words, len(vectors)), dtype=np.uint64)
    for start in range(0, len(vectors), _STEP):
        bits = np.packbits(vectors[start : start + _STEP] > 0, axis=1)
        padded = np.zeros((len(bits), words * 8), dtype=np.uint8)
        padded[:, : bits.shape[1]] = bits
        signs[:, start : start + _STEP] = padded.view(np.uint64).T
    return signs


def _scores(vectors: Floats, vector: Floats, chosen: Integers) -> Floats:
    """The product of each chosen row with `vector`.

    Not by BLAS's matrix product: its threads get into each other's way on short runs and under
    load, where it took up to 15 times as long.
    """
    breaks = np.flatnonzero(np.diff(chosen) != 1) + 1
    if len(chosen) < (len(breaks) + 1) * _SHORT_RUN:
        return np.asarray(np.vecdot(vectors[chosen], vector))
    scores = np.empty(len(chosen), dtype=np.float32)
    for start, end in pairwise([0, *breaks.tolist(), len(chosen)]):
        first = int(chosen[start])
        np.vecdot(vectors[first : first + end - start], vector, out=scores[start:end])
    return scores


def _micros(instant: datetime | None) -> int:
    if instant is None:
        return UNDATED
    return (instant - _EPOCH) // _MICROSECOND
