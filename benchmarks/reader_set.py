"""Labelled sentences: of a question's candidates, which answer it, and whether any does.

`wikiqa`, `clapnq` and `xquad` are published sets (shared data, `answer-sentences`); `news` and
`sample` are the questions of shared data's `questions`, `june`, `october` and `demo` our own in
benchmarks/questions (of two fortnights of real news, and of the demo's articles), over what our own
search finds for them. `reworded` are 4,595 questions on 480 articles of other weeks and wars, most
asked in other words than the articles', with the numbers of the sentences that answer; those of
every sixth article, `held out`, are for measuring and for the chance of an answer alone. `quiz` are
those of a weekly news quiz (RealTimeQA), where a sentence counts as an answer if it holds
the words of the quiz's answer: distant labels, some of them wrong. To learn when to decline,
questions are also shown what does not answer them: `xquad` the article's other paragraphs,
`without` and `quiz without` what our search finds less the sentences that answer; and there is
`nomiracl`, where people judged it (shared data, `refusal`).
"""

from __future__ import annotations

import gzip
import json
import random
import re
import tempfile
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console

from benchmarks.places import ROOT, SHARED
from benchmarks.retrieval_quality import archive_settings, names_of_articles
from retrieval.answering.quoting import is_foreign, of_days
from retrieval.grounding.asked import ask
from retrieval.grounding.quotes import sentences_of
from retrieval.grounding.reader import ReaderVectors, SentenceCandidate, features
from retrieval.library import open_library
from retrieval.llm.local import MiniLM
from retrieval.settings import LibrarySettings
from retrieval.text.sentences import split_sentences
from retrieval.text.words import stems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy.typing as npt

    from retrieval.grounding.quotes import QuotableSentence
    from retrieval.library import Library
    from retrieval.llm.local import TokenVectors

    Floats = npt.NDArray[np.float32]

