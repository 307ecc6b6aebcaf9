"""Articles remembered between searches: as fast as memory, as true as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrieval.models import Added, Article, Revised
from retrieval.storage import reading
from retrieval.storage.reading import RememberedArticles
from tests.support.archives import Opened, draft, opened_archive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

URL = "https://a.example/1"


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    async with opened_archive(tmp_path) as opened:
        yield opened


async def current(
    opened: Opened, articles: RememberedArticles, revisions: Iterable[int]
) -> dict[int, Article]:
    async with opened.database.read() as connection:
        return await articles.current(connection, revisions)


async def stored(opened: Opened, text: str, day: str | None = "2024-11-12") -> Article:
    one = await opened.store(draft(text, url=URL, day=day))
    assert isinstance(one, Added | Revised)
    return one.article


async def test_what_is_superseded_or_removed_is_not_given_from_memory(opened: Opened) -> None:
    articles = RememberedArticles()
    first = await stored(opened, "Sudzha is held.")
    for _ in range(2):
        assert await current(opened, articles, [first.revision_id, 99]) == {
            first.revision_id: first
        }
    second = await stored(opened, "Sudzha is lost.", "2024-11-13")
    both = [first.revision_id, second.revision_id]
    for _ in range(2):
        assert await current(opened, articles, both) == {second.revision_id: second}
    await opened.archive.remove(first.id)
    assert await current(opened, articles, both) == {}


async def test_a_date_that_is_found_later_is_seen(opened: Opened) -> None:
    articles = RememberedArticles()
    undated = await stored(opened, "Sudzha is held.", None)
    [found] = (await current(opened, articles, [undated.revision_id])).values()
    assert found.published is None
    await opened.store(draft("Sudzha is held.", url=URL))
    [found] = (await current(opened, articles, [undated.revision_id])).values()
    assert found.published is not None


async def test_it_forgets_rather_than_grow(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MOST", 2)
    articles = RememberedArticles()
    for number in range(10):
        one = await opened.store(draft(f"Story {number}.", url=f"https://a.example/{number}"))
        assert isinstance(one, Added)
        found = await current(opened, articles, [one.article.revision_id])
        assert found == {one.article.revision_id: one.article}
        assert len(articles._known) <= 3
