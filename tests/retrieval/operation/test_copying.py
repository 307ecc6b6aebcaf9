"""Copying an archive from one database to another, into a file, and back."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, text

from bot import tables as bot_tables
from retrieval.errors import ArchiveError, SchemaError
from retrieval.index.chroma import active_collection
from retrieval.maintenance import backup, restore
from retrieval.models import Added
from retrieval.settings import LibrarySettings
from retrieval.storage import tables
from retrieval.storage.backup import copy_archive
from retrieval.storage.database import known_versions, open_database, schema_at
from retrieval.storage.keywords import KeywordSearch
from tests.support.archives import draft, opened_archive

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.models import ArticleDraft
    from tests.support.postgres import Postgres

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
ALSO = bot_tables.metadata
SUBSCRIPTION = {
    "chat_id": -1_000_000_000_001,
    "thread_id": 0,
    "created_by": 7_000_000_000,
    "created_at": NOW,
    "minute": 450,
    "weekdays": 127,
    "zone": "Europe/Kyiv",
    "topics": ["Суджа"],
    "length": "standard",
    "silent": False,
    "state": "active",
    "next_due_at": NOW,
    "covered_until": NOW,
}


@pytest.fixture
async def filled(tmp_path: Path) -> str:
    """A SQLite archive: an article, one that was revised, one that was removed, a subscription."""
    folder = tmp_path / "data"
    folder.mkdir()
    async with opened_archive(folder) as opened:
        await opened.store(draft("Місто Суджа під контролем.", url="https://a.example/1"))
        await opened.store(draft("Old words here.", url="https://a.example/2"))
        await opened.store(draft("New words here.", url="https://a.example/2", day="2024-11-13"))
        gone = await opened.store(draft("Gone words.", url="https://a.example/3"))
        await opened.archive.articles.remove(gone.article.id)
        await opened.indexer.work()
        async with opened.database.write() as connection:
            for _ in range(2):
                await connection.execute(insert(bot_tables.subscription).values(SUBSCRIPTION))
            await connection.execute(
                bot_tables.subscription.delete().where(bot_tables.subscription.c.id == 2)
            )
    return f"sqlite+aiosqlite:///{folder / 'sitrep.db'}"


async def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    database = await open_database(url)
    try:
        async with database.read() as connection:
            return {
                table.name: [
                    tuple(row)
                    for row in await connection.execute(
                        select(table).order_by(*table.primary_key.columns)
                    )
                ]
                for table in (*tables.metadata.sorted_tables, bot_tables.subscription)
            }
    finally:
        await database.close()


async def found(url: str, *words: str) -> set[str]:
    database = await open_database(url)
    try:
        return {name for name, _ in await KeywordSearch(database).search(words, 10)}
    finally:
        await database.close()


async def next_subscription(url: str) -> int:
    database = await open_database(url)
    try:
        async with database.write() as connection:
            made = await connection.execute(insert(bot_tables.subscription).values(SUBSCRIPTION))
            return int(made.inserted_primary_key[0])  # type: ignore[index]
    finally:
        await database.close()


async def test_to_postgres_and_back_every_row_and_word_is_the_same(
    filled: str, postgres: Postgres, tmp_path: Path
) -> None:
    there, back = (
        postgres.new_database(migrated=False),
        f"sqlite+aiosqlite:///{tmp_path / 'back.db'}",
    )
    counts = await copy_archive(filled, there, ALSO)
    assert (counts["article"], counts["revision"], counts["passage"]) == (3, 4, 2)
    assert await copy_archive(there, back, ALSO) == counts
    assert await rows(filled) == await rows(there) == await rows(back)
    for url in (filled, there, back):
        assert await found(url, "контролю") == {"1:0"}
        assert await found(url, "new words") == {"3:0"}
        assert await found(url, "gone", "old") == set()
        # the second one was deleted: its number is not given out again
        assert await next_subscription(url) == 3


async def test_a_database_that_holds_something_is_not_copied_to(
    filled: str, postgres: Postgres
) -> None:
    used = postgres.new_database(migrated=False)
    await copy_archive(filled, used, ALSO)
    before = await rows(used)
    with pytest.raises(ArchiveError, match="isn't empty"):
        await copy_archive(filled, used, ALSO)
    assert await rows(used) == before
    with pytest.raises(ArchiveError, match="one in use"):
        await copy_archive(filled, filled, ALSO)


async def test_a_table_that_nobody_knows_stops_the_copy_and_leaves_nothing(
    filled: str, postgres: Postgres
) -> None:
    database = await open_database(filled)
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE stranger (id integer primary key)"))
    await database.close()
    target = postgres.new_database(migrated=False)
    with pytest.raises(ArchiveError, match="stranger"):
        await copy_archive(filled, target, ALSO)
    assert not any((await rows(target)).values())


async def test_a_database_that_is_not_there_is_said_in_a_sentence(filled: str) -> None:
    with pytest.raises(ArchiveError, match="can't be reached"):
        await copy_archive(filled, "postgresql+asyncpg://a:b@127.0.0.1:9/x", ALSO)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_backup_taken_while_somebody_writes_is_restored_whole(
    kind: str, filled: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    source, target = filled, ""
    if kind == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        source, target = server.new_database(migrated=False), server.new_database()
        await copy_archive(filled, source, ALSO)
    before = await rows(source)
    file = tmp_path / "backup.db"
    database = await open_database(source)
    async with database.write() as connection:
        await connection.execute(text("DELETE FROM subscription"))
        await backup(LibrarySettings(data_dir=tmp_path, database_url=source), file, ALSO)
    await database.close()
    assert [name for name in os.listdir(tmp_path) if "backup" in name] == ["backup.db"]  # noqa: PTH208

    settings = LibrarySettings(data_dir=tmp_path / "new", database_url=target)
    await restore(settings, file, ALSO)
    after = await rows(settings.sql_url)
    assert after["subscription"] == before["subscription"]
    assert after["article"] == before["article"]
    assert await found(settings.sql_url, "контролю") == {"1:0"}
    database = await open_database(settings.sql_url)
    assert await active_collection(database) == "passages-2"
    await database.close()
    # the vectors are to be made
    state = list(tables.revision.c).index(tables.revision.c.state)
    assert {row[state] for row in after["revision"]} <= {"pending", "gone", "stale"}


async def test_a_backup_goes_only_where_there_is_nothing_and_comes_from_a_backup(
    filled: str, tmp_path: Path
) -> None:
    source = LibrarySettings(data_dir=tmp_path / "data", database_url=filled)
    file = tmp_path / "backup.db"
    await backup(source, file, ALSO)
    with pytest.raises(ArchiveError, match="already exists"):
        await backup(source, file, ALSO)
    with pytest.raises(ArchiveError, match="isn't empty"):
        await restore(source, file, ALSO)
    (tmp_path / "letter.txt").write_text("Dear all")
    empty = LibrarySettings(data_dir=tmp_path / "empty")
    with pytest.raises(ArchiveError, match="isn't a Sitrep backup"):
        await restore(empty, tmp_path / "letter.txt", ALSO)
    with pytest.raises(ArchiveError, match="no backup at"):
        await restore(empty, tmp_path / "nothing.db", ALSO)
    with pytest.raises(ArchiveError, match="no archive at"):
        await backup(empty, tmp_path / "other.db", ALSO)
    assert not (tmp_path / "empty").exists()


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (
            (
                "CREATE TRIGGER strange AFTER INSERT ON person BEGIN"
                " INSERT OR REPLACE INTO standing VALUES (666, 'admin', '2024-01-01'); END"
            ),
            "it contains the trigger strange",
        ),
        (f"CREATE VIEW strange AS {ENDLESS}", "it contains the view strange"),
        (
            f"DROP TABLE alembic_version;CREATE VIEW alembic_version(version_num) AS {ENDLESS}",
            "it has no schema version",
        ),
        ("DELETE FROM alembic_version", "it has no schema version"),
        ("INSERT INTO alembic_version VALUES ('0001')", "it has no schema version"),
        ("CREATE TABLE strange (id INTEGER)", "it contains the table strange"),
        ("CREATE VIRTUAL TABLE strange USING fts5(x)", "it contains the table strange"),
        ("CREATE INDEX strange ON person (lower(name))", "it contains the index strange"),
        ("ALTER TABLE person ADD COLUMN strange TEXT", "its table person is defined differently"),
        (
            "ALTER TABLE person ADD COLUMN strange AS (hex(zeroblob(1000000)))",
            "its table person is defined differently",
        ),
        (
            f"DROP VIEW passage_text; CREATE VIEW passage_text AS {ENDLESS}",
            "its view passage_text is defined differently",
        ),
        (
            f"DROP TABLE spoken;CREATE VIEW spoken AS {ENDLESS}",
            "it contains the view spoken",
        ),
        ("DROP TABLE spoken", "it lacks the table spoken"),
        (
            (
                "PRAGMA writable_schema = ON; INSERT INTO sqlite_master VALUES ('trigger',"
                " 'sqlite_strange', 'person', 0,"
                " 'CREATE TRIGGER sqlite_strange AFTER INSERT ON person BEGIN SELECT 1; END')"
            ),
            "it contains the trigger sqlite_strange",
        ),
        (
            (
                "ANALYZE; PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql ="
                " 'CREATE TABLE sqlite_stat1(tbl, idx, stat DEFAULT (hex(zeroblob(9))))'"
                " WHERE name = 'sqlite_stat1'"
            ),
            "it contains the table sqlite_stat1",
        ),
        (
            (
                "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql ="
                " 'CREATE TABLE ''passage_fts_docsize''(id INTEGER PRIMARY KEY, sz BLOB DEFAULT"
                " (hex(zeroblob(9))))' WHERE name = 'passage_fts_docsize'"
            ),
            "its table passage_fts_docsize is defined differently",
        ),
    ],
)
async def test_a_backup_that_defines_what_is_not_ours_is_refused_and_leaves_nothing(
    change: str, rule: str, filled: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup.db"
    await backup(LibrarySettings(data_dir=tmp_path / "data", database_url=filled), file, ALSO)
    with closing(sqlite3.connect(file)) as connection:
        connection.create_function("sitrep_stems", 1, lambda words: words, deterministic=True)
        connection.executescript(change)
        connection.commit()
    settings = LibrarySettings(data_dir=tmp_path / "new")
    with pytest.raises(ArchiveError, match=re.escape(rule)) as refused:
        await asyncio.wait_for(restore(settings, file, ALSO), 30)
    assert str(file) in str(refused.value)
    assert not settings.data_dir.exists()


async def test_what_could_not_be_restored_is_not_backed_up_in_silence(
    filled: str, tmp_path: Path
) -> None:
    database = await open_database(filled)
    async with database.write() as connection:
        await connection.execute(text("CREATE INDEX mine ON person (name)"))
    await database.close()
    settings = LibrarySettings(data_dir=tmp_path / "data", database_url=filled)
    with pytest.raises(ArchiveError, match=r"can't be backed up: it contains the index mine"):
        await backup(settings, tmp_path / "backup.db", ALSO)
    assert [name for name in os.listdir(tmp_path) if "backup" in name] == []  # noqa: PTH208


async def test_what_sqlite_keeps_for_itself_and_another_way_to_write_is_no_reason_to_refuse(
    filled: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup.db"
    await backup(LibrarySettings(data_dir=tmp_path / "data", database_url=filled), file, ALSO)
    with closing(sqlite3.connect(file)) as connection:
        connection.create_function("sitrep_stems", 1, lambda text: text, deterministic=True)
        connection.execute("ANALYZE")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'CREATE TABLE person (', "
            "'CREATE TABLE \"person\"  ( ') WHERE name = 'person'"
        )
        connection.commit()
    settings = LibrarySettings(data_dir=tmp_path / "new")
    await restore(settings, file, ALSO)
    assert await found(settings.sql_url, "контролю") == {"1:0"}


@pytest.mark.parametrize(
    "every", [10, pytest.param(1, marks=pytest.mark.slow)], ids=lambda number: f"of-{number}"
)
async def test_a_backup_of_an_older_version_is_held_against_that_version(
    tmp_path: Path, every: int
) -> None:
    for version in sorted(known_versions(), reverse=True)[::every]:
        file = tmp_path / f"{version}.db"
        with closing(sqlite3.connect(file)) as connection:
            for (kind, name), sql in schema_at(version).items():
                words = name.startswith(("passage_fts_", "sqlite_"))
                if sql and not words and kind in {"table", "view", "index"}:
                    connection.execute(sql)
            connection.execute("INSERT INTO alembic_version VALUES (?)", (version,))
            connection.commit()
        await restore(LibrarySettings(data_dir=tmp_path / version), file, ALSO)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(SchemaError, match="A newer Sitrep"):
        await restore(LibrarySettings(data_dir=tmp_path / "newer"), file, ALSO)


async def test_near_copies_go_along_and_the_next_one_is_found(
    postgres: Postgres, tmp_path: Path
) -> None:
    wire = "Officers said the bridge at Zelenivka fell into the river before dawn. " + " ".join(
        f"Line {name} of the report." for name in "abcdefghijklmnop"
    )

    def printed(outlet: str) -> ArticleDraft:
        words = f"({outlet}) {wire}"
        return draft(words, "Bridge at Zelenivka", outlet, f"https://{outlet}.example/1")

    folder = tmp_path / "data"
    folder.mkdir()
    async with opened_archive(folder) as opened:
        for outlet in ("alpha", "beta"):
            await opened.store(printed(outlet))
    here, there = f"sqlite+aiosqlite:///{folder / 'sitrep.db'}", postgres.new_database()
    back = f"sqlite+aiosqlite:///{tmp_path / 'back.db'}"
    counts = await copy_archive(here, there, ALSO)
    assert counts["copy_band"] == 16
    await copy_archive(there, back, ALSO)
    assert await rows(here) == await rows(there) == await rows(back)
    for number, url in enumerate((there, back)):
        other = tmp_path / f"other{number}"
        other.mkdir()
        async with opened_archive(other, sql_url=url) as opened:
            third = await opened.store(printed("gamma"))
            assert isinstance(third, Added)
            assert third.copy_of is not None
            assert third.copy_of.outlet == "alpha"
            kin = await opened.archive.articles.kin(third.copy_of.id)
            assert [one.outlet for one in kin.copies] == ["beta", "gamma"]
