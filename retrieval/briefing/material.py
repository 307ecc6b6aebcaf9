"""What a story is told from: its sentences, in the order in which they matter. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, Self

from retrieval.briefing.kinds import kind_apart
from retrieval.grounding.junk import is_junk
from retrieval.models import Citation
from retrieval.text.figures import fate, find_figures
from retrieval.text.words import empty_words, names_in, stem, stems, telling_words, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from retrieval.models import Article, Passage

MOST_ARTICLES = 16
# Of each article: news says first what matters.
PASSAGES_READ = 3
# Where no model reads them, more cost little: what a title says may stand further down.
PASSAGES_QUOTED = 6
# In words, of which those count at the lower end that say something; "Three people died." is
# enough.
_SHORTEST, _LONGEST, _SHORTEST_WITH_FATE = 5, 60, 2

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
)
# "Ann Orlova, owner of a shop": nobody knew her.
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
# "Knowing where they start is hard.", "Many of these products": what is meant stands before.
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
# Somebody: a name, or a word for a person.
_NAMED = re.compile(
    r"\b(?!(?:In|At|On|From|To|Near|Of|By|For|After|Before|As|When|While) )[A-ZА-ЯІЇЄҐ][^\W\d_]+ "
    r"[A-ZА-ЯІЇЄҐ]|(?!(?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b)"
    r"(?<!^)(?<!\b[Ii]n )(?<!\b[Aa]t )(?<!\b[Oo]n )(?<!\bnear )(?<!\b[Ff]rom )"
    r"(?<!\b[Tt]o )\b[A-ZА-ЯІЇЄҐ][^\W\d_]{2,}"
    r"|\b(?:man|woman|boy|girl|mother|father|son|daughter|wife|husband|brother|sister|student"
    r"|teacher"
    r"|officer|soldier|president|minister|player|driver|suspect|actor|actress|singer|king|queen)\b"
    # "Coolio, the rapper", "Putin said": the first word, where what follows shows that it is a name
    r"|^(?!(?:However|Meanwhile|Instead|Then|Still|Today|Yesterday|Tonight|Officials|Police"
    r"|Authorities"
    r"|Prosecutors|Investigators|Witnesses|Doctors|Others|Everyone|Nobody|Someone|Critics"
    r"|Experts)\b)"
    r"[A-ZА-ЯІЇЄҐ][^\W\d_]{2,}(?:, (?:an?|the|who|whose|which|\d)"
    r"| (?:said|says|told|announced|added|wrote|warned|vowed|denied|insisted|заявив|заявила|заявил"
    r"|сказав|сказала|сказал|повідомив|повідомила|сообщил|сообщила))\b"
)
# Besides what `retrieval.grounding.junk` knows: may answer a question, and is no news.
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
# "… on February 05, 2022 in Al Murooj, Saudi Arabia.": what a picture shows.
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
# "Rockers are designed to swing gently.", "Pandemics are often caused by a virus.": always so, of
# no one in particular, and not of now.
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
    r"^for (?:many |several )?(?:years|decades|centuries|generations)\b", re.IGNORECASE
)
_IN_A_YEAR = re.compile(
    r"^(?:back )?in (?:[a-z]+ (?:of )?)?(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE
)
_WHAT_IT_IS = re.compile(r"^(?:[A-Z][\w.’'-]* ){1,4}(?:is|are) (?:an?|one of|among)\b")
_NO_TITLE = re.compile(
    r"\b(?:editor['’]s note|sign up|subscribe|advertisement|cookies?|can be found here|read more)\b"
    r"|^this (?:page|story|article)\b",
    re.IGNORECASE,
)
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
# "You couldn't make this up," somebody said.
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
# "The storm flooded the island.": what stands with "the" before anything happens to it was named
# before. Of its kind, any of these words may have named it.
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
# There is one that everybody knows.
for _word in ("war", "rate", "show", "law"):
    _KIND_OF.pop(stem(_word), None)
# Whoever is called so has been named before.
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
_FULL_NAME = re.compile(
    r"\b[A-ZА-ЯІЇЄҐ][\w.'’&-]* (?:of |for |and |the )*[A-ZА-ЯІЇЄҐ]|\b[A-Z]{2,}\b"
)
_IS_SOMEBODY = re.compile(rf"^(?:{_SOMEBODY})$")
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
# "A protest in Tehran on September 21.": what a picture shows, without a verb.
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
# "A man carries his dog through the water in Wend.": in the present, of somebody without a name.
_PICTURED = re.compile(
    r"^(?:an?|two|three|several|some) [a-z-]+(?: [\w-]+){0,4} (?:stands?|carr(?:y|ies)|holds?"
    r"|walks?"
    r"|sits?|looks?|waves?|pass(?:es)?|poses?|gestures?|watch(?:es)?|rides?|cr(?:y|ies)|prays?"
    r"|hugs?"
    r"|inspects?|gathers?|clears?|smokes?|reacts?|cuts?|raises?|burns?|shouts?|chants?"
    r"|celebrates?|flies|fly|wears?|leaves?)\b",
    re.IGNORECASE,
)
# Outside quotation marks the writer speaks of themselves, or to the reader.
_I = re.compile(
    r"\bI(?:['’](?:m|ve|d|ll))?\b|\b(?:[Mm]y|[Mm]e|[Yy]ou(?:r|['’]\w+)?|[Ww]e(?:['’]\w+)?|"
    r"us|[Oo]ur)\b|\b(?:[Яя]|[Мм]ені|[Мм]не|[Вв]аш[аеі]?)\b"
)
_QUOTATION = re.compile(
    r"(?:(?<=^)|(?<=[\s(—–]))[\"“«„'‘](?=\S).*?(?:(?<=\S)[\"”»“'’](?![^\W_])|$)"
)
# What stands before an article's first words: a place and an agency, a dash, a bullet.
_CUT = re.compile(r"[\s:;,–—-]*(?:\.\.\.|…)$")
_OUTLET_LAST = re.compile(r"\s[-–—|]\s?(?P<name>[^|–—]{2,40})$")
_BULLET = re.compile(r"^[•►▪●■◆*–—-]+\s*")
_AGENCY = re.compile(
    r"^(?P<place>[A-ZА-ЯІЇЄҐ][^()\"“«!?]{0,40}?\s)?\((?P<agency>[^()]{2,30})\)\s*(?P<dash>[—–-]+\s*)?"
    r""
)
_PLACE = re.compile(
    r"^[A-ZА-ЯІЇЄҐ]{3,}(?:[ ,.]+(?:[A-ZА-ЯІЇЄҐ]{2,}|[A-Z][a-z]{1,5}\.))*(?:\s?[—–-]{1,2}\s+|\s[—–])"
    r"(?=[A-ZА-ЯІЇЄҐ\"“«„'‘])"
)
# "Bern The bank raised its rate."
_BARE_PLACE = re.compile(r"^(?P<name>[A-Z][a-z]{2,}) (?=(?:The|An?) [A-Za-z])")
# "TRIPOLI | Mon Feb 21, 2011 11:52 pm GMT TRIPOLI (Reuters) - ", a headline before it or none.
_WIRE = re.compile(
    r"^[^()\"“«]{0,200}\((?:Reuters|AP|AFP|dpa|UPI|CNN|Xinhua|TASS|Interfax)\)\s*[—–-]+\s+"
    r"(?=[\"“«„'‘]?[A-ZА-ЯІЇЄҐ0-9])"
)
_BYLINE = re.compile(
    r"^By (?:the )?(?:[A-Z][\w.'’-]+,? ){1,5}?(?:Wire Staff|Staff Writers?|CNN|Reuters|AP)\s+"
    r"(?=[A-Z])"
)
_AGENCIES = frozenset({"reuters", "ap", "afp", "dpa", "upi", "bbc", "tass", "ria", "interfax"})
_BACK = (_LEANS_ON_WHAT_WAS_SAID, _REFERS_BACK, _POINTS_BACK, _BEFORE_ANY_NOUN, _HERE, _SO, _SUCH)
# "Ada Orlov celebrates with her team after the last goal."
_NAMED_AND_PICTURED = re.compile(
    r"^(?:(?:[Tt]he|[A-ZА-ЯІЇЄҐ][\w.'’-]*|of|de|van|von|al|and)[ ,]+){1,7}"
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
# "…, the park said in a release Tuesday.": the day of the release, not of what it announces.
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


@dataclass(frozen=True, slots=True)
class StorySentence:
    """Sentence `index` of the passage number `passage` of a story's material.

    `place` counts the article's sentences from 0. The archive knows what is not
    `quotable` for junk. What is `read` stood in an article that was read for this reader before: it
    says what the story is about, and is no news. What it `needs` is a name alone that its article
    introduced before in full.
    """

    passage: int
    index: int
    place: int
    article: Article
    start: int
    end: int
    text: str
    quotable: bool = True
    read: bool = False
    needs: str | None = None

    def citation(self, n: int = 0) -> Citation:
        """As a footnote."""
        return Citation(n, self.article, self.start, self.end, self.text)


@dataclass(frozen=True, slots=True)
class Material:
    """What one story is told from, and nothing else; `sentences` are all of `passages`."""

    story_id: int
    passages: tuple[Passage, ...]
    sentences: tuple[StorySentence, ...]

    @classmethod
    def of(
        cls,
        story_id: int,
        passages: Iterable[Passage],
        was_read: Callable[[Article, str], bool] = lambda _article, _text: False,
    ) -> Self:
        """The material that these passages are, in order within each article.

        `was_read` says of an article's sentence whether it was read for the reader before.
        """
        kept = tuple(passages)
        return cls(story_id, kept, tuple(_sentences(kept, was_read)))

    def has_news(self) -> bool:
        """Whether anything in it was not read for the reader before."""
        return any(not one.read for one in self.sentences)

    def is_read(self, citation: Citation) -> bool:
        """Whether a cited sentence was read for the reader before."""
        cited = citation.article.revision_id, citation.end
        return any(
            (one.article.revision_id, one.end) == cited and one.read for one in self.sentences
        )


def choose_articles(
    newest_first: Sequence[Article],
    most: int = MOST_ARTICLES,
    is_read: Callable[[Article], bool] = lambda _: False,
) -> list[Article]:
    """The newest of each outlet, then each outlet's next, and so on; what was read last."""
    by_outlet: dict[str, list[Article]] = {}
    for article in newest_first:
        by_outlet.setdefault(article.outlet, []).append(article)
    rounds = zip_longest(*by_outlet.values())
    in_turn = [one for articles in rounds for one in articles if one is not None]
    return sorted(in_turn, key=is_read)[:most]


