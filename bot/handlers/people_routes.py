"""Which messages and presses are about people: roles, invitations, the log, what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.handlers import audit_log, languages, privacy
from bot.handlers.admins import Admins
from bot.handlers.audit_log import AuditLog
from bot.handlers.gate import FIRST, Gate
from bot.handlers.invitations import Inviting
from bot.handlers.languages import LanguageChoice
from bot.handlers.privacy import Privacy
from bot.people.invitations import Invitations
from bot.people.languages import Languages
from bot.people.seals import Seals

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from telegram.ext import BaseHandler

    from bot.handlers.about import About
    from bot.people import People
    from bot.people.expiry import Keeping
    from retrieval.archive.database import Database


def people_handlers(  # noqa: PLR0913  what they are made of
    database: Database,
    people: People,
    about: About,
    *,
    keeping: Keeping,
    model: str,
    secret: str,
    limited: bool,
    now: Callable[[], datetime],
) -> dict[int, list[BaseHandler[Any, Any, Any]]]:
    """PTB's handlers by group: the gate before all others, the rest before unknown commands.

    `secret` signs buttons, and hides who spent tokens where these are `limited`; `model` is the
    name of the language model, if there is one.
    """
    fresh = filters.UpdateType.MESSAGE
    known = Languages(database)
    gate = Gate(people, known, unknown=about.on_unknown_command, other=about.on_other)
    admins = Admins(people)
    inviting = Inviting(Invitations(database, now), people, about.on_start)
    choice = LanguageChoice(known)
    log = AuditLog(database, people)
    own = Privacy(
        database,
        people,
        keeping=keeping,
        model=model,
        seals=Seals(secret),
        counting=secret if limited else None,
        now=now,
    )
    return {
        FIRST: [gate.handler()],
        0: [
            CommandHandler("start", inviting.on_start, fresh),
            CommandHandler("admins", admins.on_admins, fresh),
            CommandHandler("block", admins.on_block, fresh),
            CommandHandler("unblock", admins.on_unblock, fresh),
            CommandHandler("invite", inviting.on_invite, fresh),
            CommandHandler("log", log.on_log, fresh),
            CallbackQueryHandler(log.on_button, audit_log.PATTERN),
            CommandHandler("language", choice.on_language, fresh),
            CallbackQueryHandler(choice.on_button, languages.PATTERN),
            CommandHandler("privacy", own.on_privacy, fresh),
            CommandHandler("export", own.on_export, fresh),
            CommandHandler("forget", own.on_forget, fresh),
            CallbackQueryHandler(own.on_button, privacy.PATTERN),
        ],
    }
