"""Every source is read to its end; failures are reported and skipped."""

from __future__ import annotations

import io
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from retrieval.ingest.sources import FoundSource, read_link, read_source, read_text, read_upload
from retrieval.models import Precision, Published

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from retrieval.ingest.http import FetchConfig

BODY = "The rivers of the north rose by two metres in one night, the water service said."
READABLE = "send HTML, Markdown, text, PDF, Word (.docx), JSONL or a zip file of these."
SHARED = Path(os.environ.get("SITREP_SHARED_DATA") or Path(__file__).parents[4] / "shared/data")
KURSK = SHARED / "news" / "kursk-offensive.txt"


async def told(found: AsyncIterator[FoundSource]) -> list[tuple[str, str]]:
    """Of each item its source, and its title or why there is none."""
    result = []
    async for one in found:
        assert (one.draft is None) != (one.rejection is None)
        said = one.draft.title if one.draft else str(one.rejection and one.rejection.reason)
        result.append((one.source, said))
    return result


async def test_a_folder_is_read_sorted_without_hidden_files(
    tmp_path: Path, reading: FetchConfig
) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "a.txt").write_text(BODY)
    (tmp_path / ".hidden.txt").write_text(BODY)
    (tmp_path / "b" / "c.txt").write_text(f"Rivers rise\n\n{BODY}")
    (tmp_path / "a.bin").write_bytes(b"\0\1")
    (tmp_path / "lines.jsonl").write_text(f'{{"title": "One", "text": "{BODY}"}}\n\nbad\n')
    (tmp_path / "empty.txt").write_text("")
    assert await told(read_source(str(tmp_path), reading)) == [
        (
            f"{tmp_path}/a.bin",
            f"I can't read .bin files; {READABLE}",
        ),
        (f"{tmp_path}/empty.txt", "It's empty."),
        (f"{tmp_path}/lines.jsonl, line 1", "One"),
        (f"{tmp_path}/lines.jsonl, line 3", "It isn't valid JSON."),
        (f"{tmp_path}/b/c.txt", "Rivers rise"),
    ]


async def test_a_file_is_of_the_outlet_that_its_name_tells(
    tmp_path: Path, reading: FetchConfig
) -> None:
    file = tmp_path / "herald.txt"
    file.write_text(BODY)
    (found,) = [one async for one in read_source(str(file), reading)]
    assert found.draft
    assert (found.draft.outlet, found.draft.published) == ("herald", None)


async def test_a_missing_file_is_told(reading: FetchConfig) -> None:
    assert await told(read_source("/no/such", reading)) == [
        ("/no/such", "There is no file or folder named /no/such.")
    ]


@pytest.mark.parametrize("name", ["nul\0name", "a" * 5000])
async def test_an_impossible_name_is_told(name: str, reading: FetchConfig) -> None:
    ((_, reason),) = await told(read_source(name, reading))
    assert reason.endswith(".")


async def test_standard_input_is_text_or_lines(
    reading: FetchConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    for given, expected in (
        (f"Rivers rise\n\n{BODY}", [("standard input", "Rivers rise")]),
        (f'{{"title": "A", "text": "{BODY}"}}\n', [("standard input, line 1", "A")]),
    ):
        stream = SimpleNamespace(buffer=io.BytesIO(given.encode()))
        monkeypatch.setattr(sys, "stdin", stream)
        assert await told(read_source("-", reading)) == expected


async def test_an_address_is_fetched_and_known_by_its_canonical_form(
    server: str, reading: FetchConfig
) -> None:
    (found,) = [one async for one in read_source(f"{server}/moved", reading)]
    assert found.draft
    assert found.draft.title == "Rivers rise"
    assert found.draft.url == f"{server}/article"
    assert found.draft.outlet == "127.0.0.1"
    assert found.source == f"{server}/moved"


async def test_an_address_holds_one_article_at_most(server: str, reading: FetchConfig) -> None:
    several = "This link leads to several articles; send them as a file."
    assert await told(read_link(f"{server}/lines", reading)) == [(f"{server}/lines", several)]


async def test_an_address_that_fails_is_told(server: str, reading: FetchConfig) -> None:
    assert await told(read_link(f"{server}/404", reading)) == [
        (f"{server}/404", f"{server}/404 answered 404 (not found).")
    ]


@pytest.mark.parametrize("link", ["/etc/passwd", "-", "file:///etc/passwd", "", "ftp://x"])
async def test_a_link_is_never_a_file(link: str, reading: FetchConfig) -> None:
    ((_, reason),) = await told(read_link(link, reading))
    assert "http://" in reason


async def test_an_upload_is_read_by_its_content(reading: FetchConfig) -> None:
    html = f"<html><title>Rivers rise</title><article><p>{BODY}</p><p>{BODY}</p></article>"
    assert await told(read_upload("../../x.txt", html.encode(), reading)) == [
        ("../../x.txt", "Rivers rise")
    ]
    assert await told(read_upload("x.txt", b"a " * 1_100_000, reading)) == [
        ("x.txt", "It's larger than 2 MB.")
    ]


async def test_a_line_over_the_limit_does_not_hide_those_after_it(reading: FetchConfig) -> None:
    good = f'{{"title": "One", "text": "{BODY}"}}\n'.encode()
    body = good + b'{"text": "' + b"a" * 2_500_000 + b'"}\n' + good
    assert await told(read_upload("a.jsonl", body, reading)) == [
        ("a.jsonl, line 1", "One"),
        ("a.jsonl, line 2", "It's larger than 2 MB."),
        ("a.jsonl, line 3", "One"),
    ]


async def test_lines_keep_their_numbers_whatever_their_length(reading: FetchConfig) -> None:
    lines = [f'{{"title": "{n}", "text": "{BODY * (n % 60)}{BODY}\\u2028"}}' for n in range(1, 99)]
    found = await told(read_upload("a.jsonl", "\r\n".join(lines).encode(), reading))
    assert found == [(f"a.jsonl, line {n}", str(n)) for n in range(1, 99)]


async def test_a_message_is_an_article_of_its_channel(reading: FetchConfig) -> None:
    at = datetime(2024, 11, 12, 10, 15, 30, tzinfo=UTC)
    text = f"Rivers rise\n\n{BODY}"
    found = read_text(text, reading, outlet="Herald", url="https://t.me/a/1", published=at)
    (one,) = [item async for item in found]
    assert one.draft
    assert (one.draft.title, one.draft.text, one.draft.outlet) == ("Rivers rise", BODY, "Herald")
    assert one.draft.url == "https://t.me/a/1"
    assert one.draft.published == Published(at.replace(second=0), Precision.MINUTE)


async def test_a_message_that_is_no_article_is_told(reading: FetchConfig) -> None:
    found = read_text("ok", reading, outlet="A", url=None, published=reading.clock())
    assert await told(found) == [("the message", "I found no article text in it.")]


@pytest.mark.skipif(not KURSK.exists(), reason=f"needs {KURSK}")
async def test_the_first_article_of_the_project_is_read(reading: FetchConfig) -> None:
    (found,) = [one async for one in read_source(str(KURSK), reading)]
    assert found.draft
    assert found.draft.title == (
        "Russia amassing tens of thousands of troops for Kursk offensive,"
        " Ukraine military chief says"
    )
    assert found.draft.text.startswith("Russia has prepared")
    assert found.draft.text.endswith("the Kremlin denied the call.")
