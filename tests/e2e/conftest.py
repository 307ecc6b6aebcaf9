"""The bot with common settings, and a site for it to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.bots import RunningBot, running_bot
from tests.support.web import WebServer, web_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with running_bot(tmp_path) as bot:
        yield bot


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as server:
        yield server
