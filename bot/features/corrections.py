"""Tells readers, once, when a source has changed or removed a sentence that they were given.

Each new revision is checked once, two minutes after it was stored. Its messages go into the outbox
in the transaction that marks it as checked, so a crash repeats and loses nothing.
"""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from telegram.ext import CommandHandler, filters

from bot.background import BackgroundService
from bot.features.access.chat_admins import may_manage
from bot.language import LANGUAGES, N_, Spoken, day, ngettext, speaking
from bot.language import gettext as _
from bot.tables import correction_choice, outbox, spoken
from bot.telegram.client import send
from bot.telegram.outbox import QUEUED, WAITING, NewMessage, OutgoingMessage, enqueue, payloads
from bot.telegram.rich_text import RichText, join, plain, styled
from retrieval.grounding.citations import in_its_place, is_corrected, quoted
from retrieval.storage.answers import (
    given_quotes,
    look_until,
    looked_until,
    newest_revision,
    superseded,
)
from retrieval.storage.leases import RELEASED
from retrieval.storage.purge import Quotable, quotable
from retrieval.text.sentences import split

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Column, Row, Table
    from sqlalchemy.ext.asyncio import AsyncConnection
    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.features import App
    from retrieval.models import Article
    from retrieval.storage.answers import GivenQuote, Superseded
    from retrieval.storage.database import Database


LOOK_EVERY_S = 30.0
# How old a revision must be to be checked: an answer written meanwhile is stored by then, and two
# corrections in a row make one message.
SETTLES = timedelta(minutes=2)
# Prefix of these messages' names in the outbox.
NAME = "corrected"
_CHATS_AT_ONCE = 500
_CONVERSATION = re.compile(r"telegram:(-?\d{1,19}):(\d{1,19})")


class Corrections(BackgroundService):
    """Checks new revisions; call `wake` when there are some. `queued` is called after messages.

    Answers of the last `days` count; 0 switches these messages off.
    """

    def __init__(
        self,
        database: Database,
        days: int,
        now: Callable[[], datetime],
        queued: Callable[[], None],
    ) -> None:
        self._database = database
        self._days = days
        self._now, self._queued = now, queued
        super().__init__("telling of corrections", self._work)

    async def _work(self) -> float:
        if await self.tell():
            self._queued()
        return LOOK_EVERY_S

    async def tell(self) -> int:
        """Queue messages about new revisions; returns how many messages.

        Revisions older than the first run are ignored.

        Raises:
            ArchiveError: the database failed; nothing was written, and the next run tries again.
        """
        async with self._database.read() as connection:
            before = await looked_until(connection)
            newest = await newest_revision(connection, self._now() - SETTLES)
            if before is not None and newest <= before:
                return 0
            messages: list[NewMessage] = []
            if before is not None and self._days:
                messages = await self._messages(connection, before, newest)
        try:
            async with self._database.write() as connection:
                if await looked_until(connection, lock=True) != before:
                    return 0  # another program was faster
                await enqueue(connection, messages, self._now())
                await look_until(connection, before, newest)
        except IntegrityError:
            return 0  # likewise, in the very first run
        return len(messages)

    async def _messages(
        self, connection: AsyncConnection, before: int, newest: int
    ) -> list[NewMessage]:
        articles = await superseded(connection, before, newest)
        since = self._now() - timedelta(days=self._days)
        given = await given_quotes(connection, articles, since)
        chats = sorted(
            {int(found[1]) for one in given if (found := _CONVERSATION.fullmatch(one.conversation))}
        )
        choices = await _of_chats(connection, correction_choice, chats)
        silent = frozenset(row.chat_id for row in choices if not row.wanted)
        languages = {
            row.chat_id: Spoken(row.language, row.chosen)
            for row in await _of_chats(connection, spoken, chats)
            if row.language in LANGUAGES
        }
        # Each sentence is searched for in two texts; for many readers that would block the loop.
        return await asyncio.to_thread(
            lambda: list(messages_of(articles, given, silent, languages))
        )


