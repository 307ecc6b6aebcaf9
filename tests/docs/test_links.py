"""Links in Markdown files lead to existing files, and to headings in them."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


def documents() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.md"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    return sorted(listed) or sorted(
        str(path.relative_to(ROOT)) for path in ROOT.glob("[!.]**/*.md") if "/." not in str(path)
    )


def prose(path: Path) -> str:
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


@cache
def anchors(path: Path) -> frozenset[str]:
    """As GitHub makes them: lower case, without punctuation, hyphens for spaces, numbered twins."""
    found = list[str]()
    for heading in _HEADING.findall(prose(path)):
        text = _LINK.sub(lambda link: link[0][1:].partition("]")[0], heading)
        name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found.append(f"{name}-{found.count(name)}" if name in found else name)
    return frozenset(found)


@pytest.mark.parametrize("name", documents())
def test_every_relative_link_leads_to_a_file_and_a_heading(name: str) -> None:
    document = ROOT / name
    broken = list[str]()
    for link in _LINK.findall(_CODE.sub("", prose(document))):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = unquote(link).partition("#")
        target = (document.parent / file).resolve() if file else document
        there = target.exists() and target.is_relative_to(ROOT)
        if there and target.is_dir() and anchor:
            target /= "README.md"
        if not there or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def test_anchors_are_made_as_github_makes_them(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A `b`, c\n```\n# no heading\n```\n## [Two](x.md) words\n## Two words\n")
    assert anchors(page) == {"a-b-c", "two-words"} | {"two-words-1"}


def test_every_page_of_the_documentation_is_reachable_from_its_front_page() -> None:
    seen, waiting = set[Path](), [ROOT / "docs" / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        for link in _LINK.findall(prose(page)):
            target = (page.parent / unquote(link.partition("#")[0])).resolve()
            target = target / "README.md" if target.is_dir() else target
            if target.suffix == ".md" and target.exists():
                waiting.append(target)
    pages = {ROOT / name for name in documents() if name.startswith("docs/")}
    assert pages <= seen, sorted(str(page.relative_to(ROOT)) for page in pages - seen)
