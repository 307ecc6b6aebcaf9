"""What a question asks for, and whether a sentence holds such a thing. Pure.

A question's kind is read off its question words (English, Ukrainian, Russian, German), as in
factoid question answering since TREC (Li & Roth, "Learning Question Classifiers", 2002, in the few
classes that surface patterns can tell).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from retrieval.text.figures import find_figures
from retrieval.text.words import (
    names_in,
    stem,
    stems,
    words,
)


class QuestionKind(StrEnum):
    """What would answer."""

    PERSON = "person"
    TIME = "time"
    PLACE = "place"
    COUNT = "count"
    MONEY = "money"
    MEASURE = "measure"
    REASON = "reason"
    YES_NO = "yes_no"
    DEFINITION = "definition"
    LATEST = "latest"
    TOPIC = "topic"
    OTHER = "other"


def _any(*words_: str) -> re.Pattern[str]:
    return re.compile("|".join(words_), re.IGNORECASE)


_LATEST_ASKED = (
    QuestionKind.LATEST,
    _any(
        r"\blatest\b|\bnewest\b|\brecent(?:ly)? (?:developments?|news|events?)\b"
        r"|\bwhat(?:'s|’s| is) new\b"
        r"|\bcurrent (?:state|status|situation)\b|\bany (?:news|updates?)\b|\bupdates? on\b",
        r"\bостанн\w+ (?:новин|поді)|\bпоследн\w+ новост|\bщо нового\b|\bчто нового\b"
        r"|\bneueste",
    ),
)
_KINDS: tuple[tuple[QuestionKind, re.Pattern[str]], ...] = (
    # "Was it open when they came?" asks for no time; "Can you tell me when ...?" does.
    (
        QuestionKind.YES_NO,
        _any(
            r"^\W*(?!(?:can|could|will|would|do) you\b)(?:is|are|was|were|am|do|does|did|has|have"
            r"|had|can|could|will|would|should|may|might|must|isn't|aren't|wasn't|didn't|doesn't"
            r"|hasn't|won't)\b(?!.*\bor\b)",
            r"^\W*чи\b",
        ),
    ),
    # "What is the latest on ...?", "What is bitcoin worth?" and "What is X doing?" define nothing.
    (QuestionKind.LATEST, _any(r"^\W*(?:what(?:'s|’s| is)\s+)?(?:the\s+)?(?:latest|newest|new)\b")),
    (
        QuestionKind.MONEY,
        _any(
            r"^\W*what(?:'s|’s| is| was| are| were)\b.{1,40}\b(?:worth|cost|costs|price)\W*$",
            r"^\W*what(?:'s|’s| is| was| are| were)\s+the\s+(?:\w+\s)?(?:price|cost)s?\s+of\b",
        ),
    ),
    (
        QuestionKind.OTHER,
        _any(
            r"^\W*what(?:'s|’s| is| was| are| were)\s(?!an?\s).{1,60}"
            r"\b[^\W\d_]{2,}ing(?:\s\w+)?\W*$"
        ),
    ),
    (
        QuestionKind.DEFINITION,
        _any(
            r"^\W*(?:so |and )?who(?:'s|’s| is| was| are| were)\s+(?:the\s+)?[^\W\d_][\w.'’-]*"
            r"(?:\s+[^\W\d_][\w.'’-]*){0,3}\W*$",
            r"^\W*what(?:'s|’s| is| are)\s+(?:an?\s+|the\s+)?[\w'’-]+(?:\s+[\w'’-]+){0,2}\W*$",
            r"^\W*what does .{2,60} mean\b",
            r"^\W*(?:хто|кто)\s+(?:такий|така|такі|такой|такая|такие|це|это)\b",
            r"^\W*(?:що|что)\s+(?:таке|такое)\b",
            r"^\W*wer (?:ist|war|sind)\s+\S+(?:\s\S+){0,2}\W*$",
        ),
    ),
    (
        QuestionKind.REASON,
        _any(
            r"\bwhy\b|\bhow come\b|\bwhat (?:made|caused|led|is the (?:reason|cause))\b"
            r"|\bfor what reason\b|\bwhat was the (?:reason|cause)\b",
            r"\b(?:чому|навіщо|через що|почему|зачем|из-за чего|отчего)\b|\b(?:warum|wieso"
            r"|weshalb)\b",
        ),
    ),
    (
        QuestionKind.MONEY,
        _any(
            r"\bhow (?:much|big|large|high)\b.{0,60}\b(?:cost|costs|pay|paid|earn\w*"
            r"|fine[ds]?|price[ds]?"
            r"|worth|spen[dt]|raise[ds]?|money|rent|salary|debt|dollars?|euros?)\b",
            r"\bwhat\b.{0,60}\b(?:cost|costs|price|worth|earn|earns|salary|pay)\b|\bprice of\b",
            r"\bскільки (?:кошту|заробля|плат)|\bсколько (?:сто[иі]т|зарабат|плат)"
            r"|\bwie ?viel kostet\b",
        ),
    ),
    (
        QuestionKind.COUNT,
        _any(
            r"\bhow (?:many|meny)\b|\bwhat (?:number|share|percentage|percent|proportion)\b"
            r"|\bhow often\b",
            r"\bскільки\b|\bсколько\b|\bскока\b|\bwie ?viele\b",
        ),
    ),
    (
        QuestionKind.MEASURE,
        _any(
            r"\bhow (?:much|mutch|old|long|far|tall|big|large|high|fast|deep|wide|heavy|hot"
            r"|cold|strong)\b",
            r"\bwhat (?:age|size|distance|length|height|area)\b|\b(?:from|at) what age\b",
            r"\bяк (?:довго|далеко|давно)\b|\bкак (?:долго|далеко|давно)\b|\bwie (?:lange|alt"
            r"|weit|hoch|groß)\b",
        ),
    ),
    (
        QuestionKind.TIME,
        _any(
            r"\bwhen\b|\bwhat (?:year|day|date|month|time)\b|\bwhich (?:year|day|month)\b"
            r"|\bsince when\b"
            r"|\buntil when\b|\bhow soon\b",
            r"\bколи\b|\bкогда\b|\bwann\b",
        ),
    ),
    (
        QuestionKind.PLACE,
        _any(
            r"\bwhere\b|\b(?:what|which) (?:city|country|town|state|region|place|village)\b",
            r"\bде\b|\bкуди\b|\bзвідки\b|\bгде\b|\bкуда\b|\bоткуда\b|\bwo\b|\bwohin\b",
        ),
    ),
    # "Who can apply?" asks for no name.
    (
        QuestionKind.OTHER,
        _any(
            r"^\W*who (?:all )?(?:can|could|may|should|must|gets?|needs?|qualif\w+|(?:has|have) to"
            r"|(?:is|are) (?:eligible|allowed|affected|entitled|exempt))\b",
            r"^\W*(?:хто може|хто має право|кто может|кто имеет право|wer (?:kann|darf|muss))\b",
        ),
    ),
    (
        QuestionKind.PERSON,
        _any(
            r"\bwho(?:m|se)?\b|\bwhat is the name of\b|\b(?:what|which)"
            r" (?:(?:former|ex-?|new|old|late|british|american|russian|ukrainian)\s)*(?:man|woman"
            r"|person|president|minister|player|leader|singer|actor|company|team|country)\b",
            r"\bхто\b|\bкого\b|\bкому\b|\bким\b|\bкто\b|\bкем\b|\bwer\b|\bwen\b|\bwem\b",
        ),
    ),
    _LATEST_ASKED,
    (
        QuestionKind.YES_NO,
        _any(
            r"^\W*(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should"
            r"|may|might"
            r"|must|isn't|aren't|wasn't|didn't|doesn't|hasn't|won't)\b",
            r"^\W*чи\b|\bли\b|^\W*(?:ist|sind|war|hat|haben|wird|kann)\b",
        ),
    ),
)
_TIME_IN = _any(
    r"\b(?:1[5-9]\d\d|20\d\d)\b",
    r"\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)"
    r"(?:\.|uary|ruary|ch|il|e|y|ust|tember|ober|ember)?\s+\d|\d\s+(?:of\s+)?(?:jan|feb|mar|apr|may"
    r"|jun|jul|aug|sep|oct|nov|dec)",
    r"\b(?:january|february|march|april|june|july|august|september|october|november|december)\b",
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b",
    r"\b(?:yesterday|today|tomorrow|tonight|last (?:week|month|year|night)|next (?:week|month|year)"
    r"|this (?:week|month|year|morning|evening)|(?:weeks?|months?|years?|days?|hours?) (?:ago"
    r"|later)"
    r"|noon|midnight|\d\s?[ap]\.?m\b|in (?:spring|summer|autumn|fall|winter))\b",
    r"\b(?:січ|лют|берез|квіт|трав|черв|лип|серп|верес|жовт|листоп|груд)\w*",
    r"\b(?:янв|февр|март|апр|ма[йя]|июн|июл|авг|сент|окт|нояб|декаб)\w*",
    r"\b(?:понеділ|вівтор|серед[аиуі]|четвер|п'ятниц|п’ятниц|субот|неділ|понедельн|вторник"
    r"|сред[аыу]"
    r"|пятниц|суббот|воскресен|вчора|сьогодні|завтра|вчера|сегодня|минул\w+ (?:рок|тижн|місяц)"
    r"|прошл\w+ (?:год|недел|месяц))\w*",
)
_PLACE_IN = re.compile(
    r"\b(?:in|at|near|from|to|outside|across|around|of|into|on|south|north|east|west)\s+"
    r"(?:the\s+)?(?:[\w-]+\s+){0,2}?[A-Z][\w'’-]+"
    r"|\b(?:в|у|під|біля|над|на|до|з|із|под|около|возле|из|к)\s+[А-ЯІЇЄҐ][\w'’-]+"
)
_REASON_IN = _any(
    r"\b(?:because|since|due to|owing to|thanks to|caused?|causing|reasons?|blamed?|blaming"
    r"|result(?:ed|s|ing)? (?:of|from|in)"
    r"|led to|leads to|in order to|so that|as a result|in response|in retaliation|after"
    r"|following|over"
    r"|amid|therefore|which is why|that is why|prompted|prevent\w*|to (?:avoid|help|protect"
    r"|ensure|stop|make|keep|focus))\b",
    r"\b(?:бо|тому що|через|оскільки|внаслідок|завдяки|у відповідь|щоб|аби|після того"
    r"|потому что|из-за|так как|поскольку|вследствие|благодаря|в ответ|чтобы|после того)\b",
    r"\b(?:weil|wegen|aufgrund|da|denn|damit|um)\b",
)
# What says "because" and nothing else.
_CAUSE_IN = _any(
    r"\b(?:because|due to|owing to|thanks to|caused by|citing|cited|blam(?:ed|es|ing)"
    r"|as a result of|the reasons?|in order to|so that|in response to|in retaliation for"
    r"|on suspicion of"
    r"|accus(?:ed|ing)|prompted by|stem(?:s|med)? from|attribut\w+ (?:it |this )?to|over concerns?"
    r"|out of (?:fear|concern)|amid (?:fears?|concerns?)|that['’]s why|which is why"
    r"|forc(?:ed|ing))\b",
    r"\b(?:тому що|через те|через|оскільки|внаслідок|у відповідь|щоб|аби|бо|потому что|из-за"
    r"|так как|поскольку|вследствие|в ответ|чтобы|weil|wegen|aufgrund)\b",
)
# What has not happened yet, and what asks for such a thing.
_AHEAD = _any(
    r"\b(?:will|won['’]t|expected|scheduled|slated|poised|upcoming|rumou?red|rumou?rs?|predict\w*"
    r"|forecasts?|ahead of)\b|\b(?:set|due|likely|planning|hoping|aiming|eyeing) to\b"
    r"|\b(?:буде|будуть|планує|планують|очікується|має відбутися|будет|будут|планирует|ожидается)\b"
    r"|\b(?:wird|werden|voraussichtlich|geplant)\b"
)
_ASKS_AHEAD = _any(
    r"\b(?:will|won['’]t|going to|next|expect\w*|plans?|planning|planned|forecast|schedule\w*|soon"
    r"|upcoming|when (?:does|is|are|do)|should|could|would|may|might)\b"
    r"|\b(?:буде|будуть|планує|планують|коли|будет|будут|планирует|когда|wird|werden|wann)\b"
)
_MONEY_IN = _any(
    r"[$€£₴₽¥]\s?\d|\d\s?[$€£₴₽¥]|\b\d[\d.,]*\s?(?:k|m|bn|thousand|million|billion|trillion)?\s?"
    r"(?:dollars?|euros?|pounds?|hryvnias?|roubles?|rubles?|cents?|usd|eur|гривень|гривен|грн"
    r"|руб|долар|доллар|євро|евро)"
)
_NEGATION = _any(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|denied|denies|deny|refus\w+"
    r"|reject\w+|false"
    r"|cannot|isn['’]t|aren['’]t|wasn['’]t|weren['’]t|don['’]t|doesn['’]t|didn['’]t|hasn['’]t"
    r"|haven['’]t"
    r"|hadn['’]t|won['’]t|wouldn['’]t|can['’]t|couldn['’]t)\b|\b(?:не|ні|ни|нет|немає|ніколи"
    r"|никогда"
    r"|без|заперечи\w*|спростува\w*|опроверг\w*|отрица\w*|kein\w*|nicht)\b"
)
_SPEECH = _any(
    r"\b(?:said|says|told|according to|report(?:ed|s)?|estimate[sd]?|claim(?:ed|s)?|wrote"
    r"|added|announced"
    r"|confirmed|stated|сказав|заявив|заявила|повідомив|повідомила|за словами|за даними"
    r"|сказал|заявил|заявила|сообщил|сообщила|по словам|по данным)\b"
)
# A pronoun or an "also" at the beginning leans on a sentence before.
_LEANS = _any(
    r"^[\"“”'‘(\s]*(?:he|she|it|they|this|that|these|those|his|her|its|their|him|them|such"
    r"|there|both"
    r"|another|others?|but|and|or|so|also|however|then|still|yet|meanwhile|instead"
    r"|the (?:source|report"
    r"|statement|former|latter|two|pair|three|move|decision|attack|incident|document|post"
    r"|deal|company|group|man|woman))\b",
    r"^[\"“”«'(\s]*(?:він|вона|воно|вони|це|цей|ця|ці|його|її|їх|їхн\w+|але|також|проте|однак"
    r"|тому|той|ті|при цьому|за його словами"
    r"|он|она|оно|они|это|этот|эта|эти|его|её|ее|их|но|также|однако|поэтому|тот|те|при этом"
    r"|по его словам)\b",
    # "On Thursday the president confirmed this."
    r"^.{0,60}\b(?:про це|це|об этом|это)\s+(?:[^\W\d_]+\s+){0,2}"
    r"(?:сказ|підтверд|подтверд|повідом|сообщ|заяв|розпов|рассказ|напис|оголос|объяв)",
    r"^[\"“”«'(\s]*(?:про це|об этом)\b",
    r"^.{0,80}\b(?:confirmed|announced|denied|reported) (?:this|it)"
    r"(?:$|[.,]| (?:on|in|to|by|at)\b)",
)
HOW_MANY_OF = re.compile(
    r"\b(?:how (?:many|meny|much|mutch)|скільки|сколько|скока|wie ?viele?)\s+"
    r"((?:[^\W\d_][\w'’-]*\s*){1,4})",
    re.IGNORECASE,
)
_ENDS_NOUN = frozenset(
    words(
        "did do does is are was were has have had will would can could should may might must be"
        " been the a an of in on at to for from by with who that which there got get gets they he"
        " she it you we i у в на за до по з із й і та и с из к"
    )
)
_SHORT = 4
# "What did Apple show?" is short, and no topic.
_ASKING = _any(r"\b(?:what|which|how)\b|\b(?:що|як\w{0,3}|что|как\w{0,3}|was|wie|welche\w?)\b")
# What a question of the news says besides what it is about.
_ABOUT_NEWS = stems(
    "latest newest recent recently current currently news new update updates development"
    " developments happen happened state situation status exactly actually yet still"
    " останні новини нове відбулося сталося последние новости новое произошло случилось"
)
_FULL_NAME = re.compile(
    r"\b(?!(?:On|In|At|By|The|After|From|When|As|For|But|And|Since|Until|Before)\b)"
    r"[A-ZА-ЯІЇЄҐ][\w.'’-]+ [A-ZА-ЯІЇЄҐ]"
)
_THE_AGED = re.compile(
    r"(?<!, )\b(?:the|The) \d{1,2}-year-old\b"
    r"(?=[.,;]|$|\s(?:was|is|has|had|as|said|says|who|told|in|from|and|actor|actress|singer|rapper"
    r"|star|player|man|woman|boy|girl|teenager|student|mother|father)\b)"
    r"(?!(?:\s(?!as\b)\w+){0,3}\s[A-Z])"
)
_ORDINAL = _any(
    r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d+(?:st|nd|rd|th)"
    r"|перш\w{1,3}|друг(?:ий|а|е|у|ої|ого|ому|ою)|трет\w{1,3}|перв(?:ый|ая|ое|ую|ой|ого|ому)|втор\w{2,3}"
    r"|erste\w?|zweite\w?|dritte\w?"
)
_UNITS_FOR: dict[str, re.Pattern[str]] = {
    "old": _any(r"\b\d+[- ]year|\baged? \d|, \d{2},|\b\d{2} years|\brічн|\bлет\b|\bроків\b"),
    "age": _any(
        r"\b\d+[- ]year|\baged? \d|, \d{2},|\b\d{2} years|\b\d+ (?:and|or) (?:older|up|over|above)"
    ),
    "long": _any(
        r"(?:second|minute|hour|day|week|month|year|decade|mile|kilomet|meter|metre|feet|foot"
        r"|годин|хвилин"
        r"|дн[іія]|тижн|місяц|рок|час[ао]?в?|минут|дней|недел|месяц|лет|год)"
    ),
    "far": _any(r"(?:mile|kilomet|km\b|meter|metre|feet|yards?|кілометр|километр|км\b|метр)"),
}


_HELD = {
    QuestionKind.TIME: _TIME_IN,
    QuestionKind.PLACE: _PLACE_IN,
    QuestionKind.MONEY: _MONEY_IN,
    QuestionKind.REASON: _REASON_IN,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question taken apart.

    `terms` are the stems that say what it is about, `nouns` those of what it counts ("how many
    *tanks*"), `names` those of its names, `numbers` the figures that it mentions.
    """

    text: str
    kind: QuestionKind
    terms: frozenset[str]
    nouns: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[str]
    unit: str


