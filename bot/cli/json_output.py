"""The command line's JSON output; its field names are part of the public interface."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from retrieval.messages import sentences
from retrieval.models import Added, Answer, Duplicate, Rejected, Revised

if TYPE_CHECKING:
    from retrieval.models import (
        Article,
        Briefing,
        Citation,
        Claim,
        Hit,
        Mention,
        Outcome,
        Story,
        Unanswered,
    )

Json = dict[str, Any]


def answer_json(result: Answer | Unanswered) -> Json:
    """An answer, or why there is none (`unanswered`) and the closest matches."""
    answer = result if isinstance(result, Answer) else None
    refusal = None if isinstance(result, Answer) else result
    return {
        "question": result.question,
        "mode": result.mode.value,
        "claims": [claim_json(one) for one in answer.claims] if answer else [],
        "disputed": [claim_json(one) for one in answer.disputed] if answer else [],
        "citations": [citation_json(one) for one in answer.citations] if answer else [],
        "newest": day_json(answer.newest) if answer else None,
        "unanswered": str(refusal.reason) if refusal else None,
        "closest": [article_json(one) for one in refusal.closest] if refusal else [],
        "dropped": asdict(result.dropped),
        "notice": sentences(result.notices) or None,
        "usage": dict(result.cost.usage),
        "timings_ms": dict(result.cost.timings_ms),
    }


def briefing_json(briefing: Briefing) -> Json:
    """A briefing; the numbers in its claims are those of `citations`."""
    return {
        "window": {
            "start": briefing.window.start.isoformat(),
            "end": briefing.window.end.isoformat(),
        },
        "articles": briefing.articles,
        "outlets": briefing.outlets,
        "as_of": briefing.as_of.isoformat() if briefing.as_of else None,
        "mode": briefing.mode.value,
        "topics": list(briefing.topics),
        "unmet": list(briefing.unmet),
        "stories": [story_json(one) for one in briefing.stories],
        "citations": [citation_json(one) for one in briefing.citations],
        "also": [mention_json(one) for one in briefing.also],
        "closest": list(briefing.closest),
        "dropped": asdict(briefing.dropped),
        "notice": sentences(briefing.notices) or None,
        "usage": dict(briefing.cost.usage),
        "timings_ms": dict(briefing.cost.timings_ms),
    }


def story_json(story: Story) -> Json:
    """A story of a briefing; `id` is the same in the next."""
    return {
        "id": story.id,
        "status": story.status.value,
        "headline": story.headline,
        "claims": [claim_json(one) for one in story.claims],
        "disputed": [claim_json(one) for one in story.disputed],
        "watch": [claim_json(one) for one in story.watch],
        "outlets": list(story.outlets),
        "why": ", ".join(map(str, story.why)),
    }


def mention_json(mention: Mention) -> Json:
    """A story on one line; `kind` is null for a report."""
    return {
        "id": mention.story_id,
        "headline": mention.headline,
        "outlets": list(mention.outlets),
        "kind": mention.kind,
        **article_json(mention.article),
    }


def claim_json(claim: Claim) -> Json:
    """A claim and its footnote numbers."""
    known = {"text": claim.text, "citations": list(claim.citations)}
    return known if claim.was is None else {**known, "was": str(claim.was)}


def citation_json(citation: Citation) -> Json:
    """A footnote: `quote` is the slice `[start:end]` of that revision's text, in code points."""
    return {
        "n": citation.n,
        **article_json(citation.article),
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
    }


def article_json(article: Article) -> Json:
    """An article and its revision; `also` are other outlets with the same text."""
    return {
        "article_id": article.id,
        "revision": article.revision,
        "title": article.title,
        "outlet": article.outlet,
        "author": article.author,
        "language": article.language,
        "partial": article.partial,
        "published_at": day_json(article),
        "url": article.url,
        "also": list(article.also),
    }


def day_json(article: Article | None) -> str | None:
    """An article's date of publication in ISO 8601."""
    return article.published.at.isoformat() if article and article.published else None


def hit_json(hit: Hit) -> Json:
    """A found passage."""
    return {
        **article_json(hit.passage.article),
        "start": hit.passage.span.start,
        "end": hit.passage.span.end,
        "text": hit.passage.text,
        "score": round(hit.score, 6),
        "similarity": None if hit.similarity is None else round(hit.similarity, 4),
    }


def outcome_json(source: str, outcome: Outcome) -> Json:
    """The result of adding a source."""
    match outcome:
        case Rejected(reason):
            return {"source": source, "result": "rejected", "reason": str(reason)}
        case Added(article, first):
            result = "added"
            copy_of = first.id if first else None
        case Revised(article, first):
            result = "revised"
            copy_of = first.id if first else None
        case Duplicate(article):
            result, copy_of = "duplicate", None
    return {"source": source, "result": result, "copy_of": copy_of, **article_json(article)}
