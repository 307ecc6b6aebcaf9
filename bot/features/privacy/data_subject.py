"""Finds, exports and deletes what is stored about a person, table by table.

A private chat has the id of its person, so all data of that chat is theirs. A group's questions and
answers belong to the group and name nobody, except whoever set up a subscription.

Every table is in `FORMS`, in one of the functions here, or in `IMPERSONAL`; a test checks that, so
that no new table is overlooked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, null, select, update

from bot.features.access.people import Role, name_of
from bot.features.questions.admission import remembering
from bot.tables import (
    channel,
    correction_choice,
    inbox,
    intake_job,
    invitation,
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
from retrieval.storage import audit
from retrieval.storage.tables import (
    article,
    briefing,
    cited_revision,
    feed,
    given_answer,
    told,
    vote,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, Select, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.storage.database import Database

Row = dict[str, Any]

# Tables without data about readers.
IMPERSONAL = frozenset(
    (
        "revision",
        "passage",
        "sentence_use",
        "story",
        "story_article",
        "state",
        "copy_band",
        "intake_item",
        "feed_entry",
        # a hash that nobody can link to a person without the bot's token, until the day ends
        "forgotten_spending",
        "lease",
    )
)
NOBODY = "telegram"
# Admins' names stay on their changes as long as they are admins: /privacy says so.
_STAFF = frozenset((Role.OWNER, Role.ADMIN))
_CHUNK = 500
# The cost of an answer is still counted, for everybody's budget.
_NOTHING_SAID: Mapping[str, Any] = {
    "conversation": audit.FORGOTTEN,
    "question": "",
    "citations": [],
    "made": null(),
    "person_id": None,
}
# The columns to export, where not all are about the person: not an article's text, or a secret.
_SHOWN = {
    "article": ("id", "added_at"),
    "invitation": ("id", "created_at", "expires_at", "uses", "uses_left"),
}


@dataclass(frozen=True, slots=True)
class Form:
    """Rows about a person in a table, selected by `mine`.

    They are deleted or, if `instead` is given, kept with these values. `staff`: they are left alone
    while the person is an admin.
    """

    table: Table
    mine: Callable[[int], ColumnElement[bool]]
    instead: Mapping[str, Any] | None = None
    staff: bool = False


def _chat(column: Column[Any]) -> Callable[[int], ColumnElement[bool]]:
    return lambda user_id: column == user_id


def _reader(column: Column[Any]) -> Callable[[int], ColumnElement[bool]]:
    """Rows of a private chat, in any thread."""
    return lambda user_id: column.startswith(f"{name_of(user_id)}:", autoescape=True)


def _answers(user_id: int) -> Select[tuple[int]]:
    return select(given_answer.c.id).where(_reader(given_answer.c.conversation)(user_id))


# In the order in which they are deleted.
FORMS: tuple[Form, ...] = (
    Form(person, _chat(person.c.user_id)),
    Form(place, _chat(place.c.chat_id)),
    Form(correction_choice, _chat(correction_choice.c.chat_id)),
    Form(spoken, _chat(spoken.c.chat_id)),
    Form(turn, _chat(turn.c.user_id)),
    Form(noted, _chat(noted.c.person_id)),
    Form(vote, _chat(vote.c.person_id)),
    Form(cited_revision, lambda user_id: cited_revision.c.answer_id.in_(_answers(user_id))),
    Form(given_answer, _reader(given_answer.c.conversation), _NOTHING_SAID),
    Form(given_answer, _chat(given_answer.c.person_id), {"person_id": None}),
    Form(briefing, _chat(briefing.c.person_id), {"person_id": None}),
    # An unfinished update is the one that asks for this.
    Form(inbox, lambda user_id: (inbox.c.chat_id == user_id) & inbox.c.done_at.is_not(None)),
    Form(told, _reader(told.c.reader)),
    Form(story_choice, _reader(story_choice.c.reader)),
    Form(watch, _chat(watch.c.chat_id)),
    Form(watch, _chat(watch.c.created_by), {"created_by": 0}),
    Form(quiet_hours, _chat(quiet_hours.c.chat_id)),
    Form(outbox, _chat(outbox.c.chat_id)),
    Form(pace, _chat(pace.c.chat_id)),
    Form(reservation, _chat(reservation.c.person_id), {"person_id": None}),
    Form(subscription, _chat(subscription.c.chat_id)),
    Form(subscription, _chat(subscription.c.created_by), {"created_by": 0}),
    Form(standing, lambda user_id: (standing.c.user_id == user_id) & _ends()),
    Form(invitation, _chat(invitation.c.created_by), {"created_by": 0}, staff=True),
    Form(article, lambda user_id: article.c.added_by == name_of(user_id), {"added_by": NOBODY},
         staff=True),
    Form(intake_job, _chat(intake_job.c.chat_id), staff=True),
    Form(intake_job, lambda user_id: intake_job.c.added_by == name_of(user_id),
         {"added_by": NOBODY}, staff=True),
    Form(feed, lambda user_id: feed.c.added_by == name_of(user_id), {"added_by": NOBODY},
         staff=True),
    Form(channel, lambda user_id: channel.c.switched_by == name_of(user_id),
         {"switched_by": NOBODY}, staff=True),
)  # fmt: skip


def _ends() -> ColumnElement[bool]:
    """Roles that are deleted: only that of a reader. /forget must not unblock anybody."""
    return standing.c.role == Role.READER


async def forget(
    database: Database, user_id: int, role: Role, now: datetime, counting: str | None = None
) -> None:
    """Delete everything that is stored about a person, in one transaction.

    With `counting`, a secret that is not in the database, the tokens they spent today stay
    counted until the day ends; otherwise forgetting would renew their budget.

    Raises:
        ArchiveError: the database failed, and nothing was deleted.
    """
    async with database.write() as connection:
        delete_all = partial(_forget, connection, user_id, role, now)
        if counting is None:
            await delete_all()
        else:
            await remembering(connection, user_id, now, counting, delete_all)


async def _forget(connection: AsyncConnection, user_id: int, role: Role, now: datetime) -> None:
    given = await _briefings(connection, user_id)
    for form in FORMS:
        if form.staff and role in _STAFF:
            continue
        if form.instead is None:
            await connection.execute(delete(form.table).where(form.mine(user_id)))
        else:
            await connection.execute(
                update(form.table).where(form.mine(user_id)).values(form.instead)
            )
    for start in range(0, len(given), _CHUNK):
        await delete_untold(connection, briefing.c.id.in_(given[start : start + _CHUNK]))
    await _forget_in_reports(connection, user_id)
    if role not in _STAFF:
        await audit.forget_names(connection, [name_of(user_id)])
    await audit.record(connection, audit.FORGOTTEN, "forget", audit.FORGOTTEN, now)


async def export(database: Database, user_id: int) -> dict[str, list[Row]]:
    """Everything that is stored about a person: rows by table, with values for JSON."""
    found: dict[str, list[Row]] = {}
    async with database.read() as connection:
        for form in FORMS:
            query = select(form.table).where(_whole(form, user_id))
            rows = [_plain(form.table, row) for row in (await connection.execute(query)).all()]
            found.setdefault(form.table.name, []).extend(rows)
        mine = select(told.c.briefing_id).where(_reader(told.c.reader)(user_id))
        query = select(briefing).where(briefing.c.id.in_(mine)).order_by(briefing.c.id)
        found["briefing"] = [
            _plain(briefing, row) for row in (await connection.execute(query)).all()
        ]
        lines = await audit.of_names(connection, [name_of(user_id)])
        found["audit"] = [
            {"at": e.at.isoformat(), "who": e.who, "what": e.what, "subject": e.subject}
            for e in lines
        ]
    return found


async def delete_untold(connection: AsyncConnection, which: ColumnElement[bool]) -> int:
    """Delete those of these briefings that are in nobody's ledger; returns how many."""
    is_told = exists(select(1).where(told.c.briefing_id == briefing.c.id))
    return (await connection.execute(delete(briefing).where(which, ~is_told))).rowcount


