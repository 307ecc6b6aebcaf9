"""Labelled questions with passages: does what was found answer, yes or no?

Four sets: `clapnq` (one passage each) and `nomiracl` (ten) as published; `news`, the questions of
realtimeqa-2022 with what our search finds, once from the whole archive and once with the articles
that answer taken out (some of those left answer too, so its labels are harsh); `far`, questions
with the passages of another, which no reader should be answered from.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.places import SHARED
from benchmarks.retrieval_quality import archive_settings, load_questions, names_of_articles
from retrieval.answering.evidence import Evidence, evidence
from retrieval.grounding.quotes import sentences_of
from retrieval.library import open_library
from retrieval.models import Article, Hit, Passage, Span
from retrieval.providers.local import encode
from retrieval.splitting import split_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from retrieval.providers.local import Encoder

FOLDER = SHARED / "refusal"
_FILES = (
    ("clapnq", True, "clapnq-dev-answerable.jsonl"),
    ("clapnq", False, "clapnq-dev-unanswerable.jsonl"),
    ("nomiracl", True, "nomiracl-en-relevant.jsonl"),
    ("nomiracl", False, "nomiracl-en-nonrelevant.jsonl"),
)
_READ = 8
_DEPTH = 60


@dataclass(frozen=True, slots=True)
class Case:
    """A question, what speaks for an answer, and whether there is one."""

    set: str
    answerable: bool
    found: Evidence


@dataclass(frozen=True, slots=True)
class _Row:
    set: str
    answerable: bool
    question: str
    passages: tuple[Passage, ...]


def published_cases(encoder: Encoder, every: int = 1) -> list[Case]:
    """`clapnq`, `nomiracl` and `far`, compared by an encoder of this machine.

    Of each of them only one question in `every`, for an encoder that would take long.
    """
    rows = list(_rows())[::every]
    far = [
        _Row("far", answerable=False, question=one.question, passages=other.passages)
        for one, other in zip(rows[::4], rows[7::4] + rows[3:7:4], strict=False)
    ]
    return [_case(row, encoder) for row in (*rows, *far)]


def _rows() -> Iterator[_Row]:
    for name, answerable, file in _FILES:
        for line in (FOLDER / file).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            given = [one for one in row["passages"] if one["text"].strip()]
            passages = tuple(_passage(n, one) for n, one in enumerate(given, start=1))
            yield _Row(name, answerable, row["question"], passages)


def _passage(number: int, given: dict[str, str]) -> Passage:
    text = given["text"]
    sentences = tuple(split_sentences(text))
    span = Span(sentences[0].start, sentences[-1].end)
    article = Article(
        id=number,
        revision_id=number,
        revision=1,
        title=given.get("title") or "",
        outlet="",
        url=None,
        author=None,
        published=None,
        language="en",
    )
    return Passage(f"{number}:0", article, 0, span, span.of(text), sentences)


def _case(row: _Row, encoder: Encoder) -> Case:
    texts = [f"{one.article.title}\n{one.text}" for one in row.passages]
    likeness = encode(encoder, texts) @ encode(encoder, [row.question], question=True)[0]
    hits = [
        Hit(one, float(score), float(score))
        for one, score in zip(row.passages, likeness, strict=True)
    ]
    # as quote mode does it: the question among the sentences
    vectors = encode(encoder, [row.question, *sentences_of(hits)])
    found = evidence(row.question, hits, (vectors[1:] @ vectors[0]).tolist())
    return Case(row.set, row.answerable, found)


async def news_cases(console: Console) -> list[Case]:
    """`news`, searched and compared by the archive that `make eval` keeps."""
    cases = list[Case]()
    async with open_library(archive_settings()) as library:
        names = await names_of_articles(library, console)
        for question in load_questions():
            plan = await library.searcher.plan(question.text, question.asked)
            hits = await library.searcher.follow(plan, _DEPTH)
            others = [hit for hit in hits if not names[hit.passage.article.id] & question.gold]
            for answerable, some in ((True, hits[:_READ]), (False, others[:_READ])):
                vectors = np.asarray(
                    await library.searcher.embeddings.aembed_documents(
                        [question.text, *sentences_of(some)]
                    ),
                    dtype=np.float32,
                )
                vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
                found = evidence(question.text, some, (vectors[1:] @ vectors[0]).tolist())
                cases.append(Case("news", answerable, found))
    return cases
