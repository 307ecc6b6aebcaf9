"""Messages on subscriptions, and the questions of the dialogue."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from bot.language import (
    LANGUAGES,
    N_,
    ngettext,
    pgettext,
    speaking,
    weekday,
    weekday_and_day,
)
from bot.language import gettext as _
from bot.language import listed as both
from bot.telegram.rich_text import RichText, join, plain, styled
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.features.subscriptions.schedule import Terms

_EVERY_DAY, _WORKING_DAYS, _WEEKEND = 0b1111111, 0b0011111, 0b1100000
LENGTHS = {
    "headlines": N_("headlines only"),
    "standard": N_("standard length"),
    "depth": N_("in depth"),
}

ONLY_ADMINS = N_("Only the admins of this group can manage its briefings.")
GONE = N_("That subscription no longer exists; /subscriptions lists yours.")
TOO_OLD = UserMessage("That message is too old to change; /subscriptions sends a new one.")
NO_DAY = UserMessage("Choose at least one day.")
ONE_DAY = UserMessage(
    "A weekly summary comes on one day; write it like this: /subscribe weekly Monday 8:00."
)
NONE_YET = N_("No briefings are scheduled here yet. /subscribe sets one up, or in one line:")
EXAMPLE = "/subscribe 7:30 Mon-Fri Kursk, energy in depth"
DISCARDED = N_("Nothing has been set up.")
DELETED = N_("Deleted. /subscribe sets up a new one.")

NO_CHANNEL = UserMessage(
    "I can't find {channel}. Check the name, make me an admin of the channel with the right to "
    "post messages, then ask again.",
    channel="",
)
NOT_A_CHANNEL = UserMessage(
    "{channel} is not a channel. In a group, send /subscribe in the group itself.", channel=""
)
NOT_IN_CHANNEL = UserMessage(
    "I'm not in {channel} yet. Make me an admin with the right to post messages, then ask again.",
    channel="",
)
NOT_YOUR_CHANNEL = UserMessage("Only the admins of {channel} can manage its briefings.", channel="")
MAY_NOT_POST = UserMessage(
    "I'm not allowed to post in {channel}. Give me the right to post messages "
    "there, then ask again.",
    channel="",
)
IN_PRIVATE = UserMessage("I set up a channel's briefings in our private chat: write to me there.")
ENDED = N_("I was removed from {channel}, so its briefings have ended.")
STOPPED = N_(
    "I'm no longer allowed to post in {channel}, so its briefings have stopped. "
    "Give me the right to post messages, then resume them: /subscriptions"
)

_NAME = re.compile(r"@\w{4,32}", re.ASCII)
# The bot's question that a typed answer replies to; its number is the subscription's id.
_QUESTIONS = {
    "time": (N_("At what time?"), N_("Write it like 7:30 or 19:45.")),
    "topics": (
        N_("Which topics?"),
        N_(
            "Write up to ten topics, separated by commas, such as: Kursk, energy, grain. "
            "Or write: all."
        ),
    ),
    "city": (
        N_("Which time zone?"),
        N_("Write the name of your city or a large one nearby, or send a location."),
    ),
}


def sentence(terms: Terms, zone: str) -> RichText:
    """A subscription in a sentence, such as "Every weekday at 7:30 (Europe/Kyiv), about Kursk"."""
    when = _("{days} at {time} ({zone})").format(
        days=days(terms.weekdays), time=clock(terms.minute), zone=zone
    )
    frame = _(", {length}, about {topics}.")
    quiet = _("On days without news, one line says so.")
    if terms.silent:
        quiet = _("On days without news, nothing is sent.")
    if terms.weekly:
        frame = _(": a summary of the week, {length}, about {topics}.")
        quiet = _("If there's no news, nothing is sent.") if terms.silent else ""
    what = frame.format(length=_(LENGTHS[terms.length]), topics=topics(terms.topics).text)
    return styled("bold", when) + f"{what} {quiet}".rstrip()


def posted_in(channel: str, said: RichText) -> RichText:
    """The text on a subscription, headed by the channel that it posts in."""
    where = _("Posted in {channel}.").format(channel=named(channel))
    return RichText(where + "\n") + said


def named(channel: str) -> str:
    """A channel's @name, which Telegram makes a link, or its title."""
    return channel if _NAME.fullmatch(channel) else plain(channel).text


def card(said: RichText, state: str, due: datetime | None) -> RichText:
    """A subscription and its state; `due` is in local time."""
    if state == "paused":
        return said + "\n\n" + _("Paused: nothing is sent until you resume it.")
    if state == "blocked":
        return (
            said
            + "\n\n"
            + _("Stopped, because Telegram didn't let me post here. You can resume it.")
        )
    return said + ("\n\n" + _next(due) if due else "")


def panel(said: RichText, *, is_new: bool, due: datetime | None) -> RichText:
    """The text above the dialogue's buttons: the subscription so far."""
    head = styled("bold", _("A new briefing") if is_new else _("Change the briefing"))
    foot = _("Nothing is set up until you press Subscribe.") if is_new else ""
    if due is not None:
        foot = _next(due)
    return join([head, said, *([RichText(foot)] if foot else [])], "\n\n")


def listed(lines: Sequence[RichText]) -> RichText:
    """A chat's subscriptions, numbered like their buttons."""
    numbered = [RichText(f"{at}. ") + line for at, line in enumerate(lines, start=1)]
    head = ngettext("{count} briefing here", "{count} briefings here", len(lines))
    return join([styled("bold", head.format(count=len(lines))), *numbered], "\n\n")


def none_yet() -> RichText:
    """The message that there are no subscriptions."""
    return RichText(_(NONE_YET) + " ") + styled("code", EXAMPLE)


