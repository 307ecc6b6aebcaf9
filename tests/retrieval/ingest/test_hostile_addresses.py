"""More than sixty ways into private networks: none opens a connection, neither directly nor by
name or redirect. Any attempt to connect fails the test."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import SourceError
from retrieval.ingest import http
from retrieval.ingest.addresses import is_public
from retrieval.ingest.http import FetchConfig

INSIDE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200",
    "127.0.0.1", "127.255.255.254", "169.254.0.1", "169.254.169.254", "169.254.170.2",
    "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::7f00:1", "100::1", "2001::1",
    "2001:0:7f00:1::", "2001:db8::1", "2001:10::1", "2002:7f00:1::", "2002:a00:1::1",
    "2002:c0a8:1::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fd12:3456::1", "fe80::1",
    "febf::1", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
SPELLED = [
    "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/",
    "http://0x7f.1/", "http://0177.0.0.1/", "http://017700000001/", "http://0/", "http://00.0/",
    "http://127.0.0.1./", "http://127.000.000.001/", "http://127。0。0。1/", "http://１２７.0.0.1/",
    "http://①②⑦.⓪.⓪.①/", "http://localhost/", "http://LocalHost./", "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:7f00:1]/", "http://[::ffff:127.0.0.1]/",
    "http://[fe80::1%25lo]/", "http://[fe80::1%lo]/", "http://[::1%251]/", "http://[v1.x]/",
    "http://user@127.0.0.1/", "http://user:pw@example.org/", "http://example.org@127.0.0.1/",
    "http://127.0.0.1:80@example.org/", "http://example.org:80@127.0.0.1:80/",
    "http://127.0.0.1%00.example.org/", "http://127.0.0.1\\@example.org/",
    "http://example.org\\@127.0.0.1/", "http://127.0.0.1#@example.org/", "http://127.0.0.1?@a/",
    "http:///127.0.0.1/", "http:127.0.0.1/", "http://%31%32%37.0.0.1/", "http://0xa9fea9fe/",
    "http://2852039166/", "http://0251.0376.0251.0376/", "http://169.254.43518/",
    "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:6379/_", "dict://127.0.0.1:11211/",
    "data:text/html,x", "javascript:alert(1)", "unix:///var/run/docker.sock", "jar:http://127.0.0.1!/",
    "//127.0.0.1/", "http://127.0.0.1\r\nHost: example.org/", "http://127.0.0.1\t/",
]  # fmt: skip


@pytest.fixture(autouse=True)
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address that anything tries to connect to; no name is looked up on the network."""
    tried: list[Any] = []

    def connect(_: socket.socket, address: Any) -> None:
        tried.append(address)
        raise ConnectionRefusedError

    real = socket.getaddrinfo

    async def resolve(_: object, host: str, port: int, **kinds: Any) -> list[Any]:
        if host.lower().rstrip(".") == "localhost":
            host = "127.0.0.1"
        try:  # numbers of all bases, as the C library reads them
            return real(host, port, flags=socket.AI_NUMERICHOST, **kinds)
        except OSError:
            return _entries(["93.184.216.34"])

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    return tried


def _entries(addresses: list[str]) -> list[Any]:
    return [
        (socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80))
        for ip in addresses
    ]


def test_the_matrix_has_at_least_sixty_addresses() -> None:
    assert len(set(INSIDE)) + len(set(SPELLED)) >= 100


@pytest.mark.parametrize("address", INSIDE)
async def test_no_inside_address_is_connected_to(address: str, connected: list[Any]) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(SourceError):
        await http.get(f"http://{host}/", FetchConfig())
    assert connected == []


@pytest.mark.parametrize("address", INSIDE)
async def test_no_name_of_an_inside_address_is_connected_to(
    address: str, connected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(*_: object, **__: object) -> list[Any]:
        return _entries(["8.8.8.8", address])

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    with pytest.raises(SourceError, match="isn't on the public internet"):
        await http.get("https://news.example/", FetchConfig())
    assert connected == []


@pytest.mark.parametrize("url", SPELLED)
async def test_no_spelling_of_it_is_connected_to(url: str, connected: list[Any]) -> None:
    with pytest.raises(SourceError) as caught:
        await http.get(url, FetchConfig())
    inside = [peer for peer in connected if not is_public(str(peer[0]))]
    assert inside == []
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("url", [f"http://{ip}/" for ip in INSIDE if ":" not in ip] + SPELLED)
async def test_no_redirect_to_it_is_followed_inside(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def answer(_: object, __: object, address: str, *___: object) -> http.Response:
        asked.append(address)
        return http.Response(302, {"location": url}, b"", "")

    monkeypatch.setattr(http, "_answer_from", answer)
    with pytest.raises(SourceError):
        await http.get("https://news.example/", FetchConfig())
    assert asked[0] == "93.184.216.34"
    assert [address for address in asked if not is_public(address)] == []


async def test_a_name_that_turns_private_after_the_check_gains_nothing(
    connected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])

    async def resolve(*_: object, **__: object) -> list[Any]:
        return _entries(next(answers))

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    with pytest.raises(SourceError):
        await http.get("http://rebind.example/", FetchConfig())
    assert [peer[0] for peer in connected] == ["93.184.216.34"]


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_ipv6_is_never_public(ip: IPv4Address) -> None:
    mapped, nat64, six_to_four = 0xFFFF << 32, 0x64FF9B << 96, 0x2002 << 112
    for value in (int(ip), mapped | int(ip), nat64 | int(ip), six_to_four | int(ip) << 80):
        assert not is_public(str(IPv6Address(value)))
