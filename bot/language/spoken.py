"""The language that is spoken at the moment."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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
