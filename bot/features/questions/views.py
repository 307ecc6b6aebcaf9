"""Answers as Telegram messages, with their footnotes and the buttons under them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal
from urllib.parse import quote, urldefrag

from babel import Locale

from bot.language import N_, all_translated, code, day, ngettext, number, translated
from bot.language import gettext as _
from bot.telegram.callback_data import CallbackData
from bot.telegram.rich_text import JOINER, MAX_SIZE, RichText, clean, join, plain, split, styled
from retrieval.grounding.citations import quoted
from retrieval.models import Answer, Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrieval.messages import UserMessage
    from retrieval.models import Article, Citation, Claim, Dropped, Unanswered
    from retrieval.storage import CitedText


def article_day(article: Article) -> str:
    """The day of an article, or that it is not known."""
    return day(article.published.at) if article.published else _("date unknown")


# At the end of what is not the whole answer yet.
WRITING = " …"
# Figures of one thing that are published further apart are of different times.
_SAME_TIME = timedelta(days=2)
_FOOTNOTE = re.compile(r"\[(\d+)\]")


def render(result: Answer | Unanswered) -> RichText:
    """The whole message; it may be longer than Telegram's limit (see `rich_text.split`)."""
    return _answer(result) if isinstance(result, Answer) else _unanswered(result)


def _answer(answer: Answer) -> RichText:
    parts = _notices(answer.notices)
    parts += [claim_text(claim) for claim in answer.claims]
    if answer.disputed:
        accounts = join([claim_text(one) for one in answer.disputed], "\n")
        parts.append(styled("bold", _differ(answer)) + "\n" + accounts)
    parts += [styled("italic", line) for line in left_out(answer.dropped)]
    if not answer.citations:  # a line for who asked nothing
        return join(parts, "\n\n")
    if answer.mode is not Mode.QUOTE:  # a quotation has its day beside it
        parts.append(styled("italic", _dated(answer)))
    said = "\n".join(one.text for one in (*answer.claims, *answer.disputed))
    notes = [footnote(one, is_above=_is_in(said, one.quote)) for one in answer.citations]
    parts.append(join(notes, "\n"))
    return join(parts, "\n\n")


def _is_in(said: str, sentence: str) -> bool:
    """Whether a sentence stands there, as it is or as a quotation, whose inner marks are single."""
    return " ".join(sentence.split()) in said or quoted(sentence) in said


def _dated(answer: Answer) -> str:
    if answer.newest is None:
        return _("None of the sources is dated.")
    return _("Newest source: {date}.").format(date=article_day(answer.newest))


def _differ(answer: Answer) -> str:
    """Outlets that differ at one time are at odds; later, or in one outlet, a figure changes."""
    numbers = {number for one in answer.disputed for number in one.citations}
    articles = [one.article for one in answer.citations if one.n in numbers]
    if any(_are_at_odds(one, other) for one, other in combinations(articles, 2)):
        return _("Accounts differ, the newest first:")
    return _("The figure changed, the newest first:")


def _are_at_odds(one: Article, other: Article) -> bool:
    if one.outlet == other.outlet:
        return False
    if one.published is None or other.published is None:
        return True
    return abs(one.published.at - other.published.at) <= _SAME_TIME


def being_written(text: str) -> RichText:
    """The beginning of an answer while the rest is written: one message, and so marked."""
    paragraphs = [plain(_FOOTNOTE.sub(r"(\1)", one)) for one in text.split("\n\n")]
    begun = split(join(paragraphs, "\n\n"), MAX_SIZE - len(WRITING))
    return (begun[0] if begun else RichText()) + WRITING


def statement(claim: Claim) -> str:
    """What it says, with the program's own words in the language that is spoken."""
    return translated(claim.message) if claim.message is not None else claim.text


def claim_text(claim: Claim) -> RichText:
    """A statement with the numbers of its footnotes."""
    if not claim.citations:
        return plain(statement(claim))
    marks = "".join(f"[{number}]" for number in claim.citations)
    # numbers in brackets are ours: a text's own must not look like footnotes
    text = _FOOTNOTE.sub(r"(\1)", statement(claim))
    return plain(text) + " " + styled("bold", marks)


def left_out(dropped: Dropped) -> list[str]:
    """What is said of statements that are not shown, a line a reason."""
    lines = list[str]()
    if count := dropped.unsupported:
        lines.append(
            ngettext(
                "I left out 1 statement that its source didn't support.",
                "I left out {count} statements that their sources didn't support.",
                count,
            ).format(count=number(count))
        )
    if count := dropped.claims:
        lines.append(
            ngettext(
                "I left out 1 statement that cited no source.",
                "I left out {count} statements that cited no source.",
                count,
            ).format(count=number(count))
        )
    return lines