def _sentences(
    passages: Iterable[Passage], was_read: Callable[[Article, str], bool]
) -> Iterator[StorySentence]:
    places: dict[int, int] = {}
    before: dict[int, str] = {}
    for number, passage in enumerate(passages):
        revision = passage.article.revision_id
        for index, span in enumerate(passage.sentences):
            place = places.get(revision, 0)
            places[revision] = place + 1
            text = passage.sentence(index)
            earlier = before.get(revision, "")
            before[revision] = f"{earlier} {text}"
            skipped = before_news(text, passage.article.outlet)
            yield StorySentence(
                number,
                index,
                place,
                passage.article,
                span.start + skipped,
                span.end,
                text[skipped:],
                passage.is_quotable(index),
                was_read(passage.article, text),
                introduced_before(text[skipped:], earlier),
            )


def introduced_before(text: str, before: str) -> str | None:
    """The name alone of somebody whom `before` has in full; None without.

    "James is seeking damages" behind "Letitia James, the attorney general". Within a sentence only
    of somebody whom the article had to introduce: everybody knows presidents.
    """
    first = _NAME_ALONE.match(text)
    if first is not None and _in_full(first["name"], before):
        return first["name"]
    for found in _LONE_NAME.finditer(text):
        if text[: found.start()].rsplit(maxsplit=1)[-1][0].isupper():
            continue
        full = _in_full(found["name"], before)
        if full is not None and _had_to_be_introduced(full, before):
            return found["name"]
    return None


