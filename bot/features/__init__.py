"""What people can do with the bot, one package or module for each feature.

Handlers are bound methods of small classes. `register(app)` of such a class connects commands and
buttons to its methods. `views` make messages without Telegram's classes, `store` is SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from telegram.ext import Application

    App = Application[Any, Any, Any, Any, Any, Any]


class Feature(Protocol):
    """A class of handlers."""

    def register(self, app: App) -> None:
        """Add its handlers to the application; they are tried after those added earlier."""
