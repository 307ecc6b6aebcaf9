"""The vectors, in Chroma: the only module that knows it.

Chroma holds vectors under the passages' ids, with metadata for filtering, and no text. Everything
in it can be made again from SQL. Its client is synchronous, so each call runs in a thread.
"""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from retrieval.errors import ArchiveError, IndexMismatchError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    import chromadb
    import numpy as np
    import numpy.typing as npt
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

    from retrieval.archive.filters import Filter

    Vector = npt.NDArray[np.float32]
    Matrix = npt.NDArray[np.float32]
    Client = ClientAPI
    Metadata = chromadb.Metadata


class CollectionGoneError(ArchiveError):
    """The collection was dropped, as by a reindex that swapped it for another."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the vectors of a collection were made with; another stamp means another collection."""

    embedding_model: str
    splitter: str

    def metadata(self) -> dict[str, str]:
        """As kept with the collection."""
        return {"embedding_model": self.embedding_model, "splitter": self.splitter}


def connect(chroma_url: str, folder: Path) -> ClientAPI:
    """A client of the server at `chroma_url`, or of the data in `folder`; telemetry is off.

    Raises:
        ArchiveError: the server can't be reached or the folder can't be used.
    """
    import chromadb  # noqa: PLC0415  heavy: half a second
    from chromadb.config import Settings  # noqa: PLC0415

    settings = Settings(anonymized_telemetry=False)
    try:
        if not chroma_url:
            folder.mkdir(parents=True, exist_ok=True)
            return chromadb.PersistentClient(path=str(folder), settings=settings)
        parts = urlsplit(chroma_url)
        secure = parts.scheme == "https"
        return chromadb.HttpClient(
            host=parts.hostname or "localhost",
            port=parts.port or (443 if secure else 80),
            ssl=secure,
            settings=settings,
        )
    # Chroma raises ValueError for a server that is not there and its own errors for the rest.
    except (ValueError, OSError, chromadb.errors.ChromaError) as error:
        place = chroma_url or str(folder)
        do = "check CHROMA_URL, and that the server runs" if chroma_url else "see DATA_DIR"
        raise ArchiveError(
            f"The vector index at {place} can't be opened ({_plain(error)}): {do}."
        ) from error


class Vectors:
    """One collection of passage vectors."""

    def __init__(
        self,
        client: ClientAPI,
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
        client: ClientAPI,
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
            await _call(
                lambda: client.get_or_create_collection(
                    name,
                    configuration={"hnsw": {"space": "cosine"}},
                    metadata=metadata,
                    embedding_function=None,
                )
            )
        return cls(client, await _stamped(client, name, stamp), stamp, in_use)

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
        self._collection = await _stamped(self._client, name, self._stamp)
        self.changes += 1
        return True

    async def _ask(self, function: Callable[[], Any]) -> Any:  # noqa: ANN401  Chroma's types
        """A call on the collection, done again on the one in use if this one was dropped."""
        try:
            return await _call(function)
        except CollectionGoneError:
            if not await self.follow():
                raise
            return await _call(function)

    async def upsert(self, ids: list[str], vectors: Matrix, metadatas: list[Metadata]) -> None:
        """Write vectors, shape (len(ids), dimension); writing the same again changes nothing."""
        step: int = await _call(self._client.get_max_batch_size)
        for at in range(0, len(ids), step):
            part = slice(at, at + step)
            await self._ask(
                lambda part=part: self._collection.upsert(  # type: ignore[misc]
                    ids=ids[part], embeddings=vectors[part], metadatas=metadatas[part]
                )
            )

    async def delete(self, ids: list[str]) -> None:
        """Forget these ids; unknown ones are no error."""
        step: int = await _call(self._client.get_max_batch_size)
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
        return set((await self._ask(lambda: self._collection.get(include=[])))["ids"])

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


async def _stamped(client: ClientAPI, name: str, stamp: Stamp) -> Collection:
    """The collection `name`, if it carries this stamp."""
    collection = await _call(lambda: client.get_collection(name, embedding_function=None))
    found = {key: (collection.metadata or {}).get(key) for key in stamp.metadata()}
    if found != stamp.metadata():
        made = ", ".join(f"{key} {value}" for key, value in found.items())
        asked = ", ".join(f"{key} {value}" for key, value in stamp.metadata().items())
        raise IndexMismatchError(
            f"The vector index was made with {made}, but the settings ask for {asked}: "
            "run `sitrep reindex`, or change EMBEDDING_MODEL back."
        )
    return collection  # type: ignore[no-any-return]


async def collection_stamp(client: ClientAPI, name: str) -> Stamp | None:
    """What a collection was made with; None where there is none of this name."""
    if name not in await collection_names(client):
        return None
    found = await _call(lambda: client.get_collection(name, embedding_function=None))
    metadata = found.metadata or {}
    return Stamp(str(metadata.get("embedding_model")), str(metadata.get("splitter")))


async def drop_collection(client: ClientAPI, name: str) -> None:
    """Delete a collection; one that is not there is no error."""
    if name in await collection_names(client):
        await _call(lambda: client.delete_collection(name))


async def collection_names(client: ClientAPI) -> set[str]:
    """The collections that there are."""
    return await _call(lambda: {collection.name for collection in client.list_collections()})  # type: ignore[no-any-return]


async def _call(function: Callable[[], Any]) -> Any:  # noqa: ANN401  Chroma's types
    """Run a call of Chroma's in a thread, its failures turned into one sentence."""
    from chromadb.errors import ChromaError, NotFoundError  # noqa: PLC0415
    from httpx import HTTPError  # noqa: PLC0415

    try:
        return await asyncio.to_thread(function)
    except NotFoundError as error:
        raise CollectionGoneError(f"The vector index failed: {_plain(error)}.") from error
    # What its parts raise under it: SQLite, the file system, the index, the server.
    except (ChromaError, HTTPError, OSError, RuntimeError, ValueError, sqlite3.Error) as error:
        raise ArchiveError(f"The vector index failed: {_plain(error)}.") from error


def _plain(error: Exception) -> str:
    return str(error).rstrip(".")
