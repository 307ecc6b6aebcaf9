from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from retrieval.storage.listing import Wanted
from tests.support.archives import Opened, draft, opened_archive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NOV_12, NOV_13 = (datetime(2024, 11, day, tzinfo=UTC) for day in (12, 13))


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Opened]:
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    async with opened_archive(tmp_path, sql_url=url) as opened:
        await opened.store(draft("Танки біля Суджі. " * 3, "Фронт", "Alpha", day="2024-11-12"))
        await opened.store(draft("A bridge fell. Tanks were seen.", "Bridge", "Beta", day=None))
        await opened.store(draft("A bridge stands.", "Other bridge", "Beta", day="2024-11-13"))
        yield opened


async def titles(opened: Opened, wanted: Wanted) -> list[str]:
    return [one.title for one in (await opened.archive.catalogue.listing(wanted, 0, 10)).articles]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), ["Other bridge", "Bridge", "Фронт"]),
        (Wanted(words=("bridges",)), ["Other bridge", "Bridge"]),
        (Wanted(words=("bridge", "tank")), ["Bridge"]),
        (Wanted(words=("танк",)), ["Фронт"]),
        (Wanted(words=('"*(',)), []),
        (Wanted(words=("bridge' OR 1",)), []),
        (Wanted(outlets=("Alpha",)), ["Фронт"]),
        (Wanted(start=NOV_12, end=NOV_13), ["Фронт"]),
    ],
)
async def test_articles_are_listed_by_words_outlet_and_date(
    opened: Opened, wanted: Wanted, found: list[str]
) -> None:
    assert await titles(opened, wanted) == found


async def test_a_page_says_how_many_there_are_in_all(opened: Opened) -> None:
    page = await opened.archive.catalogue.listing(Wanted(), 1, 1)
    assert [one.title for one in page.articles] == ["Bridge"]
    assert page.total == 3


async def test_statistics_count_what_is_there(opened: Opened) -> None:
    now = datetime.now(UTC)
    assert await opened.archive.articles.remove(1)
    counts = await opened.archive.catalogue.statistics(now)
    assert counts.summary.articles == 2
    assert counts.added[-1] == (now.date(), 3)
    assert (counts.removed, counts.stale, counts.summary.pending) == (1, 1, 2)
