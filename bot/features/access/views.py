"""Messages on people, roles, invitations and the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.language import N_, day, ngettext
from bot.language import gettext as _
from bot.telegram.rich_text import RichText, join, plain, styled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from retrieval.storage.audit import AuditEntry


class ShownInvitation(Protocol):
    """An invitation as shown to admins (see `bot.features.access.invitations`)."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def uses(self) -> int: ...  # noqa: D102
    @property
    def uses_left(self) -> int: ...  # noqa: D102
    @property
    def expires_at(self) -> datetime: ...  # noqa: D102


BY_INVITATION = N_("This bot is invite-only. Ask its operator for a link. /privacy")
OLD_BUTTON = N_("That button no longer works.")
NOT_YOURS = N_("That button belongs to someone else.")
IN_PRIVATE = N_("Please send me that in a private chat.")
ONLY_OWNERS = N_("Only owners can add and remove admins.")
INVALID_INVITATION = N_(
    "That invitation isn't valid: it has expired or been used up. Please ask for a new one."
)
OPEN_TO_ALL = N_(
    "Everyone can already ask me questions, so nobody needs an invitation. "
    "READER_ACCESS=invited in the settings changes that."
)
HOW_ADMINS = N_(
    "Use /admins add or /admins remove in reply to one of their messages, or with "
    "their id or @name after it."
)
HOW_INVITE = N_(
    "/invite creates a link for one person, valid for 7 days; /invite 20 30d "
    "creates one for 20 people and 30 days (at most 1000 and 90). /invite list "
    "shows the active ones, /invite withdraw 3 ends one."
)
CHANGED_MEANWHILE = N_("Nothing was changed: your own role has changed in the meantime.")

_REFUSALS = {
    ("admins add", "admin"): N_("{who} is already an admin."),
    ("admins add", "owner"): N_("{who} is already an owner."),
    ("admins add", "blocked"): N_("{who} is blocked; use /unblock first."),
    ("admins remove", "admin"): N_(
        "{who} is listed in ADMIN_IDS: only the bot's operator can change that."
    ),
    ("admins remove", "owner"): N_(
        "{who} is listed in the settings: only the bot's operator can change that."
    ),
    ("admins remove", "reader"): N_("{who} isn't an admin."),
    ("admins remove", "stranger"): N_("{who} isn't an admin."),
    ("admins remove", "blocked"): N_("{who} isn't an admin."),
    ("block", "admin"): N_("{who} is an admin; an owner must use /admins remove first."),
    ("block", "owner"): N_("{who} is an owner and can't be blocked."),
    ("block", "blocked"): N_("{who} is already blocked."),
    ("unblock", "reader"): N_("{who} isn't blocked."),
    ("unblock", "stranger"): N_("{who} isn't blocked."),
    ("unblock", "admin"): N_("{who} isn't blocked."),
    ("unblock", "owner"): N_("{who} isn't blocked."),
}
_DONE = {
    "admins add": N_("{who} is now an admin."),
    "admins remove": N_("{who} is no longer an admin, but can still ask questions."),
    "block": N_("{who} is blocked and gets no more answers or briefings."),
    "unblock": N_(
        "{who} can ask questions again. Their briefings stay paused until they resume them."
    ),
}
_WORDS = {
    "admins add": N_("made an admin"),
    "admins remove": N_("removed as an admin"),
    "join": N_("joined by"),
    "add": N_("add"),
    "decline": N_("decline"),
    "stop": N_("stop"),
    "continue": N_("continue"),
    "retry": N_("retry"),
    "remove": N_("remove"),
    "restore": N_("restore"),
    "fetch again": N_("fetch again"),
    "pause": N_("pause"),
    "resume": N_("resume"),
    "switch on": N_("switch on"),
    "switch off": N_("switch off"),
    "articles": N_("articles"),
    "article": N_("article"),
    "feed": N_("feed"),
    "channel": N_("channel"),
    "job": N_("job"),
    "invitation": N_("invitation"),
    "sources": N_("sources"),
    "file": N_("file"),
    "named by the file": N_("named by the file"),
    "outlets": N_("outlets"),
    "first": N_("first"),
    "address": N_("address"),
    "people": N_("people"),
    "days": N_("days"),
}


def done(action: str, who: str) -> RichText:
    """A role was changed."""
    return RichText(_(_DONE[action]).format(who=plain(who).text))


def refused(action: str, role: str, who: str) -> RichText:
    """A role was not changed because of the person's present role."""
    return RichText(_(_REFUSALS.get((action, role), CHANGED_MEANWHILE)).format(who=plain(who).text))


def admins(owners: Sequence[str], settled: Sequence[str], appointed: Sequence[str]) -> RichText:
    """The list of owners and admins."""
    groups = (
        (_("Owners"), owners),
        (_("Admins from the settings"), settled),
        (_("Admins"), appointed),
    )
    blocks = [
        join([styled("bold", title), *(plain(one) for one in names)], "\n")
        for title, names in groups
        if names
    ]
    return join(blocks, "\n\n")


def invited(link: str, one: ShownInvitation) -> RichText:
    """An invitation's link, to be passed on."""
    head = ngettext(
        "For one person, valid until {date} (UTC):",
        "For {count} people, valid until {date} (UTC):",
        one.uses,
    ).format(count=one.uses, date=day(one.expires_at))
    tail = _("I show this link only once. /invite withdraw {number} ends it.").format(number=one.id)
    return RichText(f"{head}\n{link}\n\n{tail}")


def invitations(good: Sequence[ShownInvitation]) -> RichText:
    """The list of invitations that can be used."""
    if not good:
        return RichText(_("There are no active invitations. /invite creates one."))
    lines = [
        RichText(
            _("{number}: {left} of {count} left, until {date}").format(
                number=one.id, left=one.uses_left, count=one.uses, date=day(one.expires_at)
            )
        )
        for one in good
    ]
    return join([styled("bold", _("Invitations")), *lines], "\n")


def log_page(lines: Sequence[AuditEntry], names: Mapping[str, str]) -> RichText:
    """A page of the audit log, the newest first; `names` says who `telegram:12345` is."""
    if not lines:
        return RichText(_("Nothing has been changed yet."))
    return join([_line(one, names) for one in lines], "\n\n")


def _line(one: AuditEntry, names: Mapping[str, str]) -> RichText:
    who = plain(names.get(one.who, one.who)).text
    subject = plain(names.get(one.subject) or _subject(one.subject)).text
    when = styled("bold", f"{day(one.at)}, {one.at:%H:%M} UTC")
    what = plain(_word(one.what)).text
    more = ", ".join(": ".join((_word(key), str(value))) for key, value in one.detail.items())
    line = when + f"\n{who}: {what} {subject}"
    return line + (f" ({plain(more, 200).text})" if more else "")


def _subject(subject: str) -> str:
    kind, colon, number = subject.partition(":")
    return _word(kind) + colon + number


def _word(word: str) -> str:
    return _(_WORDS.get(word, word))
