"""`make eval`: would an editor send it? Sentences against journalists' timelines, ranking, repeats.

Timeline17 has timelines that journalists wrote, as one text each: every sentence of one is given to
the date, in their order, whose articles have most of its words (`aligned`), the same for all
systems. A day's first three sentences are compared with the journalists' by ROUGE. Whatever was
chosen on these data was chosen on egypt and libya. Ranking is measured against what nobody can
know in the morning: how many articles tell a story on the three days after.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import re
import shutil
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from math import log, log2
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import Stemmer
from rich.console import Console

from benchmarks.places import CACHE, SHARED
from retrieval.briefing import BriefingOptions, SelectionWeights, choosing
from retrieval.briefing.gathering import gather
from retrieval.briefing.ledger import Told
from retrieval.briefing.material import Material, StorySentence
from retrieval.briefing.quoting import quote_story
from retrieval.briefing.referents import leans
from retrieval.briefing.selection import Request, of_interest, rank, signals_of
from retrieval.library import Library, open_library
from retrieval.llm.embeddings import open_embedding_model
from retrieval.models import Article, BriefingWindow, Length, Passage, Precision, Published
from retrieval.settings import LibrarySettings
from retrieval.text.figures import figure_values
from retrieval.text.outlets import host_of, registered_label
from retrieval.text.sentences import SPLITTER_VERSION, split, split_sentences
from retrieval.text.words import stems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy.typing as npt
    from langchain_core.embeddings import Embeddings

    from retrieval.models import Briefing, Citation, Story

CHOSEN_ON = ("egypt", "libya")
MOST = 3
FIRST, DAYS = datetime(2022, 9, 14, 7, 30, tzinfo=UTC), 10
TOPICS = ("Ukraine", "hurricane")
SAME_MEANING = 0.8
# Of fewer articles no story is put together.
ARTICLES = 2
# The signs of a sentence, each left out in turn; and the days and depth on which ranking is judged.
SIGNS = (
    "_CENTRAL",
    "_LEAD",
    "_FIGURE",
    "_LENGTH",
    "_TITLE",
    "_TITLE_WORDS",
    "_NAMELESS",
    "_RELATED",
)
RANKED_DAYS, AFTER, DEPTH = 40, timedelta(days=3), 6
# So much of a headline has to stand in the claims.
_COVERED = 0.5
_RESAMPLES = 1_000
_WORD = re.compile(r"[a-z0-9]+")
# Sentences of a timeline follow each other without a space.
_JOINED = re.compile(r"(?<=[a-z0-9\"”)][.!?])(?=[A-Z\"“])|(?<=[a-z])(?=[A-Z][a-z]+ [a-z]+ )")
_TITLE_WORDS = 12


@dataclass(frozen=True, slots=True)
class NewsDay:
    """A day of a topic: what was published, and what journalists later wrote of it."""

    topic: str
    day: str
    material: Material
    reference: str

    @property
    def sentences(self) -> tuple[StorySentence, ...]:
        """All that was published."""
        return self.material.sentences


def load_days() -> list[NewsDay]:
    """The days of Timeline17 for which there are articles and a timeline's sentence."""
    by_day: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for line in gzip.decompress((SHARED / "t17" / "articles.jsonl.gz").read_bytes()).splitlines():
        row = json.loads(line)
        by_day[row["topic"], row["published_at"][:10]].append(row)
    lines = (SHARED / "t17" / "timelines.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        NewsDay(topic, day, as_material(by_day[topic, day]), reference)
        for topic, day, reference in _references(map(json.loads, lines), by_day)
    ]


def _references(
    timelines: Iterable[dict[str, Any]], by_day: Mapping[tuple[str, str], list[dict[str, str]]]
) -> Iterator[tuple[str, str, str]]:
    for timeline in timelines:
        topic = timeline["topic"]
        words = {
            day: stems(" ".join(row["text"] for row in by_day.get((topic, day), ())))
            for day in timeline["dates"]
        }
        for day, text in aligned(timeline["timeline"], timeline["dates"], words).items():
            if len(by_day.get((topic, day), ())) >= ARTICLES:
                yield topic, day, text


