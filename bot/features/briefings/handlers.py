"""/briefing, and the buttons under a briefing's stories."""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from telegram import ForceReply, InlineKeyboardMarkup, Message
from telegram.constants import ChatType
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.features.access.chat_admins import may_manage
from bot.features.briefings import documents, views
from bot.features.briefings.delivery import hand_over
from bot.features.briefings.pictures import (
    NoPicturesError,
    caption,
    card,
    card_text,
    entries,
    timeline,
    timeline_text,
)
from bot.features.briefings.request import PICTURE, read_briefing
from bot.features.briefings.views import StoryButton
from bot.features.questions.handlers import conversation, is_for, without_mention
from bot.features.watching.store import Choice, wish
from bot.language import LANGUAGES, N_, asked_of_model, speaking, translated
from bot.language import gettext as _
from bot.telegram.client import change_buttons, entities, keyboard, send, typing
from bot.telegram.outbox import OutgoingMessage, Prepared
from bot.telegram.rich_text import RichText, plain
from retrieval.answering.intents import overview_of
from retrieval.briefing import WrittenBriefing, parse_since
from retrieval.errors import ArchiveError, RequestError
from retrieval.models import BriefingWindow, Length
from retrieval.search.dates import find_dates, window_of, without_dates

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime, tzinfo

    from telegram import Bot, Update, User
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.features.briefings.request import BriefingRequest
    from bot.features.questions.admission import Allowance
    from bot.features.questions.handlers import QuestionHandlers
    from bot.features.watching.handlers import WatchHandlers
    from bot.features.watching.store import StoryChoices
    from retrieval.archive import Archive
    from retrieval.briefing import BriefingOptions, BriefingService
    from retrieval.models import Briefing, Story
    from retrieval.storage.database import Database


log = logging.getLogger(__name__)

_WEEK, _YEAR = timedelta(days=7), timedelta(days=366)
_FILE_NAME = "briefing-{day}.{form}"


