"""What people can do with the bot: one class a concern, its bound methods are PTB's callbacks."""

from bot.handlers.about import About
from bot.handlers.adding import Adding
from bot.handlers.briefings import Briefings
from bot.handlers.errors import Errors
from bot.handlers.feedback import Feedback
from bot.handlers.questions import Questions

__all__ = ["About", "Adding", "Briefings", "Errors", "Feedback", "Questions"]
