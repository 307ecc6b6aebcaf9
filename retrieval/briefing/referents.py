"""Decides whether a sentence can be understood by itself, by its referents. Pure, by rules."""

from __future__ import annotations

import re

from retrieval.briefing.telling import unquoted
from retrieval.text.words import empty_words, names_in, stem, stems, words

_LEANS_ON_WHAT_WAS_SAID = re.compile(
    r"^[\"“«]?(?:he|she|it|they|this|that|these|those|but|and|so|however|also|still|meanwhile"
    r"|in addition|for example|instead|then|the (?:former|latter)"
    r"|one of (?:them|these|those)|his|her|their|its|none?theless|nevertheless|moreover"
    r"|його|її|їхн\w+|его|её|ее|их"
    r"|він|вона|воно|вони|це|цей|ця|але|і|та|також|он|она|оно|они|это|этот|эта|но|и|также)\b",
    re.IGNORECASE,
)
_REFERS_BACK = re.compile(
    r"^[\"“«]?(?:(?:the|that) (?:next|following|same|previous) (?:day|night|morning|week|month"
    r"|year)"
    r"|the (?:two|three|pair|duo|couple|man|woman|men|women|boy|girl|child|suspect|gunman|victims?"
    r"|others|rest|incident|accident|shooter|driver|officer|official|spokes\w+|letter|statement"
    r"|move"
    r"|decision|result|second|third|other)\b(?!(?: [\w-]+)? (?:who|whose|which)\b"
    r"| (?:of|in|from|at|that|world|lady|amendment)\b)"
    r"|the (?:first|last)(?=,| (?:is|was|were|are|had|has|said|came|will|of them)\b)"
    r"|(?:both|others?|another|neither|either|some|most|many|none) (?:are|were|is|was|have|has"
    r"|had|said"
    r"|of (?:them|those|these))\b|(?:later|earlier|afterwards?|since then|until then|by then"
    r"|there|here"
    r"|as a result|for (?:instance|that|this)|in (?:that|this|other|contrast|response|turn"
    r"|particular)"
    r"|at (?:that|this|the same)|on (?:that|the other)|because of (?:that|this)|after (?:that|this)"
    r"|before (?:that|this)|according to (?:him|her|them|it)|similarly|likewise|finally|first"
    r"|second(?:ly)?"
    r"|third(?:ly)?|again|thus|therefore|hence|otherwise|yes|no|or|yet|such|too|while (?:he|she"
    r"|it|they))\b"
    r"|(?:після цього|потім|згодом|натомість|тому|при цьому|також|крім того|водночас|того ж дня"
    r"|после этого|затем|позже|поэтому|при этом|кроме того|также|в то же время|там)\b)",
    re.IGNORECASE,
)
_NAME_ALONE = re.compile(r"[\"“']?(?P<name>[A-ZА-ЯІЇЄҐ][\w’-]{2,})(?:['’]s)? (?=[a-zа-яіїєґ\d])")
_LONE_NAME = re.compile(
    r"(?<![.!?:“”\"'‘’—–] )(?<=[a-zа-яіїєґ,;] )(?P<name>[A-ZА-ЯІЇЄҐ][\w’-]{3,}?)(?:['’]s)?"
    r"(?=[.,;]|$| [a-zа-яіїєґ\d])"
    # "... of our customers,' Vincent said."
    r"|(?<=,[\"”’'] )(?P<speaker>[A-ZА-ЯІЇЄҐ][\w’-]{2,})"
    r"(?= (?:said|says|added|told|wrote|explained)\b)"
)
# "The troops left for Jordan", in an article about Michael Jordan.
_BEFORE_PLACES = frozenset(words("in at to for from near into across towards outside"))
# "Ann Orlova, owner of a shop": unknown to readers.
_IS_INTRODUCED = re.compile(
    r", (?:an?|the|who|whose|owner|founder|head|director|professor|spokes\w+|co-?\w+"
    r"|[a-z]+ (?:of|at|for|with)|\d{1,2},)\b"
)
_ROLE_BEFORE = re.compile(
    r"\b(?:Comptroller|Controller|Attorney|Sheriff|Chief|Lieutenant|Sergeant|Captain|Officer|Deputy"
    r"|Professor|Dr\.|Judge|Justice|Commissioner|Councill?or|Councilman|Councilwoman|Coach"
    r"|spokesman|spokeswoman|spokesperson|analyst|economist|professor|researcher|resident|owner"
    r"|student|teacher|scientist|lawyer|attorney|director|author|founder|expert|officer)\s*$"
)
# "... could change that within hours."
_POINTS_BACK = re.compile(
    r"\b(?:change|do|did|done|deny|denied|confirm(?:ed)?|about|of|with|like|after|before"
    r"|against|for|by"
    r"|to"
    r"|from|than|called?|stop|seen|said) (?:that|this)(?=[.,;!?]|\s(?:within|in|on|at|by"
    r"|during|until|again|too|either|yet|before|after)\b)",
    re.IGNORECASE,
)
# "Knowing where they start is hard.", "Many of these products": the referent is in an earlier
# sentence.
_BEFORE_ANY_NOUN = re.compile(
    r"^[\"“]?(?!when it comes)"
    r"(?:(?:(?:when|while|if|as|after|before|once|although|though|because|since|until|unless|what"
    r"|where|how|why|whether|knowing|in|on|for|by|with|of|to|from|at|even|just|only|like|unlike"
    r"|given|despite|among|besides|except|most|some|many|all|part|one|each|none|коли|якщо|хоча"
    r"|після"
    r"|когда|если|хотя|после) ){1,3}(?:they|them|it|its|their|theirs|вони|їх|воно|они|их|оно)"
    r"\b(?!['’]| (?:is|was) (?:clear|unclear|not clear|likely|possible|too early))"
    r"|(?:one|many|some|most|all|part|none|each|two|several|few|half|neither"
    r"|either) of (?:these|those"
    r"|them|this)\b|(?:among|like|unlike|despite|besides) (?:these|those|them|this|that)\b)",
    re.IGNORECASE,
)
# "At the high end, that would be two million.", "to see if this kind of impact helps".
_SUCH = re.compile(
    r"^(?:[^,\"“]{3,60}, )+(?:that|this) (?:would|could|will|means?|meant)\b"
    r"|\b(?:this|that|these|those) (?:kinds?|sorts?|types?) of\b|^fellow [a-z]"
    r"|, for (?:example|instance),|, (?:by|in) (?:contrast|comparison),|, on the other hand,"
    r"|\b(?:since|until|from) that (?:day|night|moment|point|time)\b"
    r"|^(?:an?|one|two|three|several|some|\d+) (?:hours?|days?|weeks?|months?|years?) "
    r"(?:later|earlier|before|after(?:wards?)?),"
    r"|^[^,]{2,60} (?:is|are|was|were) no (?:exception|different)\b"
    r"|^other (?:kinds?|sorts?|types?|forms?|examples?) of\b",
    re.IGNORECASE,
)
# "Nowhere is that more true than in Wend."
_SO = re.compile(
    r"\b(?:is|was|are|were|holds?|does|did) (?:that|this|it) (?:more|less|so|as|also|even"
    r"|especially|truer"
    r"|the case)\b|\bmore (?:true|so) than\b",
    re.IGNORECASE,
)
_HERE = re.compile(
    r"\b(?:born|raised|lived?|work(?:s|ed)?|arrived|stayed|built|from) here[.!]?$", re.IGNORECASE
)
_PERSON = re.compile(r"\b(?:he|she|him|his|her|hers|himself|herself)\b", re.IGNORECASE)
# A person: a name, or a word for a person.
_NAMED = re.compile(
    r"\b(?!(?:In|At|On|From|To|Near|Of|By|For|After|Before|As|When|While) )[A-ZА-ЯІЇЄҐ][^\W\d_]+ "
    r"[A-ZА-ЯІЇЄҐ]|(?!(?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b)"
    r"(?<!^)(?<!\b[Ii]n )(?<!\b[Aa]t )(?<!\b[Oo]n )(?<!\bnear )(?<!\b[Ff]rom )"
    r"(?<!\b[Tt]o )\b[A-ZА-ЯІЇЄҐ][^\W\d_]{2,}"
    r"|\b(?:man|woman|boy|girl|mother|father|son|daughter|wife|husband|brother|sister|student"
    r"|teacher"
    r"|officer|soldier|president|minister|player|driver|suspect|actor|actress|singer|king|queen)\b"
    # "Coolio, the rapper", "Putin said": the first word, if the next ones show that it is a name
    r"|^(?!(?:However|Meanwhile|Instead|Then|Still|Today|Yesterday|Tonight|Officials|Police"
    r"|Authorities"
    r"|Prosecutors|Investigators|Witnesses|Doctors|Others|Everyone|Nobody|Someone|Critics"
    r"|Experts)\b)"
    r"[A-ZА-ЯІЇЄҐ][^\W\d_]{2,}(?:, (?:an?|the|who|whose|which|\d)"
    r"| (?:said|says|told|announced|added|wrote|warned|vowed|denied|insisted|заявив|заявила|заявил"
    r"|сказав|сказала|сказал|повідомив|повідомила|сообщил|сообщила))\b"
)
# "The storm flooded the island.": a subject with "the" was named before, perhaps by another of
# these words of its kind.
_KINDS_TEXT = """
storm hurricane typhoon cyclone tornado tropical, quake earthquake tremor magnitude, blast
explosion bomb explode, blaze fire wildfire burn, attack shooting strike bombing stabbing attacker
attacked shelling missile, crash collision accident derailment crashed, outbreak virus epidemic
disease pandemic infection, vote election poll ballot referendum, ruling verdict decision judge
court jury justice, hike increase rise raise rate, deal agreement accord pact treaty, protest
demonstration rally, trial case lawsuit suit charge, study report research survey finding, bill
law legislation act measure, match game final win loss, announcement statement announce, searching
search raid, visit trip, plan proposal, aircraft plane jet helicopter flight, vessel ship boat,
fighting battle offensive war, mission spacecraft probe rocket launch, event festival concert,
hearing committee testimony, discovery find found, exercise drill, suspension ban suspended,
settlement settle agreement, investigation probe inquiry, campaign, action, effort, finding,
incident, ceremony, product, device, vehicle, facility, site, building, film movie, song album,
book novel, series show, recall, shortage, delay, chaos turmoil, controversy, backlash, uproar,
outcry, furor, fallout, standoff, scandal, feud, dispute row, allegation accuse claim, comment
remark say, video footage clip, image picture photo, layoff job cut, trend, merger, purchase,
project, program, scuffle altercation brawl, confrontation encounter exchange
"""
_KIND_OF: dict[str, frozenset[str]] = {}
for _kind in _KINDS_TEXT.split(","):
    for _word in words(_kind):
        _same = frozenset(map(stem, words(_kind)))
        _KIND_OF[stem(_word)] = _KIND_OF.get(stem(_word), frozenset()) | _same
