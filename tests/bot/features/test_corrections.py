"""Who was given a sentence that its source changed is told, once, where it was given."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from bot.features.corrections import SETTLES, Corrections, choose_corrections
from bot.tables import outbox
from bot.telegram.delivery_outcomes import move_chat
from retrieval.models import Answer, Citation, Claim, Mode
from retrieval.storage import tables
from retrieval.storage.answers import looked_until
from tests.support.archives import Opened, draft

if TYPE_CHECKING:
    from retrieval.models import Article

QUOTE = "Some 8,000 soldiers arrived in Kursk."
OLD = f"{QUOTE} Talks go on."
URL = "https://alpha.example/1"
CHAT = "telegram:77:0"


def teller(opened: Opened, days: int = 7, now: datetime | None = None) -> Corrections:
    at = now or datetime.now(UTC) + 2 * SETTLES
    return Corrections(opened.database, days, lambda: at, queued=lambda: None)


async def cited(opened: Opened, conversation: str = CHAT, text: str = OLD) -> Article:
    """An article, its first sentence cited in an answer, and all of this looked at."""
    stored = await opened.store(draft(text, "Troops in Kursk", "Alpha", URL))
    await give(opened, stored.article, conversation)
    await teller(opened).tell()
    return stored.article


async def give(opened: Opened, article: Article, conversation: str) -> int:
    footnotes = (Citation(1, article, 0, len(QUOTE), QUOTE),)
    answer = Answer("How many soldiers?", Mode.QUOTE, (Claim("8,000.", (1,)),), footnotes)
    return await opened.archive.answers.keep(conversation, answer, 77)


async def revise(opened: Opened, text: str) -> None:
    await opened.store(draft(text, "Troops in Kursk", "Alpha", URL))


async def told(opened: Opened) -> list[tuple[int, int, str]]:
    query = select(outbox).order_by(outbox.c.id)
    async with opened.database.read() as connection:
        rows: list[Any] = list((await connection.execute(query)).all())
    return [(row.chat_id, row.thread_id, row.payload["text"]) for row in rows]


async def test_a_changed_sentence_is_told_once_where_it_was_given(opened: Opened) -> None:
    await cited(opened, "telegram:-100123:9")
    await revise(opened, OLD.replace("8,000", "10,000"))
    assert await teller(opened).tell() == 1
    assert await teller(opened).tell() == 0
    [(chat, thread, text)] = await told(opened)
    assert (chat, thread) == (-100123, 9)
    assert "Alpha changed something I cited to you on " in text
    assert "You asked: “How many soldiers?”" in text
    assert "It said: “Some 8,000 soldiers arrived in Kursk.”" in text
    assert "It says now: “Some 10,000 soldiers arrived in Kursk.”" in text
    assert "/corrections off" in text


async def test_what_still_stands_and_what_was_told_before_is_not_told(opened: Opened) -> None:
    await cited(opened)
    await revise(opened, f"{OLD} It rained.")
    assert await teller(opened).tell() == 0
    await revise(opened, OLD.replace("8,000", "10,000"))
    assert await teller(opened).tell() == 1
    await revise(opened, f"{OLD.replace('8,000', '10,000')} It rained again.")
    assert await teller(opened).tell() == 0
    await revise(opened, OLD.replace("8,000", "11,000"))
    assert await teller(opened).tell() == 1


async def test_revisions_between_two_looks_are_one_message(opened: Opened) -> None:
    await cited(opened)
    for figure in ("9,000", "10,000"):
        await revise(opened, OLD.replace("8,000", figure))
    assert await teller(opened).tell() == 1
    [(_, _, text)] = await told(opened)
    assert "10,000" in text
    assert "9,000" not in text


async def test_a_chat_that_asked_often_gets_one_message_and_each_chat_its_own(
    opened: Opened,
) -> None:
    article = await cited(opened)
    for conversation in (CHAT, CHAT, "telegram:78:0", "cli", "telegram:x:0"):
        await give(opened, article, conversation)
    await revise(opened, "Talks go on.")
    assert await teller(opened).tell() == 2
    assert [chat for chat, _, _ in await told(opened)] == [77, 78]
    assert "The article no longer says that." in (await told(opened))[0][2]


async def test_old_answers_silent_chats_and_a_bot_that_tells_nothing(opened: Opened) -> None:
    await cited(opened)
    await choose_corrections(opened.database, 77, datetime.now(UTC), wanted=False)
    await revise(opened, OLD.replace("8,000", "10,000"))
    assert await teller(opened).tell() == 0
    await choose_corrections(opened.database, 77, datetime.now(UTC), wanted=True)
    await revise(opened, OLD.replace("8,000", "11,000"))
    assert await teller(opened, days=0).tell() == 0
    assert await teller(opened).tell() == 0  # what passed while it was off stays untold
    await revise(opened, OLD.replace("8,000", "12,000"))
    later = datetime.now(UTC) + timedelta(days=8)
    assert await teller(opened, now=later).tell() == 0
    assert await told(opened) == []


async def test_what_a_group_chose_and_was_told_goes_with_it_when_it_moves(opened: Opened) -> None:
    await cited(opened, "telegram:-5:0")
    async with opened.database.write() as connection:
        await move_chat(connection, -5, -1005)
    await revise(opened, OLD.replace("8,000", "10,000"))
    await teller(opened).tell()
    await choose_corrections(opened.database, -1005, datetime.now(UTC), wanted=False)
    async with opened.database.write() as connection:
        await move_chat(connection, -1005, -1006)
    await revise(opened, OLD.replace("8,000", "11,000"))
    assert await teller(opened).tell() == 0
    assert [chat for chat, _, _ in await told(opened)] == [-1006]


async def test_what_was_revised_before_the_first_look_is_let_be(opened: Opened) -> None:
    article = (await opened.store(draft(OLD, "Troops in Kursk", "Alpha", URL))).article
    await give(opened, article, CHAT)
    await revise(opened, OLD.replace("8,000", "10,000"))
    assert await teller(opened).tell() == 0
    await revise(opened, OLD.replace("8,000", "11,000"))
    assert await teller(opened).tell() == 1


async def test_two_programs_at_once_tell_it_once(opened: Opened) -> None:
    await cited(opened)
    await revise(opened, OLD.replace("8,000", "10,000"))
    done = await asyncio.gather(*(teller(opened).tell() for _ in range(4)))
    assert sum(done) == 1
    assert len(await told(opened)) == 1


async def test_a_revision_is_looked_at_when_answers_begun_before_it_are_kept(
    opened: Opened,
) -> None:
    article = await cited(opened)
    await revise(opened, OLD.replace("8,000", "10,000"))
    assert await teller(opened, now=datetime.now(UTC)).tell() == 0
    await give(opened, article, "telegram:78:0")  # written from what stood there before
    assert await teller(opened).tell() == 2


async def test_two_programs_may_look_for_the_first_time_at_once(opened: Opened) -> None:
    await opened.store(draft(OLD, "Troops in Kursk", "Alpha", URL))
    assert sum(await asyncio.gather(*(teller(opened).tell() for _ in range(4)))) == 0
    async with opened.database.read() as connection:
        assert await looked_until(connection) == 1


async def test_what_failed_is_looked_at_again(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cited(opened)
    await revise(opened, OLD.replace("8,000", "10,000"))
    async with opened.database.read() as connection:
        before = await looked_until(connection)

    async def breaks(*_given: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("bot.features.corrections.look_until", breaks)
        with pytest.raises(RuntimeError):
            await teller(opened).tell()
    assert await told(opened) == []
    async with opened.database.read() as connection:
        assert await looked_until(connection) == before
    assert await teller(opened).tell() == 1


async def test_a_removed_article_corrects_nothing(opened: Opened) -> None:
    article = await cited(opened)
    await revise(opened, OLD.replace("8,000", "10,000"))
    await opened.archive.articles.remove(article.id)
    assert await teller(opened).tell() == 0


async def test_the_page_of_a_source_says_since_when_it_reads_otherwise(opened: Opened) -> None:
    article = await cited(opened)
    answer = await give(opened, article, CHAT)
    page = await opened.archive.answers.cited_text(CHAT, answer, 1)
    assert (page.corrected, page.changed, page.now) == (None, None, None)
    await revise(opened, f"{OLD} It rained.")
    page = await opened.archive.answers.cited_text(CHAT, answer, 1)
    assert page.corrected is None
    assert page.changed is not None
    await revise(opened, OLD.replace("8,000", "10,000"))
    await revise(opened, OLD.replace("8,000", "11,000"))
    page = await opened.archive.answers.cited_text(CHAT, answer, 1)
    assert page.now == "Some 11,000 soldiers arrived in Kursk."
    revision = tables.revision.c
    async with opened.database.write() as connection:
        third = (
            await connection.execute(select(revision.stored_at).where(revision.number == 3))
        ).scalar()
        await connection.execute(update(tables.revision).values(state="indexed"))
    assert page.corrected == third
