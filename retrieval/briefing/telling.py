"""Decides whether a sentence is news, not a caption, background or aside. Pure, by rules."""

from __future__ import annotations

import re
from datetime import date, timedelta

from retrieval.grounding.junk import is_junk
from retrieval.text.figures import fate, find_figures
from retrieval.text.words import names_in, telling_words, words

# Limits in words; for the lower one only significant words count; "Three people died." is enough.
_SHORTEST, _LONGEST, _SHORTEST_WITH_FATE = 5, 60, 2
# In addition to `retrieval.grounding.junk`: sentences that may answer a question but aren't news.
_NO_NEWS = re.compile(
    r"\b(?:sign up|subscribe|explore the|newsletter|read more|follow us"
    r"|getty images|file photo|cookies?"
    r"|lite site|low bandwidth|free trial|all rights reserved|(?:click|tap|swipe) (?:here|on|to"
    r"|through)"
    r"|advertisement|(?:photo|image|video)(?:graph)? by|editor['’]s note|(?:previous"
    r"|earlier) version"
    r" of (?:this|the|an)|replay|podcasts?|(?:opinions|views) expressed"
    r"|\b8(?:00|88|77|66|55|44|33)-\d{3}-\d{4}\b|^born (?:in|on|to)\b|bottom line:"
    r"|remains to be seen|time will tell|^on second thought"
    r"|\b(?:did not|didn['’]t|have not|has not|had not) (?:immediately )?(?:respond(?:ed)?"
    r"|repl(?:y|ied)|returned?) (?:to )?\b.{0,40}\b(?:requests?|calls?|emails?|questions"
    r"|messages?)\b"
    r"|stakes (?:could(?:n['’]t| not)|are)(?: \w+)? (?:be )?(?:high|higher)|here['’]?s (?:what|how"
    r"|why) "
    r"|this (?:page|story|article|column|commentary|transcript) |please note|not available in your"
    r"|підписатися|подписаться)|https?://|@\w",
    re.IGNORECASE,
)
# "1935 — The league", "3. The mayor", a row of a table.
_LISTED = re.compile(r"^\(?\d{1,4}\s?(?:[.)]|[—–:-])\s")
# "… on February 05, 2022 in Al Murooj, Saudi Arabia.": a caption.
_CAPTION = re.compile(
    r"\b\d{1,2}, \d{4},? (?:in|at|near) [^.]{3,60}\.$"
    r"|\b(?:is|are) (?:seen|pictured|shown) (?:\w+ing|at|in|on|during|near|outside|after"
    r"|before|with)\b"
    r"|^(?!.*\b(?:said|was|were|had|has|\w+ed)\b).*\b(?:January|February|March|April|May|June|July"
    r"|August|September|October|November|December),? \d{1,2},? \d{4}\.$"
    # "A plane that was hired by the mayor arrives in Wend on July 14."
    r"|^(?!.*\b(?:said|was (?!\w+ed\b)|were (?!\w+ed\b)|had|has|will)\b).*\b(?:arrives?|leaves"
    r"|departs?|speaks?|attends?|addresses|delivers?|stands?|walks?|waves?|gestures?|poses?|visits?|meets?)\b"
    r"[^.]*\bon (?:[A-Z][a-z]+day, )?(?:January|February|March|April|May|June|July|August|September"
    r"|October|November|December) \d{1,2}(?:, \d{4})?\.$"
)
# "Rockers are designed to swing gently.", "Pandemics are often caused by a virus.": general truths.
_OF_SOMETHING_KNOWN = re.compile(
    r"\b(?:the|this|these|those|his|her|its|their)\b(?! (?:same|most|more|least|best|worst)\b)"
    r"|\b(?:now|today|tonight|still|remains?|currently|since|ago|so far|continues?|police|officials"
    r"|authorities|there|prosecutors|investigators|rescuers|firefighters|residents|forces|troops)\b",
    re.IGNORECASE,
)
_OF_NOW = re.compile(
    r"\b(?:now|today|tonight|still|remains?|currently|continues?|(?:mon|tues|wednes|thurs|fri|satur"
    r"|sun)day|be(?:ing)? \w+ing|plans?|appears?|expects?|seeks?|faces?|comes? (?:as|after|amid)"
    r"|as of|this (?:week|month|year)|latest|new)\b",
    re.IGNORECASE,
)
# "For years, the firm has led.", "In 2019 a film came out.", "Wend is a small town."
_FOR_LONG = re.compile(
    r"^for (?:many |several )?(?:years|decades|centuries|generations)\b"
    r"|^(?:many|several|some|a few|two|three|four|five|ten|\d+) (?:years|decades|centuries) ago\b",
    re.IGNORECASE,
)
_IN_A_YEAR = re.compile(
    r"^(?:back )?in (?:[a-z]+ (?:of )?)?(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE
)
_WHAT_IT_IS = re.compile(r"^(?:[A-Z][\w.’'-]* ){1,4}(?:is|are) (?:an?|one of|among)\b")
_ALWAYS_DONE = re.compile(
    r"\b(?:is|are) (?:(?:often|usually|typically|generally|commonly|normally|sometimes|always"
    r"|rarely|mostly|mainly|frequently) \w+|(?:designed|used|known|defined|considered|intended"
    r"|called)\b)"
)
_NOT_ALWAYS = re.compile(
    r"\b(?:was|were|had|did|said|say|says|told|has|have|will|would|could|may|might|\w+ed|fell|hit|rose"
    r"|won|lost|left|took|meant|made|came|went|found|met|held|led|struck|shot)\b"
    r"|\b(?:is|are|['’](?:s|re))(?: \w+)? \w{2,}ing\b",
    re.IGNORECASE,
)
# "You couldn't make this up," said someone.
_MOSTLY_QUOTED = 0.35
_SAYS = re.compile(
    r"\b(?:said|says|added|wrote|writes|tweeted|posted|told \w+|sigh)(?: \w+)?[,:] [\"“«„‘']",
    re.IGNORECASE,
)
_OF_ONESELF = re.compile(r"\b(?:I|I['’]\w+|[Mm]y|[Mm]yself|[Yy]ou|[Yy]our)\b")
_TO_BE_DONE = re.compile(
    r"\b(?:will|won['’]t|must|shall|should|cannot|can['’]t|never|no longer|not|agreed?|decided"
    r"|ordered|is to|are to)\b|[А-Яа-яІіЇїЄєҐґ]",
    re.IGNORECASE,
)
_RELATIVE = re.compile(r"\b(?:that|which|who|whose|where)\b")
_LATIN = re.compile(r"[\W\d]*[A-Za-z]")
# "This illustration shows the spacecraft."
_SHOWN = re.compile(
    r"^(?:this|the|an?) (?:\w+ )?(?:illustration|image|photo(?:graph)?|picture|screengrab|still"
    r"|graphic"
    r"|map|chart|rendering|sketch|footage|video) (?:shows?|depicts?|provided|taken|released|issued"
    r"|made available|captured|posted)\b"
    r"|^in (?:this|the|an?) (?:\w+ )?(?:image|photo(?:graph)?|picture|video|footage|clip"
    r"|illustration)\b",
    re.IGNORECASE,
)
# "A protest in Tehran on September 21.": a caption without a verb.
_BEGINS_A_CAPTION = re.compile(
    r"^(?:an?|the|two|three|several) .*\b(?:in|on|at|near|outside)\b", re.IGNORECASE
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|do|does|did|will|would|can|could|may|might|must"
    r"|shall"
    r"|should|won|fell|hit|rose|said|says?|told|went|found|met|ran|cut|put|set|made|took|came|left"
    r"|held|led|lost|sent|paid|kept|built|bought|brought|began|broke|chose|drew|drove|fought|flew"
    r"|gave|grew|heard|knew|read|rode|sold|shot|spoke|spent|stood|struck|swept|taught|thought|threw"
    r"|wrote|saw|got|became|sank|shook|beat|bid|cost|hurt|let|quit|split|spread|fled|dealt|felt"
    r"|meant"
    r"|woke|withdrew|stole|swore|tore|wore|sought|overtook|understood|hid|bit|burst|caught|dug|laid"
    r"|lay|sang|slid|slipped|stuck|swung|sat|rang|work|live|die|want|need"
    r"|go|get|make|take|come|see|say|['’](?:s|re|ve|ll|d)|\w{2,}n['’]t|\w+(?:ed|es)"
    r"|\w{3,}[^s\W]s)\b"
)
# "A man carries his dog through the water in Wend.": present tense, about an unnamed person.
_PICTURED = re.compile(
    r"^(?:an?|two|three|several|some) [a-z-]+(?: [\w-]+){0,4} (?:stands?|carr(?:y|ies)|holds?"
    r"|walks?"
    r"|sits?|looks?|waves?|pass(?:es)?|poses?|gestures?|watch(?:es)?|rides?|cr(?:y|ies)|prays?"
    r"|hugs?"
    r"|inspects?|gathers?|clears?|smokes?|reacts?|cuts?|raises?|burns?|shouts?|chants?"
    r"|celebrates?|flies|fly|wears?|leaves?)\b",
    re.IGNORECASE,
)
# Words outside quotation marks with which writers mention themselves or the reader.
_I = re.compile(
    r"\bI(?:['’](?:m|ve|d|ll))?\b|\b(?:[Mm]y|[Mm]e|[Yy]ou(?:r|['’]\w+)?|[Ww]e(?:['’]\w+)?|"
    r"us|[Oo]ur)\b|\b(?:[Яя]|[Мм]ені|[Мм]не|[Вв]аш[аеі]?)\b"
)
_QUOTATION = re.compile(
    r"(?:(?<=^)|(?<=[\s(—–]))[\"“«„'‘](?=\S).*?(?:(?<=\S)[\"”»“'’](?![^\W_])|$)"
)
# "Ada Orlov celebrates with her team after the last goal."
_NAMED_AND_PICTURED = re.compile(
    r"^(?:(?:[Tt]he|[A-ZА-ЯІЇЄҐ][\w.'’-]*|of|de|van|von|al|and)[ ,]+){1,10}"
    r"(?:(?:an?|the|who) [^,.]{3,80}, )?(?:(?:right|left|center|centre),? )?"
    r"(?:celebrates?|speaks?|poses?|waves?|gestures?|reacts?|performs?"
    r"|arrives?|hugs?|embraces?|looks? on|stands?|walks?|smiles?|cheers?|shakes? hands"
    r"|attends?|addresse?s?) (?:with|at|on|in|to|for|during|as|after|before|behind|beside|the"
    r"|his|her"
    r"|their|a)\b"
)
# "Supporters of the president react as they watch the count."
_SEEN_NOW = re.compile(
    r"^(?!.*\b(?:said|says|was|were|had|has|have|will|would|is|are)\b)[A-Z][^.]*? (?:react"
    r"|gather|wait|cheer|queue|line up|embrace|march|look on|celebrate|pray|mourn|wave|protest"
    r"|demonstrate)s? (?:as|outside|while|in front of|near|during)\b"
)
_NEVER_TOLD = (_SEEN_NOW, _NAMED_AND_PICTURED, _NO_NEWS, _LISTED, _CAPTION, _PICTURED, _SHOWN)
_TO_COME = re.compile(
    r"\b(?:is|are) (?:expected|due|scheduled|set|planned) to\b|\bwill (?:meet|vote|begin"
    r"|start|decide|hold|hear|announce|visit|travel|take (?:place|effect)|be held|resume"
    r"|speak|open|rule|testify|publish|present|face|play|launch|be (?:sentenced|released))\b"
    r"|\b(?:scheduled|planned) for\b"
    r"|\b(?:заплановано|відбудеться|очікується|запланирован[оа]?|состоится|ожидается)\b",
    re.IGNORECASE,
)
# "…, the park said in a release Tuesday.": the day of the release, not of the event.
_WHO_SAID = re.compile(
    r",\s(?:[^,]{1,60}\s)?(?:said|says|announced|told|confirmed|reported|according to"
    r"|повідоми\w+|заяви\w+|сказа\w+|сообщи\w+)\b.*$"
)
_HALF_A_YEAR = 180
_WEEKDAYS = (
    r"monday|понеділ\w*|понедельник\w*",
    r"tuesday|вівтор\w*|вторник\w*",
    r"wednesday|серед[уаи]|сред[уаы]",
    r"thursday|четвер\w*|четверг\w*",
    r"friday|п['’]ятниц\w*|пятниц\w*",
    r"saturday|субот\w*|суббот\w*",
    r"sunday|неділ\w*|воскресен\w*",
)
_MONTHS = (
    r"january|jan",
    r"february|feb",
    r"march",
    r"april|apr",
    r"may(?=\s\d)",
    r"june",
    r"july",
    r"august|aug",
    r"september|sept?",
    r"october|oct",
    r"november|nov",
    r"december|dec",
)
_WHEN = re.compile(
    rf"\b(?:(?P<today>today|tonight|сьогодні|сегодня)|(?P<weekday>{'|'.join(_WEEKDAYS)})"
    r"|(?P<later>tomorrow|завтра|next \w+|later (?:this|in)|(?:in the )?coming \w+"
    r"|(?:early|mid|late) \w+|by the end of|наступн\w+|следующ\w+"
    rf"|(?P<day_first>\d{{1,2}})?\s?\b(?P<month>{'|'.join(_MONTHS)})\b\.?(?:\s(?P<day>\d{{1,2}}))?"
    r"|\d{1,2} (?:січ|лют|бер|квіт|трав|черв|лип|серп|вер|жовт|лист|груд"
    r"|янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек)\w*))(?![^\W_])",
    re.IGNORECASE,
)


