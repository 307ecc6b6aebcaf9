"""A slow feed, or a slow host that feeds link to, doesn't delay others."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from retrieval.storage.tables import feed_entry
from tests.support.hosts import Hosts, article, feed, item
from tests.support.waiting import forever, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from .conftest import Room

TEXT = " ".join(f"Lorry {n} will go round by the northern road of dock {n}." for n in range(20))


def put_feed(hosts: Hosts, host: str, entries: int, drips_s: float = 0.0) -> str:
    """A feed of teasers, whose pages take so long."""
    items = [item(f"{host} {n}", hosts.url(f"{host}/{n}")) for n in range(entries)]
    for n in range(entries):
        page = article(f"{host} {n}", f"The lorries of {host}, part {n}. {TEXT}")
        hosts.put(f"{host}/{n}", page, drips_s=drips_s)
    return hosts.put(f"{host}/feed", feed(host, *items))


async def outlets(room: Room) -> list[str]:
    return [outlet for outlet, _, _ in await room.articles()]


async def test_after_a_slice_of_time_another_feed_has_its_turn(
    room: Room, hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.feeds.poller.SLICE_S", 0.0)
    for host in ("one.example", "two.example", "three.example"):
        await room.desk.add(put_feed(hosts, host, 3, drips_s=0.1), by="test")
    await room.poller.work()
    found = await outlets(room)
    assert len(found) == 9
    assert set(found[:4]) == {"one.example", "two.example", "three.example"}


async def test_what_comes_due_beside_a_slow_feed_does_not_wait_for_it(
    room: Room, hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.feeds.poller._LOOK_BESIDE_S", 0.05)
    await room.desk.add(put_feed(hosts, "quick.example", 0), by="test")
    await room.poller.work()
    await room.desk.add(put_feed(hosts, "slow.example", 4, drips_s=1.0), by="test")
    working = asyncio.create_task(room.poller.work())
    async with asyncio.timeout(20):
        await until(lambda: hosts.asked["slow.example/0"] + hosts.asked["slow.example/3"])
        put_feed(hosts, "quick.example", 1)
        room.now += timedelta(minutes=5)
        await working
    assert "quick.example" in (await outlets(room))[:2]


async def test_a_host_whose_turn_does_not_come_keeps_no_worker(
    room: Room, hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.feeds.getting.PATIENCE_S", 0.1)

    @asynccontextmanager
    async def turn(host: str) -> AsyncIterator[None]:
        if host == "slow.example":
            await forever()
        yield

    room.turn = turn
    put_feed(hosts, "slow.example", 2)
    links = [item(f"No {n}", hosts.url(f"slow.example/{n}")) for n in range(2)]
    for name in ("one", "two"):
        await room.desk.add(hosts.put(f"{name}.example/feed", feed(name, *links)), by="test")
    await room.desk.add(put_feed(hosts, "quick.example", 2), by="test")
    async with asyncio.timeout(20):
        await room.poller.work()
    assert await outlets(room) == ["quick.example"] * 2
    async with room.opened.database.read() as connection:
        rows = (await connection.execute(select(feed_entry.c.attempts, feed_entry.c.state))).all()
    assert {(row.attempts, row.state) for row in rows} == {(0, "waiting"), (0, "done")}
