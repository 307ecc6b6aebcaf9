"""Search over blocks kept beside Chroma, for what Chroma is slow at: filters, and known passages.

What the blocks hold is read from SQL (which revisions, whose, of when) and Chroma (vectors), can be
thrown away at any time, and is compared with SQL before use. A large block lies in files that all
processes map; what was indexed since is held in memory until it is worth writing a new one.
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
# For how long SQL is not asked again what is indexed.
FRESH_S = 1.0
# How many passages are held in memory before a block is written, and the share of the block's.
_HELD_MOST = 4_096
_HELD_SHARE = 0.05
# A write that failed is not tried again before this has passed.
_PAUSE_S = 600.0
# Another process may have written first, then what is still missing is written.
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class _Held:
    """What is searched: the block in files, the newer one in memory.

    For both: which rows are of living revisions, and where each passage stands.
    """

    blocks: tuple[VectorBlock, ...] = ()
    living: tuple[Mask, ...] = ()
    places: tuple[Places, ...] = ()

    @classmethod
    def of(cls, blocks: tuple[VectorBlock, ...], revisions: Integers) -> Self:
        """These blocks, of which these revisions are living."""
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
        """The cosine of each of these passages; those that no block has are left out."""
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
    """Searches within filters, and whatever else blocks can answer sooner than Chroma.

    With a `folder`, large blocks are written there; without, all of them are held in memory. What
    was indexed or removed is noticed within `FRESH_S`.
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
        """Ids of the `k` nearest passages that the filter lets pass, with cosine similarity.

        While a large block is being written, Chroma's own filter answers: slower, not less. With an
        empty filter Chroma answers as well, unless so few passages are held that to score them all
        takes less time.

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
        """The cosine of each of these passages to a vector; of those that have one yet.

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
        """Do now what the first searches would wait for; a large block may take a minute.

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
        """What is held, compared with SQL; None where that would mean to wait for blocks."""
        if self._held is None or self._catching_up.locked():
            return None
        await self._catch_up()
        return self._held

    async def _catch_up(self) -> None:
        """Compare with SQL, unless that was done a moment ago."""
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
        """Have all that is indexed at hand, or begin to write it to files in the background."""
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
        """Bring the files up to date; a failure costs speed and nothing else, so it is logged."""
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


# Vectors in the order of outlet and date, so that a filter is a few slices to score.
#
# A block never changes. `BlockFiles` keeps large ones on the disk.

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
class VectorBlock:
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


# Large blocks in files, memory-mapped: the system keeps what is searched, and lets go of the rest.
#
# `<collection>-<number>.f32` holds the vectors, `.npz` beside it the rows and signs; the second is
# renamed into place last, so that a block is whole or is none. The highest number counts.

# Rows fetched from Chroma, or copied, in one step.
_FILE_STEP = 2_000
_POLL_S = 0.5


class BlockFiles:
    """The blocks of one collection in a folder. Only who holds `lock` may write."""

    def __init__(self, folder: Path, collection: str, dimension: int) -> None:
        self._folder = folder
        self._collection = collection
        self._dimension = dimension

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """Wait until no other process writes.

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
        """A new block, its vectors taken from `known` blocks or from Chroma; older ones go.

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
            # Who still reads an old block keeps it: the name goes, the pages stay.
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
    """A block in memory, its vectors taken from `known` blocks or from Chroma.

    Raises:
        ArchiveError: Chroma failed.
    """
    out = np.empty((len(rows), vectors.dimension), dtype=np.float32)
    rows = await _fill(out, rows, known, vectors)
    return VectorBlock(rows, out, await asyncio.to_thread(signs_of, out))


async def _fill(
    out: Floats, rows: Rows, known: Sequence[VectorBlock], vectors: VectorIndex
) -> Rows:
    """Write the vector of each row into `out`; returns the rows, those that Chroma lacks marked."""
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
    """Fill what the sources have, zeros elsewhere; returns the places that they lack."""
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
    """The block at `path`; None if it can't be read as one."""
    try:
        # NumPy leaves a file open that it opened itself and can't read
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
        # a plain array over the same pages: slices of a memmap object are slow to make
        return VectorBlock(rows, np.asarray(np.memmap(data, np.float32, "r", shape=shape)), signs)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
