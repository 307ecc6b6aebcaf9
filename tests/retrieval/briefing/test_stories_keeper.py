from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from retrieval.briefing.clustering import ClusterConfig
from retrieval.briefing.gathering import ClusterService
from retrieval.errors import ArchiveError
from retrieval.index.stories import StoryRepository
from tests.support.archives import Opened, draft, opened_archive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

UNTIL = datetime(2025, 1, 1, tzinfo=UTC)
FLOOD = [
    ("Valencia flood toll rises", "Rescuers searched Valencia garages after the Poyo flood."),
    ("Valencia counts flood damage", "The Poyo flood in Valencia swept cars into garages."),
    ("Valencia flood: cars towed", "Cars that the Poyo flood left in Valencia garages are towed."),
]
VOTE = [
    ("Moldova votes", "Polls opened in Moldova, where Maia Sandu faces Alexandr Stoianoglo."),
    ("Sandu leads in Moldova", "Maia Sandu leads Alexandr Stoianoglo in Moldova as polls close."),
]
BUG = ("Chip maker halts plant", "A fire at the Hsinchu plant of a chip maker halted production.")


@pytest.fixture
async def opened(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Opened]:
    url = None
    if getattr(request, "param", "sqlite") == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    async with opened_archive(tmp_path, sql_url=url) as opened:
        yield opened


def keeper(opened: Opened, tuning: ClusterConfig | None = None) -> ClusterService:
    return ClusterService(StoryRepository(opened.database, opened.vectors), tuning)


async def store(
    opened: Opened, title_and_text: tuple[str, str], day: str, url: str | None = None
) -> int:
    title, text = title_and_text
    stored = await opened.store(draft(text, title, day=day, url=url))
    await opened.indexer.work()
    return stored.article.id


async def stories(opened: Opened) -> list[list[int]]:
    found = await opened.archive.stories.between(datetime(2000, 1, 1, tzinfo=UTC), UNTIL)
    return sorted([one.article_id for one in members] for members in found.values())


async def test_articles_are_placed_once_and_those_of_one_event_together(opened: Opened) -> None:
    flood = [await store(opened, one, "2024-11-01") for one in FLOOD[:2]]
    vote = [await store(opened, one, "2024-11-02") for one in VOTE]
    mine = keeper(opened)
    assert await mine.catch_up(UNTIL) == 4
    assert await mine.catch_up(UNTIL) == 0
    assert await stories(opened) == [flood, vote]


async def test_what_is_after_the_instant_or_not_embedded_yet_waits(opened: Opened) -> None:
    await store(opened, FLOOD[0], "2024-11-05")
    mine = keeper(opened)
    assert await mine.catch_up(datetime(2024, 11, 5, tzinfo=UTC)) == 0
    await opened.store(draft(FLOOD[1][1], FLOOD[1][0], day="2024-11-06"))
    assert await mine.catch_up(UNTIL) == 1
    assert await mine.catch_up(UNTIL, pending=True) == 1
    assert [len(one) for one in await stories(opened)] == [2]


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_restart_changes_nothing(opened: Opened, *, restarts: bool) -> None:
    order = [(FLOOD[0], 1), (VOTE[0], 2), (FLOOD[1], 3), (BUG, 3), (VOTE[1], 4), (FLOOD[2], 9)]
    mine = keeper(opened)
    for one, day in order:
        await store(opened, one, f"2024-11-{day:02}")
        mine = keeper(opened) if restarts else mine
        assert await mine.catch_up(UNTIL) == 1
    assert await stories(opened) == [[1, 3, 6], [2, 5], [4]]


async def test_what_arrives_weeks_late_joins_the_story_of_its_time(opened: Opened) -> None:
    mine = keeper(opened, replace(ClusterConfig(), quiet=timedelta(days=4), late=timedelta(days=2)))
    flood = await store(opened, FLOOD[0], "2024-10-01")
    vote = await store(opened, VOTE[0], "2024-11-20")
    assert await mine.catch_up(UNTIL) == 2
    late = [
        await store(opened, FLOOD[1], "2024-10-02"),
        await store(opened, BUG, "2024-10-20"),
    ]
    second = await store(opened, VOTE[1], "2024-11-21")
    assert await mine.catch_up(UNTIL) == 3
    assert await stories(opened) == [[flood, late[0]], [vote, second], [late[1]]]


async def test_a_corrected_article_stays_and_a_removed_one_is_forgotten(opened: Opened) -> None:
    mine = keeper(opened)
    url = "https://a.example/flood"
    flood = await store(opened, FLOOD[0], "2024-11-01", url)
    vote = await store(opened, VOTE[0], "2024-11-01")
    await mine.catch_up(UNTIL)
    assert await store(opened, BUG, "2024-11-01", url) == flood
    await opened.archive.articles.remove(vote)
    assert await mine.catch_up(UNTIL) == 1
    fire = await store(opened, (BUG[0], BUG[1] + " Nobody was hurt."), "2024-11-02")
    second = await store(opened, VOTE[1], "2024-11-02")
    assert await mine.catch_up(UNTIL) == 2
    assert await stories(opened) == [[flood, fire], [second]]


@pytest.mark.parametrize("opened", ["sqlite"], indirect=True)
async def test_what_another_placed_after_it_was_read_is_not_placed_again(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, yours = keeper(opened), keeper(opened)
    read = StoryRepository.waiting
    await store(opened, FLOOD[0], "2024-11-01")

    async def slowly(shelf: StoryRepository, *given: Any, **named: Any) -> Any:
        leads = await read(shelf, *given, **named)
        if leads:
            monkeypatch.undo()
            assert await yours.catch_up(UNTIL) == 1
        return leads

    monkeypatch.setattr(StoryRepository, "waiting", slowly)
    assert await mine.catch_up(UNTIL) == 0


@pytest.mark.parametrize("opened", ["sqlite", "postgresql"], indirect=True)
async def test_two_at_once_do_not_begin_one_story_twice(opened: Opened) -> None:
    mine, yours = keeper(opened), keeper(opened)
    for day, one in enumerate([*FLOOD, *VOTE], start=1):
        await store(opened, one, f"2024-11-{day:02}")
        placed = await asyncio.gather(mine.catch_up(UNTIL), yours.catch_up(UNTIL))
        assert sum(placed) == 1
    assert await stories(opened) == [[1, 2, 3], [4, 5]]


async def test_after_a_failure_the_rest_is_placed(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = keeper(opened)
    await store(opened, FLOOD[0], "2024-11-01")
    await mine.catch_up(UNTIL)
    await store(opened, FLOOD[1], "2024-11-02")

    async def fail(*_: object) -> None:
        raise ArchiveError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(StoryRepository, "write", fail)
        with pytest.raises(ArchiveError, match="disk is full"):
            await mine.catch_up(UNTIL)
    assert await mine.catch_up(UNTIL) == 1
    assert [len(one) for one in await stories(opened)] == [2]
