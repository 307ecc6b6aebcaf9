"""Shared fixtures."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from retrieval.storage.database import open_database
from tests.support.archives import opened_archive
from tests.support.certificates import reading_certificates_once
from tests.support.chroma_server import chroma_server
from tests.support.fault_matrix import matrix, note
from tests.support.model import sharing_model
from tests.support.pools import keeping_workers
from tests.support.postgres import Postgres, postgres_server
from tests.support.schema import quicken
from tests.support.waiting import Renewals

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from retrieval.storage.database import Database
    from tests.support.archives import Opened

# For the workers of this run and for the programs that tests start: they would compile all that is
# ours anew, each time, where this is set.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# For `tests/fuzz`, by hand: an hour or so, at other examples each time.
settings.register_profile(
    "long",
    max_examples=200,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

# Speed is measured in benchmarks: a busy machine fails no test.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def quick_archives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Most tests open a new archive; making each anew would be a third of the whole run."""
    with pytest.MonkeyPatch.context() as patched:
        quicken(patched, tmp_path_factory.mktemp("made"))
        reading_certificates_once(patched)
        with keeping_workers(patched):
            yield


@pytest.fixture(scope="session", autouse=True)
def one_encoder() -> Iterator[None]:
    """The local model is loaded once a run; nothing of it changes when it is used."""
    with pytest.MonkeyPatch.context() as patched:
        sharing_model(patched)
        yield


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


@pytest.fixture(params=["sqlite", "postgres"])
def sql_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database of each kind."""
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres").new_database()
        return url
    return f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}"


@pytest.fixture
async def database(sql_url: str) -> AsyncIterator[Database]:
    database = await open_database(sql_url)
    yield database
    await database.close()


@pytest.fixture
async def opened(sql_url: str, tmp_path: Path) -> AsyncIterator[Opened]:
    """An empty archive on each kind of database."""
    async with opened_archive(tmp_path, sql_url=sql_url) as opened:
        yield opened


@pytest.fixture
def renewals(monkeypatch: pytest.MonkeyPatch) -> Renewals:
    """For waiting until a lease would have run out, had nobody renewed it."""
    return Renewals(monkeypatch)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Faults that a test is about go into its report."""
    note(item)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After `pytest -m faults`, the matrix."""
    if "faults" in str(terminalreporter.config.option.markexpr):
        terminalreporter.section("faults")
        for line in matrix(terminalreporter.stats):
            terminalreporter.write_line(line)
