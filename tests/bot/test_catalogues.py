"""The words of other languages: complete, and true to the English ones."""

from __future__ import annotations

import re
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.wheel import WheelBuilder

import bot
import retrieval
from bot.language import LANGUAGES, i18n, speaking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages.catalog import Catalog

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


def catalogue(language: str) -> Catalog:
    path = Path(str(bot.__file__)).parent / "language/locales" / language / "LC_MESSAGES/sitrep.po"
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


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


def test_no_text_is_looked_up_inside_an_f_string_where_it_would_not_be_found() -> None:
    inside = re.compile(r"f\".*\{(?:_|ngettext|pgettext)\(")
    files = Path(bot.__file__).parent.rglob("*.py")
    assert [str(path) for path in files if inside.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("language", OTHERS)
def test_gettext_finds_every_text_of_a_catalogue_in_all_its_forms(language: str) -> None:
    read = i18n.catalogue(language)
    for (context, text), said in entries(language):
        if isinstance(text, tuple):
            one, many = text
            assert {read.ngettext(one, many, count) for count in range(200)} == set(said)
        else:
            found = read.gettext(text) if context is None else read.pgettext(context, text)
            assert found == said[0]


def test_what_no_catalogue_has_is_said_in_english() -> None:
    for language in LANGUAGES:
        with speaking(language):
            assert i18n.gettext("Nobody has translated this.") == "Nobody has translated this."
            assert i18n.pgettext("every", "never") == "never"
            assert [i18n.ngettext("one", "many", count) for count in (1, 2)] == ["one", "many"]


def test_a_wheel_brings_compiled_catalogues_and_no_others(tmp_path: Path) -> None:
    root = Path(str(bot.__file__)).parents[1]
    [wheel] = WheelBuilder(str(root)).build(directory=str(tmp_path), versions=["standard"])
    with ZipFile(wheel) as packed:
        names = {one for one in packed.namelist() if "/locales/" in one}
        folder = "bot/language/locales/{}/LC_MESSAGES/sitrep.mo"
        assert names == {folder.format(one) for one in OTHERS}
        for language in OTHERS:
            with packed.open(folder.format(language)) as file:
                found = GNUTranslations(BytesIO(file.read()))
            assert found.gettext("It's empty.") == i18n.catalogue(language).gettext("It's empty.")


def test_a_wheels_catalogue_is_read_where_there_is_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "locales" / "uk" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "sitrep.mo").open("wb") as file:
        write_mo(file, catalogue("uk"))
    monkeypatch.setattr(i18n, "files", lambda _package: tmp_path)
    read = i18n.catalogue.__wrapped__("uk")
    assert read.gettext("a single source") == "єдине джерело"