FOLDS = 5
PUBLISHED = ("wikiqa", "clapnq", "xquad", "nomiracl", "xquad near", "quiz", "quiz without")
# Asked in other words than the articles': for fitting, and those kept for measuring.
REWORDED, HELD_OUT = "reworded", "held out"
OURS = ("june", "october", "demo")
BY_HAND = ("news", "sample", *OURS)
_QUESTIONS = ROOT / "benchmarks" / "questions"
_BATCH = 8
_XQUAD_SAMPLE = 500
_FOUND = 12
# Letters of what counts as a sentence that another splitting cut off a longer one.
_A_PART = 40


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its candidates: `rows` of features, `answers` 1 where a sentence answers.

    `fold` is the same for questions over the same text.
    """

    set: str
    id: str
    question: str
    candidates: tuple[SentenceCandidate, ...]
    rows: Floats
    answers: Floats
    fold: int


@dataclass(slots=True)
class Encoded:
    """The local model, and what it made of each text so far."""

    model: MiniLM = field(default_factory=MiniLM)
    _known: dict[str, TokenVectors] = field(default_factory=dict)
    _crossed: dict[tuple[str, str, str], float] = field(default_factory=dict)

    def crossed(self, case: Case, places: Sequence[int]) -> Floats:
        """The cross-encoder's scores of some of a case's candidates."""
        keys = [
            (case.question, case.candidates[at].text, case.candidates[at].title) for at in places
        ]
        new = [key for key in keys if key not in self._crossed]
        if new:
            found = self.model.run_pairs(self.model.pairs(new))
            self._crossed |= zip(new, found.tolist(), strict=True)
        return np.array([self._crossed[key] for key in keys], dtype=np.float32)

    def __call__(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Each text token by token."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        tokens = self.model.tokens(new, question=False)
        order = sorted(range(len(new)), key=lambda at: len(tokens[at]))
        for start in range(0, len(order), _BATCH):
            part = order[start : start + _BATCH]
            for at, found in zip(
                part, self.model.run_tokens([tokens[at] for at in part]), strict=True
            ):
                vectors = found.vectors.astype(np.float16).astype(np.float32)
                self._known[new[at]] = replace(found, vectors=vectors)
        return [self._known[text] for text in texts]

    def case(  # noqa: PLR0913  what a case is made of
        self,
        name: str,
        key: str,
        question: str,
        candidates: Sequence[SentenceCandidate],
        answers: Sequence[float],
        *,
        group: str,
    ) -> Case:
        """A case."""
        [asked] = self([question])
        sentences = self([one.text for one in candidates])
        vectors = ReaderVectors(asked, sentences, self([one.title or "-" for one in candidates]))
        return Case(
            name,
            key,
            question,
            tuple(candidates),
            features(ask(question), candidates, vectors),
            np.array(answers, dtype=np.float32),
            zlib.crc32(group.encode()) % FOLDS,
        )


async def labelled_cases(encoded: Encoded) -> list[Case]:
    """Those of all sets."""
    cases = [*published(encoded), *ten_passages(encoded), *await reworded(encoded)]
    cases += await asked_by_hand(encoded)
    cases += await quizzed(encoded)
    return [*cases, *near_misses(encoded, cases)]


def published(encoded: Encoded) -> Iterator[Case]:
    """`wikiqa`, `clapnq` and `xquad`."""
    for name in ("wikiqa", "clapnq"):
        for row in _lines(SHARED / "answer-sentences" / f"{name}-dev.jsonl.gz"):
            candidates = _candidates(row["sentences"], row["title"])
            answers = [float(at in row["answers"]) for at in range(len(candidates))]
            yield encoded.case(
                name, row["id"], row["question"], candidates, answers, group=row["title"]
            )
    for row in _lines(SHARED / "answer-sentences" / "xquad-en.jsonl.gz"):
        spans = split_sentences(row["context"])
        candidates = _candidates(
            [span.of(row["context"]) for span in spans], row["title"].replace("_", " ")
        )
        answers = [float(span.start <= row["start"] < span.end) for span in spans]
        yield encoded.case(
            "xquad", row["id"], row["question"], candidates, answers, group=row["title"]
        )


def ten_passages(encoded: Encoded) -> Iterator[Case]:
    """`nomiracl`: questions with ten passages, of which one answers, nobody says which, or none."""
    for kind in ("relevant", "nonrelevant"):
        for row in _lines(SHARED / "refusal" / f"nomiracl-en-{kind}.jsonl"):
            candidates = [
                candidate
                for passage in row["passages"]
                for candidate in _candidates(
                    [span.of(passage["text"]) for span in split_sentences(passage["text"])],
                    passage["title"],
                )
            ]
            answers = [float(kind == "relevant")] * len(candidates)
            yield encoded.case(
                "nomiracl", row["id"], row["question"], candidates, answers, group=row["id"]
            )


async def asked_by_hand(encoded: Encoded) -> list[Case]:
    """What our search finds in the archives of the questions `BY_HAND`, labelled by the facts."""
    found: list[Case] = []
    for name in BY_HAND:
        with tempfile.TemporaryDirectory() as folder:
            settings = LibrarySettings.read(_env_file=None, data_dir=Path(folder), chat_model="")
            async with open_library(settings) as library:
                await add_articles(library, name)
                for row in questions(name):
                    if row["kind"] not in ("talk", "followup"):
                        found += await _case_of(library, encoded, name, row)
    return found


def questions(name: str) -> list[dict[str, Any]]:
    """The questions of a set of `BY_HAND`, as its file has them."""
    return list(_lines(question_file(name)))


def question_file(name: str) -> Path:
    """Where the questions of a set of `BY_HAND` are."""
    if name in (*OURS, REWORDED):
        return _QUESTIONS / f"{name}.jsonl"
    return SHARED / "questions" / f"{name}-dev.jsonl"


async def add_articles(library: Library, name: str) -> None:
    """Put the articles that the questions of a set of `BY_HAND` are about into an archive."""
    if name in ("sample", "demo"):
        await _add(library, *(ROOT / "bot/demo/sample").glob("*.jsonl"))
        return
    ids = (_QUESTIONS if name in OURS else SHARED / "questions") / f"{name}-articles.txt"
    wanted = set(ids.read_text().split())
    rows = _lines(SHARED / "realtimeqa-2022" / "articles.jsonl.gz")
    await add_rows(library, [row for row in rows if row.pop("id") in wanted])


async def add_rows(library: Library, rows: Iterable[dict[str, Any]]) -> None:
    """Put articles, as rows of a file, into an archive."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "news.jsonl"
        known = [{key: value for key, value in row.items() if key != "id"} for row in rows]
        path.write_text("".join(json.dumps(row) + "\n" for row in known), encoding="utf-8")
        await _add(library, path)