def _in_full(name: str, before: str) -> re.Match[str] | None:
    """Where a name stands in full."""
    if name.casefold() in empty_words():
        return None
    for full in re.finditer(rf"\b(?P<first>[A-ZА-ЯІЇЄҐ][\w.'’-]+) {re.escape(name)}\b", before):
        if full["first"].casefold() not in empty_words():
            return full
    return None


def _had_to_be_introduced(full: re.Match[str], before: str) -> bool:
    """Whether a name in full comes with what its bearer is, and the first name is no such word."""
    behind = before[full.end() : full.end() + 40]
    if _ROLE_BEFORE.fullmatch(full["first"]):
        return False
    titled = _ROLE_BEFORE.search(before[max(0, full.start() - 30) : full.start()])
    return _IS_INTRODUCED.match(behind) is not None or titled is not None


def before_news(text: str, outlet: str) -> int:
    """How much of a sentence is a bullet, or the place and the agency that a report opens with."""
    bullet = _BULLET.match(text)
    start = bullet.end() if bullet and bullet.end() < len(text) else 0
    rest = text[start:]
    if (before := _WIRE.match(rest) or _BYLINE.match(rest)) and rest[before.end() :].strip():
        return start + before.end()
    named = _AGENCY.match(rest)
    if named and (named["dash"] or _is_agency(named["agency"], outlet)):
        return start + named.end() if rest[named.end() :].strip() else start
    place = _PLACE.match(rest) or _BARE_PLACE.match(rest)
    if place and place.re is _BARE_PLACE and place["name"].casefold() in empty_words():
        return start
    return start + place.end() if place and rest[place.end() :].strip() else start


