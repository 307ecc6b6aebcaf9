"""The language that is spoken at the moment: its words, dates, numbers and lists."""

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
# As their speakers call them, and as the chat model is told.
OWN_NAMES = {"en": "English", "uk": "Українська", "ru": "Русский"}
ENGLISH_NAMES = {"en": "English", "uk": "Ukrainian", "ru": "Russian"}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A language, and whether somebody chose it or Telegram merely told it."""

    code: str = DEFAULT
    chosen: bool = False


_NOW: ContextVar[Spoken] = ContextVar("spoken", default=Spoken())  # noqa: B039  it is frozen


def code() -> str:
    """One of `LANGUAGES`."""
    return _NOW.get().code


def asked_of_model() -> str | None:
    """The English name of the language that answers were asked for in; None: nobody chose one."""
    now = _NOW.get()
    return ENGLISH_NAMES[now.code] if now.chosen else None


def speak(spoken: Spoken) -> None:
    """Speak a language from now on, for the rest of this task."""
    _NOW.set(spoken)


@contextmanager
def speaking(spoken: Spoken | str) -> Iterator[None]:
    """Speak a language during the block."""
    token = _NOW.set(Spoken(spoken) if isinstance(spoken, str) else spoken)
    try:
        yield
    finally:
        _NOW.reset(token)


@contextmanager
def replying_in(language: str | None) -> Iterator[None]:
    """Speak the language of a message in the block, where nobody chose one.

    A few English words say nothing about who writes them; Ukrainian ones do.
    """
    known = _NOW.get()
    follows = not known.chosen and language in LANGUAGES and language != DEFAULT
    with speaking(Spoken(language) if follows and language else known):
        yield


def of_telegram(language_code: str | None) -> str:
    """The language for a person's app, by its IETF tag such as `uk` or `ru-RU`; else English."""
    main = (language_code or "").partition("-")[0].casefold()
    return main if main in LANGUAGES else DEFAULT


def N_(text: str) -> str:  # noqa: N802  gettext's name for it
    """Mark a text for the catalogues; it is looked up where it is shown."""
    return text


def gettext(text: str) -> str:
    """A text in the language that is spoken, and in English where that has none."""
    # Catalogues have their own header under the empty text.
    return catalogue(code()).gettext(text) if text else text


# By this name the texts of the code are found.
_ = gettext


def pgettext(context: str, text: str) -> str:
    """A text that has to be told apart from the same text elsewhere."""
    return catalogue(code()).pgettext(context, text)


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a text that goes with a number."""
    return catalogue(code()).ngettext(one, many, count)


@cache
def catalogue(language: str) -> NullTranslations:
    """A language's texts, as gettext reads them; English has those of the code.

    The wheel brings compiled catalogues and no others (`hatch_build.py`); in a checkout they are
    compiled here, when they are first needed, so that none is ever older than its text.
    """
    if language == DEFAULT:
        return NullTranslations()
    folder = files("bot.language").joinpath("locales", language, "LC_MESSAGES")
    compiled, text = folder / "sitrep.mo", folder / "sitrep.po"
    found = _compiled(text.read_bytes(), language) if text.is_file() else compiled.read_bytes()
    return GNUTranslations(BytesIO(found))


def _compiled(text: bytes, language: str) -> bytes:
    from babel.messages.mofile import write_mo  # noqa: PLC0415  a checkout's alone
    from babel.messages.pofile import read_po  # noqa: PLC0415

    binary = BytesIO()
    write_mo(binary, read_po(BytesIO(text), locale=language, abort_invalid=True))
    return binary.getvalue()


def translated(message: UserMessage) -> str:
    """A message in the language that is spoken, with dates and numbers as it writes them."""
    return str(message) if code() == DEFAULT else message.filled(gettext(message.text), _shown)


def all_translated(messages: Sequence[UserMessage]) -> str:
    """Several messages, one behind the other."""
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
    """12 Nov 2024."""
    if code() == DEFAULT:
        return f"{at.day} {at:%b %Y}"
    return format_date(at, "d MMM y", locale=code())


def short_month_day(at: date) -> str:
    """12 Nov."""
    return f"{at.day} {at:%b}" if code() == DEFAULT else format_date(at, "d MMM", locale=code())


def whole_month_day(at: date) -> str:
    """12 November."""
    return f"{at.day} {at:%B}" if code() == DEFAULT else format_date(at, "d MMMM", locale=code())


def weekday_and_day(at: date) -> str:
    """Tuesday 24 November."""
    if code() == DEFAULT:
        return f"{at:%A} {at.day} {at:%B}"
    return format_date(at, "EEEE, d MMMM", locale=code())


def weekday(at: int) -> str:
    """Mon, of 0."""
    return str(get_day_names("abbreviated", locale=code())[at])


def number(value: int) -> str:
    """1,234."""
    return f"{value:,}" if code() == DEFAULT else format_decimal(value, locale=code())


def listed(names: Sequence[str], last: str = "and") -> str:
    """Kursk, Sumy and energy; `last` is "and" or "or"."""
    *most, end = names
    if not most:
        return end
    before = ", ".join(most)
    if last == "or":
        return _("{names} or {last}").format(names=before, last=end)
    return _("{names} and {last}").format(names=before, last=end)
