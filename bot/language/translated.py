"""What the rest of the program says in English, in the language that is spoken.

Answers, refusals and reasons come from packages that know no reader. Their sentences are found by
their English words: a whole text, or the sentences of one, each with what stands in its gaps. What
is not known stays English.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache, partial

from bot.language.catalogues import N_
from bot.language.catalogues import gettext as _
from bot.language.formats import day
from bot.language.spoken import DEFAULT, code

# Sentences; a gap takes no more than the text around it leaves.
SENTENCES = (
    N_("That holds no question in words."),
    N_("The archive holds no answer to that."),
    N_("Nothing of the answer could be traced to a sentence, so it is not shown."),
    N_("Only the first {number} characters of the question were read."),
    N_("The answer reached its length limit and may be incomplete."),
    N_("Here are the sentences themselves."),
    N_("Some stories are quoted instead."),
    N_("The chat model wrote nothing."),
    N_("The chat model wrote nothing that its sources support."),
    N_("Nothing published on {date} was found; this is from other days."),
    N_("Nothing published from {date} to {last_date} was found; this is from other days."),
    N_("That answer is no longer kept; please ask again."),
    N_("That article was removed from the archive."),
    N_("That article is no longer in the archive."),
    N_("There is no article {number}."),
)
# What stands before a quotation, after a statement, or as the reason of a story.
PHRASES = (
    N_("{outlet} no longer says: {quote}"),
    N_("{outlet}’s article was removed from the archive. It said: {quote}"),
    N_("was {figure} on {date}, {outlet}"),
    N_("was {figure} on {date}"),
    N_("was {quote}"),
)
REASONS = (
    N_("you follow it"),
    N_("about {topics}"),
    N_("you asked about it"),
    N_("{count} independent outlets"),
    N_("a single source"),
    N_("an update"),
    N_("new to you"),
    N_("corrects what you were told"),
)
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_SAID = re.compile(
    rf"(?P<outlet>[^“”\n]{{1,120}}?), (?P<date>\d{{1,2}} (?:{_MONTHS}) \d{{4}}|date unknown): (?=“)"
)
_FULL, _SHORT = "%d %B %Y", "%d %b %Y"


def translated(text: str) -> str:
    """Sentences of the program's, as in `SENTENCES`; those that are not known stay."""
    if code() == DEFAULT:
        return text
    for pattern, english in _patterns(SENTENCES, inside=True):
        text = pattern.sub(partial(_filled, english), text)
    return text


def statement(text: str) -> str:
    """A claim: the program's words around what it quotes; the quotation stays as it is."""
    if code() == DEFAULT:
        return text
    if found := _SAID.match(text):
        return f"{found['outlet']}, {_date(found['date'])}: {text[found.end() :]}"
    for pattern, english in _patterns(PHRASES[:2]):
        if found := pattern.fullmatch(text):
            return _filled(english, found)
    return text


def replaced(text: str) -> str:
    """What a statement replaces, such as "was 8,000 on 3 Nov 2024"."""
    if code() == DEFAULT:
        return text
    for pattern, english in _patterns(PHRASES[2:]):
        if found := pattern.fullmatch(text):
            return _filled(english, found)
    return text


def reasons(text: str) -> str:
    """Why a story is told: reasons with commas between."""
    if code() == DEFAULT:
        return text
    return ", ".join(_reason(one) for one in text.split(", "))


def _reason(text: str) -> str:
    for pattern, english in _patterns(REASONS):
        if found := pattern.fullmatch(text):
            return _filled(english, found)
    return text


def _filled(english: str, found: re.Match[str]) -> str:
    gaps = {
        name: _date(value) if name.endswith("date") else value
        for name, value in found.groupdict().items()
    }
    return _(english).format(**gaps)


def _date(text: str) -> str:
    if text == "date unknown":
        return _("date unknown")
    for form in (_SHORT, _FULL):
        try:
            return day(datetime.strptime(text, form).date())  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    return text


@cache
def _patterns(
    texts: tuple[str, ...], *, inside: bool = False
) -> tuple[tuple[re.Pattern[str], str], ...]:
    """A pattern for each text; `inside` a longer one, whole sentences only."""
    edges = (r"(?:(?<=^)|(?<=\s))", r"(?=\s|$)") if inside else ("", "")
    return tuple((re.compile(_pattern(text).join(edges), re.DOTALL), text) for text in texts)


def _pattern(text: str) -> str:
    parts = re.split(r"\{(\w+)\}", text)
    gaps = {"number": r"[\d,]+", "count": r"\d+", "date": _DAY, "last_date": _DAY}
    return "".join(
        f"(?P<{part}>{gaps.get(part, '.+?')})" if at % 2 else re.escape(part)
        for at, part in enumerate(parts)
    )


_DAY = r"\d{1,2} [A-Z][a-z]+ \d{4}"
