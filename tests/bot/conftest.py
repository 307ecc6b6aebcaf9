from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrieval.storage.database import Database, open_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgres"])
def sql_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres").new_database()
        return url
    return f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}"


@pytest.fixture
async def database(sql_url: str) -> AsyncIterator[Database]:
    database = await open_database(sql_url)
    yield database
    await database.close()
