"""The dialogue's pages and their order, for pressed buttons and typed answers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Annotated, ClassVar
from zlib import crc32
from zoneinfo import ZoneInfo

from telegram import InlineKeyboardButton

from bot.features.subscriptions import views as say
from bot.features.subscriptions.request import no_time, typed_topics
from bot.features.subscriptions.schedule import (
    EVERY_DAY,
    WEEKEND,
    WORKING_DAYS,
    SubscriptionState,
    read_time,
)
from bot.features.subscriptions.store import Confirmed, Twice
from bot.features.subscriptions.time_zones import FoundZone, SeveralZones, find_zone, zone_label
from bot.features.topics import MOST_TOPIC_CHARS
from bot.language import N_, ngettext, weekday
from bot.language import gettext as _
from bot.telegram.callback_data import CallbackData
from bot.telegram.editable_message import Page
from bot.telegram.rich_text import RichText, clean
from retrieval.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from bot.features.subscriptions.schedule import Subscription
    from bot.features.subscriptions.store import Subscriptions

    Nearest = Callable[[str], Awaitable[list[str]]]


def gone() -> Page:
    """The page for a subscription that was deleted meanwhile."""
    return Page(RichText(_(say.GONE)))


class SubscriptionDialogue:
    """Applies choices to a subscription; returns the next page."""

    def __init__(self, store: Subscriptions, nearest: Nearest) -> None:
        self._store = store
        self._nearest = nearest

    async def onward(self, one: Subscription, topic: int | None = 0) -> Page:
        """The next question or, if there is none left, all choices.

        `topic` is the number of the first unchecked topic; None if they need no check.
        """
        return await self._missing(one, topic) or panel(one)

    async def at_once(self, one: Subscription) -> Page:
        """Subscribe right away if there is no question left; otherwise ask."""
        return await self._missing(one, 0) or await self.confirm(one)

    async def confirm(self, one: Subscription) -> Page:
        """Subscribe; the page says what will come."""
        result = await self._store.confirm(one.id, one.where.chat_id)
        if result is None:
            return gone()
        if isinstance(result, Confirmed):
            return card(result.subscription)
        if isinstance(result, Twice):
            page = card(result.existing)
            return replace(page, text=say.twice(page.text))
        page = panel(one)
        return replace(page, text=page.text + f"\n\n{say.too_many(result.most)}")

    async def set_zone(self, one: Subscription, zone: str) -> Page:
        """Set the whole chat's time zone."""
        await self._store.set_zone(one.where.chat_id, zone)
        return await self._again(one)

    async def typed(self, one: Subscription, kind: str, text: str) -> Page:
        """Apply a typed answer; returns the next page.

        Raises:
            RequestError: it can't be understood.
        """
        if kind == "time":
            minute = read_time(text)
            if minute is None:
                raise no_time(text)
            return await self.change(one, minute=minute)
        if kind == "topics":
            return await self.change(one, topics=typed_topics(text))
        return await self._typed_city(one, text)

    async def change(self, one: Subscription, **terms: object) -> Page:
        """Change some terms; new topics are checked."""
        changed = await self._store.change(one.id, one.where.chat_id, **terms)
        if changed is None:
            return gone()
        return await self.onward(changed, 0 if "topics" in terms else None)

    async def settle_topic(self, one: Subscription, at: int, instead: str | None) -> Page:
        """Replace a topic without articles by another, or remove it."""
        topics = list(one.terms.topics)
        topics[at : at + 1] = [instead] if instead else []
        kept = tuple({topic.casefold(): topic for topic in topics}.values())
        changed = await self._store.change(one.id, one.where.chat_id, topics=kept)
        if changed is None:
            return gone()
        if not kept:
            return topics_page(changed)
        is_there = instead is not None and kept[at : at + 1] == (instead,)
        return await self.onward(changed, at + 1 if is_there else at)

    async def _typed_city(self, one: Subscription, text: str) -> Page:
        found = await asyncio.to_thread(find_zone, text)
        if isinstance(found, FoundZone):
            return await self.set_zone(one, found.zone)
        if isinstance(found, SeveralZones):
            return namesakes(one, text, found.choices)
        raise RequestError(say.unknown_city(text, found.close))

    async def _again(self, one: Subscription) -> Page:
        now = await self._store.get(one.id, one.where.chat_id)
        if now is None:
            return gone()
        is_first = one.state is SubscriptionState.DRAFT and not one.terms.zone
        return await self.onward(now, 0 if is_first else None)

    async def _missing(self, one: Subscription, topic: int | None) -> Page | None:
        """The page of the next question, or None."""
        if not one.terms.zone:
            return zones(one)
        if topic is None:
            return None
        for at, name in enumerate(one.terms.topics[topic:], start=topic):
            if suggestions := await self._nearest(name):
                return unmatched(one, at, suggestions)
        return None


