"""From a question to passages: plan, search by meaning and by words, rank."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from retrieval.concurrency import all_of, both
from retrieval.index.chroma import Filter
from retrieval.llm.server import ModelFailures
from retrieval.models import Hit
from retrieval.packaged import known_words
from retrieval.search.dates import DateWindow, find_dates
from retrieval.search.query import Plan, gathered, make_plan, plans_of
from retrieval.search.ranking import (
    MOST_READ,
    Preference,
    RankedPassage,
    SearchConfig,
    diverse,
    scores,
    signals_of,
    spread,
    told_once,
    with_copies,
)
from retrieval.search.reranking import CANDIDATES
from retrieval.search.spelling import (
    Typed,
    acronyms_in,
    best_written,
    corrected,
    is_archives_own_error,
    nearest,
    slip,
    suspects,
)
from retrieval.text.words import language_of, stemmed, stems, words
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from langchain_core.embeddings import Embeddings

    from retrieval.archive import Archive
    from retrieval.models import Article, Passage
    from retrieval.search.reranking import Reranker
    from retrieval.storage import Family


# How deep each ranking is read before the other signals reorder it.
DEPTH = 200
MOST_PER_ARTICLE = 3
# How many passages are read for each that is shown.
_READ_MORE = 4
_ASKED_FOR = 10
# The factor if most of them may be left out.
_MORE = 6
_DEPTH_OF_A_WISH = 40
_LONG_AGO, _NEVER = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
MAX_QUESTION = 2_000
# A question with more unknown words is in another language.
_MOST_CORRECTED = 6


class Searcher:
    """Hybrid search over the archive."""

    def __init__(
        self,
        archive: Archive,
        embeddings: Embeddings,
        tuning: SearchConfig | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self._archive = archive
        self.embeddings = embeddings
        self._tuning = tuning or SearchConfig()
        self._reranker = reranker

    async def search(
        self,
        question: str,
        k: int = 8,
        now: datetime | None = None,
        zone: tzinfo = UTC,
        *,
        independent: bool = False,
    ) -> list[Hit]:
        """The `k` best passages, best first; none for a question without words.

        Args:
            question: the reader's question.
            k: the number of passages.
            now: the time of the question, for "this week" and freshness.
            zone: the reader's time zone, for days.
            independent: leave out copies of better passages.

        Raises:
            ArchiveError, ModelError: the search failed; that is never an empty result.
        """
        question = clean_question(question)
        if not words(question):
            return []
        plan = await self.plan(question, now, zone)
        return await self.follow(plan, k, independent=independent)

    async def among(self, question: str, article_ids: Iterable[int], k: int) -> list[Hit]:
        """The `k` best passages of these articles only."""
        hits = await search_among(self._archive, self.embeddings, question, article_ids)
        families = await self._archive.articles.families({one.passage.article.id for one in hits})
        return await self._with_copies(told_once(hits, families, Preference())[:k], families)

    async def within(self, question: str, only: Filter, k: int, now: datetime) -> list[Hit]:
        """The `k` best passages that pass a filter."""
        window = DateWindow(only.start or _LONG_AGO, only.end or _NEVER, "", only.end or _NEVER)
        is_timed = only.start is not None or only.end is not None
        plan = replace(
            await self.plan(question, now),
            window=window if is_timed else None,
            outlets=only.outlets,
        )
        hits = await self._follow(plan, _MORE * k, independent=True)
        return [hit for hit in hits if _fits(hit.passage.article, only)][:k]

    async def news(self, window: DateWindow | None, now: datetime, k: int) -> list[Hit]:
        """The first passages of the newest articles before `now`, or of a window, newest first.

        Copies are folded; articles dated only by today's day count as past.
        """
        start, end = (window.start, window.end) if window else (None, now + timedelta(seconds=1))
        # An article with a bare day is dated midnight UTC, wherever the reader is.
        edge = timedelta(hours=12) if window else timedelta()
        start = start - edge if start else None
        passages = await self._archive.articles.newest_leads(start, end, k)
        if window is not None:
            passages = [one for one in passages if window.holds(one.article.published)]
        families = await self._archive.articles.families({one.article.id for one in passages})
        hits = [Hit(passage, 1.0) for passage in passages]
        return await self._with_copies(told_once(hits, families, Preference()), families)

    async def with_leads(self, hits: Sequence[Hit]) -> list[Hit]:
        """The hits, each preceded by its article's first passage, if that is another one."""
        names = {f"{one.passage.article.revision_id}:0" for one in hits}
        known = {one.passage.id for one in hits}
        leads = await self._archive.articles.passages(names - known)
        found: list[Hit] = []
        for hit in hits:
            lead = leads.pop(f"{hit.passage.article.revision_id}:0", None)
            found += [replace(hit, passage=lead), hit] if lead else [hit]
        return found

    async def has_nothing(self) -> bool:
        """Whether the archive is empty."""
        return not (await self._archive.catalogue.summary()).articles

    async def correct(self, question: str) -> str:
        """The question with typing errors corrected by the archive's words."""
        with span("spelling"):
            dates = find_dates(question, datetime.now(UTC))
            if language_of(question) == "de":
                return question  # nearly English is not English
            written_out = await self._written_out(question)
            typed = [
                one
                for one in suspects(question, known_words().__contains__, [d.span for d in dates])
                if one not in written_out
            ]
            lacking = set(
                await self._archive.vocabulary.lacks([one.stem for one in typed if one.stem])
            )
            changes = written_out
            for one in typed[:_MOST_CORRECTED]:
                meant = await self._meant(one, is_there=one.stem not in lacking)
                if meant is not None:
                    changes[one] = meant
            return corrected(question, changes)

    async def _written_out(self, question: str) -> dict[Typed, str]:
        """Acronyms that the archive lacks, with the full names that it has."""
        return {
            one: name
            for one, name in acronyms_in(question).items()
            if await self._archive.vocabulary.lacks([one.stem, stemmed(name)]) == [one.stem]
        }

    async def _meant(self, typed: Typed, *, is_there: bool) -> str | None:
        """The intended word; None if none is close enough. `is_there`: the archive has `typed`."""
        is_name = typed.start > 0 and typed.text[0].isupper()
        if not (is_name or is_there) and (question_word := slip(typed.text)) is not None:
            return question_word
        known = await self._archive.vocabulary.beginning(typed.stem[0])
        likely = nearest(typed, known)
        if is_there:
            likely = [one for one in likely[:1] if is_archives_own_error(typed, one, known)]
            if likely and any(map(str.istitle, await self._archive.vocabulary.written(typed.stem))):
                return None
        written = [word for one in likely for word in await self._archive.vocabulary.written(one)]
        return best_written(typed.text, written)

    async def plan(
        self,
        question: str,
        now: datetime | None = None,
        zone: tzinfo = UTC,
        *,
        month_first: bool = False,
    ) -> Plan:
        """The plan of `search` for a question; see `make_plan`."""
        with span("plan"):
            outlets = await self._archive.catalogue.outlets()
            asked, now = clean_question(question), now or datetime.now(UTC)
            return make_plan(asked, now, outlets, zone, month_first=month_first)

    async def follow(self, plan: Plan, k: int, *, independent: bool = False) -> list[Hit]:
        """Carry out a plan; `independent` hits are not copies of each other.

        Each part of a question with several parts is searched for separately (`plans_of`).
        """
        plans = plans_of(plan)
        if len(plans) == 1:
            return await self._follow(plan, k, independent=independent)
        depth = max(k, _DEPTH_OF_A_WISH)
        found = await all_of([self._follow(one, depth, independent=independent) for one in plans])
        return gathered(plans, found)[:k]

    async def _follow(self, plan: Plan, k: int, *, independent: bool) -> list[Hit]:
        if self._reranker is None:
            return await self._found(plan, k, independent=independent)
        more = await self._found(plan, max(k, CANDIDATES), independent=independent)
        return (await self._reranker.rerank(plan, more))[:k]

    async def _found(self, plan: Plan, k: int, *, independent: bool) -> list[Hit]:
        depth = max(DEPTH, 4 * k)
        (vector, by_meaning), by_words = await both(
            self._by_meaning(plan, depth),
            self._by_words(plan, depth),
        )
        only_words = [name for name in by_words if name not in by_meaning]
        more, candidates = await both(
            self._archive.vectors.similarities(only_words, vector),
            self._candidates(by_meaning | by_words),
        )
        likeness = by_meaning | more
        with span("ranking", candidates=len(candidates)):
            signals = signals_of(plan, candidates, by_words, likeness, self._tuning)
            score = scores(candidates, signals, self._tuning.weights)
            ranked = sorted(score, key=lambda name: (-score[name], name))
        ranks = _ranks(by_meaning), _ranks(by_words)
        passages: dict[str, Passage] = {}
        # Only texts that may be shown are read; if too few remain, more, and finally all.
        likely = ranked[: _READ_MORE * k]
        article_of = {one.id: one.article.id for one in candidates}
        families = await self._archive.articles.families({article_of[name] for name in likely})
        first = likely if independent else _first(likely, k, article_of, families)
        prefer = _preference(plan)
        for names in (first, likely, ranked):
            if len(names) > len(likely):
                families = await self._archive.articles.families(set(article_of.values()))
            passages |= await self._archive.articles.passages(
                [name for name in names if name not in passages]
            )
            hits = [
                Hit(
                    passage=passages[name],
                    score=score[name],
                    similarity=likeness.get(name),
                    vector_rank=ranks[0].get(name),
                    keyword_rank=ranks[1].get(name),
                )
                for name in names
                if name in passages
            ]
            once = told_once(hits, families, prefer)
            chosen = diverse(once, k, MOST_PER_ARTICLE, fold_copies=independent)
            if len(chosen) == k:
                break
        return await self._with_copies(chosen, families)

    async def _with_copies(self, hits: Sequence[Hit], families: Mapping[int, Family]) -> list[Hit]:
        """The hits with the other outlets that print them."""
        mine = [families.get(one.passage.article.id) for one in hits]
        members = {one for family in mine if family for one in family.members[:MOST_READ]}
        if not members:
            return list(hits)
        texts = await self._archive.articles.newest(members)
        return await asyncio.to_thread(
            lambda: [
                with_copies(hit, family, texts) if family else hit
                for hit, family in zip(hits, mine, strict=True)
            ]
        )

    async def _candidates(self, names: Iterable[str]) -> list[RankedPassage]:
        """The candidates that are still current."""
        places = [(name, *name.split(":")) for name in names]
        articles = await self._archive.articles.current(
            {int(revision) for _, revision, _ in places}
        )
        return [
            RankedPassage(name, int(ordinal), articles[int(revision)])
            for name, revision, ordinal in places
            if int(revision) in articles
        ]

    async def _by_words(self, plan: Plan, depth: int) -> dict[str, float]:
        terms = plan.terms or tuple(words(plan.question))
        with span("keyword") as one:
            found = dict(await self._archive.keywords.search(terms, depth))
            one.note(hits=len(found))
        return found

    async def _by_meaning(self, plan: Plan, depth: int) -> tuple[list[float], dict[str, float]]:
        """The question's vector, and the nearest passages: of all, and of those asked for."""
        with span("embed"), ModelFailures("embedding"):
            vector = await self.embeddings.aembed_query(plan.question)
        window = plan.window
        asked_for = Filter(
            start=window.start if window else None,
            end=window.until if window else None,
            outlets=plan.outlets,
        )
        searches = [self._archive.vectors.search(vector, depth)]
        if asked_for:
            # Enough to miss nothing; distant ones would only flatten the scale.
            searches.append(self._archive.vectors.search(vector, _ASKED_FOR, asked_for))
        with span("vector") as one:
            found = {name: cosine for hits in await all_of(searches) for name, cosine in hits}
            one.note(hits=len(found))
        return vector, dict(sorted(found.items(), key=lambda hit: -hit[1]))


