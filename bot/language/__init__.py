"""Translations: English texts in the code, other languages in catalogues beside this file.

Texts are translated where they are shown, into the language of the present update or briefing
(`speaking`). Constants are marked with `N_` and translated with `_` where they are used. Errors and
the library's messages are `UserMessage`s, which `translated` shows. Where no language is set, as on
the command line, texts are in English.
"""

from bot.language.i18n import (
    DEFAULT,
    ENGLISH_NAMES,
    LANGUAGES,
    N_,
    OWN_NAMES,
    Spoken,
    all_translated,
    asked_of_model,
    code,
    day,
    gettext,
    listed,
    ngettext,
    number,
    of_telegram,
    pgettext,
    replying_in,
    short_month_day,
    speak,
    speaking,
    translated,
    weekday,
    weekday_and_day,
    whole_month_day,
)

__all__ = [
    "DEFAULT",
    "ENGLISH_NAMES",
    "LANGUAGES",
    "N_",
    "OWN_NAMES",
    "Spoken",
    "all_translated",
    "asked_of_model",
    "code",
    "day",
    "gettext",
    "listed",
    "ngettext",
    "number",
    "of_telegram",
    "pgettext",
    "replying_in",
    "short_month_day",
    "speak",
    "speaking",
    "translated",
    "weekday",
    "weekday_and_day",
    "whole_month_day",
]
