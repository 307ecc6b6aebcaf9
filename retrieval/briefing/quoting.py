"""A story without a language model: its best sentences, quoted as they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval.briefing.choosing import choose, disputed, to_watch
from retrieval.briefing.drafts import Draft, DraftClaim
from retrieval.briefing.told import what_it_was
from retrieval.grounding.attribution import attribution, quoted
from retrieval.grounding.figures import find_figures
from retrieval.providers.failures import ModelFailures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt
    from langchain_core.embeddings import Embeddings

    from retrieval.briefing.material import Material, Sentence
    from retrieval.briefing.told import Told
    from retrieval.models import Article

    Matrix = npt.NDArray[np.float32]

# Of one story; more would cost time and change little.
MOST_SENTENCES = 80
# A sentence this close to one that was told, without another figure, says nothing new.
_TOLD_MEANING = 0.85


async def quote_story(
    embeddings: Embeddings, material: Material, told: Told, most: int, *, more: bool
) -> Draft | None:
    """The story in at most `most` quotes that are new to this reader; None if nothing is.

    `more` adds what is disputed and what is to come.

    Raises:
        ModelError: the embedding model failed.
    """
    sentences = _read(material.sentences)
    earlier = told.of_story(material.story_id)
    quotes = [quote for claim in earlier for quote in claim.quotes[1:]]
    vectors = await _vectors(embeddings, [*(one.text for one in sentences), *quotes])
    mine, theirs = vectors[: len(sentences)], vectors[len(sentences) :]
    is_known = _known_by(sentences, told, mine, theirs, quotes)
    chosen = choose(sentences, mine, most, is_known)
    if not chosen:
        return None
    claims = tuple(
        DraftClaim(
            text=quote_of(one.sentence),
            cited=(one.sentence.citation(), *(other.citation() for other in one.others)),
            was=what_it_was(one.sentence.text, earlier),
            quotes=one.sentence.text,
        )
        for one in chosen
    )
    headline = headline_of(chosen[0].sentence.article, sentences, told)
    if not more:
        return Draft(headline, claims)
    pair = disputed(sentences, mine)
    coming = to_watch(sentences, [one.sentence for one in chosen], is_known)
    is_new = pair is not None and any(one.text not in told.known for one in pair)
    return Draft(
        headline,
        claims,
        disputed=tuple(map(as_claim, pair)) if pair and is_new else (),
        watch=(as_claim(coming),) if coming else (),
    )


def quote_of(sentence: Sentence) -> str:
    """Outlet, date and the sentence in quotation marks."""
    return f"{attribution(sentence.article)}: {quoted(sentence.text)}"


def as_claim(sentence: Sentence) -> DraftClaim:
    """A sentence that is quoted and cites itself."""
    return DraftClaim(quote_of(sentence), (sentence.citation(),), quotes=sentence.text)


def headline_of(best: Article, sentences: Sequence[Sentence], told: Told) -> str:
    """The title of the article that tells the story best, unless the reader has seen it."""
    articles = [best, *dict.fromkeys(one.article for one in sentences)]
    fresh = (one.title for one in articles if one.title not in told.headlines)
    return next(fresh, best.title)


def _known_by(
    sentences: Sequence[Sentence],
    told: Told,
    mine: Matrix,
    theirs: Matrix,
    quotes: Sequence[str],
) -> Callable[[int], bool]:
    """By words among all that was told; by meaning among what was told of this story."""
    values = [{figure.value for figure in find_figures(quote)} for quote in quotes]

    def is_known(n: int) -> bool:
        if sentences[n].text in told.known:
            return True
        if not quotes:
            return False
        alike = theirs @ mine[n]
        figures = {figure.value for figure in find_figures(sentences[n].text)}
        return any(
            likeness >= _TOLD_MEANING and figures <= known
            for likeness, known in zip(alike.tolist(), values, strict=True)
        )

    return is_known


def _read(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The first sentences of each article in turn, so that none is left unread for its place."""
    first = sorted(range(len(sentences)), key=lambda n: (sentences[n].place, n))[:MOST_SENTENCES]
    return [sentences[n] for n in sorted(first)]


async def _vectors(embeddings: Embeddings, texts: list[str]) -> Matrix:
    with ModelFailures("embedding"):
        matrix = np.asarray(await embeddings.aembed_documents(texts), dtype=np.float32)
    norms = np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    return np.asarray(matrix / norms, dtype=np.float32)
