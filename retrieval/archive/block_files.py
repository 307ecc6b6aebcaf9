"""Large blocks in files, memory-mapped: the system keeps what is searched, and lets go of the rest.

`<collection>-<number>.f32` holds the vectors, `.npz` beside it the rows and signs; the second is
renamed into place last, so that a block is whole or is none. The highest number counts.
"""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np
from filelock import FileLock, Timeout

from retrieval.archive.blocks import Block, Places, Rows, keys_of, signs_of, unit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from retrieval.archive.blocks import Floats, Integers, Signs
    from retrieval.archive.vectors import Vectors

# Rows fetched from Chroma, or copied, in one step.
_STEP = 2_000
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

    def newest(self) -> Block | None:
        """The newest block that can be read."""
        for number in sorted(self._numbers(), reverse=True):
            block = _load(self._path(number), self._dimension)
            if block is not None:
                return block
        return None

    async def write(self, rows: Rows, known: Sequence[Block], vectors: Vectors) -> Block:
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


async def assembled(rows: Rows, known: Sequence[Block], vectors: Vectors) -> Block:
    """A block in memory, its vectors taken from `known` blocks or from Chroma.

    Raises:
        ArchiveError: Chroma failed.
    """
    out = np.empty((len(rows), vectors.dimension), dtype=np.float32)
    rows = await _fill(out, rows, known, vectors)
    return Block(rows, out, await asyncio.to_thread(signs_of, out))


async def _fill(out: Floats, rows: Rows, known: Sequence[Block], vectors: Vectors) -> Rows:
    """Write the vector of each row into `out`; returns the rows, those that Chroma lacks marked."""
    sources = [(block, await asyncio.to_thread(Places.of, block.rows)) for block in known]
    keys = keys_of(rows.revision, rows.ordinal)
    lacking: list[int] = []
    for start in range(0, len(rows), _STEP):
        part = out[start : start + _STEP]
        wanted = keys[start : start + _STEP]
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
    part: Floats, wanted: Integers, sources: Sequence[tuple[Block, Places]]
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


def _load(path: Path, dimension: int) -> Block | None:
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
        return Block(rows, np.asarray(np.memmap(data, np.float32, "r", shape=shape)), signs)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
