"""A message that is a question, and the buttons under its answer."""

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

    from bot.features.questions.admission import Allowance, QuestionQueue
    from bot.features.questions.conversations import Conversations, ConversationTurn
    from bot.ops.metrics import Metrics
    from bot.telegram.editable_message import LiveAnswers
    from retrieval.answering import Answerer
    from retrieval.answering.intents import Talk
    from retrieval.archive import Archive
    from retrieval.models import Article, Unanswered


log = logging.getLogger(__name__)

# What is newer than an article of a day is of the next.
_JUST_AFTER = {Precision.DAY: timedelta(days=1), Precision.MINUTE: timedelta(minutes=1)}
_LINK = re.compile(r"\bhttps?://\S+", re.IGNORECASE)
# Of how many messages it is known what they asked, so that an edit of something else is none.
_MOST_ASKED = 2_000


class QuestionHandlers:
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

    async def on_new(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/new`: what is asked next does not lean on what was asked before."""
        message = update.effective_message
        if message is not None:
            speaker = speaker_of(message)
            async with self._speaking.setdefault(speaker, asyncio.Lock()):
                await self._conversations.end(speaker)
            await _reply(
                context.bot, message, RichText(_("New conversation. What would you like to know?"))
            )

    async def on_text(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Any text or caption in private; in a group only what is meant for the bot."""
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
        """A message that was edited: answered anew, if it asks something else now."""
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
        """The button of the sources: opens them, in place, or closes them again."""
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
        """The button of a footnote: its sentence in the passage that it stands in."""
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
        """The button of more quotations: what else answers the question, with its sources."""
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
        """Under a cited passage: the question again, of its outlet alone, or of what is newer."""
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
        # A link says nothing to the archive; an admin's alone is no question at all.
        question = _LINK.sub(" ", question).strip() or question
        if (talk := talk_of(question)) is not None:
            await self._talk(message, talk, bot)
            return
        speaker = speaker_of(message)
        # One after the other: what a person asks next leans on what is kept of this.
        async with self._speaking.setdefault(speaker, asyncio.Lock()):
            await self._answer(message, question, bot, among, speaker)

    async def _talk(self, message: Message, talk: Talk, bot: Bot) -> None:
        """A line for who asks nothing; the conversation goes on as if it had not been said."""
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
        async with self._live.answer(place_of(message)) as live, self._queue.turn(live.say):
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
            return  # what could not be answered is nothing to lean on
        await self._conversations.keep(
            speaker,
            result.question,
            among or (),
            (sent[0].message_id, sent[-1].message_id),
            turns[-1].id if turns else None,
        )

    async def _zone_of(self, chat_id: int) -> tzinfo:
        name = await self._zone_name(chat_id) if self._zone_name is not None else None
        return ZoneInfo(name or "UTC")

    async def _keep(self, message: Message, result: Answer | Unanswered, person: int) -> int:
        """Keep an answer for its buttons, count it and log it."""
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
    """What a question of few words has no answer to by itself, it may have with the one before.

    Only an answer that has the question's own words counts: a new topic stays unanswered.
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
    """Whether who writes puts the month before the day."""
    code = message.from_user.language_code if message.from_user else None
    return (code or "").replace("_", "-").casefold() == "en-us"


def said(message: Message) -> str:
    """The text of a message, or the caption of what it shows."""
    return (message.text or message.caption or "").strip()


def place_of(message: Message) -> ReplyTarget:
    """Where the answer to a message goes; in a private chat it need not quote it."""
    quotes = message.chat.type != ChatType.PRIVATE
    return ReplyTarget(message.chat_id, _thread(message), message.message_id, quotes)


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
    text = said(message)
    for mention in _mentions(message):
        if mention.casefold() == _mention(username):
            text = text.replace(mention, " ", 1)
    return text.strip(" ,:\n")


async def _pressed(query: CallbackQuery) -> Message | None:
    """The answer whose button was pressed; None if it is older than Telegram shows to bots."""
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
    """Only a forum's topics: elsewhere Telegram numbers replies, and refuses to be sent there."""
    return message.message_thread_id if message.is_topic_message else None


def _mentions(message: Message) -> list[str]:
    found = message.parse_entities(["mention"]) if message.text else {}
    captioned = message.parse_caption_entities(["mention"]) if message.caption else {}
    return [*found.values(), *captioned.values()]


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


def under_answer(answer_id: int, answer: Answer | Unanswered) -> InlineKeyboardMarkup | None:
    """A button for the sources, and whether it helped."""
    return keyboard(views.rows_under_answer(answer_id, answer, topic_of))


def under_passage(answer_id: int, n: int, article: Article) -> InlineKeyboardMarkup | None:
    """The same question again: of this outlet alone, or of what is newer."""
    outlet = clean(article.outlet)[: views.LONGEST_LABEL]
    buttons = [
        (_("More from {outlet}").format(outlet=outlet), MoreButton(answer_id, n, "o").pack())
    ]
    if article.published is not None:
        buttons.append((_("Newer only"), MoreButton(answer_id, n, "n").pack()))
    return keyboard([buttons])
