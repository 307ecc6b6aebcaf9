"""Freeing space on real SQLite, Postgres and Chroma."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bot.tables import metadata
from retrieval.errors import ArchiveError, IndexBusyError
from retrieval.index.chroma import IndexLock
from retrieval.maintenance import compact
from retrieval.settings import LibrarySettings
from retrieval.storage import compacting
from retrieval.storage.database import open_database
from retrieval.storage.purge import purge
from tests.support.archives import draft, opened_archive

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection

LATER = datetime.now(UTC) + timedelta(days=2)


async def filled(folder: Path, sql_url: str | None = None, articles: int = 60) -> None:
    """Articles of which all but one were removed for good."""
    async with opened_archive(folder, sql_url=sql_url) as opened:
        for number in range(articles):
            words = " ".join(f"word{number}x{at}" for at in range(600))
            await opened.store(
                draft(f"Sudzha {number}. {words}.", url=f"https://a.example/{number}")
            )
        await opened.indexer.work()
        for article_id in range(2, articles + 1):
            assert await opened.archive.articles.remove(article_id)
        await opened.indexer.work()
        assert await purge(opened.database, LATER) == articles - 1


def settings(folder: Path, url: str = "") -> LibrarySettings:
    return LibrarySettings.read(_env_file=None, data_dir=folder, database_url=url)


async def found(folder: Path, sql_url: str | None = None) -> list[tuple[str, float]]:
    async with opened_archive(folder, sql_url=sql_url) as opened:
        assert await opened.vectors.count() >= 1
        return await opened.archive.keywords.search(["sudzha"], 5)


async def test_space_is_given_back_and_what_is_left_is_found(tmp_path: Path) -> None:
    await filled(tmp_path)
    sql, chroma = await compact(settings(tmp_path), metadata)
    assert sql.after < sql.before / 2
    assert chroma is not None
    assert chroma.after <= chroma.before
    assert len(await found(tmp_path)) == 1


async def test_postgres_gives_space_back(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("postgres").new_database()
    await filled(tmp_path, url)
    sql, _ = await compact(settings(tmp_path, url), metadata)
    assert sql.after < sql.before
    assert len(await found(tmp_path, url)) == 1


async def test_on_postgres_what_autovacuum_looks_at_is_given_back_too(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    # autovacuum can't be told when to look: another session with a snapshot stands for it
    monkeypatch.setattr(compacting, "_OTHERS", text("SELECT 0"))
    url = request.getfixturevalue("postgres").new_database()
    looks = await open_database(url)
    async with looks.read() as connection:
        await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        await connection.execute(text("SELECT count(*) FROM pg_class"))
        await filled(tmp_path, url)
        waiting, real = asyncio.Event(), compacting._until_no_snapshots

        async def noted(connection: AsyncConnection) -> None:
            waiting.set()
            await real(connection)

        monkeypatch.setattr(compacting, "_until_no_snapshots", noted)
        under_way = asyncio.create_task(compact(settings(tmp_path, url), metadata))
        await waiting.wait()
        ended, _ = await asyncio.wait([under_way], timeout=0.3)
        assert not ended
    sql, _ = await under_way
    await looks.close()
    assert sql.after < sql.before - 1_000_000


async def test_it_refuses_while_another_program_writes_the_index(tmp_path: Path) -> None:
    await filled(tmp_path, articles=2)
    with IndexLock(settings(tmp_path)), pytest.raises(IndexBusyError):
        await compact(settings(tmp_path), metadata)


async def test_it_refuses_while_another_program_writes_the_database(tmp_path: Path) -> None:
    await filled(tmp_path, articles=2)
    with closing(sqlite3.connect(tmp_path / "sitrep.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveError, match="Another program is writing"):
            await compact(settings(tmp_path), metadata)
        other.execute("ROLLBACK")
    assert len(await found(tmp_path)) == 1
