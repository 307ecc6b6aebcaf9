"""Three programs on one Postgres: each piece of work is done by one, even if that one dies."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select
from starlette.applications import Starlette
from starlette.routing import Route

from bot.local_api import Limits, LocalBotApi, local_bot_api
from bot.ops.http_server import InProcessServer, listening
from bot.ops.http_server import serving as served
from bot.tables import intake_item, intake_job, noted, subscription
from retrieval.feeds.models import Outline
from retrieval.feeds.store import FeedStore
from retrieval.library import open_library
from retrieval.storage import tables
from retrieval.storage.database import open_database
from tests.e2e.test_questions import ALPHA, BETA, QUESTION
from tests.e2e.test_webhook import SECRET, TOKEN, Balancer, all_ready
from tests.support.archives import cut, draft
from tests.support.bots import ADMIN_ID, bot_settings
from tests.support.commands import Program
from tests.support.deliveries import subscribe, until_settled
from tests.support.feed_site import feed_site
from tests.support.openai_server import OpenAIServer, Reply, openai_server, prompt_of
from tests.support.ports import free_port
from tests.support.waiting import until
from tests.support.web import web_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Table

    from bot.local_api import Message, Person
    from retrieval.models import ArticleDraft
    from retrieval.storage.database import Database
    from tests.support.postgres import Postgres

# Longer than a program that is only slow is silent for.
LEASE_S = 6.0
PATIENCE_S = 60
# of one host
AT_ONCE = 2
NEWS = (
    "A bridge over the Seym was closed to lorries, the governor said at noon.",
    "Farmers in Poltava brought in a large harvest of maize, the ministry said.",
)


@dataclass
class Programs:
    """Three of them at one Telegram, and the database that they share."""

    api: LocalBotApi
    database: Database
    server: OpenAIServer
    folder: Path
    settings: Mapping[str, str]
    running: list[Program] = field(default_factory=list)

    async def start(self) -> None:
        """Run all three, behind one address."""
        ports = [int(address.rpartition(":")[2]) for address in self.settings["LISTEN"].split()]
        for number, port in enumerate(ports):
            settings = {
                **self.settings,
                "DATA_DIR": str(self.folder / str(number)),
                "LISTEN": f"127.0.0.1:{port}",
            }
            spans = {"retrieval.storage.leases:LASTING": LEASE_S}
            log = self.folder / f"{number}.log"
            self.running.append(Program(self.folder, ["run"], settings, stderr=log, spans=spans))
        await all_ready(ports)

    async def kill_who_has(self, table: Table) -> None:
        """The program that has a row of the table at work."""
        by = table.c.claimed_by
        async with self.database.read() as connection:
            found = (await connection.execute(select(by).where(by.is_not(None)).limit(1))).scalar()
        assert found is not None
        [one] = [one for one in self.running if one.pid == int(found.partition("-")[0])]
        one.send_signal(signal.SIGKILL)
        await one.ended()

    async def until_nothing_is_claimed(self, table: Table) -> None:
        """Also until what the dead program had is nobody's."""

        async def nothing() -> bool:
            claimed = select(table.c.claimed_by).where(table.c.claimed_until > datetime.now(UTC))
            async with self.database.read() as connection:
                return (await connection.execute(claimed)).first() is None

        await until(nothing, PATIENCE_S)

    async def articles(self) -> int:
        async with self.database.read() as connection:
            query = select(func.count()).select_from(tables.article)
            return int((await connection.execute(query)).scalar_one())

    async def briefings(self) -> list[str | None]:
        """The keys of those that are written."""
        async with self.database.read() as connection:
            return list((await connection.execute(select(tables.briefing.c.key))).scalars())

    async def said_to(self, person: Person, beginning: str = "") -> Message:
        return await person.wait_for(
            lambda one: one.sender == self.api.bot and one.text.startswith(beginning),
            timeout=PATIENCE_S,
        )

    def heard(self, person: Person) -> list[str]:
        return [one.text for one in person.messages() if one.sender == self.api.bot]


