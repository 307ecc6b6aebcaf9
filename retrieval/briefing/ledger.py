"""Briefings that a reader was given -> what they were told. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from retrieval.briefing.drafts import key_of
from retrieval.briefing.told import Source, Told, ToldClaim

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from retrieval.archive import Kept
    from retrieval.models import Citation, Claim, Story


# What somebody is told who was never told anything.
FIRST_WINDOW = timedelta(days=1)


def told_by(kept: Sequence[Kept]) -> Told:
    """The ledger that these briefings make, oldest first."""
    stories = [story for one in kept for story in one.briefing.stories]
    return Told(
        claims=tuple(claim for one in kept for claim in _claims(one)),
        headlines=frozenset(story.headline for story in stories),
        corrected=frozenset(key_of(old) for story in stories for old in story.corrects),
        until=_informed_until(kept),
        briefings=tuple(one.id for one in kept),
        read=_read(kept),
        mentioned=frozenset(line.story_id for one in kept for line in one.briefing.also),
    )


def _read(kept: Sequence[Kept]) -> dict[int, int]:
    """By article, the newest revision that a story was told from; in old briefings, the cited."""
    read: dict[int, int] = {}
    for one in kept:
        cited = [(note.article.id, note.article.revision_id) for note in one.briefing.citations]
        told_from = [pair for story in one.briefing.stories for pair in story.read]
        for article_id, revision_id in (*cited, *told_from):
            read[article_id] = max(read.get(article_id, 0), revision_id)
    return read


def _informed_until(kept: Sequence[Kept]) -> datetime | None:
    """Up to when nothing is missing: a briefing on some topics, or of a stretch, closes no gap."""
    until: datetime | None = None
    for one in sorted(kept, key=lambda one: one.until):
        window = one.briefing.window
        if until is None:
            joins = window.end - window.start >= FIRST_WINDOW
        else:
            joins = window.start <= until
        if joins and not one.briefing.topics:
            until = one.until
    return until


def _claims(kept: Kept) -> Iterator[ToldClaim]:
    notes = {one.n: one for one in kept.briefing.citations}
    for story in kept.briefing.stories:
        for claim in _all_claims(story):
            sources = tuple(_source(notes[n]) for n in claim.citations if n in notes)
            yield ToldClaim(story.id, claim.text, sources, kept.told_at)


def _all_claims(story: Story) -> Iterable[Claim]:
    return (*story.claims, *story.disputed, *story.watch)


def _source(citation: Citation) -> Source:
    article = citation.article
    return Source(
        article_id=article.id,
        revision_id=article.revision_id,
        start=citation.start,
        end=citation.end,
        quote=citation.quote,
        published=article.published.at if article.published else None,
        given=citation,
    )