def aligned(
    timeline: str, dates: Sequence[str], words: Mapping[str, frozenset[str]]
) -> dict[str, str]:
    """A timeline's sentences by date, in order, so that the dates' articles have most words.

    By dynamic programming; a date may get none.
    """
    parts = [
        part.strip()
        for sentence in split_sentences(timeline)
        for part in _JOINED.split(sentence.of(timeline))
        if part.strip()
    ]
    every = Counter(stem for day in dates for stem in words[day])
    mine = [stems(part) for part in parts]

    def likeness(part: int, day: str) -> float:
        rare = {stem: log(1 + len(dates) / every[stem]) for stem in mine[part] if every[stem]}
        total = sum(rare.values())
        return sum(rare[stem] for stem in rare if stem in words[day]) / total if total else 0.0

    # best[r, c]: the first r sentences are given out, the last of them to date c
    count, days = len(parts), len(dates)
    best = np.zeros((count + 1, days))
    came_from = np.zeros((count + 1, days), dtype=int)
    for row in range(1, count + 1):
        so_far = 0
        for column in range(days):
            if best[row - 1, column] > best[row - 1, so_far]:
                so_far = column
            came_from[row, column] = so_far
            best[row, column] = best[row - 1, so_far] + likeness(row - 1, dates[column])
    found: dict[str, list[str]] = defaultdict(list)
    column = int(best[count].argmax())
    for row in range(count, 0, -1):
        found[dates[column]].insert(0, parts[row - 1])
        column = int(came_from[row, column])
    return {day: " ".join(texts) for day, texts in found.items()}


def as_material(rows: Sequence[Mapping[str, str]]) -> Material:
    """Articles, as rows of a file, as the material of one story."""
    return Material.of(1, [one for n, row in enumerate(rows, 1) for one in _passages(n, row)])


def _passages(number: int, row: Mapping[str, str]) -> list[Passage]:
    title = row["title"] or " ".join(row["text"].split()[:_TITLE_WORDS])
    at = datetime.fromisoformat(row["published_at"]).replace(tzinfo=UTC)
    published = Published(at, Precision.DAY)
    article = Article(number, number, 1, title, f"Outlet {number}", None, None, published, "en")
    return [
        Passage(f"{number}:{n}", article, n, one.span, one.span.of(row["text"]), one.sentences)
        for n, one in enumerate(split(row["text"]))
    ]


@lru_cache(maxsize=100_000)
def _stemmed(word: str) -> str:
    return str(Stemmer.Stemmer("porter").stemWord(word))


def rouge(text: str, reference: str, n: int) -> float:
    """ROUGE-n F1 of stemmed words."""
    return _f1(_grams(text, n), _grams(reference, n))


def _f1(mine: Counter[tuple[str, ...]], theirs: Counter[tuple[str, ...]]) -> float:
    total = mine.total() + theirs.total()
    return 2 * (mine & theirs).total() / total if total else 0.0


def _grams(text: str, n: int) -> Counter[tuple[str, ...]]:
    words = [_stemmed(one) for one in _WORD.findall(text.casefold())]
    return Counter(zip(*(words[at:] for at in range(n)), strict=False))


def by_lead(sentences: Sequence[StorySentence]) -> list[str]:
    """The first sentence of each article, in their order."""
    firsts = [one.text for one in sentences if one.place == 0]
    seconds = [one.text for one in sentences if one.place == 1]
    return (firsts + seconds)[:MOST]


def at_random(sentences: Sequence[StorySentence]) -> list[str]:
    """Any sentences."""
    texts = [one.text for one in sentences]
    return random.Random(1).sample(texts, min(MOST, len(texts)))  # noqa: S311


def by_lexrank(sentences: Sequence[StorySentence]) -> list[str]:
    """LexRank (Erkan & Radev 2004) over the day's sentences, continuous, damped by .15."""
    kept = [one.text for one in sentences if len(_WORD.findall(one.text)) > 4]
    if len(kept) <= MOST:
        return kept
    vectors = _tfidf(kept)
    alike = vectors @ vectors.T
    steps = alike / np.maximum(alike.sum(axis=1, keepdims=True), 1e-9)
    rank = np.full(len(kept), 1 / len(kept))
    for _ in range(20):
        rank = 0.15 / len(kept) + 0.85 * steps.T @ rank
    chosen: list[int] = []
    for n in np.argsort(-rank):
        if all(alike[n, one] < 0.5 for one in chosen):
            chosen.append(int(n))
        if len(chosen) == MOST:
            break
    return [kept[n] for n in chosen]


