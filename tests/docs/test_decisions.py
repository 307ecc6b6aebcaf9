"""The pages of decisions: their form, their numbers, and the list that leads to them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.decision import add

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
INDEX = (FOLDER / "README.md").read_text(encoding="utf-8")


def title(page: Path) -> str:
    return page.read_text(encoding="utf-8").partition("\n")[0]


def status(page: Path) -> str:
    return page.read_text(encoding="utf-8").split("\n")[2]


def test_numbers_have_no_gap_and_no_double() -> None:
    assert [int(page.name[:4]) for page in PAGES] == list(range(1, len(PAGES) + 1))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name[:4])
def test_a_page_has_its_number_a_date_a_status_and_three_parts(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.match(rf"# {page.name[:4]}\. \S", title(page))
    assert re.match(r"20\d\d-\d\d-\d\d · (accepted|superseded)\b", status(page))
    parts = re.findall(r"^\*\*(\w+)\.\*\* \S", text, re.MULTILINE)
    assert parts == ["Context", "Decision", "Consequences"]


def test_the_list_has_every_page_newest_first_under_its_own_title() -> None:
    listed = re.findall(r"^- (\d{4}) \[(.+)\]\((.+\.md)\)", INDEX, re.MULTILINE)
    expected = [(page.name[:4], title(page)[8:], page.name) for page in reversed(PAGES)]
    assert listed == expected


def test_who_supersedes_and_who_is_superseded_agree() -> None:
    said, heard = set[tuple[str, str]](), set[tuple[str, str]]()
    for page in PAGES:
        own = page.name[:4]
        said |= {(own, other) for other in re.findall(r"supersedes \[(\d{4})\]", status(page))}
        heard |= {(by, own) for by in re.findall(r"superseded by \[(\d{4})\]", status(page))}
    assert said == heard
    for _, gone in heard:
        assert re.search(rf"^- {gone} .*\(superseded by \d{{4}}\)$", INDEX, re.MULTILINE)


def test_a_new_page_has_the_next_number_and_comes_first(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Decisions\n\n- 0007 [Old](0007-old.md)\n")
    (tmp_path / "0007-old.md").write_text("# 0007. Old\n")
    page = add("Don't `guess`", tmp_path)
    assert page.name == "0008-dont-guess.md"
    assert page.read_text(encoding="utf-8").startswith("# 0008. Don't `guess`\n\n20")
    listed = (tmp_path / "README.md").read_text(encoding="utf-8").splitlines()
    assert listed[2:] == ["- 0008 [Don't `guess`](0008-dont-guess.md)", "- 0007 [Old](0007-old.md)"]


def test_no_page_was_left_unwritten() -> None:
    assert [page.name for page in PAGES if "** ..." in page.read_text(encoding="utf-8")] == []
