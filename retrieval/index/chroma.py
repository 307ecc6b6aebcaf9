"""Chroma: its clients and collections, the collection in use, and the lock for writing.

Chroma stores vectors under the passages' ids, with metadata for filtering, and no text. All of it
can be rebuilt from SQL. Heavy modules are imported on demand.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  pydantic reads the retriever's filter
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from sqlalchemy import func, insert, select, update

from retrieval.errors import ArchiveError, IndexBusyError, IndexMismatchError
from retrieval.messages import UserMessage
from retrieval.storage import tables
from retrieval.storage.tables import RevisionState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import chromadb
    import numpy as np
    import numpy.typing as npt
    from chromadb.api import ClientAPI
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.settings import LibrarySettings
    from retrieval.storage.database import Database

    Vector = npt.NDArray[np.float32]
    Matrix = npt.NDArray[np.float32]
    Metadata = chromadb.Metadata


class IndexLock:
    """A lock for the writer of an embedded Chroma: two would lose each other's vectors.

    A Chroma server serialises its writers, so with `CHROMA_URL` nothing is locked.
    """

    def __init__(self, settings: LibrarySettings) -> None:
        self._lock = None
        if not settings.chroma_url:
            self._lock = FileLock(settings.data_dir / "index.lock", timeout=0)

    def __enter__(self) -> None:
        """Take the lock.

        Raises:
            IndexBusyError: another program has it.
            ArchiveError: the data directory can't be written.
        """
        if self._lock is None:
            return
        try:
            self._lock.acquire()
        except Timeout:
            raise IndexBusyError(
                "Another Sitrep process is writing the vector index in this data directory: stop "
                "it or wait until it's done."
            ) from None
        except OSError as error:
            raise ArchiveError(f"The data directory can't be written: {error.strerror}.") from error

    def __exit__(self, *error: object) -> None:
        if self._lock is not None:
            self._lock.release()


# The vectors of one collection.

_PAGE = 5_000


class VectorIndex:
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
        # How often this process has changed the indexed vectors; caches compare it.
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
        """Open the collection `name`, or create it; only then `dimension` is called.

        `in_use` returns the name of the collection in use, to switch to when this one is dropped.

        Raises:
            IndexMismatchError: it has another stamp.
            ArchiveError: Chroma failed.
            ModelError: the embedding model failed to tell its dimension.
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
        """The collection's name; SQL stores the name of the one in use."""
        return str(self._collection.name)

    async def follow(self) -> bool:
        """Switch to the collection in use, if a reindex has swapped it; returns whether it has.

        Raises:
            IndexMismatchError: another model made it; a restart is needed.
            ArchiveError: SQL or Chroma failed.
        """
        name = await self._in_use() if self._in_use else self.name
        if name == self.name:
            return False
        self._collection = await stamped(self._client, name, self._stamp)
        self.changes += 1
        return True

    async def _ask(self, function: Callable[[], Any]) -> Any:  # noqa: ANN401  Chroma's types
        """Call the collection, and if it was dropped, call the one in use."""
        try:
            return await call(function)
        except CollectionGoneError:
            if not await self.follow():
                raise
            return await call(function)

    async def upsert(self, ids: list[str], vectors: Matrix, metadatas: list[Metadata]) -> None:
        """Write vectors of shape (len(ids), dimension); idempotent."""
        step: int = await call(self._client.get_max_batch_size)
        for at in range(0, len(ids), step):
            part = slice(at, at + step)
            await self._ask(
                lambda part=part: self._collection.upsert(  # type: ignore[misc]
                    ids=ids[part], embeddings=vectors[part], metadatas=metadatas[part]
                )
            )

    async def delete(self, ids: list[str]) -> None:
        """Delete these ids; unknown ones are ignored."""
        step: int = await call(self._client.get_max_batch_size)
        for at in range(0, len(ids), step):
            part = ids[at : at + step]
            await self._ask(lambda part=part: self._collection.delete(ids=part))  # type: ignore[misc]

    @property
    def key(self) -> str:
        """A unique key of this collection, never reused."""
        return str(self._collection.id)

    @property
    def dimension(self) -> int:
        """The dimension of the vectors."""
        return int((self._collection.metadata or {})["dimension"])

    async def search(
        self, vector: Sequence[float], k: int, within: Filter | None = None
    ) -> list[tuple[str, float]]:
        """The `k` nearest passages: ids with cosine similarity, best first.

        `within` uses Chroma's own filter, which takes many times longer; `vector_filter` is fast.
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
        """By id, the exact cosine of each passage to a vector; unknown ids are left out."""
        found = await self.get(ids)
        if not found:  # stored, but not embedded yet
            return {}
        return cosines(list(found), list(found.values()), vector)

    async def get(self, ids: list[str]) -> dict[str, Vector]:
        """By id, the vectors of these passages; unknown ids are left out."""
        if not ids:
            return {}
        found = await self._ask(lambda: self._collection.get(ids=ids, include=["embeddings"]))
        if len(found["ids"]) == len(found["embeddings"]):
            return dict(zip(found["ids"], found["embeddings"], strict=True))
        # Chroma may return ids that are just being written without their vectors, and doesn't say
        # which: then each is requested separately.
        if len(ids) == 1:
            return {}
        parts = [await self.get([name]) for name in found["ids"]]
        return {name: vector for part in parts for name, vector in part.items()}

    async def ids(self) -> set[str]:
        """All ids in the collection."""
        return {one async for page in self.pages() for one in page}

    async def held(self, ids: list[str]) -> set[str]:
        """Those of these ids that are in the collection."""
        step: int = await call(self._client.get_max_batch_size)
        found = set[str]()
        for at in range(0, len(ids), step):
            part = ids[at : at + step]
            found |= set(await self._ids(ids=part))
        return found

    async def pages(self) -> AsyncIterator[list[str]]:
        """All ids in the collection, in pages; don't delete any meanwhile."""
        at = 0
        while page := await self._ids(limit=_PAGE, offset=at):
            yield page
            at += len(page)

    async def _ids(self, **which: Any) -> list[str]:  # noqa: ANN401  Chroma's
        found = await self._ask(lambda: self._collection.get(include=[], **which))
        return list(found["ids"])

    async def count(self) -> int:
        """The number of vectors in the collection."""
        # not the bound method: after a swap the call must go to the other collection
        return int(await self._ask(lambda: self._collection.count()))  # noqa: PLW0108