def _tfidf(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    counts = [Counter(_stemmed(word) for word in _WORD.findall(text.casefold())) for text in texts]
    documents = Counter(word for one in counts for word in one)
    numbers = {word: n for n, word in enumerate(documents)}
    matrix = np.zeros((len(texts), len(numbers)), dtype=np.float32)
    for row, one in enumerate(counts):
        for word, count in one.items():
            matrix[row, numbers[word]] = count * log(len(texts) / documents[word] + 1e-9)
    length = np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    return np.asarray(matrix / length, dtype=np.float32)


def oracle(day: NewsDay) -> list[str]:
    """Greedily, the sentences that are most like what the journalists wrote."""
    theirs = _grams(day.reference, 2)
    grams = {one.text: _grams(one.text, 2) for one in day.sentences}
    hopeful = {text: mine for text, mine in grams.items() if (mine & theirs).total()}
    chosen: list[str] = []
    so_far = Counter[tuple[str, ...]]()
    while hopeful and len(chosen) < MOST:
        best = max(hopeful, key=lambda text: _f1(so_far + hopeful[text], theirs))
        so_far += hopeful.pop(best)
        chosen.append(best)
    return chosen


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Of the mean, 95 % by bootstrap over days."""
    rng = np.random.default_rng(1)
    drawn = rng.choice(np.asarray(values), (_RESAMPLES, len(values))).mean(axis=1)
    return float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))


def retold_by(texts: Sequence[Sequence[str]], reference: Sequence[NewsDay]) -> list[list[float]]:
    """ROUGE-1 and ROUGE-2 of each day."""
    return [
        [rouge(" ".join(told), day.reference, n) for n in (1, 2)]
        for told, day in zip(texts, reference, strict=True)
    ]


async def ours(days: Sequence[NewsDay], embeddings: Embeddings) -> list[list[str]]:
    """What quote mode tells somebody who was told nothing."""
    found = []
    for day in days:
        draft = await quote_story(embeddings, day.material, Told(), MOST, more=False)
        claims = draft.claims if draft else ()
        found.append([claim.quotes or claim.text for claim in claims])
    return found


async def timelines(embeddings: Embeddings) -> list[str]:
    """The table of Timeline17, and by how much ours is better, with intervals."""
    days = load_days()
    told = {
        "lead": [by_lead(day.sentences) for day in days],
        "random": [at_random(day.sentences) for day in days],
        "LexRank": [by_lexrank(day.sentences) for day in days],
        "ours": await ours(days, embeddings),
        "best possible (greedy)": [oracle(day) for day in days],
    }
    scores = {name: np.array(retold_by(texts, days)) for name, texts in told.items()}
    chosen_on = np.array([day.topic in CHOSEN_ON for day in days])
    lines = [
        (
            f"| {MOST} sentences | ROUGE-1, {' and '.join(CHOSEN_ON)}, {chosen_on.sum()} dates "
            f"| ROUGE-2 "
            f"| ROUGE-1, six others, {(~chosen_on).sum()} dates | ROUGE-2 |"
        ),
        "|---|---|---|---|---|",
    ]
    for name, found in scores.items():
        shown = [found[at].mean(axis=0) for at in (chosen_on, ~chosen_on)]
        lines.append("| " + " | ".join([name, *(f"{v:.3f}" for one in shown for v in one)]) + " |")
    for other in ("lead", "LexRank"):
        for n in (1, 2):
            better = (scores["ours"] - scores[other])[~chosen_on, n - 1]
            low, high = interval(better)
            lines.append(
                f"\nOurs over {other}, ROUGE-{n} on the six others: {better.mean():+.3f} "
                f"[{low:+.3f}, {high:+.3f}]"
            )
    return lines


class Remembering:
    """An embedding model that is asked once for each text."""

    def __init__(self, model: Embeddings) -> None:
        self._model = model
        self._known: dict[str, list[float]] = {}

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """As LangChain's."""
        new = [one for one in dict.fromkeys(texts) if one not in self._known]
        if new:
            self._known |= zip(new, await self._model.aembed_documents(new), strict=True)
        return [self._known[one] for one in texts]


async def choosing_ablation(days: Sequence[NewsDay], embeddings: Embeddings) -> list[str]:
    """ROUGE of quote mode without each sign of a sentence."""
    chosen_on = np.array([day.topic in CHOSEN_ON for day in days])
    lines = [
        "| without | ROUGE-1, chosen on | ROUGE-2 | ROUGE-1, six others | ROUGE-2 |",
        "|---" * 5 + "|",
    ]
    for sign in ("", *SIGNS):
        weight = getattr(choosing, sign) if sign else 0.0
        try:
            if sign:
                setattr(choosing, sign, 0.0)
            found = np.array(retold_by(await ours(days, embeddings), days))
        finally:
            if sign:
                setattr(choosing, sign, weight)
        means = [found[at].mean(axis=0) for at in (chosen_on, ~chosen_on)]
        name = sign.strip("_").lower().replace("_", " ") or "nothing"
        lines.append(f"| {name} | " + " | ".join(f"{v:.3f}" for one in means for v in one) + " |")
    return lines


async def ranking_ablation(library: Library) -> list[str]:
    """How well the order of a morning foretells what is told of its stories, without each signal.

    nDCG of the first six; a story gains the logarithm of its articles of the three days after.
    """
    variants = {"nothing": SelectionWeights()}
    for one in fields(SelectionWeights):
        if one.name not in {"topics", "asked", "followed", "novelty"}:  # nobody reads here
            variants[one.name] = replace(SelectionWeights(), **{one.name: 0.0})
    only = {one.name: 0.0 for one in fields(SelectionWeights)}
    variants["all but recency"] = SelectionWeights(**(only | {"recency": 1.0}))
    scores: dict[str, list[float]] = defaultdict(list)
    for day in range(RANKED_DAYS):
        end = FIRST + timedelta(days=day)
        window = BriefingWindow(end - timedelta(days=1), end)
        await library.stories.catch_up(end + AFTER)
        gathered = await gather(library.archive, window)
        request = Request(window, end)
        stories = of_interest(gathered, request, Told(), {})
        later = await library.archive.stories.between(end, end + AFTER)
        gains = {one: log2(1 + len(later.get(one, ()))) for one in stories}
        if not any(gains.values()) or len(stories) < DEPTH:
            continue
        signals = signals_of(stories, gathered, request, Told(), {})
        best = _dcg(sorted(gains.values(), reverse=True))
        for name, weights in variants.items():
            order = [gains[one.story_id] for one in rank(signals, end, weights)]
            scores[name].append(_dcg(order) / best)
    return [
        f"| without | nDCG@{DEPTH}, {len(scores['nothing'])} mornings |",
        "|---|---|",
        *(f"| {name} | {np.mean(found):.3f} |" for name, found in scores.items()),
    ]


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / log2(2 + place) for place, gain in enumerate(gains[:DEPTH]))


