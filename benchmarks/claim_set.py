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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from benchmarks.places import SHARED
from retrieval.grounding.checks import Evidence
from retrieval.models import Article, Citation, Precision, Published
from retrieval.splitting import split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SET = SHARED / "realtimeqa-2022"
_ARTICLES = 1_200
_A_SENTENCE = range(50, 320)
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})+")
_NUMBER = re.compile(
    r"(?<![\d.,$€-])\d{1,3}(?:,\d{3})+(?![\d,])|(?<![\d.,$€-])\d{2,3}(?![\d,.:%-])"
)
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_WEEKDAY = re.compile(rf"\bon ({'|'.join(_WEEKDAYS)})\b")
_MONTHS = [f"{datetime(2024, n, 1, tzinfo=UTC):%B}" for n in range(1, 13)]
_DAY = re.compile(rf"\b({'|'.join(_MONTHS)}) (\d{{1,2}})\b(?!,? \d)")
_YEAR = re.compile(r"\bin (20\d\d|19\d\d)\b")
_VERB = re.compile(
    r"\b(was|is|are|were|will|has|had|have|could|would|can|should)\b(?! not\b|n['’]t)"
)
_SPEAKER = re.compile(r"\b([A-Z][a-z]+ [A-Z][a-z]+) (?=said|told|wrote|added|announced)")
_QUOTE = re.compile(r"[“\"]([^”\"]{20,200})[”\"]")
_MONEY = re.compile(r"\$(?=\d)")
_OPENING_WORDS = (
    "the a an in on at it its he she they his her their there this that these those but and for "
    "as under just following still when while if with after before since some many most one two"
)
_OPENING = frozenset(_OPENING_WORDS.split())
_MAGNITUDE = re.compile(r"\b(million|billion|thousand)\b")


Change = Callable[[str, str, Sequence[str], random.Random], str | None]


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
    return sorted({found.group() for _, text in articles for found in _NAME.finditer(text)})


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
        for kind, make in _CHANGES.items():
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
    weekday = _WEEKDAY.search(sentence)
    if weekday:
        back = (day.weekday() - _WEEKDAYS.index(weekday[1])) % 7
        resolved = day - timedelta(days=back)
        yield "weekday as a date", sentence.replace(weekday.group(), f"on {resolved:%-d %B}", 1)
    written = _DAY.search(sentence)
    if written:
        yield (
            "date the other way",
            sentence.replace(written.group(), f"{written[2]} {written[1]}", 1),
        )
    name = _NAME.search(sentence)
    if name:
        yield "surname alone", sentence.replace(name.group(), name.group().split()[-1], 1)
    if " percent" in sentence or "%" in sentence:
        yield "percent written otherwise", sentence.replace("%", " percent")


def _inside(sentence: str) -> str:
    """Without the capital of its beginning, unless a name may begin there."""
    first = sentence.split(maxsplit=1)[0]
    is_word = first.casefold() in _OPENING
    return first[0].lower() + sentence[1:] if is_word else sentence


def _number(sentence: str, _around: str, _names: object, chosen: random.Random) -> str | None:
    found = _NUMBER.search(sentence)
    if found is None or 1900 <= int(found.group().replace(",", "")) <= 2100:
        return None
    value = int(found.group().replace(",", ""))
    new = round(value * chosen.choice((0.5, 0.7, 1.4, 2, 3))) + 1
    return _put(sentence, found, f"{new:,}")


def _magnitude(sentence: str, *_: object) -> str | None:
    found = _MAGNITUDE.search(sentence)
    other = {"million": "billion", "billion": "million", "thousand": "million"}
    return _put(sentence, found, other[found[1]]) if found else None


def _currency(sentence: str, *_: object) -> str | None:
    found = _MONEY.search(sentence)
    return _put(sentence, found, "€") if found else None


def _percent(sentence: str, *_: object) -> str | None:
    found = re.search(r"(?<=\d)(?:%| percent)(?! points?)", sentence)
    return _put(sentence, found, " days") if found else None


def _weekday(sentence: str, _around: str, _names: object, chosen: random.Random) -> str | None:
    found = _WEEKDAY.search(sentence)
    if found is None:
        return None
    at = (_WEEKDAYS.index(found[1]) + chosen.randint(1, 6)) % 7
    return _put(sentence, found, f"on {_WEEKDAYS[at]}")


