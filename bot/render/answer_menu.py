"""The rows of buttons under an answer. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.language import gettext as _
from bot.language import ngettext, number
from bot.render.rich_text import clean
from bot.topics import topic_of
from retrieval.models import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.models import Unanswered

CITED, SOURCES, FURTHER, NOTE, VOTE, WATCH = (
    "cited",
    "sources",
    "further",
    "note",
    "vote",
    "watch",
)
LONGEST_LABEL = 24
_IN_A_ROW = 2
_MOST = 20
_LONGEST_TOPIC = 32

Rows = tuple[tuple[tuple[str, str], ...], ...]
"""(label, callback data) by row."""


def under_answer(answer_id: int, answer: Answer | Unanswered) -> Rows:
    """One button for the sources, or to note what has no answer; and whether it helped."""
    if not isinstance(answer, Answer):
        note = (_("Ask again after the next briefing"), f"{NOTE}:{answer_id}")
        return ((note,), _votes(answer_id))
    return with_sources(
        answer_id,
        [(one.n, one.article.outlet) for one in answer.citations],
        topic_of(answer.question),
        are_open=False,
        further=len(answer.further),
    )


def with_sources(
    answer_id: int,
    outlets: Sequence[tuple[int, str]],
    topic: str | None,
    *,
    are_open: bool,
    further: int = 0,
) -> Rows:
    """A button that opens the sources; where they are open, or one is all, a button a footnote.

    `outlets` are the numbers of the footnotes, each with its outlet. What was asked about, the
    `topic`, can be watched. `further` counts the quotations that can be asked for besides.
    """
    last = [_votes(answer_id)]
    if further:
        label = ngettext("{count} more quotation", "{count} more quotations", further)
        last.insert(0, ((label.format(count=number(further)), f"{FURTHER}:{answer_id}"),))
    if topic is not None:
        label = _("Watch: {topic}").format(topic=short_label(topic))
        last.append(((label, f"{WATCH}:on:{answer_id}"),))
    if not are_open and len(outlets) > 1:
        label = _("Sources ({count})").format(count=number(len(outlets)))
        return (((label, f"{SOURCES}:{answer_id}:1"),), *last)
    buttons = [
        (f"[{n}] {clean(outlet)[:LONGEST_LABEL]}", f"{CITED}:{answer_id}:{n}")
        for n, outlet in outlets[:_MOST]
    ]
    if are_open:
        buttons.append((_("‹ Close"), f"{SOURCES}:{answer_id}:0"))
    rows = [tuple(buttons[at : at + _IN_A_ROW]) for at in range(0, len(buttons), _IN_A_ROW)]
    return (*rows, *last)


def short_label(topic: str) -> str:
    """A topic as a button has room for it."""
    topic = clean(topic)
    return topic if len(topic) <= _LONGEST_TOPIC else f"{topic[: _LONGEST_TOPIC - 1]}…"


def _votes(answer_id: int) -> tuple[tuple[str, str], ...]:
    return (
        ("\U0001f44d " + _("Helpful"), f"{VOTE}:{answer_id}:1"),
        ("\U0001f44e " + _("Not helpful"), f"{VOTE}:{answer_id}:0"),
    )
