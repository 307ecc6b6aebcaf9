"""Readers get messages in their language: PTB over HTTP against the local Bot API."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from telegram import BotCommandScopeChat

from bot.background import Clock
from bot.features.access.people import Languages
from bot.features.access.views import BY_INVITATION
from bot.language import Spoken, speaking
from bot.language import gettext as _
from retrieval.models import ArticleDraft, Precision, Published
from tests.support.bots import RunningBot, running_bot
from tests.support.openai_server import openai_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.local_api import Message, Person
    from bot.local_api.messages import Button
    from tests.support.openai_server import OpenAIServer

NOW = datetime(2024, 11, 14, 9, tzinfo=UTC)
SENTENCE = "About 10,000 North Korean soldiers are in the Kursk region, the general staff said."
ARTICLE = ArticleDraft(
    title="North Korean soldiers in Kursk",
    outlet="Meridian Wire",
    text=f"{SENTENCE} Kyiv published the figure on Tuesday.",
    url="https://meridian.example/kursk",
    published=Published(datetime(2024, 11, 13, 8, tzinfo=UTC), Precision.MINUTE),
)
QUESTION = "How many North Korean soldiers are in the Kursk region?"


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with running_bot(tmp_path, [ARTICLE], Clock(NOW)) as running:
        yield running


def olena(bot: RunningBot, language: str = "uk") -> Person:
    return bot.api.person("Olena", language_code=language)


async def said(person: Person, text: str) -> Message:
    await person.send(text)
    return await person.wait_for_reply(timeout=60)


def in_italics(message: Message) -> list[str]:
    """The italic parts, cut by Telegram's own measure."""
    raw = message.text.encode("utf-16-le")
    spans = [(one["offset"], one["length"]) for one in message.entities if one["type"] == "italic"]
    return [raw[2 * at : 2 * (at + size)].decode("utf-16-le") for at, size in spans]


def model_at(server: OpenAIServer) -> dict[str, Any]:
    return {
        "openai_base_url": server.base_url,
        "openai_api_key": server.api_key,
        "chat_model": "openai:fake-model",
    }


async def test_a_ukrainian_reader_asks_and_the_quotation_stays_as_it_was(bot: RunningBot) -> None:
    answer = await said(olena(bot), QUESTION)
    assert f"“{SENTENCE}” Meridian Wire, 13 лист. 2024 [1]" in answer.text
    assert [key.text for key in answer.buttons[-2]] == ["👍 Корисно", "👎 Не корисно"]
    assert answer.buttons[-1][0].text == "Стежити: North Korean Kursk"
    assert "Nov" not in answer.text


async def test_a_ukrainian_reader_is_refused_in_ukrainian(bot: RunningBot) -> None:
    answer = await said(olena(bot), "Who won the chess olympiad in Reykjavik?")
    assert "В архіві немає відповіді на це." in answer.text


async def test_a_russian_app_with_a_region_is_spoken_to_in_russian(bot: RunningBot) -> None:
    assert "Здравствуйте, Olena" in (await said(olena(bot, "ru-RU"), "/start")).text


async def test_a_ukrainian_reader_gets_a_briefing(bot: RunningBot) -> None:
    briefing = await said(olena(bot), "/briefing since 3 days")
    assert briefing.text.startswith("14 листопада · 1 сюжет")
    assert "1 сюжет" in briefing.text
    assert "1 стаття 1 видання" in briefing.text
    assert "єдине джерело" in briefing.text
    assert SENTENCE in briefing.text


async def test_a_ukrainian_reader_subscribes_and_is_told_later_though_nobody_wrote(
    tmp_path: Path,
) -> None:
    clock = Clock(NOW)
    async with running_bot(tmp_path, [ARTICLE], clock) as bot:
        reader = olena(bot)
        asked = await said(reader, "/subscribe 13:00")
        assert "Який часовий пояс?" in asked.text
        await reader.press(asked, "Київ")
        card = await reader.wait_for(lambda one: "Щодня о 13:00" in one.text)
        await reader.press(card, "✓ Підписатися")
        await reader.wait_for(lambda one: "Наступний: четвер, 14 листопада, 13:00." in one.text)
        clock.forward(NOW + timedelta(hours=2, minutes=1))
        told = await reader.wait_for(
            lambda one: one.text.startswith(("Огляд", "Нічого нового")), timeout=60
        )
        assert "лист." in told.text


async def test_a_typed_answer_is_known_by_the_question_in_the_readers_language(
    bot: RunningBot,
) -> None:
    reader = olena(bot)
    zones = await said(reader, "/subscribe")
    await reader.press(zones, "Київ")
    panel = await reader.wait_for(lambda one: "Новий огляд" in one.text)
    await reader.press(panel, "Час: 8:00")
    times = await reader.wait_for(lambda one: "О котрій годині?" in one.text)
    await reader.press(times, "Інший час …")
    question = await reader.wait_for(lambda one: one.text.startswith("Підписка"))
    await reader.send("6:15", reply_to=question)
    await reader.wait_for(lambda one: "Щодня о 6:15" in one.text)


