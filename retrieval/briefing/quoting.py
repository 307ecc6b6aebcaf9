"""Tells a story without a language model: its best sentences, quoted verbatim."""

from __future__ import annotations

from collections import Counter
from math import log
from textwrap import shorten
from typing import TYPE_CHECKING

import numpy as np

from retrieval.briefing.choosing import (
    Chosen,
    centrality,
    choose,
    disputed,
    to_watch,
    worth_reading,
)
from retrieval.briefing.drafts import DraftClaim, StoryDraft, in_order
from retrieval.briefing.kinds import is_apart, is_soft
from retrieval.briefing.ledger import retells, what_it_was
from retrieval.briefing.material import bare_title, is_cut, is_no_title
from retrieval.briefing.referents import introduced_before, lacks_referent, leans
from retrieval.briefing.telling import (
    is_telling,
    quoted_share,
    says_what_became_of_how_many,
    speaks_to_reader,
)
from retrieval.grounding.citations import attributed
from retrieval.llm.server import ModelFailures
from retrieval.text.figures import figure_values
from retrieval.text.words import telling_stems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime

    import numpy.typing as npt
    from langchain_core.embeddings import Embeddings

    from retrieval.briefing.ledger import Told
    from retrieval.briefing.material import Material, StorySentence
    from retrieval.models import Article

    Matrix = npt.NDArray[np.float32]
    Vector = npt.NDArray[np.float32]

# Sentences of a story and of an article; more would take time (each is embedded) for little gain.
MOST_SENTENCES, MOST_OF_ARTICLE = 20, 8
# Claims told of a long story are compared by words, and only the newest by meaning, too.
_MOST_TOLD = 24
# Claims of other stories are compared by meaning if they share the most words with a sentence.
_NEAR, _MOST_COMPARED = 2, 64
# A title is told if this share of its words is; a sentence that tells this much more of a title is
# put first.
_TELLS, _TELLS_MORE = 0.6, 0.15
_SAYS_MOST, _HAS_TITLE = 0.6, 0.4
# Titles that are cut, explain or ask, or whose figures aren't told, are worth less.
_CUT_TITLE, _SOFT_TITLE, _OTHER_FIGURES = 0.1, 0.2, 0.1
# If this little of a feature's title is told, none of its sentences tells it.
_UNTOLD, _CENTRAL = 0.35, 0.68
# If there is no real title, the first claim's beginning is the headline.
_NO_TITLE, _LONGEST_HEADLINE = 0.5, 90
# A statement by somebody is no good beginning.
_QUOTED = 0.3


