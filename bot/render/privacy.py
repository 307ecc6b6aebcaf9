"""What is kept about a reader, and what /export and /forget say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.render.rich_text import RichText, join, plain, styled

if TYPE_CHECKING:
    from datetime import timedelta

EXPORTED = "Everything that I keep about you."
KEPT = "Nothing was deleted."
FORGOTTEN = "Everything that I kept about you is deleted. What you write from now on is new to me."
_STAFF = "You stay an admin, and your name stays at what you changed, until an owner ends that."
_INVITED = "You came by an invitation: you will need a new one."
_BLOCKED = "That you are blocked stays."
OUTBOX_DAYS = 30


def privacy(answers: timedelta, briefings: timedelta, audit: timedelta, model: str) -> RichText:
    """One screen; `model` is the language model that reads questions, or nothing."""
    lines = [
        f"Your Telegram id, name and username: {answers.days} days after you last wrote.",
        f"Your questions, which sentences answered them, your votes: {answers.days} days.",
        f"Which briefings you were given, so that nothing is told twice: {briefings.days} days.",
        f"Briefings sent to you: {OUTBOX_DAYS} days.",
        "Your subscriptions, time zone, followed and muted stories: until you change them.",
        "A role that you were given (admin, invited, blocked): while you have it.",
        f"Changes that admins make, and who came by which invitation: {audit.days} days.",
    ]
    reading = (
        f"To answer, your question goes to the language model {plain(model).text}, without your "
        "name."
        if model
        else "No language model reads your questions."
    )
    group = (
        "What is asked in a group is the group's: it stays there, after /forget without your id. "
        "What is sent there, everybody there can read."
    )
    end = "/export gives you all of it as a file, /forget deletes it. Both work in private."
    kept = join([RichText(f"• {line}") for line in lines], "\n")
    head = styled("bold", "What I keep about you")
    return join([head, kept, RichText(reading), RichText(group), RichText(end)], "\n\n")


def sure_to_forget(role: str, *, is_open: bool) -> RichText:
    """Before everything is deleted."""
    what = (
        "Shall I delete everything that I keep about you? Your questions and answers, briefings, "
        "subscriptions, time zone and followed stories go, for good. Buttons under old answers "
        "will no longer work."
    )
    more = ""
    if role in {"admin", "owner"}:
        more = _STAFF
    elif role == "blocked":
        more = _BLOCKED
    elif role == "reader" and not is_open:
        more = _INVITED
    return RichText(f"{what}\n\n{more}" if more else what)
