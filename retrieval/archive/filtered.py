"""Search over blocks kept beside Chroma, for what Chroma is slow at: filters, and known passages.

What the blocks hold is read from SQL (which revisions, whose, of when) and Chroma (vectors), can be
thrown away at any time, and is compared with SQL before use. A large block lies in files that all
processes map; what was indexed since is held in memory until it is worth writing a new one.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Self

import numpy as np

from retrieval.archive.block_files import BlockFiles, assembled
from retrieval.archive.blocks import EXACT, Places, Rows, keys_of, unit
from retrieval.archive.filters import index_version, indexed_ids, indexed_revisions
from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from retrieval.archive.blocks import Block, Floats, Integers, Mask
    from retrieval.archive.database import Database
    from retrieval.archive.filters import Filter
    from retrieval.archive.vectors import Vectors

log = logging.getLogger(__name__)

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

    blocks: tuple[Block, ...] = ()
    living: tuple[Mask, ...] = ()
    places: tuple[Places, ...] = ()

    @classmethod
    def of(cls, blocks: tuple[Block, ...], revisions: Integers) -> Self:
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

    def __init__(self, database: Database, vectors: Vectors, folder: Path | None) -> None:
        self._database = database
        self._vectors = vectors
        self._files = BlockFiles(folder, vectors.key, vectors.dimension) if folder else None
        self._fresh_s = FRESH_S
        self._held_most = _HELD_MOST
        self._held: _Held | None = None
        self._stored: Block | None = None
        self._version: tuple[int, ...] = ()
        self._looked, self._changes = -FRESH_S, 0
        self._catching_up = asyncio.Lock()
        self._writing: asyncio.Task[None] | None = None
        self._write_again = 0.0

    async def search(
        self, vector: Sequence[float], k: int, within: Filter
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


def _same(one: Block, other: Block | None) -> bool:
    return other is not None and np.array_equal(one.rows.revision, other.rows.revision)
