"""The articles of a source: the step from a job's item to the library."""

from __future__ import annotations

import logging
from contextlib import aclosing
from typing import TYPE_CHECKING

from telegram.error import TelegramError

from bot.delivery.sender import surely
from bot.intake.sources import Link, LocalFile, Post, Upload
from retrieval.errors import ArchiveError
from retrieval.ingest.found import UNFORESEEN
from retrieval.models import Rejected

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from telegram import Bot

    from bot.intake.sources import Source
    from retrieval.ingest import Ingestor
    from retrieval.models import Outcome

log = logging.getLogger(__name__)

NO_FILE = "Telegram did not hand over the file; try again, or send it anew."
NO_TEXT = "The post holds no text, and pictures and videos are not read."


class SourceReader:
    """Reads sources; the bot is needed for files that Telegram keeps."""

    def __init__(self, ingestor: Ingestor, bot: Bot | None = None) -> None:
        self._ingestor, self._bot = ingestor, bot

    async def read(
        self, source: Source, wanted: Callable[[int], bool], added_by: str
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        """The wanted articles of a source, stored, with what became of each.

        A failure that nobody foresaw is this source's, and the last of it.

        Raises:
            ArchiveError: the archive failed.
        """
        try:
            async with aclosing(self._read(source, wanted, added_by)) as results:
                async for result in results:
                    yield result
        except ArchiveError:
            raise
        except Exception:  # one bad source must not stop those beside it
            log.exception("reading %s failed", source.label)
            yield source.label, Rejected(UNFORESEEN)

    async def _read(
        self, source: Source, wanted: Callable[[int], bool], added_by: str
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        ingestor = self._ingestor
        match source:
            case Link(url):
                found = ingestor.add_link(url, added_by=added_by, wanted=wanted)
            case LocalFile(path):
                found = ingestor.add(path, added_by=added_by, wanted=wanted)
            case Post():
                if not source.text.strip():
                    yield source.label, Rejected(NO_TEXT)
                    return
                found = ingestor.add_text(
                    source.text,
                    outlet=source.outlet,
                    url=source.url,
                    published=source.at,
                    added_by=added_by,
                    wanted=wanted,
                )
            case Upload(file_id, name):
                body = await self._download(file_id)
                if body is None:
                    yield name, Rejected(NO_FILE)
                    return
                found = ingestor.add_upload(name, body, added_by=added_by, wanted=wanted)
        async for label, outcome in found:
            yield (source.label if isinstance(source, Post) else label), outcome

    async def _download(self, file_id: str) -> bytes | None:
        bot = self._bot
        if bot is None:
            return None
        try:
            file = await surely(lambda: bot.get_file(file_id))
            return bytes(await file.download_as_bytearray())
        except TelegramError as error:
            log.warning("a file could not be had: %s", error)
            return None
