"""What several rooms share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.chroma_server import chroma_server
from tests.support.fault_matrix import matrix, note
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


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Faults that a test is about go into its report."""
    note(item)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After `pytest -m faults`, the matrix."""
    if "faults" in str(terminalreporter.config.option.markexpr):
        terminalreporter.section("faults")
        for line in matrix(terminalreporter.stats):
            terminalreporter.write_line(line)