async def _add(library: Library, *sources: Path) -> None:
    for source in sources:
        async for _ in library.ingestor.add(str(source), added_by="benchmark"):
            pass
    with library.index_lock():
        await library.indexer.work()


async def _case_of(
    library: Library, encoded: Encoded, name: str, row: dict[str, Any]
) -> list[Case]:
    def answers(one: QuotableSentence) -> bool:
        return _answers(row["answers"], one.text)

    return await _found(library, encoded, name, row, answers)


async def _found(
    library: Library,
    encoded: Encoded,
    name: str,
    row: dict[str, Any],
    answers: Callable[[QuotableSentence], bool],
) -> list[Case]:
    """What our search finds for a question, labelled; nothing where it misses the answer."""
    now = datetime.fromisoformat(row["now"])
    asked = await library.searcher.correct(row["question"])
    if is_foreign(asked):
        return []  # read by words, not by this model
    plan = await library.searcher.plan(asked, now)
    hits = await library.searcher.follow(plan, _FOUND, independent=True)
    sentences = sentences_of(hits, now, *of_days(plan.window))
    labels = [float(answers(one)) for one in sentences]
    if not sentences or (any(row["answers"]) and not any(labels)):
        return []
    candidates = [one.candidate for one in sentences]
    group = str(row.get("article") or row["id"])
    return [encoded.case(name, row["id"], plan.content, candidates, labels, group=group)]


def reworded_articles() -> dict[str, dict[str, Any]]:
    """The articles that the reworded questions are about, as rows to add, by their ids."""
    wanted = {row["article"] for row in questions(REWORDED)}
    found: dict[str, dict[str, Any]] = {}
    for folder in ("realtimeqa-2022", "t17"):
        for row in _lines(SHARED / folder / "articles.jsonl.gz"):
            if row["id"] in wanted:
                known = {key: value for key, value in row.items() if key != "topic" and value}
                found[row["id"]] = {"url": f"https://{folder}.example/{row['id']}", **known}
    return found


def day_after(article: dict[str, Any]) -> str:
    """When a question on an article is asked: a day after it was published."""
    published = datetime.fromisoformat(article.get("published_at", "2022-06-01T00:00:00+00:00"))
    return (published.replace(tzinfo=published.tzinfo or UTC) + timedelta(days=1)).isoformat()


def labelled_sentences(row: dict[str, Any], articles: dict[str, dict[str, Any]]) -> list[str]:
    """The texts of the sentences that answer a reworded question, best first."""
    places = {row["article"]: row["answers"], **row.get("also", {})}
    texts = {key: articles[key]["text"] for key in places if key in articles}
    spans = {key: split_sentences(text) for key, text in texts.items()}
    return [plain(spans[key][number].of(texts[key])) for key in texts for number in places[key]]


async def reworded(encoded: Encoded) -> list[Case]:
    """`reworded` and `held out`: what our search finds in an archive of all their articles."""
    found: list[Case] = []
    articles = reworded_articles()
    with tempfile.TemporaryDirectory() as folder:
        settings = LibrarySettings.read(_env_file=None, data_dir=Path(folder), chat_model="")
        async with open_library(settings) as library:
            await add_rows(library, articles.values())
            for row in questions(REWORDED):
                told = labelled_sentences(row, articles)
                asked = {**row, "now": day_after(articles[row["article"]])}
                name = HELD_OUT if row["held_out"] else REWORDED
                found += await _found(library, encoded, name, asked, partial(_is_told, told))
    return found


def _is_told(told: Sequence[str], one: QuotableSentence) -> bool:
    return is_one_of(told, one.text)