def ask(question: str) -> Asked:
    """Take a question apart, without the words that say of which days it is (`Plan.content`).

    Words such as "latest" say which articles may answer, and need not stand in them.
    """
    kind = _kind_of(question)
    noun = HOW_MANY_OF.search(question)
    nouns = _counted(noun[1]) if noun else frozenset[str]()
    unit = next((name for name in _UNITS_FOR if re.search(rf"\b{name}\b", question.casefold())), "")
    return Asked(
        question,
        kind,
        stems(question) - _ABOUT_NEWS or stems(question),
        nouns,
        frozenset(stem(name) for name in names_in(question)) - _ABOUT_NEWS,
        frozenset(word for word in words(question) if word[0].isdigit()),
        unit,
    )


def _kind_of(question: str) -> QuestionKind:
    for kind, pattern in _KINDS:
        if pattern.search(question):
            return kind
    is_topic = len(words(question)) <= _SHORT and not _ASKING.search(question)
    return QuestionKind.TOPIC if is_topic else QuestionKind.OTHER


def _counted(phrase: str) -> frozenset[str]:
    kept: list[str] = []
    for word in words(phrase):
        if word in _ENDS_NOUN:
            break
        kept.append(word)
    return frozenset(stem(word) for word in kept)


def holds(asked: Asked, text: str) -> bool:
    """Whether a sentence holds the kind of thing that is asked for; True where none is."""
    if asked.kind is QuestionKind.PERSON:
        return bool(new_names(asked, text))
    if asked.kind is QuestionKind.COUNT:
        return bool(find_figures(text))
    if asked.kind is QuestionKind.MEASURE:
        pattern = _UNITS_FOR.get(asked.unit)
        figures = any(letter.isdigit() for letter in text) or bool(find_figures(text))
        return figures and (pattern is None or pattern.search(text) is not None)
    if asked.kind is QuestionKind.DEFINITION:
        return introduces(asked.terms, text)
    wanted = _HELD.get(asked.kind)
    return wanted is None or wanted.search(text) is not None


