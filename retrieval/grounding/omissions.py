"""Whether sentences leave out the very thing that a question asks for. Pure, by rules.

The reader's features are averages: none of them is a must. See docs/decisions/0181.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.grounding.asked import HOW_MANY_OF, ROLE, QuestionKind
from retrieval.grounding.checks.names import is_country, speakers_in
from retrieval.text.figures import fate, fates_of, find_figures
from retrieval.text.words import one_form, plain_letters, stem, stems, telling_stems, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.grounding.asked import Asked

_ASKED_OF = re.compile(
    r"^\W*(?:(?i:what)\s)?(?i:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must"
    r"|isn['’]t|aren['’]t|wasn['’]t|didn['’]t|doesn['’]t|hasn['’]t|won['’]t)\s+(?:the\s+)?"
    r"((?:[A-ZА-ЯІЇЄҐ][\w.'’-]*\s*)+)"
)
# "Who is Meloni's husband?"
_OF_SOMEBODY = (QuestionKind.TOPIC, QuestionKind.DEFINITION, QuestionKind.PERSON)
_WHOSE = re.compile(
    r"\b(?!(?:what|who|that|it|there|here|how|where|when|let)\b)\w+['’]s\s(?:\w+\s)?"
    r"(husband|wife|spouse|fianc[eé]e?|boyfriend|girlfriend|son|daughter|father|mother)\W*$",
    re.IGNORECASE,
)
_OF_A_DEED = (QuestionKind.YES_NO, QuestionKind.PERSON)
# From so much likeness on a deed may be told in words that no list has: "acquired" for "bought".
# Of the labelled questions those that were answered by the wrong deed have .28 to .43.
_ALIKE_ENOUGH = 0.45
_SAME_DEED_TEXT = """
buy purchase acquire acquisition take takeover sell sale own owner, replace succeed successor
appoint oust, resign quit step leave depart, fire oust dismiss sack, win beat lift triumph
champion victory defeat title crown clinch, arrest custody detain jail prison, go arrive travel
visit trip fly, say tell apologise apologize apology sorry regret, charge indict prosecute plead,
announce unveil reveal launch, cancel postpone scrap, attack strike hit shell bomb, agree approve
pass vote adopt, make manufacture produce maker, start begin launch open, stop end halt suspend,
close shut, raise hike increase rise, cut reduce lower slash, lead head run chief boss leader
president, husband wife spouse marry marriage wed wedding fiance fiancee fiancé fiancée engaged,
boyfriend girlfriend date relationship, son daughter child children father mother parent family,
lose beat defeat fail, accept concede admit, speak talk speech address, help aid, withdraw leave
retreat, deny reject, support back, shoot gunman fire, write author book
"""
_SAME_DEED: dict[str, frozenset[str]] = {}
for _group in _SAME_DEED_TEXT.split(","):
    _stems = one_form(map(stem, words(_group)))
    for _word in _stems:
        _SAME_DEED[_word] = _SAME_DEED.get(_word, frozenset()) | _stems
# What may be said of the dead, the wounded or the missing in other words.
_PERHAPS = re.compile(
    r"\b(?:hospitali[sz]\w*|hospital|treated|toll|casualt\w+|perished|lives|unaccounted"
    r"|lived)\b",
    re.IGNORECASE,
)
# "Who runs the agency?" is answered by its head.
_LEADS = stems(
    "run runs lead leads head heads chairs command commands govern rules directs owns is"
)
# In characters behind what is counted.
_FATE_WITHIN = 30
_BECAUSE = re.compile(r"\b(?:after|because|due|over|following|since|for fear)\b", re.IGNORECASE)
# In words. Longer questions compare, and begin with outlets: "Do the Wire and the Post both report
# that ...?"
_SIMPLE = 14
_SAID_BY = re.compile(
    r"^\W*what (?:did|does|do|has|have|is|was)\b.{2,60}\b(?:say|said|saying|tell|told|announced?"
    r"|think|write|wrote|claim|claimed|warn|warned|promised?|demand|demanded)\b",
    re.IGNORECASE,
)
# "What did Orlov say ...?": of somebody by name, not of "Orlov's lawyer", nor "the mayor of Wend".
_BY_NAME = re.compile(
    r"^\W*(?i:what|how|why) (?i:did|does|do|has|have|is|was|were)\s"
    r"(?P<who>(?:[A-ZА-ЯІЇЄҐ][\w.’'-]*\s){1,4}|[a-z]{4,}\s)"
    r"(?:say|said|saying|tell|told|think|thinking|want|announce|write|written|wrote|claim|warn"
    r"|promise|demand|call|respond|react|describe|explain|argue)\b"
)
# Who is not named by these; and capitals, which stand for governments as countries do: their words
# are those of ministers and ministries.
_NOBODY = frozenset(
    words(
        "they them this that these those there people police everyone anyone somebody someone"
        " sources reports article articles news media"
        " White House Kremlin Pentagon Downing Washington Moscow Kyiv Kiev Beijing London Brussels"
        " Tehran Paris Berlin Ankara Pyongyang Seoul Tokyo"
    )
)
# What people do with words; a quotation will do, too.
_UTTERS = re.compile(
    r"\b(?:say|said|tell|told|spoke|speak|call|warn|want|think|thought|believ|accus|critici|urg"
    r"|demand|promis|vow|argu|insist|den(?:ied|ies|y)|refus|declin|acknowledg|prais|blam|describ"
    r"|reject|suggest|predict|hope|fear|plan|expect|explain|tweet|post|wr(?:ote|ites?|itten)"
    r"|testif|repeat|appeal|ask|statement|remark|claim|added|announc|stress|note|apologi|defend"
    r"|welcom|condemn|threat|agree|support|oppos|react|respon|repl|put the|gave|give|according"
    r"|interview|speech|comment|dismiss|joke|recall|confirm|admit|concede|object|complain|pledge"
    r"|propos|recommend|consider|regard|view|quot|signal|maintain|declar|reveal|caution|point"
    r"|mention|emphasi|compar|label|hail|mock|advis|offer|feel|felt|worr|concern|prefer|wish|seek"
    r"|sought|hint)|[\"“«]",
    re.IGNORECASE,
)
_ONE_OF_THEM = re.compile(
    r"\b(?:he|she|his|her|him|I|we|my|our|me|us)\b|^[\"“‘']|[\"”’']$",
    re.IGNORECASE,
)
_NAME_START = 4
_OF_A_PEOPLE = ("ish", "es", "ese", "ian", "an", "ani")
_OTHERWISE = frozenset(
    words(
        "France French Netherlands Dutch Britain Britons UK Wales Denmark America Americans US"
        " States Poland Spain Switzerland Swiss Ireland Finland Philippines Covid Holland Burma"
    )
)


def lacks_what_is_asked(
    asked: Asked,
    best: Sequence[str],
    before: Sequence[str],
    titles: Sequence[str],
    likeness: float = 0.0,
) -> bool:
    """Whether the sentences that answer best leave out what the question is about.

    Where only the dead are counted, nobody says how many were wounded. Where it is asked whether X
    has resigned, X has to be named, and something like it be said of them; where it is asked what X
    said, X, and not all may be the words of others; where it is asked who did something, that;
    where it is asked about X's husband, a marriage. `before` are the sentences that stand before
    each, `titles` those of their articles; that somebody speaks in an article's title does not make
    each of its sentences theirs. `likeness` is how near the sentences come in meaning to what is
    asked of the names, 0 to 1.
    """
    if asked.kind is QuestionKind.COUNT:
        return _counts_others(asked.text, best)
    found = [is_anothers(asked, *one) for one in zip(best, before, titles, strict=True)]
    anothers = bool(found) and all(found)
    if anothers or len(words(asked.text)) > _SIMPLE:
        return anothers
    spoken = _SAID_BY.match(asked.text) is not None
    around = zip(best, before, [""] * len(best) if spoken else titles, strict=True)
    near = [telling_stems(" ".join(texts)) for texts in around]
    if asked.kind in _OF_SOMEBODY and (whose := _WHOSE.search(asked.text)):
        return not _has_any(_like(stems(whose[1])), near)
    subject = _subject(asked.text) if asked.kind is not QuestionKind.PERSON else frozenset[str]()
    if subject and not any(_is_named(one, text) for one in subject for text in near):
        return True
    if asked.kind not in _OF_A_DEED or likeness >= _ALIKE_ENOUGH:
        return False
    leads = asked.kind is QuestionKind.PERSON and any(ROLE.search(text) for text in best)
    deed = asked.terms - asked.names - (_LEADS if leads else frozenset())
    return bool(deed) and not _has_any(_like(deed), near)


def is_anothers(asked: Asked, text: str, before: str = "", title: str = "") -> bool:
    """Whether it is asked what X said, and nothing says that a sentence tells what X did.

    X is named in it with a word of speech, and nobody else as the one who speaks; or it has a
    pronoun or is a quotation, and the sentence before it has X, not another, as the speaker, or X
    is named there or in the title, or it goes on where that one speaks so. Of 325 labelled
    sentences that tell what somebody said 290 are so, of 6,706 others in their articles 2,281.
    """
    who = _whose_words(asked.text)
    if not who:
        return False
    speakers = " ".join(speakers_in(text))
    if speakers:
        return not _names_any(who, speakers)
    if _names_any(who, text):
        return _UTTERS.search(text) is None
    if not _ONE_OF_THEM.search(text):
        return True
    spoke = " ".join(speakers_in(before))
    if spoke:
        return not _names_any(who, spoke)
    # what goes on speaking may still be X's, who was named before that
    return not (_ONE_OF_THEM.search(before) or _names_any(who, f"{before} {title}"))


def _whose_words(question: str) -> frozenset[str]:
    """The stems of X in "What did X say?"; none where X speaks through others."""
    found = _BY_NAME.match(question)
    if found is None or re.search(r"['’]s?\s$", found["who"]):
        return frozenset()
    names = [one.strip(".,") for one in found["who"].split()]
    are_many = names[0].islower() and names[0].endswith("s")  # critics, officials
    is_state = len(names) == 1 and is_country(names[0])
    others = any(one.isupper() or one.casefold() in _NOBODY | _OTHERWISE for one in names)
    return frozenset() if are_many or is_state or others else stems(found["who"])


def _names_any(names: frozenset[str], text: str) -> bool:
    said = telling_stems(text)
    return any(_is_named(name, said) for name in names)


def _counts_others(question: str, best: Sequence[str]) -> bool:
    """Whether sentences say of how many something else is true, and of nobody what is asked."""
    counted = HOW_MANY_OF.search(question)
    beside = question[: counted.end() + _FATE_WITHIN] if counted else ""
    wanted = fates_of(_BECAUSE.split(beside)[0])
    if not wanted or any(fates_of(text) & wanted or _PERHAPS.search(text) for text in best):
        return False
    return any(fate(text, one) is not None for text in best for one in find_figures(text))


def _has_any(wanted: frozenset[str], near: Sequence[frozenset[str]]) -> bool:
    return any(wanted & text for text in near)


def _like(some: frozenset[str]) -> frozenset[str]:
    """Stems with those of words that news uses for the same."""
    alike = (_SAME_DEED.get(one, frozenset()) for one in one_form(some))
    return one_form(some).union(*alike)


def _is_named(name: str, text: frozenset[str]) -> bool:
    """Whether a text has a name, or a word of it: Russia, Russian; Fed, Federal; China, Chinese."""
    mine = plain_letters(name)
    for other in map(plain_letters, text):
        if other.startswith(mine) or (len(other) >= _NAME_START and mine.startswith(other)):
            return True
        if mine[:_NAME_START] == other[:_NAME_START] and other.endswith(_OF_A_PEOPLE):
            return True
    return False


def _subject(question: str) -> frozenset[str]:
    """The stems of the name that stands behind a question's first verb.

    "Has Putin visited ...?", "What did Biden say?" Not of letters alone ("EU"), nor of a country
    whose people have another name: a text may have the other.
    """
    found = _ASKED_OF.match(question)
    names = found[1].split() if found else []
    if any(one.strip(".,?").isupper() or one.casefold() in _OTHERWISE for one in names):
        return frozenset()
    return stems(found[1]) if found else frozenset()
