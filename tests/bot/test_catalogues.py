"""The words of other languages: complete, and true to the English ones."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import extract_from_dir

import bot
import retrieval
from bot.language import LANGUAGES
from bot.language.i18n import catalogue
from bot.language.translated import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHERS = [one for one in LANGUAGES if one != "en"]
KEYWORDS = {
    "_": None,
    "N_": None,
    "UserMessage": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
PLACEHOLDER = re.compile(r"\{(\w*)\}")
COMMAND = re.compile(r"(?<![\w/])/[a-z]+\b")

Message = tuple[str | None, str | tuple[str, ...]]


def in_the_code() -> set[Message]:
    return {
        (context, text)
        for package in (bot, retrieval)
        for _, _, text, _, context in extract_from_dir(
            str(Path(str(package.__file__)).parent), [("**.py", "python")], keywords=KEYWORDS
        )
    }


def entries(language: str) -> Iterator[tuple[Message, tuple[str, ...]]]:
    for one in catalogue(language):
        if one.id:
            text = one.id if isinstance(one.id, str) else tuple(one.id)
            said = (one.string,) if isinstance(one.string, str) else tuple(one.string or ())
            yield (one.context, text), said


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_the_code_is_in_the_catalogue_and_no_other(language: str) -> None:
    held = {key for key, _ in entries(language)}
    assert in_the_code() - held == set(), "not translated"
    assert held - in_the_code() == set(), "no longer said"


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_empty_or_fuzzy_and_every_plural_has_all_its_forms(language: str) -> None:
    words = catalogue(language)
    assert [one.id for one in words if one.id and one.fuzzy] == []
    for (_, text), said in entries(language):
        assert len(said) == (1 if isinstance(text, str) else words.num_plurals), text
        assert all(form.strip() for form in said), text


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_and_commands_are_those_of_the_english_text(language: str) -> None:
    for (_, text), said in entries(language):
        english = text if isinstance(text, str) else text[-1]
        for form in said:
            assert sorted(PLACEHOLDER.findall(form)) == sorted(PLACEHOLDER.findall(english)), form
            assert set(COMMAND.findall(form)) == set(COMMAND.findall(english)), form
            assert (form[:1].isspace(), form[-1:].isspace()) == (
                english[:1].isspace(),
                english[-1:].isspace(),
            ), form


def said_by_the_library() -> str:
    """Every text in its code, a line each, with {} for what stands in its gaps."""
    lines = []
    for path in Path(retrieval.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (
                    one.value if isinstance(one, ast.Constant) else "{}" for one in node.values
                )
                lines.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                lines.append(node.value)
    # a model's failure is put together of who failed and how
    lines += [f"The {{}} model{one}." for one in lines if one.startswith((" ", "'s server"))]
    return "\n".join(lines)


def test_every_sentence_that_is_translated_for_the_library_is_one_that_it_says() -> None:
    said = said_by_the_library()
    assert [one for one in SENTENCES if PLACEHOLDER.sub("{}", one) not in said] == []


def test_no_text_is_looked_up_inside_an_f_string_where_it_would_not_be_found() -> None:
    inside = re.compile(r"f\".*\{(?:_|ngettext|pgettext)\(")
    files = Path(bot.__file__).parent.rglob("*.py")
    assert [str(path) for path in files if inside.search(path.read_text("utf-8"))] == []