def counts_the_noun(asked: Asked, text: str) -> bool:
    """Whether a figure of the sentence counts what the question does; True where it counts none."""
    if not asked.nouns:
        return True
    return any(asked.nouns & figure.units for figure in find_figures(text))


def names_another_in_order(asked: Asked, text: str) -> bool:
    """Whether a sentence tells of the first where the second is asked about, or the like."""
    wanted = _ordinals(asked.text)
    found = _ordinals(text)
    return bool(wanted and found) and not wanted & found


def _ordinals(text: str) -> frozenset[str]:
    return frozenset(word for word in words(text) if _ORDINAL.fullmatch(word))


def new_names(asked: Asked, text: str) -> list[str]:
    """Names of a sentence that the question does not have."""
    return [name for name in names_in(text) if stem(name) not in asked.terms]


_TITLE = r"(?:[^\W\d_][\w'’.-]*\s){0,4}"
ROLE = re.compile(
    r"\b(?:president|minister|chief|head|leader|director|governor|spokes\w+|general"
    r"|commander\S*|mayor|judge"
    r"|senator|representative|congress\w+|secretary|chair\w*|founder|officer|attorney"
    r"|candidate|player"
    r"|singer|actor|actress|author|analyst|professor|expert|scientist|journalist|editor|coach"
    r"|champion"
    r"|king|queen|prince|princess|pope|ambassador|lawyer|chancellor|executive|ceo|owner|star|banker"
    r"|airfield|base|town|city|village|region|missile|company|agency|organi[sz]ation|party|team"
    r"|президент\w*|міністр\w*|министр\w*|голов\w+|глав\w+|очільни\w+|керівни\w+|речни\w+"
    r"|губернатор\w*|генерал\w*"
    r"|командувач\w*|командующ\w*|главнокоманд\w*|головнокоманд\w*|депутат\w*|мер|мэр"
    r"|журналіст\w*|журналист\w*"
    r"|начальник\w*|директор\w*|врио|секретар\w*)\b",
    re.IGNORECASE,
)