# A button's data is `sub:ID:ACTION[:ARGUMENT]`, so that it works after a restart and for anybody
# who may use it. Everything else about the subscription is in SQL. Pure.

_TIMES = (360, 390, 420, 450, 480, 510, 540, 600, 720, 1080, 1140, 1200)
_CITIES = {
    N_("Kyiv"): "Europe/Kyiv",
    N_("Moscow"): "Europe/Moscow",
    N_("London"): "Europe/London",
    N_("Berlin"): "Europe/Berlin",
    N_("Istanbul"): "Europe/Istanbul",
    N_("Dubai"): "Asia/Dubai",
    N_("New York"): "America/New_York",
    N_("Los Angeles"): "America/Los_Angeles",
    "UTC": "Etc/UTC",
}
_DAY_SETS = {
    N_("Every day"): EVERY_DAY,
    N_("Mon–Fri"): WORKING_DAYS,
    N_("Sat, Sun"): WEEKEND,
}
MOST_SUGGESTED = 6
_LABEL = 40

Row = list[InlineKeyboardButton]


@dataclass(frozen=True)
class SubscriptionButton(CallbackData):
    """A button of the dialogue about one subscription."""

    PREFIX: ClassVar[str] = "sub"
    number: int
    action: Annotated[str, "[a-z]{1,8}"]
    argument: Annotated[str, ".{1,60}"] = ""


def key(one: Subscription, label: str, action: str, argument: str | int = "") -> Row:
    """A row of one button; rows can be concatenated."""
    data = SubscriptionButton(one.id, action, str(argument)).pack()
    return [InlineKeyboardButton(label, callback_data=data)]


def said(one: Subscription) -> RichText:
    """A subscription in one sentence."""
    said = say.sentence(one.terms, zone_label(one.terms.zone))
    return say.posted_in(one.channel, said) if one.channel else said


def card(one: Subscription) -> Page:
    """A subscription's state and actions; for a draft, its choices."""
    if one.state is SubscriptionState.DRAFT:
        return panel(one)
    text = say.card(said(one), one.state, _local(one))
    is_on = one.state is SubscriptionState.ACTIVE
    toggle = key(one, _("Pause"), "pause") if is_on else key(one, _("Resume"), "resume")
    return _page(text, key(one, _("Change"), "panel") + toggle + key(one, _("Delete"), "delete"))


def panel(one: Subscription) -> Page:
    """All choices of a subscription."""
    terms, is_new = one.terms, one.state is SubscriptionState.DRAFT
    topics = (
        ngettext("{count} topic", "{count} topics", len(terms.topics)).format(
            count=len(terms.topics)
        )
        if len(terms.topics) > 1
        else say.topics(terms.topics).text
    )
    quiet = _("nothing") if terms.silent else _("one line")
    form = _("summary of the week") if terms.weekly else _("what is new")
    length = _(say.LENGTHS[terms.length]).removesuffix(_(" length"))
    zone = zone_label(terms.zone).rsplit("/", 1)[-1]
    end = key(one, _("Done"), "card")
    if is_new:
        end = key(one, _("Cancel"), "cancel") + key(one, _("✓ Subscribe"), "confirm")
    return _page(
        say.panel(said(one), is_new=is_new, due=_local(one)),
        key(one, _("Time: {time}").format(time=say.clock(terms.minute)), "times")
        + key(one, _("Days: {days}").format(days=say.short_days(terms.weekdays)), "days"),
        key(one, _("Topics: {topics}").format(topics=_short(topics)), "topics")
        + key(one, _("Length: {length}").format(length=length), "lengths"),
        key(one, _("Form: {form}").format(form=form), "week", int(not terms.weekly)),
        key(one, _("Quiet days: {quiet}").format(quiet=quiet), "silent", int(not terms.silent))
        + key(one, _("Zone: {zone}").format(zone=zone), "zones"),
        end,
    )


def times(one: Subscription) -> Page:
    """Usual times, or another to be typed."""
    keys = [key(one, _ticked(say.clock(at), at == one.terms.minute), "time", at) for at in _TIMES]
    other = key(one, _("Other time …"), "ask", "time")
    return _page(RichText(_("At what time?")), *_grid(keys, 4), other + _back(one))


