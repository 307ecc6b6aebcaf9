"""Handles questions, and the buttons under answers."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from telegram import InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatType
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.features.questions import views
from bot.features.questions.conversations import Speaker
from bot.features.questions.views import (
    CitedButton,
    FurtherButton,
    MoreButton,
    SourcesButton,
    being_written,
    cited_passage,
    render,
    with_sources,
)
from bot.features.topics import topic_of
from bot.language import asked_of_model, replying_in, translated
from bot.language import gettext as _
from bot.telegram.client import change_buttons, keyboard, send, typing
from bot.telegram.editable_message import ReplyTarget
from bot.telegram.rich_text import RichText, clean
from retrieval.answering.followups import carried, leans, may_lean, own_stems
from retrieval.answering.intents import talk_of
from retrieval.errors import ArchiveError
from retrieval.grounding.citations import quotation
from retrieval.index.chroma import Filter
from retrieval.models import Answer, Claim, Mode, Precision
from retrieval.text.words import stems

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
    from datetime import datetime, tzinfo

    from telegram import Bot, CallbackQuery, User
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.features.questions.admission import Allowance, QuestionQueue
    from bot.features.questions.conversations import Conversations, ConversationTurn
    from bot.ops.metrics import Metrics
    from bot.telegram.editable_message import LiveAnswers
    from retrieval.answering import Answerer
    from retrieval.answering.intents import Talk
    from retrieval.archive import Archive
    from retrieval.models import Article, Unanswered


log = logging.getLogger(__name__)

# How much later a "newer" article must be: the next day, if only the day is known.
_JUST_AFTER = {Precision.DAY: timedelta(days=1), Precision.MINUTE: timedelta(minutes=1)}
_LINK = re.compile(r"\bhttps?://\S+", re.IGNORECASE)
# How many messages' questions are remembered, to ignore edits that change something else.
_MOST_ASKED = 2_000


class QuestionHandlers:
    """Answers questions; a conversation belongs to a person in a chat or topic."""

    def __init__(  # noqa: PLR0913  its collaborators
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
        zone_of: Callable[[int], Awaitable[str | None]] | None = None,
    ) -> None:
        self._zone_name = zone_of
        self._asked: OrderedDict[tuple[int, int], int] = OrderedDict()
        self._metrics = metrics
        self._answerer = answerer
        self._archive = archive
        self._conversations = conversations
        self._live = live
        self._allowance = allowance
        self._queue = queue
        self._now = now
        self._speaking: WeakValueDictionary[Speaker, asyncio.Lock] = WeakValueDictionary()

    def register(self, app: App) -> None:
        """Add the handlers of /ask, /new, an answer's buttons, and text that nothing else takes."""
        fresh = filters.UpdateType.MESSAGE
        text = fresh & filters.TEXT & ~filters.COMMAND
        captioned = fresh & filters.CAPTION & ~filters.COMMAND & ~filters.StatusUpdate.ALL
        # what was sent to be added is no question after an edit, either
        sent = filters.COMMAND | filters.Document.ALL | filters.FORWARDED | filters.Entity("url")
        edited = filters.UpdateType.EDITED_MESSAGE & (filters.TEXT | filters.CAPTION) & ~sent
        app.add_handler(CommandHandler("ask", self.on_ask, fresh))
        app.add_handler(CommandHandler("new", self.on_new, fresh))
        app.add_handler(MessageHandler(text, self.on_text))
        app.add_handler(MessageHandler(captioned, self.on_text))
        app.add_handler(MessageHandler(edited, self.on_edited))
        app.add_handler(CallbackQueryHandler(self.on_sources, SourcesButton.pattern()))
        app.add_handler(CallbackQueryHandler(self.on_further, FurtherButton.pattern()))
        app.add_handler(CallbackQueryHandler(self.on_cited, CitedButton.pattern()))
        app.add_handler(CallbackQueryHandler(self.on_more, MoreButton.pattern()))

    async def on_new(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/new`: the next question doesn't build on earlier ones."""
        message = update.effective_message
        if message is not None:
            speaker = speaker_of(message)
            async with self._speaking.setdefault(speaker, asyncio.Lock()):
                await self._conversations.end(speaker)
            await _reply(
                context.bot, message, RichText(_("New conversation. What would you like to know?"))
            )

    async def on_text(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Any text or caption in private; in a group only messages to the bot."""
        message = update.effective_message
        text = said(message) if message is not None else ""
        if message is None or not text:
            return
        if message.chat.type != ChatType.PRIVATE:
            if not is_for(message, context.bot.bot):
                return
            text = without_mention(message, context.bot.username)
        await self.answer(message, text, context.bot)

    async def on_edited(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """An edited message: answered again if its text has changed."""
        message = update.edited_message
        if message is None:
            return
        if self._asked.get((message.chat_id, message.message_id)) != hash(said(message)):
            await self.on_text(update, context)

    async def on_ask(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/ask QUESTION`."""
        message = update.effective_message
        if message is None or not message.text:
            return
        question = message.text.partition(" ")[2]
        if question.strip():
            await self.answer(message, question, context.bot)
        else:
            hint = _("Write your question after the command: /ask Who holds Sudzha?")
            await _reply(context.bot, message, RichText(hint))

    async def on_sources(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press of the sources button, which opens or closes the list of sources."""
        query = update.callback_query
        found = SourcesButton.unpack(query.data) if query else None
        if query is None or found is None or (message := await _pressed(query)) is None:
            return
        answer_id = found.answer_id
        try:
            outlets = await self._archive.answers.cited_outlets(conversation(message), answer_id)
            asked = await self._archive.answers.asked(conversation(message), answer_id)
        except ArchiveError as error:
            await query.answer(translated(error.message), show_alert=True)
            return
        await query.answer()
        rows = with_sources(
            answer_id,
            outlets,
            topic_of(asked.question),
            are_open=found.are_open,
            further=asked.further,
        )
        await change_buttons(context.bot, message, keyboard(rows))

    async def on_cited(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press of a footnote's button: shows the sentence in its passage."""
        query = update.callback_query
        found = CitedButton.unpack(query.data) if query else None
        if query is None or found is None or (message := await _pressed(query)) is None:
            return
        answer_id, n = found.answer_id, found.n
        try:
            cited = await self._archive.answers.cited_text(conversation(message), answer_id, n)
        except ArchiveError as error:
            await query.answer(translated(error.message), show_alert=True)
            return
        await query.answer()
        buttons = under_passage(answer_id, n, cited.article)
        await _reply(context.bot, message, cited_passage(cited), buttons)

    async def on_further(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press of the button for more quotations that answer the question."""
        query = update.callback_query
        button = FurtherButton.unpack(query.data) if query else None
        if query is None or button is None or (message := await _pressed(query)) is None:
            return
        answer_id = button.answer_id
        try:
            asked = await self._archive.answers.asked(conversation(message), answer_id)
            found = await self._archive.answers.further_quotes(conversation(message), answer_id)
        except ArchiveError as error:
            await query.answer(translated(error.message), show_alert=True)
            return
        if not found:
            gone = _("Those articles have changed since then; please ask again.")
            await query.answer(gone, show_alert=True)
            return
        await query.answer()
        claims = tuple(Claim.saying(quotation(one), (one.n,)) for one in found)
        more = Answer(asked.question, Mode.QUOTE, claims, tuple(found))
        kept = await self._archive.answers.keep(conversation(message), more, query.from_user.id)
        await _reply(context.bot, message, render(more), under_answer(kept, more))

    async def on_more(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press under a cited passage: asks again, of its outlet or of newer articles only."""
        query = update.callback_query
        found = MoreButton.unpack(query.data) if query else None
        if query is None or found is None or not isinstance(query.message, Message):
            return
        message = query.message
        try:
            cited = await self._archive.answers.cited_text(
                conversation(message), found.answer_id, found.n
            )
        except ArchiveError as error:
            await query.answer(translated(error.message), show_alert=True)
            return
        await query.answer()
        published = cited.article.published
        if found.what == "n" and published is not None:
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
        self._asked[message.chat_id, message.message_id] = hash(said(message))
        if len(self._asked) > _MOST_ASKED:
            self._asked.popitem(last=False)
        # Links are ignored, unless there is nothing else.
        question = _LINK.sub(" ", question).strip() or question
        if (talk := talk_of(question)) is not None:
            await self._talk(message, talk, bot)
            return
        speaker = speaker_of(message)
        # One after the other: a person's next question may build on this one.
        async with self._speaking.setdefault(speaker, asyncio.Lock()):
            await self._answer(message, question, bot, among, speaker)

    async def _talk(self, message: Message, talk: Talk, bot: Bot) -> None:
        """Reply to small talk; it doesn't become part of the conversation."""
        with replying_in(talk.language):
            await _reply(bot, message, RichText(translated(talk.reply)))

    async def _answer(
        self,
        message: Message,
        question: str,
        bot: Bot,
        among: Collection[int] | None,
        speaker: Speaker,
    ) -> None:
        replied = message.reply_to_message
        async with self._live.answer(target_of(message)) as live, self._queue.turn(live.say):
            live.unsay()
            before = replied.message_id if replied else None
            turns = await self._conversations.before(speaker, before)
            typed = typing(bot, message.chat_id, _thread(message))
            async with typed, self._allowance.of(speaker.user_id) as in_quotes:
                alone, spent = question, dict[str, int]()
                if among is None and turns and leans(question):
                    among = turns[-1].articles or None
                    earlier = [one.question for one in turns]
                    condensed = await self._answerer.stand_alone(
                        question, earlier, by_rules=in_quotes is not None
                    )
                    question, spent = condensed.question, dict(condensed.usage)
                zone = await self._zone_of(message.chat_id)

                async def ask(asked: str, spent: Mapping[str, int]) -> Answer | Unanswered:
                    return await self._answerer.answer(
                        asked,
                        message.edit_date or message.date,
                        among,
                        in_quotes=in_quotes,
                        on_progress=lambda text: live.write(being_written(text)),
                        on_thinking=live.think,
                        spent=spent,
                        language=asked_of_model(),
                        zone=zone,
                        month_first=_is_american(message),
                    )

                result = await ask(question, spent)
                if question == alone and not isinstance(result, Answer) and among is None:
                    result = await _going_on(alone, turns, result, ask)
                answer_id = await self._keep(message, result, speaker.user_id)
            sent = await live.finish(render(result), under_answer(answer_id, result))
        if not isinstance(result, Answer):
            return  # later questions don't build on unanswered ones
        await self._conversations.keep(
            speaker,
            result.question,
            among or (),
            (sent[0], sent[-1]),
            turns[-1].id if turns else None,
        )

    async def _zone_of(self, chat_id: int) -> tzinfo:
        name = await self._zone_name(chat_id) if self._zone_name is not None else None
        return ZoneInfo(name or "UTC")

    async def _keep(self, message: Message, result: Answer | Unanswered, person: int) -> int:
        """Store an answer for its buttons, count it and log it; returns its id."""
        answer_id = await self._archive.answers.keep(conversation(message), result, person)
        self._metrics.answered(result)
        _log(result)
        return answer_id


async def _going_on(
    question: str,
    turns: Sequence[ConversationTurn],
    alone: Unanswered,
    ask: Callable[[str, Mapping[str, int]], Awaitable[Answer | Unanswered]],
) -> Answer | Unanswered:
    """Try a short question without an answer again, together with the one before.

    Only an answer with the question's own words counts: a new topic stays unanswered.
    """
    if not turns or not may_lean(question):
        return alone
    whole = carried(question, [one.question for one in turns], anyway=True)
    found = await ask(whole, alone.cost.usage)
    if isinstance(found, Answer):
        own = own_stems(question)
        if any(own <= stems(one.quote) for one in found.citations):
            return found
    return alone


def _is_american(message: Message) -> bool:
    """Whether the author writes the month before the day."""
    code = message.from_user.language_code if message.from_user else None
    return (code or "").replace("_", "-").casefold() == "en-us"


def said(message: Message) -> str:
    """A message's text or caption."""
    return (message.text or message.caption or "").strip()


def target_of(message: Message) -> ReplyTarget:
    """Where the answer to a message goes; in a private chat it is not shown as a reply."""
    quotes = message.chat.type != ChatType.PRIVATE
    return ReplyTarget(message.chat_id, _thread(message), message.message_id, quotes)


def speaker_of(message: Message) -> Speaker:
    """The speaker whose conversation a message belongs to; a channel is its own."""
    person = message.from_user.id if message.from_user else message.chat_id
    return Speaker(person, message.chat_id, _thread(message) or 0)


def conversation(message: Message) -> str:
    """The conversation's name in the archive: an answer's buttons work only where it was given."""
    return f"telegram:{message.chat_id}:{_thread(message) or 0}"


def is_for(message: Message, me: User) -> bool:
    """Whether a group message mentions the bot or replies to it."""
    replied = message.reply_to_message
    if replied is not None and replied.from_user is not None and replied.from_user.id == me.id:
        return True
    return _mention(me.username or "") in map(str.casefold, _mentions(message))


def without_mention(message: Message, username: str) -> str:
    """A message's text without mentions of the bot."""
    text = said(message)
    for mention in _mentions(message):
        if mention.casefold() == _mention(username):
            text = text.replace(mention, " ", 1)
    return text.strip(" ,:\n")


async def _pressed(query: CallbackQuery) -> Message | None:
    """The message whose button was pressed; None if Telegram no longer shows it to bots."""
    if isinstance(query.message, Message):
        return query.message
    await query.answer(_("That answer is too old; please ask again."), show_alert=True)
    return None


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
    """A message's topic. Elsewhere Telegram gives replies thread ids that it won't send to."""
    return message.message_thread_id if message.is_topic_message else None


def _mentions(message: Message) -> list[str]:
    found = message.parse_entities(["mention"]) if message.text else {}
    captioned = message.parse_caption_entities(["mention"]) if message.caption else {}
    return [*found.values(), *captioned.values()]


def _mention(username: str) -> str:
    return f"@{username}".casefold()


def _log(result: Answer | Unanswered) -> None:
    """Log a line for each answer: its result and timings, but not the question."""
    log.info(
        "answered" if isinstance(result, Answer) else "declined",
        extra={
            "mode": result.mode.value,
            "left_out": result.dropped.claims + result.dropped.unsupported,
            "tokens": result.cost.usage.get("total_tokens", 0),
            **{f"{stage}_ms": round(ms) for stage, ms in result.cost.timings_ms.items()},
        },
    )


def under_answer(answer_id: int, answer: Answer | Unanswered) -> InlineKeyboardMarkup | None:
    """The buttons under an answer, as a keyboard."""
    return keyboard(views.rows_under_answer(answer_id, answer, topic_of))


def under_passage(answer_id: int, n: int, article: Article) -> InlineKeyboardMarkup | None:
    """Buttons to ask again, of this outlet or of newer articles only."""
    outlet = clean(article.outlet)[: views.LONGEST_LABEL]
    buttons = [
        (_("More from {outlet}").format(outlet=outlet), MoreButton(answer_id, n, "o").pack())
    ]
    if article.published is not None:
        buttons.append((_("Newer only"), MoreButton(answer_id, n, "n").pack()))
    return keyboard([buttons])
