"""How handlers write into the audit log, without the database in their hands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from retrieval.archive import audit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from retrieval.archive.database import Database


class Record(Protocol):
    """Writes a line: who did what to what; raises ArchiveError where that fails."""

    async def __call__(  # noqa: D102
        self, who: str, what: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None: ...


def recorder(database: Database, now: Callable[[], datetime]) -> Record:
    """Writes lines in transactions of their own."""

    async def record(
        who: str, what: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        await audit.record(database, who, what, subject, now(), detail)

    return record
