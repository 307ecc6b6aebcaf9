"""The buttons under scheduled briefings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import Message

from bot.handlers import subscription_pages as pages
from bot.handlers.subscription_access import Screens, managed, may_manage, remove
from bot.handlers.subscription_pages import Page, Press, fingerprint, read_press
from bot.handlers.subscription_steps import Steps, gone
from bot.handlers.subscriptions import ask
from bot.language import gettext as _
from bot.render import subscriptions as say
from bot.render.rich_text import RichText
from bot.subscriptions.schedule import EVERY_DAY, MINUTES, MONDAY, is_one_day
from bot.subscriptions.zones import is_zone
from retrieval.models import Length

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telegram import CallbackQuery, Update
    from telegram.ext import ContextTypes

    from bot.handlers.subscription_steps import Nearest
    from bot.subscriptions import Subscription, Subscriptions

    Action = Callable[[Subscription, str], Awaitable[Page | str | None]]

ASKED_KINDS = frozenset(("time", "topics", "city"))


class SubscriptionButtons:
    """What a press does; a word in `_act` for each action of `subscription_pages`."""

    def __init__(self, store: Subscriptions, nearest: Nearest) -> None:
        self._store = store
        self._steps = Steps(store, nearest)
        self._screens = Screens()
        self._changes: dict[str, Action] = {
            "time": self._time,
            "day": self._day,
            "length": self._length,
            "silent": self._silent,
            "week": self._week,
            "zone": self._zone,
            "all": self._all,
            "keep": self._keep,
            "drop": self._drop,
            "confirm": self._confirm,
            "cancel": self._cancel,
            "erase": self._erase,
            "pause": self._pause,
            "resume": self._resume,
        }

    async def on_button(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press of any button of the dialogue."""
        query = update.callback_query
        press = read_press(query.data or "") if query else None
        if query is None or press is None:
            return
        message = query.message
        if not isinstance(message, Message):  # older than Telegram shows to bots
            await query.answer(_(say.TOO_OLD), show_alert=True)
            return
        if not await may_manage(context.bot, message.chat, query.from_user, None):
            await query.answer(_(say.ONLY_ADMINS), show_alert=True)
            return
        one = await managed(context.bot, self._store, press.number, message.chat, query.from_user)
        if one is None:
            await query.answer(_(say.GONE), show_alert=True)
        elif press.action == "ask":
            await self._ask(one, press, query, message)
        else:
            await self._turn(one, press, query, message)

    async def _ask(
        self, one: Subscription, press: Press, query: CallbackQuery, message: Message
    ) -> None:
        """The question takes the place of the dialogue; its answer brings that back."""
        await query.answer()
        if press.argument in ASKED_KINDS:
            await ask(query.get_bot(), message, one, press.argument)
            await remove(query.get_bot(), message)

    async def _turn(
        self, one: Subscription, press: Press, query: CallbackQuery, message: Message
    ) -> None:
        page = await self._act(one, press, message)
        if isinstance(page, Page):
            await query.answer()
            await self._screens.show(query.get_bot(), message, page)
        else:
            await query.answer(page, show_alert=page is not None)

    async def _act(self, one: Subscription, press: Press, message: Message) -> Page | str | None:
        """The page that follows, or a word to who pressed."""
        if not one.terms.zone and press.action not in {"zone", "cancel"}:
            return pages.zones(one)
        if press.action in _VIEWS:
            return _VIEWS[press.action](one)
        if press.action == "use":
            return await self._use(one, press.argument, _label(message, press))
        action = self._changes.get(press.action)
        return _(say.TOO_OLD) if action is None else await action(one, press.argument)

    async def _time(self, one: Subscription, argument: str) -> Page | str:
        if not argument.isdigit() or int(argument) >= MINUTES:
            return _(say.TOO_OLD)
        return await self._steps.change(one, minute=int(argument))

    async def _day(self, one: Subscription, argument: str) -> Page | str:
        if not argument.isdigit() or int(argument) > EVERY_DAY:
            return _(say.TOO_OLD)
        if argument == "0":
            return _(say.NO_DAY)
        if one.terms.weekly and not is_one_day(int(argument)):
            return _(say.TOO_OLD)
        changed = await self._store.change(one.id, one.where.chat_id, weekdays=int(argument))
        return pages.days(changed) if changed else gone()

    async def _length(self, one: Subscription, argument: str) -> Page | str:
        if argument not in set(Length):
            return _(say.TOO_OLD)
        return await self._steps.change(one, length=Length(argument))

    async def _silent(self, one: Subscription, argument: str) -> Page:
        return await self._steps.change(one, silent=argument == "1")

    async def _week(self, one: Subscription, argument: str) -> Page:
        """A summary of the week comes on one day: the one that is chosen, or Monday."""
        if argument != "1":
            return await self._steps.change(one, weekly=False)
        day = one.terms.weekdays if is_one_day(one.terms.weekdays) else MONDAY
        return await self._steps.change(one, weekly=True, weekdays=day)

    async def _zone(self, one: Subscription, argument: str) -> Page | str:
        return await self._steps.set_zone(one, argument) if is_zone(argument) else _(say.TOO_OLD)

    async def _all(self, one: Subscription, _argument: str) -> Page:
        return await self._steps.change(one, topics=())

    async def _use(self, one: Subscription, argument: str, label: str | None) -> Page | str:
        at = _topic(one, argument)
        if at is None or label is None:
            return _(say.TOO_OLD)
        return await self._steps.settle_topic(one, at, label)

    async def _keep(self, one: Subscription, argument: str) -> Page | str:
        at = _topic(one, argument)
        return _(say.TOO_OLD) if at is None else await self._steps.onward(one, at + 1)

    async def _drop(self, one: Subscription, argument: str) -> Page | str:
        at = _topic(one, argument)
        return _(say.TOO_OLD) if at is None else await self._steps.settle_topic(one, at, None)

    async def _confirm(self, one: Subscription, _argument: str) -> Page:
        return await self._steps.confirm(one) if one.terms.zone else pages.zones(one)

    async def _cancel(self, one: Subscription, _argument: str) -> Page:
        discarded = await self._store.discard(one.id, one.where.chat_id)
        return Page(RichText(_(say.DISCARDED))) if discarded else pages.card(one)

    async def _erase(self, one: Subscription, _argument: str) -> Page:
        await self._store.delete(one.id, one.where.chat_id)
        return Page(RichText(_(say.DELETED)))

    async def _pause(self, one: Subscription, _argument: str) -> Page:
        changed = await self._store.pause(one.id, one.where.chat_id)
        return pages.card(changed) if changed else gone()

    async def _resume(self, one: Subscription, _argument: str) -> Page:
        changed = await self._store.resume(one.id, one.where.chat_id)
        return pages.card(changed) if changed else gone()


_VIEWS: dict[str, Callable[[Subscription], Page]] = {
    "card": pages.card,
    "panel": pages.panel,
    "times": pages.times,
    "days": pages.days,
    "lengths": pages.lengths,
    "topics": pages.topics,
    "zones": pages.zones,
    "delete": pages.sure_to_delete,
}


def _label(message: Message, press: Press) -> str | None:
    """What stands on the pressed button, out of the message that it is under."""
    data = f"sub:{press.number}:{press.action}:{press.argument}"
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return next((key.text for row in rows for key in row if key.callback_data == data), None)


def _topic(one: Subscription, argument: str) -> int | None:
    """The number of the topic that a button is about, if it still stands there."""
    number, _, mark = argument.partition(".")
    mark = mark.partition(".")[0]
    if not number.isdigit() or int(number) >= len(one.terms.topics):
        return None
    at = int(number)
    return at if fingerprint(one.terms.topics[at]) == mark else None
