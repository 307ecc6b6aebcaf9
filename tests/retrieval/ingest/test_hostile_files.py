"""No file crashes the reader, hangs it, or takes more memory than allowed."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from retrieval.ingest.extract.draft import Origin
from retrieval.ingest.extract.kinds import SourceKind
from retrieval.ingest.parsing import Item, Task
from retrieval.ingest.sandbox import Pool
from retrieval.ingest.sources import read_upload

from .conftest import NOW
from .hostile_files import FILES, GOOD, docx, zipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval.ingest.http import FetchConfig
    from retrieval.ingest.sources import FoundSource

MEMORY = 512_000_000


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    workers = Pool(size=1, memory=MEMORY, timeout_s=2)
    yield workers
    workers.close()


@pytest.fixture
def careful(reading: FetchConfig, pool: Pool) -> FetchConfig:
    return replace(reading, parse=pool.parse, max_bytes=20_000_000)


async def found_in(name: str, body: bytes, reading: FetchConfig) -> list[FoundSource]:
    return [one async for one in read_upload(name, body, reading)]


def test_there_are_at_least_thirty_hostile_files() -> None:
    assert len(FILES) >= 30


@pytest.mark.parametrize("title", FILES)
async def test_a_hostile_file_is_read_or_refused_in_one_sentence(
    title: str, careful: FetchConfig
) -> None:
    name, make = FILES[title]
    found = await found_in(name, make(), careful)
    assert found
    for one in found:
        if one.rejection:
            said = str(one.rejection.reason)
            assert said.endswith(".")
            assert "\n" not in said
        else:
            assert one.draft
            assert "root:" not in one.draft.text  # of /etc/passwd
            assert len(one.draft.text) <= 1_000_000
    (after,) = await found_in("b.txt", GOOD, careful)
    assert after.draft


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("pdf encrypted by RC4", "save it without a password"),
        ("zip bomb", "larger than 20 MB when unpacked"),
        ("zip in a zip", "I can't read a zip file inside a zip file; send it by itself."),
        ("zip of three thousand files", "more than 2,000 files; send it in parts."),
        ("zip encrypted", "It's encrypted; zip it again without a password."),
        ("zip packed by LZMA", "compression method I can't read; use a regular zip file."),
        ("zip cut off", "The zip file is damaged; create it again"),
        ("zip of nothing", "The zip file is empty."),
        ("zip of a spreadsheet", "save it as .docx or PDF."),
        ("word bomb", "The file unpacks to more than 50 MB; send its text instead."),
        ("word that is no xml", "The Word file is damaged; save it again"),
        ("old or encrypted word", "save it as .docx without a password."),
        ("a video", "send an article or a transcript instead."),
        ("a picture", "I can't read .html files; send HTML, "),
    ],
)
async def test_a_refusal_names_the_rule_and_what_to_do(
    title: str, sentence: str, careful: FetchConfig
) -> None:
    name, make = FILES[title]
    found = await found_in(name, make(), careful)
    assert any(one.rejection and sentence in str(one.rejection.reason) for one in found)


async def test_all_members_of_a_zip_file_that_can_be_read_are(careful: FetchConfig) -> None:
    body = zipped(
        {
            "a.txt": b"Rivers rise\n\n" + GOOD,
            "sub/b.docx": docx(),
            "c.bin": b"\0\1",
            "d.jsonl": b'{"title": "One", "text": "%s"}\nno\n' % GOOD,
            "../../e.html": b"<html><title>Up</title><article><p>%s</p></article>" % (GOOD * 3),
            "__MACOSX/a.txt": b"x",
            ".hidden": b"x",
        }
    )
    found = await found_in("a.zip", body, careful)
    assert [(one.source, bool(one.draft)) for one in found] == [
        ("a.zip, a.txt", True),
        ("a.zip, sub/b.docx", True),
        ("a.zip, c.bin", False),
        ("a.zip, d.jsonl, line 1", True),
        ("a.zip, d.jsonl, line 2", False),
        ("a.zip, ../../e.html", True),
    ]


def test_a_worker_that_is_killed_costs_its_member_and_no_other() -> None:
    pool = Pool(size=1, timeout_s=30)
    items: list[Item] = []
    body = zipped({f"{n}.txt": GOOD for n in range(4)})
    try:
        for item in pool.parse(Task(SourceKind.ZIP, body, Origin("zip", NOW))):
            items.append(item)
            if item.name == "1.txt" and item.draft is None and item.reason is None:
                (process,) = pool._workers._busy
                process.kill()
                process.wait()
    finally:
        pool.close()
    told = {item.name for item in items if item.draft}
    lost = {item.name for item in items if item.reason}
    assert told | lost == {"0.txt", "1.txt", "2.txt", "3.txt"}
    assert len(lost) <= 1  # none, if it was done already


def test_a_worker_that_takes_too_long_is_ended_and_it_is_told() -> None:
    pool = Pool(size=1, timeout_s=0.2)
    slow = b"<html><body>" + b"<p>" + (b"word " * 30 + b"<b>x</b> ") * 20_000
    try:
        (item,) = pool.parse(Task(SourceKind.HTML, slow, Origin("x", NOW)))
        assert str(item.reason) == "Reading it took longer than 0.2 seconds; send its text instead."
        assert pool._workers._busy == set()
        assert pool._workers._idle.empty()
    finally:
        pool.close()


def test_several_threads_share_a_pool(pool: Pool) -> None:
    drafts: list[Item] = []
    task = Task(SourceKind.TEXT, GOOD, Origin("x", NOW))
    threads = [threading.Thread(target=lambda: drafts.extend(pool.parse(task))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [bool(item.draft) for item in drafts] == [True] * 3
    assert pool._workers._idle.qsize() <= 1


def test_a_worker_sees_no_setting_and_no_secret(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_TOKEN", "1:secret")
    with pool._workers._worker() as worker:
        assert b"secret" not in Path(f"/proc/{worker.process.pid}/environ").read_bytes()


def test_the_system_itself_bounds_a_workers_memory(pool: Pool) -> None:
    with pool._workers._worker() as worker:
        limits = Path(f"/proc/{worker.process.pid}/limits").read_text()
    (memory,) = (line for line in limits.split("\n") if line.startswith("Max address space"))
    assert memory.split()[3:5] == [str(MEMORY)] * 2
