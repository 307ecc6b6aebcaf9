"""Data of an earlier version, and everything that can be wrong when an archive is opened."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select, text

from retrieval.errors import (
    ArchiveError,
    IndexBusyError,
    IndexMismatchError,
    SchemaError,
)
from retrieval.index.chroma import IndexLock
from retrieval.library import open_library, reindex
from retrieval.settings import LibrarySettings
from retrieval.storage import database as databases
from retrieval.storage.database import HEAD, open_database, schema_version, unmigrated
from retrieval.storage.keywords import KeywordSearch, PassageStems, forget_keywords, index_keywords
from retrieval.storage.tables import cited_revision

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from tests.support.postgres import Postgres

TEXT = "The town of Sudzha is held by Ukraine, an officer said on Friday."
# As the first version wrote them.
ROWS = """
INSERT INTO article VALUES (1, 'https://a.example/1', 'Alpha', 'hash', 1,
    '2024-11-12 06:00:00+00:00', 'cli', NULL);
INSERT INTO revision VALUES (1, 1, 1, 'Sudzha holds out',
    'The town of Sudzha is held by Ukraine, an officer said on Friday.', NULL, 'en',
    '2024-11-12 06:00:00+00:00', 'minute', '2024-11-12 06:00:00+00:00', 1, 'indexed');
INSERT INTO passage VALUES (1, 1, 0, 0, 65, '[0, 65]');
INSERT INTO given_answer VALUES (1, '2024-11-12 07:00:00+00:00', 'telegram:77:0',
    'Who holds Sudzha?', 'quote', '[{"n": 1, "revision_id": 1, "start": 0, "end": 65},
    {"n": 2, "revision_id": 1, "start": 0, "end": 12}]');
INSERT INTO given_answer VALUES (2, '2024-11-12 07:00:00+00:00', 'telegram:77:0',
    'Who won?', 'quote', '[]');