async def quote_story(  # noqa: PLR0913  one story, one reader
    embeddings: Embeddings,
    material: Material,
    told: Told,
    most: int,
    *,
    more: bool,
    today: date | None = None,
    asked_for: bool = False,
) -> StoryDraft | None:
    """The story in at most `most` quotes that are new to this reader; None if nothing is.

    `more` adds disputed accounts and outlooks beyond `today`. Unless it is `asked_for`, None
    also if no sentence of a single outlet's feature tells its title's fact.

    Raises:
        ModelError: the embedding model failed.
    """
    telling = _telling(material.sentences)
    if not telling:
        return None
    central = centrality(telling)
    kept = _worth_comparing(telling, central)
    sentences = [telling[n] for n in kept]
    earlier = told.of_story(material.story_id)
    of_this = [quote for claim in earlier for quote in claim.quotes[1:]][-_MOST_TOLD:]
    near = (text for one in sentences if not one.read for text in told.known.near(one.text, _NEAR))
    quotes = list(dict.fromkeys([*of_this, *near]))[:_MOST_COMPARED]
    titles = {one.article.revision_id: one.article.title for one in sentences}
    texts = [*(one.text for one in sentences), *quotes, *titles.values()]
    vectors = await unit_vectors(embeddings, texts)
    mine = vectors[: len(sentences)]
    is_known = _known_by(
        sentences, told, mine, vectors[len(mine) : len(mine) + len(quotes)], quotes
    )
    titled = _titled(sentences, vectors, list(titles))
    chosen = choose(sentences, mine, most, is_known, titled, central[kept])
    if not chosen:
        return None
    chosen = _with_the_titles_fact(chosen, sentences, most, is_known, titled)
    claims = tuple(
        DraftClaim.saying(
            attributed(one.sentence.text, one.sentence.article),
            cited=(one.sentence.citation(), *(other.citation() for other in one.others)),
            was=what_it_was(
                one.sentence.text, earlier, _made(one.sentence), (one.sentence.article.outlet,)
            ),
            quotes=one.sentence.text,
        )
        for one in chosen
    )
    claims = in_order(claims)
    headline = headline_of(claims, sentences, told)
    best = max(worth_reading(sentences, central[kept])[sentences.index(c.sentence)] for c in chosen)
    if not asked_for and _is_untold(headline, claims, sentences, best):
        return None
    claims = _its_fact_first(claims, headline)
    if not more:
        return StoryDraft(headline, claims)
    pair = disputed(sentences, mine)
    coming = to_watch(sentences, [one.sentence for one in chosen], is_known, today)
    stated = {one.sentence.text for one in chosen}
    # Both halves must be news, and not repeat the claims.
    is_new = (
        pair is not None
        and not any(one.text in told.known for one in pair)
        and not all(one.read for one in pair)
        and not all(one.text in stated for one in pair)
    )
    return StoryDraft(
        headline,
        claims,
        disputed=tuple(map(as_claim, pair)) if pair and is_new else (),
        watch=(as_claim(coming),) if coming else (),
    )


def _with_the_titles_fact(
    chosen: list[Chosen],
    sentences: Sequence[StorySentence],
    most: int,
    is_known: Callable[[int], bool],
    titled: Vector,
) -> list[Chosen]:
    """If the chosen sentences tell no title, put a sentence first that makes them do so."""
    titles = _titles(one.article for one in sentences if not one.read)
    rare = _rarity(sentences)

    def worth(title: str, some: Sequence[Chosen]) -> float:
        return _worth(title, titles[title], [one.sentence.text for one in some], rare)

    title = max(titles, key=lambda one: worth(one, chosen))
    now = worth(title, chosen)
    if now >= _TELLS:
        return chosen
    texts = {one.sentence.text for one in chosen}
    near = float(np.mean([titled[n] for n, one in enumerate(sentences) if one.text in texts]))
    others = [
        [Chosen(one), *(other for other in chosen if not _is_retold(other, one))][:most]
        for n, one in enumerate(sentences)
        if one.text not in texts
        and titled[n] >= near
        and not leans(one.text)
        and not one.needs
        and not lacks_referent(one.text, title)
        and not is_known(n)
    ]
    best = max(others, key=lambda some: worth(title, some), default=chosen)
    return best if worth(title, best) >= now + _TELLS_MORE else chosen


def tells_headline(headline: str, claims: Sequence[DraftClaim]) -> bool:
    """Whether claims contain most of a headline's words."""
    return _share(headline, telling_stems(" ".join(one.says for one in claims))) >= _TELLS


def is_told_by(text: str, other: str) -> bool:
    """Whether a text says most of another, without other figures."""
    known = figure_values(text) <= figure_values(other)
    return known and _share(text, telling_stems(other)) >= _SAYS_MOST


def _is_retold(chosen: Chosen, by: StorySentence) -> bool:
    """Whether a sentence that is put first says most of a chosen one."""
    titles = f"{chosen.sentence.article.title} {by.article.title}"
    if not figure_values(chosen.sentence.text) <= figure_values(by.text):
        return False
    return _share(chosen.sentence.text, telling_stems(f"{by.text} {titles}")) >= _SAYS_MOST