def _day(sentence: str, _around: str, _names: object, chosen: random.Random) -> str | None:
    found = _DAY.search(sentence)
    if found is None:
        return None
    return _put(sentence, found, f"{found[1]} {(int(found[2]) + chosen.randint(1, 20)) % 28 + 1}")


def _year(sentence: str, _around: str, _names: object, chosen: random.Random) -> str | None:
    found = _YEAR.search(sentence)
    if found is None:
        return None
    return _put(sentence, found, f"in {int(found[1]) - chosen.randint(2, 9)}")


def _name(sentence: str, around: str, names: Sequence[str], chosen: random.Random) -> str | None:
    found = _NAME.search(sentence)
    if found is None:
        return None
    other = chosen.choice(names)
    return None if any(part in around for part in other.split()) else _put(sentence, found, other)


def _near_name(sentence: str, around: str, _names: object, chosen: random.Random) -> str | None:
    found = _NAME.search(sentence)
    others = sorted(
        {one.group() for one in _NAME.finditer(around)} - {found.group() if found else ""}
    )
    others = [one for one in others if not set(one.split()) & set(sentence.split())]
    return _put(sentence, found, chosen.choice(others)) if found and others else None


def _speaker(sentence: str, around: str, names: Sequence[str], chosen: random.Random) -> str | None:
    found = _SPEAKER.search(sentence)
    others = [one.group() for one in _NAME.finditer(around)] or list(names)
    others = [one for one in others if not set(one.split()) & set(sentence.split())]
    return _put(sentence, found, f"{chosen.choice(others)} ") if found and others else None


def _negated(sentence: str, *_: object) -> str | None:
    found = _VERB.search(sentence)
    if found is None or re.search(r"\bnot\b|n['’]t\b|\bno\b|never", sentence):
        return None
    return _put(sentence, found, f"{found[1]} not")


def _affirmed(sentence: str, *_: object) -> str | None:
    found = re.search(r"\b(was|is|are|were|will|has|had|have|could|would|did|does) not ", sentence)
    return _put(sentence, found, f"{found[1]} ") if found else None


def _misquoted(sentence: str, around: str, _names: object, chosen: random.Random) -> str | None:
    found = _QUOTE.search(sentence)
    if found is None:
        return None
    parts = found[1].split()
    others = [one for one in around.split() if one.isalpha() and one not in parts]
    if len(parts) < 4 or not others:
        return None
    parts[chosen.randrange(1, len(parts) - 1)] = chosen.choice(others)
    return sentence.replace(found[1], " ".join(parts), 1)


def _swapped(pairs: Mapping[str, str]) -> Change:
    """The first of these words as its opposite or neighbour; the sentence has it only once."""
    either = {**pairs, **{other: one for one, other in pairs.items()}}
    pattern = re.compile(rf"\b({'|'.join(either)})\b")

    def change(sentence: str, *_: object) -> str | None:
        found = list(pattern.finditer(sentence))
        return _put(sentence, found[0], either[found[0][1]]) if len(found) == 1 else None

    return change


def _other_day(sentence: str, *_: object) -> str | None:
    """A day that is written out, as yesterday."""
    found = _DAY.search(sentence)
    return (
        _put(sentence, found, "yesterday") if found and "on " + found.group() in sentence else None
    )


def _put(sentence: str, found: re.Match[str] | None, new: str) -> str | None:
    return None if found is None else sentence[: found.start()] + new + sentence[found.end() :]


_CHANGES: dict[str, Change] = {
    "number": _number,
    "magnitude": _magnitude,
    "currency": _currency,
    "percent": _percent,
    "weekday": _weekday,
    "day": _day,
    "year": _year,
    "name": _name,
    "name of the same passage": _near_name,
    "speaker": _speaker,
    "negation put in": _negated,
    "negation taken out": _affirmed,
    "quotation": _misquoted,
    "direction": _swapped(
        {"rose": "fell", "increased": "decreased", "grew": "shrank", "rising": "falling"}
    ),
    "fate of those counted": _swapped({"killed": "wounded", "died": "were injured"}),
    "unit": _swapped({"miles": "kilometers", "feet": "meters", "pounds": "kilograms"}),
    "country": _swapped(
        {"Iran": "Iraq", "Austria": "Australia", "Sweden": "Switzerland", "Russia": "Romania"}
        | {"China": "Chile", "Ukraine": "Uganda", "Germany": "Georgia", "France": "Finland"}
    ),
    "a date as yesterday": _other_day,
}