def _first(
    names: Sequence[str], k: int, article_of: Mapping[str, int], families: Mapping[int, Family]
) -> list[str]:
    """Enough candidates for `k`: all of families, since some will be folded, and enough others."""
    related = {name for name in names if article_of[name] in families}
    others = [name for name in names if name not in related]
    enough = related.union(spread(others, k, MOST_PER_ARTICLE, article_of.__getitem__))
    return [name for name in names if name in enough]


def _preference(plan: Plan) -> Preference:
    """Prefer copies from the outlets and days that the question names."""
    window = plan.window
    if window is None:
        return Preference(frozenset(plan.outlets))
    return Preference(
        frozenset(plan.outlets),
        lambda one: window.holds(one.published),
    )


def clean_question(question: str) -> str:
    """One line without control characters and lone surrogates, at most `MAX_QUESTION` long."""
    text = question.encode("utf-8", "ignore").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MAX_QUESTION]


def _fits(article: Article, only: Filter) -> bool:
    if only.outlets and article.outlet not in only.outlets:
        return False
    if only.start is None and only.end is None:
        return True
    at = article.published.at if article.published else None
    return at is not None and (only.start or at) <= at < (only.end or _NEVER)


def _ranks(ranking: Mapping[str, float]) -> dict[str, int]:
    """Ranks from 1 in an ordered ranking."""
    return {name: rank for rank, name in enumerate(ranking, start=1)}


_WORDS, _MEANING = 0.5, 0.5


async def search_among(
    archive: Archive, embeddings: Embeddings, question: str, article_ids: Iterable[int]
) -> list[Hit]:
    """The passages of these articles, best for the question first.

    Raises:
        ArchiveError, ModelError: the search failed.
    """
    passages = {one.id: one for one in await archive.articles.passages_of(article_ids)}
    with ModelFailures("embedding"):
        vector = await embeddings.aembed_query(question)
    likeness = await archive.vectors.similarities(list(passages), vector)
    asked = stems(question)
    hits = []
    for name, passage in passages.items():
        said = stems(f"{passage.article.title}\n{passage.text}")
        words = len(asked & said) / len(asked) if asked else 0.0
        score = _WORDS * words + _MEANING * likeness.get(name, 0.0)
        hits.append(Hit(passage, score, likeness.get(name)))
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))
