"""What is kept about a person: found in every table, exported, deleted; on SQLite and Postgres."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import MetaData, func, insert, select

from bot import tables as bot_tables
from bot.features.access.invitations import Invitations
from bot.features.access.people import Access, KnownPerson, People, Role
from bot.features.privacy.data_subject import FORMS, IMPERSONAL, export, forget
from bot.features.privacy.handlers import OUTBOX_DAYS
from bot.features.privacy.retention import INVITATIONS_KEPT, RetentionPolicy, expire
from bot.tables import (
    channel,
    correction_choice,
    inbox,
    intake_job,
    noted,
    outbox,
    pace,
    person,
    place,
    quiet_hours,
    reservation,
    spoken,
    standing,
    story_choice,
    subscription,
    turn,
    watch,
)
from bot.telegram.outbox import KEEP_FOR
from retrieval.storage import audit, tables
from retrieval.storage.tables import (
    article,
    briefing,
    cited_revision,
    feed,
    given_answer,
    story,
    told,
    vote,
)

if TYPE_CHECKING:
    from datetime import datetime

    from retrieval.storage.database import Database
    from tests.bot.features.conftest import Clock

RITA, OMAR, OWNER = 700_100_1, 700_100_12, 1
GROUP = -100_900
MARK = "Sumy bridge"


@pytest.fixture
def people(database: Database, clock: Clock) -> People:
    return People(database, Access(frozenset((OWNER,)), is_open=False), clock)


async def fill(database: Database, user_id: int, now: datetime, mark: str) -> None:
    """Something of a person in every table that keeps something of people."""
    reader, sub = f"telegram:{user_id}:0", {"thread_id": 0, "created_at": now, "minute": 1}
    sub |= {"weekdays": 1, "zone": "Etc/UTC", "length": "standard", "silent": False}
    sub |= {"state": "active", "next_due_at": now, "covered_until": now}
    row = {"thread_id": 0, "state": "sent", "not_before": now, "attempts": 1, "created_at": now}
    row["finished_at"] = now
    report = {"text": f"1 message may or may not have arrived. Chats: {user_id}, {GROUP}."}
    async with database.write() as connection:
        number = (
            await connection.execute(insert(story).values(created_at=now).returning(story.c.id))
        ).scalar_one()
        own = (
            await connection.execute(
                insert(briefing)
                .values(written_at=now, key=None, content={"topics": [mark]})
                .returning(briefing.c.id)
            )
        ).scalar_one()
        for table, values in (
            (place, {"chat_id": user_id, "zone": "Europe/Kyiv"}),
            (correction_choice, {"chat_id": user_id, "wanted": False, "chosen_at": now}),
            (spoken, {"chat_id": user_id, "language": "uk", "chosen": True}),
            (subscription, {"chat_id": user_id, "created_by": user_id, "topics": [mark], **sub}),
            (subscription, {"chat_id": GROUP, "created_by": user_id, "topics": ["all"], **sub}),
            (watch, {"chat_id": user_id, "thread_id": 0, "created_by": user_id, "created_at": now,
                     "topic": mark, "after_revision": 0, "active_since": now}),
            (watch, {"chat_id": GROUP, "thread_id": 0, "created_by": user_id, "created_at": now,
                     "topic": "of the group", "after_revision": 0, "active_since": now}),
            (quiet_hours, {"chat_id": user_id, "begins": 1320, "ends": 420}),
            (story_choice, {"reader": reader, "story_id": number, "choice": "follow",
                            "chosen_at": now}),
            (told, {"reader": reader, "briefing_id": own, "told_at": now, "until": now}),
            (told, {"reader": f"telegram:{user_id}:5", "briefing_id": own, "told_at": now,
                    "until": now}),
            (outbox, {"once": f"asked:{user_id}:1:1", "chat_id": user_id,
                      "payload": {"text": mark}, **row}),
            (outbox, {"once": f"report:{number}:{OWNER}", "chat_id": OWNER, "payload": report,
                      **row}),
            (pace, {"chat_id": user_id, "state": {}, "until": 1.0}),
            (reservation, {"person_id": user_id, "tokens": 1, "until": now}),
            (given_answer, {"asked_at": now, "conversation": reader, "question": f"Who: {mark}?",
                            "mode": "quote", "citations": [], "person_id": user_id,
                            "made": {"claims": [mark]}, "input_tokens": 7}),
            (given_answer, {"asked_at": now, "conversation": f"telegram:{GROUP}:0",
                            "question": "Of the group", "mode": "quote", "citations": [],
                            "person_id": user_id}),
            (turn, {"user_id": user_id, "chat_id": GROUP, "thread_id": 0, "asked_at": now,
                    "question": mark, "articles": [], "first_message_id": 1,
                    "last_message_id": 1, "ended": False}),
            (noted, {"chat_id": user_id, "thread_id": 0, "person_id": user_id, "question": mark,
                     "noted_at": now, "looked_at": now}),
            (inbox, {"update_id": user_id, "chat_id": user_id, "payload": {}, "received_at": now,
                     "done_at": now}),
            (intake_job, {"chat_id": user_id, "thread_id": 0, "added_by": reader[:-2],
                          "state": "done", "told": True, "changed_at": now}),
            (intake_job, {"chat_id": GROUP, "thread_id": 0, "added_by": reader[:-2],
                          "state": "done", "told": True, "changed_at": now}),
            (channel, {"chat_id": -number - 10**12, "title": "News", "member": True,
                       "taken": True, "switched_by": reader[:-2], "changed_at": now}),
            (feed, {"url": f"https://a.example/{number}", "host": "a.example", "title": "A",
                    "state": "active", "added_by": reader[:-2], "added_at": now, "wishes": {},
                    "interval_s": 60, "next_at": now, "failures": 0}),
            (article, {"outlet": "Wire", "content_hash": sha256(reader.encode()).hexdigest(),
                       "added_at": now,
                       "added_by": f"telegram:{user_id}"}),
        ):  # fmt: skip
            await connection.execute(insert(table).values(**values))
        asked = select(func.max(given_answer.c.id)).where(given_answer.c.conversation == reader)
        await connection.execute(
            insert(cited_revision).values(answer_id=asked.scalar_subquery(), revision_id=user_id)
        )
        answer = select(func.max(given_answer.c.id)).scalar_subquery()
        await connection.execute(
            insert(vote).values(answer_id=answer, person_id=user_id, helpful=True, voted_at=now)
        )


async def shared_briefing(database: Database, now: datetime, *readers: int) -> int:
    async with database.write() as connection:
        values = {"written_at": now, "key": "k", "content": {}}
        number = int(
            (
                await connection.execute(insert(briefing).values(values).returning(briefing.c.id))
            ).scalar_one()
        )
        for one in readers:
            line = {"reader": f"telegram:{one}:0", "briefing_id": number, "told_at": now}
            await connection.execute(insert(told).values(until=now, **line))
    return number


async def dump(database: Database) -> dict[str, str]:
    """Every table that there is, whether our code knows it or not, as text."""

    def read(connection: Any) -> dict[str, str]:
        whole = MetaData()
        whole.reflect(connection)
        return {
            table.name: str(connection.execute(select(table)).all())
            for table in whole.sorted_tables
        }

    async with database.read() as connection:
        return await connection.run_sync(read)


def traces(found: dict[str, str], *marks: str) -> dict[str, list[str]]:
    traced = {name: [m for m in marks if m in text] for name, text in found.items()}
    return {name: marks for name, marks in traced.items() if marks}


def test_every_table_was_thought_of() -> None:
    known = {form.table.name for form in FORMS} | {"briefing", "audit"}
    there = {*tables.metadata.tables, *bot_tables.metadata.tables}
    assert known | IMPERSONAL == there
    assert not known & IMPERSONAL


def test_what_privacy_says_of_the_outbox_is_so() -> None:
    assert timedelta(days=OUTBOX_DAYS) == KEEP_FOR


async def test_of_a_forgotten_reader_no_table_holds_a_trace(
    database: Database, people: People, clock: Clock
) -> None:
    invitations = Invitations(database, clock)
    _, code = await invitations.create(OWNER, 2, 7)
    for user_id, name, mark in ((RITA, "Rita Kay", MARK), (OMAR, "Omar", "Odesa port")):
        await invitations.redeem(user_id, code)
        await people.seen(KnownPerson(user_id, name, f"{name[:4].lower()}_x"))
        await fill(database, user_id, clock(), mark)
    shared = await shared_briefing(database, clock(), RITA, OMAR)
    marks = (f"{RITA},", f"{RITA}:", f"{RITA})", f"{RITA}'", f'{RITA}"', "Rita", "rita_x", MARK)
    before = await dump(database)
    assert set(traces(before, *marks)) >= {form.table.name for form in FORMS} - {"invitation"}
    others = {n: t.count(str(OMAR)) + t.count("Odesa port") for n, t in before.items()}

    await forget(database, RITA, Role.READER, clock())

    after = await dump(database)
    assert traces(after, *marks) == {}
    assert {n: t.count(str(OMAR)) + t.count("Odesa port") for n, t in after.items()} == others
    async with database.read() as connection:
        left = (await connection.execute(select(briefing.c.id))).scalars().all()
        groups = await connection.execute(
            select(subscription.c.created_by).where(subscription.c.chat_id == GROUP)
        )
        assert sorted(groups.scalars()) == [0, OMAR]
    assert shared in left
    assert len(left) == 2
    assert await people.role(RITA) is Role.STRANGER
    assert await people.role(OMAR) is Role.READER
    assert (await audit.entries(database, 1))[0].what == "forget"
    kept = await export(database, RITA)
    assert {name: rows for name, rows in kept.items() if rows} == {}


async def test_an_admin_and_a_blocked_person_keep_only_that(
    database: Database, people: People, clock: Clock
) -> None:
    for user_id in (RITA, OMAR):
        await people.seen(KnownPerson(user_id, "Rita"))
        await fill(database, user_id, clock(), MARK)
    await people.appoint(OWNER, RITA)
    await people.block(RITA, 99)
    await people.block(OWNER, OMAR)
    await forget(database, RITA, Role.ADMIN, clock())
    await forget(database, OMAR, Role.BLOCKED, clock())
    assert await people.role(RITA) is Role.ADMIN
    assert await people.role(OMAR) is Role.BLOCKED
    found = await dump(database)
    assert set(traces(found, str(OMAR))) == {"standing"}
    assert set(traces(found, f"{RITA},", f"{RITA}:", f"{RITA}'")) == {
        "standing",
        "audit",
        "article",
        "channel",
        "feed",
        "intake_job",
    }


async def test_the_export_holds_all_rows_and_nothing_of_others(
    database: Database, people: People, clock: Clock
) -> None:
    await people.seen(KnownPerson(RITA, "Rita Kay", "rita_x"))
    await people.seen(KnownPerson(OMAR, "Omar"))
    await fill(database, RITA, clock(), MARK)
    await fill(database, OMAR, clock(), "Odesa port")
    await people.appoint(OWNER, RITA)
    await Invitations(database, clock).create(RITA, 1, 7)
    kept = await export(database, RITA)
    assert {name: len(rows) for name, rows in kept.items()} == {
        "person": 1, "place": 1, "spoken": 1, "correction_choice": 1, "given_answer": 2, "turn": 1,
        "noted": 1, "cited_revision": 1,
        "vote": 1, "inbox": 1,
        "intake_job": 2, "channel": 1, "feed": 1, "told": 2, "story_choice": 1, "outbox": 1,
        "pace": 1, "reservation": 1, "watch": 2, "quiet_hours": 1,
        "subscription": 2, "standing": 1, "invitation": 1, "article": 1, "briefing": 1, "audit": 2,
    }  # fmt: skip
    text = json.dumps(kept)
    assert MARK in text
    assert "Europe/Kyiv" in text
    assert str(OMAR) not in text
    assert "Odesa port" not in text
    assert "code_hash" not in text


async def count(database: Database, *which: Any) -> list[int]:
    async with database.read() as connection:
        queries = [select(func.count()).select_from(one) for one in which]
        return [int((await connection.execute(one)).scalar_one()) for one in queries]


async def test_what_is_kept_long_enough_goes_by_itself_and_not_before(
    database: Database, people: People, clock: Clock
) -> None:
    keeping = RetentionPolicy(timedelta(days=10), timedelta(days=20), timedelta(days=50))
    await people.seen(KnownPerson(RITA, "Rita"))
    await fill(database, RITA, clock(), MARK)
    shared = await shared_briefing(database, clock(), RITA)
    invitations = Invitations(database, clock)
    _, code = await invitations.create(OWNER, 1, 7)
    await invitations.redeem(RITA, code)
    kept = (given_answer, person, told, briefing, bot_tables.invitation, tables.audit)

    assert await expire(database, keeping, clock()) == 0
    clock.forward(days=10)
    assert await expire(database, keeping, clock()) == 0
    clock.forward(seconds=1)
    # two answers, a turn of the conversation, a name
    assert await expire(database, keeping, clock()) == 4
    assert await count(database, *kept) == [0, 0, 3, 2, 1, 2]
    # Somebody else was told the same later: it stays for them.
    async with database.write() as connection:
        line = {"reader": f"telegram:{OMAR}:0", "briefing_id": shared, "told_at": clock()}
        await connection.execute(insert(told).values(until=clock(), **line))
    clock.forward(days=10)
    await expire(database, keeping, clock())
    assert await count(database, *kept) == [0, 0, 1, 1, 1, 2]
    clock.forward(days=7 + INVITATIONS_KEPT.days - 20)
    await expire(database, keeping, clock())
    clock.forward(days=50)
    await expire(database, keeping, clock())
    assert await count(database, *kept) == [0, 0, 0, 0, 0, 0]
    # What a reader chose stays until they change it, and so does a role.
    assert await count(database, subscription, place, story_choice, standing) == [2, 1, 1, 1]


async def test_drafts_and_briefings_that_nobody_was_given_go(
    database: Database, clock: Clock
) -> None:
    await fill(database, RITA, clock(), MARK)
    await shared_briefing(database, clock())
    async with database.write() as connection:
        await connection.execute(subscription.update().values(state="draft", next_due_at=None))
    clock.forward(days=1)
    await expire(database, RetentionPolicy(), clock())
    assert await count(database, subscription, briefing) == [2, 2]  # still being put together
    clock.forward(days=2)
    await expire(database, RetentionPolicy(), clock())
    assert await count(database, subscription, briefing) == [0, 1]


async def test_more_rows_than_fit_into_one_transaction_go_too(
    database: Database, clock: Clock
) -> None:
    row = {"asked_at": clock(), "question": "?", "mode": "quote", "citations": []}
    async with database.write() as connection:
        rows = [{**row, "conversation": f"telegram:{n}:0"} for n in range(1203)]
        await connection.execute(insert(given_answer), rows)
    clock.forward(days=91)
    assert await expire(database, RetentionPolicy(), clock()) == 1203
    assert await count(database, given_answer) == [0]