def messages_of(
    articles: Mapping[int, Superseded],
    given: Iterable[GivenQuote],
    silent: frozenset[int],
    languages: Mapping[int, Spoken],
) -> Iterator[NewMessage]:
    """One message per chat and article, unless its sentences are unchanged. Pure."""
    groups: dict[tuple[str, int], list[GivenQuote]] = {}
    for one in given:
        article = articles[one.article_id]
        if is_corrected(one.quote, article.before, article.text):
            groups.setdefault((one.conversation, one.article_id), []).append(one)
    for (conversation, article_id), quotes in groups.items():
        where = _CONVERSATION.fullmatch(conversation)
        if where is None or int(where[1]) in silent:
            continue
        article = articles[article_id]
        name = f"{NAME}:{article.article.revision_id}:{where[1]}:{where[2]}"
        with speaking(languages.get(int(where[1]), Spoken())):
            parts = payloads([OutgoingMessage(correction_text(article, quotes))])
        for number, payload in enumerate(parts, start=1):
            yield NewMessage(f"{name}:{number}", int(where[1]), int(where[2]), payload)


async def _of_chats(
    connection: AsyncConnection, table: Table, chats: Sequence[int]
) -> list[Row[Any]]:
    """The rows of these chats, queried in parts."""
    found: list[Row[Any]] = []
    for at in range(0, len(chats), _CHATS_AT_ONCE):
        query = select(table).where(table.c.chat_id.in_(chats[at : at + _CHATS_AT_ONCE]))
        found += (await connection.execute(query)).all()
    return found


async def wants_corrections(database: Database, chat_id: int) -> bool:
    """Whether a chat is told of corrections."""
    choice = correction_choice.c
    async with database.read() as connection:
        query = select(choice.wanted).where(choice.chat_id == chat_id)
        found: bool | None = (await connection.execute(query)).scalar()
    return found is not False


async def choose_corrections(
    database: Database, chat_id: int, now: datetime, *, wanted: bool
) -> None:
    """Store whether a chat is told of corrections."""
    values = {"wanted": wanted, "chosen_at": now}
    async with database.write() as connection:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        statement = dialect.insert(correction_choice).values(chat_id=chat_id, **values)
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["chat_id"], set_=values)
        )


# A message quotes an article if it links to it or, if the article has no URL, has its title and any
# of its sentences. All unsent messages of that briefing are struck: the footnote that names the
# article may be in another message than the claim that cites it.

STRUCK = "This part of your briefing quoted an article that was removed. /briefing makes a new one."
# for messages that aren't part of a briefing: corrections
STRUCK_CORRECTION = "A correction that was to come here quoted an article that was removed since."
_AT_ONCE = 500
_WAITS = (WAITING, outbox.c.state == QUEUED)


async def strike(database: Database, article_id: int) -> int:
    """Replace waiting messages that quote an article by a notice; returns how many messages.

    A worker that has leased one loses its lease, so it won't send the old text.

    Raises:
        ArchiveError: the database failed; nothing was struck.
    """
    async with database.write() as connection:
        quotes = quoting(await quotable(connection, article_id, split))
        briefings: set[str] = set()
        async for rows in _waiting(connection, outbox.c.payload):
            briefings |= {_briefing(row.once) for row in rows if quotes(row.payload)}
        struck = 0
        # By id, a page at a time: searching for names in SQL would read the whole outbox for each.
        async for rows in _waiting(connection):
            for text, about_correction in ((STRUCK, False), (STRUCK_CORRECTION, True)):
                ids = [
                    row.id
                    for row in rows
                    if (name := _briefing(row.once)) in briefings
                    and name.startswith(f"{NAME}:") is about_correction
                ]
                struck += await _strike(connection, ids, text)
        return struck


def quoting(article: Quotable) -> Callable[[dict[str, Any]], bool]:
    """A function that says whether a message of the outbox quotes the article."""
    if article.url is not None:
        address = article.url.partition("#")[0]
        return lambda payload: any(
            entity[3] and entity[3].partition("#")[0] == address for entity in payload["entities"]
        )
    folded = (_folded(plain(one).text) for one in (article.titles | article.sentences))
    said = tuple(one for one in folded if one)

    def in_words(payload: dict[str, Any]) -> bool:
        text = _folded(payload["text"])
        return any(one in text for one in said)

    return in_words


async def _waiting(
    connection: AsyncConnection, *more: Column[Any]
) -> AsyncIterator[Sequence[Row[Any]]]:
    """Unsent messages, page by page: id, name, and the given columns."""
    query = select(outbox.c.id, outbox.c.once, *more).where(*_WAITS).order_by(outbox.c.id)
    last = 0
    while rows := (await connection.execute(query.where(outbox.c.id > last).limit(_AT_ONCE))).all():
        yield rows
        last = rows[-1].id


