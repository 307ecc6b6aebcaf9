"""Search over blocks of vectors, because Chroma is slow at filters and at given passages.

The blocks are a cache of SQL (revisions, outlets, dates) and Chroma (vectors), compared with SQL
before use. A large block is in files that all processes map into memory; newer vectors are held in
memory until a new block is worth writing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from time import monotonic
from typing import TYPE_CHECKING, Self
from zipfile import BadZipFile

import numpy as np
from filelock import FileLock, Timeout

from retrieval.errors import ArchiveError
from retrieval.index.chroma import Filter, index_version, indexed_ids, indexed_revisions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from retrieval.index.chroma import IndexedRevision, VectorIndex
    from retrieval.storage.database import Database

    Floats = npt.NDArray[np.float32]
    Integers = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]
    Signs = npt.NDArray[np.uint64]


log = logging.getLogger(__name__)

_EVERYTHING = Filter()
# For how long the indexed revisions are not read from SQL again.
FRESH_S = 1.0
# How many passages are held in memory before a block is written, also as a share of the block.
_HELD_MOST = 4_096
_HELD_SHARE = 0.05
# The pause after a failed write.
_PAUSE_S = 600.0
# How often to try: another process may have written first, and some vectors may still be missing.
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class _Held:
    """The blocks that are searched: one in files, a newer one in memory.

    For both: the rows of current revisions, and the row of each passage.
    """

    blocks: tuple[VectorBlock, ...] = ()
    living: tuple[Mask, ...] = ()
    places: tuple[Places, ...] = ()

    @classmethod
    def of(cls, blocks: tuple[VectorBlock, ...], revisions: Integers) -> Self:
        """These blocks, with these revisions as the current ones."""
        return cls(
            blocks,
            tuple(one.rows.of_revisions(revisions) for one in blocks),
            tuple(Places.of(one.rows) for one in blocks),
        )

    def __len__(self) -> int:
        return sum(len(one.rows) for one in self.blocks)

    def search(self, vector: Floats, k: int, within: Filter) -> list[tuple[str, float]]:
        """The `k` nearest passages within the filter, best first."""
        found = [
            hit
            for block, living in zip(self.blocks, self.living, strict=True)
            for hit in block.search(vector, k, block.rows.within(within) & living)
        ]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]

    def similarities(self, vector: Floats, names: Sequence[str]) -> dict[str, float]:
        """By id, the cosine of each passage; those in no block are left out."""
        revisions, ordinals = np.array([name.split(":") for name in names], dtype=np.int64).T
        wanted = keys_of(revisions, ordinals)
        likeness: dict[str, float] = {}
        for block, places in zip(self.blocks, self.places, strict=True):
            rows = places.find(wanted)
            found = np.flatnonzero(rows >= 0)
            scores = np.vecdot(block.vectors[rows[found]], vector).tolist()
            likeness |= zip((names[at] for at in found.tolist()), scores, strict=True)
        return likeness


class FilteredSearch:
    """Searches with filters, and other searches that blocks can answer faster than Chroma.

    With a `folder`, large blocks are written there; otherwise all are held in memory. Changes of
    the index are noticed within `FRESH_S`.
    """

    def __init__(self, database: Database, vectors: VectorIndex, folder: Path | None) -> None:
        self._database = database
        self._vectors = vectors
        self._files = BlockFiles(folder, vectors.key, vectors.dimension) if folder else None
        self._fresh_s = FRESH_S
        self._held_most = _HELD_MOST
        self._held: _Held | None = None
        self._stored: VectorBlock | None = None
        self._version: tuple[int, ...] = ()
        self._looked, self._changes = -FRESH_S, 0
        self._catching_up = asyncio.Lock()
        self._writing: asyncio.Task[None] | None = None
        self._write_again = 0.0

    async def search(
        self, vector: Sequence[float], k: int, within: Filter = _EVERYTHING
    ) -> list[tuple[str, float]]:
        """Ids of the `k` nearest passages that pass the filter, with cosine similarity.

        While a large block is being written, Chroma's own slower filter is used. With an empty
        filter, Chroma is used unless there are so few passages that scoring them all is faster.

        Raises:
            ArchiveError: SQL or Chroma failed.
        """
        if within:
            await self._catch_up()
            held = self._held
        else:
            held = await self._at_hand()
        if held is None or not (within or len(held) <= EXACT):
            return await self._vectors.search(vector, k, within)
        return await asyncio.to_thread(held.search, _asked(vector), k, within)

    async def similarities(self, names: Sequence[str], vector: Sequence[float]) -> dict[str, float]:
        """By id, the cosine of each passage to a vector; those without a vector yet are left out.

        Raises:
            ArchiveError: SQL or Chroma failed.
        """
        held = await self._at_hand() if names else None
        known: dict[str, float] = {}
        if held is not None:
            known = await asyncio.to_thread(held.similarities, _asked(vector), names)
        unknown = [name for name in names if name not in known]
        return known | await self._vectors.similarities(unknown, vector)

    async def prepare(self) -> None:
        """Prepare the blocks, so that the first searches needn't wait; may take a minute.

        Raises:
            ArchiveError: SQL or Chroma failed.
        """
        for _ in range(_ROUNDS):
            self._looked = -self._fresh_s
            await self._catch_up()
            if self._writing is None:
                return
            await self._writing

    async def _at_hand(self) -> _Held | None:
        """The blocks, compared with SQL; None if they aren't ready."""
        if self._held is None or self._catching_up.locked():
            return None
        await self._catch_up()
        return self._held

    async def _catch_up(self) -> None:
        """Compare the blocks with SQL, unless that was done within `FRESH_S`."""
        async with self._catching_up:
            changes = self._vectors.changes
            if changes == self._changes and monotonic() - self._looked < self._fresh_s:
                return
            async with self._database.read() as connection:
                version = await index_version(connection)
            if version != self._version or self._held is None:
                await self._hold(version)
            self._looked, self._changes = monotonic(), changes

    async def _hold(self, version: tuple[int, ...]) -> None:
        """Load all indexed vectors, or begin to write them to files in the background."""
        if self._writing is not None:
            if not self._writing.done():
                return
            self._writing = None
        if self._files and self._stored is None:
            self._stored = await asyncio.to_thread(self._files.newest)
        stored = self._stored.rows.revision if self._stored else np.empty(0, np.int64)
        async with self._database.read() as connection:
            living = np.asarray(await indexed_ids(connection), dtype=np.int64)
            newer = np.setdiff1d(living, stored).tolist()
            revisions = await indexed_revisions(connection, newer)
        passages = sum(one.passages for one in revisions)
        if self._files and passages > max(self._held_most, len(stored) * _HELD_SHARE):
            self._held = None
            if monotonic() >= self._write_again:
                self._writing = asyncio.create_task(self._write(self._files))
            return
        known = self._held.blocks if self._held else ()
        recent = await assembled(Rows.of(revisions), known, self._vectors)
        blocks = (self._stored, recent) if self._stored else (recent,)
        self._held = await asyncio.to_thread(_Held.of, blocks, living)
        self._version = version

    async def _write(self, files: BlockFiles) -> None:
        """Update the files; a failure only costs speed, so it is just logged."""
        try:
            async with files.lock():
                newest = await asyncio.to_thread(files.newest)
                if newest is not None and not _same(newest, self._stored):
                    self._stored = newest  # another process has just written it
                    return
                async with self._database.read() as connection:
                    revisions = await indexed_revisions(connection, await indexed_ids(connection))
                if not revisions:
                    return
                known = (self._stored,) if self._stored else ()
                self._stored = await files.write(Rows.of(revisions), known, self._vectors)
        except (ArchiveError, OSError):
            log.warning("filtered searches stay slow: their file is not written", exc_info=True)
            self._write_again = monotonic() + _PAUSE_S


