from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import numpy as np
import pytest

from retrieval.index import vector_filter
from retrieval.index.chroma import Filter, IndexedRevision
from retrieval.index.vector_filter import Places, Rows, VectorBlock, keys_of, signs_of, unit

if TYPE_CHECKING:
    from retrieval.index.vector_filter import Floats, Mask

START = datetime(2024, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def clustered(count: int, dimension: int = 384) -> Floats:
    rng = np.random.default_rng(5)
    centres = rng.standard_normal((count // 50, dimension))
    rows = centres[rng.integers(0, len(centres), count)]
    return unit((rows + rng.standard_normal((count, dimension))).astype(np.float32))


def made_block(revisions: int, dimension: int = 384) -> VectorBlock:
    rng = np.random.default_rng(6)
    rows = Rows.of(
        [
            IndexedRevision(
                id=number,
                passages=int(rng.integers(0, 10)),
                outlet=f"Outlet {rng.integers(0, 7)}",
                published=None if number % 9 == 0 else START + int(rng.integers(0, 500)) * HOUR,
            )
            for number in range(1, revisions + 1)
        ]
    )
    vectors = clustered(len(rows), dimension)
    return VectorBlock(rows, vectors, signs_of(vectors))


def exactly(block: VectorBlock, vector: Floats, k: int, passing: Mask) -> list[tuple[str, float]]:
    places = np.flatnonzero(passing)
    scores = block.vectors[places] @ vector
    best = np.argsort(-scores)[:k]
    return list(zip(block.rows.names(places[best]), scores[best].tolist(), strict=True))


def test_rows_stand_in_the_order_of_outlet_and_date_and_each_has_its_name() -> None:
    rows = Rows.of(
        [
            IndexedRevision(7, 2, "B", START),
            IndexedRevision(8, 1, "A", START + HOUR),
            IndexedRevision(9, 0, "A", START),
            IndexedRevision(10, 1, "A", None),
        ]
    )
    assert rows.names(slice(None)) == ["10:0", "8:0", "7:0", "7:1"]
    assert rows.within(Filter(outlets=("B",))).tolist() == [False, False, True, True]
    assert rows.within(Filter(end=START + 9 * HOUR)).tolist() == [False, True, True, True]


def test_a_window_has_its_start_and_not_its_end_to_the_microsecond_in_any_zone() -> None:
    rows = Rows.of([IndexedRevision(1, 1, "A", START)])
    tiny = timedelta(microseconds=1)
    kyiv = timezone(timedelta(hours=2))
    assert rows.within(Filter(start=START)).tolist() == [True]
    assert rows.within(Filter(start=START.astimezone(kyiv))).tolist() == [True]
    assert rows.within(Filter(start=START + tiny)).tolist() == [False]
    assert rows.within(Filter(end=START)).tolist() == [False]
    assert rows.within(Filter(end=START + tiny)).tolist() == [True]


@pytest.mark.parametrize("dimension", [8, 64, 100, 384])
def test_few_rows_are_searched_exactly_in_short_and_in_long_runs(dimension: int) -> None:
    block = made_block(300, dimension)
    rng = np.random.default_rng(7)
    for number in range(60):
        passing = rng.random(len(block.rows)) < 0.1
        if number % 2:
            passing[100:300] = True
        vector = unit(rng.standard_normal(dimension).astype(np.float32))
        found = sorted(block.search(vector, 20, passing), key=lambda hit: -hit[1])
        expected = exactly(block, vector, 20, passing)
        assert [score for _, score in found] == pytest.approx([s for _, s in expected], abs=1e-5)
        assert {name for name, _ in found} == {name for name, _ in expected}
    nothing = np.zeros(len(block.rows), dtype=np.bool_)
    assert block.search(vector, 20, nothing) == []


@pytest.mark.parametrize("dimension", [100, 384])
def test_of_many_rows_the_nearest_are_found_with_exact_cosines(
    monkeypatch: pytest.MonkeyPatch, dimension: int
) -> None:
    monkeypatch.setattr(vector_filter, "EXACT", 5_000)
    block = made_block(3_000, dimension)
    passing = np.ones(len(block.rows), dtype=np.bool_)
    passing[::50] = False
    assert passing.sum() > vector_filter.EXACT
    shares = []
    for place in range(0, len(block.rows), 500):
        noise = np.random.default_rng(place).standard_normal(dimension).astype(np.float32)
        vector = unit(block.vectors[place] + noise * np.float32(0.5 / dimension**0.5))
        found = dict(block.search(vector, 20, passing))
        expected = dict(exactly(block, vector, 20, passing))
        shares.append(len(found.keys() & expected.keys()) / 20)
        for name in found.keys() & expected.keys():
            assert found[name] == pytest.approx(expected[name], abs=1e-5)
    assert np.mean(shares) > 0.99


def test_each_passage_has_its_place_and_no_other_has_one() -> None:
    rows = made_block(40, 8).rows
    places = Places.of(rows)
    found = places.find(keys_of(rows.revision, rows.ordinal))
    assert found.tolist() == list(range(len(rows)))
    assert places.find(keys_of(np.array([0, 41, 99]), np.array([0, 0, 5]))).tolist() == [-1] * 3
    lacking = Places.of(rows.without([3]))
    assert lacking.find(keys_of(rows.revision[3:4], rows.ordinal[3:4])).tolist() == [-1]
    assert Places.of(Rows.of([])).find(keys_of(rows.revision, rows.ordinal)).max() == -1
