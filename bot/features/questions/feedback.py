"""/usage, and the buttons that ask whether an answer helped."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from telegram import Message
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.features.questions.handlers import conversation
from bot.features.questions.views import VoteButton
from bot.language import N_, number, translated
from bot.language import gettext as _
from bot.telegram.client import send
from bot.telegram.rich_text import RichText, join, styled
from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.settings import Budget
    from retrieval.archive import Archive
    from retrieval.storage import Usage


_SPANS = ((N_("Today"), 0), (N_("7 days"), 6), (N_("30 days"), 29))


class FeedbackHandlers:
    """Stores votes, and shows admins what answers cost."""

    def __init__(self, archive: Archive, budget: Budget, now: Callable[[], datetime]) -> None:
        self._archive = archive
        self._budget = budget
        self._now = now

    def register(self, app: App) -> None:
        """Add the handlers of /usage and of votes."""
        app.add_handler(CommandHandler("usage", self.on_usage, filters.UpdateType.MESSAGE))
        app.add_handler(CallbackQueryHandler(self.on_vote, VoteButton.pattern()))

    async def on_vote(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """A vote; each person has one per answer, and the last counts."""
        query = update.callback_query
        found = VoteButton.unpack(query.data) if query else None
        if query is None or found is None or not isinstance(query.message, Message):
            return
        try:
            await self._archive.feedback.vote(
                conversation(query.message),
                found.answer_id,
                query.from_user.id,
                self._now(),
                helpful=found.helpful,
            )
        except ArchiveError as error:
            await query.answer(translated(error.message), show_alert=True)
            return
        said = _("Thanks: marked as not helpful. Press the other button to change that.")
        if found.helpful:
            said = _("Thanks: marked as helpful. Press the other button to change that.")
        await query.answer(said)

    async def on_usage(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/usage`, for admins."""
        message = update.effective_message
        if message is None:
            return
        midnight = self._now().replace(hour=0, minute=0, second=0, microsecond=0)
        spans = [
            (_(name), await self._archive.feedback.usage_since(midnight - timedelta(days=days)))
            for name, days in _SPANS
        ]
        thread = message.message_thread_id if message.is_topic_message else None
        page = usage_page(spans, self._budget)
        await send(context.bot, message.chat_id, page, thread_id=thread)


def usage_page(spans: Sequence[tuple[str, Usage]], budget: Budget) -> RichText:
    """A paragraph for each period, then who used most in the longest one, then the limits."""
    parts = [styled("bold", name) + "\n" + _span(usage, budget) for name, usage in spans]
    most = spans[-1][1].most if spans else ()
    if most:
        line = _("{who}: {answers} answers, {tokens} tokens")
        lines = [
            line.format(who=one, answers=number(answers), tokens=number(tokens))
            for one, answers, tokens in most
        ]
        parts.append(
            styled("bold", _("Most in {span}").format(span=spans[-1][0])) + "\n" + "\n".join(lines)
        )
    parts.append(RichText(_limits(budget)))
    return join(parts, "\n\n")


def _span(usage: Usage, budget: Budget) -> str:
    lines = [
        _("{answers} answers to {people} people, {by_model} by the model").format(
            answers=number(usage.answers),
            people=number(usage.people),
            by_model=number(usage.by_model),
        ),
        _("{read} tokens read, {written} written").format(
            read=number(usage.tokens.read), written=number(usage.tokens.written)
        )
        + _price(usage, budget),
    ]
    if usage.briefings:
        lines.insert(1, _("{count} briefings written").format(count=number(usage.briefings)))
    if usage.helpful or usage.unhelpful:
        lines.append(
            _("{helpful} helpful, {unhelpful} not").format(
                helpful=number(usage.helpful), unhelpful=number(usage.unhelpful)
            )
        )
    return "\n".join(lines)


def _price(usage: Usage, budget: Budget) -> str:
    if not (budget.read_price or budget.written_price):
        return ""
    cost = budget.cost(usage.tokens.read, usage.tokens.written)
    return f": {cost:,.2f} {budget.currency}"


def _limits(budget: Budget) -> str:
    if not budget.has_limit:
        return _("No limits are set.")
    limits = (
        (budget.a_reader, _("{count} tokens per reader")),
        (budget.altogether, _("{count} tokens for everyone")),
    )
    return _("Daily limits: {limits}").format(
        limits=", ".join(text.format(count=number(most)) for most, text in limits if most)
    )