def _asked(vector: Sequence[float]) -> Floats:
    return unit(np.asarray(vector, dtype=np.float32))


def _same(one: VectorBlock, other: VectorBlock | None) -> bool:
    return other is not None and np.array_equal(one.rows.revision, other.rows.revision)


# Blocks: vectors sorted by outlet and date, so that a filter selects a few slices.
#
# A block never changes. `BlockFiles` stores large ones on disk.

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
UNDATED = int(np.iinfo(np.int64).min)
# The ordinal of a row whose vector is missing.
MISSING = -1
# If a filter passes more rows, they are searched in two steps: by signs, then exactly among the
# best of those. Twenty candidates per result find .99 of the exact 200.
EXACT = 35_000
_LIKELY = 2_000
_LIKELY_EACH = 20
_STEP = 20_000
# Shorter runs of rows are faster when copied together than when multiplied one by one.
_SHORT_RUN = 16
# More passages than any revision has.
_ORDINALS = 1 << 32


@dataclass(frozen=True, slots=True)
class Rows:
    """The passages of a block's rows; `outlet` has indices into `outlets`.

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
        """The same, with `lacking` rows marked as having no vector."""
        ordinal = self.ordinal.copy()
        ordinal[np.asarray(lacking, dtype=np.int64)] = MISSING
        return replace(self, ordinal=ordinal)

    def of_revisions(self, revisions: Integers) -> Mask:
        """A mask of the rows that belong to these revisions and have a vector."""
        return np.isin(self.revision, revisions) & np.not_equal(self.ordinal, MISSING)

    def within(self, wanted: Filter) -> Mask:
        """A mask of the rows that pass a filter."""
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
    """The row of each passage in a block: sorted `keys`, and the row of each key."""

    keys: Integers
    row: Integers

    @classmethod
    def of(cls, rows: Rows) -> Self:
        """The places of these rows."""
        keys = keys_of(rows.revision, rows.ordinal)
        order = np.argsort(keys)
        return cls(keys[order], order)

    def find(self, wanted: Integers) -> Integers:
        """The row of each of these keys, or -1."""
        if not len(self.keys):
            return np.full(len(wanted), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[at] == wanted, self.row[at], -1)


@dataclass(frozen=True, slots=True)
class VectorBlock:
    """Rows with their unit vectors, and the signs of those (see `signs_of`)."""

    rows: Rows
    vectors: Floats
    signs: Signs

    def search(self, vector: Floats, k: int, passing: Mask) -> list[tuple[str, float]]:
        """Ids and cosines of the `k` nearest rows that pass, best first.

        Exact up to `EXACT` rows; of more, only the rows with the most similar signs are scored.
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
        """The `count` of these rows that differ from the vector in the fewest signs."""
        if len(chosen) <= count:
            return chosen
        first, last = int(chosen[0]), int(chosen[-1])
        differing = np.zeros(last + 1 - first, dtype=np.uint16)
        for word, asked in zip(self.signs, signs_of(vector[np.newaxis])[:, 0], strict=True):
            differing += np.bitwise_count(word[first : last + 1] ^ asked)
        differing = differing[chosen - first]
        return np.sort(chosen[np.argpartition(differing, count - 1)[:count]])


