"""What is said of people, roles, invitations and the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.render.dates import day
from bot.render.rich_text import RichText, join, plain, styled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from retrieval.archive.audit import Entry


class Invitation(Protocol):
    """What is shown of one (see `bot.people.invitations`)."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def uses(self) -> int: ...  # noqa: D102
    @property
    def uses_left(self) -> int: ...  # noqa: D102
    @property
    def expires_at(self) -> datetime: ...  # noqa: D102


BY_INVITATION = "I answer by invitation only: whoever runs me can give you a link. /privacy"
OLD_BUTTON = "That button is no longer in use."
NOT_YOURS = "That button is somebody else's."
IN_PRIVATE = "Write that to me in private, please."
ONLY_OWNERS = "Only owners appoint and remove admins."
INVALID_INVITATION = (
    "That invitation is not valid: it expired, or as many as it was for have come. "
    "Please ask for a new one."
)
OPEN_TO_ALL = (
    "Everybody may ask me already, so nobody needs an invitation. "
    "READER_ACCESS=invited in the settings changes that."
)
HOW_ADMINS = (
    "/admins add or /admins remove, in reply to a message of theirs, or with their id or @name "
    "behind it."
)
HOW_INVITE = (
    "/invite makes a link for one person and 7 days, /invite 20 30d one for 20 people and 30 days "
    "(at most 1000 and 90). /invite list shows those that are good, /invite withdraw 3 ends one."
)
CHANGED_MEANWHILE = "Nothing was changed: your own role is another now."

_REFUSALS = {
    ("admins add", "admin"): "{} is an admin already.",
    ("admins add", "owner"): "{} is an owner already.",
    ("admins add", "blocked"): "{} is blocked; /unblock comes first.",
    ("admins remove", "admin"): "{} is in ADMIN_IDS: only whoever runs me can change that.",
    ("admins remove", "owner"): "{} is in the settings: only whoever runs me can change that.",
    ("admins remove", "reader"): "{} is no admin.",
    ("admins remove", "stranger"): "{} is no admin.",
    ("admins remove", "blocked"): "{} is no admin.",
    ("block", "admin"): "{} is an admin; an owner has to use /admins remove first.",
    ("block", "owner"): "{} is an owner and can't be blocked.",
    ("block", "blocked"): "{} is blocked already.",
    ("unblock", "reader"): "{} is not blocked.",
    ("unblock", "stranger"): "{} is not blocked.",
    ("unblock", "admin"): "{} is not blocked.",
    ("unblock", "owner"): "{} is not blocked.",
}
_DONE = {
    "admins add": "{} is an admin now.",
    "admins remove": "{} is no longer an admin, but may still ask.",
    "block": "{} is blocked: no more answers, no more briefings.",
    "unblock": "{} may ask again. Their briefings stay paused until they resume them.",
}
_WORDS = {
    "admins add": "made an admin",
    "admins remove": "removed as an admin",
    "join": "joined by",
}


def done(action: str, who: str) -> RichText:
    """A role was changed."""
    return RichText(_DONE[action].format(plain(who).text))


def refused(action: str, role: str, who: str) -> RichText:
    """A role was not changed, because of the one that the person has."""
    return RichText(_REFUSALS.get((action, role), CHANGED_MEANWHILE).format(plain(who).text))


def admins(owners: Sequence[str], settled: Sequence[str], appointed: Sequence[str]) -> RichText:
    """Who keeps the archive."""
    groups = (("Owners", owners), ("Admins by the settings", settled), ("Admins", appointed))
    blocks = [
        join([styled("bold", title), *(plain(one) for one in names)], "\n")
        for title, names in groups
        if names
    ]
    return join(blocks, "\n\n")


def invited(link: str, one: Invitation) -> RichText:
    """A link to be passed on."""
    people = "one person" if one.uses == 1 else f"{one.uses} people"
    head = f"Good for {people} until {day(one.expires_at)} (UTC):\n"
    tail = f"\n\nI show it only this once. /invite withdraw {one.id} ends it."
    return RichText(head + link + tail)


def invitations(good: Sequence[Invitation]) -> RichText:
    """Those that are still good."""
    if not good:
        return RichText("No invitation is good at the moment. /invite makes one.")
    lines = [
        RichText(f"{one.id}: {one.uses_left} of {one.uses} left, until {day(one.expires_at)}")
        for one in good
    ]
    return join([styled("bold", "Invitations"), *lines], "\n")


def log_page(lines: Sequence[Entry], names: Mapping[str, str]) -> RichText:
    """A page of the audit log, the newest first; `names` says who `telegram:12345` is."""
    if not lines:
        return RichText("Nothing was changed yet.")
    return join([_line(one, names) for one in lines], "\n\n")


def _line(one: Entry, names: Mapping[str, str]) -> RichText:
    who, subject = (plain(names.get(name, name)).text for name in (one.who, one.subject))
    when = styled("bold", f"{day(one.at)}, {one.at:%H:%M} UTC")
    what = plain(_WORDS.get(one.what, one.what)).text
    more = ", ".join(f"{key}: {value}" for key, value in one.detail.items())
    line = when + f"\n{who}: {what} {subject}"
    return line + (f" ({plain(more).text[:200]})" if more else "")
