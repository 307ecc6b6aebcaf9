"""/privacy, /export and /forget: PTB over HTTP against the local Bot API."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import MetaData, select
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.background import Clock
from bot.features.access import views as say
from bot.features.privacy import handlers as page
from bot.telegram.callback_data import GOOD_FOR
from retrieval.index.chroma import connected
from retrieval.models import ArticleDraft, Precision, Published
from retrieval.storage.tables import given_answer
from tests.e2e.test_questions import model_at
from tests.support.bots import ADMIN_ID, READER_ID, RunningBot, running_bot
from tests.support.openai_server import Reply, openai_server, prompt_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.local_api import Message, Person

NOON = datetime(2024, 11, 23, 12, tzinfo=UTC)
STORY = ArticleDraft(
    title="Sudzha",
    text="Ukrainian troops hold Sudzha, the regional governor said on Friday.",
    outlet="Meridian Wire",
    published=Published(NOON - timedelta(hours=3), Precision.MINUTE),
    language="en",
)
QUESTION = "Who holds Sudzha, zebra?"


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
async def bot(tmp_path: Path, clock: Clock) -> AsyncIterator[RunningBot]:
    async with running_bot(tmp_path, [STORY], clock=clock, answer_threshold=0) as bot:
        yield bot


async def says(person: Person, text: str, holds: str = "", **where: Any) -> Message:
    """The bot's next message that holds some words: briefings come when they come."""
    sent = await person.send(text, **where)
    return await person.wait_for(
        lambda one: one.id > sent.id and one.sender is not person.user and holds in one.text,
        chat=where.get("chat"),
    )


async def exported(person: Person) -> Any:
    return json.loads(person.download(await says(person, "/export", page.EXPORTED)))


async def live(bot: RunningBot) -> None:
    """What a reader does: ask, get a briefing, subscribe, set a zone."""
    await says(bot.reader, QUESTION, "Sudzha")
    await says(bot.reader, "/briefing", "Sudzha")
    zones = await says(bot.reader, "/subscribe 7:30", "zone")
    before = len(zones.versions)
    await bot.reader.press(zones, "Kyiv")
    await zones.wait_until(lambda one: len(one.versions) > before)


async def everything(bot: RunningBot, folder: Path) -> str:
    """All tables, and all that Chroma holds, as text."""

    def read(connection: Any) -> str:
        whole = MetaData()
        whole.reflect(connection)
        rows = [connection.execute(select(table)).all() for table in whole.sorted_tables]
        return str(rows)

    async with bot.library.database.read() as connection:
        text = await connection.run_sync(read)
    with connected("", folder / "chroma") as client:
        collections = [client.get_collection(one.name) for one in client.list_collections()]
        held = [one.get(include=["documents", "metadatas", "uris"]) for one in collections]
    assert sum(len(one["ids"]) for one in held) > 0
    return text + str(held) + str([(one.name, one.metadata) for one in collections])


async def test_privacy_is_one_screen_and_says_what_the_settings_say(bot: RunningBot) -> None:
    text = (await says(bot.reader, "/privacy")).text
    assert "Your questions, the sentences that answered them and your votes: 90 days." in text
    assert "Your questions aren't sent to any language model." in text
    assert len(text) < 1500


async def test_the_export_is_a_file_with_all_that_was_done(bot: RunningBot) -> None:
    await live(bot)
    await says(bot.admin, "Is it true what Ada asks?")
    kept = await exported(bot.reader)
    assert kept["about"] == {
        "user_id": READER_ID,
        "role": "reader",
        "made_at": kept["about"]["made_at"],
    }
    assert [one["question"] for one in kept["given_answer"]] == [QUESTION]
    assert kept["place"] == [{"chat_id": READER_ID, "zone": "Europe/Kyiv"}]
    assert len(kept["subscription"]) == len(kept["told"]) == len(kept["briefing"]) == 1
    assert [one["name"] for one in kept["person"]] == ["Rita"]
    assert "Ada" not in json.dumps(kept)


async def test_to_forget_leaves_no_trace_in_any_table_nor_in_the_vectors(
    bot: RunningBot, tmp_path: Path
) -> None:
    await live(bot)
    before = await everything(bot, tmp_path)
    assert all(mark in before for mark in ("zebra", "Rita", str(READER_ID), "Europe/Kyiv"))
    asked = await says(bot.reader, "/forget", "Delete everything I store")
    await bot.reader.press(asked, "Delete everything")
    await asked.wait_until(lambda one: one.text == page.FORGOTTEN)
    assert asked.buttons == ()
    after = await everything(bot, tmp_path)
    assert [m for m in ("zebra", "Rita", str(READER_ID), "Europe/Kyiv") if m in after] == []