def is_telling(text: str) -> bool:
    """Whether a sentence can stand alone as news: whole, not too long, no byline, no advice.

    A sentence that is all in quotation marks can't: its speaker is unknown.
    """
    own = unquoted(text)
    return (
        (len(telling_words(text)) >= _SHORTEST or says_what_became_of_how_many(text))
        and len(words(text)) <= _LONGEST
        and text.rstrip("\"”»’') ").endswith((".", "!", "…"))
        and not text.rstrip().endswith("...")
        and bool(telling_words(own))
        and not any(no.search(text) for no in _NEVER_TOLD)
        and (_VERB.search(text) is not None or _BEGINS_A_CAPTION.search(text) is None)
        and not is_junk(text)
        and not is_general(text)
        and not is_bare_quotation(text)
        and not _I.search(own)
    )


def is_general(text: str) -> bool:
    """Whether a sentence is a general truth about nobody and nothing in particular."""
    own = unquoted(text)
    if is_nameless(text) and not find_figures(own) and _LATIN.match(own):
        plain = _ALWAYS_DONE.sub(" is ", _RELATIVE.split(own)[0])
        return not _OF_SOMETHING_KNOWN.search(own) and not _NOT_ALWAYS.search(plain)
    return False


def is_bare_quotation(text: str) -> bool:
    """Whether a sentence is only a remark or feeling: no name, figure or action."""
    whole = text[:1] in "\"“«„'‘" or _SAYS.search(text) is not None
    if not whole or quoted_share(text) < _MOSTLY_QUOTED or find_figures(text):
        return False
    said = " ".join(found.group().strip("\"“”«»„'‘’ ") for found in _QUOTATION.finditer(text))
    if _OF_ONESELF.search(said):
        return True
    return not names_in(said) and _TO_BE_DONE.search(said) is None


