"""A statement before its footnotes are numbered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrieval.grounding.shown import SentenceId


# A statement that names more sentences is not traced by them.
MOST_IDS = 8


@dataclass(frozen=True, slots=True)
class Said:
    """A statement, and the sentences (shown) that it rests on."""

    text: str
    ids: tuple[SentenceId, ...]