# Things with "the" that everybody knows.
for _word in ("war", "rate", "show", "law"):
    _KIND_OF.pop(stem(_word), None)
# People called so have been named before.
_SOMEBODY = (
    "agency|company|group|team|firm|bank|network|department|panel|committee|organi[sz]ation|club|band"
    "|airline|university|school|union|charity|party|duo|couple|trio|pair|singer|actor|actress|player"
    "|star|author|writer|artist|suspect|victim|defendant|teenager|athlete|researchers?|scientists?"
    "|lawmaker|congressman|congresswoman|senator|billionaire|businessman|lawyer|attorney|striker"
    "|commission|institute|foundation|magazine|newspaper|platform|app|retailer|carmaker|automaker"
    "|manufacturer|startup|franchise|freshman|doctor|rapper|comedian|coach|pilot|principal|owner"
    "|founder|boss"
)
# "When Farid's friend called"
_SOMEBODYS = re.compile(
    r"\b(?P<name>[A-Z][\w-]{2,})['’]s (?:(?:late|former|older|younger|eldest|best|close) )?"
    r"(?:mother|father|friend|wife|husband|son|daughter|brother|sister|parents|family|uncle|aunt"
    r"|cousin|nephew|niece|lawyers?|attorneys?|neighbou?rs?|boyfriend|girlfriend|partner|colleagues?)\b"
)
_THE = re.compile(
    r"(?:^[\"“«]?|(?<=[,;:—–-] )|\b(?:after|before|since|as|while|when|because|though|although|that"
    r"|how|until|and|but|said|says) )"
    r"(?:the|this|that) (?:central |rights? |human rights )?(?P<noun>[a-z]+)"
    r"(?=,|['’]s\b| (?:is|was|were|are|had|has|have|will|would|could|may|can|also|now|then|first"
    r"|initially|[a-z]+ed|said|says|told|began|came|comes|went|took|takes|made|makes|hit|fell|rose|left"
    r"|struck|found|gave|gives|follows?|shows?|seeks?|sought|names?|requires?|includes?|marks?|means?"
    r"|aims?|plans?|shut|shook|swept|spread|grew|broke|drew|lost|won|held|sent|set|put|cut|brought|led"
    r"|met|at the|in the|recently|previously|reportedly)\b)",
    re.IGNORECASE,
)
# "To enter, those travellers need a visa."
_THOSE = re.compile(
    r"\b(?:those|these) (?!(?:who|whose|with|without|in|on|of|from|at|near|by|for|to|not|under|over"
    r"|are|were|is|have|had|kinds?|sorts?|types?|days|times|circumstances)\b|\w+(?:ing|ed)\b)"
    r"(?:[a-z]+ )?(?P<noun>[a-z]{3,}s)\b(?! (?:who|whose|that|which|in|of|with|from)\b)",
    re.IGNORECASE,
)
# "Stocks rose following the move."
_AFTER_IT = re.compile(
    r"\b(?:following|after|since|despite|amid|before|with) (?:the|that|this) (?P<noun>move|decision"
    r"|announcement|incident|news|step|change|statement|remarks?|comments?|report)\b"
    r"(?! (?:of|to|by|on|in|that|from|at|between|with|about|over)\b)",
    re.IGNORECASE,
)
_OFTEN_OF_ONE_WORD = frozenset(
    words(
        "company firm bank network team club band airline app platform retailer carmaker automaker "
        "manufacturer startup singer actor actress player star striker"
    )
)
_TIMES = frozenset(
    words(
        "January February March April May June July August September October November December"
        " Monday Tuesday Wednesday Thursday Friday Saturday Sunday Day Week"
    )
)
_FULL_NAME = re.compile(
    r"\b[A-ZА-ЯІЇЄҐ][\w.'’&-]* (?:of |for |and |the )*[A-ZА-ЯІЇЄҐ]|\b[A-Z]{2,}\b"
)
_IS_SOMEBODY = re.compile(rf"^(?:{_SOMEBODY})$")
_BACK = (_LEANS_ON_WHAT_WAS_SAID, _REFERS_BACK, _POINTS_BACK, _BEFORE_ANY_NOUN, _HERE, _SO, _SUCH)


