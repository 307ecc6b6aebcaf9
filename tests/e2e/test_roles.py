"""Roles as people experience them: PTB over HTTP against the local Bot API."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, TypeHandler

from bot.background import Clock
from bot.features.about import AboutHandlers
from bot.features.access import views as say
from bot.features.access.authorization import FIRST, action_of, passes_by_itself
from bot.features.access.people import BUTTONS, COMMANDS, People, Role, may
from bot.features.commands import DESCRIPTIONS, NOT_OFFERED
from bot.features.questions.handlers import QuestionHandlers
from retrieval.errors import ArchiveError
from retrieval.storage.audit import entries, record
from tests.support.bots import ADMIN_ID, READER_ID, RunningBot, running_bot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.local_api import Message, Person

UNKNOWN = "I don't know the command {}. /help lists what I can do."


@asynccontextmanager
async def by_invitation(folder: Path, clock: Clock | None = None) -> AsyncIterator[RunningBot]:
    async with running_bot(folder, clock=clock, reader_access="invited") as bot:
        yield bot


async def says(person: Person, text: str, **where: Any) -> str:
    await person.send(text, **where)
    return (await person.wait_for_reply(chat=where.get("chat"))).text


async def link(bot: RunningBot, words: str = "") -> str:
    """The code in the link that the admin gets."""
    reply = await says(bot.admin, f"/invite {words}")
    found = re.search(rf"https://t\.me/{bot.api.bot.username}\?start=([\w-]+)", reply)
    assert found is not None, reply
    return found[1]


def menus(bot: RunningBot, person: Person) -> list[set[str]]:
    """What was offered to a person in their private chat, the last at the end."""
    calls = [c.parameters for c in bot.api.calls("setMyCommands")]
    mine = [c for c in calls if c["scope"].get("chat_id") == person.id]
    return [{command["command"] for command in c["commands"]} for c in mine]


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[Role]:
    """Each time that the reader was found blocked: who is refused in silence gets no further."""
    refused: asyncio.Queue[Role] = asyncio.Queue()
    real = People.role

    async def role(self: People, user_id: int | None) -> Role:
        result = await real(self, user_id)
        if user_id == READER_ID and result is Role.BLOCKED:
            refused.put_nowait(result)
        return result

    monkeypatch.setattr(People, "role", role)
    return refused


async def until_refused(looked_up: asyncio.Queue[Role], times: int) -> None:
    async with asyncio.timeout(5):
        for _ in range(times):
            await looked_up.get()


def from_bot(bot: RunningBot, person: Person) -> list[Message]:
    return [m for m in person.messages() if m.sender == bot.api.bot]


async def test_every_command_and_button_of_the_app_is_decided_by_the_table(
    bot: RunningBot,
) -> None:
    handlers = [one for group in bot.app.handlers.values() for one in group]
    commands = [
        name for one in handlers if isinstance(one, CommandHandler) for name in one.commands
    ]
    patterns = [
        one.pattern.pattern
        for one in handlers
        if isinstance(one, CallbackQueryHandler) and isinstance(one.pattern, re.Pattern)
    ]
    # Those that do not stand in the table nobody could use, and no menu would show.
    assert sorted(commands) == sorted(COMMANDS)
    assert {pattern.removeprefix("^").partition(":")[0] for pattern in patterns} <= set(BUTTONS)
    assert set(DESCRIPTIONS) | NOT_OFFERED == COMMANDS
    assert not set(DESCRIPTIONS) & NOT_OFFERED


async def test_what_takes_any_message_is_asked_after_what_knows_its_own(bot: RunningBot) -> None:
    takers = [
        type(getattr(one.callback, "__self__", None))
        for one in bot.app.handlers[0]
        if isinstance(one, MessageHandler)
    ]
    general = takers[takers.index(QuestionHandlers) :]
    assert general == [QuestionHandlers] * 3 + [AboutHandlers] * 2
    last = bot.app.handlers[0][-1]
    assert isinstance(last, CallbackQueryHandler)
    assert last.pattern is None


async def test_what_a_reader_may_not_do_answers_as_what_there_is_not(bot: RunningBot) -> None:
    assert await says(bot.reader, "/frobnicate") == UNKNOWN.format("/frobnicate")
    hidden = [name for name in sorted(COMMANDS) if not may(Role.READER, name)]
    assert hidden == [
        *("add", "admins", "article", "articles", "block", "channels", "feeds", "invite"),
        *("log", "stats", "status", "unblock", "usage"),
    ]
    for name in hidden:
        assert await says(bot.reader, f"/{name} 12") == UNKNOWN.format(f"/{name}")
        assert await says(bot.reader, f"/{name.upper()}@{bot.api.bot.username} 12") == (
            UNKNOWN.format(f"/{name.upper()}")
        )
    assert await entries(bot.library.database, 10) == []


async def test_an_admin_is_made_by_reply_id_and_name_and_gets_the_commands(
    bot: RunningBot,
) -> None:
    group = bot.api.group("Desk", bot.admin, [bot.reader])
    written = await bot.reader.send("Morning.", chat=group)
    reply = await says(bot.admin, "/admins add", chat=group, reply_to=written)
    assert reply == f"Rita ({READER_ID}) is now an admin."
    assert (await says(bot.reader, "/admins")).endswith(f"Admins\nRita ({READER_ID})")
    assert "add" in menus(bot, bot.reader)[-1]
    assert await says(bot.admin, f"/admins remove {READER_ID}") == (
        f"Rita ({READER_ID}) is no longer an admin, but can still ask questions."
    )
    assert await says(bot.reader, "/log") == UNKNOWN.format("/log")
    vera = bot.api.person("Vera", username="Vera_V")
    assert "Nobody with that name" in await says(bot.admin, "/admins add @vera_v")
    await says(vera, "/help")
    assert await says(bot.admin, "/admins add @vera_v") == f"Vera ({vera.id}) is now an admin."
    assert await says(bot.admin, "/admins add @VERA_V") == f"Vera ({vera.id}) is already an admin."


async def test_an_admin_is_made_by_a_message_that_was_forwarded(bot: RunningBot) -> None:
    group = bot.api.group("Desk", bot.admin, [bot.reader])
    written = await bot.reader.send("Morning.", chat=group)
    forwarded = await bot.admin.forward(written)
    await bot.admin.wait_for_reply()
    assert (await says(bot.admin, "/admins add", reply_to=forwarded)).endswith("is now an admin.")
    hidden = await bot.admin.forward(written, hidden=True)
    await bot.admin.wait_for_reply()
    assert "hides their account" in await says(bot.admin, "/block", reply_to=hidden)


UNCLEAR = [
    ("", "Reply to one of their messages"),
    (" 0", "That isn't a valid name"),
    (" -5", "That isn't a valid name"),
    (" 99999999999999999999", "That isn't a valid name"),
    (" ١٢", "That isn't a valid name"),
    (" Rita", "That isn't a valid name"),
    (" 12 13", "One person at a time"),
    (f" {ADMIN_ID}", "is an owner"),
]


async def test_who_is_meant_has_to_be_clear(bot: RunningBot) -> None:
    for words, answer in UNCLEAR:
        assert answer in await says(bot.admin, f"/block{words}")
        assert await entries(bot.library.database, 10) == []


async def test_only_owners_appoint_and_admins_block(tmp_path: Path) -> None:
    async with running_bot(tmp_path, owner_ids={7}, admin_ids={ADMIN_ID}) as bot:
        assert await says(bot.admin, f"/admins add {READER_ID}") == say.ONLY_OWNERS
        owner = bot.api.person("Olga", id=7)
        assert "is listed in ADMIN_IDS" in await says(owner, f"/admins remove {ADMIN_ID}")
        assert "is blocked" in await says(bot.admin, f"/block {READER_ID}")
        assert "use /unblock first" in await says(owner, f"/admins add {READER_ID}")


async def test_who_is_blocked_gets_no_answer(
    bot: RunningBot, looked_up: asyncio.Queue[Role]
) -> None:
    await says(bot.reader, "/help")
    await says(bot.admin, f"/block {READER_ID}")
    looked_up.get_nowait()  # by the command itself, which brought the menu up to date
    before = len(from_bot(bot, bot.reader))
    for text in ("/help", "/frobnicate", "/log", "Who holds Sudzha?", "/start"):
        await bot.reader.send(text)
    await until_refused(looked_up, 5)
    assert "can ask questions again" in await says(bot.admin, f"/unblock {READER_ID}")
    assert "/sources" in await says(bot.reader, "/help")
    assert len(from_bot(bot, bot.reader)) == before + 1
    who = [(e.who, e.what, e.subject) for e in await entries(bot.library.database, 10)]
    assert who == [
        (f"telegram:{ADMIN_ID}", "unblock", f"telegram:{READER_ID}"),
        (f"telegram:{ADMIN_ID}", "block", f"telegram:{READER_ID}"),
    ]


async def test_a_failing_gate_stays_shut(bot: RunningBot, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ArchiveError("The archive's database failed: disk.")

    with monkeypatch.context() as patch:
        patch.setattr(People, "role", broken)
        for person in (bot.reader, bot.admin):
            assert await says(person, "/sources") == (
                "That didn't work: The archive's database failed: disk."
            )
    for person in (bot.reader, bot.admin):
        # what comes next is the answer to this, not to what was stopped
        assert "/sources –" in await says(person, "/help")
        assert len(from_bot(bot, person)) == 2


async def test_who_writes_as_a_group_is_no_admin(bot: RunningBot) -> None:
    group = bot.api.group("Desk", bot.admin, [bot.reader])
    command = f"/log@{bot.api.bot.username}"
    reply = await says(bot.admin, command, chat=group, anonymous=True)
    assert reply == UNKNOWN.format("/log")
    written = await bot.admin.send("Morning.", chat=group, anonymous=True)
    reply = await says(bot.admin, "/block", chat=group, reply_to=written)
    assert "by a group or channel" in reply


async def test_a_forged_button_of_an_admin_is_an_old_button_to_others(bot: RunningBot) -> None:
    for n in range(12):
        await record(bot.library.database, "cli", "remove", f"article:{n}", Clock().now())
    await says(bot.admin, "/log")
    shown = bot.admin.messages()[-1]
    answer = await bot.reader.press(shown, "Older")
    assert answer.text == say.OLD_BUTTON
    assert len(shown.versions) == 1
    for broken in ("log:older:x", "log:sideways:1", "log:older:99999999999999999999", "log:"):
        keys = InlineKeyboardMarkup.from_button(InlineKeyboardButton("x", callback_data=broken))
        forged = await bot.app.bot.send_message(bot.admin.id, "x", reply_markup=keys)
        message = bot.admin.private_chat().messages[forged.message_id]
        assert (await bot.admin.press(message, "x")).text == say.OLD_BUTTON


async def test_the_log_is_read_page_by_page(bot: RunningBot) -> None:
    assert await says(bot.admin, "/log") == "Nothing has been changed yet."
    for n in range(1, 24):
        await record(bot.library.database, "cli", "remove", f"article:{n}", Clock().now(), {"n": n})
    await bot.admin.send("/log")
    shown = await bot.admin.wait_for_reply()
    pages = []
    for button in ("Older", "Older", "Newer", "Newer"):
        pages.append(re.findall(r"article:(\d+)", shown.text))
        before = len(shown.versions)
        await bot.admin.press(shown, button)
        await shown.wait_until(lambda one, before=before: len(one.versions) > before)  # type: ignore[misc]
    pages.append(re.findall(r"article:(\d+)", shown.text))
    newest, middle = [str(n) for n in range(23, 13, -1)], [str(n) for n in range(13, 3, -1)]
    assert pages == [newest, middle, ["3", "2", "1"], middle, newest]
    group = bot.api.group("Desk", bot.admin, [bot.reader])
    assert await says(bot.admin, "/log", chat=group) == say.IN_PRIVATE


async def test_strangers_get_one_answer_to_everything(tmp_path: Path) -> None:
    async with by_invitation(tmp_path) as bot:
        for text in ("/help", "/log", "/frobnicate", "/ask Who?", "Who holds Sudzha?", "/start"):
            assert await says(bot.reader, text) == say.BY_INVITATION
        await bot.reader.upload("story.txt", b"A story.")
        assert (await bot.reader.wait_for_reply()).text == say.BY_INVITATION
        group = bot.api.group("Desk", bot.admin, [bot.reader])
        await bot.reader.send("/ask Who holds Sudzha?", chat=group)
        await bot.reader.send("/frobnicate", chat=group)
        asked = f"@{bot.api.bot.username} who holds Sudzha?"
        assert await says(bot.reader, asked, chat=group) == say.BY_INVITATION
        assert len([m for m in bot.reader.messages(group) if m.sender == bot.api.bot]) == 1
        default = bot.api.calls("setMyCommands")[0].parameters
        assert [one["command"] for one in default["commands"]] == ["privacy"]


async def test_an_invitation_lets_as_many_in_as_it_is_for(tmp_path: Path) -> None:
    async with by_invitation(tmp_path) as bot:
        code = await link(bot, "2 3d")
        assert "this is Sitrep" in await says(bot.reader, f"/start {code}")
        assert "/sources" in await says(bot.reader, "/help")
        assert "subscribe" in menus(bot, bot.reader)[-1]
        await says(bot.reader, f"/start {code}")  # once more costs nothing
        assert "1 of 2 left" in await says(bot.admin, "/invite list")
        vera, omar = bot.api.person("Vera"), bot.api.person("Omar")
        assert "this is Sitrep" in await says(vera, f"/start {code}")
        assert await says(omar, f"/start {code}") == say.INVALID_INVITATION
        assert await says(omar, "/start x' OR 1=1--") == say.INVALID_INVITATION
        assert await says(omar, "/help") == say.BY_INVITATION
        assert "There are no active invitations" in await says(bot.admin, "/invite list")
        async with bot.library.database.read() as connection:
            kept = await connection.exec_driver_sql("SELECT * FROM invitation")
            assert code not in str(kept.all())


async def test_an_invitation_ends_with_its_time_or_when_it_is_withdrawn(tmp_path: Path) -> None:
    clock = Clock()
    async with by_invitation(tmp_path, clock) as bot:
        first, second = await link(bot), await link(bot, "30d 5")
        assert await says(bot.admin, "/invite withdraw 2") == "Invitation 2 has been withdrawn."
        assert await says(bot.admin, "/invite withdraw 2") == "Invitation 2 isn't active."
        assert await says(bot.reader, f"/start {second}") == say.INVALID_INVITATION
        clock.forward(clock.now().replace(year=clock.now().year + 1))
        assert await says(bot.reader, f"/start {first}") == say.INVALID_INVITATION
        for wrong in ("0", "1001", "91d", "0d", "5 6", "soon", "withdraw x"):
            assert await says(bot.admin, f"/invite {wrong}") == say.HOW_INVITE
        group = bot.api.group("Desk", bot.admin, [bot.reader])
        assert await says(bot.admin, "/invite", chat=group) == say.IN_PRIVATE


async def test_who_is_blocked_cannot_come_back_by_an_invitation(
    tmp_path: Path, looked_up: asyncio.Queue[Role]
) -> None:
    async with by_invitation(tmp_path) as bot:
        code = await link(bot)
        await says(bot.admin, f"/block {READER_ID}")
        looked_up.get_nowait()  # by the command itself, which brought the menu up to date
        await bot.reader.send(f"/start {code}")
        await until_refused(looked_up, 1)
        assert "1 of 1 left" in await says(bot.admin, "/invite list")
        assert from_bot(bot, bot.reader) == []


async def test_where_all_may_ask_nobody_needs_an_invitation(bot: RunningBot) -> None:
    assert await says(bot.admin, "/invite") == say.OPEN_TO_ALL
    assert "this is Sitrep" in await says(bot.reader, "/start AAAAAAAAAAAAAAAAAAAAAA")


SOMEBODY = {"id": 7, "is_bot": False, "first_name": "Eve"}
# What tells of a change in a chat, each beside a command that it must not smuggle in.
SERVICE: dict[str, Any] = {
    "new_chat_title": "Ours",
    "delete_chat_photo": True,
    "new_chat_members": [SOMEBODY],
    "left_chat_member": SOMEBODY,
    "group_chat_created": True,
    "message_auto_delete_timer_changed": {"message_auto_delete_time": 60},
    "pinned_message": {"message_id": 1, "date": 0, "chat": {"id": READER_ID, "type": "private"}},
    "write_access_allowed": {},
    "web_app_data": {"data": "x", "button_text": "y"},
    "users_shared": {"request_id": 1, "users": []},
    "forum_topic_created": {"name": "x", "icon_color": 1},
    "video_chat_started": {},
    "proximity_alert_triggered": {"traveler": SOMEBODY, "watcher": SOMEBODY, "distance": 1},
    "connected_website": "a.example",
    "something_of_tomorrow": {"x": 1},
}


def written(text: str, chat: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    length = len(text.split(maxsplit=1)[0])
    return {
        "message_id": 900,
        "date": 1_732_000_000,
        "chat": chat or {"id": READER_ID, "type": "private", "first_name": "Rita"},
        "from": {"id": READER_ID, "is_bot": False, "first_name": "Rita"},
        "text": text,
        "entities": [{"type": "bot_command", "offset": 0, "length": length}],
        **more,
    }


async def handed(bot: RunningBot, **parts: Any) -> None:
    """An update as it might come by the webhook."""
    await bot.app.process_update(Update.de_json({"update_id": 5, **parts}, bot.app.bot))


async def test_a_command_is_judged_as_one_whatever_the_message_carries_besides(
    bot: RunningBot,
) -> None:
    """A reader may not block; with a service field the gate once did not look."""
    for field, value in SERVICE.items():
        message = written(f"/block {ADMIN_ID + 5}", **{field: value})
        await says(bot.reader, "/privacy")  # the bot may write to whom it heard of
        await handed(bot, message=message)
        reply = await bot.reader.wait_for_reply()
        assert reply.text == UNKNOWN.format("/block"), field
        assert all(one.what != "block" for one in await entries(bot.library.database, 50))


async def test_what_has_words_moves_no_group(bot: RunningBot) -> None:
    for words in ("/subscriptions", "/start"):
        update = Update.de_json(
            {"update_id": 1, "message": written(words, migrate_to_chat_id=-100_5)}, bot.app.bot
        )
        assert action_of(update, bot.app.bot.bot) is None
        assert not passes_by_itself(update)
    moved = written("x", migrate_to_chat_id=-100_5)
    del moved["text"], moved["entities"]
    update = Update.de_json({"update_id": 1, "message": moved}, bot.app.bot)
    assert passes_by_itself(update)


UNEXPECTED = [
    ("edited_message",),
    ("business_message",),
    ("edited_business_message",),
    ("guest_message",),
    ("message", "channel_post"),
    ("message", "edited_message"),
    ("message", "callback_query"),
    ("message", "my_chat_member"),
    ("kind_of_tomorrow",),
    (),
]


async def test_an_update_of_a_kind_that_nobody_expects_reaches_no_handler(bot: RunningBot) -> None:
    message = written("/start")
    member = {"user": {"id": 1, "is_bot": True, "first_name": "x"}, "status": "member"}
    made = {
        "callback_query": {
            "id": "1", "from": message["from"], "chat_instance": "1", "data": "forget:x",
        },
        "my_chat_member": {
            "chat": message["chat"], "from": message["from"], "date": 0,
            "old_chat_member": member, "new_chat_member": member,
        },
    }  # fmt: skip
    passed: list[object] = []

    async def seen(update: Update, _context: object) -> None:
        passed.append(update)

    bot.app.add_handler(TypeHandler(Update, seen), FIRST + 1)
    for kinds in UNEXPECTED:
        parts = {kind: made.get(kind, message) for kind in kinds}
        await bot.app.process_update(Update.de_json({"update_id": 5, **parts}, bot.app.bot))
        assert passed == [], kinds
