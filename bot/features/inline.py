"""Inline queries, `@bot words` in any chat: cited sentences and stories to share there."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from telegram import (
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
)
from telegram.error import BadRequest
from telegram.ext import InlineQueryHandler

from bot.features.questions.views import also_in, article_day, dated, sentence_link
from bot.language import N_
from bot.language import gettext as _
from bot.telegram.client import entities
from bot.telegram.rich_text import MAX_SIZE, RichText, clean, join, plain, split, styled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from telegram import InlineQuery, Update
    from telegram.ext import ContextTypes

    from bot.features import App
    from retrieval.briefing import SnippetFinder, Snippets, StorySnippet
    from retrieval.models import Citation


log = logging.getLogger(__name__)

# Queries allowed per person in so many seconds; Telegram sends one about every second letter.
MOST_ASKED, WITHIN_S = 40, 60.0
# Searches at once, and how long a query waits for one; people have typed on by then.
_AT_ONCE, _WAIT_S = 4, 3.0
_MOST_PEOPLE = 10_000
# How long Telegram caches an answer; for one person only: others may lack access, or use another
# language.
_CACHE_S, _CACHE_NOTHING_S = 60, 10
MOST_CHARS = 200
NOTHING = N_("Nothing found for these words")
LATELY = N_("Type words, or share what is new")
SLOWER = N_("Too many searches: please wait a minute")
INVITED = N_("This bot is invite-only")
# The button above results sends "/start inline" in private, which is handled as a plain /start.
START = "inline"


class InlineHandlers:
    """Answers inline queries; the text is neither stored nor sent to a chat model."""

    def __init__(self, finder: SnippetFinder, now: Callable[[], datetime]) -> None:
        self._finder, self._now = finder, now
        self._searches = asyncio.Semaphore(_AT_ONCE)
        self._asked: OrderedDict[int, deque[float]] = OrderedDict()

    def register(self, app: App) -> None:
        """Add the handler of inline queries."""
        app.add_handler(InlineQueryHandler(self.on_query))

    async def on_query(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Answer an inline query."""
        query = update.inline_query
        if query is None:
            return
        if self._is_too_much(query.from_user.id):
            await answer(query, (), _(SLOWER))
            return
        words = " ".join(query.query.split())[:MOST_CHARS]
        try:
            async with asyncio.timeout(_WAIT_S), self._searches:
                found = offers(await self._finder.find(words, self._now()))
        except TimeoutError:
            log.info("an inline query was not answered in time")
            await answer(query, (), _(SLOWER))
            return
        hint = None if words and found else _(LATELY if not words else NOTHING)
        await answer(query, found, hint)

    def _is_too_much(self, person_id: int) -> bool:
        times = self._asked.setdefault(person_id, deque(maxlen=MOST_ASKED))
        self._asked.move_to_end(person_id)
        while len(self._asked) > _MOST_PEOPLE:
            self._asked.popitem(last=False)
        now = monotonic()
        if len(times) == MOST_ASKED and now - times[0] < WITHIN_S:
            return True
        times.append(now)
        return False


async def answer(query: InlineQuery, found: Sequence[Offer], hint: str | None = None) -> None:
    """Show results, with an optional hint above them; it doesn't matter if it is too late."""
    button = InlineQueryResultsButton(hint, start_parameter=START) if hint else None
    results = [
        InlineQueryResultArticle(
            id=one.name,
            title=one.title,
            description=clean(one.line),
            input_message_content=InputTextMessageContent(
                one.text.text,
                entities=entities(one.text),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            ),
        )
        for one in found
    ]
    try:
        await query.answer(
            results,
            cache_time=_CACHE_S if found else _CACHE_NOTHING_S,
            is_personal=True,
            button=button,
        )
    except BadRequest as error:
        if "query is too old" not in str(error).lower():
            raise
        log.info("an inline query was answered too late")


_TITLE, _LINE = 100, 200


@dataclass(frozen=True, slots=True)
class Offer:
    """A result: its title and line in the list, and the message that it becomes."""

    name: str
    title: str
    line: str
    text: RichText


def offers(found: Snippets) -> list[Offer]:
    """Stories first, then sentences, each with its source."""
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
    """A sentence, followed by its source with a link."""
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
