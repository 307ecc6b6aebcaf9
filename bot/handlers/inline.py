"""`@bot words` in any chat: the newest cited sentences and stories on these words, to be shared."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from time import monotonic
from typing import TYPE_CHECKING

from telegram import (
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
)
from telegram.error import BadRequest

from bot.delivery.sender import entities
from bot.language import N_
from bot.language import gettext as _
from bot.render.rich_text import clean
from bot.render.shared import offers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from telegram import InlineQuery, Update
    from telegram.ext import ContextTypes

    from bot.render.shared import Offer
    from retrieval.briefing import SnippetFinder

log = logging.getLogger(__name__)

# What a person may ask in so many seconds; Telegram asks at about every second letter.
MOST_ASKED, WITHIN_S = 40, 60.0
# Searches at once; who would wait longer is told nothing, and has typed on by then.
_AT_ONCE, _WAIT_S = 4, 3.0
_MOST_PEOPLE = 10_000
# Telegram keeps an answer for as long, for this person only: others may not be let in, or read
# another language.
_CACHE_S, _CACHE_NOTHING_S = 60, 10
MOST_CHARS = 200
NOTHING = N_("Nothing found for these words")
LATELY = N_("Type words, or share what is new")
SLOWER = N_("Too many searches: please wait a minute")
INVITED = N_("This bot is invite-only")
# What the button of an answer sends to the bot in private: /start, with nothing that it knows.
START = "inline"


class Inline:
    """Answers inline queries; what is typed is neither kept nor given to any model."""

    def __init__(self, finder: SnippetFinder, now: Callable[[], datetime]) -> None:
        self._finder, self._now = finder, now
        self._searches = asyncio.Semaphore(_AT_ONCE)
        self._asked: OrderedDict[int, deque[float]] = OrderedDict()

    async def on_query(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Offer what there is."""
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
    """Show results, and above them a hint, if there is one; too late, nobody sees it."""
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
