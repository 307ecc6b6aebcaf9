"""What `kills` kills: one kind of work on an archive, acknowledged line by line.

    python -m benchmarks.kills_program DATA_DIR KIND FIRST COUNT

Says `ready` when the archive is open, begins when a line comes in, and prints a JSON list for each
thing that is acknowledged: ["added", number, article id], ["revised", number], ["removed",
article id], ["reindexed"], ["told", [statements]], and at last ["done"].
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.briefing import BriefingOptions
from retrieval.library import open_library, reindex
from retrieval.models import Added, ArticleDraft, Length, Precision, Published, Revised
from retrieval.settings import LibrarySettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.library import Library

READER = "cli:reader"
TOWNS = [
    "Aldara",
    "Belmora",
    "Cestina",
    "Dorvik",
    "Elvana",
    "Fenholt",
    "Gradisk",
    "Hollin",
    "Istra",
    "Jorvell",
]
EVENTS = [
    "bridge",
    "market",
    "station",
    "school",
    "harbour",
    "airfield",
    "library",
    "hospital",
    "depot",
    "theatre",
]


def settings_of(folder: Path) -> LibrarySettings:
    """An archive in `folder`, whatever the environment says."""
    return LibrarySettings.read(_env_file=None, data_dir=folder, read_workers=1)


def url_of(number: int) -> str:
    """The address of article `number`, by which a revision knows its first."""
    return f"https://wire.example/{number}"


def made_up(number: int, edition: int) -> ArticleDraft:
    """Article `number` as it stands in its first edition, its second, ..."""
    town, event = TOWNS[number % 10], EVENTS[number // 10 % 10]
    text = (
        f"The {event} of {town} district {number} was closed on Friday, its mayor said. "
        f"Officials counted {number + 10 * edition} visitors, report {number}-{edition} says."
    )
    published = Published(datetime.now(UTC) - timedelta(minutes=1), Precision.MINUTE)
    title = f"{event.title()} of {town} {number}"
    return ArticleDraft(title, text, "Wire", url_of(number), published=published, language="en")


def say(*what: object) -> None:
    """Acknowledge."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def add(library: Library, numbers: Sequence[int], edition: int) -> None:
    """Store articles while the indexer works, as in the bot."""
    for at, number in enumerate(numbers):
        outcome = await library.ingestor.add_draft(made_up(number, edition), added_by="kills")
        if isinstance(outcome, Added):
            say("added", number, outcome.article.id)
        elif isinstance(outcome, Revised):
            say("revised", number)
        if at % 4 == 3:
            await library.indexer.work()
    await library.indexer.work()


async def remove(library: Library, article_ids: Sequence[int]) -> None:
    """Take articles out, and their vectors."""
    for one in article_ids:
        await library.archive.articles.remove(one)
        say("removed", one)
    await library.indexer.work()


async def brief(library: Library, times: int) -> None:
    """Briefings for one reader, one after the other."""
    for _ in range(times):
        now = datetime.now(UTC)
        written = await library.desk.write(READER, BriefingOptions((), Length.STANDARD, None), now)
        await library.desk.tell(READER, written, now)
        stories = written.briefing.stories
        say("told", [claim.text for story in stories for claim in story.claims])


async def main(folder: Path, kind: str, first: int, count: int) -> None:
    """One kind of work."""
    settings = settings_of(folder)
    if kind == "reindex":
        await go()
        await reindex(settings, lambda _done, _of: None)
        say("reindexed")
    else:
        numbers = range(first, first + count)
        async with open_library(settings) as library:
            with library.index_lock():
                await go()
                if kind == "remove":
                    await remove(library, numbers)
                elif kind == "brief":
                    await brief(library, count)
                else:
                    await add(library, numbers, 2 if kind == "revise" else 1)
    say("done")


async def go() -> None:
    """Wait until told to begin."""
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