@asynccontextmanager
async def programs(
    folder: Path,
    url: str,
    chroma_url: str,
    articles: Sequence[ArticleDraft] = (),
    *,
    model: bool = False,
) -> AsyncIterator[Programs]:
    ports = [free_port() for _ in range(3)]
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(local_bot_api(limits=Limits.off(), webhook_pause=0.2))
        server = await stack.enter_async_context(openai_server())
        balancer = Starlette(routes=[Route("/telegram", Balancer(ports).receive, methods=["POST"])])
        listener = stack.enter_context(listening("127.0.0.1", 0))
        await stack.enter_async_context(served(InProcessServer(balancer), listener))
        shared = {"database_url": url, "chroma_url": chroma_url}
        async with open_library(bot_settings(api, folder / "first", **shared)) as library:
            for one in articles:
                await library.archive.articles.store(one, cut(one.text), added_by="test")
            await library.indexer.work()
        settings = {
            "TELEGRAM_BOT_TOKEN": api.token,
            "TELEGRAM_API_URL": api.address,
            "ADMIN_IDS": str(ADMIN_ID),
            "DATABASE_URL": url,
            "CHROMA_URL": chroma_url,
            "FETCH_ALLOW_PRIVATE": "true",
            "FETCH_HOST_PAUSE_S": "0.1",
            "FETCH_PER_HOST": str(AT_ONCE),
            "METRICS_TOKEN": TOKEN,
            "LISTEN": " ".join(f"127.0.0.1:{port}" for port in ports),
            "WEBHOOK_URL": f"http://127.0.0.1:{listener.getsockname()[1]}",
            "WEBHOOK_SECRET": SECRET,
        }
        if model:
            settings |= {
                "OPENAI_BASE_URL": server.base_url,
                "OPENAI_API_KEY": server.api_key,
                "CHAT_MODEL": "openai:fake-model",
            }
        database = await open_database(url)
        stack.push_async_callback(database.close)
        three = Programs(api, database, server, folder, settings)
        try:
            yield three
        finally:
            for program in three.running:
                program.send_signal(signal.SIGTERM)
            for program in three.running:
                await program.ended()


@pytest.mark.faults("kill -9: one of three programs, adding links")
@pytest.mark.slow
async def test_of_three_programs_one_dies_and_every_link_is_fetched_once(
    tmp_path: Path, postgres: Postgres, chroma_url: str
) -> None:
    links = 8
    with web_server() as site:
        async with programs(tmp_path, postgres.new_database(), chroma_url) as three:
            await three.start()
            admin = three.api.person("Ada", id=ADMIN_ID)
            await admin.send("/add " + " ".join(f"{site.url}/n/{n}" for n in range(links)))

            async def some_are_stored() -> bool:
                return await three.articles() >= 2

            await until(some_are_stored, PATIENCE_S)
            site.gate.clear()

            async def all_others_hang() -> bool:
                async with three.database.read() as connection:
                    done = intake_item.c.done.is_(True)
                    query = select(func.count()).select_from(intake_item).where(done)
                    written = int((await connection.execute(query)).scalar_one())
                return site.at_once == AT_ONCE and written + AT_ONCE == len(site.asked)

            await until(all_others_hang, PATIENCE_S)
            await three.kill_who_has(intake_job)
            site.gate.set()
            reply = await admin.wait_for(
                lambda one: one.sender == three.api.bot, timeout=PATIENCE_S
            )
            await reply.wait_until(lambda one: not one.text.startswith("Reading"), PATIENCE_S)
            await three.until_nothing_is_claimed(intake_job)
            assert three.heard(admin) == [reply.text]
            assert await three.articles() == links
    assert reply.text.startswith(f"{links} added")
    assert len(site.asked) == links
    assert site.asked.total() <= links + AT_ONCE  # those were under way


@pytest.mark.slow
async def test_a_press_at_another_program_stops_the_one_that_reads(
    tmp_path: Path, postgres: Postgres, chroma_url: str
) -> None:
    links = 6
    with web_server() as site:
        async with programs(tmp_path, postgres.new_database(), chroma_url) as three:
            await three.start()
            site.gate.clear()
            admin = three.api.person("Ada", id=ADMIN_ID)
            await admin.send("/add " + " ".join(f"{site.url}/n/{n}" for n in range(links)))
            reply = await admin.wait_for(
                lambda one: one.sender == three.api.bot, timeout=PATIENCE_S
            )
            await until(lambda: site.at_once == AT_ONCE, PATIENCE_S)
            await admin.press(reply, "stop")
            site.gate.set()
            await reply.wait_until(lambda one: one.text.startswith("Stopped"), PATIENCE_S)
            assert site.asked.total() == AT_ONCE
            await admin.press(reply, "continue")
            await reply.wait_until(lambda one: one.text.startswith(f"{links} added"), PATIENCE_S)
            assert three.heard(admin) == [reply.text]
    assert set(site.asked.values()) == {1}


