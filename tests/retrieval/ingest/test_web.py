"""A server's responses are values; the number of concurrent requests is limited."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

import pytest

from retrieval.errors import FetchError
from retrieval.ingest import http
from retrieval.ingest.http import HostLimiter

if TYPE_CHECKING:
    from retrieval.ingest.http import FetchConfig


async def test_conditions_are_sent_and_304_comes_back_as_a_value(
    server: str, reading: FetchConfig
) -> None:
    first = await http.get(f"{server}/feed", reading)
    again = await http.get(f"{server}/feed", reading, {"If-None-Match": first.headers["etag"]})
    assert (first.status, first.ok, first.body) == (200, True, b"news")
    assert (again.status, again.ok, again.body) == (304, False, b"")


@pytest.mark.parametrize(("path", "status"), [("/410", 410), ("/429", 429), ("/503", 503)])
async def test_a_refusal_is_a_value_too(
    server: str, reading: FetchConfig, path: str, status: int
) -> None:
    response = await http.get(server + path, reading)
    assert (response.status, response.ok, response.body) == (status, False, b"")


@pytest.mark.parametrize(
    ("path", "end"),
    [
        ("/article", "/article"),
        ("/moved", "/article"),
        ("/for-good", "/feed"),
        ("/for-good-twice", "/feed"),
        ("/for-good-then-not", "/article"),
        ("/not-then-for-good", "/feed"),
    ],
)
async def test_redirects_are_followed_and_the_last_address_is_told(
    server: str, reading: FetchConfig, path: str, end: str
) -> None:
    assert (await http.get(server + path, reading)).url_final == server + end


async def test_a_page_that_says_it_is_too_large_is_not_begun(
    server: str, reading: FetchConfig
) -> None:
    with pytest.raises(FetchError, match=r"larger than 0\.01 MB\.$"):
        await http.get(f"{server}/large", dataclasses.replace(reading, max_bytes=10_000))


async def test_no_more_than_so_many_requests_are_under_way() -> None:
    gate, under_way, most = (
        HostLimiter(total=3, per_host=2),
        dict.fromkeys("abc", 0),
        dict[str, int](),
    )

    async def request(host: str) -> None:
        async with gate.turn(host):
            under_way[host] += 1
            most[host] = max(most.get(host, 0), under_way[host])
            most["all"] = max(most.get("all", 0), sum(under_way.values()))
            await asyncio.sleep(0)
            under_way[host] -= 1

    await asyncio.gather(*(request(host) for host in "aaaaaabbbbcc"))
    assert most["all"] == 3
    assert max(most[host] for host in "abc") == 2
    assert gate._hosts == {}


async def test_a_slow_host_does_not_hold_up_another() -> None:
    gate, done = HostLimiter(total=2, per_host=1), asyncio.Event()

    async def slow() -> None:
        async with gate.turn("slow"):
            await done.wait()

    waiting = [asyncio.create_task(slow()) for _ in range(5)]
    await asyncio.sleep(0)
    async with asyncio.timeout(5), gate.turn("fast"):
        done.set()
    await asyncio.gather(*waiting)


async def test_a_wait_for_a_turn_does_not_count_as_the_servers_time(
    server: str, reading: FetchConfig
) -> None:
    narrow = dataclasses.replace(reading, timeout_s=5, gate=HostLimiter(1, 1))
    pages = await asyncio.gather(*(http.get(f"{server}/article", narrow) for _ in range(8)))
    assert {page.status for page in pages} == {200}
