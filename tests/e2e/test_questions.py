"""Questions and answers as readers see them: PTB over HTTP against the local Bot API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.local_api import Fault, local_bot_api
from retrieval.errors import ArchiveError, SettingsError, SitrepError
from retrieval.library import open_library
from tests.support.archives import cut, draft
from tests.support.bots import RunningBot, bot_settings, running_bot, running_with
from tests.support.openai_server import OpenAIServer, Reply, openai_server, prompt_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.local_api import Message

ALPHA = draft(
    "The Alpha Times reported that 50,000 troops massed for a Kursk offensive. It rained.",
    "Troops mass near Kursk",
    "Alpha",
    "https://alpha.example/1",
)
BETA = draft(
    "Syrskyi told reporters that 50,000 troops were massed for the offensive near Kursk. He left.",
    "A warning",
    "Beta",
    "https://beta.example/1",
    "2024-11-11",
)
QUESTION = "How many troops were massed for the Kursk offensive?"
OFF_TOPIC = "Who won the cricket world cup?"


def model_at(server: OpenAIServer) -> dict[str, Any]:
    return {
        "openai_base_url": server.base_url,
        "openai_api_key": server.api_key,
        "chat_model": "openai:fake-model",
    }


def labels(message: Message) -> list[list[str]]:
    return [[button.text for button in row] for row in message.buttons]


def are_open(message: Message) -> bool:
    return labels(message)[0][0].startswith("[1]")


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[RunningBot]:
    async with running_bot(tmp_path, [ALPHA, BETA]) as bot:
        yield bot


async def test_a_question_is_answered_with_footnotes_that_link_to_the_sentence(
    bot: RunningBot,
) -> None:
    await bot.reader.send(QUESTION)
    reply = await bot.reader.wait_for_reply()
    assert reply.text.startswith("“The Alpha Times reported that 50,000 troops massed for a Kursk")
    assert "offensive.” Alpha, 12 Nov 2024 [1]" in reply.text
    kinds = [entity["type"] for entity in reply.entities]
    assert kinds.count("expandable_blockquote") == 2  # one a source
    links = [entity["url"] for entity in reply.entities if entity["type"] == "text_link"]
    assert links[0].startswith("https://alpha.example/1#:~:text=The%20Alpha%20Times")
    assert [action.action for action in bot.api.chat_actions] == ["typing"]


async def test_a_button_shows_the_sentence_in_its_passage_also_after_a_restart(
    tmp_path: Path,
) -> None:
    async with local_bot_api() as api:
        settings = bot_settings(api, tmp_path)
        rita = api.person("Rita", id=1001)
        async with running_with(settings) as library:
            await library.archive.articles.store(ALPHA, cut(ALPHA.text), added_by="test")
            await rita.send(QUESTION)
            reply = await rita.wait_for_reply()
        async with running_with(settings):
            await rita.press(reply, "[1] Alpha")
            shown = await rita.wait_for_reply()
    assert "It rained." in shown.text
    bold = [one for one in shown.entities if one["type"] == "bold"]
    marked = shown.text[bold[-1]["offset"] : bold[-1]["offset"] + bold[-1]["length"]]
    assert marked == "The Alpha Times reported that 50,000 troops massed for a Kursk offensive."


async def test_a_button_of_another_chat_opens_nothing(bot: RunningBot) -> None:
    await bot.reader.send(QUESTION)
    reply = await bot.reader.wait_for_reply()
    data = reply.button(1).callback_data
    await bot.admin.send(QUESTION)
    mine = await bot.admin.wait_for_reply()
    forged = mine.versions[-1].markup
    assert forged is not None
    forged["inline_keyboard"][0][0]["callback_data"] = data
    answer = await bot.admin.press(mine, 1)
    assert answer.show_alert
    assert "has been deleted" in answer.text


async def test_the_sources_of_an_answer_open_and_close_in_place(tmp_path: Path) -> None:
    boats = draft("The harbour of Ostrov has room for 120 boats. It rained.", "Boats", "Alpha")
    costs = draft("Repairs of the harbour of Ostrov cost $3 million. It snowed.", "Cost", "Beta")
    question = "How many boats fit into the harbour of Ostrov, and what do its repairs cost?"
    votes = ["\U0001f44d Helpful", "\U0001f44e Not helpful"]
    watch = ["Watch: Ostrov"]
    async with running_bot(tmp_path, [boats, costs]) as bot:
        await bot.reader.send(question)
        reply = await bot.reader.wait_for_reply()
        assert labels(reply) == [["Sources (2)"], votes, watch]
        await bot.reader.press(reply, "Sources (2)")
        await reply.wait_until(are_open)
        assert labels(reply) == [["[1] Alpha", "[2] Beta"], ["‹ Close"], votes, watch]
        await bot.reader.press(reply, "‹ Close")
        await reply.wait_until(lambda message: not are_open(message))
        assert labels(reply) == [["Sources (2)"], votes, watch]


async def test_a_button_gives_what_else_answers_until_its_article_is_removed(
    tmp_path: Path,
) -> None:
    names = ("Alpha", "Beta", "Gamma", "Delta", "Epsilon")
    told = (
        "The bridge at Ostrov was closed because of cracks in two of its pillars.",
        "Ostrov's bridge was closed on Monday because a lorry had hit it, the mayor said.",
        "The Ostrov bridge is closed because its northern pillar needs repairs.",
        "Police closed the bridge at Ostrov because an engineer had reported damage.",
        "Because of high water the bridge at Ostrov was closed, the railway said.",
    )
    reports = [
        draft(text, f"Bridge {n}", name, f"https://{name.lower()}.example/1")
        for n, (name, text) in enumerate(zip(names, told, strict=True))
    ]
    async with running_bot(tmp_path, reports) as bot:
        await bot.reader.send("Why was the bridge at Ostrov closed?")
        reply = await bot.reader.wait_for_reply()
        assert reply.text.count("“") == 3
        quoted = {name for name in names if name in reply.text}
        label = "1 more quotation"
        assert [label] in labels(reply)
        await bot.reader.press(reply, label)
        more = await bot.reader.wait_for_reply()
        (further,) = [name for name in names if name in more.text]
        assert further not in quoted
        await bot.library.archive.articles.remove(1 + names.index(further))
        answer = await bot.reader.press(reply, label)
        assert answer.show_alert


async def test_a_footnote_of_a_corrected_article_says_so(bot: RunningBot) -> None:
    await bot.reader.send(QUESTION)
    reply = await bot.reader.wait_for_reply()
    revised = draft(
        "It was 45,000 troops, not 50,000.", "Troops", "Alpha", "https://alpha.example/1"
    )
    await bot.library.archive.articles.store(revised, cut(revised.text), added_by="test")
    await bot.reader.press(reply, "Sources (2)")
    await reply.wait_until(are_open)
    await bot.reader.press(reply, "[1] Alpha")
    shown = await bot.reader.wait_for_reply()
    assert "This article was corrected on " in shown.text
    assert "50,000 troops massed" in shown.text


async def test_what_the_archive_does_not_hold_is_declined_with_the_closest(
    bot: RunningBot,
) -> None:
    await bot.reader.send(OFF_TOPIC)
    reply = await bot.reader.wait_for_reply()
    assert reply.text.startswith("I found no answer to that.")
    assert "Troops mass near Kursk" in reply.text
    assert [button.text for row in reply.buttons for button in row] == [
        "Ask again after the next briefing",
        "\U0001f44d Helpful",
        "\U0001f44e Not helpful",
    ]


async def test_a_model_answer_is_streamed_checked_and_footnoted(tmp_path: Path) -> None:
    def reply(request: dict[str, object]) -> Reply:
        lines = prompt_of(request).splitlines()
        mark = next(line.split()[0] for line in lines if "The Alpha Times" in line)
        return Reply.in_pieces(
            "It was 50,",
            f"000, the Alpha Times said {mark[:3]}",
            mark[3:],
            "\n",
            "The moon is cheese [9.9].",
        )

    async with openai_server() as server:
        server.reply_with(reply)
        async with running_bot(tmp_path, [ALPHA, BETA], **model_at(server)) as bot:
            await bot.reader.send(QUESTION)
            answer = await bot.reader.wait_for_reply()
    assert answer.text.startswith(
        "It was 50,000, the Alpha Times said [1]\n\nI left out 1 statement"
    )
    assert "“The Alpha Times reported that 50,000 troops massed" in answer.text
    assert "moon" not in answer.text


async def test_when_the_model_is_down_the_reader_gets_quotes_and_is_told(tmp_path: Path) -> None:
    async with openai_server() as server:
        server.reply_with(lambda _request: Reply.truncated("It was"))
        async with running_bot(tmp_path, [ALPHA, BETA], **model_at(server)) as bot:
            await bot.reader.send(QUESTION)
            answer = await bot.reader.wait_for_reply()
    assert answer.text.startswith("The chat model's answer broke off. Here are the sentences")
    assert "[1]" in answer.text


async def test_a_long_answer_comes_whole_in_several_messages(tmp_path: Path) -> None:
    long = "An officer said that troops massed near Kursk " + "and waited for orders " * 40 + "{}."
    articles = [
        draft(long.format(n), f"Troops {n}", f"Outlet {n}", f"https://a.example/{n}")
        for n in range(5)
    ]
    async with running_bot(tmp_path, articles) as bot:
        await bot.reader.send("How many troops massed near Kursk?")
        await bot.reader.wait_for(lambda message: bool(message.buttons))
        texts = [m.text for m in bot.reader.messages() if m.sender == bot.api.bot]
    if len(texts) == 1:
        assert all(f"orders {n}." in texts[0] for n in range(5)) or len(texts[0]) <= 4096
    assert all(len(text) <= 4096 for text in texts)


async def test_start_help_and_sources_say_what_there_is(bot: RunningBot) -> None:
    await bot.reader.send("/start")
    assert "this is Sitrep" in (await bot.reader.wait_for_reply()).text
    await bot.reader.send("/help")
    help_text = (await bot.reader.wait_for_reply()).text
    assert "/sources" in help_text
    assert "/add" not in help_text
    await bot.admin.send("/help")
    assert "/add" in (await bot.admin.wait_for_reply()).text
    await bot.reader.send("/sources")
    sources = (await bot.reader.wait_for_reply()).text
    assert sources.startswith("2 articles from 2 outlets, 11 Nov 2024 to 12 Nov 2024.")


async def test_an_unknown_command_and_a_picture_get_one_clear_sentence(bot: RunningBot) -> None:
    await bot.reader.send("/frobnicate now")
    assert (await bot.reader.wait_for_reply()).text.startswith(
        "I don't know the command /frobnicate."
    )
    await bot.reader.upload("cat.jpg", b"x", photo=True)
    assert "only read text" in (await bot.reader.wait_for_reply()).text


async def test_in_a_group_only_what_is_meant_for_the_bot_is_answered(bot: RunningBot) -> None:
    group = bot.api.group("Desk", bot.admin, [bot.reader])
    await bot.reader.send("Anyone for lunch?", chat=group)
    asked = await bot.reader.send(f"@{bot.api.bot.username} {QUESTION}", chat=group)
    reply = await bot.reader.wait_for_reply(chat=group)
    assert reply.reply_to == asked
    assert "50,000" in reply.text
    followed = await bot.reader.send(QUESTION, chat=group, reply_to=reply)
    assert (await bot.reader.wait_for_reply(chat=group)).reply_to == followed
    await bot.reader.send(f"/ask {QUESTION}", chat=group)
    assert "50,000" in (await bot.reader.wait_for_reply(chat=group)).text
    await bot.reader.send("/ask", chat=group)
    assert "/ask Who holds" in (await bot.reader.wait_for_reply(chat=group)).text
    assert len([m for m in bot.reader.messages(group) if m.sender == bot.api.bot]) == 4


async def test_commands_are_offered_to_those_who_may_use_them(bot: RunningBot) -> None:
    scopes = {call.parameters["scope"]["type"]: call for call in bot.api.calls("setMyCommands")}
    assert {c["command"] for c in scopes["default"].parameters["commands"]} == {
        "ask",
        "new",
        "briefing",
        "subscribe",
        "subscriptions",
        "watch",
        "corrections",
        "sources",
        "language",
        "privacy",
        "help",
    }
    admin = scopes["chat"].parameters
    assert admin["scope"]["chat_id"] == bot.admin.id
    assert "add" in {c["command"] for c in admin["commands"]}


async def test_an_error_is_one_sentence_for_the_person_and_the_rest_is_logged(
    bot: RunningBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise ArchiveError("The vector index failed: disk.")

    monkeypatch.setattr(type(bot.library.archive.vectors), "search", broken)
    await bot.reader.send(QUESTION)
    reply = await bot.reader.wait_for_reply()
    assert reply.text == "That didn't work: The vector index failed: disk."

    async def bug(*_: object) -> None:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(type(bot.library.archive.vectors), "search", bug)
    await bot.reader.send(QUESTION)
    reply = await bot.reader.wait_for_reply()
    assert "Something went wrong on my side" in reply.text
    assert "secret" not in reply.text
    assert "a secret detail" in caplog.text


async def test_a_message_that_may_have_arrived_is_not_sent_twice(bot: RunningBot) -> None:
    bot.api.faults.next("sendMessage", Fault.status(502))
    await bot.reader.send(QUESTION)
    await bot.reader.wait_for(lambda m: "went wrong" in m.text)
    answers = [m for m in bot.reader.messages() if "50,000" in m.text]
    assert len(answers) <= 1


@pytest.mark.faults("Telegram: 429")
async def test_telegrams_wish_to_wait_is_granted(bot: RunningBot) -> None:
    bot.api.faults.next("sendMessage", Fault.too_many(retry_after=1))
    await bot.reader.send(QUESTION)
    reply = await bot.reader.wait_for_reply()
    assert "50,000" in reply.text


async def test_a_press_is_answered_also_when_telegram_wants_it_later(bot: RunningBot) -> None:
    await bot.reader.send(QUESTION)
    reply = await bot.reader.wait_for_reply()
    bot.api.faults.next("answerCallbackQuery", Fault.too_many(retry_after=1))
    said = await bot.reader.press(reply, "\U0001f44d Helpful")
    assert said.text.startswith("Thanks: marked as helpful.")


async def test_the_token_never_reaches_the_log(
    bot: RunningBot, caplog: pytest.LogCaptureFixture
) -> None:
    await bot.reader.send(QUESTION)
    await bot.reader.wait_for_reply()
    assert bot.api.token not in caplog.text


async def test_a_token_that_telegram_does_not_know_is_said_before_anything_runs(
    tmp_path: Path,
) -> None:
    async with local_bot_api() as api:
        settings = bot_settings(api, tmp_path, telegram_bot_token="1:wrong")
        with pytest.raises(SettingsError, match="TELEGRAM_BOT_TOKEN"):
            async with running_with(settings):
                pass


@pytest.mark.faults("Two programs on one data directory")
async def test_a_second_bot_on_the_same_data_is_refused(bot: RunningBot, tmp_path: Path) -> None:
    with pytest.raises(SitrepError, match="Another Sitrep"):
        async with running_with(bot_settings(bot.api, tmp_path)):
            pass
    async with open_library(bot_settings(bot.api, tmp_path)) as library:
        answer = await library.answerer.answer(QUESTION)
    assert answer.question == QUESTION


async def test_whether_an_answer_helped_is_noted_once_a_person(bot: RunningBot) -> None:
    await bot.reader.send(QUESTION)
    reply = await bot.reader.wait_for_reply()
    said = await bot.reader.press(reply, "\U0001f44d Helpful")
    assert said.text == "Thanks: marked as helpful. Press the other button to change that."
    said = await bot.reader.press(reply, "\U0001f44e Not helpful")
    assert said.text is not None
    assert said.text.startswith("Thanks: marked as not helpful.")
    (row,) = [one async for one in bot.library.archive.feedback.rows()]
    assert (row["helpful"], row["not_helpful"]) == (0, 1)


async def test_a_cited_passage_offers_its_outlet_alone_and_what_is_newer(bot: RunningBot) -> None:
    await bot.reader.send("What did Syrskyi tell reporters?")
    reply = await bot.reader.wait_for_reply()
    await bot.reader.press(reply, "[1] Beta")
    shown = await bot.reader.wait_for_reply()
    await bot.reader.press(shown, "More from Beta")
    of_beta = await bot.reader.wait_for_reply()
    assert "Beta, 11 Nov 2024" in of_beta.text
    assert "Alpha" not in of_beta.text
    await bot.reader.press(shown, "Newer only")
    newer = await bot.reader.wait_for_reply()
    assert "Alpha, 12 Nov 2024" in newer.text
    assert "Beta" not in newer.text


async def test_beyond_the_budget_answers_are_quotes_and_say_why(tmp_path: Path) -> None:
    def reply(request: dict[str, object]) -> Reply:
        lines = prompt_of(request).splitlines()
        mark = next(line.split()[0] for line in lines if "The Alpha Times" in line)
        return Reply(f"It was 50,000, the Alpha Times said {mark}")

    async with openai_server() as server:
        server.reply_with(reply)
        settings = {**model_at(server), "tokens_per_reader_a_day": 10}
        async with running_bot(tmp_path, [ALPHA, BETA], **settings) as bot:
            await bot.reader.send(QUESTION)
            first = await bot.reader.wait_for_reply()
            await bot.reader.send(QUESTION)
            second = await bot.reader.wait_for_reply()
            await bot.reader.send("And when was that?")
            follow_up = await bot.reader.wait_for_reply()
            asked = len(server.requests)
            await bot.admin.send("/usage")
            usage = await bot.admin.wait_for_reply()
            await bot.reader.send("/usage")
            unknown = await bot.reader.wait_for_reply()
    assert first.text.startswith("It was 50,000")
    assert second.text.startswith("You have used today\u2019s share of written answers; I quote")
    assert "\u201d Alpha, 12 Nov 2024 [1]" in second.text
    assert asked == 1
    assert "today\u2019s share" in follow_up.text
    assert "3 answers to 1 people, 1 by the model" in usage.text
    assert "Daily limits: 10 tokens per reader" in usage.text
    assert unknown.text == "I don't know the command /usage. /help lists what I can do."


async def test_an_admin_sees_how_the_bot_is(bot: RunningBot) -> None:
    await bot.reader.send(QUESTION)
    await bot.reader.wait_for_reply()
    await bot.admin.send("/status")
    said = (await bot.admin.wait_for_reply()).text
    assert said.startswith("Sitrep 0.")
    assert "Up 0 min, by long polling" in said
    assert "Since start-up: questions 1, errors 0" in said
    assert "Archive: articles 2, not embedded yet 0" in said
    assert "Answers: quotes, without a language model" in said