async def test_what_was_chosen_goes_before_the_app_and_the_menu_follows(bot: RunningBot) -> None:
    reader = olena(bot, "en")
    page = await said(reader, "/language")
    await reader.press(page, "Українська")
    await reader.wait_for(lambda one: "Якою мовою" in one.text)
    assert "Я відповідаю на запитання" in (await said(reader, "/start")).text
    languages = Languages(bot.library.database)
    assert await languages.of(reader.id) == Spoken("uk", chosen=True)
    menus = await bot.app.bot.get_my_commands(BotCommandScopeChat(reader.id))
    assert {"help": "що я вмію"}.items() <= {m.command: m.description for m in menus}.items()


async def test_a_group_speaks_english_until_its_admins_choose(bot: RunningBot) -> None:
    reader, owner = olena(bot), bot.admin
    group = bot.api.group("Newsroom", owner, [reader])
    await reader.send("/help@" + str(bot.api.bot.username), chat=group)
    first = await reader.wait_for_reply(chat=group)
    assert "ask a question" in first.text
    await owner.send("/language@" + str(bot.api.bot.username), chat=group)
    page = await reader.wait_for(lambda one: "Which language should" in one.text, chat=group)
    refused = await reader.press(page, "Українська")
    assert refused.text == "In a group, only its admins can do that."
    await owner.press(page, "Українська")
    await reader.wait_for(lambda one: "Якою мовою" in one.text, chat=group)


async def test_the_model_is_told_the_language_that_was_chosen_and_else_the_questions(
    tmp_path: Path,
) -> None:
    async with (
        openai_server() as server,
        running_bot(
            tmp_path,
            [ARTICLE],
            Clock(NOW),
            **model_at(server),
        ) as bot,
    ):
        server.reply_with(lambda _request: f"{SENTENCE} [1.1]")
        reader = olena(bot)
        await said(reader, QUESTION)
        await reader.press(await said(reader, "/language"), "Українська")
        await said(reader, QUESTION)
        told = [str(one) for one in server.requests]
        assert "Write in the language of the question." in told[0]
        assert "Write in Ukrainian." in told[-1]


async def test_who_is_not_let_in_is_answered_in_their_language_and_leaves_no_trace(
    tmp_path: Path,
) -> None:
    async with running_bot(tmp_path, reader_access="invited") as bot:
        person = olena(bot)
        refused = await said(person, QUESTION)
        with speaking("uk"):
            assert refused.text == _(BY_INVITATION)
        assert await Languages(bot.library.database).of(person.id) == Spoken()


async def test_what_is_told_by_telegram_never_takes_the_place_of_what_was_chosen(
    bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    languages = Languages(bot.library.database)
    real = languages.of

    async def chosen_just_after(chat_id: int) -> Spoken:
        before = await real(chat_id)
        await Languages(bot.library.database).choose(chat_id, "ru")
        return before

    monkeypatch.setattr(languages, "of", chosen_just_after)
    await languages.met(77, "uk")
    assert await real(77) == Spoken("ru", chosen=True)


# What is the same in every language: names, addresses, commands, what is typed as it is.
SAME = re.compile(
    r"/(?:corrections off|feeds add|feeds remove)|https?:\S+|\bid\b|/[a-z_]+\b|@\w+"
    r"|[a-z]+:[0-9]{4}-\S+|\b(?:outlet|since|until):|\.\w{2,5}\b"
    r"|example\.org|bridge|[Tt]elegram|Sitrep|English|UTC|JSON Feed|JSON|RSS|Atom|PDF|zip|Word"
    r"|Meridian Wire|North Korean soldiers in Kursk|Kursk|Ada|Mon-Fri|energy in depth|Kyiv"
    r"|READER_ACCESS=invited|20 7d|“soon”|«(?:soon|nobody)»|since Monday"
)
TOLD = (
    "/start",
    "/help",
    "/sources",
    "/privacy",
    "/subscribe 25:00",
    "/subscriptions",
    "/briefing",
    "/briefing Kursk as a file",
    "/corrections",
    "/new",
    "/ask",
    "/add",
    "/add http://127.0.0.1:9/story",
    "/article 1",
    "/article 99",
    "/article",
    "/articles",
    "/articles since:soon",
    "/articles outlet:nobody",
    "/feeds",
    "/feeds add http://127.0.0.1:9/feed",
    "/feeds remove 7",
    "/feeds remove",
    "/channels",
    "/status",
    "/usage",
    "/admins",
    "/admins add nobody",
    "/invite 20 7d",
    "/block",
    "/unblock 12345",
    "/log",
    "/frobnicate",
    "Who won the cricket world cup?",
)


async def test_to_an_admin_who_chose_ukrainian_no_english_is_said(bot: RunningBot) -> None:
    page = await said(bot.admin, "/language")
    await bot.admin.press(page, next(b.text for b in buttons(page) if "Українська" in b.text))
    english = {}
    for asked in TOLD:
        reply = await said(bot.admin, asked)
        if asked.startswith(("/add http", "/feeds add")):
            reply = await reply.wait_until(lambda one: "Читаю" not in one.text, 30)
        shown = "\n".join([reply.text, *(one.text for one in buttons(reply))])
        if left := re.findall(r"[A-Za-z]{2,}", SAME.sub(" ", shown)):
            english[asked] = (left, shown)
    assert english == {}


def buttons(message: Message) -> list[Button]:
    return [one for row in message.buttons for one in row]
