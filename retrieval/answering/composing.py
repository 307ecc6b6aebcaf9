"""Statements with sentence ids, into an answer with footnotes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.grounding.attribution import quotation
from retrieval.grounding.rivals import rivals
from retrieval.grounding.said import Said
from retrieval.grounding.shown import SentenceId, footnotes
from retrieval.grounding.superseding import newest_first
from retrieval.grounding.supporting import is_copy, with_referent
from retrieval.models import Claim
from retrieval.words import words

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from retrieval.grounding import Shown
    from retrieval.models import Citation


# So few words say nothing by themselves; of so many the end shows whether they are a sentence.
_FEW_WORDS, _PHRASE = 4, 12
_ENDS = '.!?…"”’»。！？'


@dataclass(frozen=True, slots=True)
class Composed:
    """What an answer says, and its footnotes in reading order."""

    claims: tuple[Claim, ...]
    disputed: tuple[Claim, ...]
    citations: tuple[Citation, ...]


def quote_of(shown: Shown, name: SentenceId) -> Said:
    """A sentence as it stands, and then who says it and when."""
    return Said(quotation(shown.citation(name, 1)), (name,))


def with_its_sentence(shown: Shown, said: Said, beside: Collection[SentenceId] = ()) -> Said:
    """A statement that code found the sentence for: what was copied is quoted as it stands.

    It comes with the one before it where it leans on that, unless this is `beside` it anyway.

    Copies leave out who said it, and spell in their own way. Of a few words the sentence stands
    beside them: "320" alone says nothing.
    """
    if not said.ids:
        return said
    count = len(words(said.text))
    is_part = count <= _FEW_WORDS or (count <= _PHRASE and said.text[-1] not in _ENDS)
    quote = shown.citation(said.ids[0], 1).quote
    is_whole = 2 * count > len(words(quote))
    first = said.ids[0]
    before = SentenceId(first.passage, first.sentence - 1)
    name = first if before in beside else with_referent(shown, first)
    if is_copy(said.text, quote) and (is_whole or not is_part):
        return quote_of(shown, name)
    if is_part:
        ids = (name, *said.ids[1:])
        return Said(f"{said.text.rstrip(' .')}: {quote_of(shown, name).text}", ids)
    return said


def compose(question: str, shown: Shown, said: Sequence[Said]) -> Composed:
    """Of two figures the newer first; accounts that differ side by side, whoever left one out.

    A statement that is nothing but one of these accounts is not told twice; where the statements
    have all of them, nothing is added.
    """
    ordered = newest_first(
        said, lambda one: one.text, lambda one: [shown.citation(name, 1) for name in one.ids]
    )
    names = [name for one in said for name in one.ids]
    accounts = [one.name for one in rivals(question, shown, names)]
    sides = [quote_of(shown, name) for name in accounts]
    if all(name in names for name in accounts) and not all(one in said for one in sides):
        sides = []  # the writer has set them side by side
    claims = [one for one in ordered if one not in sides]
    texts, citations = cited(shown, [*claims, *sides])
    return Composed(texts[: len(claims)], texts[len(claims) :], citations)


def cited(shown: Shown, said: Sequence[Said]) -> tuple[tuple[Claim, ...], tuple[Citation, ...]]:
    """Statements in their order, with footnotes in order of first use."""
    citations, marks = footnotes(shown, [one.ids for one in said])
    claims = (Claim(one.text, numbers) for one, numbers in zip(said, marks, strict=True))
    return tuple(claims), citations