def _whole(form: Form, user_id: int) -> ColumnElement[bool]:
    """The rows to export: also roles that would not be deleted, and no row twice."""
    if form.table is standing:
        return standing.c.user_id == user_id
    if form.table is subscription and form.instead is not None:
        return form.mine(user_id) & (subscription.c.chat_id != user_id)
    if form.table is watch and form.instead is not None:
        return form.mine(user_id) & (watch.c.chat_id != user_id)
    if form.table is given_answer and form.instead is not _NOTHING_SAID:
        return form.mine(user_id) & ~_reader(given_answer.c.conversation)(user_id)
    if form.table is intake_job and form.instead is not None:
        return form.mine(user_id) & (intake_job.c.chat_id != user_id)
    return form.mine(user_id)


async def _briefings(connection: AsyncConnection, user_id: int) -> list[int]:
    mine = _reader(told.c.reader)(user_id)
    return list((await connection.execute(select(told.c.briefing_id).where(mine))).scalars())


async def _forget_in_reports(connection: AsyncConnection, user_id: int) -> None:
    """Remove a person's id from reports to admins, which name chats."""
    number = re.compile(rf"(?<![\d-]){user_id}(?!\d)")
    reports = select(outbox.c.id, outbox.c.payload).where(outbox.c.once.startswith("report:"))
    for row in (await connection.execute(reports)).all():
        text = row.payload.get("text", "")
        if number.search(text):
            payload = row.payload | {"text": number.sub(audit.FORGOTTEN, text)}
            await connection.execute(
                update(outbox).where(outbox.c.id == row.id).values(payload=payload)
            )


def _plain(table: Table, row: Any) -> Row:  # noqa: ANN401  a database row
    shown = _SHOWN.get(table.name) or row._mapping.keys()  # noqa: SLF001  SQLAlchemy's public name
    values = ((key, row._mapping[key]) for key in shown)  # noqa: SLF001
    return {key: one.isoformat() if hasattr(one, "isoformat") else one for key, one in values}