def says_what_became_of_how_many(text: str) -> bool:
    """Whether a sentence gives a number of people or things and their fate."""
    return len(telling_words(text)) >= _SHORTEST_WITH_FATE and any(
        fate(text, figure) for figure in find_figures(text)
    )


def unquoted(text: str) -> str:
    """A sentence without its quotations, closed or not."""
    return _QUOTATION.sub(" ", text)


def is_nameless(text: str) -> bool:
    """Whether there are no names outside quotation marks."""
    return not names_in(unquoted(text))


def speaks_to_reader(text: str) -> bool:
    """Whether the writer mentions themselves or the reader outside quotation marks."""
    return _I.search(unquoted(text)) is not None


def is_background(text: str, year: int | None = None) -> bool:
    """Whether a sentence is a general truth, or about another year than `year`."""
    then = _IN_A_YEAR.match(text)
    if _FOR_LONG.match(text) or (then and year is not None and int(then["year"]) < year):
        return True
    own = _ALWAYS_DONE.sub(" is ", unquoted(text))
    if not _LATIN.match(own) or _NOT_ALWAYS.search(own) or _OF_NOW.search(own):
        return False
    return _WHAT_IT_IS.match(text) is not None or not find_figures(text)


def without_attribution(text: str) -> str:
    """A sentence without a final attribution."""
    return _WHO_SAID.sub("", text)


