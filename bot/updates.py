"""What an update brings about, as one span: all that its handlers do is within it."""

from __future__ import annotations

from typing import Any

from telegram import Update
from telegram.ext import Application

from retrieval.tracing import span


class TracedApplication(Application[Any, Any, Any, Any, Any, Any]):
    """PTB's application, whose updates are spans."""

    __slots__ = ()

    async def process_update(self, update: object) -> None:
        """As PTB does."""
        with span("update", kind=kind_of(update)):
            await super().process_update(update)


def kind_of(update: object) -> str:
    """`message`, `callback_query`, ...: the name of the part that an update has."""
    if isinstance(update, Update):
        for name in Update.__slots__:
            if name.isidentifier() and name in Update.ALL_TYPES and getattr(update, name, None):
                return name
    return "other"
