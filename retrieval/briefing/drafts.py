"""Stories as they are written, before the briefing numbers them. Pure."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from retrieval.briefing.ledger import Key, Known, key_of
from retrieval.briefing.material import bare_title
from retrieval.briefing.referents import lacks_referent, leans
from retrieval.grounding.composing import newest_first
from retrieval.models import Citation, Claim, Dropped, Story

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrieval.messages import UserMessage
    from retrieval.models import StoryStatus

# Between two sentences: white space, a bullet, a dateline.
_BETWEEN = 12
# A line on a phone; what is above and below the claims: the number, and sources folded.
_WIDTH, _SOURCES = 34, 3


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """A statement and the slices of stored text that it rests on; none if it was withdrawn.

    `quotes` is the sentence where the statement is nothing but it, with words about its source.
    `message` is `text` where it is the program's words, as in `Claim`.
    """

    text: str
    cited: tuple[Citation, ...]
    was: UserMessage | None = None
    quotes: str | None = None
    message: UserMessage | None = None

    @classmethod
    def saying(
        cls,
        message: UserMessage,
        cited: tuple[Citation, ...] = (),
        was: UserMessage | None = None,
        quotes: str | None = None,
    ) -> Self:
        """A statement in the program's words."""
        return cls(str(message), cited, was, quotes, message)

    @property
    def says(self) -> str:
        """What it says, without who said it."""
        return self.quotes or self.text

    @property
    def outlets(self) -> frozenset[str]:
        """Who says it."""
        return frozenset(one.article.outlet for one in self.cited)


def in_order(claims: Iterable[DraftClaim]) -> tuple[DraftClaim, ...]:
    """None before one with a newer figure for the same thing."""
    return newest_first(claims, lambda one: one.says, lambda one: one.cited)


@dataclass(frozen=True, slots=True)
class StoryDraft:
    """A story as it was written, from one story's articles and no other's."""

    headline: str
    claims: tuple[DraftClaim, ...]
    disputed: tuple[DraftClaim, ...] = ()
    watch: tuple[DraftClaim, ...] = ()
    dropped: Dropped = field(default_factory=Dropped)


@dataclass(frozen=True, slots=True)
class PlacedDraft:
    """A draft with what the briefing says about the story as a whole."""

    story_id: int
    status: StoryStatus
    draft: StoryDraft
    outlets: tuple[str, ...]
    why: tuple[UserMessage, ...]
    corrects: tuple[Citation, ...] = ()
    read: tuple[tuple[int, int], ...] = ()
    also: tuple[str, ...] = ()


def without_dangling(draft: StoryDraft) -> StoryDraft:
    """The draft without quotations that lean on a sentence that is not told right before them.

    Nor those that speak of something as known that neither the headline nor a claim named before.
    """
    claims: list[DraftClaim] = []
    for claim in draft.claims:
        leaning = claim.quotes is not None and leans(claim.quotes)
        if claim.quotes is not None and _lacks_referent(
            claim.quotes, claim, claims, draft.headline
        ):
            continue
        if not leaning or (claims and _stands_behind(claim, claims[-1])):
            claims.append(claim)
    return replace(draft, claims=tuple(claims))


def _lacks_referent(
    quote: str, claim: DraftClaim, before: Sequence[DraftClaim], headline: str
) -> bool:
    articles = [one.article for one in claim.cited[:1]]
    own = [bare_title(one.title, one.outlet) for one in articles]
    of_article = [
        *(title for title in own if title == headline),
        *(one.says for one in before if [each.article for each in one.cited[:1]] == articles),
    ]
    shown = [headline, *(one.says for one in before)]
    return lacks_referent(quote, " ".join(shown), " ".join(of_article))


def _stands_behind(claim: DraftClaim, before: DraftClaim) -> bool:
    """Whether the sentence that a claim is stands right behind another's, in one article."""
    return any(
        one.article.revision_id == other.article.revision_id
        and 0 <= one.start - other.end <= _BETWEEN
        for one in claim.cited[:1]
        for other in before.cited[:1]
    )


def on_one_screen(draft: StoryDraft, outlets: Sequence[str], most: int) -> StoryDraft:
    """The draft in at most `most` lines of a phone; the first claim stays in any case.

    What is still to come goes first, then accounts that differ, then the last claims.
    """
    left = most - _SOURCES - _lines(f"0. Correction: {draft.headline}") - _lines(", ".join(outlets))
    claims: list[DraftClaim] = []
    for claim in draft.claims:
        left -= _lines(f"• {claim.says} [00][00] {claim.was or ''}")
        if claims and left < 0:
            break
        claims.append(claim)
    if len(claims) < len(draft.claims):
        return replace(draft, claims=tuple(claims), disputed=(), watch=())
    differing = sum(_lines(one.text) for one in draft.disputed) + 1
    disputed = draft.disputed if differing <= left else ()
    left -= differing if disputed else 0
    fits = sum(_lines(f"To watch: {one.text}") for one in draft.watch) <= left
    return replace(draft, disputed=disputed, watch=draft.watch if fits else ())


def _lines(text: str) -> int:
    return len(textwrap.wrap(text, _WIDTH))


def without_known(draft: StoryDraft, known: Known) -> StoryDraft:
    """The draft without what the reader knows, or was told earlier in the same briefing."""
    return replace(
        draft,
        claims=tuple(one for one in draft.claims if one.says not in known),
        watch=tuple(one for one in draft.watch if one.says not in known),
    )


def numbered(placed: Iterable[PlacedDraft]) -> tuple[tuple[Story, ...], tuple[Citation, ...]]:
    """Stories with footnotes in order of first use; a sentence cited twice is one footnote."""
    notes: dict[Key, Citation] = {}

    def numbers(claims: Sequence[DraftClaim]) -> tuple[Claim, ...]:
        return tuple(
            Claim(
                claim.text,
                tuple(dict.fromkeys(map(number, claim.cited))),
                claim.was,
                claim.message,
            )
            for claim in claims
        )

    def number(citation: Citation) -> int:
        return notes.setdefault(key_of(citation), replace(citation, n=len(notes) + 1)).n

    stories = tuple(
        Story(
            id=one.story_id,
            status=one.status,
            headline=one.draft.headline,
            claims=numbers(one.draft.claims),
            outlets=one.outlets,
            why=one.why,
            disputed=numbers(one.draft.disputed),
            watch=numbers(one.draft.watch),
            corrects=one.corrects,
            read=one.read,
            also=one.also,
        )
        for one in placed
    )
    return stories, tuple(notes.values())
