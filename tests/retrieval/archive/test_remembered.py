"""Articles cached between searches: as fast as memory, as current as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrieval.models import Added, Article, Revised
from retrieval.storage import reading
from retrieval.storage.reading import ArticleReader
from tests.support.archives import Opened, draft, opened_archive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

URL = "https://a.example/1"


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    async with opened_archive(tmp_path) as opened:
        yield opened


async def stored(opened: Opened, text: str, day: str | None = "2024-11-12") -> Article:
    one = await opened.store(draft(text, url=URL, day=day))
    assert isinstance(one, Added | Revised)
    return one.article


async def test_what_is_superseded_or_removed_is_not_given_from_memory(opened: Opened) -> None:
    articles = ArticleReader(opened.database)
    first = await stored(opened, "Sudzha is held.")
    for _ in range(2):
        assert await articles.current([first.revision_id, 99]) == {first.revision_id: first}
    second = await stored(opened, "Sudzha is lost.", "2024-11-13")
    both = [first.revision_id, second.revision_id]
    for _ in range(2):
        assert await articles.current(both) == {second.revision_id: second}
    await opened.archive.articles.remove(first.id)
    assert await articles.current(both) == {}


async def test_a_date_that_is_found_later_is_seen(opened: Opened) -> None:
    articles = ArticleReader(opened.database)
    undated = await stored(opened, "Sudzha is held.", None)
    [found] = (await articles.current([undated.revision_id])).values()
    assert found.published is None
    await opened.store(draft("Sudzha is held.", url=URL))
    [found] = (await articles.current([undated.revision_id])).values()
    assert found.published is not None


async def test_it_forgets_rather_than_grow(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MOST", 2)
    articles = ArticleReader(opened.database)
    for number in range(10):
        one = await opened.store(draft(f"Story {number}.", url=f"https://a.example/{number}"))
        assert isinstance(one, Added)
        found = await articles.current([one.article.revision_id])
        assert found == {one.article.revision_id: one.article}
        assert len(articles._known) <= 3
