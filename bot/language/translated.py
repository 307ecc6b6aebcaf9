"""What the rest of the program says in English, in the language that is spoken.

Answers, refusals and reasons come from packages that know no reader. Their sentences are found by
their English words: a whole text, or the sentences of one, each with what stands in its gaps. What
is not known stays English.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache, partial

from bot.language.i18n import DEFAULT, N_, code, day
from bot.language.i18n import gettext as _
from bot.language.i18n import translated as of_value
from retrieval.messages import UserMessage

# Sentences; a gap takes no more than the text around it leaves.
SENTENCES = (
    # what is said to who asks nothing, or of a time of which there is nothing
    N_("Hello! What would you like to know about the news?"),
    N_("You’re welcome! Ask me anything else."),
    N_("Goodbye! Just write when you want to know something."),
    N_("All right. Ask me whenever you like."),
    N_("All right, I’ll stop here. /subscriptions lists the briefings that you get."),
    N_(
        "Ask me about the news, and I quote the sentences that answer, with their sources. "
        "“What’s new?” gets you a briefing, and /help lists everything else."
    ),
    N_(
        "I’m Sitrep, a bot that answers questions about the news from an archive of articles and "
        "cites the exact sentences."
    ),
    N_("I only know the news. What would you like to know?"),
    N_("Sorry about that. Try other words, or press 👎 under the answer."),
    N_("I can only read words. What would you like to know about the news?"),
    N_("I don’t see a question there. Ask me about the news in a few words."),
    N_("I found nothing about that on {date}."),
    N_("I found nothing about that from {date} to {last_date}."),
    N_("I found nothing about that up to {date}."),
    N_("You didn't name a year; this is from {date}."),
    N_("You didn't name a year; this is from {date} to {last_date}."),
    N_("I found no news on {date}."),
    N_("I found no news from {date} to {last_date}."),
    N_("I found no news up to {date}."),
    N_("The newest article is from {date}."),
    N_(
        "My search only understands English. To ask in other languages about English articles, set "
        "EMBEDDING_MODEL=local-multilingual."
    ),
    N_("Showing results for “{question}”."),
    N_("I found no answer to that."),
    N_("The archive is empty: no articles have been added yet."),
    N_("I couldn't trace the answer to a source, so here are the closest quotations."),
    N_("The language model found no answer. These sentences come closest."),
    N_("I only read the first {number} characters of the question."),
    N_("The answer reached its length limit and may be incomplete."),
    N_("Here are the sentences themselves."),
    N_("Some stories are quoted instead."),
    N_("I found nothing published on {date}; this is from other days."),
    N_("I found nothing published from {date} to {last_date}; this is from other days."),
    N_("This briefing used up its budget of model tokens, so some stories are quoted."),
)
# What stands in a gap and is no data.
_NAMES = {
    "chat": N_("The chat model"),
    "embedding": N_("The embedding model"),
    "the page": N_("the page"),
}
# What stands before a quotation, after a statement, or as the reason of a story.
PHRASES = (
    N_("{outlet} no longer says: {quote}"),
    N_("{outlet}’s article was removed from the archive. It said: {quote}"),
    N_("was {figure} on {date}, {outlet}"),
    N_("was {figure} on {date}"),
    N_("was {quote}"),
)
REASONS = (
    N_("you follow this story"),
    N_("about {topics}"),
    N_("you asked about this"),
    N_("{count} independent outlets"),
    N_("a single source"),
    N_("an update"),
    N_("new to you"),
    N_("corrects what I told you"),
)
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_SAID = re.compile(
    rf"(?P<outlet>[^“”\n]{{1,120}}?), (?P<date>\d{{1,2}} (?:{_MONTHS}) \d{{4}}|date unknown): (?=“)"
)
# The same behind a quotation, at the end of a claim.
_SAID_BEHIND = re.compile(
    rf"” (?P<outlet>[^“”\n]{{1,120}}), (?P<date>\d{{1,2}} (?:{_MONTHS}) \d{{4}}|date unknown)$"
)
_FULL, _SHORT = "%d %B %Y", "%d %b %Y"


def translated(text: str | UserMessage) -> str:
    """Sentences of the program's, as in `SENTENCES`; those that are not known stay."""
    if isinstance(text, UserMessage):
        return of_value(text)
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
    if found := _SAID_BEHIND.search(text):
        return f"{text[: found.start() + 2]}{found['outlet']}, {_date(found['date'])}"
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
    return _(english).format(**{name: _gap(name, it) for name, it in found.groupdict().items()})


def _gap(name: str, value: str) -> str:
    if name.endswith("date"):
        return _date(value)
    return _(_NAMES[value]) if value in _NAMES and name in {"model", "address"} else value


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
    gaps = {
        "address": r"the page|\S+?",
        "count": r"\d+",
        "date": _DAY,
        "host": r"\S+",
        "last_date": _DAY,
        "model": r"chat|embedding",
        "number": r"\d(?:[\d,.]*\d)?",
        "status": r"\d{3}(?: \([^()]*\))?",
    }
    return "".join(
        f"(?P<{part}>{gaps.get(part, '.+?')})" if at % 2 else re.escape(part)
        for at, part in enumerate(parts)
    )


_DAY = r"\d{1,2} [A-Z][a-z]+ \d{4}"
