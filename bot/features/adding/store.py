"""Jobs and their items in SQL. Results are stored before anybody is told.

A due job is leased to one program, and only that one runs it and shows its state.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, func, insert, select, update

from bot.features.adding.jobs import (
    Counts,
    Job,
    JobItem,
    JobOverview,
    JobState,
    insert_items,
    item_of,
    job_of,
    joins_album,
    unknown_links,
)
from bot.features.adding.sources import Post, from_json
from bot.tables import intake_item, intake_job
from retrieval.storage.leases import LeaseHolder, LeaseLostError, next_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.features.adding.sources import Source
    from retrieval.storage.database import Database

KEPT = timedelta(days=30)
# Posts that come in quick succession are offered together.
TOGETHER = timedelta(seconds=1)
_FIRST_LABELS = 3
job, item = intake_job.c, intake_item.c


class IntakeJobs:
    """Jobs in SQL. Every method raises ArchiveError if the database fails."""

    def __init__(
        self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database, self._now = database, now
        self.leases = LeaseHolder(database, intake_job, now=now)

    async def begin(  # noqa: PLR0913  a job's columns
        self,
        sources: Iterable[Source],
        *,
        added_by: str,
        state: JobState = JobState.RUNNING,
        chat_id: int | None = None,
        thread_id: int = 0,
        name: str | None = None,
    ) -> int:
        """Make a job; returns its id."""
        async with self._database.write() as connection:
            number = await self._insert_job(connection, added_by, state, chat_id, thread_id, name)
            await insert_items(connection, number, sources)
        return number

    async def offer(self, sources: Sequence[Source], *, added_by: str, chat_id: int) -> int:
        """Offer sources, together with the same person's others that were not shown yet.

        Telegram splits long pasted texts and forwards posts one by one. An album is one post, made
        of its parts that have text.
        """
        mine = (job.chat_id == chat_id) & (job.added_by == added_by)
        unseen = mine & (job.state == JobState.OFFERED) & job.message_id.is_(None)
        query = select(job.id).where(unseen).order_by(job.id.desc()).limit(1)
        async with self._database.write() as connection:
            number = (await connection.execute(query)).scalar()
            if number is None:
                number = await self._insert_job(
                    connection, added_by, JobState.OFFERED, chat_id, 0, None
                )
            else:
                await connection.execute(
                    update(intake_job)
                    .where(job.id == number)
                    .values(changed_at=self._now(), told=False)
                )
            new = await unknown_links(connection, number, sources)
            for source in new:
                if not await joins_album(connection, number, source):
                    await insert_items(connection, number, [source])
        return number

    async def append(self, name: str, source: Source, *, added_by: str) -> int:
        """Add a source to the job of this name, which is not shown to anybody, and continue it."""
        async with self._database.write() as connection:
            number = (await connection.execute(select(job.id).where(job.name == name))).scalar()
            if number is None:
                number = await self._insert_job(
                    connection, added_by, JobState.RUNNING, None, 0, name
                )
            await connection.execute(
                update(intake_job)
                .where(job.id == number)
                .values(state=JobState.RUNNING, told=False, changed_at=self._now())
            )
            await insert_items(connection, number, [source])
        return number

    async def named(self, name: str) -> Job | None:
        """The job with this name, or None."""
        return await self._one(job.name == name)

    async def get(self, number: int) -> Job | None:
        """The job with this id, or None."""
        return await self._one(job.id == number)

    async def due(self) -> list[tuple[str, Job]]:
        """Lease jobs that are running, or whose state no message shows yet.

        Returns them with their leases' tokens, without those that another program has.
        """
        query = select(intake_job).where(*self._due()).order_by(job.id)
        token, rows = await self.leases.claim(query)
        return [(token, job_of(row)) for row in rows]

    async def pause(self) -> float | None:
        """Seconds until an offer is due or another program's lease ends; None for neither."""
        ends = await next_instant(
            self._database,
            intake_job,
            job.claimed_until,
            job.claimed_until.is_not(None),
            *self._due(),
        )
        ripe = select(func.min(job.changed_at)).where(
            job.state == JobState.OFFERED, job.told.is_(False)
        )
        async with self._database.read() as connection:
            changed = (await connection.execute(ripe)).scalar()
        offers = [changed + TOGETHER] if changed is not None else []
        soonest = min((one for one in (ends, *offers) if one is not None), default=None)
        return None if soonest is None else (soonest - self._now()).total_seconds()

    def _due(self) -> tuple[ColumnElement[bool], ...]:
        ripe = (job.state != JobState.OFFERED) | (job.changed_at <= self._now() - TOGETHER)
        cli = job.name.like("cli:%")
        open_ = (job.state == JobState.RUNNING) | job.told.is_(False)
        return open_, ripe, job.name.is_(None) | ~cli

    async def move(self, number: int, before: Sequence[JobState], after: JobState) -> bool:
        """Change a job's state; False if it was in none of the states `before`."""
        change = (
            update(intake_job)
            .where(job.id == number, job.state.in_(before))
            .values(state=after, told=False, changed_at=self._now())
        )
        async with self._database.write() as connection:
            return (await connection.execute(change)).rowcount > 0

    async def finish(self, number: int) -> bool:
        """Mark a job as done unless items are waiting; returns whether it was marked."""
        waits = exists().where(item.job_id == number, item.done.is_(False))
        change = (
            update(intake_job)
            .where(job.id == number, job.state.in_((JobState.RUNNING, JobState.STOPPED)), ~waits)
            .values(state=JobState.DONE, told=False, changed_at=self._now())
        )
        async with self._database.write() as connection:
            return (await connection.execute(change)).rowcount > 0

    async def keep_message(self, number: int, message_id: int) -> None:
        """Store the id of the message that shows the job."""
        async with self._database.write() as connection:
            await connection.execute(
                update(intake_job).where(job.id == number).values(message_id=message_id)
            )

    async def shown(self, one: Job) -> None:
        """Note that the message shows the state `one`, unless the job has changed since."""
        same = (job.id == one.id) & (job.state == one.state) & (job.changed_at == one.changed_at)
        async with self._database.write() as connection:
            await connection.execute(update(intake_job).where(same).values(told=True))

    async def retry(self, number: int) -> bool:
        """Let a finished job read its failures again; False if there is nothing to retry."""
        async with self._database.write() as connection:
            query = select(intake_job).where(job.id == number).with_for_update()
            found = (await connection.execute(query)).one_or_none()
            if found is None or found.state not in {JobState.DONE, JobState.STOPPED}:
                return False
            failed = intake_item.c.rejected > 0
            rows = await connection.execute(
                select(item.id, item.failures, item.rejected).where(
                    item.job_id == number, failed, item.done.is_(True)
                )
            )
            changed = 0
            for row in rows.all():
                changed += 1
                wanted = [failure[0] for failure in row.failures]
                await connection.execute(
                    update(intake_item)
                    .where(item.id == row.id)
                    .values(
                        done=False,
                        position=0,
                        wanted=wanted,
                        failures=[],
                        rejected=row.rejected - len(wanted),
                    )
                )
            if changed:
                await connection.execute(
                    update(intake_job)
                    .where(job.id == number)
                    .values(state=JobState.RUNNING, told=False, changed_at=self._now())
                )
        return changed > 0

    async def waiting(self, number: int) -> list[JobItem]:
        """A job's unfinished items, in order."""
        query = select(intake_item).where(item.job_id == number, item.done.is_(False))
        async with self._database.read() as connection:
            return [item_of(row) for row in await connection.execute(query.order_by(item.id))]

    async def bring_up_to_date(self, number: int, sources: Iterable[Source]) -> None:
        """Give an interrupted job these sources; changed ones start again from the beginning."""
        async with self._database.write() as connection:
            rows = await connection.execute(
                select(item.id, item.source).where(item.job_id == number)
            )
            known = {from_json(row.source): row.id for row in rows.all()}
            wanted = list(sources)
            gone = [one for source, one in known.items() if source not in set(wanted)]
            if gone:
                await connection.execute(delete(intake_item).where(item.id.in_(gone)))
            new = [source for source in wanted if source not in known]
            await insert_items(connection, number, new)
            await connection.execute(
                update(intake_job)
                .where(job.id == number)
                .values(state=JobState.RUNNING, changed_at=self._now())
            )

    async def save(self, one: JobItem, token: str | None = None) -> bool:
        """Store an item's progress; False if its job should be stopped.

        Raises:
            LeaseLostError: the job is not leased under the `token`; nothing was written.
        """
        counts = one.counts
        values = {
            "done": one.done,
            "position": one.position,
            "added": counts.added,
            "revised": counts.revised,
            "already": counts.already,
            "rejected": counts.rejected,
            "failures": [[each.number, each.label, each.reason.as_json()] for each in one.failures],
            "last": [list(pair) for pair in one.stored],
        }
        its = select(item.job_id).where(item.id == one.id).scalar_subquery()
        # A shared lock: items of a job are written in parallel, but nobody leases it meanwhile.
        query = select(job.state, job.claimed_by).where(job.id == its).with_for_update(read=True)
        async with self._database.write() as connection:
            found = (await connection.execute(query)).one_or_none()
            if token is not None and (found is None or found.claimed_by != token):
                raise LeaseLostError
            await connection.execute(update(intake_item).where(item.id == one.id).values(**values))
        return found is not None and found.state == JobState.RUNNING

    async def overview(self, number: int, token: str | None = None) -> JobOverview:
        """A job's progress.

        Raises:
            LeaseLostError: the job is not leased under the `token`.
        """
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(intake_item).where(item.job_id == number).order_by(item.id)
            )
            items = [item_of(row) for row in rows]
            if token is not None:
                by = await connection.execute(select(job.claimed_by).where(job.id == number))
                if by.scalar() != token:
                    raise LeaseLostError
        return JobOverview(
            sources=len(items),
            finished=sum(one.done for one in items),
            counts=sum((one.counts for one in items), Counts()),
            failures=tuple(failure for one in items for failure in one.failures),
            stored=tuple(pair for one in items for pair in one.stored),
            posts=sum(isinstance(one.source, Post) for one in items),
            first_labels=tuple(one.label for one in items[:_FIRST_LABELS]),
        )

    async def forget(self, number: int) -> None:
        """Delete a job."""
        async with self._database.write() as connection:
            await connection.execute(delete(intake_job).where(job.id == number))

    async def forget_finished(self, number: int) -> None:
        """Delete the items of a job that are done."""
        async with self._database.write() as connection:
            await connection.execute(
                delete(intake_item).where(item.job_id == number, item.done.is_(True))
            )

    async def forget_old(self) -> None:
        """Delete jobs without changes for a month that nobody waits for."""
        old = (job.changed_at < self._now() - KEPT) & (job.state != JobState.RUNNING)
        async with self._database.write() as connection:
            await connection.execute(delete(intake_job).where(old))

    async def _one(self, condition: ColumnElement[bool]) -> Job | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(intake_job).where(condition))).one_or_none()
        return job_of(row) if row else None

    async def _insert_job(  # noqa: PLR0913, PLR0917  a job's columns
        self,
        connection: AsyncConnection,
        added_by: str,
        state: JobState,
        chat_id: int | None,
        thread_id: int,
        name: str | None,
    ) -> int:
        row = {
            "name": name,
            "chat_id": chat_id,
            "thread_id": thread_id,
            "added_by": added_by,
            "state": state,
            "told": False,
            "changed_at": self._now(),
        }
        done = await connection.execute(insert(intake_job).values(row).returning(job.id))
        return int(done.scalar_one())
