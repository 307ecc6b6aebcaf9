"""The buttons under an answer, and under a cited passage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.language import gettext as _
from bot.render import answer_menu
from bot.render.rich_text import clean

if TYPE_CHECKING:
    from retrieval.models import Answer, Article, Unanswered

MORE = "more"
CITED_PATTERN = rf"^{answer_menu.CITED}:\d{{1,15}}:\d{{1,4}}$"
SOURCES_PATTERN = rf"^{answer_menu.SOURCES}:\d{{1,15}}:[01]$"
FURTHER_PATTERN = rf"^{answer_menu.FURTHER}:\d{{1,15}}$"
MORE_PATTERN = rf"^{MORE}:\d{{1,15}}:\d{{1,4}}:[no]$"
VOTE_PATTERN = rf"^{answer_menu.VOTE}:\d{{1,15}}:[01]$"
NOTE_PATTERN = rf"^{answer_menu.NOTE}:\d{{1,15}}$"


def under_answer(answer_id: int, answer: Answer | Unanswered) -> InlineKeyboardMarkup:
    """A button for the sources, and whether it helped."""
    return keyboard(answer_menu.under_answer(answer_id, answer))


def keyboard(rows: answer_menu.Rows) -> InlineKeyboardMarkup:
    """Rows of buttons as Telegram has them."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )


def under_passage(answer_id: int, n: int, article: Article) -> InlineKeyboardMarkup:
    """The same question again: of this outlet alone, or of what is newer."""
    name = f"{MORE}:{answer_id}:{n}"
    outlet = clean(article.outlet)[: answer_menu.LONGEST_LABEL]
    buttons = [
        InlineKeyboardButton(
            _("More from {outlet}").format(outlet=outlet), callback_data=f"{name}:o"
        )
    ]
    if article.published is not None:
        buttons.append(InlineKeyboardButton(_("Newer only"), callback_data=f"{name}:n"))
    return InlineKeyboardMarkup([buttons])
