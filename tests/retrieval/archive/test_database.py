"""Opening the database, and cleaning up when that fails."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from retrieval.errors import ArchiveError
from retrieval.storage.database import open_database

if TYPE_CHECKING:
    from pathlib import Path


def test_a_database_that_can_not_be_opened_leaves_no_thread_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[str] = []
    begin = threading.Thread.start

    def counted(thread: threading.Thread) -> None:
        began.append(thread.name)
        begin(thread)

    (tmp_path / "sitrep.db").mkdir()
    monkeypatch.setattr(threading.Thread, "start", counted)
    with pytest.raises(ArchiveError, match="can't be opened"):
        asyncio.run(open_database(f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}"))
    assert began == []
