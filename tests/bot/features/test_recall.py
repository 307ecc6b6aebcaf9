"""What waits in the outbox loses what was removed, on real databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.features import corrections
from bot.features.corrections import STRUCK, STRUCK_CORRECTION, strike
from bot.telegram.outbox import NewMessage, begin, claim, enqueue
from retrieval.storage.articles import ArticleRepository
from tests.support.archives import cut, draft
from tests.support.deliveries import DUE, rows

if TYPE_CHECKING:
    from retrieval.storage.database import Database

TEXT = "The old bridge at Zelenivka fell on Friday."
URL = "https://a.example/1"


def payload(text: str, url: str | None = None) -> dict[str, Any]:
    entities = [["text_link", 0, 3, url]] if url else []
    return {"text": text, "entities": entities, "buttons": []}


async def waiting(database: Database, url: str | None, *payloads: dict[str, Any]) -> int:
    one = draft(TEXT, "Bridge", url=url)
    article = (await ArticleRepository(database).store(one, cut(TEXT), "test")).article
    new = [NewMessage(f"b1:{n}", 1, 0, made) for n, made in enumerate(payloads)]
    new.append(NewMessage("b2:0", 2, 0, payload(f"Somebody else: {TEXT}", "https://b.example/1")))
    async with database.write() as connection:
        await enqueue(connection, new, DUE)
    return article.id


async def texts(database: Database) -> list[str]:
    return [row.payload["text"] for row in await rows(database)]


async def test_every_piece_of_a_briefing_that_links_the_article_is_struck(
    database: Database,
) -> None:
    number = await waiting(
        database, URL, payload("A claim."), payload("Bridge", f"{URL}#:~:text=The%20old")
    )
    assert await strike(database, number) == 2
    assert await texts(database) == [STRUCK, STRUCK, f"Somebody else: {TEXT}"]


async def test_pieces_that_are_read_pages_apart_are_struck_together(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corrections, "_AT_ONCE", 1)
    pieces = [payload("First."), payload("Second."), payload("Bridge", URL)]
    assert await strike(database, await waiting(database, URL, *pieces)) == 3
    assert await texts(database) == [STRUCK, STRUCK, STRUCK, f"Somebody else: {TEXT}"]


async def test_an_article_without_address_is_known_by_its_sentences(database: Database) -> None:
    number = await waiting(database, None, payload(f"“{TEXT}”"), payload("More."))
    assert await strike(database, number) == 3
    assert await texts(database) == [STRUCK, STRUCK, STRUCK]


@pytest.mark.parametrize("url", [URL, None])
async def test_what_quotes_nothing_of_it_stays(database: Database, url: str | None) -> None:
    number = await waiting(database, url, payload("Quiet.", "https://a.example/12"))
    await strike(database, number)
    assert (await texts(database))[0] == "Quiet."


async def test_a_message_on_a_correction_is_struck_in_its_own_words(database: Database) -> None:
    number = await waiting(database, URL)
    made = NewMessage("corrected:7:1:0:1", 1, 0, payload("It says now: other.", URL))
    async with database.write() as connection:
        await enqueue(connection, [made], DUE)
    assert await strike(database, number) == 1
    assert STRUCK_CORRECTION in await texts(database)


async def test_a_worker_that_had_read_it_can_not_send_it(database: Database) -> None:
    number = await waiting(database, URL, payload("A claim.", URL))
    claimed = await claim(database, "w/1", DUE, 1)
    await strike(database, number)
    async with database.write() as connection:
        assert not await begin(connection, claimed[0], DUE + timedelta(seconds=60))
    again = await claim(database, "w/2", DUE, 1)
    assert again[0].payload["text"] == STRUCK
