"""What a briefing is asked to be, and how much of it there is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import prompts
import retrieval
from retrieval.models import Length

if TYPE_CHECKING:
    from datetime import datetime

    from retrieval.models import Window


@dataclass(frozen=True, slots=True)
class Request:
    """A briefing as it is wanted.

    `topics` are words, none means everything. `asked` are questions that the reader asked lately,
    `followed` and `muted` story ids. `now` is the reader's present. With `in_quotes`, no model is
    asked, and the reader is told this reason. `language` is the English name of that to write in,
    None the articles' own.
    """

    window: Window
    now: datetime
    topics: tuple[str, ...] = ()
    length: Length = Length.STANDARD
    asked: tuple[str, ...] = ()
    followed: frozenset[int] = frozenset()
    muted: frozenset[int] = frozenset()
    in_quotes: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Extent:
    """How many stories, how many claims each, and whether more is said of each than claims.

    A story has at most so many `lines` of a phone's screen; `also` stories have one line.
    """

    stories: int
    claims: int
    more: bool
    lines: int = 25
    also: int = 5


EXTENTS = {
    Length.HEADLINES: Extent(stories=10, claims=1, more=False),
    Length.STANDARD: Extent(stories=6, claims=3, more=True),
    Length.DEPTH: Extent(stories=8, claims=4, more=True, lines=40, also=8),
}


@cache
def code_version() -> str:
    """A hash of the code, tables and prompts that write briefings.

    A version number would have to be raised by whoever changes a rule, and be forgotten.
    """
    digest = hashlib.sha256()
    for package in (retrieval, prompts):
        folder = Path(package.__path__[0])
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".json", ".md"}:
                digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def key_of(request: Request, briefings: tuple[int, ...], writer: str) -> str:
    """What a briefing depends on besides the archive, hashed: equal keys, equal briefings.

    `briefings` are those that the reader was given, `writer` names the model or quote mode. The
    code counts too: after an upgrade nobody is given what an older one kept.
    """
    window = request.window
    asked = {
        "window": [window.start.isoformat(), window.end.isoformat()],
        "topics": sorted(topic.casefold() for topic in request.topics),
        "length": request.length,
        "asked": list(request.asked),
        "followed": sorted(request.followed),
        "muted": sorted(request.muted),
        "told": list(briefings),
        "writer": writer,
        "code": code_version(),
        "in_quotes": request.in_quotes,
        "language": request.language,
        "extent": asdict(EXTENTS[request.length]),
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
