"""Errors of the Bot API.

Bots match on the descriptions, so these are Telegram's own texts.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

POLL_CONFLICT = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
SET_WEBHOOK_CONFLICT = "Conflict: terminated by setWebhook request"
WEBHOOK_CONFLICT = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


class BotApiError(Exception):
    """A refused request, with its code and description."""

    def __init__(self, code: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters or {}

    def as_json(self) -> Json:
        """The body of the response."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return body | {"parameters": self.parameters} if self.parameters else body


def bad_request(description: str) -> BotApiError:
    """400; the description starts in lower case after the prefix, unless it is a CODE."""
    if len(description) > 1 and not (description[1].isupper() or description[1] == "_"):
        description = description[0].lower() + description[1:]
    return BotApiError(400, f"Bad Request: {description}")


def forbidden(description: str) -> BotApiError:
    """403."""
    return BotApiError(403, f"Forbidden: {description}")


def conflict(description: str) -> BotApiError:
    """409, from one of the texts above."""
    return BotApiError(409, description)


def too_many_requests(retry_after: int) -> BotApiError:
    """429, with the seconds after which the bot may try again."""
    text = f"Too Many Requests: retry after {retry_after}"
    return BotApiError(429, text, {"retry_after": retry_after})


def migrated(chat_id: int) -> BotApiError:
    """400 for a group that became the supergroup `chat_id`."""
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    return BotApiError(400, text, {"migrate_to_chat_id": chat_id})


def not_implemented(what: str) -> BotApiError:
    """501: Telegram can do this, this server can't."""
    return BotApiError(501, f"Not Implemented: the local Bot API server has no {what}")
