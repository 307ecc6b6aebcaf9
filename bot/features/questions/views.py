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
    """An article's day, or that it is unknown."""
    return day(article.published.at) if article.published else _("date unknown")


# The end of a text that isn't the whole answer yet.
WRITING = " …"
# Figures on the same thing published further apart are from different times.
_SAME_TIME = timedelta(days=2)
_FOOTNOTE = re.compile(r"\[(\d+)\]")


def render(result: Answer | Unanswered) -> RichText:
    """An answer as a message, maybe longer than Telegram's limit (see `rich_text.split`)."""
    return _answer(result) if isinstance(result, Answer) else _unanswered(result)


def _answer(answer: Answer) -> RichText:
    parts = _notices(answer.notices)
    parts += [claim_text(claim) for claim in answer.claims]
    if answer.disputed:
        accounts = join([claim_text(one) for one in answer.disputed], "\n")
        parts.append(styled("bold", _differ(answer)) + "\n" + accounts)
    parts += [styled("italic", line) for line in left_out(answer.dropped)]
    if not answer.citations:  # a reply to small talk
        return join(parts, "\n\n")
    if answer.mode is not Mode.QUOTE:  # quotations show their day
        parts.append(styled("italic", _dated(answer)))
    said = "\n".join(one.text for one in (*answer.claims, *answer.disputed))
    notes = [footnote(one, is_above=_is_in(said, one.quote)) for one in answer.citations]
    parts.append(join(notes, "\n"))
    return join(parts, "\n\n")


def _is_in(said: str, sentence: str) -> bool:
    """Whether a text has a sentence, as it is or as a quotation with single inner marks."""
    return " ".join(sentence.split()) in said or quoted(sentence) in said


def _dated(answer: Answer) -> str:
    if answer.newest is None:
        return _("None of the sources is dated.")
    return _("Newest source: {date}.").format(date=article_day(answer.newest))


def _differ(answer: Answer) -> str:
    """A note on differing figures: outlets disagree, or a figure changed with time."""
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
    """The start of an unfinished answer, in one message, marked as such."""
    paragraphs = [plain(_FOOTNOTE.sub(r"(\1)", one)) for one in text.split("\n\n")]
    begun = split(join(paragraphs, "\n\n"), MAX_SIZE - len(WRITING))
    return (begun[0] if begun else RichText()) + WRITING


def statement(claim: Claim) -> str:
    """A claim's text, with the program's own words in the reader's language."""
    return translated(claim.message) if claim.message is not None else claim.text


def claim_text(claim: Claim) -> RichText:
    """A claim with its footnote numbers."""
    if not claim.citations:
        return plain(statement(claim))
    marks = "".join(f"[{number}]" for number in claim.citations)
    # only footnotes have numbers in square brackets
    text = _FOOTNOTE.sub(r"(\1)", statement(claim))
    return plain(text) + " " + styled("bold", marks)


def left_out(dropped: Dropped) -> list[str]:
    """A note on statements that were left out, with a line for each reason."""
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
    """A footnote: number, outlet, date, the title as a link to the sentence, and the sentence.

    `fold` makes it an expandable quotation. `is_above`: the answer itself has the sentence, so
    it isn't repeated.
    """
    article = citation.article
    head = styled("bold", f"[{citation.n}]") + " " + _source(article, citation.quote)
    if is_above:
        return styled("expandable_blockquote", head) if fold else head
    whole = head + "\n“" + plain(citation.quote) + "”"
    return styled("expandable_blockquote", whole) if fold else whole


def _source(article: Article, sentence: str | None = None) -> RichText:
    """Outlets, date and title; the title links to the sentence in the article."""
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
    """The button that opens or closes the list of sources."""

    PREFIX: ClassVar[str] = "sources"
    answer_id: int
    are_open: bool


@dataclass(frozen=True)
class FurtherButton(CallbackData):
    """The button that asks for more quotations."""

    PREFIX: ClassVar[str] = "further"
    answer_id: int


@dataclass(frozen=True)
class MoreButton(CallbackData):
    """A button under a cited passage: newer articles (n), or its outlet (o)."""

    PREFIX: ClassVar[str] = "more"
    answer_id: int
    n: Annotated[int, "[0-9]{1,4}"]
    what: Literal["n", "o"]


@dataclass(frozen=True)
class VoteButton(CallbackData):
    """A button to say whether an answer helped."""

    PREFIX: ClassVar[str] = "vote"
    answer_id: int
    helpful: bool