def introduced_before(text: str, before: str) -> str | None:
    """A short name of a person whose full name is in `before`; None without one.

    "James is seeking damages" after "Letitia James, the attorney general". Inside a sentence, only
    names that the article had to introduce count: everybody knows presidents.
    """
    first = _NAME_ALONE.match(text)
    if first is not None and _in_full(first["name"], before):
        return first["name"]
    for found in _LONE_NAME.finditer(text):
        name = found["name"] or found["speaker"]
        before_it = text[: found.start()].rsplit(maxsplit=1)[-1]
        if found["name"] and (before_it[0].isupper() or before_it in _BEFORE_PLACES):
            continue
        full = _in_full(name, before)
        if full is not None and (found["speaker"] or _had_to_be_introduced(full, before)):
            return name
    return None


def _in_full(name: str, before: str) -> re.Match[str] | None:
    """The match of a full name."""
    if name.casefold() in empty_words():
        return None
    for full in re.finditer(rf"\b(?P<first>[A-ZА-ЯІЇЄҐ][\w.'’-]+) {re.escape(name)}\b", before):
        if full["first"].casefold() not in empty_words():
            return full
    return None


def _had_to_be_introduced(full: re.Match[str], before: str) -> bool:
    """Whether a full name comes with a description, and its first name isn't one."""
    behind = before[full.end() : full.end() + 40]
    if _ROLE_BEFORE.fullmatch(full["first"]):
        return False
    titled = _ROLE_BEFORE.search(before[max(0, full.start() - 30) : full.start()])
    return _IS_INTRODUCED.match(behind) is not None or titled is not None