# "X is a judge", "X — the mayor", "X, a judge"; but "either X or Y – will be named".
_IS_INTRODUCED = re.compile(
    r"[”\"’']?,?\s(?:(?:is|was|are|were|means|refers)\s|[—–-]\s(?!(?:will|would|has|have|had|is|was"
    r"|are|were|and|or|but|said|says|can|could|may|might|did|does)\b))"
    r"|[”\"]?,\s(?:an?|the|who|\d|[a-z]+(?:’s|'s)?\s)"
)
# "He revealed how ...": of 258 such sentences among labelled candidates 13 answer.
_OPEN = re.compile(
    r"\b(?:shar(?:e|es|ed|ing)|reveal\w*|explain\w*|discuss\w*|describ\w*|detail(?:s|ed|ing)"
    r"|here['’]?s|f(?:i|ou)nd out|learn\w*|knows?|understand\w*|wonder\w*|ask(?:s|ed)?|question\w*"
    r"|look(?:s|ed)? at|unclear|unknown|see)\s+(?:\w+\s+){0,2}?"
    r"(?:who|why|how|what|when|where|whether)\b",
    re.IGNORECASE,
)

# A mark that ends a sentence, and what may close behind it.
_ENDED = re.compile(
    r"[.!?…。！？؟।][\W\d¹²³]{0,40}(?:\([^()]{1,30}\)|\[[^\]]{1,10}\])?[\W\d¹²³]{0,20}$"
)
_SHORT_DENIAL = 16
_DENIES_IT = _any(
    r"\b(?:den(?:ied|ies)|reject(?:ed|s)|dismiss(?:ed|es)|disput(?:ed|es)|refut(?:ed|es))\s+"
    r"(?:it|this|that(?=[.,;!]|$)|them|doing so|having done so|any such \w+"
    r"|(?:the|that|this|these|those|both|all) (?:report|claim|accusation|allegation|charge|account"
    r"|assertion|suggestion|rumou?r)s?)\b",
    r"\bcall(?:ed|s) (?:it|this|that|them|the (?:report|claim|accusation|allegation)s?) "
    r"(?:false|untrue|fake|baseless|nonsense|a lie|lies|propaganda|fabricated|unfounded)\b",
    r"\b(?:запереч\w+|спростува\w+|спростовує|отрица\w+|опроверг\w*)\s"
    r"(?:це|ці|цю|таке|это|эту|эти|такое)(?!\w)",
)
_ASKS_OF_NOW = _any(
    r"\b(?:yet|still|now|current(?:ly)?|already|so far|these days|at the moment|latest|newest"
    r"|updates?)\b",
    r"\b(?:досі|ще|вже|зараз|наразі|нині|ещё|еще|уже|сейчас|пока|noch|schon|jetzt|bereits|derzeit)\b",
)


