"""Class names are unique, and the glossary's words are used in the code."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "retrieval", "prompts")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


@cache
def modules() -> dict[str, str]:
    """Each module's text by its dotted name; packages too."""
    found = dict[str, str]()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
            found[name.removesuffix(".__init__")] = path.read_text(encoding="utf-8")
    return found


@cache
def classes() -> dict[str, list[str]]:
    """The modules that define a class of each name."""
    found = defaultdict[str, list[str]](list)
    for module, text in modules().items():
        for name in re.findall(r"^class (\w+)", text, re.MULTILINE):
            found[name].append(module)
    return dict(found)


def test_class_names_are_unique() -> None:
    assert {name: places for name, places in classes().items() if len(places) > 1} == {}


def words() -> list[tuple[str, str]]:
    """(term, a name of the code) for each name in the glossary's last column."""
    rows = re.findall(r"^\| \*\*(.+?)\*\* \|.*\| ([^|]*) \|$", GLOSSARY, re.MULTILINE)
    return [(term, name) for term, names in rows for name in re.findall(r"`([^`]+)`", names)]


def exists(name: str) -> bool:
    """A module, a package, a class, a function or a constant by its dotted path."""
    if name in modules():
        return True
    module, _, last = name.rpartition(".")
    defined = rf"^(?:class|def|async def) {last}\b|^{last}(?:: .*)? = "
    return re.search(defined, modules().get(module, ""), re.MULTILINE) is not None


@pytest.mark.parametrize(("term", "name"), words())
def test_a_word_of_the_glossary_is_where_it_says(term: str, name: str) -> None:
    assert exists(name), f"{term}: {name} is gone; the glossary should say what it is now"


def test_the_glossary_is_in_order_and_every_term_has_a_place() -> None:
    terms = re.findall(r"^\| \*\*(.+?)\*\* \|", GLOSSARY, re.MULTILINE)
    assert len(terms) > 40
    assert terms == sorted(terms, key=str.lower)
    assert set(terms) == {term for term, _ in words()}