def _share(text: str, said: frozenset[str]) -> float:
    mine = telling_stems(text)
    return len(mine & said) / len(mine) if mine else 0.0


def as_claim(sentence: StorySentence) -> DraftClaim:
    """A quoted sentence as a claim that cites it."""
    return DraftClaim.saying(
        attributed(sentence.text, sentence.article), (sentence.citation(),), quotes=sentence.text
    )


def headline_of(
    claims: Sequence[DraftClaim], sentences: Sequence[StorySentence], told: Told
) -> str:
    """The unseen title whose words the claims tell best, so that its fact is told.

    Of equal ones, the title of the article cited first.
    """
    cited = [citation.article for one in claims for citation in one.cited]
    unread = [one.article for one in sentences if not one.read]
    titles = _titles([*cited, *unread])
    said = [one.says for one in claims]
    rare = _rarity(sentences)
    unseen = [title for title in titles if title not in told.headlines]

    def worth(title: str) -> float:
        return round(_worth(title, titles[title], said, rare), 1)

    best = max(unseen or titles, key=worth)
    if is_no_title(best):
        return shorten(claims[0].says, _LONGEST_HEADLINE, placeholder=" …")
    return best


def _titles(articles: Iterable[Article]) -> dict[str, Article]:
    """By title, the first article that has it."""
    found: dict[str, Article] = {}
    for one in articles:
        found.setdefault(bare_title(one.title, one.outlet), one)
    return found


def _rarity(sentences: Sequence[StorySentence]) -> dict[str, float]:
    """The weight of each word, 1 to 2: common words name the subject, rare ones the event."""
    counts = Counter(stem for one in sentences for stem in telling_stems(one.text))
    most = log(len(sentences) + 1)
    return {stem: 2 - log(count) / most for stem, count in counts.items()}


def _worth(title: str, article: Article, says: Sequence[str], rare: Mapping[str, float]) -> float:
    """How much of a title's fact is told, above all by the first claims.

    Less if the title has other figures, was cut, explains, or addresses the reader.
    """
    said = " ".join(says)
    mine = telling_stems(title)
    every = sum(rare.get(stem, 1.0) for stem in mine) or 1.0
    share = sum(
        rare.get(stem, 1.0) / every
        for text in (said, says[0])
        for stem in mine & telling_stems(text)
    )
    soft = is_soft(title, article.url) or speaks_to_reader(title)
    other = not _digits(title) <= figure_values(said)
    share -= 2 * _NO_TITLE * is_no_title(title)
    return share / 2 - _CUT_TITLE * is_cut(title) - _SOFT_TITLE * soft - _OTHER_FIGURES * other


def _digits(title: str) -> frozenset[float]:
    """The figures of a title in digits."""
    return figure_values(" ".join(word for word in title.split() if any(map(str.isdigit, word))))


def _is_untold(
    headline: str, claims: Sequence[DraftClaim], sentences: Sequence[StorySentence], best: float
) -> bool:
    """Whether a single outlet's feature, or a story without central sentences, misses its title."""
    unread = [one.article for one in sentences if not one.read]
    is_feature = all(is_soft(one.title, one.url) for one in unread)
    counts = any(says_what_became_of_how_many(one.says) for one in claims)
    if len({one.outlet for one in unread}) > 1 or counts or not (is_feature or best < _CENTRAL):
        return False
    article = _titles(unread).get(headline, unread[0])
    said = [one.says for one in claims]
    return _worth(headline, article, said, _rarity(sentences)) < _UNTOLD


