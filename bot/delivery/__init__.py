"""How messages reach people: whole, and not twice."""

from bot.delivery.sender import edit, send

__all__ = ["edit", "send"]
