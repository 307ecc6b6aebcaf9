"""Noted questions in SQL, on both databases: each is asked again by one program."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from bot.features.saved_questions import SavedQuestions, settle
from bot.tables import noted
from retrieval.storage import tables
from retrieval.storage.leases import LASTING

if TYPE_CHECKING:
    from bot.features.saved_questions import SavedQuestion
    from retrieval.storage.database import Database

NOW = datetime(2024, 11, 12, 8, tzinfo=UTC)


@pytest.fixture
async def question(database: Database) -> SavedQuestion:
    """It is due: its reader was given a briefing since."""
    before = NOW - timedelta(hours=1)
    async with database.write() as connection:
        row = {"chat_id": 7, "thread_id": 0, "person_id": 7, "question": "Who?"}
        await connection.execute(insert(noted).values(**row, noted_at=before, looked_at=before))
        briefing = insert(tables.briefing).values(written_at=NOW, key=None, content={})
        its_id = (await connection.execute(briefing.returning(tables.briefing.c.id))).scalar_one()
        line = {"reader": "telegram:7:0", "briefing_id": its_id, "told_at": NOW, "until": NOW}
        await connection.execute(insert(tables.told).values(line))
    [one] = await SavedQuestions(database).due(NOW)
    return one


async def settled(database: Database, question: SavedQuestion, token: str) -> bool:
    async with database.write() as connection:
        return await settle(connection, question, token)


async def test_a_question_is_asked_by_one_program_and_answered_once(
    database: Database, question: SavedQuestion
) -> None:
    one, other = SavedQuestions(database), SavedQuestions(database)
    async with one.asking(question) as token, other.asking(question) as nobody:
        assert token is not None
        assert nobody is None
        assert await settled(database, question, token)
    async with other.asking(question) as nobody:
        assert nobody is None


async def test_of_a_program_that_died_another_takes_it_over_and_a_late_answer_is_dropped(
    database: Database, question: SavedQuestion
) -> None:
    one = SavedQuestions(database, lambda: NOW)
    other = SavedQuestions(database, lambda: NOW + LASTING)
    async with one.asking(question) as late:
        assert late is not None
        assert await one.next_lease_end() == NOW + LASTING
        async with other.asking(question) as token:
            assert token is not None
            assert not await settled(database, question, late)
            await one.looked(question, NOW, late)
            assert await settled(database, question, token)


async def test_what_was_asked_in_vain_is_not_asked_again_by_who_listed_it_before(
    database: Database, question: SavedQuestion
) -> None:
    one, other = SavedQuestions(database), SavedQuestions(database)
    async with one.asking(question) as token:
        assert token is not None
        await one.looked(question, NOW, token)
    async with other.asking(question) as nobody:
        assert nobody is None
