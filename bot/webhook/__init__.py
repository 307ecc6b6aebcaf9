"""Updates by webhook: a door that writes down what it is given, and workers that take it on.

Telegram is answered as soon as an update is in SQL: from then on no crash loses it. Any number of
programs on one database take updates, each once, in order within a chat.
"""

from bot.webhook.inbox import PATH, Inbox, WebhookEndpoint
from bot.webhook.worker import InboxWorker

__all__ = ["PATH", "Inbox", "InboxWorker", "WebhookEndpoint"]