def keys_of(revisions: Integers, ordinals: Integers) -> Integers:
    """A unique number for each passage."""
    return revisions * _ORDINALS + ordinals


def unit(vectors: Floats) -> Floats:
    """The rows scaled to length 1; rows of zeros stay."""
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

    Without BLAS's matrix product, whose threads contend on short runs and under load, where it took
    up to 15 times as long.
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


# Large blocks in memory-mapped files, so that the system caches only the parts that are searched.
#
# `<collection>-<number>.f32` has the vectors, `.npz` beside it the rows and signs; the latter is
# renamed into place last, so that a block is complete or doesn't exist. The highest number counts.

# Rows fetched from Chroma, or copied, in one step.
_FILE_STEP = 2_000
_POLL_S = 0.5


class BlockFiles:
    """The blocks of one collection in a folder. Hold `lock` to write."""

    def __init__(self, folder: Path, collection: str, dimension: int) -> None:
        self._folder = folder
        self._collection = collection
        self._dimension = dimension

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """Lock out other writing processes; waits for its turn.

        Raises:
            OSError: the folder can't be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / "write.lock", timeout=0)
        while True:
            with suppress(Timeout):
                lock.acquire()
                break
            await asyncio.sleep(_POLL_S)
        try:
            yield
        finally:
            lock.release()

    def newest(self) -> VectorBlock | None:
        """The newest block that can be read."""
        for number in sorted(self._numbers(), reverse=True):
            block = _load(self._path(number), self._dimension)
            if block is not None:
                return block
        return None

    async def write(
        self, rows: Rows, known: Sequence[VectorBlock], vectors: VectorIndex
    ) -> VectorBlock:
        """Write a new block with vectors from `known` blocks or Chroma; deletes older ones.

        Raises:
            ArchiveError: Chroma failed.
            OSError: the disk is full, or the like.
        """
        path = self._path(max(self._numbers(), default=0) + 1)
        shape = (len(rows), self._dimension)
        out = np.memmap(path.with_suffix(".f32"), np.float32, "w+", shape=shape)
        rows = await _fill(out, rows, known, vectors)
        await asyncio.to_thread(out.flush)
        signs = await asyncio.to_thread(signs_of, out)
        await asyncio.to_thread(_save_rows, path, rows, signs)
        for old in self._folder.iterdir():
            # Processes that still read an old block keep its pages after the file is deleted.
            if old.suffix in {".f32", ".npz", ".part"} and old.stem != path.stem:
                with suppress(OSError):
                    old.unlink()
        block = _load(path, self._dimension)
        if block is None:
            raise OSError(f"{path} can't be read back")
        return block

    def _path(self, number: int) -> Path:
        return self._folder / f"{self._collection}-{number}.npz"

    def _numbers(self) -> list[int]:
        name = re.compile(re.escape(self._collection) + r"-(\d+)\.npz")
        if not self._folder.is_dir():
            return []
        return [int(m[1]) for path in self._folder.iterdir() if (m := name.fullmatch(path.name))]


async def assembled(rows: Rows, known: Sequence[VectorBlock], vectors: VectorIndex) -> VectorBlock:
    """A block in memory with vectors from `known` blocks or Chroma.

    Raises:
        ArchiveError: Chroma failed.
    """
    out = np.empty((len(rows), vectors.dimension), dtype=np.float32)
    rows = await _fill(out, rows, known, vectors)
    return VectorBlock(rows, out, await asyncio.to_thread(signs_of, out))


async def _fill(
    out: Floats, rows: Rows, known: Sequence[VectorBlock], vectors: VectorIndex
) -> Rows:
    """Write each row's vector to `out`; returns the rows, with those that Chroma lacks marked."""
    sources = [(block, await asyncio.to_thread(Places.of, block.rows)) for block in known]
    keys = keys_of(rows.revision, rows.ordinal)
    lacking: list[int] = []
    for start in range(0, len(rows), _FILE_STEP):
        part = out[start : start + _FILE_STEP]
        wanted = keys[start : start + _FILE_STEP]
        absent = await asyncio.to_thread(_copy_known, part, wanted, sources)
        names = rows.names(absent + start)
        got = await vectors.get(names)
        if got:
            places = dict(zip(names, absent.tolist(), strict=True))
            part[[places[name] for name in got]] = unit(np.stack(list(got.values())))
        lacking.extend(
            at + start for name, at in zip(names, absent, strict=True) if name not in got
        )
    return rows.without(lacking)


