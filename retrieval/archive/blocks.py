"""Vectors in the order of outlet and date, so that a filter is a few slices, searched exactly.

A block never changes. One that lies in files is memory-mapped: the system keeps in memory what is
searched, and gives it back when memory is short.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self
from zipfile import BadZipFile

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from retrieval.archive.filters import Filter, IndexedRevision

    Floats = npt.NDArray[np.float32]
    Integers = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
UNDATED = int(np.iinfo(np.int64).min)
# Runs of rows shorter than this are cheaper copied together than multiplied one by one.
_SHORT_RUN = 16


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
class Block:
    """Rows with their vectors, of length 1 each; a vector of zeros is one that is missing."""

    rows: Rows
    vectors: Floats

    def search(self, vector: Floats, k: int, passing: Mask) -> list[tuple[str, float]]:
        """The `k` nearest of the rows that pass, best first, with their cosines: exactly."""
        chosen, scores = _scores(self.vectors, vector, passing)
        if len(chosen) > k:
            best = np.argpartition(-scores, k - 1)[:k]
            chosen, scores = chosen[best], scores[best]
        return list(zip(self.rows.names(chosen), scores.tolist(), strict=True))


def save_rows(path: Path, rows: Rows) -> None:
    """Write the rows of a block whose vectors are on the disk already; that makes it a block."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(
            file,
            revision=rows.revision,
            ordinal=rows.ordinal,
            outlet=rows.outlet,
            published=rows.published,
            outlets=np.asarray(rows.outlets, dtype=np.str_),
        )
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def load_block(path: Path, dimension: int) -> Block | None:
    """The block that `save_rows` finished at `path`; None if it can't be read as one."""
    try:
        with np.load(path, allow_pickle=False) as saved:
            rows = Rows(
                revision=saved["revision"],
                ordinal=saved["ordinal"],
                outlet=saved["outlet"],
                published=saved["published"],
                outlets=tuple(saved["outlets"].tolist()),
            )
        shape = (len(rows), dimension)
        vectors = np.memmap(path.with_suffix(".f32"), np.float32, "r", shape=shape)
        # a plain array over the same pages: slicing a memmap object is ten times slower
        return Block(rows, np.asarray(vectors))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def unit(vectors: Floats) -> Floats:
    """Rows of length 1; rows of zeros stay."""
    rows = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return (rows / np.maximum(lengths, np.float32(1e-12))).astype(np.float32, copy=False)


def _scores(vectors: Floats, vector: Floats, passing: Mask) -> tuple[Integers, Floats]:
    """The rows that pass, and their products with `vector`."""
    chosen = np.flatnonzero(passing).astype(np.int64, copy=False)
    edges = np.flatnonzero(np.diff(passing.view(np.int8), prepend=0, append=0))
    runs = edges.reshape(-1, 2).tolist()
    if len(chosen) < len(runs) * _SHORT_RUN:
        return chosen, vectors[chosen] @ vector
    scores = np.empty(len(chosen), dtype=np.float32)
    at = 0
    for start, end in runs:
        np.dot(vectors[start:end], vector, out=scores[at : at + end - start])
        at += end - start
    return chosen, scores


def _micros(instant: datetime | None) -> int:
    if instant is None:
        return UNDATED
    return (instant - _EPOCH) // _MICROSECOND
