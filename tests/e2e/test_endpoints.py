"""What a watcher sees of a running bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from bot.endpoints import watched
from bot.metrics import Metrics
from retrieval.errors import ArchiveError, SettingsError
from retrieval.models import Cost, Mode, Unanswered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def looking(error: Exception | None = None) -> Callable[[], Awaitable[None]]:
    async def look() -> None:
        if error is not None:
            raise error

    return look


async def test_answers_are_counted_with_their_time_and_tokens() -> None:
    metrics = Metrics()
    cost = Cost({"input_tokens": 900, "output_tokens": 30}, {"search": 20.0, "total": 40.0})
    metrics.answered(Unanswered("?", Mode.MODEL, "No.", (), cost=cost))
    async with watched("127.0.0.1:0", metrics, looking()) as port, httpx.AsyncClient() as client:
        address = f"http://127.0.0.1:{port}"
        assert (await client.get(f"{address}/healthz")).text == "alive\n"
        assert (await client.get(f"{address}/readyz")).status_code == 200
        text = (await client.get(f"{address}/metrics")).text
    assert 'sitrep_answers_total{mode="model",outcome="declined"} 1.0' in text
    assert 'sitrep_tokens_total{kind="input"} 900.0' in text
    assert 'sitrep_answer_seconds_count{stage="total"} 1.0' in text


async def test_an_archive_that_fails_is_not_ready_but_alive_and_still_counted() -> None:
    broken = looking(ArchiveError("The database failed."))
    async with watched("127.0.0.1:0", Metrics(), broken) as port, httpx.AsyncClient() as client:
        address = f"http://127.0.0.1:{port}"
        assert (await client.get(f"{address}/readyz")).status_code == 503
        assert (await client.get(f"{address}/healthz")).status_code == 200
        assert "sitrep_articles" in (await client.get(f"{address}/metrics")).text


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:port", "256.0.0.1:9100"])
async def test_an_address_that_is_none_is_said_in_a_sentence(address: str) -> None:
    with pytest.raises(SettingsError, match="LISTEN="):
        async with watched(address, Metrics(), looking()):
            pass


async def test_without_an_address_nothing_is_served() -> None:
    async with watched("", Metrics(), looking()) as port:
        assert port is None
