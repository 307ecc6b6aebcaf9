"""In which language the bot speaks: English in the code, others in catalogues beside this file.

What is said is looked up where it is shown, in the language of the update or briefing at work
(`speaking`). Constants are marked with `N_` and looked up with `_` where they are used; what the
library says, and what is raised, is a `UserMessage`, which `translated` shows. Everything that
nobody set a language for, such as the command line, is in English.
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