class BriefingHandlers:
    """Briefings on request; a reader is a chat, or a topic of one."""

    def __init__(  # noqa: PLR0913  its collaborators
        self,
        *,
        desk: BriefingService,
        database: Database,
        archive: Archive,
        choices: StoryChoices,
        questions: QuestionHandlers,
        zone_of: Callable[[int], Awaitable[str | None]],
        now: Callable[[], datetime],
        queued: Callable[[], None],
        allowance: Allowance,
        watching: WatchHandlers,
    ) -> None:
        self._allowance = allowance
        self._watching = watching
        self._desk = desk
        self._database = database
        self._archive = archive
        self._choices = choices
        self._questions = questions
        self._zone_name = zone_of
        self._now = now
        self._queued = queued
        self._telling: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def register(self, app: App) -> None:
        """Add the handlers of /briefing, of requests in words, and of a story's buttons.

        They must be tried before the handlers of any text.
        """
        fresh = filters.UpdateType.MESSAGE
        text = fresh & filters.TEXT & ~filters.COMMAND
        news = text & ~filters.FORWARDED & WantsNews()
        app.add_handler(CommandHandler("briefing", self.on_briefing, fresh))
        app.add_handler(MessageHandler(text & AsksAboutStory(), self.on_asked_about))
        app.add_handler(MessageHandler(news, self.on_news))
        app.add_handler(CallbackQueryHandler(self.on_story, StoryButton.pattern()))

    async def on_briefing(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/briefing [file] [topics] [since ...]`, `/briefing again`, `/briefing week`."""
        message = update.effective_message
        if message is None or not message.text:
            return
        now = self._now()
        try:
            words = read_briefing(message.text.partition(" ")[2], now)
        except RequestError as error:
            await _say(context.bot, message, RichText(translated(error.message)))
            return
        zone = await self._zone_of(message.chat_id)
        if words.again:
            await self._again(context.bot, message, words.form, zone)
            return
        wish = await self._wish(message, words, now, zone)
        if wish is None:
            text = _(
                "I don't understand “{words}” as a time within the last year. Try /briefing "
                "Kursk since Monday, or /briefing 24h."
            ).format(words=plain(words.since or "", 60).text)
            await _say(context.bot, message, RichText(text))
            return
        # A summary of the week includes what the reader already knows.
        reader = None if words.week else conversation(message)
        await self._brief(context.bot, message, wish, reader, zone, words.form)

    async def _again(self, bot: Bot, message: Message, form: str | None, zone: tzinfo) -> None:
        """Show the chat's last briefing again, without what was removed since."""
        now, reader = self._now(), conversation(message)
        given = await self._archive.briefings.given(reader, now)
        last = next(
            (one for one in reversed(given) if one.briefing.stories and not one.at_once), None
        )
        if last is None:
            await _say(bot, message, RichText(_("I haven't sent you a briefing yet.")))
            return
        briefing = await self._archive.briefings.get(reader, last.id)
        if form is not None:
            await self._send_file(bot, message, briefing, form, zone)
        else:
            await self._deliver(message, WrittenBriefing(last.id, briefing), zone, now)

    async def on_news(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A message such as "What's new?" gets a briefing; if it names a time, of all of that time.

        A time more than a year ago makes it a question to the archive.
        """
        message = update.effective_message
        if message is None:
            return
        now, zone = self._now(), await self._zone_of(message.chat_id)
        text = _plainly(message)
        dates = find_dates(text, now, zone)
        asked = window_of(dates)
        window = BriefingWindow(asked.start, min(asked.end, now)) if asked else None
        wanted = overview_of(without_dates(text, dates))
        if window is None and wanted is not None and wanted.is_week:
            window = BriefingWindow(now - _WEEK, now)
        if window is not None and not now - _YEAR <= window.start < window.end:
            await self._questions.on_text(update, context)
            return
        chosen = await self._choices.of(conversation(message))
        # Somebody who asks for a time gets all of it, including what they know.
        reader = None if window is not None else conversation(message)
        wanted_now = wish((), Length.STANDARD, window, chosen)
        await self._brief(context.bot, message, wanted_now, reader, zone)

    async def _brief(  # noqa: PLR0913, PLR0917  the details of a briefing
        self,
        bot: Bot,
        message: Message,
        wish: BriefingOptions,
        reader: str | None,
        zone: tzinfo,
        form: str | None = None,
    ) -> None:
        """Write and send a briefing, as a file if `form` is given; `reader` None: no ledger."""
        now, mine = self._now(), conversation(message)
        # One after the other: the second must not repeat the first.
        async with self._telling.setdefault(mine, asyncio.Lock()):
            person = message.from_user.id if message.from_user else None
            async with (
                typing(bot, message.chat_id, _thread(message)),
                self._allowance.of(person) as in_quotes,
            ):
                written = await self._desk.write(
                    reader,
                    wish,
                    now,
                    person=person,
                    in_quotes=in_quotes,
                    language=asked_of_model(),
                )
            if form is not None:
                await self._send_file(bot, message, written.briefing, form, zone)
                await self._desk.tell(mine, written, now)
                return
            delivered = await self._deliver(message, written, zone, now)
        if not delivered:  # an alert came in between: write it again without that
            await self._brief(bot, message, wish, reader, zone)

    async def _deliver(
        self, message: Message, written: WrittenBriefing, zone: tzinfo, now: datetime
    ) -> bool:
        """Send by the outbox, so that the ledger always matches what was sent.

        False if the reader was told something else since it was written.
        """
        parts = tuple(
            OutgoingMessage(page.text, views.numbers(written.id, page.stories))
            for page in views.pages(written.briefing, zone)
        )
        done = await hand_over(
            self._database,
            chat_id=message.chat_id,
            thread_id=_thread(message) or 0,
            name=f"asked:{message.chat_id}:{message.message_id}:{message.date:%Y%m%dT%H%M%S}",
            prepared=Prepared(written.id, parts, written.briefing.window.end, after=written.after),
            now=now,
        )
        self._queued()
        return done

    async def on_story(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press of a button under a briefing."""
        query = update.callback_query
        if query is None or query.data is None:
            return
        pressed = StoryButton.unpack(query.data)
        if pressed is None or not isinstance(query.message, Message):
            await query.answer(_("That briefing is too old; please ask for a new one."))
            return
        message = query.message
        reader = conversation(message)
        try:
            briefing = await self._archive.briefings.get(reader, pressed.briefing_id)
            story = briefing.stories[pressed.number - 1]
        except (ArchiveError, IndexError):
            await query.answer(_("That briefing has been deleted."), show_alert=True)
            return
        answer = await self._do(context.bot, message, pressed, story, query.from_user, briefing)
        await query.answer(answer)

    async def on_asked_about(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A reply to "Ask about this": a question, answered from that story's articles."""
        message = update.effective_message
        found = story_of(message) if message is not None else None
        if message is None or found is None or not message.text:
            return
        briefing_id, number = found
        try:
            briefing = await self._archive.briefings.get(conversation(message), briefing_id)
            story = briefing.stories[number - 1]
        except (ArchiveError, IndexError):
            text = _("That briefing has been deleted; please ask without it.")
            await _say(context.bot, message, RichText(text))
            return
        articles = [one.id for _, one in await self._archive.stories.articles(story.id)]
        await self._questions.answer(message, message.text, context.bot, articles)

    async def _do(  # noqa: PLR0913, PLR0917  the details of a press
        self,
        bot: Bot,
        message: Message,
        pressed: StoryButton,
        story: Story,
        user: User,
        briefing: Briefing,
    ) -> str | None:
        """Do what a button says; returns the note that Telegram shows for a moment, if any."""
        reader = conversation(message)
        match pressed.action:
            case "sources":
                await _say(bot, message, views.sources(briefing, pressed.number))
            case "changed":
                kept = await self._archive.briefings.given(reader, self._now())
                earlier = [one for one in kept if one.id < pressed.briefing_id]
                zone = await self._zone_of(message.chat_id)
                await _say(bot, message, views.changed(story, earlier, zone))
            case "ask":
                await ask_about(bot, message, pressed, story, _thread(message))
            case "timeline":
                await self._timeline(bot, message, story)
            case "watch":
                return await self._watching.of_story(bot, message, user, story)
            case "follow" | "mute":
                if not await may_manage(bot, message.chat, user, None):
                    return _("In a group, only its admins can do that.")
                choice = Choice(pressed.action)
                is_set = await self._choices.choose(reader, story.id, choice, self._now())
                await self._show_menu(bot, message, pressed, story)
                return _(_CHOSEN[choice, is_set])
            case "open":
                await self._show_menu(bot, message, pressed, story)
            case _:
                shown = range(pressed.first, pressed.last + 1)
                numbers = views.numbers(pressed.briefing_id, shown)
                await change_buttons(bot, message, keyboard(numbers))
        return None

    async def _show_menu(
        self, bot: Bot, message: Message, pressed: StoryButton, story: Story
    ) -> None:
        choice = (await self._choices.of(conversation(message))).get(story.id)
        buttons = views.menu(pressed, followed=choice is Choice.FOLLOW, muted=choice is Choice.MUTE)
        await change_buttons(bot, message, keyboard(buttons))

    async def _timeline(self, bot: Bot, message: Message, story: Story) -> None:
        zone = await self._zone_of(message.chat_id)
        shown = entries(await self._archive.stories.articles(story.id))
        try:
            picture = await asyncio.to_thread(timeline, story.headline, shown, zone)
        except NoPicturesError as error:
            log.info("a timeline goes out as text: %s", error)
            text = timeline_text(story.headline, shown, zone)
            await send(bot, message.chat_id, text, thread_id=_thread(message))
            return
        await bot.send_photo(
            message.chat_id,
            picture,
            caption=plain(story.headline, 900).text,
            message_thread_id=_thread(message),
        )

    async def _zone_of(self, chat_id: int) -> tzinfo:
        """A chat's time zone; UTC if unknown."""
        return ZoneInfo(await self._zone_name(chat_id) or "UTC")

    async def _wish(
        self, message: Message, words: BriefingRequest, now: datetime, zone: tzinfo
    ) -> BriefingOptions | None:
        """The options of the briefing; None if the time can't be understood."""
        window = BriefingWindow(now - _WEEK, now) if words.week else None
        if words.since is not None:
            start = parse_since(words.since, now, zone)
            if start is None:
                return None
            window = BriefingWindow(start, now)
        chosen = await self._choices.of(conversation(message))
        return wish(words.topics, words.length, window, chosen)

    async def _send_file(
        self, bot: Bot, message: Message, briefing: Briefing, form: str, zone: tzinfo
    ) -> None:
        if form == PICTURE:
            await self._send_card(bot, message, briefing, zone)
            return
        name = _FILE_NAME.format(day=f"{briefing.window.end.astimezone(zone):%Y-%m-%d}", form=form)
        await bot.send_document(
            message.chat_id,
            documents.document(briefing, zone, form).encode(),
            filename=name,
            message_thread_id=_thread(message),
        )

    async def _send_card(
        self, bot: Bot, message: Message, briefing: Briefing, zone: tzinfo
    ) -> None:
        """Send the headlines as a picture, or a line of text if there are none."""
        if not briefing.stories:
            await _say(bot, message, views.nothing_new(briefing, zone))
            return
        try:
            picture = await asyncio.to_thread(card, briefing, zone)
        except NoPicturesError as error:
            log.info("a card goes out as text: %s", error)
            text = card_text(briefing, zone)
            await send(bot, message.chat_id, text, thread_id=_thread(message))
            return
        under = caption(briefing)
        await bot.send_photo(
            message.chat_id,
            picture,
            caption=under.text,
            caption_entities=entities(under),
            message_thread_id=_thread(message),
        )


_CHOSEN = {
    (Choice.FOLLOW, True): N_("From now on, this story comes first."),
    (Choice.FOLLOW, False): N_("You no longer follow this story."),
    (Choice.MUTE, True): N_("You won't hear about this story again."),
    (Choice.MUTE, False): N_("This story is no longer muted."),
}


class WantsNews(filters.MessageFilter):
    """Messages to the bot that ask for news in general, not about a topic."""

    def filter(self, message: Message) -> bool:
        """Whether the message is such a request."""
        if not message.text or message.reply_to_message is not None:
            return False
        if message.chat.type != ChatType.PRIVATE and not is_for(message, message.get_bot().bot):
            return False
        text = _plainly(message)
        dates = find_dates(text, message.date)
        wish = overview_of(without_dates(text, dates))
        if wish is None or wish.topic:
            return False
        return not wish.of_a_time or window_of(dates) is not None


def _plainly(message: Message) -> str:
    return without_mention(message, message.get_bot().username)


async def _say(
    bot: Bot, message: Message, text: RichText, buttons: InlineKeyboardMarkup | None = None
) -> Any:  # noqa: ANN401  nobody uses it
    await send(bot, message.chat_id, text, thread_id=_thread(message), buttons=buttons)


def _thread(message: Message) -> int | None:
    return message.message_thread_id if message.is_topic_message else None


@cache
def _about() -> re.Pattern[str]:
    """Matches briefing and story at the end of the bot's question, in any language."""
    forms = list[str]()
    for language in LANGUAGES:
        with speaking(language):
            form = re.escape(_place("BRIEFING", "STORY"))
        forms.append(form.replace("BRIEFING", r"(\d{1,15})").replace("STORY", r"(\d{1,3})"))
    return re.compile(f"(?:{'|'.join(forms)})$")


def _place(briefing: object, story: object) -> str:
    return _("(briefing {briefing}, story {story})").format(briefing=briefing, story=story)


class AsksAboutStory(filters.MessageFilter):
    """Replies to the bot's "Ask about this", which names the story."""

    def filter(self, message: Message) -> bool:
        """Whether the message is such a reply."""
        return story_of(message) is not None


async def ask_about(
    bot: Bot, message: Message, pressed: StoryButton, story: Story, thread_id: int | None
) -> None:
    """Ask what the person wants to know; the text names the story, so that a reply finds it."""
    asked = _("What do you want to know about “{headline}”? Reply to this message.").format(
        headline=plain(story.headline).text
    )
    text = f"{asked} {_place(pressed.briefing_id, pressed.number)}"
    await bot.send_message(
        message.chat_id,
        text,
        message_thread_id=thread_id,
        reply_markup=ForceReply(input_field_placeholder=_("Your question")),
    )


def story_of(message: Message) -> tuple[int, int] | None:
    """The briefing and the story's number that a reply is about; None if it is no such reply."""
    asked = message.reply_to_message
    if asked is None or asked.from_user is None or asked.text is None:
        return None
    if asked.from_user.id != message.get_bot().id:
        return None
    found = _about().search(asked.text)
    if found is None:
        return None
    briefing, number = (int(one) for one in found.groups() if one is not None)
    return briefing, number
