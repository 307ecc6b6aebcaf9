"""What a model is shown: sentences under short ids, and the way back from an id to its sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retrieval.hidden import visible
from retrieval.models import Citation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrieval.models import Article, Passage

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
class Shown:
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
    shown: Shown, used: Iterable[Sequence[SentenceId]]
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
