"""What is said about subscriptions: one plain sentence each, and the questions of the dialogue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from bot.render.rich_text import RichText, join, plain, styled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT = tuple(name[:3] for name in DAY_NAMES)
_EVERY_DAY, _WORKING_DAYS, _WEEKEND = 0b1111111, 0b0011111, 0b1100000
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
LENGTHS = {"headlines": "headlines only", "standard": "standard length", "depth": "in depth"}

ONLY_ADMINS = "Only the admins of this group can manage its briefings."
GONE = "That subscription is no longer there; /subscriptions shows those that are."
TOO_OLD = "That message is too old to be changed; /subscriptions shows a new one."
NO_DAY = "At least one day is needed."
NONE_YET = "No briefing is scheduled here yet. /subscribe sets one up, or in one line: "
EXAMPLE = "/subscribe 7:30 Mon-Fri Kursk, energy in depth"
DISCARDED = "Nothing was set up."
DELETED = "Deleted. /subscribe sets up a new one."

# The question that a typed answer replies to; its number says which subscription is meant.
_QUESTIONS = {
    "time": ("At what time?", "Write it like 7:30 or 19:45."),
    "topics": (
        "Which topics?",
        "Write up to ten, with commas between, such as: Kursk, energy, grain. Or write: all.",
    ),
    "city": (
        "Which time zone?",
        "Write the name of your city or a large one nearby, or send a location.",
    ),
}
_KINDS = {question: kind for kind, (question, _) in _QUESTIONS.items()}
_ASKED = re.compile(
    rf"^Subscription (\d{{1,15}})\. ({'|'.join(map(re.escape, _KINDS))})", re.MULTILINE
)


class Terms(Protocol):
    """What is subscribed to, as `bot.subscriptions` keeps it."""

    @property
    def minute(self) -> int: ...  # noqa: D102
    @property
    def weekdays(self) -> int: ...  # noqa: D102
    @property
    def topics(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def length(self) -> str: ...  # noqa: D102
    @property
    def silent(self) -> bool: ...  # noqa: D102


def sentence(terms: Terms, zone: str) -> RichText:
    """Every weekday at 7:30 (Europe/Kyiv), standard length, about Kursk and energy."""
    when = f"{days(terms.weekdays)} at {clock(terms.minute)} ({zone})"
    what = RichText(f", {LENGTHS[terms.length]}, about ") + topics(terms.topics) + "."
    quiet = "nothing is sent" if terms.silent else "one line says so"
    return styled("bold", when) + what + f" On days without news {quiet}."


def card(said: RichText, state: str, due: datetime | None) -> RichText:
    """A subscription as it stands; `due` in local time."""
    if state == "paused":
        return said + "\n\nPaused: nothing is sent until you resume it."
    if state == "blocked":
        return said + "\n\nStopped, because Telegram did not let me write here. You can resume it."
    return said + (f"\n\nNext: {moment(due)}." if due else "")


def panel(said: RichText, *, is_new: bool, due: datetime | None) -> RichText:
    """The dialogue: what it will be like, above the buttons that change it."""
    head = styled("bold", "A new briefing" if is_new else "Change the briefing")
    foot = "Not set up before you press Subscribe." if is_new else ""
    if due is not None:
        foot = f"Next: {moment(due)}."
    return join([head, said, *([RichText(foot)] if foot else [])], "\n\n")


def listed(lines: Sequence[RichText]) -> RichText:
    """All subscriptions of a chat, numbered as their buttons are."""
    numbered = [RichText(f"{at}. ") + line for at, line in enumerate(lines, start=1)]
    count = f"{len(lines)} briefings" if len(lines) != 1 else "1 briefing"
    return join([styled("bold", f"{count} here"), *numbered], "\n\n")


def none_yet() -> RichText:
    """There is nothing to list."""
    return RichText(NONE_YET) + styled("code", EXAMPLE)


def question(number: int, kind: str, problem: str = "", *, in_group: bool = False) -> RichText:
    """A question that is answered by a reply, below what was wrong with the last one."""
    asked, how = _QUESTIONS[kind]
    if in_group:
        how = f"Reply to this message. {how}"
    text = RichText(f"Subscription {number}. {asked}\n{how}")
    return RichText(f"{problem}\n\n") + text if problem else text


def asked(text: str) -> tuple[int, str] | None:
    """The subscription and kind of a question of ours, out of its text."""
    found = _ASKED.search(text)
    return (int(found[1]), _KINDS[found[2]]) if found else None


def zone_question(number: int, *, first: bool) -> RichText:
    """Above buttons with cities; may be replied to as well."""
    head, how = _QUESTIONS["city"]
    why = "\nI ask once, for all briefings here." if first else ""
    text = f"Subscription {number}. {head}\nChoose, or reply to this message: {_lower(how)}{why}"
    return RichText(text)


def several_zones(number: int, written: str) -> RichText:
    """Namesakes in different zones."""
    name = plain(written).text[:60]
    head = _QUESTIONS["city"][0]
    return RichText(f"There is more than one “{name}”.\n\nSubscription {number}. {head}\nChoose:")


def unknown_city(written: str, close: Sequence[str]) -> str:
    """No such city, with those that are spelt like it."""
    text = f"I know no city “{plain(written).text[:60]}”."
    return f"{text} Did you mean {_list(list(close), 'or')}?" if close else text


def unmatched(topic: str, count: int) -> RichText:
    """A topic that nothing in the archive is about."""
    head = RichText("Nothing in the archive is about “") + plain(topic) + "”."
    if count:
        return head + " Nearest are the topics below. Which shall it be?"
    return head


def twice(said: RichText) -> RichText:
    """The same again."""
    return RichText("You have this one already:\n\n") + said


def too_many(most: int) -> str:
    """The limit of a chat."""
    return f"There are {most} briefings here already; /subscriptions lets you delete one first."


def may_not_write(title: str, *, topic: bool) -> RichText:
    """Said in private to who asked in a group that does not let the bot write."""
    where = RichText("a topic of “" if topic else "“") + plain(title) + "”"
    right = "Reopen the topic" if topic else "Give me the right to send messages there"
    return RichText("I may not write in ") + where + f". {right}, then ask again."


def clock(minute: int) -> str:
    """7:30."""
    return f"{minute // 60}:{minute % 60:02d}"


def moment(at: datetime) -> str:
    """Tuesday 24 November, 7:30."""
    day = f"{DAY_NAMES[at.weekday()]} {at.day} {_MONTHS[at.month - 1]}"
    return f"{day}, {clock(at.hour * 60 + at.minute)}"


def days(bits: int) -> str:
    """Every weekday; Every Monday and Thursday."""
    known = {
        _EVERY_DAY: "Every day",
        _WORKING_DAYS: "Every weekday",
        _WEEKEND: "Every Saturday and Sunday",
    }
    names = [name for at, name in enumerate(DAY_NAMES) if bits >> at & 1]
    return known.get(bits) or f"Every {_list(names)}"


def short_days(bits: int) -> str:
    """Mon–Fri; Mon, Thu."""
    if bits == _EVERY_DAY:
        return "every day"
    chosen = [at for at in range(7) if bits >> at & 1]
    in_a_row = chosen == list(range(chosen[0], chosen[0] + len(chosen)))
    if in_a_row and len(chosen) > 2:  # noqa: PLR2004  of two, both are named
        return f"{_SHORT[chosen[0]]}–{_SHORT[chosen[-1]]}"
    return ", ".join(_SHORT[at] for at in chosen)


def topics(names: Sequence[str]) -> RichText:
    """Kursk and energy; all news."""
    return RichText(_list([plain(name).text for name in names]) if names else "all news")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _list(names: list[str], last: str = "and") -> str:
    *most, end = names
    return f"{', '.join(most)} {last} {end}" if most else end