@dataclass
class Month:
    """What a reader of many overlapping briefings was given."""

    claims: int = 0
    updates: int = 0
    left_over: int = 0
    was: list[str] = field(default_factory=list)
    headlines: int = 0
    untold: list[str] = field(default_factory=list)
    dangling: list[str] = field(default_factory=list)
    repeats: list[tuple[str, str]] = field(default_factory=list)
    first_or_second: list[bool] = field(default_factory=list)


async def live(library: Library, embeddings: Embeddings) -> Month:
    """Ten mornings, and each day the last 24 hours and a topic besides; a new reader for ranks."""
    month = Month()
    told: list[tuple[BriefingWindow, Story]] = []
    texts: list[str] = []
    for day in range(DAYS):
        now = FIRST + timedelta(days=day)
        evening = now + timedelta(hours=11)
        fresh = (
            await library.desk.write(None, BriefingOptions(length=Length.HEADLINES), now)
        ).briefing
        month.first_or_second.append(await _is_biggest_first(library, fresh))
        for at, wish in (
            (now, BriefingOptions()),
            (
                evening,
                BriefingOptions(window=BriefingWindow(evening - timedelta(hours=24), evening)),
            ),
            (
                evening,
                BriefingOptions(
                    topics=TOPICS, window=BriefingWindow(evening - timedelta(days=3), evening)
                ),
            ),
        ):
            written = await library.desk.write("eval", wish, at)
            await library.desk.tell("eval", written, at)
            _count(month, written.briefing, told, texts)
    month.repeats = await _repeats(embeddings, texts)
    return month


async def _is_biggest_first(library: Library, briefing: Briefing) -> bool:
    """Whether a story that most publishers tell is first or second."""
    window = briefing.window
    counts = {}
    for story_id, members in (
        await library.archive.stories.between(window.start, window.end)
    ).items():
        articles = await library.archive.articles.current(
            one.revision_id for one in members if one.copy_of is None
        )
        counts[story_id] = len({_site(one) for one in articles.values()})
    most = max(counts.values(), default=0)
    return any(counts.get(one.id) == most for one in briefing.stories[:2])


def _site(article: Article) -> str:
    host = host_of(article.url or "")
    return registered_label(host) or article.outlet


