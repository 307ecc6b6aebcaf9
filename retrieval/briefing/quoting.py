"""A story without a language model: its best sentences, quoted as they stand."""

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

# Of one story, and of one article; more would cost time (each is embedded) and change little.
MOST_SENTENCES, MOST_OF_ARTICLE = 20, 8
# What was told of a story that goes on for months is compared in words; the newest in meaning too.
_MOST_TOLD = 24
# Of other stories, those are compared in meaning that share most words with a sentence.
_NEAR, _MOST_COMPARED = 2, 64
# A title is told where so many of its words are said; a sentence is put first for its sake where it
# tells so much more of one.
_TELLS, _TELLS_MORE = 0.6, 0.15
_SAYS_MOST, _HAS_TITLE = 0.6, 0.4
# A title that its source cut, that explains or asks, or whose figures are not told, is worth less.
_CUT_TITLE, _SOFT_TITLE, _OTHER_FIGURES = 0.1, 0.2, 0.1
# A feature whose title is told so little is told by none of its sentences.
_UNTOLD, _CENTRAL = 0.35, 0.68
# What stands for a title may be no title; then the first claim's beginning is the headline.
_NO_TITLE, _LONGEST_HEADLINE = 0.5, 90
# What somebody says is no beginning.
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

    `more` adds what is disputed and what is to come after `today`. Unless it is `asked_for`, none
    either where no sentence of one outlet's feature tells its title's fact.

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
    # Both halves are news, and not just the claims again.
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
    """With the sentence first that makes the chosen ones tell a title, where they tell none."""
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
    """Whether claims say most of a headline's words."""
    return _share(headline, telling_stems(" ".join(one.says for one in claims))) >= _TELLS


def is_told_by(text: str, other: str) -> bool:
    """Whether a text says most of what another says, and no other figure."""
    known = figure_values(text) <= figure_values(other)
    return known and _share(text, telling_stems(other)) >= _SAYS_MOST


def _is_retold(chosen: Chosen, by: StorySentence) -> bool:
    """Whether a sentence that is put first says most of what was chosen."""
    titles = f"{chosen.sentence.article.title} {by.article.title}"
    if not figure_values(chosen.sentence.text) <= figure_values(by.text):
        return False
    return _share(chosen.sentence.text, telling_stems(f"{by.text} {titles}")) >= _SAYS_MOST


def _share(text: str, said: frozenset[str]) -> float:
    mine = telling_stems(text)
    return len(mine & said) / len(mine) if mine else 0.0


def as_claim(sentence: StorySentence) -> DraftClaim:
    """A sentence that is quoted and cites itself."""
    return DraftClaim.saying(
        attributed(sentence.text, sentence.article), (sentence.citation(),), quotes=sentence.text
    )


def headline_of(
    claims: Sequence[DraftClaim], sentences: Sequence[StorySentence], told: Told
) -> str:
    """The title whose words the claims tell best, so that its fact is told; none seen before.

    Of equal ones that of the article that is cited first.
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
    """The titles of articles, each with the first that has it."""
    found: dict[str, Article] = {}
    for one in articles:
        found.setdefault(bare_title(one.title, one.outlet), one)
    return found


def _rarity(sentences: Sequence[StorySentence]) -> dict[str, float]:
    """What each word of a story counts, 1 to 2: all say whom it is about, few what they did."""
    counts = Counter(stem for one in sentences for stem in telling_stems(one.text))
    most = log(len(sentences) + 1)
    return {stem: 2 - log(count) / most for stem, count in counts.items()}


def _worth(title: str, article: Article, says: Sequence[str], rare: Mapping[str, float]) -> float:
    """How much of a title's fact is said, first of all by what is told first.

    Less where it gives other figures, was cut, explains, or speaks to the reader.
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
    """The figures of a title that are written in digits."""
    return figure_values(" ".join(word for word in title.split() if any(map(str.isdigit, word))))


def _is_untold(
    headline: str, claims: Sequence[DraftClaim], sentences: Sequence[StorySentence], best: float
) -> bool:
    """Whether one outlet's feature, or what has no central sentence, tells not its title."""
    unread = [one.article for one in sentences if not one.read]
    is_feature = all(is_soft(one.title, one.url) for one in unread)
    counts = any(says_what_became_of_how_many(one.says) for one in claims)
    if len({one.outlet for one in unread}) > 1 or counts or not (is_feature or best < _CENTRAL):
        return False
    article = _titles(unread).get(headline, unread[0])
    said = [one.says for one in claims]
    return _worth(headline, article, said, _rarity(sentences)) < _UNTOLD


def _its_fact_first(claims: Sequence[DraftClaim], headline: str) -> tuple[DraftClaim, ...]:
    """What happened comes first: the claim with most of the headline's words.

    None is moved from behind one that it leans on, that introduces whom it names, or that
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
    """How close each sentence is to its article's title; those of `titles` are the last vectors."""
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
    """Read before; or told, by words or by meaning, in these quotes."""

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
    """What may be quoted, or says at least what the story is about."""
    return [
        one
        for one in sentences
        if one.quotable and not is_apart(one.article) and is_telling(one.text)
    ]


def _worth_comparing(sentences: Sequence[StorySentence], central: Vector) -> list[int]:
    """The best, so many of one article at most, in their order; what was not read goes first."""
    scores = worth_reading(sentences, central)
    read: Counter[int] = Counter()
    first: list[int] = []
    for n in sorted(range(len(sentences)), key=lambda n: (sentences[n].read, -scores[n], n)):
        read[sentences[n].article.revision_id] += 1
        if read[sentences[n].article.revision_id] <= MOST_OF_ARTICLE:
            first.append(n)
    best = {*first[:MOST_SENTENCES], *_telling_titles(sentences)}
    # what a sentence leans on is compared with it
    before = {(sentences[n].article.revision_id, sentences[n].place - 1) for n in best}
    return [
        n
        for n, one in enumerate(sentences)
        if n in best or (one.article.revision_id, one.place) in before
    ]


def _telling_titles(sentences: Sequence[StorySentence]) -> list[int]:
    """Of each unread article, the sentence that has most of its title's words, if it has many."""
    shares = [_share(one.article.title, telling_stems(one.text)) for one in sentences]
    best: dict[int, int] = {}
    for n in sorted(range(len(sentences)), key=lambda n: -shares[n]):
        if shares[n] >= _HAS_TITLE and not sentences[n].read:
            best.setdefault(sentences[n].article.revision_id, n)
    return list(best.values())


async def unit_vectors(embeddings: Embeddings, texts: list[str]) -> Matrix:
    """One vector of unit length a text.

    Raises:
        ModelError: the embedding model failed.
    """
    with ModelFailures("embedding"):
        matrix = np.asarray(await embeddings.aembed_documents(texts), dtype=np.float32)
    norms = np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    return np.asarray(matrix / norms, dtype=np.float32)
