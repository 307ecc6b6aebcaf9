"""Who may do what: one table, and one function that reads it. Pure."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person is to the bot."""

    # in the settings: appoints admins
    OWNER = "owner"
    # keeps the archive and decides who reads
    ADMIN = "admin"
    # asks, and gets briefings
    READER = "reader"
    # unknown to a bot that is by invitation; where it is open, everybody is a reader
    STRANGER = "stranger"
    BLOCKED = "blocked"


# What is not a command of its own.
QUESTION = "question"
FILE = "file"
UNKNOWN = "unknown"
INLINE = "inline"
APPOINT = "admins add"
DISMISS = "admins remove"

_OWNERS = frozenset((Role.OWNER,))
_ADMINS = _OWNERS | {Role.ADMIN}
_READERS = _ADMINS | {Role.READER}
_GUESTS = _READERS | {Role.STRANGER}
# Even who is blocked may know, have and delete what is kept about them.
_ALL = frozenset(Role)

# Every action and whose it is. What does not stand here, nobody may do.
ACTIONS: dict[str, frozenset[Role]] = {
    "start": _GUESTS,
    "privacy": _ALL,
    "export": _ALL,
    "forget": _ALL,
    "help": _READERS,
    "ask": _READERS,
    "new": _READERS,
    "briefing": _READERS,
    "subscribe": _READERS,
    "subscriptions": _READERS,
    "watch": _READERS,
    "unwatch": _READERS,
    "corrections": _READERS,
    "sources": _READERS,
    "language": _READERS,
    QUESTION: _READERS,
    INLINE: _READERS,
    UNKNOWN: _READERS,
    "add": _ADMINS,
    FILE: _ADMINS,
    "article": _ADMINS,
    "articles": _ADMINS,
    "feeds": _ADMINS,
    "channels": _ADMINS,
    "stats": _ADMINS,
    "status": _ADMINS,
    "usage": _ADMINS,
    "invite": _ADMINS,
    "block": _ADMINS,
    "unblock": _ADMINS,
    "log": _ADMINS,
    "admins": _ADMINS,
    APPOINT: _OWNERS,
    DISMISS: _OWNERS,
}

COMMANDS = frozenset(ACTIONS) - {QUESTION, FILE, INLINE, UNKNOWN, APPOINT, DISMISS}

# Of actions that are done to a person: to whom. An admin has to be dismissed before a block.
_SUBJECTS: dict[str, frozenset[Role]] = {
    APPOINT: frozenset((Role.READER, Role.STRANGER)),
    DISMISS: frozenset((Role.ADMIN,)),
    "block": frozenset((Role.READER, Role.STRANGER)),
    "unblock": frozenset((Role.BLOCKED,)),
}

# Buttons: what their data begins with, and the action that they belong to.
BUTTONS: dict[str, str] = {
    "cited": QUESTION,
    "sources": QUESTION,
    "more": QUESTION,
    "note": QUESTION,
    "vote": QUESTION,
    "brief": "briefing",
    "sub": "subscriptions",
    "watch": "watch",
    "intake": "add",
    "article": "article",
    "articles": "articles",
    "feed": "feeds",
    "channel": "channels",
    "log": "log",
    "language": "language",
    "forget": "forget",
}


def may(role: Role, action: str, subject: Role | None = None) -> bool:
    """Whether a person of this role may do something, and to a person of the role `subject`.

    Without `subject` the question is whether the action is theirs at all: whether they see it.
    """
    if role not in ACTIONS.get(action, frozenset()):
        return False
    return subject is None or subject in _SUBJECTS.get(action, frozenset())


def action_of_button(data: str) -> str:
    """The action that a button belongs to, by its data; `UNKNOWN` for those of nobody."""
    return BUTTONS.get(data.partition(":")[0], UNKNOWN)
