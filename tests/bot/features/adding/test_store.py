"""Jobs in SQL, on both databases."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from bot.features.adding.jobs import Counts, Failure, JobItem, JobState
from bot.features.adding.reading import Engine, FetchLimits, PoliteQueues, after
from bot.features.adding.sources import Link, LocalFile, Post
from bot.features.adding.store import IntakeJobs
from bot.features.channels import Channels
from bot.tables import intake_item
from retrieval.messages import UserMessage
from retrieval.models import Added, Article, Rejected
from retrieval.storage.database import open_database
from retrieval.storage.leases import LASTING, LeaseLostError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from pathlib import Path

    from bot.features.adding.sources import Source
    from retrieval.models import Outcome
    from retrieval.storage.database import Database
    from tests.support.postgres import Postgres

LINKS = [Link(f"https://a.example/{n}") for n in range(5)]
NOW = datetime(2024, 11, 12, 8, tzinfo=UTC)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = await open_database(url)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'x.db'}"
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database()
    async with opened(url) as database:
        yield database


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def post(text: str, number: int, album: str | None = None) -> Post:
    return Post(text, "War Notes", f"https://t.me/w/{number}", NOW.isoformat(), album)


def article(number: int) -> Article:
    return Article(number, number, 1, "Title", "Outlet", None, None, None, None)


async def test_a_job_goes_from_offer_to_done_and_each_step_only_from_where_it_was(
    database: Database,
) -> None:
    jobs = IntakeJobs(database)
    number = await jobs.begin(LINKS, added_by="telegram:1", state=JobState.OFFERED, chat_id=7)
    assert not await jobs.move(number, [JobState.RUNNING], JobState.STOPPED)
    assert await jobs.move(number, [JobState.OFFERED], JobState.RUNNING)
    assert not await jobs.move(number, [JobState.OFFERED], JobState.DROPPED)
    assert not await jobs.finish(number)
    for one in await jobs.waiting(number):
        await jobs.save(replace(one, done=True))
    assert await jobs.finish(number)
    job = await jobs.get(number)
    assert job is not None
    assert (job.state, job.told) == (JobState.DONE, False)
    await jobs.shown(job)
    assert await jobs.due() == []


async def test_what_was_shown_before_a_change_does_not_count_as_shown(database: Database) -> None:
    clock = Clock()
    jobs = IntakeJobs(database, clock)
    number = await jobs.offer([post("a", 1)], added_by="telegram:1", chat_id=7)
    before = await jobs.get(number)
    assert before is not None
    assert await jobs.due() == []  # more may come
    clock.now += timedelta(seconds=0.5)
    assert await jobs.offer([post("b", 2)], added_by="telegram:1", chat_id=7) == number
    await jobs.shown(before)
    clock.now += timedelta(seconds=1)
    assert [one.id for _, one in await jobs.due()] == [number]
    await jobs.keep_message(number, 99)
    assert await jobs.offer([post("c", 3)], added_by="telegram:1", chat_id=7) != number
    assert await jobs.offer([post("d", 4)], added_by="telegram:2", chat_id=7) != number


async def test_links_pasted_in_several_messages_are_one_offer_each_link_once(
    database: Database,
) -> None:
    jobs = IntakeJobs(database)
    first = await jobs.offer(LINKS[:3], added_by="telegram:1", chat_id=7)
    again = [Link(f"{LINKS[0].url}?utm_source=x"), *LINKS[2:]]
    assert await jobs.offer(again, added_by="telegram:1", chat_id=7) == first
    assert [one.source for one in await jobs.waiting(first)] == LINKS


@pytest.mark.parametrize("order", [("", "Text"), ("Text", ""), ("Text", "Other"), ("Text", "Text")])
async def test_an_album_is_one_post_with_all_of_its_texts(
    database: Database, order: tuple[str, str]
) -> None:
    jobs = IntakeJobs(database)
    for number, text in enumerate(order):
        job = await jobs.offer([post(text, number, "a")], added_by="telegram:1", chat_id=7)
    [item] = await jobs.waiting(job)
    text = "Text\n\nOther" if "Other" in order else "Text"
    assert item.source == post(text, order.index("Text"), "a")


async def test_retrying_reads_what_failed_and_nothing_else(database: Database) -> None:
    jobs = IntakeJobs(database)
    number = await jobs.begin([LocalFile("a.jsonl", 1, 1), LINKS[0]], added_by="cli")
    file, link = await jobs.waiting(number)
    file = after(file, 0, "line 1", Added(article(1)))
    file = after(file, 1, "line 2", Rejected(UserMessage("It isn't valid JSON.")))
    file = after(file, 2, "line 3", Added(article(2)))
    link = after(link, 0, "link", Added(article(3)))
    assert not await jobs.retry(number)
    for one in (file, link):
        await jobs.save(replace(one, done=True))
    assert not await jobs.retry(number)  # it runs
    assert await jobs.finish(number)
    assert await jobs.retry(number)
    [again] = await jobs.waiting(number)
    assert [again.wants()(n) for n in range(4)] == [False, True, False, False]
    assert again.counts == Counts(added=2)
    assert again.failures == ()


async def test_an_engine_goes_on_where_another_was_cut_off(database: Database) -> None:
    jobs = IntakeJobs(database)
    number = await jobs.begin([*LINKS, LocalFile("a.jsonl", 1, 1)], added_by="cli")
    read: list[tuple[str, int]] = []

    async def reading(
        source: Source, wanted: Callable[[int], bool], _by: str
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        for n in range(3 if isinstance(source, LocalFile) else 1):
            if wanted(n):
                read.append((source.label, n))
                if source.label == "https://a.example/2" and not healthy:
                    raise RuntimeError("cut off")
                yield source.label, Added(article(len(read)))

    engine = Engine(jobs, PoliteQueues(FetchLimits(at_once=1, pause_s=0)), reading)
    healthy = False
    with pytest.raises(RuntimeError):
        await engine.run(number, added_by="cli", stopping=asyncio.Event())
    healthy = True
    await engine.run(number, added_by="cli", stopping=asyncio.Event())
    assert await jobs.finish(number)
    view = await jobs.overview(number)
    assert view.counts == Counts(added=8)
    assert sorted(set(read)) == [
        *(("a.jsonl", n) for n in range(3)),
        *((one.url, 0) for one in LINKS),
    ]
    assert len(read) <= 10  # what was under way when it was cut off, twice


async def test_a_job_is_one_programs_until_its_lease_ends_and_what_it_writes_then_is_refused(
    database: Database,
) -> None:
    clock = Clock()
    one, other = IntakeJobs(database, clock), IntakeJobs(database, clock)
    number = await one.begin(LINKS[:2], added_by="telegram:1", chat_id=7)
    [(token, job)] = await one.due()
    assert job.id == number
    assert await other.due() == []
    assert await other.pause() == LASTING.total_seconds()
    first, second = await one.waiting(number)
    assert await one.save(replace(first, done=True), token)
    clock.now += LASTING
    [(theirs, _)] = await other.due()
    with pytest.raises(LeaseLostError):
        await one.save(replace(second, done=True), token)
    with pytest.raises(LeaseLostError):
        await one.overview(number, token)
    assert await other.waiting(number) == [second]
    assert (await other.overview(number, theirs)).finished == 1


async def test_a_job_that_another_program_stops_is_read_no_further(database: Database) -> None:
    jobs, other = IntakeJobs(database), IntakeJobs(database)
    number = await jobs.begin(LINKS, added_by="telegram:1", chat_id=7)
    read = list[str]()

    async def reading(
        source: Source, _wanted: Callable[[int], bool], _by: str
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        read.append(source.label)
        if len(read) == 2:
            await other.move(number, [JobState.RUNNING], JobState.STOPPED)
        yield source.label, Added(article(len(read)))

    [(token, _)] = await jobs.due()
    engine, stopping = (
        Engine(jobs, PoliteQueues(FetchLimits(at_once=1, pause_s=0)), reading),
        asyncio.Event(),
    )
    await engine.run(number, added_by="telegram:1", stopping=stopping, token=token)
    assert len(read) == 2
    assert len(await jobs.waiting(number)) == 3


async def test_an_interrupted_command_takes_what_is_new_and_what_changed(
    database: Database,
) -> None:
    jobs = IntakeJobs(database)
    first = [LocalFile("a", 1, 1), LocalFile("b", 1, 1)]
    number = await jobs.begin(first, added_by="cli", name="cli:x")
    for one in await jobs.waiting(number):
        await jobs.save(replace(one, done=True))
    changed = [LocalFile("a", 1, 1), LocalFile("b", 2, 2), LocalFile("c", 1, 1)]
    await jobs.bring_up_to_date(number, changed)
    assert [one.label for one in await jobs.waiting(number)] == ["b", "c"]
    assert await jobs.due() == []  # a command's job is not the bot's


async def test_reasons_are_kept_as_messages_and_sentences_from_before_are_read(
    database: Database,
) -> None:
    jobs = IntakeJobs(database)
    number = await jobs.begin([LINKS[0]], added_by="cli")
    [link] = await jobs.waiting(number)
    large = UserMessage("It's larger than {number} MB.", number=20)
    await jobs.save(after(link, 0, "link", Rejected(large)))
    [link] = await jobs.waiting(number)
    assert [one.reason for one in link.failures] == [large]
    old = [[0, "link", "It is larger than 20 MB."]]
    async with database.write() as connection:
        await connection.execute(update(intake_item).values(failures=old))
    [link] = await jobs.waiting(number)
    assert [str(one.reason) for one in link.failures] == ["It is larger than 20 MB."]


async def test_failures_beyond_measure_are_counted_only() -> None:
    from bot.features.adding.reading import MOST_FAILURES  # noqa: PLC0415

    full = tuple(Failure(n, "x", UserMessage("y")) for n in range(MOST_FAILURES))
    item = after(JobItem(1, "x", LINKS[0], failures=full), 9, "x", Rejected(UserMessage("y")))
    assert len(item.failures) == MOST_FAILURES
    assert item.counts.rejected == 1


async def test_old_jobs_are_forgotten_with_their_items_running_ones_never(
    database: Database,
) -> None:
    clock = Clock()
    jobs = IntakeJobs(database, clock)
    old = await jobs.begin(LINKS, added_by="telegram:1", state=JobState.OFFERED, chat_id=7)
    running = await jobs.begin(LINKS, added_by="telegram:1", chat_id=7)
    clock.now += timedelta(days=31)
    await jobs.forget_old()
    assert await jobs.get(old) is None
    assert await jobs.waiting(old) == []
    assert len(await jobs.waiting(running)) == len(LINKS)


async def test_channels_are_off_until_switched_on_and_again_after_leaving(
    database: Database,
) -> None:
    channels = Channels(database)
    await asyncio.gather(*(channels.seen(-100, "War Notes", None, member=True) for _ in range(3)))
    assert await channels.switched_by(-100) is None
    assert await channels.switch(-100, taken=True, by="telegram:1")
    await channels.seen(-100, "War Notes 2", "w", member=True)
    [known] = await channels.joined()
    assert (known.title, known.username, known.taken) == ("War Notes 2", "w", True)
    assert await channels.switched_by(-100) == "telegram:1"
    await channels.seen(-100, "War Notes 2", "w", member=False)
    assert await channels.joined() == []
    assert not await channels.switch(-100, taken=True, by="telegram:1")
    await channels.seen(-100, "War Notes 2", "w", member=True)
    assert await channels.switched_by(-100) is None
