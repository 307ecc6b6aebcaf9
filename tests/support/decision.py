"""Adds a page to docs/decisions and its line to the list: `make decision TITLE="..."`."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
_LONGEST = 60
_PAGE = """\
# {number:04}. {title}

{day:%Y-%m-%d} · accepted

**Context.** ...

**Decision.** ...

**Consequences.** ...
"""


def add(title: str, folder: Path = FOLDER) -> Path:
    """Add the page under the next number, listed first; returns its path."""
    number = max((int(page.name[:4]) for page in folder.glob("[0-9]*.md")), default=0) + 1
    words = re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "", title.lower())).strip("-")
    page = folder / f"{number:04}-{words[:_LONGEST].rstrip('-')}.md"
    page.write_text(
        _PAGE.format(number=number, title=title, day=datetime.now(UTC)), encoding="utf-8"
    )
    index = folder / "README.md"
    line = f"- {number:04} [{title}]({page.name})\n"
    text = index.read_text(encoding="utf-8")
    at = re.search(r"^- \d{4} |\Z", text, re.MULTILINE)
    assert at is not None
    index.write_text(text[: at.start()] + line + text[at.start() :], encoding="utf-8")
    return page


if __name__ == "__main__":
    print(add(sys.argv[1]))  # noqa: T201  where to write on