def question(number: int, kind: str, problem: str = "", *, in_group: bool = False) -> RichText:
    """A question to answer by a reply; `problem` says what was wrong with the last answer."""
    how = _(_QUESTIONS[kind][1])
    if in_group:
        how = _("Reply to this message.") + f" {how}"
    text = RichText(f"{_head(number, kind)}\n{how}")
    return RichText(f"{problem}\n\n") + text if problem else text


def asked(text: str) -> tuple[int, str] | None:
    """The subscription's id and the kind of question, from the question's text; or None."""
    found = _asked().search(text)
    if found is None:
        return None
    kind, number = next((kind, one) for kind, one in found.groupdict().items() if one is not None)
    return int(number), kind.partition("_")[0]


@cache
def _asked() -> re.Pattern[str]:
    """Patterns of each question in each language; named groups capture the number."""
    forms = list[str]()
    for language in LANGUAGES:
        for kind in _QUESTIONS:
            with speaking(language):
                head = re.escape(_head("NUMBER", kind))
            forms.append(head.replace("NUMBER", rf"(?P<{kind}_{language}>\d{{1,15}})"))
    return re.compile(f"^(?:{'|'.join(forms)})", re.MULTILINE)


def _head(number: object, kind: str) -> str:
    return _("Subscription {number}. {question}").format(
        number=number, question=_(_QUESTIONS[kind][0])
    )


def zone_question(number: int, *, first: bool) -> RichText:
    """The question for a time zone, above buttons with cities; a reply works, too."""
    asked_how = _QUESTIONS["city"][1]
    how = _lower(_(asked_how))
    choose = _("Choose, or reply to this message: {how}").format(how=how)
    why = "\n" + _("I'll ask only once, for all briefings here.") if first else ""
    return RichText(_head(number, "city") + f"\n{choose}{why}")


def several_zones(number: int, written: str) -> RichText:
    """The question which of several places with the same name is meant."""
    name = plain(written, 60).text
    several = _("There is more than one “{name}”.").format(name=name)
    return RichText("\n".join((several, "", _head(number, "city"), _("Choose:"))))


def unknown_city(written: str, close: Sequence[str]) -> UserMessage:
    """The message that a city is unknown, with similar names."""
    name = plain(written, 60).text
    unknown = UserMessage("I don't know a city called “{name}”.", name=name)
    if not close:
        return unknown
    *most, last = close
    names = UserMessage("{names} or {last}", names=", ".join(most), last=last) if most else last
    meant = UserMessage("Did you mean {names}?", names=names)
    return UserMessage("{problem} {how}", problem=unknown, how=meant)


def unmatched(topic: str, count: int) -> RichText:
    """The message that the archive has nothing on a topic."""
    head = RichText(
        _("There's nothing about “{topic}” in the archive.").format(topic=plain(topic).text)
    )
    if count:
        return head + " " + _("The closest topics are below. Which one do you want?")
    return head


def twice(said: RichText) -> RichText:
    """The message that there already is such a subscription."""
    return RichText(_("You already have this one:") + "\n\n") + said


def too_many(most: int) -> str:
    """The message that a chat has the maximum of subscriptions."""
    return _(
        "There are already {count} briefings here; delete one first with /subscriptions."
    ).format(count=most)


def may_not_write(title: str, *, topic: bool) -> RichText:
    """The private message to somebody in whose group the bot may not write."""
    text = _(
        "I'm not allowed to write in “{title}”. Give me the right to send messages "
        "there, then ask again."
    )
    if topic:
        text = _(
            "I'm not allowed to write in this topic of “{title}”. Reopen the topic, then ask again."
        )
    return RichText(text.format(title=plain(title).text))


def clock(minute: int) -> str:
    """A time of day: 7:30."""
    return f"{minute // 60}:{minute % 60:02d}"


def moment(at: datetime) -> str:
    """A local instant: Tuesday 24 November, 7:30."""
    return f"{weekday_and_day(at)}, {clock(at.hour * 60 + at.minute)}"


def _next(due: datetime) -> str:
    return _("Next: {when}.").format(when=moment(due))


def days(bits: int) -> str:
    """Days in words: Every weekday; Every Monday and Thursday."""
    known = {
        _EVERY_DAY: _("Every day"),
        _WORKING_DAYS: _("Every weekday"),
        _WEEKEND: _("Every Saturday and Sunday"),
    }
    every = (
        pgettext("every", "Monday"),
        pgettext("every", "Tuesday"),
        pgettext("every", "Wednesday"),
        pgettext("every", "Thursday"),
        pgettext("every", "Friday"),
        pgettext("every", "Saturday"),
        pgettext("every", "Sunday"),
    )
    if bits in known:
        return known[bits]
    text = _("Every {days}").format(
        days=both([name for at, name in enumerate(every) if bits >> at & 1])
    )
    return text[:1].upper() + text[1:]


def short_days(bits: int) -> str:
    """Days in short: Mon–Fri; Mon, Thu."""
    if bits == _EVERY_DAY:
        return _("every day")
    chosen = [at for at in range(7) if bits >> at & 1]
    in_a_row = chosen == list(range(chosen[0], chosen[0] + len(chosen)))
    if in_a_row and len(chosen) > 2:  # noqa: PLR2004  two days are both named
        return f"{weekday(chosen[0])}–{weekday(chosen[-1])}"
    return ", ".join(weekday(at) for at in chosen)


def topics(names: Sequence[str]) -> RichText:
    """Topics in words: Kursk and energy; all news."""
    return RichText(both([plain(name).text for name in names]) if names else _("all news"))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
