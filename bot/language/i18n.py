"""The current language: its texts, dates, numbers and lists."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

from babel.dates import format_date, get_day_names
from babel.numbers import format_decimal

from retrieval.messages import ShortDate, UserMessage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrieval.messages import Param


DEFAULT = "en"
LANGUAGES = (DEFAULT, "uk", "ru")
# Names of languages in themselves, and in English for the chat model.
OWN_NAMES = {"en": "English", "uk": "Українська", "ru": "Русский"}
ENGLISH_NAMES = {"en": "English", "uk": "Ukrainian", "ru": "Russian"}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A language, and whether somebody chose it or it is only that of their app."""

    code: str = DEFAULT
    chosen: bool = False


_NOW: ContextVar[Spoken] = ContextVar("spoken", default=Spoken())  # noqa: B039  it is frozen


def code() -> str:
    """The current language, one of `LANGUAGES`."""
    return _NOW.get().code


def asked_of_model() -> str | None:
    """The English name of the language chosen for answers; None if nobody chose one."""
    now = _NOW.get()
    return ENGLISH_NAMES[now.code] if now.chosen else None


def speak(spoken: Spoken) -> None:
    """Set the language for the rest of this task."""
    _NOW.set(spoken)


@contextmanager
def speaking(spoken: Spoken | str) -> Iterator[None]:
    """Use a language during the block."""
    token = _NOW.set(Spoken(spoken) if isinstance(spoken, str) else spoken)
    try:
        yield
    finally:
        _NOW.reset(token)


@contextmanager
def replying_in(language: str | None) -> Iterator[None]:
    """Use a message's language during the block, unless somebody chose one.

    English is ignored: a few English words say nothing about their author.
    """
    known = _NOW.get()
    follows = not known.chosen and language in LANGUAGES and language != DEFAULT
    with speaking(Spoken(language) if follows and language else known):
        yield


def of_telegram(language_code: str | None) -> str:
    """The language for a person's app, by its IETF tag such as `uk` or `ru-RU`; else English."""
    main = (language_code or "").partition("-")[0].casefold()
    return main if main in LANGUAGES else DEFAULT


def N_(text: str) -> str:  # noqa: N802  the name in gettext
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


def gettext(text: str) -> str:
    """A text in the current language, or in English if it has no translation."""
    # Catalogues have their own header under the empty text.
    return catalogue(code()).gettext(text) if text else text


# The name that marks texts in the code.
_ = gettext


def pgettext(context: str, text: str) -> str:
    """A text that needs a context: the same text has another translation elsewhere."""
    return catalogue(code()).pgettext(context, text)


def ngettext(one: str, many: str, count: int) -> str:
    """The singular or plural form of a text for a number."""
    return catalogue(code()).ngettext(one, many, count)


@cache
def catalogue(language: str) -> NullTranslations:
    """A language's catalogue; English has the texts of the code.

    The wheel only has compiled catalogues (`hatch_build.py`). In a checkout, they are compiled here
    when first needed, so that none is older than its source.
    """
    if language == DEFAULT:
        return NullTranslations()
    folder = files("bot.language").joinpath("locales", language, "LC_MESSAGES")
    compiled, text = folder / "sitrep.mo", folder / "sitrep.po"
    found = _compiled(text.read_bytes(), language) if text.is_file() else compiled.read_bytes()
    return GNUTranslations(BytesIO(found))


def _compiled(text: bytes, language: str) -> bytes:
    from babel.messages.mofile import write_mo  # noqa: PLC0415  only in a checkout
    from babel.messages.pofile import read_po  # noqa: PLC0415

    binary = BytesIO()
    write_mo(binary, read_po(BytesIO(text), locale=language, abort_invalid=True))
    return binary.getvalue()


def translated(message: UserMessage) -> str:
    """A message in the current language, with its dates and numbers formatted accordingly."""
    return str(message) if code() == DEFAULT else message.filled(gettext(message.text), _shown)


def all_translated(messages: Sequence[UserMessage]) -> str:
    """Several messages, one after the other."""
    return " ".join(map(translated, messages))


def _shown(value: Param) -> str:
    match value:
        case UserMessage():
            return translated(value)
        case ShortDate(None):
            return _("date unknown")
        case ShortDate(date() as at):
            return day(at)
        case date():
            return format_date(value, "d MMMM y", locale=code())
        case int() | float():
            return format_decimal(value, locale=code())
        case _:
            return str(value)


def day(at: date) -> str:
    """A date: 12 Nov 2024."""
    if code() == DEFAULT:
        return f"{at.day} {at:%b %Y}"
    return format_date(at, "d MMM y", locale=code())


def short_month_day(at: date) -> str:
    """A date in short: 12 Nov."""
    return f"{at.day} {at:%b}" if code() == DEFAULT else format_date(at, "d MMM", locale=code())


def whole_month_day(at: date) -> str:
    """A date without year: 12 November."""
    return f"{at.day} {at:%B}" if code() == DEFAULT else format_date(at, "d MMMM", locale=code())


def weekday_and_day(at: date) -> str:
    """A date with its weekday: Tuesday 24 November."""
    if code() == DEFAULT:
        return f"{at:%A} {at.day} {at:%B}"
    return format_date(at, "EEEE, d MMMM", locale=code())


def weekday(at: int) -> str:
    """The short name of a weekday; 0 is Mon."""
    return str(get_day_names("abbreviated", locale=code())[at])


def number(value: int) -> str:
    """A number with separators: 1,234."""
    return f"{value:,}" if code() == DEFAULT else format_decimal(value, locale=code())


def listed(names: Sequence[str], last: str = "and") -> str:
    """A list in words: Kursk, Sumy and energy; `last` is "and" or "or"."""
    *most, end = names
    if not most:
        return end
    before = ", ".join(most)
    if last == "or":
        return _("{names} or {last}").format(names=before, last=end)
    return _("{names} and {last}").format(names=before, last=end)