def footnote(citation: Citation, *, fold: bool = True, is_above: bool = False) -> RichText:
    """Number, outlet, date, the title as a link to the sentence, and the sentence.

    `fold` makes it a quotation that opens when it is touched. A sentence that `is_above`, in the
    answer itself, is not repeated.
    """
    article = citation.article
    head = styled("bold", f"[{citation.n}]") + " " + _source(article, citation.quote)
    if is_above:
        return styled("expandable_blockquote", head) if fold else head
    whole = head + "\n“" + plain(citation.quote) + "”"
    return styled("expandable_blockquote", whole) if fold else whole


def _source(article: Article, sentence: str | None = None) -> RichText:
    """Outlets, date and title; the title leads to the article, at the sentence."""
    title = plain(article.title)
    if article.url is not None:
        url = article.url if sentence is None else sentence_link(article.url, sentence)
        title = styled("text_link", title, url)
    source = plain(article.outlet) + f", {dated(article)}" + plain(also_in(article))
    return source + ": " + title


def _unanswered(result: Unanswered) -> RichText:
    parts = _notices(result.notices)
    parts.append(styled("bold", translated(result.reason)))
    parts += [styled("italic", line) for line in left_out(result.dropped)]
    if result.closest:
        nearest = join([RichText("• ") + _source(article) for article in result.closest], "\n")
        parts.append(RichText(_("Closest matches:") + "\n") + nearest)
    return join(parts, "\n\n")


def _notices(told: Sequence[UserMessage]) -> list[RichText]:
    return [styled("italic", plain(all_translated(told)))] if told else []


LONGEST_LABEL = 24
_IN_A_ROW = 2
_MOST = 20
_LONGEST_TOPIC = 32

Rows = tuple[tuple[tuple[str, str], ...], ...]
"""(label, callback data) by row."""


@dataclass(frozen=True)
class CitedButton(CallbackData):
    """A button of a footnote."""

    PREFIX: ClassVar[str] = "cited"
    answer_id: int
    n: Annotated[int, "[0-9]{1,4}"]


@dataclass(frozen=True)
class SourcesButton(CallbackData):
    """The button that opens the sources, or closes them."""

    PREFIX: ClassVar[str] = "sources"
    answer_id: int
    are_open: bool


@dataclass(frozen=True)
class FurtherButton(CallbackData):
    """The button that asks for quotations besides those of the answer."""

    PREFIX: ClassVar[str] = "further"
    answer_id: int


@dataclass(frozen=True)
class MoreButton(CallbackData):
    """A button under a cited passage: what is newer (n), or of its outlet (o)."""

    PREFIX: ClassVar[str] = "more"
    answer_id: int
    n: Annotated[int, "[0-9]{1,4}"]
    what: Literal["n", "o"]


@dataclass(frozen=True)
class VoteButton(CallbackData):
    """Whether an answer helped."""

    PREFIX: ClassVar[str] = "vote"
    answer_id: int
    helpful: bool


@dataclass(frozen=True)
class NoteButton(CallbackData):
    """The button that has a question asked again later."""

    PREFIX: ClassVar[str] = "note"
    answer_id: int


@dataclass(frozen=True)
class WatchButton(CallbackData):
    """Begins to watch what an answer is about (on); ends a watch, under a message or in a list."""

    PREFIX: ClassVar[str] = "watch"
    action: Literal["on", "off", "end"]
    number: int


def rows_under_answer(
    answer_id: int, answer: Answer | Unanswered, topic_of: Callable[[str], str | None]
) -> Rows:
    """One button for the sources, or to note what has no answer; and whether it helped.

    `topic_of` tells what a question is about, which can be watched. What lists articles needs no
    search and no model, and so is not imported here.
    """
    if not isinstance(answer, Answer):
        note = (_("Ask again after the next briefing"), NoteButton(answer_id).pack())
        return ((note,), _votes(answer_id))
    return with_sources(
        answer_id,
        [(one.n, one.article.outlet) for one in answer.citations],
        topic_of(answer.question),
        are_open=False,
        further=len(answer.further),
    )


def with_sources(
    answer_id: int,
    outlets: Sequence[tuple[int, str]],
    topic: str | None,
    *,
    are_open: bool,
    further: int = 0,
) -> Rows:
    """A button that opens the sources; where they are open, or one is all, a button a footnote.

    `outlets` are the numbers of the footnotes, each with its outlet. What was asked about, the
    `topic`, can be watched. `further` counts the quotations that can be asked for besides.
    """
    last = [_votes(answer_id)]
    if further:
        label = ngettext("{count} more quotation", "{count} more quotations", further)
        last.insert(0, ((label.format(count=number(further)), FurtherButton(answer_id).pack()),))
    if topic is not None:
        label = _("Watch: {topic}").format(topic=short_label(topic))
        last.append(((label, WatchButton("on", answer_id).pack()),))
    if not are_open and len(outlets) > 1:
        label = _("Sources ({count})").format(count=number(len(outlets)))
        return (((label, SourcesButton(answer_id, are_open=True).pack()),), *last)
    buttons = [
        (f"[{n}] {clean(outlet)[:LONGEST_LABEL]}", CitedButton(answer_id, n).pack())
        for n, outlet in outlets[:_MOST]
    ]
    if are_open:
        buttons.append((_("‹ Close"), SourcesButton(answer_id, are_open=False).pack()))
    rows = [tuple(buttons[at : at + _IN_A_ROW]) for at in range(0, len(buttons), _IN_A_ROW)]
    return (*rows, *last)