INSERT INTO state VALUES ('collection', 'passages-1')
"""


def _first_schema(connection: Connection) -> None:
    _schema(connection, "0001")


def _schema(connection: Connection, version: str) -> None:
    config = Config()
    folder = databases.__file__.replace("database.py", "migrations")
    config.set_main_option("script_location", folder)
    config.attributes["connection"] = connection
    command.upgrade(config, version)


@pytest.fixture(params=["sqlite", "postgres"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> LibrarySettings:
    """A data directory at schema 0001 with an article, and no vectors beside it."""
    url = ""
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database(migrated=False)
    (tmp_path / "data").mkdir()
    settings = _settings(tmp_path, database_url=url)
    database = unmigrated(settings.sql_url)
    async with database.write() as connection:
        await connection.run_sync(_first_schema)
        for row in ROWS.split(";"):
            await connection.execute(text(row))
        await index_keywords(connection, 1, "Sudzha holds out", TEXT)
    assert await schema_version(database) == "0001"
    await database.close()
    return settings


def _settings(folder: Path, **more: str) -> LibrarySettings:
    return LibrarySettings.read(_env_file=None, data_dir=folder / "data", **more)


async def test_an_archive_of_the_first_schema_is_migrated_and_answers(old: LibrarySettings) -> None:
    async with open_library(old) as library:
        assert await schema_version(library.database) == HEAD
        assert await library.archive.keywords.search(["sudzha"], 5) != []
        # its vectors were lost: they are made again
        assert await library.indexer.work() == 1
        async with library.database.read() as connection:
            assert (await connection.execute(select(cited_revision))).all() == [(1, 1)]
        answer = await library.answerer.answer("Who holds Sudzha?")
        assert "held by Ukraine" in str(answer)


async def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    await (await open_database(settings.sql_url)).close()
    file = settings.data_dir / "sitrep.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = _dump(file)
    with pytest.raises(SchemaError, match=r"newer Sitrep.*update this program"):
        async with open_library(settings):
            pass
    assert _dump(file) == before
    assert not (settings.data_dir / "chroma").exists()


def _dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [
            str(row)
            for row in connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
            + connection.execute("SELECT * FROM alembic_version").fetchall()
        ]


async def test_vectors_of_another_model_are_refused_and_left_alone(tmp_path: Path) -> None:
    async with open_library(_settings(tmp_path)) as library:
        before = await library.indexer.ids()
    with pytest.raises(IndexMismatchError, match="run `sitrep reindex`, or change EMBEDDING_MODEL"):
        async with open_library(_settings(tmp_path, embedding_model="local-static")):
            pass
    async with open_library(_settings(tmp_path)) as library:
        assert await library.indexer.ids() == before


async def test_a_second_writer_on_one_data_directory_is_told_to_wait(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    async with open_library(settings) as library:
        with library.index_lock(), pytest.raises(IndexBusyError, match="stop it or wait"):
            await reindex(settings, lambda _done, _total: None)
    with IndexLock(settings):
        pass


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("database_url", "postgresql+asyncpg://a:b@127.0.0.1:9/x", "DATABASE_URL"),
        ("database_url", "postgresql+asyncpg://a:b@nowhere.invalid/x", "DATABASE_URL"),
        ("database_url", "postgresql+asyncpg://a:b@host:port/x", "DATABASE_URL"),
        ("chroma_url", "http://127.0.0.1:9", "CHROMA_URL"),
        ("chroma_url", "http://localhost:port", "CHROMA_URL"),
    ],
)
async def test_a_wrong_address_is_one_sentence_that_names_the_setting(
    setting: str, value: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ArchiveError, match=said) as caught:
        async with open_library(_settings(tmp_path, **{setting: value})):
            pass
    assert "\n" not in str(caught.value)


async def test_a_database_and_a_password_that_postgres_does_not_know(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.new_database(migrated=False)
    name = url.partition("?")[0].rpartition("/")[2]
    with pytest.raises(ArchiveError, match="DATABASE_URL") as caught:
        async with open_library(_settings(tmp_path, database_url=url.replace(name, "nothing"))):
            pass
    assert '"nothing" does not exist' in str(caught.value)


async def test_words_are_searched_by_the_gin_index_on_postgres(postgres: Postgres) -> None:
    database = await open_database(postgres.new_database(migrated=False))
    query = (
        "EXPLAIN SELECT passage_id FROM passage_fts WHERE terms @@ to_tsquery('simple', 'sudzha')"
    )
    async with database.write() as connection:
        rows = """
            INSERT INTO article (id, outlet, content_hash, added_at, added_by)
                VALUES (1, 'Alpha', 'h', now(), 'test');
            INSERT INTO revision (id, article_id, number, title, text, stored_at, passages, state)
                VALUES (1, 1, 1, 't', 't', now(), 5000, 'pending');
            INSERT INTO passage (id, revision_id, ordinal, start, "end", sentences)
                SELECT n, 1, n, 0, 1, '[0, 1]' FROM generate_series(1, 5000) n;
            INSERT INTO passage_fts SELECT n, to_tsvector('simple', 'word' || n)
                FROM generate_series(1, 5000) n;
            ANALYZE passage_fts
        """
        for row in rows.split(";"):
            await connection.execute(text(row))
    async with database.read() as connection:
        plan = " ".join((await connection.execute(text(query))).scalars())
    await database.close()
    assert "Bitmap Index Scan on passage_fts_terms" in plan


CHINESE = "北山煤矿发生火灾，造成14名矿工死亡。"
BEFORE_PAIRS = """
INSERT INTO article (id, outlet, content_hash, current_revision_id, added_at, added_by)
    VALUES (1, 'Alpha', 'hash', 1, '2024-11-12 06:00:00+00:00', 'cli');
INSERT INTO revision (id, article_id, number, title, stored_at, passages, state, text)
    VALUES (1, 1, 1, '矿井火灾', '2024-11-12 06:00:00+00:00', 1, 'indexed',
    '北山煤矿发生火灾，造成14名矿工死亡。');
INSERT INTO passage (id, revision_id, ordinal, start, "end", sentences, junk, quotable)
    VALUES (1, 1, 0, 0, 19, '[0, 19]', '[0]', false)
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_chinese_words_of_an_older_archive_are_found_and_can_be_forgotten(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}"
    if kind == "postgres":
        url = request.getfixturevalue("postgres").new_database(migrated=False)
    database = unmigrated(url)
    whole = PassageStems("矿井火灾", {(0, len(CHINESE)): "北山煤矿发生火灾 造成14名矿工死亡"})
    async with database.write() as connection:
        await connection.run_sync(_schema, "0026")
        for row in BEFORE_PAIRS.split(";"):
            await connection.execute(text(row))
        await index_keywords(connection, 1, "矿井火灾", CHINESE, whole)
    await database.close()
    database = await open_database(url)
    assert len(await KeywordSearch(database).search(["煤矿"], 5)) == 1
    async with database.write() as connection:
        state = (await connection.execute(text("SELECT state FROM revision"))).scalar_one()
        assert state == "pending"
        await forget_keywords(connection, 1)
        if kind == "sqlite":
            check = "INSERT INTO passage_fts (passage_fts, rank) VALUES ('integrity-check', 0)"
            await connection.execute(text(check))
    assert await KeywordSearch(database).search(["煤矿"], 5) == []
    await database.close()
