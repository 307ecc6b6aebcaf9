"""What is kept about a reader, and what /export and /forget say."""

from __future__ import annotations

from datetime import timedelta

from bot.language import N_, ngettext, number
from bot.language import gettext as _
from bot.render.rich_text import RichText, join, plain, styled

EXPORTED = N_("Everything that I keep about you.")
KEPT = N_("Nothing was deleted.")
FORGOTTEN = N_(
    "Everything that I kept about you is deleted. What you write from now on is new to me."
)
_STAFF = N_("You stay an admin, and your name stays at what you changed, until an owner ends that.")
_INVITED = N_("You came by an invitation: you will need a new one.")
_BLOCKED = N_("That you are blocked stays.")
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
        _days(N_("Your Telegram id, name and username: {days} after you last wrote."), answers),
        _days(N_("Your questions, which sentences answered them, your votes: {days}."), answers),
        _days(
            N_("Which briefings you were given, so that nothing is told twice: {days}."), briefings
        ),
        _days(N_("Briefings sent to you: {days}."), timedelta(days=OUTBOX_DAYS)),
        _days(N_("Questions that you had noted: {days}."), NOTED),
        _(
            "Your subscriptions, what you watch and when you want quiet, time zone, language, "
            "followed and muted stories: until you change them."
        ),
        _("A role that you were given (admin, invited, blocked): while you have it."),
        _days(N_("Changes that admins make, and who came by which invitation: {days}."), audit),
    ]
    if counted:
        lines.append(
            _(
                "How much the language model wrote for you today: until midnight UTC, after "
                "/forget under a code in place of your id."
            )
        )
    reading = (
        _("To answer, your question goes to the language model {model}, without your name.").format(
            model=plain(model).text
        )
        if model
        else _("No language model reads your questions.")
    )
    group = _(
        "What is asked in a group is the group's: it stays there, after /forget without your id. "
        "What is sent there, everybody there can read."
    )
    end = _("/export gives you all of it as a file, /forget deletes it. Both work in private.")
    kept = join([RichText(f"• {line}") for line in lines], "\n")
    head = styled("bold", _("What I keep about you"))
    return join([head, kept, RichText(reading), RichText(group), RichText(end)], "\n\n")


def _days(text: str, span: timedelta) -> str:
    days = ngettext("{count} day", "{count} days", span.days).format(count=number(span.days))
    return _(text).format(days=days)


def sure_to_forget(role: str, *, is_open: bool) -> RichText:
    """Before everything is deleted."""
    what = _(
        "Shall I delete everything that I keep about you? Your questions and answers, briefings, "
        "subscriptions, watches, time zone and followed stories go, for good. Buttons under old "
        "answers will no longer work."
    )
    more = ""
    if role in {"admin", "owner"}:
        more = _(_STAFF)
    elif role == "blocked":
        more = _(_BLOCKED)
    elif role == "reader" and not is_open:
        more = _(_INVITED)
    return RichText(f"{what}\n\n{more}" if more else what)
