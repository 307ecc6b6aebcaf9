"""The words of other languages, read from `locales/LANGUAGE/LC_MESSAGES/sitrep.po`.

They are read as they are, once, when first needed: nothing has to be compiled before.
"""

from __future__ import annotations

from functools import cache
from gettext import c2py
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po

from bot.language.spoken import DEFAULT, code

if TYPE_CHECKING:
    from collections.abc import Callable

    from babel.messages.catalog import Catalog

Key = tuple[str | None, str]


def N_(text: str) -> str:  # noqa: N802  gettext's name for it
    """Mark a text for the catalogues; it is looked up where it is shown."""
    return text


def gettext(text: str) -> str:
    """A text in the language that is spoken, and in English where that has none."""
    return pgettext(None, text)


def pgettext(context: str | None, text: str) -> str:
    """A text that has to be told apart from the same text elsewhere."""
    if code() == DEFAULT:
        return text
    return _words(code())[0].get((context, text), (text,))[0]


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a text that goes with a number."""
    english = one if count == 1 else many
    if code() == DEFAULT:
        return english
    words, form = _words(code())
    forms = words.get((None, one))
    return forms[form(count)] if forms else english


def catalogue(language: str) -> Catalog:
    """A language's catalogue, as it stands in its file."""
    path = files("bot.language").joinpath("locales", language, "LC_MESSAGES", "sitrep.po")
    return read_po(BytesIO(path.read_bytes()), locale=language, abort_invalid=True)


@cache
def _words(language: str) -> tuple[dict[Key, tuple[str, ...]], Callable[[int], int]]:
    found = catalogue(language)
    words: dict[Key, tuple[str, ...]] = {}
    for one in found:
        if not one.id or one.fuzzy:
            continue
        first = one.id if isinstance(one.id, str) else one.id[0]
        forms = (one.string,) if isinstance(one.string, str) else tuple(one.string or ())
        if forms and all(forms):
            words[one.context or None, first] = forms
    return words, c2py(found.plural_expr)