def _copy_known(
    part: Floats, wanted: Integers, sources: Sequence[tuple[VectorBlock, Places]]
) -> Integers:
    """Fill `part` with the sources' vectors, or zeros; returns the indices that they lack."""
    part[:] = 0
    missing = np.ones(len(wanted), dtype=np.bool_)
    for block, places in sources:
        rows = places.find(wanted)
        found = missing & (rows >= 0)
        part[found] = block.vectors[rows[found]]
        missing &= ~found
    return np.flatnonzero(missing).astype(np.int64, copy=False)


def _save_rows(path: Path, rows: Rows, signs: Signs) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(
            file,
            revision=rows.revision,
            ordinal=rows.ordinal,
            outlet=rows.outlet,
            published=rows.published,
            outlets=np.asarray(rows.outlets, dtype=np.str_),
            signs=signs,
        )
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _load(path: Path, dimension: int) -> VectorBlock | None:
    """The block at `path`; None if it can't be read."""
    try:
        # opened here, because NumPy leaves a file open that it can't read
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            rows = Rows(
                revision=saved["revision"],
                ordinal=saved["ordinal"],
                outlet=saved["outlet"],
                published=saved["published"],
                outlets=tuple(saved["outlets"].tolist()),
            )
            signs = saved["signs"]
        data = path.with_suffix(".f32")
        shape = (len(rows), dimension)
        if data.stat().st_size != len(rows) * dimension * 4:
            return None
        # a plain array over the same pages, because slicing a memmap is slow
        return VectorBlock(rows, np.asarray(np.memmap(data, np.float32, "r", shape=shape)), signs)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
