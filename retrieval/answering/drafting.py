"""What can be shown of an answer while the model still writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.answering.composing import quote_of
from retrieval.grounding.checks import check_claim, with_exact_figures
from retrieval.grounding.said import MOST_IDS
from retrieval.grounding.supporting import evidence_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrieval.grounding import Shown, Statement


class Drafting:
    """Tells `on_progress` the text so far, each time it grows.

    Only whole statements that cite what was shown and pass the rules of the claim check: nobody
    should read, even for a second, what the answer itself would leave out. Without ids or
    footnotes, as these are numbered at the end.
    """

    def __init__(self, shown: Shown, on_progress: Callable[[str], None]) -> None:
        self._shown = shown
        self._on_progress = on_progress
        self._known: dict[Statement, str] = {}
        self._told = ""

    def __call__(self, statements: Sequence[Statement]) -> None:
        """Take all statements so far."""
        for one in statements:
            if one not in self._known:
                self._known[one] = self._presentable(one)
        text = "\n\n".join(filter(None, (self._known[one] for one in statements)))
        if text == self._told:
            return
        self._told = text
        if text:  # nothing: the model begins anew, and what it thinks is announced elsewhere
            self._on_progress(text)

    def _presentable(self, one: Statement) -> str:
        """The statement as the answer would have it, or nothing."""
        ids = tuple(name for name in one.ids if name in self._shown)[:MOST_IDS]
        if not ids or not one.text:
            return "\n\n".join(quote_of(self._shown, name).text for name in ids)
        verdict = check_claim(one.text, evidence_of(self._shown, ids))
        return with_exact_figures(one.text, verdict) if verdict.stands else ""
