"""The questions of `benchmarks.model_answers`, and archives of the articles that answer them."""

from __future__ import annotations

import gzip
import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.places import CACHE, SHARED
from retrieval.library import Library, open_library
from retrieval.settings import LibrarySettings
from retrieval.text.sentences import SPLITTER_VERSION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

QUESTIONS = SHARED / "questions"
QUIZ = SHARED / "realtimeqa-2022"
SETS = ("sample", "news", "quiz")
# The quiz's last weeks, over the articles since a month before: the whole archive takes a quarter
# of an hour to build, and what is compared here is what is written from the same passages.
_QUIZ_SINCE = datetime(2022, 10, 1, tzinfo=UTC)
_QUIZ_ARTICLES_SINCE = "2022-09-01"
_MARKS = str.maketrans("‘’ʼ“”", "'''\"\"")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question, when it is asked, and the facts that answer it: each in one of several words.

    No facts: the archive holds no answer.
    """

    id: str
    text: str
    now: datetime
    kind: str
    facts: tuple[tuple[str, ...], ...]

    @property
    def has_answer(self) -> bool:
        """Whether the archive holds one."""
        return bool(self.facts)

    def answered_by(self, *texts: str) -> bool:
        """Whether texts have all of the facts."""
        plain = [_plain(text) for text in texts if not text.rstrip(" \"'”").endswith("?")]
        return all(
            any(re.search(_plain(one), text, re.IGNORECASE) for one in fact for text in plain)
            for fact in self.facts
        )


def labelled(name: str, most: int, skip: Sequence[int] = ()) -> list[Labelled]:
    """So many questions of a set, a third without an answer; no follow-ups, no small talk.

    With `skip`, none of those that so many give: what was tuned on these can be tried on others.
    """
    seen = {one.id for number in skip for one in labelled(name, number)}
    if name == "quiz":
        return _spread([one for one in _quiz() if one.id not in seen], most)
    lines = (QUESTIONS / f"{name}-dev.jsonl").read_text("utf-8").splitlines()
    raw = [one for one in map(json.loads, lines) if one["id"] not in seen]
    asked = [one for one in raw if one["kind"] != "talk" and "after" not in one]
    without = [one for one in asked if one["none"]]
    with_answer = [one for one in asked if not one["none"]]
    if most < len(asked):
        without = _spread(without, most // 3)
        with_answer = _spread(with_answer, most - len(without))
    return [as_labelled(one) for one in (*with_answer, *without)]


def as_labelled(one: dict[str, Any]) -> Labelled:
    """A line of shared data's questions."""
    now, facts = datetime.fromisoformat(one["now"]), tuple(map(tuple, one["answers"]))
    return Labelled(one["id"], one["question"], now, one["kind"], facts)


def _spread(some: list[Any], most: int) -> list[Any]:
    """So many of them, from all over the list."""
    return [some[at * len(some) // most] for at in range(most)] if most < len(some) else some


def _quiz() -> list[Labelled]:
    found = []
    for line in (QUIZ / "questions.jsonl").read_text("utf-8").splitlines():
        one = json.loads(line)
        day = datetime.fromisoformat(one["date"]).replace(tzinfo=UTC)
        if day < _QUIZ_SINCE:
            continue
        words = tuple(re.escape(answer.strip("“” .")) for answer in one["answer"])
        asked = day + timedelta(days=1)
        found.append(Labelled(one["id"], one["question"], asked, "quiz", (words,)))
    return found


@asynccontextmanager
async def archive_of(name: str) -> AsyncIterator[Library]:
    """The archive of a set's articles, made at the first use; with the environment's model."""
    folder = CACHE / f"model-{name}-{SPLITTER_VERSION}"
    async with open_library(LibrarySettings.read(data_dir=folder)) as library:
        if not (folder / "complete").exists():
            for line in _articles(name):
                async for _ in library.ingestor.add_upload("a.jsonl", line, added_by="eval"):
                    pass
        with library.index_lock():
            await library.indexer.work()
        (folder / "complete").touch()
        yield library


def _articles(name: str) -> list[bytes]:
    if name == "sample":
        sample = Path(str(files("bot") / "demo" / "sample"))
        return [
            line
            for path in ("articles.jsonl", "live.jsonl")
            for line in (sample / path).read_bytes().splitlines()
        ]
    lines = gzip.decompress((QUIZ / "articles.jsonl.gz").read_bytes()).splitlines()
    if name == "quiz":
        dates = [str(json.loads(line).get("published_at") or "") for line in lines]
        return [
            line for line, date in zip(lines, dates, strict=True) if date >= _QUIZ_ARTICLES_SINCE
        ]
    names = set((QUESTIONS / "news-articles.txt").read_text("utf-8").split())
    return [line for line in lines if json.loads(line)["id"] in names]


def _plain(text: str) -> str:
    # American and British spelling: what the model writes is not wrong for it.
    return re.sub(r"(?<=met)re(?=s?\b)", "er", " ".join(text.translate(_MARKS).split()))
