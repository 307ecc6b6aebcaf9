from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from filelock import FileLock

from retrieval.archive import Archive
from retrieval.errors import ArchiveError
from retrieval.index.chroma import Filter, cosines
from retrieval.index.vector_filter import FilteredSearch
from retrieval.models import Added, Duplicate
from tests.support.archives import Opened, draft

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from retrieval.index.chroma import Vector
    from retrieval.models import Passage

OUTLETS = ("Meridian Wire", "The Harbour Post", "Kyiv Daily", "a'b\"; DROP")
WORDS = ("sudzha", "border", "tanks", "grain", "port", "storm", "vote", "strike", "flood", "summit")
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def filtered(opened: Opened, folder: Path | None, held_most: int = 4) -> FilteredSearch:
    """One that looks at SQL each time and writes files for the smallest archives."""
    search = FilteredSearch(opened.database, opened.vectors, folder)
    search._fresh_s = 0.0
    search._held_most = held_most
    return search


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  not for secrets


def random_filter(rng: random.Random) -> Filter:
    start = FIRST + timedelta(hours=rng.randrange(-100, 1000))
    end = start + timedelta(hours=rng.choice([1, 24, 24 * 7, 24 * 30]))
    return Filter(
        start=rng.choice([None, start]),
        end=rng.choice([None, end]),
        outlets=rng.choice([(), tuple(rng.sample([*OUTLETS, "Nobody"], rng.randint(1, 3)))]),
    )


async def add_some(opened: Opened, rng: random.Random, count: int) -> list[int]:
    added = []
    for _ in range(count):
        text = " ".join(
            f"{' '.join(rng.choices(WORDS, k=6)).capitalize()} {rng.randrange(10_000)}."
            for _ in range(rng.randint(1, 30))
        )
        day = (FIRST + timedelta(hours=rng.randrange(1000))).isoformat(sep=" ")
        one = draft(
            text,
            outlet=rng.choice(OUTLETS),
            url=f"https://a.example/{rng.randrange(40)}",
            day=rng.choice([None, day.removesuffix("+00:00"), day.removesuffix("+00:00")]),
        )
        stored = await opened.store(one)
        if not isinstance(stored, Duplicate):
            added.append(stored.article.id)
    return added


class Exact:
    """What SQL says passes, scored one by one."""

    def __init__(self, passages: Collection[Passage], vectors: Mapping[str, Vector]) -> None:
        self._passages, self._vectors = passages, vectors

    @classmethod
    async def of(cls, opened: Opened) -> Exact:
        """The archive as it is."""
        names = await opened.vectors.ids()
        passages = (await opened.archive.articles.passages(names)).values()
        return cls(passages, await opened.vectors.get([one.id for one in passages]))

    def search(self, vector: list[float], within: Filter) -> dict[str, float]:
        """Scores by id, best first."""
        passing = [
            one.id
            for one in self._passages
            if one.id in self._vectors and passes(within, one.article)
        ]
        if not passing:
            return {}
        likeness = cosines(passing, np.stack([self._vectors[name] for name in passing]), vector)
        return dict(sorted(likeness.items(), key=lambda hit: (-hit[1], hit[0])))


def passes(within: Filter, article: object) -> bool:
    published = article.published  # type: ignore[attr-defined]
    if (within.start or within.end) and published is None:
        return False
    if within.start and published.at < within.start:
        return False
    if within.end and published.at >= within.end:
        return False
    return not within.outlets or article.outlet in within.outlets  # type: ignore[attr-defined]


async def assert_exact(opened: Opened, search: FilteredSearch, rng: random.Random) -> None:
    archive = await Exact.of(opened)
    for _ in range(12):
        within, k = random_filter(rng), rng.choice([1, 5, 50])
        vector = opened.embeddings.embed_query(" ".join(rng.choices(WORDS, k=3)))
        found = await search.search(vector, k, within)
        true = archive.search(vector, within)
        assert len(found) == min(k, len(true))
        # equal scores may come in any order
        scores = [score for _, score in found]
        assert scores == pytest.approx(list(true.values())[:k], abs=1e-5)
        assert dict(found) == pytest.approx({name: true[name] for name, _ in found}, abs=1e-5)