def short_label(topic: str) -> str:
    """A topic as a button has room for it."""
    topic = clean(topic)
    return topic if len(topic) <= _LONGEST_TOPIC else f"{topic[: _LONGEST_TOPIC - 1]}…"


def _votes(answer_id: int) -> tuple[tuple[str, str], ...]:
    return (
        ("\U0001f44d " + _("Helpful"), VoteButton(answer_id, helpful=True).pack()),
        ("\U0001f44e " + _("Not helpful"), VoteButton(answer_id, helpful=False).pack()),
    )


# Long fragments are cut to their ends: https://wicg.github.io/scroll-to-text-fragment/
_WHOLE = 80
_ENDS = 5


def sentence_link(url: str, sentence: str) -> str:
    """The article's address, with a text fragment that makes a browser go to the sentence."""
    words = sentence.split()
    if len(sentence) <= _WHOLE or len(words) <= 2 * _ENDS:
        target = _escaped(" ".join(words))
    else:
        target = f"{_escaped(' '.join(words[:_ENDS]))},{_escaped(' '.join(words[-_ENDS:]))}"
    return f"{urldefrag(url).url}#:~:text={target}"


def _escaped(text: str) -> str:
    # "-" and "," mean something inside a fragment directive
    return quote(text, safe="").replace("-", "%2D")


_PART = N_(" (a part only)")


def dated(article: Article) -> str:
    """12 Nov 2024, and that only a part of the article could be read, if that is so."""
    return article_day(article) + (_(_PART) if article.partial else "")


def also_in(article: Article) -> str:
    """; also Beta, Gamma: the other outlets that print the same, where they were looked for."""
    if not article.also:
        return ""
    return _("; also {outlets}").format(outlets=", ".join(map(clean, article.also)))


def described(article: Article) -> str:
    """The same with language and author, where they are known; the author's words, unchecked."""
    named = Locale(code()).languages.get(article.language or "", article.language)
    facts = [
        dated(article),
        named,
        article.author and _("by {author}").format(author=article.author),
    ]
    return ", ".join(fact for fact in facts if fact)


AROUND = 600


def cited_passage(cited: CitedText) -> RichText:
    """A cited sentence, marked, in the text around it."""
    article, text, span = cited.article, cited.text, cited.sentence
    start = _edge(text, span.start, max(0, span.start - AROUND), "before")
    end = _edge(text, span.end, min(len(text), span.end + AROUND), "after")
    title = plain(article.title)
    linked = styled("text_link", title, article.url) if article.url else title
    source = styled("bold", plain(article.outlet)) + ", " + plain(described(article))
    head = source + plain(also_in(article)) + "\n" + linked
    passage = (
        RichText("… " if start > 0 else "")
        + _paragraphs(text[start : span.start])
        + _seam(text, span.start)
        + styled("bold", _paragraphs(text[span.start : span.end]))
        + _seam(text, span.end)
        + _paragraphs(text[span.end : end])
        + (" …" if end < len(text) else "")
    )
    parts = [head, passage]
    if cited.corrected is not None:
        changed = _("This article was corrected on {date}, after I cited it.").format(
            date=day(cited.corrected)
        )
        said = RichText()
        if cited.now:
            said = RichText(" " + _("It says now:") + " ") + plain(quoted(cited.now))
        parts.insert(1, styled("italic", changed) + said)
    elif cited.changed is not None:
        stands = _("This article was changed on {date}; the sentence is still there.").format(
            date=day(cited.changed)
        )
        parts.insert(1, styled("italic", stands))
    return join(parts, "\n\n")


def _paragraphs(text: str) -> RichText:
    """White space as it stands, foreign characters made harmless."""
    lines = [plain(line).text for line in text.split("\n")]
    head = " " if text[:1].isspace() and not text.startswith("\n") else ""
    tail = " " if text[-1:].isspace() and not text.endswith("\n") and text.strip() else ""
    return RichText(head + "\n".join(lines) + tail)


def _seam(text: str, at: int) -> str:
    """Between two stretches that were made harmless each by itself, in the middle of a word."""
    around = text[max(at - 1, 0) : at + 1]
    return "" if len(around) < 2 or any(map(str.isspace, around)) else JOINER  # noqa: PLR2004


def _edge(text: str, near: int, far: int, side: str) -> int:
    """The edge of a paragraph between `near` and `far`, else of a word."""
    low, high = min(near, far), max(near, far)
    if far in (0, len(text)):
        return far
    if side == "before":
        at = text.find("\n\n", low, high)
        return at + 2 if at >= 0 else max(text.find(" ", low, high), low)
    at = text.rfind("\n\n", low, high)
    return at if at >= 0 else (text.rfind(" ", low, high) if " " in text[low:high] else high)
