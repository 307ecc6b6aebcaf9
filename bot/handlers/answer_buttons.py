"""The buttons under an answer, and under a cited passage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.language import gettext as _
from bot.render.rich_text import clean
from retrieval.models import Answer

if TYPE_CHECKING:
    from retrieval.models import Article, Unanswered

CITED, MORE, VOTE = "cited", "more", "vote"
CITED_PATTERN = rf"^{CITED}:\d{{1,15}}:\d{{1,4}}$"
MORE_PATTERN = rf"^{MORE}:\d{{1,15}}:\d{{1,4}}:[no]$"
VOTE_PATTERN = rf"^{VOTE}:\d{{1,15}}:[01]$"
_IN_A_ROW = 2
_MOST = 20
_LABEL = 24


def under_answer(answer_id: int, answer: Answer | Unanswered) -> InlineKeyboardMarkup:
    """A button a footnote, and whether it helped."""
    citations = answer.citations[:_MOST] if isinstance(answer, Answer) else ()
    buttons = [
        InlineKeyboardButton(
            f"[{one.n}] {clean(one.article.outlet)[:_LABEL]}",
            callback_data=f"{CITED}:{answer_id}:{one.n}",
        )
        for one in citations
    ]
    rows = [buttons[at : at + _IN_A_ROW] for at in range(0, len(buttons), _IN_A_ROW)]
    votes = [
        InlineKeyboardButton("\U0001f44d " + _("Helpful"), callback_data=f"{VOTE}:{answer_id}:1"),
        InlineKeyboardButton(
            "\U0001f44e " + _("Not helpful"), callback_data=f"{VOTE}:{answer_id}:0"
        ),
    ]
    return InlineKeyboardMarkup([*rows, votes])


def under_passage(answer_id: int, n: int, article: Article) -> InlineKeyboardMarkup:
    """The same question again: of this outlet alone, or of what is newer."""
    name = f"{MORE}:{answer_id}:{n}"
    outlet = clean(article.outlet)[:_LABEL]
    buttons = [
        InlineKeyboardButton(
            _("More from {outlet}").format(outlet=outlet), callback_data=f"{name}:o"
        )
    ]
    if article.published is not None:
        buttons.append(InlineKeyboardButton(_("Newer only"), callback_data=f"{name}:n"))
    return InlineKeyboardMarkup([buttons])
