"""Drafts of stories, before the briefing numbers their footnotes. Pure."""

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
# The length of a line on a phone; lines above and below the claims: number and folded sources.
_WIDTH, _SOURCES = 34, 3


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """A statement and the slices of stored text that it cites; none if it was withdrawn.

    `quotes` is the sentence if the statement only quotes it, with words about its source.
    `message` is `text` as a message if the program wrote it, as in `Claim`.
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
        """Its content without the attribution."""
        return self.quotes or self.text

    @property
    def outlets(self) -> frozenset[str]:
        """The outlets that it cites."""
        return frozenset(one.article.outlet for one in self.cited)


def in_order(claims: Iterable[DraftClaim]) -> tuple[DraftClaim, ...]:
    """The claims sorted so that newer figures for the same thing come first."""
    return newest_first(claims, lambda one: one.says, lambda one: one.cited)


@dataclass(frozen=True, slots=True)
class StoryDraft:
    """A written story, made only from its own articles."""

    headline: str
    claims: tuple[DraftClaim, ...]
    disputed: tuple[DraftClaim, ...] = ()
    watch: tuple[DraftClaim, ...] = ()
    dropped: Dropped = field(default_factory=Dropped)


@dataclass(frozen=True, slots=True)
class PlacedDraft:
    """A draft with the briefing's data about the story."""

    story_id: int
    status: StoryStatus
    draft: StoryDraft
    outlets: tuple[str, ...]
    why: tuple[UserMessage, ...]
    corrects: tuple[Citation, ...] = ()
    read: tuple[tuple[int, int], ...] = ()
    also: tuple[str, ...] = ()


def without_dangling(draft: StoryDraft) -> StoryDraft:
    """The draft without quotations that depend on a sentence that isn't told right before them.

    Nor those with a referent that neither the headline nor an earlier claim names.
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
    """Whether a quoted sentence directly follows another claim's in one article."""
    return any(
        one.article.revision_id == other.article.revision_id
        and 0 <= one.start - other.end <= _BETWEEN
        for one in claim.cited[:1]
        for other in before.cited[:1]
    )


def on_one_screen(draft: StoryDraft, outlets: Sequence[str], most: int) -> StoryDraft:
    """The draft cut to `most` lines on a phone; the first claim always stays.

    Outlooks are dropped first, then disputed accounts, then the last claims.
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
    """The draft without claims that the reader knows, or got earlier in this briefing."""
    return replace(
        draft,
        claims=tuple(one for one in draft.claims if one.says not in known),
        watch=tuple(one for one in draft.watch if one.says not in known),
    )


def numbered(placed: Iterable[PlacedDraft]) -> tuple[tuple[Story, ...], tuple[Citation, ...]]:
    """Number the footnotes in order of first use; a sentence cited twice gets one."""
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
