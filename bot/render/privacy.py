"""What is kept about a reader, and what /export and /forget say."""

from __future__ import annotations

from datetime import timedelta

from bot.language import N_, ngettext, number
from bot.language import gettext as _
from bot.render.rich_text import RichText, join, plain, styled

EXPORTED = N_("Everything I store about you.")
KEPT = N_("Nothing was deleted.")
FORGOTTEN = N_(
    "I've deleted everything I stored about you. If you write to me again, we start afresh."
)
_STAFF = N_(
    "You remain an admin, and your name stays on the changes you made, until an owner ends that."
)
_INVITED = N_("You joined by invitation, so you'll need a new one.")
_BLOCKED = N_("You remain blocked.")
OUTBOX_DAYS = 30
NOTED = timedelta(days=30)


def privacy(
    answers: timedelta,
    briefings: timedelta,
    audit: timedelta,
    model: str,
    *,
    counted: bool = False,
) -> RichText:
    """One screen; `model` is the language model that reads questions, or nothing.

    `counted`: how much it wrote for a reader has a limit a day.
    """
    lines = [
        _days(N_("Your Telegram id, name and username: {days} after your last message."), answers),
        _days(
            N_("Your questions, the sentences that answered them and your votes: {days}."), answers
        ),
        _days(
            N_("Which briefings you received, so that I don't repeat myself: {days}."), briefings
        ),
        _days(N_("Briefings sent to you: {days}."), timedelta(days=OUTBOX_DAYS)),
        _days(N_("Your saved questions: {days}."), NOTED),
        _(
            "Your subscriptions, watches, quiet hours, time zone, language, and the "
            "stories you follow or mute: until you change them."
        ),
        _("Your role, if you have one (admin, invited, blocked): as long as you have it."),
        _days(N_("Changes made by admins, and who joined by which invitation: {days}."), audit),
    ]
    if counted:
        lines.append(
            _(
                "How much the language model wrote for you today: until midnight UTC; after "
                "/forget, under a code instead of your id."
            )
        )
    reading = (
        _(
            "To answer you, I send your question, without your name, to the language model {model}."
        ).format(model=plain(model).text)
        if model
        else _("Your questions aren't sent to any language model.")
    )
    group = _(
        "Questions asked in a group belong to the group: they stay after /forget, "
        "without your id. Everyone in the group can read what's sent there."
    )
    end = _(
        "/export sends you all of it as a file, /forget deletes it. Both work in a private chat."
    )
    kept = join([RichText(f"• {line}") for line in lines], "\n")
    head = styled("bold", _("What I store about you"))
    return join([head, kept, RichText(reading), RichText(group), RichText(end)], "\n\n")


def _days(text: str, span: timedelta) -> str:
    days = ngettext("{count} day", "{count} days", span.days).format(count=number(span.days))
    return _(text).format(days=days)


def sure_to_forget(role: str, *, is_open: bool) -> RichText:
    """Before everything is deleted."""
    what = _(
        "Delete everything I store about you? Your questions and answers, briefings, "
        "subscriptions, watches, time zone and followed stories will be gone for good. "
        "Buttons under old answers will stop working."
    )
    more = ""
    if role in {"admin", "owner"}:
        more = _(_STAFF)
    elif role == "blocked":
        more = _(_BLOCKED)
    elif role == "reader" and not is_open:
        more = _(_INVITED)
    return RichText(f"{what}\n\n{more}" if more else what)
