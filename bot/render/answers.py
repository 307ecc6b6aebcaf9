"""Answers as Telegram messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.render.facts import dated
from bot.render.links import sentence_link
from bot.render.rich_text import RichText, join, plain, styled
from retrieval.models import Answer

if TYPE_CHECKING:
    from retrieval.models import Article, Citation, Claim, Unanswered

_FOOTNOTE = re.compile(r"\[(\d+)\]")


def render(result: Answer | Unanswered) -> RichText:
    """The whole message; it may be longer than Telegram's limit (see `rich_text.split`)."""
    return _answer(result) if isinstance(result, Answer) else _unanswered(result)


def _answer(answer: Answer) -> RichText:
    parts = [_notice(answer.notice)] if answer.notice else []
    parts += [claim_text(claim) for claim in answer.claims]
    if answer.dropped.claims:
        parts.append(styled("italic", _left_out(answer.dropped.claims)))
    parts.append(join([footnote(citation) for citation in answer.citations], "\n"))
    return join(parts, "\n\n")


def claim_text(claim: Claim) -> RichText:
    """A statement with the numbers of its footnotes."""
    marks = "".join(f"[{number}]" for number in claim.citations)
    # numbers in brackets are ours: a text's own must not look like footnotes
    text = _FOOTNOTE.sub(r"(\1)", claim.text)
    return plain(text) + " " + styled("bold", marks)


def _left_out(count: int) -> str:
    if count == 1:
        return "1 statement was left out: it named no source that was shown."
    return f"{count} statements were left out: they named no source that was shown."


def footnote(citation: Citation, *, fold: bool = True) -> RichText:
    """Number, outlet, date, the title as a link to the sentence, and the sentence.

    `fold` makes it a quotation that opens when it is touched.
    """
    article = citation.article
    head = styled("bold", f"[{citation.n}]") + " " + _source(article, citation.quote)
    whole = head + "\n“" + plain(citation.quote) + "”"
    return styled("expandable_blockquote", whole) if fold else whole


def _source(article: Article, sentence: str | None = None) -> RichText:
    """Outlet, date and title; the title leads to the article, at the sentence."""
    title = plain(article.title)
    if article.url is not None:
        url = article.url if sentence is None else sentence_link(article.url, sentence)
        title = styled("text_link", title, url)
    return plain(article.outlet) + f", {dated(article)}: " + title


def _unanswered(result: Unanswered) -> RichText:
    parts = [_notice(result.notice)] if result.notice else []
    parts.append(styled("bold", result.reason))
    if result.closest:
        nearest = join([RichText("• ") + _source(article) for article in result.closest], "\n")
        parts.append(RichText("The closest that I have:\n") + nearest)
    return join(parts, "\n\n")


def _notice(text: str) -> RichText:
    return styled("italic", plain(text))
