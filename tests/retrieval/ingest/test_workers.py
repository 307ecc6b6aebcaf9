"""A worker that can't start isn't blamed on the file."""

from __future__ import annotations

import logging
import shutil
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from retrieval.diagnostics import Level, workers
from retrieval.feeds.documents import FeedPool, FeedTask
from retrieval.ingest.extract.draft import Origin
from retrieval.ingest.extract.kinds import SourceKind
from retrieval.ingest.parsing import Task
from retrieval.ingest.sandbox import NOT_STARTED, Pool
from retrieval.ingest.sandbox import pool as module
from retrieval.ingest.sandbox.wire import WIRE
from retrieval.settings import LibrarySettings

from .conftest import NOW
from .hostile_files import GOOD, zipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from retrieval.messages import UserMessage

    Breaks = Callable[[str, str], None]

SPLIT_OFF = "lxml.html.clean module is now a separate project lxml_html_clean.\\nInstall it."


@pytest.fixture
def breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Breaks:
    """What a package does when a worker imports it."""

    def put(package: str, does: str) -> None:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text(does)
        monkeypatch.syspath_prepend(str(tmp_path))  # workers get our path

    return put


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool(size=1)
    yield pool
    pool.close()


@pytest.fixture
def feeds() -> Iterator[FeedPool]:
    pool = FeedPool()
    yield pool
    pool.close()


def reasons(
    pool: Pool, kind: SourceKind = SourceKind.TEXT, body: bytes = GOOD
) -> list[UserMessage | None]:
    return [item.reason for item in pool.parse(Task(kind, body, Origin("x", NOW)))]


@pytest.mark.parametrize(
    ("does", "cause"),
    [
        ("import surely_not_there", "the Python module surely_not_there is missing"),
        ("import surely_not_there.part", "the Python module surely_not_there is missing"),
        (f"raise ImportError('{SPLIT_OFF}')", "lxml.html.clean module is now a separate project"),
        ("raise OSError('no libxml2')", "OSError: no libxml2"),
        ("import os; os._exit(3)", "it ended without a word"),
    ],
)
def test_what_is_missing_is_told_to_the_operator_and_no_file_is_called_broken(
    does: str,
    cause: str,
    breaks: Breaks,
    pool: Pool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    breaks("justext", does)
    assert reasons(pool) == [NOT_STARTED]
    assert reasons(pool, SourceKind.ZIP, zipped({f"{n}.txt": GOOD for n in range(5)})) == [
        NOT_STARTED
    ]
    [said] = [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]
    assert cause in said  # once, not for each of many files
    assert cause in (pool.problem() or "")


def test_a_feed_is_not_called_broken_either(breaks: Breaks, feeds: FeedPool) -> None:
    breaks("feedparser", "import surely_not_there")
    [found] = feeds.read(FeedTask(b"<rss></rss>", "https://a.example/feed"))
    assert found.reason == NOT_STARTED
    assert feeds.problem() == "the Python module surely_not_there is missing"


def test_a_worker_that_does_not_get_ready_in_time_says_so(
    breaks: Breaks, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks("justext", "import time; time.sleep(60)")
    monkeypatch.setattr(module, "_START_S", 0.3)
    assert reasons(pool) == [NOT_STARTED]
    assert pool.problem() == "it takes longer than 0.3 seconds"


def test_a_part_that_fails_to_load_while_reading_is_not_the_files_fault(
    breaks: Breaks, feeds: FeedPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks("late_worker", "")
    (tmp_path / "late_worker" / "__main__.py").write_text(
        "from retrieval.feeds.documents import WIRE\n"
        "from retrieval.ingest.sandbox.wire import serve\n"
        "def work(task):\n    import surely_not_there\n"
        "serve(work, WIRE)\n"
    )
    monkeypatch.setattr(feeds._workers, "_module", "late_worker")
    [found] = feeds.read(FeedTask(b"<rss></rss>", "https://a.example/feed"))
    assert found.reason == NOT_STARTED


def test_what_was_mended_is_tried_again(
    breaks: Breaks, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_NOT_AGAIN_S", 0.0)
    breaks("justext", "import surely_not_there")
    assert reasons(pool) == [NOT_STARTED]
    shutil.rmtree(tmp_path / "justext")
    assert reasons(pool) == [None]


def test_the_doctor_starts_workers_and_names_what_is_missing(breaks: Breaks) -> None:
    settings = LibrarySettings.read(_env_file=None)
    assert [one.level for one in workers(settings)] == [Level.OK]
    breaks("feedparser", "import surely_not_there")
    [found] = workers(settings)
    assert found.level is Level.PROBLEM
    assert found.what == (
        "Workers that read feeds don't start: the Python module surely_not_there is missing."
    )
    assert found.do


def framed(reason: str) -> BytesIO:
    body = f'{{"number": 1, "reason": {reason}}}'.encode()
    return BytesIO(len(body).to_bytes(8, "big") + body)


DEEP = '{"text": "x", "params": {"a": ' * 5_000 + "1" + "}}" * 5_000


@pytest.mark.parametrize("reason", ["7", "[]", '{"text": 7}', '{"params": {}}', DEEP])
def test_what_a_worker_sends_in_the_place_of_a_message_is_no_item(reason: str) -> None:
    with pytest.raises(EOFError):
        WIRE.receive_item(framed(reason))


def test_a_message_of_a_worker_that_was_taken_over_is_text_and_nothing_else() -> None:
    item = WIRE.receive_item(
        framed('{"text": "{a} {a.__class__} {0!r:>999999999}", "params": {"a": "{b}", "b": "x"}}')
    )
    assert item is not None
    assert str(item.reason) == "{b} {a.__class__} {0!r:>999999999}"