def days(one: Subscription) -> Page:
    """Usual sets of days, and each day to switch on or off."""
    chosen, weekly = one.terms.weekdays, one.terms.weekly
    sets = [key(one, _(label), "day", bits) for label, bits in _DAY_SETS.items()]
    single = [
        key(
            one,
            _ticked(weekday(at), bool(chosen >> at & 1)),
            "day",
            1 << at if weekly else chosen ^ 1 << at,
        )
        for at in range(7)
    ]
    text = RichText(_("On which days? Now: {days}.").format(days=say.short_days(chosen)))
    if weekly:
        text = RichText(_("On which day? Now: {days}.").format(days=say.short_days(chosen)))
        sets = []
    return _page(text, *_grid(sets, 3), *_grid(single, 4), _back(one))


def lengths(one: Subscription) -> Page:
    """The three lengths."""
    keys = [
        key(one, _ticked(_(label).capitalize(), length == one.terms.length), "length", length)
        for length, label in say.LENGTHS.items()
    ]
    return _page(RichText(_("How long?")), *keys, _back(one))


def topics_page(one: Subscription) -> Page:
    """All news, or topics to be typed."""
    text = RichText(
        _("Which topics? Now: {topics}.").format(topics=say.topics(one.terms.topics).text)
    )
    return _page(
        text,
        key(one, _("All news"), "all") + key(one, _("Type topics …"), "ask", "topics"),
        _back(one),
    )


def zones(one: Subscription) -> Page:
    """Some cities, or another to be typed."""
    keys = [key(one, _(name), "zone", zone) for name, zone in _CITIES.items()]
    last = key(one, _("Another city …"), "ask", "city")
    is_known = bool(one.terms.zone)
    last += _back(one) if is_known else key(one, _("Cancel"), "cancel")
    return _page(say.zone_question(one.id, first=not is_known), *_grid(keys, 3), last)


def namesakes(one: Subscription, written: str, found: Sequence[FoundZone]) -> Page:
    """Cities with the same name and different time zones."""
    keys = [key(one, _short(city.name), "zone", city.zone) for city in found]
    return _page(say.several_zones(one.id, written), *keys, key(one, _("Another city …"), "zones"))


def unmatched(one: Subscription, at: int, suggestions: Sequence[str]) -> Page:
    """A topic without articles, and similar ones; a button's label is its topic."""
    topic = one.terms.topics[at]
    which = f"{at}.{fingerprint(topic)}"
    near = [
        key(one, name, "use", f"{which}.{n}")
        for n, name in enumerate(_as_labels(suggestions)[:MOST_SUGGESTED])
    ]
    rest = key(one, _("Keep “{topic}”").format(topic=_short(topic, 20)), "keep", which)
    text = say.unmatched(topic, len(near))
    return _page(text, *_grid(near, 2), rest + key(one, _("Leave it out"), "drop", which))


def listed(found: Sequence[Subscription]) -> Page:
    """The subscriptions of a chat, with a button for each."""
    if not found:
        return Page(say.none_yet())
    lines = [say.card(said(one), one.state, _local(one)) for one in found]
    keys = [key(one, f"{at}. {_label(one)}", "card") for at, one in enumerate(found, start=1)]
    return _page(say.listed(lines), *_grid(keys, 2))


def sure_to_delete(one: Subscription) -> Page:
    """The request to confirm a deletion."""
    return _page(
        RichText(_("Delete this briefing?") + "\n\n") + said(one),
        key(one, _("Keep it"), "card") + key(one, _("Delete it"), "erase"),
    )


def _as_labels(suggestions: Sequence[str]) -> list[str]:
    """Suggestions as labels. Topics are read back from labels, so too long ones are left out."""
    labels = dict.fromkeys(clean(name) for name in suggestions)
    return [label for label in labels if 0 < len(label) <= MOST_TOPIC_CHARS]


def fingerprint(topic: str) -> str:
    """A topic's hash in a button, so that a second press doesn't act on the topic that moved up."""
    return f"{crc32(topic.encode()):08x}"


def _local(one: Subscription) -> datetime | None:
    due = one.next_due_at
    return due.astimezone(ZoneInfo(one.terms.zone)) if due is not None else None


def _label(one: Subscription) -> str:
    when = f"{say.clock(one.terms.minute)} {say.short_days(one.terms.weekdays)}"
    return f"{when} · {_short(one.channel, 20)}" if one.channel else when


def _back(one: Subscription) -> Row:
    return key(one, _("‹ Back"), "panel")


def _ticked(label: str, is_chosen: bool) -> str:  # noqa: FBT001
    return f"✓ {label}" if is_chosen else label


def _short(label: str, most: int = _LABEL) -> str:
    label = clean(label)
    return label if len(label) <= most else f"{label[: most - 1]}…"


def _grid(keys: Sequence[Row], width: int) -> list[Row]:
    return [list(chain.from_iterable(keys[at : at + width])) for at in range(0, len(keys), width)]


def _page(text: RichText, *rows: Row) -> Page:
    return Page(text, tuple(tuple(row) for row in rows if row))
