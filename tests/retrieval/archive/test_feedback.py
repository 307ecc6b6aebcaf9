"""Votes and costs, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from retrieval.errors import ArchiveError
from retrieval.messages import UserMessage
from retrieval.models import (
    Answer,
    Briefing,
    BriefingWindow,
    Citation,
    Claim,
    Cost,
    Made,
    Mode,
    Unanswered,
)
from tests.support.archives import Opened, draft, opened_archive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NOW = datetime.now(UTC)
HERE = "telegram:1:0"
TEXT = "Ukraine said 8,000 soldiers came to Kursk. It rained."


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Opened]:
    is_postgres = request.param == "postgresql"
    url = request.getfixturevalue("postgres").new_database() if is_postgres else None
    async with opened_archive(tmp_path, sql_url=url) as opened:
        yield opened


async def given(opened: Opened, person: int, tokens: int = 0) -> int:
    stored = await opened.store(draft(TEXT, "Kursk", "Alpha", "https://alpha.example/1"))
    citation = Citation(1, stored.article, 0, 42, TEXT[:42])
    answer = Answer(
        "How many came?",
        Mode.MODEL if tokens else Mode.QUOTE,
        (Claim("8,000 came.", (1,)),),
        (citation,),
        cost=Cost({"input_tokens": tokens, "output_tokens": tokens // 10}),
        made=Made("a-model", "12345678", ("1:0",)),
    )
    return await opened.archive.answers.keep(HERE, answer, person)


async def test_a_vote_counts_once_a_person_and_can_be_changed(opened: Opened) -> None:
    answer = await given(opened, 7)
    for person, helpful in ((7, True), (8, True), (7, False), (7, False)):
        await opened.archive.feedback.vote(HERE, answer, person, NOW, helpful=helpful)
    (row,) = [one async for one in opened.archive.feedback.rows()]
    assert (row["helpful"], row["not_helpful"]) == (1, 1)
    assert row["question"] == "How many came?"
    assert row["model"] == "a-model"
    assert row["prompt"] == "12345678"
    assert row["passages"] == ["1:0"]
    assert row["citations"][0]["quote"] == TEXT[:42]
    assert "7" not in {str(value) for value in row.values()}


async def test_nobody_votes_on_what_another_chat_was_answered(opened: Opened) -> None:
    answer = await given(opened, 7)
    with pytest.raises(ArchiveError):
        await opened.archive.feedback.vote("telegram:2:0", answer, 7, NOW, helpful=True)
    assert [one async for one in opened.archive.feedback.rows()] == []


async def test_what_a_removed_article_said_is_not_exported(opened: Opened) -> None:
    answer = await given(opened, 7)
    await opened.archive.feedback.vote(HERE, answer, 7, NOW, helpful=True)
    await opened.archive.articles.remove(1)
    (row,) = [one async for one in opened.archive.feedback.rows()]
    assert row["citations"][0]["quote"] == ""


async def test_tokens_are_counted_by_person_and_for_all(opened: Opened) -> None:
    await given(opened, 7, 1000)
    await given(opened, 8, 500)
    refusal = Unanswered("?", Mode.MODEL, UserMessage("No."), (), cost=Cost({"input_tokens": 100}))
    await opened.archive.answers.keep(HERE, refusal, 8)
    hour_ago = NOW - timedelta(hours=1)
    assert (await opened.archive.feedback.tokens_since(hour_ago, 7)).total == 1100
    assert (await opened.archive.feedback.tokens_since(hour_ago, 8)).total == 650
    assert (await opened.archive.feedback.tokens_since(hour_ago)).total == 1750
    assert (await opened.archive.feedback.tokens_since(NOW + timedelta(hours=1))).total == 0
    usage = await opened.archive.feedback.usage_since(hour_ago)
    assert (usage.answers, usage.by_model, usage.people) == (3, 3, 2)
    assert usage.most == ((7, 1, 1100), (8, 2, 650))


async def test_tokens_of_briefings_count_too_for_who_asked_for_one(opened: Opened) -> None:
    await given(opened, 7, 1000)
    for person in (7, None):
        cost = Cost({"input_tokens": 300, "output_tokens": 20})
        window = BriefingWindow(NOW - timedelta(days=1), NOW)
        briefing = Briefing(window, 1, 1, NOW, Mode.MODEL, (), (), cost=cost)
        await opened.archive.briefings.keep(briefing, None, person)
    past = NOW - timedelta(days=1)
    assert (await opened.archive.feedback.tokens_since(past, 7)).total == 1420
    assert (await opened.archive.feedback.tokens_since(past)).total == 1740
    usage = await opened.archive.feedback.usage_since(past)
    assert (usage.answers, usage.briefings, usage.tokens.total) == (1, 2, 1740)
