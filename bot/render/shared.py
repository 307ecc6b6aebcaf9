"""What is offered inline, and what stands in the chat where it is shared. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.render.dates import article_day
from bot.render.facts import also_in, dated
from bot.render.links import sentence_link
from bot.render.rich_text import MAX_SIZE, RichText, clean, join, plain, split, styled

if TYPE_CHECKING:
    from retrieval.briefing import Snippets, StorySnippet
    from retrieval.models import Citation

_TITLE, _LINE = 100, 200


@dataclass(frozen=True, slots=True)
class Offer:
    """A result: what the list shows, and the message that it becomes."""

    name: str
    title: str
    line: str
    text: RichText


def offers(found: Snippets) -> list[Offer]:
    """Stories first, then sentences; each with its source."""
    return [_story(one) for one in found.stories] + [_sentence(one) for one in found.sentences]


def _story(one: StorySnippet) -> Offer:
    outlets = plain(", ".join(one.outlets)).text
    quotes = [_quoted(each) for each in one.citations]
    text = join([styled("bold", plain(one.headline)), styled("italic", outlets), *quotes], "\n\n")
    newest = article_day(one.citations[0].article)
    return _offer(f"story:{one.id}", one.headline, f"{outlets} · {newest}", text)


def _sentence(one: Citation) -> Offer:
    article = one.article
    line = f"{article.outlet}, {article_day(article)}: {article.title}"
    name = f"cited:{article.revision_id}:{one.start}"
    return _offer(name, one.quote, line, _quoted(one))


def _quoted(one: Citation) -> RichText:
    """The sentence, and below whose it is, with a link to it."""
    article = one.article
    title = plain(article.title)
    if article.url is not None:
        title = styled("text_link", title, sentence_link(article.url, one.quote))
    whose = RichText("— ") + plain(article.outlet) + f", {dated(article)}" + plain(also_in(article))
    return RichText("“") + plain(one.quote) + "”\n" + whose + ": " + title


def _offer(name: str, title: str, line: str, text: RichText) -> Offer:
    # one message: a result can't become several
    whole = split(text, MAX_SIZE)[0]
    return Offer(name, _short(title, _TITLE), _short(line, _LINE), whole)


def _short(text: str, most: int) -> str:
    text = " ".join(clean(text).split())
    return text if len(text) <= most else f"{text[: most - 1]}…"