@pytest.mark.parametrize("in_files", [True, False])
async def test_a_filtered_search_is_the_exact_one_whatever_happened_to_the_archive(
    opened: Opened, tmp_path: Path, in_files: bool
) -> None:
    rng = seeded(11)
    search = filtered(opened, tmp_path / "blocks" if in_files else None)
    await assert_exact(opened, search, rng)  # empty
    ids = await add_some(opened, rng, 40)
    await assert_exact(opened, search, rng)  # all pending
    await opened.indexer.work()
    await search.prepare()
    assert bool(list((tmp_path / "blocks").glob("*.f32"))) is in_files
    await assert_exact(opened, search, rng)
    for article in rng.sample(ids, 8):
        await opened.archive.articles.remove(article)
    await add_some(opened, rng, 12)  # new and revised
    await assert_exact(opened, search, rng)  # some pending, some stale
    await opened.indexer.work()
    search._held_most = 10_000
    await assert_exact(opened, search, rng)  # some in files, some in memory
    search._held_most = 4
    await add_some(opened, rng, 12)
    await opened.indexer.work()
    await search.prepare()
    await assert_exact(opened, search, rng)


async def test_the_files_are_used_again_and_one_that_is_broken_is_written_again(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = seeded(12)
    folder = tmp_path / "blocks"
    await add_some(opened, rng, 30)
    await opened.indexer.work()
    await filtered(opened, folder).prepare()
    [rows] = folder.glob("*.npz")
    with monkeypatch.context() as patch:
        patch.setattr(type(opened.vectors), "get", _must_not_be_called)
        search = filtered(opened, folder)
        assert await search.search(opened.embeddings.embed_query("sudzha"), 3, Filter(end=LATER))
    for spoil in (_cut_vectors, _cut_rows):
        spoil(folder)
        search = filtered(opened, folder)
        await search.prepare()
        await assert_exact(opened, search, rng)
    assert len(list(folder.glob("*.npz"))) == len(list(folder.glob("*.f32"))) == 1
    assert rows.stem.startswith(opened.vectors.key)


async def _must_not_be_called(*_: object) -> dict[str, object]:
    raise AssertionError("asked Chroma")


def _cut_vectors(folder: Path) -> None:
    [path] = folder.glob("*.f32")
    path.write_bytes(path.read_bytes()[:-4])


def _cut_rows(folder: Path) -> None:
    [path] = folder.glob("*.npz")
    path.write_bytes(path.read_bytes()[:100])


async def test_while_the_files_are_being_written_chroma_filters(
    opened: Opened, tmp_path: Path
) -> None:
    rng = seeded(13)
    await add_some(opened, rng, 20)
    await opened.indexer.work()
    folder = tmp_path / "blocks"
    folder.mkdir()
    search = filtered(opened, folder)
    with FileLock(folder / "write.lock"):
        await search.search(opened.embeddings.embed_query("storm"), 5, Filter(outlets=OUTLETS[:1]))
        assert search._held is None
        await assert_exact(opened, search, rng)
    assert search._writing is not None
    await search.prepare()
    assert search._held is not None
    await assert_exact(opened, search, rng)


async def test_two_processes_share_the_files(opened: Opened, tmp_path: Path) -> None:
    rng = seeded(14)
    await add_some(opened, rng, 20)
    await opened.indexer.work()
    one, other = (filtered(opened, tmp_path / "blocks") for _ in range(2))
    await asyncio.gather(one.prepare(), other.prepare())
    assert len(list((tmp_path / "blocks").glob("*.npz"))) == 1
    await add_some(opened, rng, 20)
    await opened.indexer.work()
    await one.prepare()
    await assert_exact(opened, other, rng)  # its own files are gone by name, and still mapped
    await other.prepare()
    await assert_exact(opened, other, rng)


async def test_a_folder_that_cannot_be_written_costs_only_speed(
    opened: Opened, tmp_path: Path
) -> None:
    rng = seeded(15)
    await add_some(opened, rng, 10)
    await opened.indexer.work()
    (tmp_path / "blocks").write_text("a file where the folder should be")
    search = filtered(opened, tmp_path / "blocks")
    await search.prepare()
    await assert_exact(opened, search, rng)


async def test_vectors_that_chroma_lacks_are_not_found_and_harm_nothing(opened: Opened) -> None:
    stored = await opened.store(draft("Sudzha is held.", url="https://a.example/1"))
    await opened.store(draft("The border is closed.", url="https://a.example/2"))
    await opened.indexer.work()
    assert isinstance(stored, Added)
    await opened.vectors.delete([f"{stored.article.revision_id}:0"])
    vector = opened.embeddings.embed_query("border")
    found = await opened.archive.vectors.search(vector, 5, Filter(outlets=("Meridian Wire",)))
    assert [score > 0.1 for _, score in found] == [True]


async def test_a_failure_is_an_error_and_never_nothing_found(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened.store(draft("Sudzha is held."))
    await opened.indexer.work()

    async def fails(*_: object) -> dict[str, object]:
        raise ArchiveError("The vector index failed.")

    monkeypatch.setattr(type(opened.vectors), "get", fails)
    archive = Archive(opened.database, opened.vectors)
    for _ in range(2):
        with pytest.raises(ArchiveError):
            await archive.vectors.search([1.0] * 256, 5, Filter(outlets=("Meridian Wire",)))


async def test_an_empty_filter_is_the_plain_search(opened: Opened) -> None:
    await opened.store(draft("Sudzha is held."))
    await opened.indexer.work()
    vector = opened.embeddings.embed_query("sudzha")
    plain = await opened.archive.vectors.search(vector, 5)
    assert await opened.archive.vectors.search(vector, 5, Filter()) == plain


async def test_known_passages_are_scored_from_the_blocks_and_new_ones_by_chroma(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = seeded(16)
    await add_some(opened, rng, 20)
    await opened.indexer.work()
    search = filtered(opened, tmp_path / "blocks")
    vector = opened.embeddings.embed_query("grain storm")
    names = sorted(await opened.vectors.ids())
    true = await opened.vectors.similarities(names, vector)
    assert await search.similarities(names, vector) == pytest.approx(true, abs=1e-5)
    assert search._held is None  # that alone is no reason to make blocks
    await search.prepare()
    with monkeypatch.context() as patch:
        patch.setattr(opened.vectors._collection, "get", _must_not_be_called)
        assert await search.similarities(names, vector) == pytest.approx(true, abs=1e-5)
    search._fresh_s = 3600.0  # it does not look, and so does not know what comes now
    stored = await opened.store(draft("A storm.", url="https://b.example/1"))
    assert isinstance(stored, Added)
    await opened.indexer.work()
    new = f"{stored.article.revision_id}:0"
    found = await search.similarities([*names, new, "999:0"], vector)
    assert found.keys() == {*names, new}
    assert await search.similarities([], vector) == {}


async def test_few_passages_are_searched_exactly_without_a_filter_and_many_by_chroma(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = seeded(17)
    ids = await add_some(opened, rng, 30)
    await opened.indexer.work()
    search = filtered(opened, tmp_path / "blocks")
    await search.prepare()
    await opened.archive.articles.remove(ids[0])
    vector = opened.embeddings.embed_query("vote strike")
    with monkeypatch.context() as patch:
        patch.setattr(type(opened.vectors), "search", _must_not_be_called)
        found = await search.search(vector, 40, Filter())
    true = (await Exact.of(opened)).search(vector, Filter())
    assert [score for _, score in found] == pytest.approx(list(true.values())[:40], abs=1e-5)
    monkeypatch.setattr("retrieval.index.vector_filter.EXACT", 3)
    assert await search.search(vector, 5, Filter()) == await opened.vectors.search(vector, 5)
