"""Which messages and presses are about people: roles, invitations, the log, what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.handlers import audit_log
from bot.handlers.admins import Admins
from bot.handlers.audit_log import AuditLog
from bot.handlers.gate import FIRST, Gate
from bot.handlers.invitations import Inviting
from bot.people.invitations import Invitations

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from telegram.ext import BaseHandler

    from bot.handlers.about import About
    from bot.people import People
    from retrieval.archive.database import Database


def people_handlers(
    database: Database, people: People, about: About, now: Callable[[], datetime]
) -> dict[int, list[BaseHandler[Any, Any, Any]]]:
    """PTB's handlers by group: the gate before all others, the rest before unknown commands."""
    fresh = filters.UpdateType.MESSAGE
    gate = Gate(people, unknown=about.on_unknown_command, other=about.on_other)
    admins = Admins(people)
    inviting = Inviting(Invitations(database, now), people, about.on_start)
    log = AuditLog(database, people)
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
        ],
    }
