"""The vectors, in Chroma.

Chroma holds vectors under the passages' ids, with metadata for filtering, and no text. Everything
in it can be made again from SQL.
"""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Any, Self

from retrieval.archive.chroma import CollectionGoneError, call, collection_names, stamped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    import chromadb
    import numpy as np
    import numpy.typing as npt
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

    from retrieval.archive.chroma import Stamp
    from retrieval.archive.filters import Filter

    Vector = npt.NDArray[np.float32]
    Matrix = npt.NDArray[np.float32]
    Metadata = chromadb.Metadata

_PAGE = 5_000


class Vectors:
    """One collection of passage vectors."""

    def __init__(
        self,
        client: Client,
        collection: Collection,
        stamp: Stamp,
        in_use: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        self._client = client
        self._collection = collection
        self._stamp = stamp
        self._in_use = in_use
        # How often this process changed what SQL calls indexed; who keeps copies looks here.
        self.changes = 0

    @classmethod
    async def open(
        cls,
        client: Client,
        name: str,
        stamp: Stamp,
        dimension: Callable[[], Awaitable[int]],
        in_use: Callable[[], Awaitable[str]] | None = None,
    ) -> Self:
        """The collection `name`, made if there is none yet (only then `dimension` is asked for).

        `in_use` says which collection is in use now: when this one is dropped, that one is read.

        Raises:
            IndexMismatchError: it carries another stamp.
            ArchiveError: Chroma failed.
            ModelError: the embedding model could not say its dimension.
        """
        if name not in await collection_names(client):
            metadata = {**stamp.metadata(), "dimension": await dimension()}
            await call(
                lambda: client.get_or_create_collection(
                    name,
                    configuration={"hnsw": {"space": "cosine"}},
                    metadata=metadata,
                    embedding_function=None,
                )
            )
        return cls(client, await stamped(client, name, stamp), stamp, in_use)

    @property
    def name(self) -> str:
        """The collection's name, which SQL keeps for the one in use."""
        return str(self._collection.name)

    async def follow(self) -> bool:
        """Go over to the collection in use, where a reindex has swapped them; whether it had.

        Raises:
            IndexMismatchError: another model made that one; a restart is needed.
            ArchiveError: SQL or Chroma failed.
        """
        name = await self._in_use() if self._in_use else self.name
        if name == self.name:
            return False
        self._collection = await stamped(self._client, name, self._stamp)
        self.changes += 1
        return True

    async def _ask(self, function: Callable[[], Any]) -> Any:  # noqa: ANN401  Chroma's types
        """A call on the collection, done again on the one in use if this one was dropped."""
        try:
            return await call(function)
        except CollectionGoneError:
            if not await self.follow():
                raise
            return await call(function)

    async def upsert(self, ids: list[str], vectors: Matrix, metadatas: list[Metadata]) -> None:
        """Write vectors, shape (len(ids), dimension); writing the same again changes nothing."""
        step: int = await call(self._client.get_max_batch_size)
        for at in range(0, len(ids), step):
            part = slice(at, at + step)
            await self._ask(
                lambda part=part: self._collection.upsert(  # type: ignore[misc]
                    ids=ids[part], embeddings=vectors[part], metadatas=metadatas[part]
                )
            )

    async def delete(self, ids: list[str]) -> None:
        """Forget these ids; unknown ones are no error."""
        step: int = await call(self._client.get_max_batch_size)
        for at in range(0, len(ids), step):
            part = ids[at : at + step]
            await self._ask(lambda part=part: self._collection.delete(ids=part))  # type: ignore[misc]

    @property
    def key(self) -> str:
        """A name of this collection that no other has or will have."""
        return str(self._collection.id)

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return int((self._collection.metadata or {})["dimension"])

    async def search(
        self, vector: Sequence[float], k: int, within: Filter | None = None
    ) -> list[tuple[str, float]]:
        """The `k` nearest passages: ids with cosine similarity, best first.

        `within` is Chroma's own filter, which costs many times the search; `filtered` is fast.
        """
        result = await self._ask(
            lambda: self._collection.query(
                query_embeddings=list(vector),
                n_results=k,
                where=_where(within) if within else None,
                include=["distances"],
            )
        )
        distances = (result["distances"] or [[]])[0]
        return [
            (name, 1.0 - float(distance))
            for name, distance in zip(result["ids"][0], distances, strict=True)
        ]

    async def similarities(self, ids: list[str], vector: Sequence[float]) -> dict[str, float]:
        """The exact cosine of each of these passages to a vector; unknown ids are left out."""
        found = await self.get(ids)
        if not found:  # stored, but not embedded yet
            return {}
        return cosines(list(found), list(found.values()), vector)

    async def get(self, ids: list[str]) -> dict[str, Vector]:
        """The vectors of these passages; unknown ids are left out."""
        if not ids:
            return {}
        found = await self._ask(lambda: self._collection.get(ids=ids, include=["embeddings"]))
        if len(found["ids"]) == len(found["embeddings"]):
            return dict(zip(found["ids"], found["embeddings"], strict=True))
        # Chroma gives the ids of what is just being written without its vectors, and does not say
        # which: then each is asked for alone.
        if len(ids) == 1:
            return {}
        parts = [await self.get([name]) for name in found["ids"]]
        return {name: vector for part in parts for name, vector in part.items()}

    async def ids(self) -> set[str]:
        """Every id that the collection holds."""
        return {one async for page in self.pages() for one in page}

    async def held(self, ids: list[str]) -> set[str]:
        """Those of these ids that the collection holds."""
        step: int = await call(self._client.get_max_batch_size)
        found = set[str]()
        for at in range(0, len(ids), step):
            part = ids[at : at + step]
            found |= set(await self._ids(ids=part))
        return found

    async def pages(self) -> AsyncIterator[list[str]]:
        """Every id that the collection holds, so many at once; delete none meanwhile."""
        at = 0
        while page := await self._ids(limit=_PAGE, offset=at):
            yield page
            at += len(page)

    async def _ids(self, **which: Any) -> list[str]:  # noqa: ANN401  Chroma's
        found = await self._ask(lambda: self._collection.get(include=[], **which))
        return list(found["ids"])

    async def count(self) -> int:
        """How many vectors the collection holds."""
        # not the bound method: after a swap the call is made on another collection
        return int(await self._ask(lambda: self._collection.count()))  # noqa: PLW0108


def _where(within: Filter) -> chromadb.Where:
    """A filter as Chroma writes them; the metadata hold whole seconds."""
    conditions: list[Any] = []
    if within.start is not None:
        conditions.append({"published": {"$gte": floor(within.start.timestamp())}})
    if within.end is not None:
        conditions.append({"published": {"$lt": ceil(within.end.timestamp())}})
    if within.outlets:
        conditions.append({"outlet": {"$in": list(within.outlets)}})
    return conditions[0] if len(conditions) == 1 else {"$and": conditions}


def cosines(
    ids: Sequence[str], vectors: Matrix | Sequence[Vector], vector: Sequence[float]
) -> dict[str, float]:
    """The cosine of each row of `vectors` to `vector`, under its id."""
    import numpy as np  # noqa: PLC0415  heavy

    rows = np.asarray(vectors, dtype=np.float32)
    asked = np.asarray(vector, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(asked)
    values = (rows @ asked) / np.maximum(lengths, 1e-12)
    return dict(zip(ids, values.tolist(), strict=True))
