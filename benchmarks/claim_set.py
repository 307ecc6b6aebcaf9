"""Claims with the sentences that they cite, supported and not, made by rule from real articles.

Supported: a sentence as it stands; with its figures, dates and attribution written in another way;
a headline against its article's first passage (a paraphrase by a person, mostly supported).
Unsupported: the same sentences with one thing changed, each kind apart.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from benchmarks.claim_changes import CHANGES, DAY, NAME, OPENING, WEEKDAY, WEEKDAYS
from benchmarks.places import SHARED
from retrieval.grounding.checks import Evidence
from retrieval.models import Article, Citation, Precision, Published
from retrieval.text.sentences import split

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SET = SHARED / "realtimeqa-2022"
_ARTICLES = 1_200
_A_SENTENCE = range(50, 320)


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A claim, what it cites, whether that supports it, and how it was made."""

    text: str
    evidence: Evidence
    supported: bool
    kind: str


def load_claims(*, test: bool, seed: int = 7) -> list[LabelledClaim]:
    """One half of the articles; no article is in both."""
    chosen = random.Random(seed)  # noqa: S311  for repeatable choices
    articles = [one for n, one in enumerate(_articles()) if (n % 2 == 1) is test]
    names = _all_names(articles)
    claims = list[LabelledClaim]()
    for number, (article, text) in enumerate(articles):
        other = articles[(number + 7) % len(articles)]
        claims += _of_article(article, text, other, names, chosen)
    return claims


def _articles() -> list[tuple[Article, str]]:
    found = list[tuple[Article, str]]()
    for line in gzip.decompress((SET / "articles.jsonl.gz").read_bytes()).splitlines():
        row = json.loads(line)
        day = row.get("published_at")
        if not day or not row.get("title") or len(row["text"]) < 600:
            continue
        at = datetime.fromisoformat(str(day)[:10]).replace(tzinfo=UTC)
        number = len(found) + 1
        article = Article(
            id=number,
            revision_id=number,
            revision=1,
            title=row["title"],
            outlet=row["source"],
            url=None,
            author=None,
            published=Published(at, Precision.DAY),
            language="en",
        )
        found.append((article, row["text"]))
    step = max(len(found) // _ARTICLES, 1)
    return found[::step][:_ARTICLES]


def _all_names(articles: Sequence[tuple[Article, str]]) -> list[str]:
    return sorted({found.group() for _, text in articles for found in NAME.finditer(text)})


def _of_article(
    article: Article,
    text: str,
    other: tuple[Article, str],
    names: Sequence[str],
    chosen: random.Random,
) -> Iterator[LabelledClaim]:
    passages = split(text)
    if not passages:
        return
    first = passages[0]
    lead = [_citation(article, text, span.start, span.end) for span in first.sentences]
    yield LabelledClaim(article.title, Evidence(lead, first.span.of(text)), True, "headline")
    kept = [
        (passage.span.of(text), span)
        for passage in passages
        for span in passage.sentences
        if span.end - span.start in _A_SENTENCE and "\n" not in span.of(text)
    ]
    for around, span in chosen.sample(kept, min(3, len(kept))):
        sentence = span.of(text)
        evidence = Evidence([_citation(article, text, span.start, span.end)], around)
        for kind, changed in _supported(sentence, article):
            yield LabelledClaim(changed, evidence, True, kind)
        for kind, make in CHANGES.items():
            worse = make(sentence, around, names, chosen)
            if worse is not None and worse != sentence:
                yield LabelledClaim(worse, evidence, False, kind)
        strange = _citation(other[0], other[1], 0, min(len(other[1]), 200))
        yield LabelledClaim(sentence, Evidence([strange], other[1][:800]), False, "other story")


def _citation(article: Article, text: str, start: int, end: int) -> Citation:
    return Citation(1, article, start, end, text[start:end])


def _supported(sentence: str, article: Article) -> Iterator[tuple[str, str]]:
    yield "as it stands", sentence
    day = article.published.at if article.published else None
    if day is None:
        return
    yield (
        "with outlet and date",
        f"{sentence.rstrip('. ')}, {article.outlet} reported on {day:%-d %B %Y}.",
    )
    yield "with its day in front", f"On {day:%B %-d}, {_inside(sentence)}"
    if re.search(r"[“”\"]", sentence):  # what is quoted has to stay
        return
    number = re.search(r"(?<![\d.,])(\d{1,3}),000(?![,\d])", sentence)
    if number:
        yield "thousands in words", sentence.replace(number.group(), f"{number[1]} thousand", 1)
    weekday = WEEKDAY.search(sentence)
    if weekday:
        back = (day.weekday() - WEEKDAYS.index(weekday[1])) % 7
        resolved = day - timedelta(days=back)
        yield "weekday as a date", sentence.replace(weekday.group(), f"on {resolved:%-d %B}", 1)
    written = DAY.search(sentence)
    if written:
        yield (
            "date the other way",
            sentence.replace(written.group(), f"{written[2]} {written[1]}", 1),
        )
    name = NAME.search(sentence)
    if name:
        yield "surname alone", sentence.replace(name.group(), name.group().split()[-1], 1)
    if " percent" in sentence or "%" in sentence:
        yield "percent written otherwise", sentence.replace("%", " percent")


def _inside(sentence: str) -> str:
    """Without the capital of its beginning, unless a name may begin there."""
    first = sentence.split(maxsplit=1)[0]
    is_word = first.casefold() in OPENING
    return first[0].lower() + sentence[1:] if is_word else sentence