def quoted_share(text: str) -> float:
    """The share of a sentence's words in quotation marks."""
    every = len(words(text))
    return 1 - len(words(unquoted(text))) / every if every else 0.0


def is_to_come(text: str, said: date, now: date) -> bool:
    """Whether a sentence from the day `said` gives a date of an event that is still ahead `now`."""
    own = _WHO_SAID.sub("", unquoted(text))
    if _TO_COME.search(own) is None:
        return False
    return any(_lies_ahead(found, said, now) for found in _WHEN.finditer(own))


def _lies_ahead(when: re.Match[str], said: date, now: date) -> bool:
    if when["today"]:
        return said >= now
    if when["weekday"]:
        name = when["weekday"].casefold()
        day = next(n for n, names in enumerate(_WEEKDAYS) if re.fullmatch(names, name))
        # On the day itself, a report names it for past events.
        return said + timedelta(days=(day - said.weekday()) % 7 or -1) >= now
    if when["month"]:
        return _is_ahead(when, said, now)
    return True


def _is_ahead(when: re.Match[str], said: date, now: date) -> bool:
    """Whether a day and month, in the nearest year, or a month alone is ahead."""
    number = when["day"] or when["day_first"]
    if number is None:
        return True
    name = when["month"].casefold()
    month = next(n for n, names in enumerate(_MONTHS, 1) if re.match(rf"(?:{names})", f"{name} 1"))
    try:
        day = date(said.year, month, int(number))
    except ValueError:
        return True
    if day < said - timedelta(days=_HALF_A_YEAR):
        day = day.replace(year=day.year + 1, day=min(day.day, 28))
    return day >= now


def has_figure(text: str) -> bool:
    """Whether a sentence has a figure."""
    return bool(find_figures(text))
