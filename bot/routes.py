"""All that people can do: which handler gets which update, and in what order they are asked."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from telegram.ext import (
    CallbackQueryHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot.features.about import AboutHandlers
from bot.features.access import views as say
from bot.features.access.handlers import people_handlers
from bot.features.access.people import Languages
from bot.features.adding.handlers import AddingHandlers, adding_handlers
from bot.features.articles.handlers import ArticleHandlers, ArticleLists, managing_handlers
from bot.features.audit_log import recorder
from bot.features.briefings.handlers import AsksAboutStory, BriefingHandlers, WantsNews
from bot.features.briefings.views import StoryButton
from bot.features.channels import ChannelHandlers, Channels
from bot.features.corrections import CorrectionHandlers, strike
from bot.features.feeds import feed_handlers
from bot.features.inline import InlineHandlers
from bot.features.questions.admission import QuestionQueue
from bot.features.questions.conversations import Conversations
from bot.features.questions.feedback import FeedbackHandlers
from bot.features.questions.handlers import (
    QuestionHandlers,
)
from bot.features.questions.views import (
    CitedButton,
    FurtherButton,
    MoreButton,
    NoteButton,
    SourcesButton,
    VoteButton,
    WatchButton,
)
from bot.features.saved_questions import SavedQuestionHandlers
from bot.features.status import StatusPage
from bot.features.subscriptions.handlers import subscription_handlers
from bot.features.watching.handlers import WatchHandlers
from bot.language import gettext as _
from bot.telegram.editable_message import LiveAnswers

if TYPE_CHECKING:
    from telegram.ext import Application

    from bot.services import Services
    from bot.settings import BotSettings
    from retrieval.library import Library


def add_handlers(  # noqa: PLR0915  a list
    app: Application[Any, Any, Any, Any, Any, Any],
    settings: BotSettings,
    library: Library,
    backstage: Services,
) -> None:
    """All that people can do, in the order in which it is tried."""
    questions = QuestionHandlers(
        library.answerer,
        library.archive,
        Conversations(
            library.database,
            timedelta(hours=settings.conversation_hours),
            backstage.clock.now,
        ),
        LiveAnswers(app.bot, backstage.pacer, settings.streaming),
        queue=QuestionQueue(settings.questions_at_once, backstage.metrics.waiting.set),
        allowance=backstage.allowance,
        now=backstage.clock.now,
        metrics=backstage.metrics,
        zone_of=backstage.subscriptions.zone_of,
    )
    about = AboutHandlers(library.archive)
    record = recorder(library.database, backstage.clock.now)
    adding = AddingHandlers(backstage.jobs, backstage.intake, record)
    channels = ChannelHandlers(
        Channels(library.database),
        backstage.jobs,
        backstage.intake,
        record,
        backstage.subscriptions,
        Languages(library.database),
    )
    now = backstage.clock.now
    fresh = filters.UpdateType.MESSAGE
    scheduled = subscription_handlers(
        library.database, backstage.subscriptions, library.topics.nearest, now
    )
    about_people = people_handlers(
        library.database,
        backstage.people,
        about,
        keeping=backstage.keeping,
        model=settings.chat_model,
        secret=app.bot.token,
        limited=settings.budget.has_limit,
        now=now,
    )
    for by_group in (scheduled, about_people):
        for group, handlers in by_group.items():
            app.add_handlers(handlers, group)

    def queued() -> None:
        backstage.postman.wake()
        backstage.noted_again.wake()

    watching = WatchHandlers(
        backstage.watches,
        backstage.subscriptions,
        library.archive,
        library.topics.nearest,
        settings.watch_messages_a_day,
    )
    app.add_handler(InlineQueryHandler(InlineHandlers(library.snippets, now).on_query))
    app.add_handler(CommandHandler("watch", watching.on_watch, fresh))
    app.add_handler(CommandHandler("unwatch", watching.on_unwatch, fresh))
    app.add_handler(CallbackQueryHandler(watching.on_button, WatchButton.pattern()))
    briefings = BriefingHandlers(
        desk=library.desk,
        database=library.database,
        archive=library.archive,
        choices=backstage.choices,
        questions=questions,
        zone_of=backstage.subscriptions.zone_of,
        now=now,
        queued=queued,
        allowance=backstage.allowance,
        watching=watching,
    )
    app.add_handler(CommandHandler("briefing", briefings.on_briefing, fresh))
    about_story = fresh & filters.TEXT & ~filters.COMMAND & AsksAboutStory()
    app.add_handler(MessageHandler(about_story, briefings.on_asked_about))
    news = fresh & filters.TEXT & ~filters.COMMAND & ~filters.FORWARDED & WantsNews()
    app.add_handler(MessageHandler(news, briefings.on_news))
    app.add_handler(CallbackQueryHandler(briefings.on_story, StoryButton.pattern()))
    app.add_handler(CommandHandler("help", about.on_help, fresh))
    app.add_handler(CommandHandler("sources", about.on_sources, fresh))
    app.add_handler(CommandHandler("ask", questions.on_ask, fresh))
    app.add_handlers(adding_handlers(adding, channels, questions, about))
    managing = ArticleHandlers(
        library.archive,
        backstage.jobs,
        backstage.intake,
        now,
        backstage.worker.wake,
        partial(strike, library.database),
        record,
    )
    lists = ArticleLists(library.archive, library.database, now)
    app.add_handlers(managing_handlers(managing, lists))
    app.add_handlers(feed_handlers(backstage.feeds, record, now))
    app.add_handler(CommandHandler("new", questions.on_new, fresh))
    choices = CorrectionHandlers(library.database, settings.corrections_days, now)
    app.add_handler(CommandHandler("corrections", choices.on_corrections, fresh))
    status = StatusPage(library, settings, backstage.metrics, backstage.feeds, now)
    app.add_handler(CommandHandler("status", status.on_status, fresh))
    feedback = FeedbackHandlers(library.archive, settings.budget, now)
    app.add_handler(CommandHandler("usage", feedback.on_usage, fresh))
    app.add_handler(MessageHandler(fresh & filters.COMMAND, about.on_unknown_command))
    app.add_handler(MessageHandler(fresh & filters.TEXT, questions.on_text))
    captioned = fresh & filters.CAPTION & ~filters.StatusUpdate.ALL
    app.add_handler(MessageHandler(captioned, questions.on_text))
    # what was sent to be added is no question after an edit either
    sent = filters.COMMAND | filters.Document.ALL | filters.FORWARDED | filters.Entity("url")
    edited = filters.UpdateType.EDITED_MESSAGE & (filters.TEXT | filters.CAPTION) & ~sent
    app.add_handler(MessageHandler(edited, questions.on_edited))
    private = fresh & filters.ChatType.PRIVATE
    other = private & ~filters.StatusUpdate.ALL
    app.add_handler(MessageHandler(other, about.on_other))
    app.add_handler(CallbackQueryHandler(questions.on_sources, SourcesButton.pattern()))
    app.add_handler(CallbackQueryHandler(questions.on_further, FurtherButton.pattern()))
    app.add_handler(CallbackQueryHandler(questions.on_cited, CitedButton.pattern()))
    app.add_handler(CallbackQueryHandler(questions.on_more, MoreButton.pattern()))
    app.add_handler(CallbackQueryHandler(feedback.on_vote, VoteButton.pattern()))
    noting = SavedQuestionHandlers(library.archive, backstage.noted, now)
    app.add_handler(CallbackQueryHandler(noting.on_note, NoteButton.pattern()))
    app.add_handler(CallbackQueryHandler(_on_old_button))
    app.add_error_handler(backstage.errors.on_error)


async def _on_old_button(update: Any, _context: object) -> None:  # noqa: ANN401  PTB's Update
    await update.callback_query.answer(_(say.OLD_BUTTON))