def is_one_of(told: Sequence[str], quoted: str) -> bool:
    """Whether a quoted sentence is one of these, or a part of one, or has one within."""
    text = plain(quoted)
    return any(other in text or (text in other and len(text) > _A_PART) for other in told)


async def quizzed(encoded: Encoded) -> list[Case]:
    """`quiz`: a week's news quiz, over the archive that `make eval` builds."""
    found: list[Case] = []
    async with open_library(archive_settings()) as library:
        await names_of_articles(library, Console())
        for row in _lines(SHARED / "realtimeqa-2022" / "questions.jsonl"):
            told = stems(" ".join(row["answer"]))
            asked_about = stems(row["question"])
            wanted = told - asked_about or told
            if not wanted:
                continue
            now = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC) + timedelta(days=1)
            plan = await library.searcher.plan(row["question"], now)
            hits = await library.searcher.follow(plan, _FOUND, independent=True)
            sentences = sentences_of(hits, now, *of_days(plan.window))
            answers = [
                float(_tells(wanted, asked_about, one.text, one.candidate)) for one in sentences
            ]
            if any(answers):
                candidates = [one.candidate for one in sentences]
                found.append(
                    encoded.case(
                        "quiz", row["id"], plan.content, candidates, answers, group=row["id"][:8]
                    )
                )
    return found


def _tells(
    wanted: frozenset[str], asked_about: frozenset[str], text: str, candidate: SentenceCandidate
) -> bool:
    """Whether a sentence holds the answer's words, and is about what the question is about."""
    mine = stems(text)
    around = mine | stems(candidate.title) | stems(candidate.before)
    return wanted <= mine and bool(asked_about & around)


def near_misses(encoded: Encoded, cases: Sequence[Case]) -> Iterator[Case]:
    """Questions with what does not answer them: `xquad` (some still with it) and `without`."""
    chance = random.Random(1)  # noqa: S311  for repeatable choices
    paragraphs: dict[str, dict[str, Case]] = {}
    for one in cases:
        if one.set == "xquad":
            title, text = one.candidates[0].title, one.candidates[0].text
            paragraphs.setdefault(title, {}).setdefault(text, one)
    squad = [one for one in cases if one.set == "xquad"]
    for one in chance.sample(squad, min(_XQUAD_SAMPLE, len(squad))):
        title, text = one.candidates[0].title, one.candidates[0].text
        others = [
            c for key, other in paragraphs[title].items() if key != text for c in other.candidates
        ]
        keep = chance.random() < 0.5
        candidates = [*(one.candidates if keep else ()), *others]
        answers = [*(one.answers.tolist() if keep else ()), *(0.0 for _ in others)]
        yield encoded.case("xquad near", one.id, one.question, candidates, answers, group=title)
    for one in cases:
        if one.set in (*BY_HAND, "quiz") and one.answers.any():
            rest = [c for c, label in zip(one.candidates, one.answers, strict=True) if not label]
            if rest:
                yield encoded.case(
                    "quiz without" if one.set == "quiz" else "without",
                    one.id,
                    one.question,
                    rest,
                    [0.0] * len(rest),
                    group=one.id[:8] if one.set == "quiz" else one.id,
                )


def plain(text: str) -> str:
    """One form of quotation marks, apostrophes and spaces, as the labels have them."""
    return " ".join(text.translate(str.maketrans("‘’ʼ“”", "'''\"\"")).split())


def _answers(facts: Sequence[Sequence[str]], text: str) -> bool:
    told = plain(text)
    return any(re.search(one, told, re.IGNORECASE) for fact in facts for one in fact)


def _candidates(sentences: Sequence[str], title: str) -> list[SentenceCandidate]:
    around = ["", *sentences, ""]
    return [
        SentenceCandidate(text, around[at], around[at + 2], title, at)
        for at, text in enumerate(sentences)
    ]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    body = path.read_bytes()
    text = (gzip.decompress(body) if path.suffix == ".gz" else body).decode()
    for line in text.split("\n"):
        if line.strip():
            yield json.loads(line)