async def _strike(connection: AsyncConnection, ids: Sequence[int], text: str) -> int:
    if not ids:
        return 0
    payload = {"text": text, "entities": [], "buttons": []}
    done = await connection.execute(
        update(outbox).where(*_WAITS, outbox.c.id.in_(ids)).values(payload=payload, **RELEASED)
    )
    return done.rowcount


def _folded(words: str) -> str:
    return " ".join(words.split())


def _briefing(once: str) -> str:
    return once.rpartition(":")[0]


# A chat that asked the same thing all day is told once.
MOST_QUOTES = 3
_LONGEST_QUESTION = 120
STOP = N_("/corrections off stops these messages.")


def correction_text(one: Superseded, given: Sequence[GivenQuote]) -> RichText:
    """The message: the article, the question, the cited sentences, and what they say now."""
    first = given[0]
    head = styled(
        "bold",
        plain(_("{outlet} changed something I cited to you").format(outlet=one.article.outlet)),
    )
    when = _("on {date}, in").format(date=day(first.asked_at))
    head = head + f" {when} " + _title(one.article) + "."
    parts = [
        head,
        plain(_("You asked: {question}").format(question=quoted(_short(first.question)))),
    ]
    quotes = list(dict.fromkeys(given_quote.quote for given_quote in given))
    parts += [_changed(quote, one.text) for quote in quotes[:MOST_QUOTES]]
    if more := len(quotes[MOST_QUOTES:]):
        said = ngettext("{count} more sentence changed.", "{count} more sentences changed.", more)
        parts.append(RichText(said.format(count=more)))
    return join([*parts, styled("italic", _(STOP))], "\n\n")


def _changed(quote: str, text: str) -> RichText:
    said = RichText(_("It said:") + " ") + plain(quoted(quote))
    place = in_its_place(text, quote)
    if place is None:
        return said + "\n" + _("The article no longer says that.")
    return said + "\n" + _("It says now:") + " " + plain(quoted(place.of(text)))


def _title(article: Article) -> RichText:
    title = plain(quoted(article.title))
    return styled("text_link", title, article.url) if article.url else title


def _short(question: str) -> str:
    if len(question) <= _LONGEST_QUESTION:
        return question
    return question[: _LONGEST_QUESTION - 1] + "…"


NEVER = N_("This bot's operator has switched off messages about corrections.")
NOT_YOURS = N_("In a group, only its admins can change that.")


class CorrectionHandlers:
    """Shows and changes whether a chat is told of corrections; `days` as in `Corrections`."""

    def __init__(self, database: Database, days: int, now: Callable[[], datetime]) -> None:
        self._database = database
        self._days = days
        self._now = now

    def register(self, app: App) -> None:
        """Add the handler of /corrections."""
        fresh = filters.UpdateType.MESSAGE
        app.add_handler(CommandHandler("corrections", self.on_corrections, fresh))

    async def on_corrections(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/corrections [on | off]`."""
        message = update.effective_message
        if message is None:
            return
        words = (message.text or "").casefold().split()[1:]
        if not self._days:
            said = _(NEVER)
        elif words in (["on"], ["off"]):
            said = _(NOT_YOURS)
            if await may_manage(context.bot, message.chat, message.from_user, message.sender_chat):
                await choose_corrections(
                    self._database, message.chat_id, self._now(), wanted=words == ["on"]
                )
                said = await self._said(message.chat_id)
        else:
            said = await self._said(message.chat_id)
        thread = message.message_thread_id if message.is_topic_message else None
        await send(context.bot, message.chat_id, RichText(said), thread_id=thread)

    async def _said(self, chat_id: int) -> str:
        if not await wants_corrections(self._database, chat_id):
            return _(
                "I don't tell you when a source changes something I cited here. /corrections "
                "on switches that on."
            )
        return ngettext(
            "When a source changes a sentence I cited here in the last day, I tell you "
            "once. /corrections off stops that.",
            "When a source changes a sentence I cited here in the last {days} days, I tell "
            "you once. /corrections off stops that.",
            self._days,
        ).format(days=self._days)
