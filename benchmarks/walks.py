"""How many files run for one question, one link and one briefing, and how many modules there are.

    python -m benchmarks.walks            prints the figures
    python -m benchmarks.walks --write    writes docs/architecture/walks.md

The real bot in this process, on the local Telegram, without a language model. A file counts when a
function of it runs between the message and its reply; importing it is not enough. Files that also
run in a bot that nobody writes to (its loops) are counted apart. A page is read in a worker, whose
files are counted by reading it once more here.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import grimp

from benchmarks.places import ROOT
from bot.clock import Clock
from retrieval.ingest.extract.draft import Origin
from retrieval.ingest.extract.kinds import Kind
from retrieval.ingest.parsing import Task, parse
from tests.support.bots import RunningBot, running_bot
from tests.support.web import PAGE, web_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

PACKAGES = ("bot", "retrieval", "prompts")
# The local Telegram and the demo stand for the world outside.
_OUTSIDE = ("bot/local_api/", "bot/demo/")
_PAGE = ROOT / "docs" / "architecture" / "walks.md"
_SAMPLE = ROOT / "bot" / "demo" / "sample" / "articles.jsonl"
_SMALL = 80
# The sample's last article is of the day before.
_EVENING = datetime(2024, 11, 25, 8, tzinfo=UTC)


@dataclass
class Trace:
    """The files that ran, in the order in which each first did."""

    files: dict[str, None] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        """As `sys.setprofile` calls it."""
        name = frame.f_code.co_filename
        if event != "call" or name in self._seen or frame.f_code.co_name == "<module>":
            return
        self._seen.add(name)
        if name.startswith(str(ROOT)):
            path = Path(name).relative_to(ROOT).as_posix()
            if path.startswith(PACKAGES) and not path.startswith(_OUTSIDE):
                self.files[path] = None


class Tracer:
    """Fills one trace at a time; installed before any thread begins, so that all are seen."""

    def __init__(self) -> None:
        self.current: Trace | None = None

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        """As `sys.setprofile` calls it."""
        if self.current is not None:
            self.current(frame, event, argument)

    @contextmanager
    def during(self) -> Iterator[Trace]:
        """What runs in the block."""
        self.current = trace = Trace()
        try:
            yield trace
        finally:
            self.current = None


async def walks(bot: RunningBot, tracer: Tracer) -> dict[str, Trace]:
    """What ran when nobody wrote, for a question, for a link, for a briefing."""
    found = dict[str, Trace]()
    with tracer.during() as found["idle"]:
        await asyncio.sleep(3)
    with tracer.during() as found["a question"]:
        await bot.reader.send("Who holds Sudzha?")
        answer = await bot.reader.wait_for_reply(timeout=60)
        assert "Copperline" in answer.text or "[1]" in answer.text, answer.text
        await asyncio.sleep(0.5)
    with web_server() as web, tracer.during() as found["a link"]:
        await bot.admin.send(f"/add {web.url}/story")
        reply = await bot.admin.wait_for_reply(timeout=60)
        done = await reply.wait_until(lambda one: not one.text.startswith("Reading"), 60)
        assert "Added" in done.text or "added" in done.text, done.text
        task = Task(Kind.HTML, PAGE.html("").strip(), Origin("test", datetime.now(UTC)))
        assert [one.reason for one in parse(task)] == [None]
        await asyncio.sleep(0.5)
    with tracer.during() as found["a briefing"]:
        await bot.reader.send("/briefing since 2024-11-01")
        briefing = await bot.reader.wait_for_reply(timeout=120)
        assert "stories" in briefing.text, briefing.text
        await asyncio.sleep(0.5)
    return found


async def measured() -> dict[str, Trace]:
    tracer = Tracer()
    threading.setprofile(tracer)
    sys.setprofile(tracer)
    with tempfile.TemporaryDirectory() as folder:
        async with running_bot(Path(folder), clock=Clock(_EVENING)) as bot:
            async for _ in bot.library.ingestor.add(str(_SAMPLE), added_by="benchmark"):
                pass
            await bot.library.indexer.work()
            await bot.reader.send("/help")  # the first message of a person does more
            await bot.reader.wait_for_reply(timeout=60)
            await bot.admin.send("/help")
            await bot.admin.wait_for_reply(timeout=60)
            return await walks(bot, tracer)


@dataclass(frozen=True, slots=True)
class House:
    """Modules and their sizes in lines; `private` are small ones with a single importer."""

    sizes: dict[str, int]
    single: int
    private: int

    @classmethod
    def measured(cls) -> House:
        """As the files and their imports are now."""
        graph = grimp.build_graph(*PACKAGES, cache_dir=None)
        paths = {
            path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."): path
            for package in PACKAGES
            for path in (ROOT / package).rglob("*.py")
            if path.name != "__init__.py"
        }
        sizes = {
            module: len(path.read_text(encoding="utf-8").splitlines())
            for module, path in paths.items()
        }
        single = {
            module
            for module in sizes
            if module in graph.modules and len(graph.find_modules_that_directly_import(module)) == 1
        }
        return cls(sizes, len(single), sum(sizes[module] < _SMALL for module in single))


def report(found: dict[str, Trace], house: House) -> str:
    idle = set(found.pop("idle").files)
    sizes = list(house.sizes.values())
    lines = [
        "# Files of the three walks",
        "",
        "Written by `python -m benchmarks.walks --write` "
        f"on {datetime.now(UTC):%d %B %Y}; what counts is said there.".replace(" 0", " "),
        "",
        "| walk | files that run | of these, files that run in an idle bot too |",
        "|---|--:|--:|",
    ]
    for name, trace in found.items():
        lines.append(f"| {name} | {len(trace.files)} | {len(idle & set(trace.files))} |")
    small = sum(size < _SMALL for size in sizes)
    lines += [
        "",
        f"The house has {len(sizes)} modules of {median(sizes):.0f} lines in the median, ",
    ]
    lines[-1] += f"without `__init__.py`; {small} are under {_SMALL} lines. "
    lines[-1] += f"{house.single} are imported by one other alone, {house.private} of them under "
    lines[-1] += f"{_SMALL} lines."
    for name, trace in found.items():
        lines += [
            "",
            f"## {name.capitalize()}",
            "",
            "In the order in which they begin to work:",
            "",
        ]
        lines += [
            f"{number}. [{path}](../../{path})"
            for number, path in enumerate((one for one in trace.files if one not in idle), 1)
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    text = report(asyncio.run(measured()), House.measured())
    print(text.partition("\n## ")[0])
    if "--write" in sys.argv[1:]:
        _PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