def leans(text: str) -> bool:
    """Whether a sentence needs the one before it to be understood.

    It begins with a pronoun, refers back, or has a personal pronoun before any name.
    """
    own = text.lstrip()
    if any(back.search(own) for back in _BACK):
        return True
    own = unquoted(text)
    person = _PERSON.search(own)
    return person is not None and not _NAMED.search(own, 0, person.start())


def lacks_referent(text: str, before: str, of_article: str | None = None) -> bool:
    """Whether a sentence has an unresolved referent ("the storm", "the agency").

    `before` is the text that the reader has seen: the headline and earlier sentences. `of_article`
    is the part of it from the same article: another article's agency may be a different one.
    """
    own = unquoted(text)
    if _points_to_unnamed(own, before):
        return True
    for found in _THE.finditer(own):
        shown = f"{before} {own[: found.start()]}"
        noun = found["noun"].casefold()
        if _IS_SOMEBODY.match(noun):
            shown = f"{before if of_article is None else of_article} {own[: found.start()]}"
            one_word = noun in _OFTEN_OF_ONE_WORD and set(names_in(f"of {shown}")) - _TIMES
            if not stems(noun) & stems(shown) and not one_word and not _FULL_NAME.search(shown):
                return True
        elif (kind := _KIND_OF.get(stem(noun))) and not kind & stems(shown):
            return True
    return False


def _points_to_unnamed(own: str, before: str) -> bool:
    """Whether somebody's friend, "the move" or "those travellers" wasn't named before."""
    for found in _SOMEBODYS.finditer(own):
        if found["name"] not in f"{before} {own[: found.start()]}":
            return True
    for found in _AFTER_IT.finditer(own):
        said = stem(found["noun"].casefold())
        named = _KIND_OF.get(said, frozenset({said}))
        if not named & stems(f"{before} {own[: found.start()]}"):
            return True
    return any(
        not stems(found["noun"]) & stems(f"{before} {own[: found.start()]}")
        for found in _THOSE.finditer(own)
    )
