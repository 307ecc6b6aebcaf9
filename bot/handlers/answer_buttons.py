"""The buttons under an answer, and under a cited passage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.delivery.sender import keyboard
from bot.language import gettext as _
from bot.render import answer_menu
from bot.render.rich_text import clean

if TYPE_CHECKING:
    from telegram import InlineKeyboardMarkup

    from retrieval.models import Answer, Article, Unanswered

MORE = "more"
CITED_PATTERN = rf"^{answer_menu.CITED}:\d{{1,15}}:\d{{1,4}}$"
SOURCES_PATTERN = rf"^{answer_menu.SOURCES}:\d{{1,15}}:[01]$"
FURTHER_PATTERN = rf"^{answer_menu.FURTHER}:\d{{1,15}}$"
MORE_PATTERN = rf"^{MORE}:\d{{1,15}}:\d{{1,4}}:[no]$"
VOTE_PATTERN = rf"^{answer_menu.VOTE}:\d{{1,15}}:[01]$"
NOTE_PATTERN = rf"^{answer_menu.NOTE}:\d{{1,15}}$"


def under_answer(answer_id: int, answer: Answer | Unanswered) -> InlineKeyboardMarkup | None:
    """A button for the sources, and whether it helped."""
    return keyboard(answer_menu.under_answer(answer_id, answer))


def under_passage(answer_id: int, n: int, article: Article) -> InlineKeyboardMarkup | None:
    """The same question again: of this outlet alone, or of what is newer."""
    name = f"{MORE}:{answer_id}:{n}"
    outlet = clean(article.outlet)[: answer_menu.LONGEST_LABEL]
    buttons = [(_("More from {outlet}").format(outlet=outlet), f"{name}:o")]
    if article.published is not None:
        buttons.append((_("Newer only"), f"{name}:n"))
    return keyboard([buttons])