def _its_fact_first(claims: Sequence[DraftClaim], headline: str) -> tuple[DraftClaim, ...]:
    """The claims with the event first: the claim with the most words of the headline.

    A claim isn't moved before one that it depends on, that introduces its names, or that
    supersedes it.
    """
    about = telling_stems(headline)

    def tells(claim: DraftClaim) -> tuple[bool, int]:
        others = " ".join(one.says for one in claims if one is not claim)
        name = introduced_before(claim.says, others)
        alone = (
            not leans(claim.says)
            and not lacks_referent(claim.says, headline)
            and (name is None or name in headline)
        )
        is_quoted = quoted_share(claim.says) > _QUOTED
        return alone and not is_quoted, len(telling_stems(claim.says) & about)

    first = max(claims, key=tells)
    if leans(first.says):
        return tuple(claims)
    behind = next((one for one in claims[claims.index(first) + 1 :] if leans(one.says)), None)
    moved = [first] if behind is None else [first, behind]
    return in_order([*moved, *(one for one in claims if one not in moved)])


def _titled(sentences: Sequence[StorySentence], vectors: Matrix, titles: Sequence[int]) -> Vector:
    """Each sentence's cosine to its article's title; the last `vectors` are those of `titles`."""
    first = len(vectors) - len(titles)
    rows = [first + titles.index(one.article.revision_id) for one in sentences]
    return np.asarray((vectors[: len(sentences)] * vectors[rows]).sum(axis=1), dtype=np.float32)


def _made(sentence: StorySentence) -> datetime | None:
    return sentence.article.published.at if sentence.article.published else None


def _known_by(
    sentences: Sequence[StorySentence],
    told: Told,
    mine: Matrix,
    theirs: Matrix,
    quotes: Sequence[str],
) -> Callable[[int], bool]:
    """A test whether a sentence was read before, or told in these quotes, by words or meaning."""

    def is_known(n: int) -> bool:
        if sentences[n].read or sentences[n].text in told.known:
            return True
        if not quotes:
            return False
        alike = (theirs @ mine[n]).tolist()
        return any(
            retells(sentences[n].text, quote, likeness)
            for quote, likeness in zip(quotes, alike, strict=True)
        )

    return is_known


def _telling(sentences: Sequence[StorySentence]) -> list[StorySentence]:
    """The sentences that may be quoted, or at least show what the story is about."""
    return [
        one
        for one in sentences
        if one.quotable and not is_apart(one.article) and is_telling(one.text)
    ]


def _worth_comparing(sentences: Sequence[StorySentence], central: Vector) -> list[int]:
    """The best, with a limit per article, in order; unread sentences are preferred."""
    scores = worth_reading(sentences, central)
    read: Counter[int] = Counter()
    first: list[int] = []
    for n in sorted(range(len(sentences)), key=lambda n: (sentences[n].read, -scores[n], n)):
        read[sentences[n].article.revision_id] += 1
        if read[sentences[n].article.revision_id] <= MOST_OF_ARTICLE:
            first.append(n)
    best = {*first[:MOST_SENTENCES], *_telling_titles(sentences)}
    # a sentence that it depends on is compared, too
    before = {(sentences[n].article.revision_id, sentences[n].place - 1) for n in best}
    return [
        n
        for n, one in enumerate(sentences)
        if n in best or (one.article.revision_id, one.place) in before
    ]


def _telling_titles(sentences: Sequence[StorySentence]) -> list[int]:
    """For each unread article, the sentence with the most words of its title, if it has many."""
    shares = [_share(one.article.title, telling_stems(one.text)) for one in sentences]
    best: dict[int, int] = {}
    for n in sorted(range(len(sentences)), key=lambda n: -shares[n]):
        if shares[n] >= _HAS_TITLE and not sentences[n].read:
            best.setdefault(sentences[n].article.revision_id, n)
    return list(best.values())


async def unit_vectors(embeddings: Embeddings, texts: list[str]) -> Matrix:
    """A unit vector for each text.

    Raises:
        ModelError: the embedding model failed.
    """
    with ModelFailures("embedding"):
        matrix = np.asarray(await embeddings.aembed_documents(texts), dtype=np.float32)
    norms = np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    return np.asarray(matrix / norms, dtype=np.float32)
