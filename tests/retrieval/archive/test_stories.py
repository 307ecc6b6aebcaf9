from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from retrieval.index.stories import Placement, StoryRepository
from retrieval.storage.briefings import StoryMember
from tests.support.archives import Opened, draft

LATER = datetime(2024, 12, 31, tzinfo=UTC)


@pytest.fixture
def shelf(opened: Opened) -> StoryRepository:
    return StoryRepository(opened.database, opened.vectors)


def instant(day: int) -> datetime:
    return datetime(2024, 11, day, tzinfo=UTC)


async def store(opened: Opened, text: str, day: int | None, url: str | None = None) -> int:
    stored = await opened.store(
        draft(text, url=url, day=None if day is None else f"2024-11-{day:02}")
    )
    return stored.article.id


def placement(article: int, day: int, story: int = -1, copy_of: int | None = None) -> Placement:
    return Placement(article, article, instant(day), story, copy_of)


async def test_waiting_are_articles_without_a_story_in_order_of_time(
    opened: Opened, shelf: StoryRepository
) -> None:
    later = await store(opened, "Sudzha is held.", 12)
    earlier = await store(opened, "Kursk is near.", 3)
    assert await shelf.waiting(LATER, 10) == []  # not embedded yet
    assert len(await shelf.waiting(LATER, 10, pending=True)) == 2
    await opened.indexer.work()
    waiting = await shelf.waiting(LATER, 10)
    assert [one.article.id for one in waiting] == [earlier, later]
    assert waiting[0].text == "Kursk is near."
    assert waiting[0].at == instant(3)
    assert len(waiting[0].vectors) == 1
    assert waiting[0].story_id is None
    assert [one.article.id for one in await shelf.waiting(instant(12), 10)] == [earlier]
    assert len(await shelf.waiting(LATER, 1)) == 1


async def test_without_a_date_an_article_is_from_when_it_was_stored(
    opened: Opened, shelf: StoryRepository
) -> None:
    await store(opened, "Sudzha is held.", None)
    now = datetime.now(UTC)
    [lead] = await shelf.waiting(now + timedelta(seconds=1), 10, pending=True)
    assert now - timedelta(minutes=1) < lead.at <= now


async def test_new_stories_get_numbers_in_the_order_in_which_they_began(
    opened: Opened, shelf: StoryRepository
) -> None:
    articles = [await store(opened, f"Report number {n}.", n) for n in range(1, 4)]
    numbers = await shelf.write(
        [
            placement(articles[0], 1, -1),
            placement(articles[1], 2, -2),
            placement(articles[2], 3, -1, copy_of=articles[0]),
        ],
        await shelf.version(),
    )
    assert numbers is not None
    assert numbers[-1] < numbers[-2]
    assert await shelf.newest() == instant(3)
    placed = await shelf.placed(instant(1), LATER, 10)
    assert [(one.article.id, one.story_id, one.copy_of) for one in placed] == [
        (articles[2], numbers[-1], articles[0]),
        (articles[1], numbers[-2], None),
        (articles[0], numbers[-1], None),
    ]
    assert [one.article.id for one in await shelf.placed(instant(1), instant(2), 1)] == [
        articles[1]
    ]
    assert await shelf.waiting(LATER, 10, pending=True) == []


async def test_placements_are_read_page_by_page(
    opened: Opened, shelf: StoryRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = [await store(opened, f"Report number {n}.", 1 + n // 3) for n in range(7)]
    await shelf.write([placement(one, 1 + n // 3) for n, one in enumerate(articles)], 0)
    monkeypatch.setattr("retrieval.index.stories._ROWS_AT_ONCE", 2)
    placed = await shelf.placed(instant(1), LATER, 100)
    assert [one.article.id for one in placed] == articles[::-1]


async def test_a_decision_on_what_is_out_of_date_is_refused(
    opened: Opened, shelf: StoryRepository
) -> None:
    article = await store(opened, "Sudzha is held.", 12)
    version = await shelf.version()
    results = await asyncio.gather(
        *(shelf.write([placement(article, 12)], version) for _ in range(4))
    )
    assert sum(one is not None for one in results) == 1
    assert await shelf.version() == version + 1
    found = await stories(opened)
    assert [len(members) for members in found.values()] == [1]


async def stories(
    opened: Opened, start: int = 1, end: int = 30
) -> dict[int, tuple[StoryMember, ...]]:
    return await opened.archive.stories.between(instant(start), instant(end))


async def test_a_revised_article_waits_again_and_stays_in_its_story(
    opened: Opened, shelf: StoryRepository
) -> None:
    url = "https://a.example/1"
    article = await store(opened, "Nine were killed.", 12, url)
    [lead] = await shelf.waiting(LATER, 10, pending=True)
    first = Placement(article, lead.article.revision_id, lead.at, -1, None)
    numbers = await shelf.write([first], 0)
    assert numbers is not None
    await store(opened, "Eleven were killed.", 12, url)
    assert await shelf.waiting(LATER, 10, pending=True) == []
    [lead] = await shelf.waiting(LATER, 10, pending=True, revised=True)
    assert (lead.text, lead.story_id) == ("Eleven were killed.", numbers[-1])
    revised = Placement(article, lead.article.revision_id, lead.at, numbers[-1], None)
    assert await shelf.write([revised], 1) == {}
    assert await shelf.waiting(LATER, 10, pending=True, revised=True) == []
    assert await stories(opened) == {
        numbers[-1]: (StoryMember(article, lead.article.revision_id, instant(12), None),)
    }


async def test_a_window_has_its_articles_by_story_and_a_story_all_of_its_own(
    opened: Opened, shelf: StoryRepository
) -> None:
    articles = [await store(opened, f"Report number {n}.", n) for n in range(1, 5)]
    numbers = await shelf.write(
        [placement(one, n, -1 if n % 2 else -2) for n, one in enumerate(articles, start=1)], 0
    )
    assert numbers is not None
    window = await stories(opened, 3, 4)
    assert {key: [one.article_id for one in found] for key, found in window.items()} == {
        numbers[-1]: [articles[2]]
    }
    whole = await opened.archive.stories.articles(numbers[-1])
    assert [(at, one.id) for at, one in whole] == [
        (instant(1), articles[0]),
        (instant(3), articles[2]),
    ]


async def test_what_was_removed_is_in_no_story(opened: Opened, shelf: StoryRepository) -> None:
    article = await store(opened, "Sudzha is held.", 12)
    waiting = await store(opened, "Kursk is near.", 12)
    await shelf.write([placement(article, 12)], 0)
    await opened.archive.articles.remove(article)
    await opened.archive.articles.remove(waiting)
    assert await stories(opened) == {}
    assert await shelf.removed(instant(1)) == [article]
    assert await shelf.removed(instant(13)) == []
    assert await shelf.placed(instant(1), LATER, 10) == []
    assert await shelf.newest() is None
    assert await shelf.waiting(LATER, 10, pending=True) == []
