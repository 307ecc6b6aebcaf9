from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.services import IndexWorker
from retrieval.errors import ArchiveError
from tests.support.archives import Opened, draft, opened_archive
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


async def until_indexed(opened: Opened) -> None:
    async def indexed() -> bool:
        return not await opened.indexer.waiting()

    await until(indexed)


async def test_the_worker_goes_on_after_any_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened_archive(tmp_path) as opened:
        await opened.store(draft("Sudzha is held."))
        real, tries = opened.embeddings.aembed_documents, 0

        async def fails_once(texts: list[str]) -> list[list[float]]:
            nonlocal tries
            tries += 1
            if tries == 1:
                raise MemoryError("no room")
            return await real(texts)

        monkeypatch.setattr(opened.embeddings, "aembed_documents", fails_once)
        worker = IndexWorker(opened.indexer, after_failure_s=0.01)
        async with worker.running():
            await until_indexed(opened)
        assert "indexing failed" in caplog.text
        assert await opened.vectors.count() == 1


async def test_the_worker_takes_up_what_another_program_added_when_it_is_woken(
    tmp_path: Path,
) -> None:
    async with opened_archive(tmp_path) as opened:
        worker = IndexWorker(opened.indexer)
        async with worker.running():
            await asyncio.sleep(0)  # it has begun, with nothing to do
            await opened.store(draft("Sudzha is held."))
            worker.wake()
            await until_indexed(opened)
        assert await opened.vectors.count() == 1


async def test_searches_are_prepared_at_the_start_and_after_work_and_may_fail_to_be(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    prepared: list[int] = []

    async with opened_archive(tmp_path) as opened:

        async def prepare() -> None:
            prepared.append(await opened.vectors.count())
            if len(prepared) == 1:
                raise ArchiveError("The disk is full.")

        worker = IndexWorker(opened.indexer, prepare)
        async with worker.running():
            await until(lambda: prepared)
            await opened.store(draft("Sudzha is held."))
            worker.wake()
            await until(lambda: len(prepared) == 2)
    assert prepared == [0, 1]
    assert "not prepared" in caplog.text
