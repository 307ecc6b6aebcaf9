"""What a check finds wrong with a claim, and what a claim is held against."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.models import Citation


class ProblemKind(StrEnum):
    """What a claim says that its sources do not."""

    FIGURE = "figure"
    UNIT = "unit"
    DATE = "date"
    NAME = "name"
    SPEAKER = "speaker"
    QUOTATION = "quotation"
    NEGATION = "negation"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is not supported: its kind, and the words of the claim."""

    kind: ProblemKind
    said: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a claim cites, and what stands around it.

    `around` is text that may supply names and quotations only: the passages of the cited sentences.
    """

    cited: Sequence[Citation]
    around: str = ""

    @property
    def sentences(self) -> str:
        """The cited sentences, a line each."""
        return "\n".join(one.quote for one in self.cited)

    @property
    def context(self) -> str:
        """All that a name may come from: sentences, passages, titles, outlets, authors."""
        articles = [one.article for one in self.cited]
        heads = (f"{one.title}\n{one.outlet}\n{one.author or ''}" for one in articles)
        return "\n".join((self.sentences, self.around, *heads))
