"""The rows of buttons under an answer. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.language import gettext as _
from bot.render.rich_text import clean
from retrieval.models import Answer

if TYPE_CHECKING:
    from retrieval.models import Unanswered

CITED, NOTE, VOTE = "cited", "note", "vote"
LONGEST_LABEL = 24
_IN_A_ROW = 2
_MOST = 20

Rows = tuple[tuple[tuple[str, str], ...], ...]
"""(label, callback data) by row."""


def under_answer(answer_id: int, answer: Answer | Unanswered) -> Rows:
    """A button a footnote, or to note what has no answer; and whether it helped."""
    if isinstance(answer, Answer):
        buttons = [
            (
                f"[{one.n}] {clean(one.article.outlet)[:LONGEST_LABEL]}",
                f"{CITED}:{answer_id}:{one.n}",
            )
            for one in answer.citations[:_MOST]
        ]
    else:
        buttons = [(_("Ask again after the next briefing"), f"{NOTE}:{answer_id}")]
    rows = [tuple(buttons[at : at + _IN_A_ROW]) for at in range(0, len(buttons), _IN_A_ROW)]
    votes = (
        ("\U0001f44d " + _("Helpful"), f"{VOTE}:{answer_id}:1"),
        ("\U0001f44e " + _("Not helpful"), f"{VOTE}:{answer_id}:0"),
    )
    return (*rows, votes)
