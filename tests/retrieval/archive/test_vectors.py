"""Reading from Chroma during writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from retrieval.index.chroma import Stamp, VectorIndex, connected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from chromadb.api.models.Collection import Collection


class _CaughtDeleting:
    """The real collection, at the moment in which ids are still there and vectors are not.

    Chroma 1.x answers so now and then: 1 in 2,000 reads of ids that are deleted and written again.
    """

    def __init__(self, collection: Collection, gone: set[str]) -> None:
        self._collection = collection
        self._gone = gone

    def get(self, ids: list[str], include: list[str]) -> dict[str, Any]:
        found: Any = self._collection.get(ids=ids, include=include)  # type: ignore[arg-type]
        kept = [
            vector
            for name, vector in zip(found["ids"], found["embeddings"], strict=True)
            if name not in self._gone
        ]
        return {"ids": found["ids"], "embeddings": np.array(kept)}


@pytest.fixture
async def vectors(tmp_path: Path) -> AsyncIterator[VectorIndex]:
    async def dimension() -> int:
        return 3

    with connected("", tmp_path) as client:
        vectors = await VectorIndex.open(client, "passages", Stamp("model", "splitter"), dimension)
        names = ["a", "b", "c"]
        await vectors.upsert(names, np.eye(3, dtype=np.float32), [{"outlet": "Alpha"}] * 3)
        yield vectors


async def test_vectors_that_vanish_while_they_are_read_are_left_out(vectors: VectorIndex) -> None:
    vectors._collection = _CaughtDeleting(vectors._collection, {"b"})  # type: ignore[assignment]
    found = await vectors.similarities(["a", "b", "c"], [0.0, 0.0, 1.0])
    assert found == {"a": 0.0, "c": 1.0}


async def test_passages_without_any_vector_are_no_error(vectors: VectorIndex) -> None:
    vectors._collection = _CaughtDeleting(vectors._collection, {"a", "b"})  # type: ignore[assignment]
    assert await vectors.similarities(["a", "b"], [0.0, 0.0, 1.0]) == {}
    assert await vectors.similarities(["a"], [0.0, 0.0, 1.0]) == {}
    assert await vectors.similarities([], [0.0, 0.0, 1.0]) == {}
