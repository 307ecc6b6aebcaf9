"""Chroma's clients and collections: opened and closed, named, stamped, dropped.

Its client is synchronous, so each call runs in a thread.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from retrieval.errors import ArchiveError, IndexMismatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chromadb.api import ClientAPI
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection


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


@contextmanager
def connected(chroma_url: str, folder: Path) -> Iterator[Client]:
    """During the block, a client of the server at `chroma_url`, or of the data in `folder`.

    It sends no telemetry.

    Raises:
        ArchiveError: the server can't be reached or the folder can't be used.
    """
    # declared as an interface that can't be closed
    client = cast("Client", _connect(chroma_url, folder))
    try:
        yield client
    finally:
        _close(client)


def _close(client: Client) -> None:
    """Otherwise its threads and files stay until the program ends."""
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

    # Also where the environment asks for Chroma's traces: those would hold what it was asked.
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
    # Chroma raises ValueError for a server that is not there and its own errors for the rest.
    except (ValueError, OSError, chromadb.errors.ChromaError) as error:
        place = _without_credentials(chroma_url) if chroma_url else str(folder)
        do = "check CHROMA_URL, and that the server runs" if chroma_url else "see DATA_DIR"
        raise ArchiveError(
            f"The vector index at {place} can't be opened ({_plain(error)}): {do}."
        ) from error


def _without_credentials(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


async def stamped(client: Client, name: str, stamp: Stamp) -> Collection:
    """The collection `name`, if it carries this stamp."""
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
    """What a collection was made with; None where there is none of this name."""
    if name not in await collection_names(client):
        return None
    found = await call(lambda: client.get_collection(name, embedding_function=None))
    metadata = found.metadata or {}
    return Stamp(str(metadata.get("embedding_model")), str(metadata.get("splitter")))


async def drop_collection(client: Client, name: str) -> None:
    """Delete a collection; one that is not there is no error."""
    if name in await collection_names(client):
        await call(lambda: client.delete_collection(name))


async def collection_names(client: Client) -> set[str]:
    """The collections that there are."""
    return await call(lambda: {collection.name for collection in client.list_collections()})  # type: ignore[no-any-return]


async def call(function: Callable[[], Any]) -> Any:  # noqa: ANN401  Chroma's types
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
