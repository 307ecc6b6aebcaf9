"""Updates by webhook: an endpoint that stores them in SQL, and workers that handle them.

Telegram gets its response as soon as an update is in SQL: from then on no crash loses it. Any
number of programs on one database share the updates, each handled once, in order within a chat.
"""

from bot.webhook.inbox import PATH, Inbox, WebhookEndpoint
from bot.webhook.worker import InboxWorker

__all__ = ["PATH", "Inbox", "InboxWorker", "WebhookEndpoint"]
