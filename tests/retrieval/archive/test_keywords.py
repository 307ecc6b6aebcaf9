"""Which words find passages, which only rank them, and which are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from retrieval.storage.database import open_database
from retrieval.storage.keywords import KeywordSearch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrieval.storage.database import Database
    from tests.support.postgres import Postgres

# Twelve thousand passages: "common" is in all, "usual" in the first 1,100, four words in one each.
ARTICLE = """
    INSERT INTO article (id, outlet, content_hash, added_at, added_by)
        VALUES (1, 'Alpha', 'h', '2024-11-12', 'test');
    INSERT INTO revision (id, article_id, number, title, text, stored_at, passages, state)
        VALUES (1, 1, 1, 't', 't', '2024-11-12', 12000, 'pending')
"""
PASSAGES = """
    INSERT INTO passage (id, revision_id, ordinal, start, "end", sentences)
        SELECT n, 1, n, 0, 1, '[0, 1]' FROM ({numbers}) AS every
"""
WORDS = """
    'common ' || CASE WHEN n <= 1100 THEN 'usual ' ELSE 'other ' END
    || CASE n WHEN 1 THEN 'alpha' WHEN 1200 THEN 'alpha' WHEN 1300 THEN 'bravo'
        WHEN 1400 THEN 'delta' ELSE 'x' END
"""
INDEX = {
    "sqlite": "INSERT INTO passage_fts (rowid, title, body) SELECT n, '', {words} FROM ({numbers})",
    "postgres": """
        INSERT INTO passage_fts SELECT n, to_tsvector('simple', {words}) FROM ({numbers}) AS every;
        ANALYZE passage_fts
    """,
}
NUMBERS = {
    "sqlite": """
        WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted LIMIT 12000)
        SELECT n FROM counted
    """,
    "postgres": "SELECT n FROM generate_series(1, 12000) AS n",
}


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    kind: str = request.param
    url = f"sqlite+aiosqlite:///{tmp_path / 'x.db'}"
    if kind == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database(migrated=False)
    database = await open_database(url)
    filling = ";".join((ARTICLE, PASSAGES, INDEX[kind]))
    filling = filling.replace("{words}", WORDS).replace("{numbers}", NUMBERS[kind])
    async with database.write() as connection:
        for statement in filling.split(";"):
            await connection.execute(text(statement))
    yield database
    await database.close()


async def found(database: Database, *words: str) -> dict[str, float]:
    return dict(await KeywordSearch(database).search(words, 2_000))


async def test_a_word_of_all_passages_finds_nothing_where_there_are_rarer_ones(
    database: Database,
) -> None:
    assert set(await found(database, "common", "alpha", "bravo", "delta")) == {
        "1:1",
        "1:1200",
        "1:1300",
        "1:1400",
    }
    assert len(await found(database, "common")) == 2_000


async def test_a_usual_word_orders_what_rarer_ones_find(database: Database) -> None:
    scores = await found(database, "usual", "alpha", "bravo", "delta")
    assert set(scores) == {"1:1", "1:1200", "1:1300", "1:1400"}
    assert scores["1:1"] > scores["1:1200"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_words_that_stand_nowhere_do_not_keep_usual_ones_from_finding(
    database: Database,
) -> None:
    scores = await found(database, "usual", "nowhere", "neither", "never", "alpha")
    assert len(scores) == 1_101


async def test_of_two_common_words_the_rarer_finds_and_the_other_orders(
    database: Database,
) -> None:
    scores = await found(database, "common", "usual")
    assert len(scores) == 1_100


async def test_in_an_empty_archive_nothing_is_found(tmp_path: Path) -> None:
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}")
    assert await found(database, "alpha", "bravo") == {}
    await database.close()


async def test_a_rare_word_says_more_than_a_usual_one(database: Database) -> None:
    scores = await found(database, "usual", "bravo")
    # the first has the one, the last the other; what has neither is not found
    assert scores["1:1300"] > scores["1:1"]
    assert len(scores) == 1_101
