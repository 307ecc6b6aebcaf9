"""`make eval`: a month of briefings on real dated articles: what is told twice, mixed, misquoted?

What counts as told twice is measured here by other means than the program's own: the same slice of
an article, nearly the same sentence, the same headline. The archive of `retrieval_quality` is
copied, never written; it is built there.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import platform
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track

from benchmarks.briefing_faults import Day, Found, measure
from benchmarks.places import CACHE, RESULTS, SHARED
from retrieval.briefing import BriefingOptions
from retrieval.library import Library, open_library
from retrieval.models import Length
from retrieval.settings import LibrarySettings
from retrieval.text.sentences import SPLITTER_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator


FIRST = datetime(2022, 6, 14, 7, 30, tzinfo=UTC)
DAYS = 27
READERS = {
    "everything": BriefingOptions(),
    "two topics": BriefingOptions(topics=("Ukraine", "Supreme Court")),
    "in depth": BriefingOptions(length=Length.DEPTH),
}
# A fortnight of one disaster, whose figures change by the day.
LONG_STORY, LONG_STORY_FIRST, LONG_STORY_DAYS, LONG_STORY_ARTICLES = (
    "haiti",
    datetime(2010, 1, 13, 20, tzinfo=UTC),
    7,
    150,
)
SHOWN_DAYS = 3
HEAD = (
    "| reader | days with news | stories a day | claims a day | same slice again "
    "| nearly the same sentence again | same headline again | headline and claims from the story's "
    "articles | two outlets or more | verbatim citations | `was` | s a briefing | s, first / last "
    "third |\n|---" + "|---" * 12 + "|"
)


async def live(
    library: Library, name: str, wish: BriefingOptions, first: datetime, days: int
) -> list[Day]:
    """One reader's mornings."""
    lived = []
    for now in track([first + timedelta(days=n) for n in range(days)], name):
        start = perf_counter()
        written = await library.desk.write(name, wish, now)
        seconds = perf_counter() - start
        await library.desk.tell(name, written, now)
        lived.append(Day(now, written.briefing, seconds))
    return lived


def rendered(day: Day) -> Iterator[str]:
    """A day as text, to be read."""
    briefing = day.briefing
    yield f"### {day.now:%A, %d %B %Y, %H:%M}: {len(briefing.stories)} stories"
    for story in briefing.stories:
        yield f"\n**{story.headline}** ({story.status}; {story.why})\n"
        yield from (f"- {one.text}{f' ({one.was})' if one.was else ''}" for one in story.claims)
        yield from (f"- Accounts differ: {one.text}" for one in story.disputed)
        yield from (f"- To watch: {one.text}" for one in story.watch)
    yield ""


async def fill_long_story(folder: Path) -> None:
    """The first articles of one long story, embedded once: about half a minute."""
    lines = gzip.decompress((SHARED / "t17" / "articles.jsonl.gz").read_bytes()).splitlines()
    rows = sorted(
        (json.loads(line)["published_at"], line) for line in lines if _is_of(line, LONG_STORY)
    )
    async with open_library(_settings(folder)) as library:
        for _, line in rows[:LONG_STORY_ARTICLES]:
            async for _ in library.ingestor.add_upload("a.jsonl", line, added_by="eval"):
                pass
        with library.index_lock():
            await library.indexer.work()


def _is_of(line: bytes, topic: str) -> bool:
    return bool(json.loads(line)["topic"] == topic)


def _settings(folder: Path) -> LibrarySettings:
    return LibrarySettings.read(_env_file=None, data_dir=folder, chat_model="")


async def run(
    folder: Path, first: datetime, days: int, readers: dict[str, BriefingOptions]
) -> dict[str, tuple[list[Day], Found]]:
    """Every reader's month on one archive."""
    async with open_library(_settings(folder)) as library:
        # The stories of what the archive held before are put together once, for all readers.
        await library.desk.write(None, BriefingOptions(), first - timedelta(days=1))
        lived = {
            name: await live(library, name, wish, first, days) for name, wish in readers.items()
        }
        return {name: (days, await measure(library, days)) for name, days in lived.items()}


async def main() -> None:
    """Print the table and the days, and keep them."""
    console = Console(width=140)
    if not (SHARED / "realtimeqa-2022").is_dir():
        console.print(f"No articles at {SHARED}; see SITREP_SHARED_DATA.")
        raise SystemExit(1)
    cached = CACHE / f"realtimeqa-{SPLITTER_VERSION}"
    if not (cached / "names.json").exists():
        console.print("First: python -m benchmarks.retrieval_quality, which builds the archive.")
        raise SystemExit(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(shutil.copytree(cached, Path(temporary) / "month"))
        found = await run(folder, FIRST, DAYS, READERS)
        if (SHARED / "t17").is_dir():
            await fill_long_story(Path(temporary) / "long")
            long_story = await run(
                Path(temporary) / "long",
                LONG_STORY_FIRST,
                LONG_STORY_DAYS,
                {LONG_STORY: BriefingOptions()},
            )
            found |= long_story
    text = "\n".join(_report(found))
    console.print(text, markup=False, highlight=False)
    # On the screen alone, as it is other people's text.
    console.print("\n".join(_to_read(found)), markup=False, highlight=False)
    RESULTS.mkdir(exist_ok=True)
    await asyncio.to_thread((RESULTS / "briefing-month.md").write_text, text + "\n")


def _report(found: dict[str, tuple[list[Day], Found]]) -> Iterator[str]:
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    yield f"# A month of briefings\n\n{datetime.now(UTC):%Y-%m-%d}, {machine}, quote mode."
    yield (
        f"Every day at 7:30 from {FIRST:%d %B %Y} for {DAYS} days; {LONG_STORY}: "
        f"{LONG_STORY_DAYS} evenings of t17 from {LONG_STORY_FIRST:%d %B %Y}. "
        "`benchmarks/briefing_month.py` also prints the old figures and three days to read.\n"
    )
    yield HEAD
    yield from (one.row(name) for name, (_, one) in found.items())


def _to_read(found: dict[str, tuple[list[Day], Found]]) -> Iterator[str]:
    yield "\n## Old figures as shown\n"
    yield from (f"- {name}: {was}" for name, (_, one) in found.items() for was in one.was)
    yield "\n## Days to read\n"
    days, _ = found["everything"]
    yield from (line for day in days[8 : 8 + SHOWN_DAYS] for line in rendered(day))


if __name__ == "__main__":
    asyncio.run(main())
