"""What people see, as text with entities: pure, and without Telegram's classes.

`rich_text` builds and cuts, `answers` and `pages` say what stands in a message.
"""

from bot.render.answers import render
from bot.render.rich_text import RichText, size, split

__all__ = ["RichText", "render", "size", "split"]
