"""The audit log: who changed what, and when.

`who` and `subject` are names such as `telegram:12345`, `cli`, `article:7`. `detail` has further
JSON values, and never names a person, so that everything about a person can be found and deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, or_, select, update

from retrieval.storage.database import Database
from retrieval.storage.tables import audit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log."""

    id: int
    at: datetime
    who: str
    what: str
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)


async def record(  # noqa: PLR0913, PLR0917  what a line of a log is
    where: AsyncConnection | Database,
    who: str,
    what: str,
    subject: str,
    when: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write a line, in the caller's transaction or in its own.

    With a connection, the line and the change that it describes are written together or not at all.

    Raises:
        ArchiveError: the database failed, and nothing was written.
    """
    if isinstance(where, Database):
        async with where.write() as connection:
            await record(connection, who, what, subject, when, detail)
        return
    await where.execute(
        insert(audit).values(
            at=when, who=who, what=what, subject=subject, detail=dict(detail or {})
        )
    )


async def entries(
    database: Database, count: int, *, before: int | None = None, after: int | None = None
) -> list[AuditEntry]:
    """`count` lines, newest first, with ids below `before` or above `after`.

    Raises:
        ArchiveError: the database failed.
    """
    query = select(audit).limit(count)
    if after is not None:
        query = query.where(audit.c.id > after).order_by(audit.c.id)
    else:
        query = query.order_by(audit.c.id.desc())
        query = query if before is None else query.where(audit.c.id < before)
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    found = [AuditEntry(r.id, r.at, r.who, r.what, r.subject, r.detail) for r in rows]
    return found[::-1] if after is not None else found


async def of_names(connection: AsyncConnection, names: Sequence[str]) -> list[AuditEntry]:
    """The lines by or about these names, oldest first."""
    mine = or_(audit.c.who.in_(names), audit.c.subject.in_(names))
    rows = await connection.execute(select(audit).where(mine).order_by(audit.c.id))
    return [AuditEntry(r.id, r.at, r.who, r.what, r.subject, r.detail) for r in rows]


async def forget_names(connection: AsyncConnection, names: Sequence[str]) -> None:
    """Keep the lines, but remove these names from them."""
    for column in (audit.c.who, audit.c.subject):
        await connection.execute(
            update(audit).where(column.in_(names)).values({column.name: FORGOTTEN})
        )


async def prune(connection: AsyncConnection, before: datetime) -> int:
    """Delete the lines written before an instant; returns how many."""
    return (await connection.execute(delete(audit).where(audit.c.at < before))).rowcount