def _is_agency(name: str, outlet: str) -> bool:
    first = next(iter(words(name)), "")
    return first in _AGENCIES or first == next(iter(words(outlet)), "-")


def is_telling(text: str) -> bool:
    """Whether a sentence can stand alone as news: whole, not too long, no byline, no advice.

    Nobody knows whose words a sentence is that is all in quotation marks.
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
    """Whether a sentence tells what is always so, of nobody and nothing in particular."""
    own = unquoted(text)
    if is_nameless(text) and not find_figures(own) and _LATIN.match(own):
        plain = _ALWAYS_DONE.sub(" is ", _RELATIVE.split(own)[0])
        return not _OF_SOMETHING_KNOWN.search(own) and not _NOT_ALWAYS.search(plain)
    return False


def is_bare_quotation(text: str) -> bool:
    """Whether a sentence is what somebody said or felt of it: no name, no figure, nothing to do."""
    whole = text[:1] in "\"“«„'‘" or _SAYS.search(text) is not None
    if not whole or quoted_share(text) < _MOSTLY_QUOTED or find_figures(text):
        return False
    said = " ".join(found.group().strip("\"“”«»„'‘’ ") for found in _QUOTATION.finditer(text))
    if _OF_ONESELF.search(said):
        return True
    return not names_in(said) and _TO_BE_DONE.search(said) is None


def says_what_became_of_how_many(text: str) -> bool:
    """Whether a sentence counts people or things and says what happened to them."""
    return len(telling_words(text)) >= _SHORTEST_WITH_FATE and any(
        fate(text, figure) for figure in find_figures(text)
    )


def bare_title(title: str, outlet: str) -> str:
    """A title without " | Outlet" at its end; the outlet is told beside it.

    One that its source cut ("as Hurricane Fiona ...") ends with "…".
    """
    found = _OUTLET_LAST.search(title)
    name = next(iter(words(outlet)), "")
    if found is not None and name and found["name"].casefold().startswith(name):
        title = title[: found.start()].rstrip()
    return _CUT.sub("…", title[before_news(title, outlet) :])


def is_no_title(title: str) -> bool:
    """Whether what stands for a title is a note about the page or an advert."""
    return _NO_TITLE.search(title) is not None


def is_cut(title: str) -> bool:
    """Whether a title was cut by its source."""
    return title.endswith(("...", "…"))


def is_news_title(title: str) -> bool:
    """Whether a title is no opinion's, quiz's, gallery's or digest's."""
    return kind_apart(title) is None


def unquoted(text: str) -> str:
    """A sentence without what stands in it in quotation marks, closed or not."""
    return _QUOTATION.sub(" ", text)


def is_nameless(text: str) -> bool:
    """Whether nobody and nothing is named outside quotation marks."""
    return not names_in(unquoted(text))


def leans(text: str) -> bool:
    """Whether a sentence needs the one before it to be understood.

    It begins with a pronoun or refers back, or speaks of him or her before it names anybody.
    """
    own = text.lstrip()
    if any(back.search(own) for back in _BACK):
        return True
    own = unquoted(text)
    person = _PERSON.search(own)
    return person is not None and not _NAMED.search(own, 0, person.start())


def lacks_referent(text: str, before: str, of_article: str | None = None) -> bool:
    """Whether a sentence speaks of something as known ("the storm", "the agency") that is not.

    `before` is what the reader was shown until then: the headline, and what else is told;
    `of_article` is what of that stands in the same article: another's agency is another agency.
    """
    own = unquoted(text)
    for found in _SOMEBODYS.finditer(own):
        if found["name"] not in f"{before} {own[: found.start()]}":
            return True
    for found in _AFTER_IT.finditer(own):
        said = stem(found["noun"].casefold())
        named = _KIND_OF.get(said, frozenset({said}))
        if not named & stems(f"{before} {own[: found.start()]}"):
            return True
    for found in _THE.finditer(own):
        shown = f"{before} {own[: found.start()]}"
        noun = found["noun"].casefold()
        if _IS_SOMEBODY.match(noun):
            shown = f"{before if of_article is None else of_article} {own[: found.start()]}"
            one_word = noun in _OFTEN_OF_ONE_WORD and names_in(f"of {shown}")
            if not stems(noun) & stems(shown) and not one_word and not _FULL_NAME.search(shown):
                return True
        elif (kind := _KIND_OF.get(stem(noun))) and not kind & stems(shown):
            return True
    return False


def speaks_to_reader(text: str) -> bool:
    """Whether the writer speaks of themselves or to the reader, outside quotation marks."""
    return _I.search(unquoted(text)) is not None


def is_background(text: str, year: int | None = None) -> bool:
    """Whether a sentence tells what is so at all times, or what was in another year than `year`."""
    then = _IN_A_YEAR.match(text)
    if _FOR_LONG.match(text) or (then and year is not None and int(then["year"]) < year):
        return True
    own = _ALWAYS_DONE.sub(" is ", unquoted(text))
    if not _LATIN.match(own) or _NOT_ALWAYS.search(own) or _OF_NOW.search(own):
        return False
    return _WHAT_IT_IS.match(text) is not None or not find_figures(text)


def without_attribution(text: str) -> str:
    """A sentence without who said it, where that stands behind."""
    return _WHO_SAID.sub("", text)


def quoted_share(text: str) -> float:
    """The share of a sentence's words that stand in quotation marks."""
    every = len(words(text))
    return 1 - len(words(unquoted(text))) / every if every else 0.0


def is_to_come(text: str, said: date, now: date) -> bool:
    """Whether a sentence of the day `said` tells what is still to happen `now`, and when."""
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
        # On the day itself a report names it for what has been.
        return said + timedelta(days=(day - said.weekday()) % 7 or -1) >= now
    if when["month"]:
        return _is_ahead(when, said, now)
    return True


def _is_ahead(when: re.Match[str], said: date, now: date) -> bool:
    """A day of a month, of the year in which it is nearest; a month alone may be ahead."""
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
    """Whether a sentence gives a figure."""
    return bool(find_figures(text))
