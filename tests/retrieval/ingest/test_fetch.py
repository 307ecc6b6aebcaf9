"""Fetching returns a page or one clear sentence, within limits, never from private networks."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
from typing import TYPE_CHECKING, Any

import pytest

from retrieval.errors import FetchError, SourceError
from retrieval.ingest import addresses
from retrieval.ingest.http import fetch

if TYPE_CHECKING:
    from retrieval.ingest.http import FetchConfig


async def test_a_page_comes_with_its_type_and_final_address(
    server: str, reading: FetchConfig
) -> None:
    page = await fetch(f"{server}/moved", reading)
    assert page.url_final == f"{server}/article"
    assert (page.content_type, page.charset) == ("text/html", "utf-8")
    assert b"rivers of the north" in page.body


@pytest.mark.parametrize("path", ["/packed", "/deflated"])
async def test_a_packed_page_is_unpacked(server: str, reading: FetchConfig, path: str) -> None:
    assert b"rivers of the north" in (await fetch(server + path, reading)).body


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/404", "answered 404 (not found)."),
        ("/403", "answered 403 (forbidden)."),
        ("/500", "answered 500 (internal server error)."),
        ("/799", "answered 799."),
        ("/loop", "redirects more than 5 times."),
        ("/empty", "redirects, but doesn't say where."),
        ("/file", "redirects to an address I don't fetch."),
        ("/large", "larger than 2 MB."),
        ("/bomb", "larger than 2 MB."),
        ("/broken", "compressed data is damaged."),
        ("/odd", "compressed the page as “br”, which I didn't ask for and can't read."),
    ],
)
async def test_what_goes_wrong_is_told_in_one_sentence(
    server: str, reading: FetchConfig, path: str, sentence: str
) -> None:
    with pytest.raises(FetchError) as caught:
        await fetch(server + path, reading)
    assert str(caught.value).endswith(sentence)


async def test_a_page_that_drips_is_given_up(server: str, reading: FetchConfig) -> None:
    with pytest.raises(FetchError, match=r"took longer than 0\.3 seconds\.$"):
        await fetch(f"{server}/slow", dataclasses.replace(reading, timeout_s=0.3))


async def test_an_unknown_name_is_told(reading: FetchConfig) -> None:
    with pytest.raises(FetchError, match=r"^I couldn't find a server named nowhere\.invalid\.$"):
        await fetch("http://nowhere.invalid/", reading)


async def test_a_closed_port_is_told(reading: FetchConfig) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(FetchError, match="isn't accepting connections"):
            await fetch(f"http://127.0.0.1:{bound.getsockname()[1]}/", reading)


async def test_a_server_without_a_certificate_is_told(server: str, reading: FetchConfig) -> None:
    with pytest.raises(FetchError, match="couldn't prove its identity"):
        await fetch(server.replace("http:", "https:"), reading)


async def test_nothing_private_is_fetched_unless_asked_for(
    server: str, reading: FetchConfig
) -> None:
    with pytest.raises(FetchError, match="isn't on the public internet"):
        await fetch(f"{server}/article", dataclasses.replace(reading, allow_private=False))


@pytest.mark.parametrize("path", ["/metadata", "/inside", "/six"])
async def test_a_public_page_can_not_lead_inside(
    server: str, reading: FetchConfig, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")
    with pytest.raises(FetchError, match="isn't on the public internet"):
        await fetch(server + path, dataclasses.replace(reading, allow_private=False))


async def test_a_name_is_resolved_once_and_the_checked_address_connected_to(
    server: str, reading: FetchConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    port = int(server.rpartition(":")[2])

    async def resolve(_: object, host: str, *__: object, **___: object) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")
    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    page = await fetch(
        f"http://news.example:{port}/host", dataclasses.replace(reading, allow_private=False)
    )
    assert page.body == f"news.example:{port}".encode()
    assert asked.count("news.example") == 1


async def test_one_private_address_among_public_ones_refuses_the_host(
    reading: FetchConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(*_: object, **__: object) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("8.8.8.8", "10.0.0.1")
        ]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    with pytest.raises(SourceError, match="isn't on the public internet"):
        await fetch("http://news.example/", dataclasses.replace(reading, allow_private=False))
