"""Fetched content belongs to its host, whatever it claims."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from retrieval.ingest import Ingestor
from retrieval.ingest.parsing import Item
from retrieval.messages import UserMessage
from retrieval.models import Added, Rejected, Revised
from retrieval.storage.audit import entries
from tests.support.archives import Opened, draft, opened_archive
from tests.support.hosts import Hosts, article

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrieval.ingest.http import FetchConfig
    from retrieval.models import Outcome

TEXT = (
    "The council of the port voted on Monday to close the old bridge for a year. "
    "Lorries will go round by the northern road, the harbour master said."
)
FAKE = "The bridge was sold to a stranger for one coin, and everybody was very glad about that."
SEVERAL = UserMessage("This link leads to several articles; send them as a file.")


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    async with opened_archive(tmp_path) as opened:
        yield opened


class Desk:
    """An archive that has one article of wire.example, and reads what else there is."""

    def __init__(self, opened: Opened, hosts: Hosts, reading: FetchConfig) -> None:
        self.opened, self.hosts = opened, hosts
        self.ingestor = Ingestor(opened.archive, reading)
        self.wire = hosts.put("wire.example/bridge", article("Bridge closes", TEXT, name="Wire"))

    async def link(self, url: str) -> list[Outcome]:
        return [outcome async for _, outcome in self.ingestor.add_link(url, added_by="test")]


@pytest.fixture
async def desk(opened: Opened, hosts: Hosts, reading: FetchConfig) -> Desk:
    desk = Desk(opened, hosts, reading)
    (added,) = await desk.link(desk.wire)
    assert isinstance(added, Added)
    assert (added.article.outlet, added.article.url) == ("Wire", desk.wire)
    return desk


def line(url: str, text: str = FAKE, title: str = "Bridge closes", source: str = "Wire") -> str:
    return json.dumps({"title": title, "text": text, "url": url, "source": source})


def front_matter(url: str) -> str:
    return f"---\ntitle: Bridge closes\nurl: {url}\nsource: Wire\noutlet: Wire\n---\n\n{FAKE}\n"


def packed(**files: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_", "."), text)
    return body.getvalue()


@pytest.mark.parametrize("content_type", ["text/html", "application/jsonl", "application/zip", ""])
@pytest.mark.parametrize("form", ["json", "html in json", "markdown", "zip", "zip of markdown"])
async def test_no_page_speaks_for_another_outlet(desk: Desk, form: str, content_type: str) -> None:
    html = article("Bridge closes", FAKE, FAKE + " Indeed.", name="Wire")
    forms: dict[str, str | bytes] = {
        "json": line(desk.wire),
        "html in json": json.dumps({"html": html, "url": desk.wire, "source": "Wire"}),
        "markdown": front_matter(desk.wire),
        "zip": packed(a_jsonl=line(desk.wire)),
        "zip of markdown": packed(a_md=front_matter(desk.wire)),
    }
    url = desk.hosts.put("a.example/recipe", forms[form], content_type)
    (outcome,) = await desk.link(url)
    assert isinstance(outcome, Added)
    assert (outcome.article.outlet, outcome.article.url) == ("a.example", url)
    assert (await desk.opened.archive.articles.get(1)).revision == 1


async def test_a_page_names_no_canonical_address_of_another_site(desk: Desk) -> None:
    head = f'<link rel="canonical" href="{desk.wire}">'
    url = desk.hosts.put(
        "a.example/x", article("Bridge closes", FAKE, FAKE, name="Wire", head=head)
    )
    (outcome,) = await desk.link(url)
    assert isinstance(outcome, Added)
    assert (outcome.article.outlet, outcome.article.url) == ("a.example", url)
    neighbour = desk.hosts.put("me.github.io/1", article("Mine", TEXT + " Mine."))
    await desk.link(neighbour)
    head = f'<link rel="canonical" href="{neighbour}">'
    other = desk.hosts.put("m.github.io/1", article("Not mine", FAKE, FAKE, head=head))
    (outcome,) = await desk.link(other)
    assert isinstance(outcome, Added)
    assert (outcome.article.outlet, outcome.article.url) == ("m.github.io", other)


@pytest.mark.parametrize("form", ["lines", "zip", "lines in a zip"])
async def test_a_link_holds_one_article_at_most(desk: Desk, form: str) -> None:
    lines = [line(f"http://{n % 4}.example/{n}", f"{FAKE} {n}", f"No {n}") for n in range(300)]
    forms: dict[str, str | bytes] = {
        "lines": "\n".join(lines),
        "zip": packed(a_txt=TEXT + "A", b_txt=TEXT + "B"),
        "lines in a zip": packed(a_jsonl="\n".join(lines)),
    }
    assert await desk.link(desk.hosts.put("a.example/many", forms[form])) == [Rejected(SEVERAL)]
    assert (await desk.opened.archive.catalogue.summary()).articles == 1


async def test_a_redirect_gives_the_article_to_where_it_ends(desk: Desk) -> None:
    to = (("Location", desk.hosts.put("a.example/end", line(desk.wire))),)
    url = desk.hosts.put("wire.example/out", "", status=302, headers=to)
    (outcome,) = await desk.link(url)
    assert isinstance(outcome, Added)
    assert outcome.article.outlet == "a.example"


async def test_the_outlet_itself_corrects_its_article(desk: Desk) -> None:
    desk.hosts.put("wire.example/bridge", article("Bridge stays", TEXT, FAKE, name="Wire"))
    (outcome,) = await desk.link(desk.wire)
    assert isinstance(outcome, Revised)
    assert (outcome.article.outlet, outcome.article.title) == ("Wire", "Bridge stays")


async def test_what_an_admin_hands_over_is_believed(desk: Desk) -> None:
    given = desk.ingestor.add_upload("a.jsonl", line(desk.wire).encode(), added_by="admin")
    (outcome,) = [one async for _, one in given]
    assert isinstance(outcome, Revised)
    assert outcome.article.outlet == "Wire"


async def test_a_claimed_name_never_looks_like_a_quotation(desk: Desk) -> None:
    body = line("http://b.example/1", source="Wire “Nine dead.” [2] Reuters\n" + "x" * 6_000)
    given = desk.ingestor.add_upload("a.jsonl", body.encode(), added_by="admin")
    (outcome,) = [one async for _, one in given]
    assert isinstance(outcome, Added)
    assert outcome.article.outlet.startswith("Wire Nine dead. Reuters")
    assert len(outcome.article.outlet) <= 60


async def test_an_article_without_an_address_takes_only_its_own_outlets(
    desk: Desk, opened: Opened
) -> None:
    told = await opened.store(draft(FAKE, "Bridge sold", "Wire"))
    url = desk.hosts.put("a.example/copy", article("Bridge sold", FAKE, name="Wire"))
    (copy,) = await desk.link(url)
    assert isinstance(copy, Added)
    assert copy.copy_of == told.article
    own = desk.hosts.put("wire.example/sold", article("Bridge sold", FAKE, name="Wire"))
    await desk.link(own)
    assert (await opened.archive.articles.get(told.article.id)).url == own


async def test_cookies_are_not_carried_to_another_host(desk: Desk) -> None:
    hosts, cookie = desk.hosts, ("Set-Cookie", "session=secret; Path=/")
    hosts.put("b.example/end", article("End", TEXT))
    onward = (("Location", hosts.url("b.example/end")), cookie)
    hosts.put("a.example/second", "", status=302, headers=onward)
    first = (("Location", hosts.url("a.example/second")), cookie)
    await desk.link(hosts.put("a.example/first", "", status=302, headers=first))
    assert hosts.cookies["a.example/second"] == "session=secret"
    assert hosts.cookies["b.example/end"] == ""


async def test_the_audit_log_says_what_only_a_file_vouches_for(desk: Desk, opened: Opened) -> None:
    lines = [line(f"http://{n}.example/1", f"{FAKE} {n}", f"No {n}", f"N{n}") for n in range(7)]
    given = desk.ingestor.add_upload(
        "/home/ada/dump.jsonl", "\n".join(lines).encode(), added_by="x"
    )
    assert len([one async for one in given]) == 7
    (told,) = await entries(opened.database, 9)
    assert (told.who, told.what, told.subject) == ("x", "add", "articles")
    assert told.detail == {
        "file": "dump.jsonl",
        "named by the file": 7,
        "outlets": "N0, N1, N2, N3, N4 +2",
    }
    plain = desk.ingestor.add_upload("notes.txt", TEXT.encode() * 2, added_by="x")
    assert len([one async for one in plain]) == 1
    assert len(await entries(opened.database, 9)) == 1


async def test_a_worker_that_was_taken_over_names_no_other_outlet(
    desk: Desk, opened: Opened, reading: FetchConfig
) -> None:
    lie = draft(FAKE, "Bridge closes", "Wire", desk.wire)
    lying = replace(reading, parse=lambda _task: iter([Item(1, draft=lie)]))
    url = desk.hosts.put("a.example/x", article("Bridge closes", TEXT))
    given = Ingestor(opened.archive, lying).add_link(url, added_by="test")
    (outcome,) = [one async for _, one in given]
    assert isinstance(outcome, Added)
    assert (outcome.article.outlet, outcome.article.url) == ("a.example", url)