def _where(within: Filter) -> chromadb.Where:
    """A filter in Chroma's form; the metadata have whole seconds."""
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
    """By id, the cosine of each row of `vectors` to `vector`."""
    import numpy as np  # noqa: PLC0415  heavy

    rows = np.asarray(vectors, dtype=np.float32)
    asked = np.asarray(vector, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(asked)
    values = (rows @ asked) / np.maximum(lengths, 1e-12)
    return dict(zip(ids, values.tolist(), strict=True))


# Chroma's clients and collections.
#
# The client is synchronous, so each call runs in a thread.


class CollectionGoneError(ArchiveError):
    """The collection was dropped, for example by a reindex."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """The model and splitter of a collection; a different stamp needs a new collection."""

    embedding_model: str
    splitter: str

    def metadata(self) -> dict[str, str]:
        """As stored with the collection."""
        return {"embedding_model": self.embedding_model, "splitter": self.splitter}


@contextmanager
def connected(chroma_url: str, folder: Path) -> Iterator[Client]:
    """A client for the block: of the server at `chroma_url`, or of the data in `folder`.

    It sends no telemetry.

    Raises:
        ArchiveError: the server can't be reached or the folder can't be used.
    """
    # the declared interface has no `close`
    client = cast("Client", _connect(chroma_url, folder))
    try:
        yield client
    finally:
        _close(client)


def _close(client: Client) -> None:
    """Close a client; otherwise its threads and files stay until the program ends."""
    client.close()
    both: tuple[Any, ...] = (client, client._admin_client)  # noqa: SLF001
    for one in both:
        # Chroma's own `close` leaves the connections to a server open.
        session = getattr(one._server, "_session", None)  # noqa: SLF001
        if session is not None:
            session.close()


def _connect(chroma_url: str, folder: Path) -> ClientAPI:
    import chromadb  # noqa: PLC0415  heavy: half a second
    from chromadb.config import Settings  # noqa: PLC0415

    # Even if the environment enables Chroma's traces: they would contain queries.
    settings = Settings(anonymized_telemetry=False, chroma_otel_granularity="none")
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
    # Chroma raises ValueError for a missing server and its own errors for the rest.
    except (ValueError, OSError, chromadb.errors.ChromaError) as error:
        place = _without_credentials(chroma_url) if chroma_url else str(folder)
        do = (
            "check CHROMA_URL and whether the server is running" if chroma_url else "check DATA_DIR"
        )
        raise ArchiveError(
            f"The vector index at {place} can't be opened ({_plain(error)}): {do}."
        ) from error


def _without_credentials(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


async def stamped(client: Client, name: str, stamp: Stamp) -> Collection:
    """The collection `name`; raises IndexMismatchError if it has another stamp."""
    collection = await call(lambda: client.get_collection(name, embedding_function=None))
    found = {key: (collection.metadata or {}).get(key) for key in stamp.metadata()}
    if found != stamp.metadata():
        made = ", ".join(f"{key} {value}" for key, value in found.items())
        asked = ", ".join(f"{key} {value}" for key, value in stamp.metadata().items())
        raise IndexMismatchError(
            f"The vector index was made with {made}, but the settings ask for {asked}: "
            "run `sitrep reindex`, or change EMBEDDING_MODEL back."
        )
    return collection  # type: ignore[no-any-return]


async def collection_stamp(client: Client, name: str) -> Stamp | None:
    """The stamp of a collection; None if there is none with this name."""
    if name not in await collection_names(client):
        return None
    found = await call(lambda: client.get_collection(name, embedding_function=None))
    metadata = found.metadata or {}
    return Stamp(str(metadata.get("embedding_model")), str(metadata.get("splitter")))


async def drop_collection(client: Client, name: str) -> None:
    """Delete a collection, if it exists."""
    if name in await collection_names(client):
        await call(lambda: client.delete_collection(name))


async def collection_names(client: Client) -> set[str]:
    """The names of all collections."""
    return await call(lambda: {collection.name for collection in client.list_collections()})  # type: ignore[no-any-return]


async def call(function: Callable[[], Any]) -> Any:  # noqa: ANN401  Chroma's types
    """Run a call to Chroma in a thread; its failures become ArchiveErrors."""
    from chromadb.errors import ChromaError, NotFoundError  # noqa: PLC0415
    from httpx import HTTPError  # noqa: PLC0415

    try:
        return await asyncio.to_thread(function)
    except NotFoundError as error:
        raise CollectionGoneError(_failure(error)) from error
    # Errors from below: SQLite, the file system, the index, the server.
    except (ChromaError, HTTPError, OSError, RuntimeError, ValueError, sqlite3.Error) as error:
        raise ArchiveError(_failure(error)) from error


def _failure(error: Exception) -> UserMessage:
    return UserMessage("The vector index failed: {reason}.", reason=_plain(error))


def _plain(error: Exception) -> str:
    return str(error).rstrip(".")


# SQL for filtered searches: the indexed revisions, with their outlets and dates.
#
# These never change; a revision only loses its state `indexed`, when it is superseded or removed.

# SQLite allows 32,766 variables in a statement.
_IDS_AT_ONCE = 5_000
_INDEXED = tables.revision.c.state == RevisionState.INDEXED


@dataclass(frozen=True, slots=True)
class Filter:
    """Published in `[start, end)`, None for an open end, by one of `outlets`, or any if empty.

    An article without a date is in no window.
    """

    start: datetime | None = None
    end: datetime | None = None
    outlets: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether it excludes anything."""
        return self.start is not None or self.end is not None or bool(self.outlets)


@dataclass(frozen=True, slots=True)
class IndexedRevision:
    """A revision with vectors in the index: its passages are `id:0` to `id:passages-1`."""

    id: int
    passages: int
    outlet: str
    published: datetime | None


async def index_version(connection: AsyncConnection) -> tuple[int, ...]:
    """A value that changes with the set of indexed revisions; cheap to compute."""
    number = tables.revision.c.id
    query = select(func.count(number), func.max(number), func.sum(number)).where(_INDEXED)
    return tuple(int(value or 0) for value in (await connection.execute(query)).one())


async def indexed_ids(connection: AsyncConnection) -> list[int]:
    """The ids of the indexed revisions."""
    query = select(tables.revision.c.id).where(_INDEXED)
    return list((await connection.execute(query)).scalars())


async def indexed_revisions(
    connection: AsyncConnection, ids: Sequence[int]
) -> list[IndexedRevision]:
    """These revisions, without those no longer indexed."""
    query = select(
        tables.revision.c.id,
        tables.revision.c.passages,
        tables.article.c.outlet,
        tables.revision.c.published_at,
    ).join_from(
        tables.revision, tables.article, tables.article.c.id == tables.revision.c.article_id
    )
    found: list[IndexedRevision] = []
    for at in range(0, len(ids), _IDS_AT_ONCE):
        part = tables.revision.c.id.in_(ids[at : at + _IDS_AT_ONCE])
        rows = await connection.execute(query.where(_INDEXED, part))
        found.extend(IndexedRevision(*row) for row in rows)
    return found


_KEY = "collection"
_FIRST = "passages-1"
_REVISIONS_AT_ONCE = 10_000


async def active_collection(database: Database) -> str:
    """The name of the Chroma collection in use."""
    query = select(tables.state.c.value).where(tables.state.c.key == _KEY)
    async with database.read() as connection:
        return str((await connection.execute(query)).scalar() or _FIRST)


async def collection_in_use(connection: AsyncConnection) -> str:
    """The same in a writing transaction, locked: it can't be swapped before its end."""
    query = select(tables.state.c.value).where(tables.state.c.key == _KEY)
    found = await connection.execute(query.with_for_update(read=True))
    return str(found.scalar() or _FIRST)


def next_collection(name: str) -> str:
    """The name after this one: passages-1, passages-2, ..."""
    stem, _, number = name.rpartition("-")
    return f"{stem}-{int(number) + 1}"


async def use_collection(
    database: Database, name: str, indexed: Iterable[int] | None = None
) -> None:
    """Make `name` the collection in use.

    `indexed` are the revisions that are complete in it; in the same transaction, all others become
    pending. None leaves all states unchanged.
    """
    async with database.write() as connection:
        swap = update(tables.state).where(tables.state.c.key == _KEY).values(value=name)
        if not (await connection.execute(swap)).rowcount:
            await connection.execute(insert(tables.state).values(key=_KEY, value=name))
        if indexed is not None:
            await _only_indexed(connection, indexed)


async def nothing_indexed(database: Database) -> None:
    """Make all indexed revisions pending, because their vectors are gone."""
    async with database.write() as connection:
        await _only_indexed(connection, ())


async def _only_indexed(connection: AsyncConnection, whole: Iterable[int]) -> None:
    revision = tables.revision.c
    query = select(revision.id).where(revision.state == RevisionState.INDEXED).order_by(revision.id)
    found = (await connection.execute(query)).scalars().all()
    known = frozenset(whole)
    lacking = [one for one in found if one not in known]
    for at in range(0, len(lacking), _REVISIONS_AT_ONCE):
        await connection.execute(
            update(tables.revision)
            .where(revision.id.in_(lacking[at : at + _REVISIONS_AT_ONCE]))
            .values(state=RevisionState.PENDING)
        )
