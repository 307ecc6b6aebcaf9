"""What a reader was told and its source no longer says. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retrieval.briefing.drafts import Draft, DraftClaim
from retrieval.grounding.attribution import attribution, quoted
from retrieval.grounding.standing import in_its_place, still_says
from retrieval.models import Citation
from retrieval.splitting import split_sentences
from retrieval.words import stems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrieval.briefing.told import Source, Told
    from retrieval.models import Article

# The share of its words that a page has in common with what it told before, if it tells another.
_ALMOST_NOTHING = 0.2


@dataclass(frozen=True, slots=True)
class Correction:
    """A story's sentence that changed: what stands there now, and what was cited."""

    story_id: int
    draft: Draft
    outlet: str
    corrects: Citation


def find_corrections(told: Told, current: Mapping[int, tuple[Article, str]]) -> list[Correction]:
    """One for each cited sentence that its article's newest revision lacks, oldest story first.

    `current` has, by article id, the newest revision and its text; what was removed is not in it:
    a claim all of whose articles were removed is withdrawn. A sentence that was corrected for this
    reader before is left out.
    """
    found: dict[tuple[int, int, int], Correction] = {}
    for claim in told.claims:
        for source in claim.sources:
            key = (source.revision_id, source.start, source.end)
            if key in told.corrected or key in found:
                continue
            if source.article_id not in current:
                if source.given and not any(one.article_id in current for one in claim.sources):
                    found[key] = _withdrawal(claim.story_id, source.given)
                continue
            article, text = current[source.article_id]
            if (
                article.revision_id != source.revision_id
                and not still_says(text, source.quote)
                and not _is_another_story(source, article, text)
            ):
                found[key] = _correction(claim.story_id, source, article, text)
    return list(found.values())


def _is_another_story(source: Source, article: Article, text: str) -> bool:
    """Whether a page tells something else by now: its title and text share almost nothing.

    A page without an id of its own that shows each day's story corrects none of them.
    """
    if source.given is None:
        return False
    before, now = stems(source.given.article.title), stems(article.title)
    quote = stems(source.quote)
    return len(before & now) <= _ALMOST_NOTHING * len(before) and len(
        quote & stems(text)
    ) <= _ALMOST_NOTHING * len(quote)


def sources_of(told: Told) -> set[int]:
    """The articles that `find_corrections` has to know the newest revision of."""
    return {source.article_id for claim in told.claims for source in claim.sources}


def _correction(story_id: int, source: Source, article: Article, text: str) -> Correction:
    before = replace(article, revision_id=source.revision_id)
    old = Citation(0, before, source.start, source.end, source.quote)
    now = in_its_place(text, source.quote)
    if now is None:
        # What it said, since nothing stands there now that could be cited.
        claim = DraftClaim(
            f"{article.outlet} no longer says: {quoted(source.quote)}", (_first(article, text),)
        )
    else:
        cited = Citation(0, article, now.start, now.end, now.of(text))
        was = f"was {quoted(source.quote)}"
        claim = DraftClaim(f"{attribution(article)}: {quoted(cited.quote)}", (cited,), was)
    return Correction(story_id, Draft(article.title, (claim,)), article.outlet, old)


def _withdrawal(story_id: int, given: Citation) -> Correction:
    """Nothing is left that could be cited."""
    outlet = given.article.outlet
    text = f"{outlet}’s article was removed from the archive. It said: {quoted(given.quote)}"
    return Correction(story_id, Draft(given.article.title, (DraftClaim(text, ()),)), outlet, given)


def _first(article: Article, text: str) -> Citation:
    """Where the article begins now."""
    span = next(iter(split_sentences(text)))
    return Citation(0, article, span.start, span.end, span.of(text))
