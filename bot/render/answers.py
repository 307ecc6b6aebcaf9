"""Answers as Telegram messages."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING

from bot.language import gettext as _
from bot.language import ngettext, number, translated
from bot.language.translated import statement
from bot.render.dates import article_day
from bot.render.facts import also_in, dated
from bot.render.links import sentence_link
from bot.render.rich_text import MAX_SIZE, RichText, join, plain, split, styled
from retrieval.models import Answer, Mode

if TYPE_CHECKING:
    from retrieval.models import Article, Citation, Claim, Dropped, Unanswered

# At the end of what is not the whole answer yet.
WRITING = " …"
# Figures of one thing that are published further apart are of different times.
_SAME_TIME = timedelta(days=2)
_FOOTNOTE = re.compile(r"\[(\d+)\]")


def render(result: Answer | Unanswered) -> RichText:
    """The whole message; it may be longer than Telegram's limit (see `rich_text.split`)."""
    return _answer(result) if isinstance(result, Answer) else _unanswered(result)


def _answer(answer: Answer) -> RichText:
    parts = [_notice(answer.notice)] if answer.notice else []
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
    notes = [
        footnote(one, is_above=" ".join(one.quote.split()) in said) for one in answer.citations
    ]
    parts.append(join(notes, "\n"))
    return join(parts, "\n\n")


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


def claim_text(claim: Claim) -> RichText:
    """A statement with the numbers of its footnotes."""
    if not claim.citations:
        return plain(translated(claim.text))
    marks = "".join(f"[{number}]" for number in claim.citations)
    # numbers in brackets are ours: a text's own must not look like footnotes
    text = _FOOTNOTE.sub(r"(\1)", claim.text)
    return plain(statement(text)) + " " + styled("bold", marks)


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
    parts = [_notice(result.notice)] if result.notice else []
    parts.append(styled("bold", translated(result.reason)))
    parts += [styled("italic", line) for line in left_out(result.dropped)]
    if result.closest:
        nearest = join([RichText("• ") + _source(article) for article in result.closest], "\n")
        parts.append(RichText(_("Closest matches:") + "\n") + nearest)
    return join(parts, "\n\n")


def _notice(text: str) -> RichText:
    return styled("italic", plain(translated(text)))