@pytest.mark.faults("kill -9: one of three programs, writing briefings")
@pytest.mark.slow
async def test_of_three_programs_one_dies_and_every_briefing_is_written_once(
    tmp_path: Path, postgres: Postgres, chroma_url: str
) -> None:
    now, asked = datetime.now(UTC), asyncio.Event()

    def reply(request: dict[str, object]) -> Reply:
        asked.set()
        line = next(line for line in prompt_of(request).splitlines() if line.startswith("[1.1]"))
        said = line.partition("] ")[2]
        return Reply(f"HEADLINE: News of the day [1.1]\n{said} [1.1]", pace=0.05)

    articles = [
        draft(f"{text} It rained.", text[:30], "Alpha", f"https://a.example/{n}", f"{now:%F}")
        for n, text in enumerate(NEWS)
    ]
    url = postgres.new_database()
    async with programs(tmp_path, url, chroma_url, articles, model=True) as three:
        three.server.reply_with(reply)
        readers = [three.api.person(f"P{n}", id=2000 + n) for n in range(6)]
        for one in readers:
            one.private_chat().started = True
        # Two get the same, and four what nobody else gets.
        for number, one in enumerate(readers):
            covered = now - timedelta(days=2, minutes=max(number - 1, 0))
            await subscribe(three.database, [one.id], now, covered_until=covered)
        await three.start()
        await asyncio.wait_for(asked.wait(), PATIENCE_S)
        await three.kill_who_has(subscription)
        lost = len(three.server.requests) - len(NEWS) * len(await three.briefings())
        for one in readers:
            await three.said_to(one)
        await three.until_nothing_is_claimed(subscription)
        await until_settled(three.database)
        assert [len(three.heard(one)) for one in readers] == [1] * 6
        kept = await three.briefings()
    assert len(kept) == len(set(kept)) == 5
    # a call for each story of each briefing, and what the dead program had asked in vain
    assert len(three.server.requests) == len(NEWS) * 5 + lost


@pytest.mark.faults("kill -9: one of three programs, asking noted questions again")
@pytest.mark.slow
async def test_of_three_programs_one_dies_and_every_noted_question_is_answered_once(
    tmp_path: Path, postgres: Postgres, chroma_url: str
) -> None:
    now, asked = datetime.now(UTC), asyncio.Event()

    def reply(request: dict[str, object]) -> Reply:
        asked.set()
        lines = prompt_of(request).splitlines()
        mark = next(line.split()[0] for line in lines if "The Alpha Times" in line)
        return Reply(f"It was 50,000, the Alpha Times said {mark}", pace=0.1)

    url = postgres.new_database()
    async with programs(tmp_path, url, chroma_url, [ALPHA, BETA], model=True) as three:
        three.server.reply_with(reply)
        people = [three.api.person(f"P{n}", id=2000 + n) for n in range(6)]
        for one in people:
            one.private_chat().started = True
        await note(three.database, [one.id for one in people], now)
        await three.start()
        await asyncio.wait_for(asked.wait(), PATIENCE_S)
        await three.kill_who_has(noted)
        under_way = len(three.server.requests)
        for one in people:
            answer = await one.wait_for(
                lambda it: it.text.startswith("You asked"), timeout=PATIENCE_S
            )
            assert "It was 50,000" in answer.text
        await three.until_nothing_is_claimed(noted)
        await until_settled(three.database)
        assert [len(three.heard(one)) for one in people] == [1] * 6
        assert len(people) <= len(three.server.requests) <= len(people) + min(under_way, 1)


async def note(database: Database, people: Sequence[int], now: datetime) -> None:
    """A question of each, and a briefing since."""
    before = now - timedelta(hours=1)
    async with database.write() as connection:
        content: dict[str, Any] = {"written_at": now, "key": None, "content": {}}
        briefing = insert(tables.briefing).values(**content).returning(tables.briefing.c.id)
        number = (await connection.execute(briefing)).scalar_one()
        for one in people:
            row = {"chat_id": one, "thread_id": 0, "person_id": one, "question": QUESTION}
            await connection.execute(insert(noted).values(**row, noted_at=before, looked_at=before))
            told = {"reader": f"telegram:{one}:0", "briefing_id": number}
            await connection.execute(insert(tables.told).values(**told, told_at=now, until=now))


@pytest.mark.faults("kill -9: one of three programs, reading feeds")
@pytest.mark.slow
async def test_of_three_programs_one_dies_and_every_entry_is_fetched_once(
    tmp_path: Path, postgres: Postgres, chroma_url: str
) -> None:
    with feed_site() as site:
        site.faults = False
        site.now += timedelta(minutes=24)
        entries = len(site.numbers("teasers"))
        async with programs(tmp_path, postgres.new_database(), chroma_url) as three:
            at = datetime.now(UTC) - timedelta(seconds=1)
            store, hour = FeedStore(three.database), timedelta(hours=1)
            outline = Outline(f"{site.url}/feed/teasers", "A")
            feed = await store.add(outline, by="test", now=at, interval=hour, holder="test")
            assert feed is not None
            await store.release(feed.id, "test", at)
            await three.start()

            async def some_are_stored() -> bool:
                return await three.articles() >= 1

            await until(some_are_stored, PATIENCE_S)
            await three.kill_who_has(tables.feed)

            async def all_are_stored() -> bool:
                return await three.articles() == entries

            await until(all_are_stored, PATIENCE_S)
    pages = {path: times for path, times in site.asked.items() if path.startswith("/page/")}
    assert site.asked["/feed/teasers"] == 1
    assert len(pages) == entries
    assert sum(pages.values()) <= entries + 1  # one was under way
