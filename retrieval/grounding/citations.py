"""Sentences under short ids, statements that cite them, and what becomes of a citation. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from retrieval.messages import ShortDate, UserMessage
from retrieval.models import Citation
from retrieval.text.sentences import split_sentences
from retrieval.text.words import stems, visible, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrieval.models import Article, Passage, Span


# An article's own brackets must not look like our ids or our fence.
_HARMLESS = str.maketrans({"[": "(", "]": ")", "<": "‹", ">": "›", "【": "(", "】": ")"})


@dataclass(frozen=True, slots=True, order=True)
class SentenceId:
    """`[passage.sentence]`, both counted from 1; with `through`, also those up to that one."""

    passage: int
    sentence: int
    through: int = 0

    def __str__(self) -> str:
        return f"[{self.passage}.{self.sentence}]"


@dataclass(frozen=True, slots=True)
class CitationIndex:
    """The passages that a model is shown, in order, without what nobody should cite."""

    passages: tuple[Passage, ...]

    def __contains__(self, name: SentenceId) -> bool:
        if not 1 <= name.passage <= len(self.passages):
            return False
        passage = self.passages[name.passage - 1]
        within = 1 <= name.sentence <= len(passage.sentences)
        return within and passage.is_quotable(name.sentence - 1)

    def citation(self, name: SentenceId, n: int) -> Citation:
        """Footnote `n`, the sentences that `name` stands for: a slice of the stored text."""
        passage = self.passages[name.passage - 1]
        start = passage.sentences[name.sentence - 1].start
        end = passage.sentences[max(name.sentence, name.through) - 1].end
        quote = passage.text[start - passage.span.start : end - passage.span.start]
        article = passage.article
        if passage.also:
            article = replace(article, also=passage.also[name.sentence - 1])
        return Citation(n, article, start, end, quote)

    def ids(self) -> list[SentenceId]:
        """Those of all sentences, in order."""
        return [
            SentenceId(number, index + 1)
            for number, passage in enumerate(self.passages, start=1)
            for index in range(len(passage.sentences))
        ]

    def prompt(self, *, with_ids: bool = True) -> str:
        """The passages as the model reads them: fenced, dated, a sentence a line."""
        numbers = range(1, len(self.passages) + 1)
        return "\n\n".join(self.passage(number, with_ids=with_ids) for number in numbers)

    def passage(self, number: int, *, with_ids: bool = True) -> str:
        """One of the passages as the model reads it, from 1."""
        passage = self.passages[number - 1]
        lines = (
            f"{SentenceId(number, index + 1)} {_plain(passage.sentence(index))}"
            if with_ids
            else _plain(passage.sentence(index))
            for index in range(len(passage.sentences))
            if passage.is_quotable(index)
        )
        return "\n".join((f"<article {number}: {_source(passage.article)}>", *lines, "</article>"))


def footnotes(
    shown: CitationIndex, used: Iterable[Sequence[SentenceId]]
) -> tuple[tuple[Citation, ...], list[tuple[int, ...]]]:
    """Footnotes numbered in order of first use, and for each user their numbers.

    A sentence cited twice, by whichever id, is one footnote.
    """
    numbers: dict[tuple[int, int, int], Citation] = {}
    marks: list[tuple[int, ...]] = []
    for names in used:
        mine: list[int] = []
        for name in names:
            citation = shown.citation(name, len(numbers) + 1)
            key = (citation.article.revision_id, citation.start, citation.end)
            mine.append(numbers.setdefault(key, citation).n)
        marks.append(tuple(dict.fromkeys(mine)))
    return tuple(numbers.values()), marks


def _source(article: Article) -> str:
    date = f"{article.published.at:%A, %d %B %Y}" if article.published else "date unknown"
    return f"{_plain(article.outlet)}, {date}, “{_plain(article.title)}”"


def _plain(text: str) -> str:
    return visible(text.translate(_HARMLESS))


# A statement that names more sentences is not traced by them.
MOST_IDS = 8


@dataclass(frozen=True, slots=True)
class CitedStatement:
    """A statement, and the sentences (shown) that it rests on."""

    text: str
    ids: tuple[SentenceId, ...]


_INNER_MARKS = str.maketrans('“”"', "‘’'")


def attribution(article: Article) -> UserMessage:
    """Outlet and date, as a reader expects them before a quote."""
    day = ShortDate(article.published.at if article.published else None)
    return UserMessage("{outlet}, {date}", outlet=article.outlet, date=day)


def attributed(quote: str, article: Article) -> UserMessage:
    """Who says it and when, and then the sentence as it stands."""
    return UserMessage("{source}: {quote}", source=attribution(article), quote=quoted(quote))


def quotation(citation: Citation) -> UserMessage:
    """A sentence as it stands, and then who says it and when."""
    source = attribution(citation.article)
    return UserMessage("{quote} {source}", quote=quoted(citation.quote), source=source)


def as_message(text: str, cited: Iterable[Citation]) -> UserMessage | None:
    """A statement that is, or ends in, the quotation of a sentence that it cites; None of others.

    What is told is held together as text, so that the checks read what the reader does.
    """
    for one in cited:
        said = quotation(one)
        if text == str(said):
            return said
        if text.endswith(f": {said}"):
            words = text.removesuffix(f": {said}")
            return UserMessage("{words}: {quotation}", words=words, quotation=said)
    return None


def quoted(sentence: str) -> str:
    """In quotation marks, inner ones made single."""
    inner = sentence.translate(_INNER_MARKS)
    return f"“{' '.join(inner.split())}”"


# The share of an old sentence's words that the sentence in its place has.
_IN_ITS_PLACE = 0.5


def still_says(text: str, quote: str) -> bool:
    """Whether a text has a sentence, word for word."""
    return f" {_folded(quote)} " in f" {_folded(text)} "


def in_its_place(text: str, quote: str) -> Span | None:
    """The sentence of `text` that has most of the old one's words, if it has enough of them."""
    wanted = stems(quote)
    shares = [(_share(wanted, said), span) for span, said in _sentences(text)]
    share, best = max(shares, key=lambda one: one[0], default=(0.0, None))
    return best if share >= _IN_ITS_PLACE else None


def is_corrected(quote: str, before: str, now: str) -> bool:
    """Whether who was given `quote` has something new to hear, now that `before` became `now`.

    Not where the sentence still stands; nor where it had gone before, and what stood in its place
    then still does.
    """
    if still_says(now, quote):
        return False
    return still_says(before, quote) or _place(before, quote) != _place(now, quote)


def _place(text: str, quote: str) -> str | None:
    span = in_its_place(text, quote)
    return _folded(span.of(text)) if span is not None else None


@lru_cache(maxsize=4)
def _sentences(text: str) -> tuple[tuple[Span, frozenset[str]], ...]:
    """Each with its stems; of the last texts, since many quotes are looked for in one."""
    return tuple((span, stems(span.of(text))) for span in split_sentences(text))


@lru_cache(maxsize=8)
def _folded(text: str) -> str:
    """Words and figures alone: another quotation mark or dash is no correction."""
    return " ".join(words(text.replace("’", "'").replace("ʼ", "'")))


def _share(wanted: frozenset[str], said: frozenset[str]) -> float:
    return len(wanted & said) / len(wanted) if wanted else 0.0
