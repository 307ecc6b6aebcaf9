"""What subscribers are sent: the desk's briefing, as messages for the outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.delivery.prepared import OutgoingMessage, Prepared, chat_of
from bot.language import asked_of_model, speaking
from bot.render import briefings, story_menu
from bot.subscriptions.choices import wish
from retrieval.models import Window

if TYPE_CHECKING:
    from datetime import datetime

    from bot.allowance import Allowance
    from bot.intake.channels import Channels
    from bot.people.languages import Languages
    from bot.subscriptions.choices import StoryChoices
    from retrieval.briefing import Desk
    from retrieval.models import Length


WEEK = timedelta(days=7)


class BriefingWriter:
    """Writes the briefings that are due."""

    def __init__(
        self,
        desk: Desk,
        choices: StoryChoices,
        allowance: Allowance,
        languages: Languages,
        channels: Channels,
    ) -> None:
        self._desk = desk
        self._choices = choices
        self._allowance = allowance
        self._languages = languages
        self._channels = channels

    async def write(  # noqa: PLR0913, PLR0917  the agreed words
        self,
        reader: str,
        topics: tuple[str, ...],
        length: Length,
        start: datetime,
        end: datetime,
        zone: str,
        late: bool,  # noqa: FBT001
        weekly: bool = False,  # noqa: FBT001, FBT002
    ) -> Prepared:
        """The briefing of a window for one reader; written once for all who would get the same.

        `weekly`: of the week before its end, whatever the reader was told.

        Raises:
            SitrepError: it can't be written now.
        """
        with speaking(await self._languages.of(chat_of(reader))):
            window = Window(end - WEEK, end) if weekly else self._desk.within(Window(start, end))
            chosen = await self._choices.of(reader)
            async with self._allowance.of(None) as in_quotes:
                written = await self._desk.write(
                    reader,
                    replace(wish(topics, length, window, chosen), whole=weekly),
                    end,
                    in_quotes=in_quotes,
                    language=asked_of_model(),
                )
            place = ZoneInfo(zone)
            # What a button in a channel shows, it shows to whoever pressed first.
            in_channel = await self._channels.is_channel(chat_of(reader))
            parts = tuple(
                OutgoingMessage(
                    page.text,
                    () if in_channel else story_menu.numbers(written.id, page.stories),
                )
                for page in briefings.pages(written.briefing, place, late=late)
            )
            quiet = not written.briefing.stories
            return Prepared(written.id, parts, end, quiet=quiet)
