"""A message that is a question, and the buttons under its answer."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatType

from bot.conversations import Speaker
from bot.delivery import Place, send
from bot.delivery.typing import typing
from bot.render import render
from bot.render.pages import cited_passage
from bot.render.rich_text import RichText, plain
from retrieval.answering.followups import leans
from retrieval.errors import ArchiveError
from retrieval.models import Answer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from telegram import Bot, User
    from telegram.ext import ContextTypes

    from bot.conversations import Conversations
    from bot.delivery import LiveAnswers
    from retrieval.answering import Answerer
    from retrieval.archive import Archive
    from retrieval.models import Unanswered

log = logging.getLogger(__name__)

CITED = "cited"
BUTTONS_IN_A_ROW = 2
MOST_BUTTONS = 20
_BUTTON_LABEL = 24


class Questions:
    """Answers questions; a conversation is a chat, or a thread of one."""

    def __init__(
        self,
        answerer: Answerer,
        archive: Archive,
        conversations: Conversations,
        live: LiveAnswers,
    ) -> None:
        self._answerer = answerer
        self._archive = archive
        self._conversations = conversations
        self._live = live
        self._under_way: dict[Speaker, asyncio.Event] = {}

    async def on_new(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/new`: what is asked next does not lean on what was asked before."""
        message = update.effective_message
        if message is not None:
            await self._conversations.end(speaker_of(message))
            await _reply(context.bot, message, RichText("A new conversation. What next?"))

    async def on_text(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Any text in private; in a group only what is meant for the bot."""
        message = update.effective_message
        if message is None or not message.text:
            return
        if message.chat.type == ChatType.PRIVATE:
            await self.answer(message, message.text, context.bot)
        elif is_for(message, context.bot.bot):
            question = without_mention(message, context.bot.username)
            await self.answer(message, question, context.bot)

    async def on_ask(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/ask QUESTION`."""
        message = update.effective_message
        if message is None or not message.text:
            return
        _, _, question = message.text.partition(" ")
        if question.strip():
            await self.answer(message, question, context.bot)
        else:
            hint = "Write the question behind the command: /ask Who holds Sudzha?"
            await _reply(context.bot, message, RichText(hint))

    async def on_cited(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """The button of a footnote: its sentence in the passage that it stands in."""
        query = update.callback_query
        if query is None or query.data is None:
            return
        if not isinstance(query.message, Message):  # older than Telegram shows to bots
            await query.answer("That answer is too old; please ask again.", show_alert=True)
            return
        numbers = query.data.split(":")[1:]
        try:
            cited = await self._archive.cited_text(conversation(query.message), *map(int, numbers))
        except ArchiveError as error:
            await query.answer(str(error), show_alert=True)
            return
        await query.answer()
        await _reply(context.bot, query.message, cited_passage(cited))

    async def answer(
        self, message: Message, question: str, bot: Bot, among: Collection[int] | None = None
    ) -> None:
        """Answer a message; with `among`, only from these articles (ids).

        A follow-up waits for the answer to the person's question before it, if that is under way.
        """
        speaker = speaker_of(message)
        before = self._under_way.get(speaker)
        done = self._under_way[speaker] = asyncio.Event()
        try:
            if before is not None and among is None and leans(question):
                await before.wait()
            await self._answer(speaker, message, question, bot, among)
        finally:
            done.set()
            if self._under_way.get(speaker) is done:
                del self._under_way[speaker]

    async def _answer(
        self,
        speaker: Speaker,
        message: Message,
        question: str,
        bot: Bot,
        among: Collection[int] | None,
    ) -> None:
        replied = message.reply_to_message
        turns = await self._conversations.before(speaker, replied.message_id if replied else None)
        async with self._live.answer(place_of(message)) as live:
            async with typing(bot, message.chat_id, _thread(message)):
                spent: Mapping[str, int] = {}
                if among is None and turns and leans(question):
                    among = turns[-1].articles or None
                    earlier = [one.question for one in turns]
                    condensed = await self._answerer.stand_alone(question, earlier)
                    question, spent = condensed.question, condensed.usage
                result = await self._answerer.answer(
                    question, message.date, among, on_progress=live.write, spent=spent
                )
                buttons = None
                if isinstance(result, Answer):
                    kept = await self._archive.keep_answer(conversation(message), result)
                    buttons = keyboard(kept, result)
            sent = await live.finish(render(result), buttons)
        _log(result)
        if not isinstance(result, Answer):
            return  # what could not be answered is nothing to lean on
        await self._conversations.keep(
            speaker,
            result.question,
            among or (),
            (sent[0].message_id, sent[-1].message_id),
            turns[-1].id if turns else None,
        )


def place_of(message: Message) -> Place:
    """Where the answer to a message goes; in a private chat it need not quote it."""
    quotes = message.chat.type != ChatType.PRIVATE
    return Place(message.chat_id, _thread(message), message.message_id, quotes)


def speaker_of(message: Message) -> Speaker:
    """Whose conversation a message belongs to; a channel speaks for itself."""
    person = message.from_user.id if message.from_user else message.chat_id
    return Speaker(person, message.chat_id, _thread(message) or 0)


def conversation(message: Message) -> str:
    """The name under which an answer is kept: its buttons work where it was given, only there."""
    return f"telegram:{message.chat_id}:{_thread(message) or 0}"


def is_for(message: Message, me: User) -> bool:
    """Whether a group message mentions the bot or replies to it."""
    replied = message.reply_to_message
    if replied is not None and replied.from_user is not None and replied.from_user.id == me.id:
        return True
    return _mention(me.username or "") in map(str.casefold, _mentions(message))


def without_mention(message: Message, username: str) -> str:
    """The text of a group message without the bot's name in it."""
    text = message.text or ""
    for mention in _mentions(message):
        if mention.casefold() == _mention(username):
            text = text.replace(mention, " ", 1)
    return text.strip(" ,:\n")


def keyboard(answer_id: int, answer: Answer) -> InlineKeyboardMarkup:
    """A button a footnote."""
    buttons = [
        InlineKeyboardButton(
            f"[{one.n}] {plain(one.article.outlet).text[:_BUTTON_LABEL]}",
            callback_data=f"{CITED}:{answer_id}:{one.n}",
        )
        for one in answer.citations[:MOST_BUTTONS]
    ]
    rows = range(0, len(buttons), BUTTONS_IN_A_ROW)
    return InlineKeyboardMarkup([buttons[at : at + BUTTONS_IN_A_ROW] for at in rows])


async def _reply(
    bot: Bot, message: Message, text: RichText, buttons: InlineKeyboardMarkup | None = None
) -> list[Message]:
    is_private = message.chat.type == ChatType.PRIVATE
    return await send(
        bot,
        message.chat_id,
        text,
        thread_id=_thread(message),
        reply_to=None if is_private else message.message_id,
        buttons=buttons,
    )


def _thread(message: Message) -> int | None:
    """Only a forum's topics: elsewhere Telegram numbers replies, and refuses to be sent there."""
    return message.message_thread_id if message.is_topic_message else None


def _mentions(message: Message) -> list[str]:
    return list(message.parse_entities(["mention"]).values())


def _mention(username: str) -> str:
    return f"@{username}".casefold()


def _log(result: Answer | Unanswered) -> None:
    log.info(
        "%s in %s mode, %s dropped, %s tokens, %.0f ms",
        "answered" if isinstance(result, Answer) else "declined",
        result.mode,
        result.dropped.ids + result.dropped.claims + result.dropped.unsupported,
        result.cost.usage.get("total_tokens", 0),
        result.cost.timings_ms.get("total", 0),
    )