@dataclass(frozen=True)
class NoteButton(CallbackData):
    """The button that saves a question."""

    PREFIX: ClassVar[str] = "note"
    answer_id: int


@dataclass(frozen=True)
class WatchButton(CallbackData):
    """Starts watching an answer's topic (on); stops it under an alert (off) or in a list (end)."""

    PREFIX: ClassVar[str] = "watch"
    action: Literal["on", "off", "end"]
    number: int


def rows_under_answer(
    answer_id: int, answer: Answer | Unanswered, topic_of: Callable[[str], str | None]
) -> Rows:
    """Buttons under an answer: its sources or, without an answer, saving the question; and votes.

    `topic_of` finds a question's topic, for the watch button. It is a parameter because this
    module must not import searching: lists of articles need neither search nor model.
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
    """A button that opens the sources or, if they are open or just one, a button per footnote.

    `outlets` are the footnotes' numbers with their outlets, `topic` is for the watch button, and
    `further` is the number of quotations that can be asked for.
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
    """A topic short enough for a button."""
    topic = clean(topic)
    return topic if len(topic) <= _LONGEST_TOPIC else f"{topic[: _LONGEST_TOPIC - 1]}…"


def _votes(answer_id: int) -> tuple[tuple[str, str], ...]:
    return (
        ("\U0001f44d " + _("Helpful"), VoteButton(answer_id, helpful=True).pack()),
        ("\U0001f44e " + _("Not helpful"), VoteButton(answer_id, helpful=False).pack()),
    )


# Long fragments are reduced to their ends: https://wicg.github.io/scroll-to-text-fragment/
_WHOLE = 80
_ENDS = 5


def sentence_link(url: str, sentence: str) -> str:
    """The article's address with a text fragment, so that a browser scrolls to the sentence."""
    words = sentence.split()
    if len(sentence) <= _WHOLE or len(words) <= 2 * _ENDS:
        target = _escaped(" ".join(words))
    else:
        target = f"{_escaped(' '.join(words[:_ENDS]))},{_escaped(' '.join(words[-_ENDS:]))}"
    return f"{urldefrag(url).url}#:~:text={target}"


def _escaped(text: str) -> str:
    # "-" and "," have a meaning in fragment directives
    return quote(text, safe="").replace("-", "%2D")


_PART = N_(" (a part only)")


def dated(article: Article) -> str:
    """An article's date, with a note if only part of the article could be read."""
    return article_day(article) + (_(_PART) if article.partial else "")


def also_in(article: Article) -> str:
    """; also Beta, Gamma: other outlets with the same text, if they were looked up."""
    if not article.also:
        return ""
    return _("; also {outlets}").format(outlets=", ".join(map(clean, article.also)))


def described(article: Article) -> str:
    """Date, language and author as far as known; the author's name is unchecked."""
    named = Locale(code()).languages.get(article.language or "", article.language)
    facts = [
        dated(article),
        named,
        article.author and _("by {author}").format(author=article.author),
    ]
    return ", ".join(fact for fact in facts if fact)


AROUND = 600


def cited_passage(cited: CitedText) -> RichText:
    """A cited sentence, highlighted in the text around it."""
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
    """Foreign text made safe with `plain`, keeping its line breaks."""
    lines = [plain(line).text for line in text.split("\n")]
    head = " " if text[:1].isspace() and not text.startswith("\n") else ""
    tail = " " if text[-1:].isspace() and not text.endswith("\n") and text.strip() else ""
    return RichText(head + "\n".join(lines) + tail)


def _seam(text: str, at: int) -> str:
    """What joins two parts, each made safe by itself, at a cut within a word."""
    around = text[max(at - 1, 0) : at + 1]
    return "" if len(around) < 2 or any(map(str.isspace, around)) else JOINER  # noqa: PLR2004


def _edge(text: str, near: int, far: int, side: str) -> int:
    """Where to cut between `near` and `far`: at a paragraph's edge, or else at a word's."""
    low, high = min(near, far), max(near, far)
    if far in (0, len(text)):
        return far
    if side == "before":
        at = text.find("\n\n", low, high)
        return at + 2 if at >= 0 else max(text.find(" ", low, high), low)
    at = text.rfind("\n\n", low, high)
    return at if at >= 0 else (text.rfind(" ", low, high) if " " in text[low:high] else high)
