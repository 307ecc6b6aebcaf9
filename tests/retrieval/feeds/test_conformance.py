"""feedparser's own test feeds: none crashes, and entries are read as they expect."""

from __future__ import annotations

import ast
import re
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from retrieval.errors import ExtractError, SourceError
from retrieval.feeds.models import keyed
from retrieval.feeds.parsing import line_of, read_feed
from retrieval.ingest.canonical import canonical_url
from tests.support.shared import SHARED, needs_shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval.feeds.models import Document

pytestmark = needs_shared
URL = "http://127.0.0.1:8097/feed.xml"
# Channel Definition Format, which only Internet Explorer 4 read; and a document without a root.
NO_FEEDS = {
    "rss_empty_document.xml",
    *(
        f"channel_{name}.xml"
        for name in (
            "abstract_map_description",
            "abstract_map_tagline",
            "href_map_link",
            "href_map_links",
            "lastmod",
            "lastmod_parsed",
        )
    ),
}
# Where feedparser's own sanitizer, switched off here, would have another opinion; and what depends
# on a header or on the address of the test itself.
OTHERWISE = (
    "_title_object.xml",
    "xml_declaration_unexpected_character.xml",
    "xml_malicious_comment.xml",
    "base_content_location.xml",
    "entry_id_no_normalization_4.xml",
    "entry_id_with_attributes.xml",
)
EXPECTED = re.compile(
    r"(entries\[0\]|feed)\[u?'(title|link|id|published_parsed)'\] == "
    r"(u?'[^'\n]*'|u?\"[^\"\n]*\"|\([0-9, ]+\))\s*$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Case:
    name: str
    body: bytes


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return list(_cases())


def _cases() -> Iterator[Case]:
    archive = SHARED / "feeds" / "feedparser-tests.tar.gz"
    if not archive.is_file():
        pytest.skip(f"no conformance files at {archive}")
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.name.endswith(".xml") else None
            if file is not None:
                yield Case(member.name, file.read())


def test_every_conformance_file_is_read_or_refused_with_a_sentence(cases: list[Case]) -> None:
    assert len(cases) > 2000
    refused = {}
    for case in cases:
        try:
            keyed(read_feed(case.body, URL).entries)
        except ExtractError as error:
            refused[case.name.split("/")[-1]] = str(error)
    unexpected = {
        name: why
        for name, why in refused.items()
        if name not in NO_FEEDS and not (name == "channel_title.xml" and "RSS, Atom" in why)
    }
    assert unexpected == {}


def test_what_the_files_expect_of_title_link_guid_and_date_is_read(cases: list[Case]) -> None:
    compared, different = 0, []
    for case in cases:
        wanted = _expectation(case)
        if wanted is None or case.name.endswith(OTHERWISE):
            continue
        holder, name, value = wanted
        try:
            found = _found(read_feed(case.body, URL), holder, name)
        except ExtractError:
            continue  # the test above knows which
        compared += 1
        if found not in {_as_ours(name, value), value}:
            different.append((case.name, name, found, value))
    assert different == []
    assert compared > 400


def _expectation(case: Case) -> tuple[str, str, object] | None:
    head = case.body[:3000].decode("utf-8", errors="replace")
    lines = [line for line in head.splitlines() if line.startswith("Expect:")]
    match = EXPECTED.search(lines[0].rstrip()) if lines and "\ufffd" not in lines[0] else None
    if match is None or " and entries" in match[0]:
        return None
    value = ast.literal_eval(match[3])
    if match[1] == "feed" and match[2] not in {"title", "link"}:
        return None
    return match[1], match[2], value


def _found(document: Document, holder: str, name: str) -> object:
    if holder == "feed":
        return {"title": document.title, "link": document.site_url}.get(name, "not kept")
    entry = document.entries[0]
    if name == "published_parsed":
        return entry.published.timetuple()[:6] if entry.published else None
    return {"title": entry.title, "link": entry.url, "id": entry.guid}[name]


def _as_ours(name: str, value: object) -> object:
    if isinstance(value, tuple):
        return value[:6]
    if name == "title":
        return line_of(str(value))
    if name == "link":
        try:
            return canonical_url(str(value))
        except SourceError:
            return None
    return str(value).strip() or None