def _count(
    month: Month, briefing: Briefing, told: list[tuple[BriefingWindow, Story]], texts: list[str]
) -> None:
    """Left over: of a story told before, from an article that the earlier window had."""
    notes = {one.n: one for one in briefing.citations}
    for story in briefing.stories:
        before = [window for window, one in told if one.id == story.id]
        month.headlines += 1
        said = " ".join([*(one.text for one in story.claims)])
        if not _is_told(story.headline, said):
            month.untold.append(story.headline)
        month.dangling += _dangling(
            [notes[one.citations[0]] for one in story.claims if one.citations]
        )
        for claim in story.claims:
            dates = [
                notes[n].article.published.at  # type: ignore[union-attr]  # all have dates
                for n in claim.citations
            ]
            month.claims += 1
            month.updates += bool(before)
            month.left_over += bool(dates) and all(
                any(window.start <= at < window.end for window in before) for at in dates
            )
            texts.append(notes[claim.citations[0]].quote if claim.citations else claim.text)
            if claim.was:
                month.was.append(f"{claim.text} ({claim.was})")
    told += [(briefing.window, story) for story in briefing.stories]


def _is_told(headline: str, said: str) -> bool:
    """Whether the claims have the headline's figures and most of its words."""
    mine = stems(headline)
    return figure_values(headline) <= figure_values(said) and (
        len(mine & stems(said)) >= _COVERED * len(mine)
    )


def _dangling(quotes: Sequence[Citation]) -> list[str]:
    """What leans on a sentence that is not told right before it."""
    return [
        one.quote
        for before, one in zip([None, *quotes], quotes, strict=False)
        if leans(one.quote)
        and (
            before is None
            or before.article.revision_id != one.article.revision_id
            or one.start < before.end
        )
    ]


async def _repeats(embeddings: Embeddings, texts: Sequence[str]) -> list[tuple[str, str]]:
    """Claims that an earlier one says, by meaning, with equal figures."""
    vectors = np.asarray(await embeddings.aembed_documents(list(texts)), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = np.tril(vectors @ vectors.T, -1)
    figures = [figure_values(text) for text in texts]
    pairs = [
        (texts[later], texts[earlier])
        for later, earlier in np.argwhere(alike >= SAME_MEANING).tolist()
        if figures[later] == figures[earlier]
    ]
    return list(dict(pairs).items())


async def main() -> None:
    """Print the table, what a reader was given, and what to read."""
    console = Console(width=140)
    if not (SHARED / "t17").is_dir():
        console.print(f"No timelines at {SHARED}; see SITREP_SHARED_DATA.")
        raise SystemExit(1)
    show = partial(console.print, markup=False, highlight=False)
    cached = CACHE / f"realtimeqa-{SPLITTER_VERSION}"
    with tempfile.TemporaryDirectory() as temporary:
        has_archive = (cached / "names.json").exists()
        folder = Path(temporary) / "archive"
        if has_archive:
            shutil.copytree(cached, folder)
        settings = LibrarySettings.read(_env_file=None, data_dir=folder, chat_model="")
        model = open_embedding_model(settings, None)
        remembering: Any = Remembering(model.port)
        show("\n".join(await timelines(remembering)))
        show("\n".join(await choosing_ablation(load_days(), remembering)))
        month = None
        async with open_library(settings) as library:
            if has_archive:
                show("\n".join(await ranking_ablation(library)))
                month = await live(library, model.port)
        model.close()
    if month is not None:
        show("\n".join(_of(month)))
        # On the screen alone, as it is other people's text.
        show("\n".join(f"- was: {one}" for one in month.was))
        show("\n".join(f"- untold headline: {one}" for one in month.untold))
        show("\n".join(f"- dangling: {one}" for one in month.dangling))
        show("\n".join(f"- again: {a}\n  = {b}" for a, b in month.repeats))


def _of(month: Month) -> Iterator[str]:
    first = sum(month.first_or_second)
    yield f"- days whose most told story is first or second: {first} of {DAYS}"
    yield f"- claims: {month.claims}, of updates {month.updates}"
    yield f"- left-over sentences told as updates: {month.left_over}"
    yield f'- "was" shown: {len(month.was)}'
    yield f"- headlines whose fact no claim tells: {len(month.untold)} of {month.headlines}"
    yield f"- claims that lean on what is not told: {len(month.dangling)}"
    yield f"- told again, by meaning and equal figures: {len(month.repeats)}"


if __name__ == "__main__":
    asyncio.run(main())