async def test_to_forget_gives_no_budget_back_and_leaves_no_trace(tmp_path: Path) -> None:
    def reply(request: dict[str, object]) -> Reply:
        lines = prompt_of(request).splitlines()
        mark = next(line.split()[0] for line in lines if "regional governor" in line)
        return Reply(f"Ukrainian troops hold Sudzha, the regional governor said {mark}")

    async with openai_server() as server:
        server.reply_with(reply)
        model = {**model_at(server), "tokens_per_reader_a_day": 10}
        async with running_bot(tmp_path, [STORY], answer_threshold=0, **model) as bot:
            assert "after /forget, under a code" in (await says(bot.reader, "/privacy")).text
            await says(bot.reader, QUESTION, "regional governor")
            asked = await says(bot.reader, "/forget", "Delete everything I store")
            await bot.reader.press(asked, "Delete everything")
            await asked.wait_until(lambda one: one.text == page.FORGOTTEN)
            kept = await everything(bot, tmp_path)
            again = await says(bot.reader, QUESTION, "Sudzha")
            count = len(server.requests)
    assert [m for m in ("zebra", "Rita", str(READER_ID)) if m in kept] == []
    assert again.text.startswith("You have used today")
    assert count == 1


async def test_to_keep_it_deletes_nothing(bot: RunningBot) -> None:
    await live(bot)
    asked = await says(bot.reader, "/forget", "Delete everything I store")
    await bot.reader.press(asked, "Keep it")
    await asked.wait_until(lambda one: one.text == page.KEPT)
    kept = await exported(bot.reader)
    assert len(kept["given_answer"]) == 1


async def shown_to(bot: RunningBot, person: Person, data: str) -> Message:
    """A message with a button of any data, as a client that makes it up can send it."""
    keys = InlineKeyboardMarkup.from_button(InlineKeyboardButton("x", callback_data=data))
    sent = await bot.app.bot.send_message(person.id, "x", reply_markup=keys)
    return person.private_chat().messages[sent.message_id]


async def test_a_button_of_somebody_else_deletes_nothing(bot: RunningBot) -> None:
    await live(bot)
    await says(bot.admin, "/help")
    asked = await says(bot.reader, "/forget", "Delete everything I store")
    yes = asked.button("Delete everything").callback_data or ""
    # The same message, pressed by another; the data copied; the data with another's id in it.
    assert (await bot.admin.press(asked, "Delete everything")).text == say.NOT_YOURS
    replayed = await shown_to(bot, bot.admin, yes)
    assert (await bot.admin.press(replayed, "x")).text == say.NOT_YOURS
    forged = await shown_to(bot, bot.admin, yes.replace(str(READER_ID), str(ADMIN_ID)))
    assert (await bot.admin.press(forged, "x")).text == say.OLD_BUTTON
    for data in ("forget:", "forget:yes", f"forget:yes:{READER_ID}:ffffffff:" + "0" * 20):
        made_up = await shown_to(bot, bot.reader, data)
        assert (await bot.reader.press(made_up, "x")).text == say.OLD_BUTTON
    kept = await exported(bot.reader)
    assert len(kept["given_answer"]) == 1


async def test_an_old_confirmation_deletes_nothing(bot: RunningBot, clock: Clock) -> None:
    asked = await says(bot.reader, "/forget", "Delete everything I store")
    clock.forward(clock.now() + GOOD_FOR)
    assert (await bot.reader.press(asked, "Delete everything")).text == say.OLD_BUTTON


async def test_what_is_private_is_not_shown_in_a_group(bot: RunningBot) -> None:
    group = bot.api.group("Desk", bot.admin, [bot.reader])
    for command in ("/export", "/forget"):
        assert (await says(bot.reader, command, chat=group)).text == say.IN_PRIVATE
    assert "What I store" in (await says(bot.reader, "/privacy", chat=group)).text


async def test_who_is_blocked_can_have_and_delete_their_data_and_stays_blocked(
    bot: RunningBot,
) -> None:
    await live(bot)
    await says(bot.admin, f"/block {READER_ID}")
    assert len((await exported(bot.reader))["given_answer"]) == 1
    asked = await says(bot.reader, "/forget", "Delete everything I store")
    assert asked.text.endswith("You remain blocked.")
    await bot.reader.press(asked, "Delete everything")
    await asked.wait_until(lambda one: one.text == page.FORGOTTEN)
    kept = await exported(bot.reader)
    assert [name for name, rows in kept.items() if rows] == ["about", "standing"]
    assert kept["about"]["role"] == "blocked"


async def test_old_answers_go_by_themselves_and_their_buttons_say_so(tmp_path: Path) -> None:
    clock = Clock()
    async with running_bot(tmp_path, [STORY], clock=clock, answer_threshold=0) as bot:
        answer = await says(bot.reader, QUESTION, "Sudzha")
        assert (await bot.reader.press(answer, 1)).text == ""
        clock.forward(clock.now() + timedelta(days=91))
        for _ in range(250):
            if "has been deleted" in ((await bot.reader.press(answer, 1)).text or ""):
                break
        async with bot.library.database.read() as connection:
            assert (await connection.execute(select(given_answer.c.id))).first() is None
