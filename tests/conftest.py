"""What several rooms share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.chroma_server import chroma_server
from tests.support.postgres import Postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One server for the whole run."""
    with postgres_server(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="module")
def chroma_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Chroma server of the module's own: its collections have the same names each time."""
    with chroma_server(tmp_path_factory.mktemp("chroma") / "data") as url:
        yield url