def introduces(names: frozenset[str], text: str) -> bool:
    """Whether a sentence says who or what something is: "X is a ...", ", a minister", "Mayor X"."""
    found = [
        match
        for match in re.finditer(r"[^\W_][\w'’-]*", text)
        if stem(match.group().casefold()) in names
    ]
    for match in found:
        after = text[match.end() : match.end() + 60]
        before = text[max(0, match.start() - 60) : match.start()]
        if _IS_INTRODUCED.match(after):
            return True
        if ROLE.search(before) or (re.match(r",\s", after) and ROLE.search(after)):
            return True
    return False


def is_early(asked: Asked, text: str) -> bool:
    """Whether a sentence tells what is to come, to a question about what is or was."""
    return _ASKS_AHEAD.search(asked.text) is None and _AHEAD.search(text) is not None


def gives_a_cause(text: str) -> bool:
    """Whether a sentence says outright that something is the cause of something."""
    return _CAUSE_IN.search(text) is not None


def leaves_open(text: str) -> bool:
    """Whether a sentence announces an answer, or lacks it: "She shared who had helped her"."""
    return _OPEN.search(text) is not None


def is_unfinished(text: str) -> bool:
    """Whether no mark ends a text, as none ends a heading, a caption or a line of links."""
    return _ENDED.search(text) is None


def asks_of_now(asked: Asked) -> bool:
    """Whether a question asks how things stand, so that what is newer answers it better."""
    return _ASKS_OF_NOW.search(asked.text) is not None


def is_denial(text: str) -> bool:
    """Whether a sentence denies something."""
    return _NEGATION.search(text) is not None


def denies_before(text: str) -> bool:
    """Whether a short sentence denies what stands before it: "The Kremlin denied it."."""
    return len(words(text)) <= _SHORT_DENIAL and _DENIES_IT.search(text) is not None


def has_speaker(text: str) -> bool:
    """Whether a sentence says who says it."""
    return _SPEECH.search(text) is not None


def leans(text: str) -> bool:
    """Whether a sentence begins with a word whose referent stands before it.

    Or speaks of "the 34-year-old" without having named anybody.
    """
    if _LEANS.match(text) is not None:
        return True
    aged = _THE_AGED.search(text)
    return aged is not None and not _FULL_NAME.search(text[: aged.start()])
