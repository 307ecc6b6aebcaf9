"""The indexer overlaps work, and marks nothing before its vectors are written."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from retrieval.concurrency import OneBehind
from retrieval.errors import ArchiveError, ModelError
from retrieval.index import indexer
from retrieval.index.indexer import embed_everything
from tests.support.archives import Opened, draft, opened_archive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

WORDS = ["alpha", "bravo", "charlie", "delta", "echo"]


@pytest.fixture
async def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Opened]:
    """Five articles of a passage each are pending; a batch holds one."""
    monkeypatch.setattr(indexer, "BATCH_PASSAGES", 1)
    async with opened_archive(tmp_path) as opened:
        for word in WORDS:
            await opened.store(draft(f"News of {word}.", url=f"https://a.example/{word}"))
        yield opened


class Log:
    """What the indexer does, in order; `before` may hold a step up or make it fail."""

    def __init__(self, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps: list[str] = []
        self.before: Callable[[str], Awaitable[None]] | None = None
        upsert, embed = opened.vectors.upsert, opened.embeddings.aembed_documents

        async def logged_embed(texts: list[str]) -> list[list[float]]:
            await self._note(f"embed {texts[0].split()[-1].strip('.')}")
            return await embed(texts)

        async def logged_upsert(ids: list[str], *rest: object) -> None:
            await self._note(f"write {ids[0]}")
            await upsert(ids, *rest)  # type: ignore[arg-type]
            self.steps.append("written")

        monkeypatch.setattr(opened.embeddings, "aembed_documents", logged_embed)
        monkeypatch.setattr(opened.vectors, "upsert", logged_upsert)

    async def _note(self, step: str) -> None:
        self.steps.append(step)
        if self.before:
            await self.before(step)


async def test_one_batch_is_embedded_while_the_one_before_is_written_and_no_more(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(opened, monkeypatch)
    waited_for, ahead = asyncio.Event(), asyncio.Event()

    async def hold(step: str) -> None:
        if step == "embed bravo":
            ahead.set()
        if step == "write 1:0":
            await waited_for.wait()

    log.before = hold
    work = asyncio.create_task(opened.indexer.work())
    await ahead.wait()
    assert log.steps == ["embed alpha", "write 1:0", "embed bravo"]
    assert await opened.indexer.waiting() == 5
    waited_for.set()
    assert await work == 5
    # never a third before the first was written
    embedded = [at for at, step in enumerate(log.steps) if step.startswith("embed")]
    for before, at in enumerate(embedded):
        assert log.steps[:at].count("written") >= before - 1
    assert await opened.vectors.count() == 5


async def test_what_failed_to_be_embedded_waits_and_what_was_before_is_done(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(opened, monkeypatch)

    async def fail(step: str) -> None:
        if step == "embed charlie":
            raise ModelError("The embedding model failed.")

    log.before = fail
    done: list[int] = []
    with pytest.raises(ModelError):
        await opened.indexer.work(done.append)
    assert (done, await opened.indexer.waiting()) == ([1, 1], 3)
    assert await opened.vectors.count() == 2
    log.before = None
    assert await opened.indexer.work() == 3


async def test_what_failed_to_be_written_is_not_marked(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(opened, monkeypatch)

    async def fail(step: str) -> None:
        if step == "write 2:0":
            raise ArchiveError("The vector index failed.")

    log.before = fail
    with pytest.raises(ArchiveError):
        await opened.indexer.work()
    assert await opened.indexer.waiting() == 4
    assert await opened.vectors.count() == 1


async def test_nothing_is_written_after_a_cancellation_has_come_through(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(opened, monkeypatch)
    writing, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(step: str) -> None:
        if step == "write 1:0":
            writing.set()
            await go_on.wait()

    log.before = slowly
    work = asyncio.create_task(opened.indexer.work())
    await writing.wait()
    work.cancel()
    asyncio.get_running_loop().call_later(0.02, go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await work
    assert log.steps[-1] == "written"
    assert asyncio.all_tasks() == {asyncio.current_task()}, "something goes on"
    assert await opened.indexer.waiting() == 4


async def test_what_is_superseded_while_it_is_embedded_leaves_no_vector(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(opened, monkeypatch)

    async def supersede(step: str) -> None:
        if step == "embed bravo":
            log.before = None
            await opened.store(draft("News of foxtrot.", url="https://a.example/bravo"))

    log.before = supersede
    await opened.indexer.work()
    assert await opened.indexer.waiting() == 0
    assert await opened.vectors.ids() == {"1:0", "3:0", "4:0", "5:0", "6:0"}


async def test_a_rebuild_tells_how_far_it_is(opened: Opened) -> None:
    told: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        told.append((done, total))

    done = await embed_everything(opened.database, opened.vectors, opened.embeddings, tell)
    assert done == 5
    assert told == [(number, 5) for number in range(1, 6)]
    # states are left alone
    assert await opened.indexer.waiting() == 5


async def test_a_block_waits_for_what_it_began_whatever_happens() -> None:
    ended: list[str] = []
    gate, at_its_end = asyncio.Event(), asyncio.Event()

    async def work(name: str) -> None:
        if name == "second":
            await gate.wait()
        ended.append(name)

    async def block() -> None:
        async with OneBehind() as behind:
            await behind.start(lambda: work("first"))
            await behind.start(lambda: work("second"))
            assert ended == ["first"]
            at_its_end.set()

    running = asyncio.create_task(block())
    await at_its_end.wait()
    for _ in range(3):  # more than once, as impatient people do
        await asyncio.sleep(0)
        running.cancel()
    for _ in range(3):
        await asyncio.sleep(0)
    assert not running.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended == ["first", "second"]


async def test_the_error_of_the_block_goes_before_that_of_the_work() -> None:
    async def fails() -> None:
        raise ArchiveError("The vector index failed.")

    async def block(error: Exception | None) -> None:
        async with OneBehind() as behind:
            await behind.start(fails)
            if error:
                raise error

    with pytest.raises(ModelError):
        await block(ModelError("The embedding model failed."))
    with pytest.raises(ArchiveError):
        await block(None)
