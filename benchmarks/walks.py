"""How many files run for one question, one link and one briefing, and how many modules there are.

    python -m benchmarks.walks            prints the figures
    python -m benchmarks.walks --write    writes docs/architecture/walks.md, and README.md's figures

The real bot in this process, on the local Telegram, without a language model. A file counts when a
function of it runs between the message and the end of what follows from it; importing it is not
enough. Work in the background begins only when something wakes it, never because a pause is over. A
page is read in a worker, whose files are counted by reading it once more here.
"""

from __future__ import annotations

import asyncio
import re
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
import pytest

from benchmarks.places import ROOT
from bot.background import Background, Clock
from retrieval.ingest.extract.draft import Origin
from retrieval.ingest.extract.kinds import SourceKind
from retrieval.ingest.parsing import Task, parse
from tests.support.bots import RunningBot, running_bot
from tests.support.web import PAGE, web_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from types import FrameType

    Work = Callable[[], Awaitable[float]]

PACKAGES = ("bot", "retrieval", "prompts")
# The local Telegram and the demo stand for the world outside.
_OUTSIDE = ("bot/local_api/", "bot/demo/")
_PAGE = ROOT / "docs" / "architecture" / "walks.md"
_FIGURES = re.compile(r"(?<=<!-- figures -->\n\n).*?(?=\n<!-- end -->)", re.DOTALL)
_SAMPLE = ROOT / "bot" / "demo" / "sample" / "articles.jsonl"
_SMALL = 80
_QUIET_S, _NEVER_S = 5.0, 3600.0
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


def only_when_woken(real: Callable[..., None]) -> Callable[..., None]:
    """`Background.__init__`, so that no pause ever ends by itself."""

    def made(self: Background, name: str, work: Work, after_failure_s: float = 1.0) -> None:
        async def worked() -> float:
            await work()
            return _NEVER_S

        real(self, name, worked, after_failure_s)

    return made


async def quiet(trace: Trace) -> None:
    """Wait until no further file has begun for a while."""
    before = -1
    while before != len(trace.files):
        before = len(trace.files)
        await asyncio.sleep(_QUIET_S)


async def walks(bot: RunningBot, tracer: Tracer) -> dict[str, Trace]:
    """What ran for a question, for a link, for a briefing."""
    found = dict[str, Trace]()
    with tracer.during() as start:
        await quiet(start)
    with tracer.during() as found["a question"]:
        await bot.reader.send("Who holds Sudzha?")
        answer = await bot.reader.wait_for_reply(timeout=60)
        assert "[1]" in answer.text, answer.text
        await quiet(found["a question"])
    with web_server() as web, tracer.during() as found["a link"]:
        await bot.admin.send(f"/add {web.url}/story")
        reply = await bot.admin.wait_for_reply(timeout=60)
        done = await reply.wait_until(lambda one: not one.text.startswith("Reading"), 60)
        assert "added" in done.text.casefold(), done.text
        task = Task(SourceKind.HTML, PAGE.html("").strip(), Origin("test", datetime.now(UTC)))
        assert [one.reason for one in parse(task)] == [None]
        await quiet(found["a link"])
    with tracer.during() as found["a briefing"]:
        await bot.reader.send("/briefing since 2024-11-01")
        briefing = await bot.reader.wait_for_reply(timeout=120)
        assert "stories" in briefing.text, briefing.text
        await quiet(found["a briefing"])
    return found


async def measured() -> dict[str, Trace]:
    tracer = Tracer()
    threading.setprofile(tracer)
    sys.setprofile(tracer)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(Background, "__init__", only_when_woken(Background.__init__))
        async with running_bot(Path(folder), clock=Clock(_EVENING)) as bot:
            async for _ in bot.library.ingestor.add(str(_SAMPLE), added_by="benchmark"):
                pass
            await bot.library.indexer.work()
            for person in (bot.reader, bot.admin):  # the first message of a person does more
                await person.send("/help")
                await person.wait_for_reply(timeout=60)
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
    sizes = list(house.sizes.values())
    lines = [
        "# Files of the three walks",
        "",
        "Written by `python -m benchmarks.walks --write` "
        f"on {datetime.now(UTC):%d %B %Y}; what counts is said there.".replace(" 0", " "),
        "",
        "| walk | files that run | in `bot` | in `retrieval` |",
        "|---|--:|--:|--:|",
    ]
    for name, trace in found.items():
        bot = sum(path.startswith("bot/") for path in trace.files)
        lines.append(f"| {name} | {len(trace.files)} | {bot} | {len(trace.files) - bot} |")
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
        lines += [f"{number}. [{path}](../../{path})" for number, path in enumerate(trace.files, 1)]
    return "\n".join(lines) + "\n"


def main() -> None:
    text = report(asyncio.run(measured()), House.measured())
    print(text.partition("\n## ")[0])
    if "--write" in sys.argv[1:]:
        _PAGE.write_text(text, encoding="utf-8")
        front = _PAGE.with_name("README.md")
        figures = text[text.index("| walk") : text.index("\n## ")]
        front.write_text(
            _FIGURES.sub(lambda _: figures, front.read_text(encoding="utf-8")), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
