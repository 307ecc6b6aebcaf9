"""What people can do with the bot, a room each: its handlers, what they say, and what is kept.

Handlers are bound methods of small classes, which add themselves by `register(app)`: that is where
a command or a button leads to its method. `views` are pure and know no Telegram, `store` is SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from telegram.ext import Application

    App = Application[Any, Any, Any, Any, Any, Any]


class Feature(Protocol):
    """A class of handlers."""

    def register(self, app: App) -> None:
        """Add its handlers, after those that are there."""
