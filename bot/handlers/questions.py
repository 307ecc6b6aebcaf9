"""A message that is a question, and the buttons under its answer."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from telegram import InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatType

from bot.conversations import Speaker
from bot.delivery import Place, send
from bot.delivery.typing import typing
from bot.handlers.answer_buttons import under_answer, under_passage
from bot.language import asked_of_model, translated
from bot.language import gettext as _
from bot.render import render
from bot.render.pages import cited_passage
from bot.render.rich_text import RichText
from retrieval.answering.followups import leans
from retrieval.archive import Filter
from retrieval.errors import ArchiveError
from retrieval.models import Answer, Precision

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from telegram import Bot, User
    from telegram.ext import ContextTypes

    from bot.allowance import Allowance
    from bot.conversations import Conversations
    from bot.delivery import LiveAnswers
    from bot.handlers.question_queue import QuestionQueue
    from bot.metrics import Metrics
    from retrieval.answering import Answerer
    from retrieval.archive import Archive
    from retrieval.models import Unanswered

log = logging.getLogger(__name__)

# What is newer than an article of a day is of the next.
_JUST_AFTER = {Precision.DAY: timedelta(days=1), Precision.MINUTE: timedelta(minutes=1)}


class Questions:
    """Answers questions; a conversation is a chat, or a thread of one."""

    def __init__(  # noqa: PLR0913  what an answer is made with
        self,
        answerer: Answerer,
        archive: Archive,
        conversations: Conversations,
        live: LiveAnswers,
        *,
        allowance: Allowance,
        queue: QuestionQueue,
        now: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._metrics = metrics
        self._answerer = answerer
        self._archive = archive
        self._conversations = conversations
        self._live = live
        self._allowance = allowance
        self._queue = queue
        self._now = now
        self._speaking: WeakValueDictionary[Speaker, asyncio.Lock] = WeakValueDictionary()

    async def on_new(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/new`: what is asked next does not lean on what was asked before."""
        message = update.effective_message
        if message is not None:
            speaker = speaker_of(message)
            async with self._speaking.setdefault(speaker, asyncio.Lock()):
                await self._conversations.end(speaker)
            await _reply(context.bot, message, RichText(_("A new conversation. What next?")))

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
        question = message.text.partition(" ")[2]
        if question.strip():
            await self.answer(message, question, context.bot)
        else:
            hint = _("Write the question behind the command: /ask Who holds Sudzha?")
            await _reply(context.bot, message, RichText(hint))

    async def on_cited(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """The button of a footnote: its sentence in the passage that it stands in."""
        query = update.callback_query
        if query is None or query.data is None:
            return
        if not isinstance(query.message, Message):  # older than Telegram shows to bots
            text = _("That answer is too old; please ask again.")
            await query.answer(text, show_alert=True)
            return
        answer_id, n = map(int, query.data.split(":")[1:])
        try:
            cited = await self._archive.cited_text(conversation(query.message), answer_id, n)
        except ArchiveError as error:
            await query.answer(translated(str(error)), show_alert=True)
            return
        await query.answer()
        buttons = under_passage(answer_id, n, cited.article)
        await _reply(context.bot, query.message, cited_passage(cited), buttons)

    async def on_more(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Under a cited passage: the question again, of its outlet alone, or of what is newer."""
        query = update.callback_query
        if query is None or query.data is None or not isinstance(query.message, Message):
            return
        answer_id, n, what = query.data.split(":")[1:]
        message = query.message
        try:
            cited = await self._archive.cited_text(conversation(message), int(answer_id), int(n))
        except ArchiveError as error:
            await query.answer(translated(str(error)), show_alert=True)
            return
        await query.answer()
        published = cited.article.published
        if what == "n" and published is not None:
            only = Filter(start=published.at + _JUST_AFTER[published.precision])
        else:
            only = Filter(outlets=(cited.article.outlet,))
        typed = typing(context.bot, message.chat_id, _thread(message))
        person = query.from_user.id
        async with typed, self._queue.turn(), self._allowance.of(person) as in_quotes:
            result = await self._answerer.answer(
                cited.question,
                self._now(),
                within=only,
                in_quotes=in_quotes,
                language=asked_of_model(),
            )
            kept = await self._keep(message, result, person)
        await _reply(context.bot, message, render(result), under_answer(kept, result))

    async def answer(
        self, message: Message, question: str, bot: Bot, among: Collection[int] | None = None
    ) -> None:
        """Answer a message; with `among`, only from these articles (ids)."""
        speaker = speaker_of(message)
        # One after the other: what a person asks next leans on what is kept of this.
        async with self._speaking.setdefault(speaker, asyncio.Lock()):
            await self._answer(message, question, bot, among, speaker)

    async def _answer(
        self,
        message: Message,
        question: str,
        bot: Bot,
        among: Collection[int] | None,
        speaker: Speaker,
    ) -> None:
        replied = message.reply_to_message
        async with self._live.answer(place_of(message)) as live, self._queue.turn(live.say):
            live.unsay()
            before = replied.message_id if replied else None
            turns = await self._conversations.before(speaker, before)
            typed = typing(bot, message.chat_id, _thread(message))
            async with typed, self._allowance.of(speaker.user_id) as in_quotes:
                spent: Mapping[str, int] = {}
                if among is None and turns and leans(question):
                    among = turns[-1].articles or None
                    earlier = [one.question for one in turns]
                    condensed = await self._answerer.stand_alone(
                        question, earlier, by_rules=in_quotes is not None
                    )
                    question, spent = condensed.question, condensed.usage
                result = await self._answerer.answer(
                    question,
                    message.date,
                    among,
                    in_quotes=in_quotes,
                    on_progress=live.write,
                    on_thinking=live.think,
                    spent=spent,
                    language=asked_of_model(),
                )
                answer_id = await self._keep(message, result, speaker.user_id)
            sent = await live.finish(render(result), under_answer(answer_id, result))
        if not isinstance(result, Answer):
            return  # what could not be answered is nothing to lean on
        await self._conversations.keep(
            speaker,
            result.question,
            among or (),
            (sent[0].message_id, sent[-1].message_id),
            turns[-1].id if turns else None,
        )

    async def _keep(self, message: Message, result: Answer | Unanswered, person: int) -> int:
        """Keep an answer for its buttons, count it and log it."""
        answer_id = await self._archive.keep_answer(conversation(message), result, person)
        self._metrics.answered(result)
        _log(result)
        return answer_id


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
    """One line an answer: what became of it and where the time went; not what was asked."""
    log.info(
        "answered" if isinstance(result, Answer) else "declined",
        extra={
            "mode": result.mode.value,
            "left_out": result.dropped.claims + result.dropped.unsupported,
            "tokens": result.cost.usage.get("total_tokens", 0),
            **{f"{stage}_ms": round(ms) for stage, ms in result.cost.timings_ms.items()},
        },
    )
