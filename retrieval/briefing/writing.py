"""A story through the chat model: statements with ids, brought back to sentences."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from prompts import load
from retrieval.briefing.drafts import Draft, DraftClaim, in_order
from retrieval.briefing.quoting import headline_of
from retrieval.briefing.told import what_it_was
from retrieval.errors import ModelError
from retrieval.grounding import Shown, is_refusal
from retrieval.grounding.figures import find_figures
from retrieval.grounding.parsing import parse_line
from retrieval.grounding.superseding import made
from retrieval.models import Dropped
from retrieval.providers.streaming import stream

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

    from retrieval.briefing.material import Material
    from retrieval.briefing.told import Told
    from retrieval.grounding import Statement
    from retrieval.models import Citation, Passage

_LABELS = ("HEADLINE", "DISPUTED", "WATCH")
# About how many code points a model's token has, in English; for the estimate before it is asked.
CHARS_PER_TOKEN = 4
_TOLD_MOST = 20


@dataclass(slots=True)
class _Lines:
    """What a model wrote, by kind of line."""

    headline: list[DraftClaim] = field(default_factory=list)
    claims: list[DraftClaim] = field(default_factory=list)
    disputed: list[DraftClaim] = field(default_factory=list)
    watch: list[DraftClaim] = field(default_factory=list)
    ids: int = 0
    dropped: int = 0
    refused: bool = False


def story_prompt(
    passages: Sequence[Passage], told: Sequence[str], now: datetime, claims: int
) -> list[BaseMessage]:
    """What the model is told; the passages are those of one story."""
    known = "\n".join(f"- {' '.join(text.split())}" for text in told[-_TOLD_MOST:]) or "(nothing)"
    return load("briefing_story", "today", "articles", "told", "claims").format_messages(
        today=f"{now:%A, %d %B %Y}",
        articles=Shown(tuple(passages)).prompt(),
        told=known,
        claims=str(claims),
    )


def estimated_tokens(prompt: Sequence[BaseMessage], answer: int) -> int:
    """About what a prompt and its answer of at most `answer` tokens cost."""
    return sum(len(one.text) for one in prompt) // CHARS_PER_TOKEN + answer


async def write_story(
    model: BaseChatModel,
    prompt: Sequence[BaseMessage],
    material: Material,
    told: Told,
    most: int,
) -> Draft | None:
    """The story as the model tells it, without what this reader knows; None if nothing is new.

    Raises:
        ModelError: the server failed, refused, broke off, or wrote nothing that can be traced.
    """
    pieces: list[str] = []
    ended = await stream(model, prompt, pieces.append)
    shown = Shown(material.passages)
    lines = read_lines("".join(pieces), shown)
    if lines.refused and not lines.claims:
        return None
    if not lines.claims:
        raise ModelError("The chat model wrote nothing that could be traced to a sentence.")
    earlier = told.of_story(material.story_id)
    seen = {(one.revision_id, one.start, one.end) for claim in earlier for one in claim.sources}
    claims = tuple(
        replace(one, was=what_it_was(one.text, earlier, made(one.cited), one.outlets))
        for one in lines.claims
        if one.text not in told.known and not _repeats(one, seen)
    )[:most]
    claims = in_order(claims)
    if not claims:
        return None
    best = claims[0].cited[0].article
    titled = next(iter(lines.headline), None)
    headline = titled.text if titled else headline_of(best, material.sentences, told)
    return Draft(
        headline,
        claims,
        disputed=tuple(one for one in lines.disputed[:1] if one.text not in told.known),
        watch=tuple(one for one in lines.watch[:1] if one.text not in told.known),
        dropped=Dropped(ids=lines.ids, claims=lines.dropped),
        usage=ended.usage,
    )


def read_lines(text: str, shown: Shown) -> _Lines:
    """The lines of an answer; statements that cite nothing that was shown are dropped, counted."""
    found = _Lines()
    for line in text.splitlines():
        label, rest = _labelled(line)
        statements = parse_line(rest)
        if label and statements:
            # such a line may have several sentences, and is one statement
            claims = [_claim(" ".join(one.text for one in statements), statements, shown, found)]
        else:
            found.refused = found.refused or any(map(is_refusal, statements))
            claims = [
                _claim(one.text, [one], shown, found) for one in statements if not is_refusal(one)
            ]
        target = {"HEADLINE": found.headline, "DISPUTED": found.disputed, "WATCH": found.watch}
        target.get(label, found.claims).extend(one for one in claims if one is not None)
    return found


def _labelled(line: str) -> tuple[str, str]:
    plain = line.strip().lstrip("-*• ").replace("**", "")
    for label in _LABELS:
        if plain.upper().startswith(f"{label}:"):
            return label, plain[len(label) + 1 :].strip()
    return "", line


def _claim(
    text: str, statements: Sequence[Statement], shown: Shown, found: _Lines
) -> DraftClaim | None:
    ids = [name for one in statements for name in one.ids]
    known = [name for name in dict.fromkeys(ids) if name in shown]
    found.ids += len(set(ids)) - len(known)
    if not known:
        found.dropped += 1
        return None
    cited = tuple(shown.citation(name, 0) for name in known)
    if not _has_its_figures(text, cited):
        found.dropped += 1
        return None
    return DraftClaim(text, cited)


def _has_its_figures(text: str, cited: Sequence[Citation]) -> bool:
    """Whether every figure of a statement stands in a sentence that it cites."""
    known = {one.value for citation in cited for one in find_figures(citation.quote)}
    return {one.value for one in find_figures(text)} <= known


def _repeats(claim: DraftClaim, seen: set[tuple[int, int, int]]) -> bool:
    """Whether it rests on nothing but sentences that the reader was given."""
    return all((one.article.revision_id, one.start, one.end) in seen for one in claim.cited)
