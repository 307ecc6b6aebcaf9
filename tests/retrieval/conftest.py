"""Servers that the library talks to: a model, and the web."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.hosts import Hosts, many_hosts
from tests.support.openai_server import OpenAIServer, openai_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with openai_server() as server:
        yield server


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosts]:
    with many_hosts(monkeypatch) as hosts:
        yield hosts
