"""Whether the names of a claim stand in what it cites or around it, and its speakers too. Pure."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from functools import cache, lru_cache
from itertools import product
from typing import TYPE_CHECKING

from babel import Locale

from retrieval.grounding.checks.problem import Problem, ProblemKind
from retrieval.text.words import (
    WordGroups,
    names_in,
    stem,
    stems,
    telling_words,
    word_group,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval.grounding.checks.problem import Evidence


_ABBREVIATED = re.compile(r"\b(?:[A-Z]\.){2,}")
# What people are called by their office; whom it belongs to, the name says.
_OFFICES_WORDS = (
    "president prime minister secretary general senator governor mayor chancellor king queen "
    "pope prince princess mr mrs ms dr sir professor judge justice chief colonel captain "
    "lieutenant major commander officer state defense defence foreign interior army navy air "
    "force ministry office department parliament congress senate house government supreme "
    "court committee council agency international national federal united region province "
    "district city north south east west eastern western northern southern central"
)
_OFFICES = frozenset(_OFFICES_WORDS.split())
_CALENDAR_WORDS = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday "
    "friday saturday sunday"
)
_CALENDAR = frozenset(_CALENDAR_WORDS.split())
# Names of one thing that share no stem.
_SAME = tuple(
    frozenset(one.split())
    for one in (
        "us usa america american washington",
        "uk britain british london",
        "eu european europe brussels",
        "un nations",
        "russia russian moscow kremlin russians",
        "ukraine ukrainian kyiv kiev ukrainians",
        "china chinese beijing",
        "germany german berlin",
        "france french paris",
        "israel israeli jerusalem",
        "iran iranian tehran",
        "netherlands dutch",
        "spain spanish",
        "switzerland swiss",
        "greece greek",
    )
)
_LONG = (
    (re.compile(r"\bUnited States(?: of America)?\b"), "US"),
    (re.compile(r"\bUnited Kingdom\b"), "UK"),
    (re.compile(r"\bUnited Nations\b"), "UN"),
    (re.compile(r"\bEuropean Union\b"), "EU"),
)
_LIKE, _LEAST = 0.7, 4
# Харків, у Харкові; Київ, у Києві; Семён.
_ALTERNATING = str.maketrans({"і": "о", "ї": "є", "ё": "е"})
# Linear on runs of one letter: what matched is not tried again in another way.
_RUN = re.compile(r"\b[A-Z]\w++(?: (?:of |the |and |for )?[A-Z]\w++)+")
_SPOKEN = re.compile(r"(?<=[.!?…])\s+|\n")
_COPIED = 0.75
_PRONOUN = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|we|our|us|i|my|who|this|these"
    r"|the (?:former|latter)"
    r"|він|вона|вони|його|її|їх|он|она|они|его|ее|её|их)\b",
    re.IGNORECASE,
)
_SPEAKS = (
    r"said|says|told|wrote|writes|added|announced|claimed|claims|stated|warned|confirmed|denied"
    r"|reported|reports|tweeted|argued|insisted|acknowledged|заявив|заявила|сказав|сказала|повідомив"
    r"|повідомила|написав|заявил|сказал|сообщил|написал|написала|сообщила"
)
_SPEECH = re.compile(
    rf"\b(?:{_SPEAKS}|saying|telling|tells?|according to|за словами|по словам|заявля\w+|каже"
    r"|повідомля\w+|говорит|сообща\w+)\b",
    re.IGNORECASE,
)
# Of few parts, as a name that never ends would be tried from each of its parts on.
_NAME = r"\b[A-ZА-ЯІЇЄҐ][^\W\d_]++(?:['’-][^\W\d_]++){0,3}"
_SPEAKER = re.compile(
    rf"(?P<before>{_NAME}(?:\s{_NAME}){{0,4}})"
    # "the president, Ada Orlov, said"; but "in Wend, said Orlov"
    rf"(?:\s(?:{_SPEAKS})\b|,\s(?:{_SPEAKS})\b(?!\s(?:{_NAME}|the|an?)\b))"
    # who is told something does not say it
    rf"|\b(?!told)(?:{_SPEAKS})\s(?P<behind>{_NAME}(?:\s{_NAME}){{0,4}})"
    rf"|\b(?:[Aa]ccording to|[Зз]а словами|[Пп]о словам)\s(?P<source>{_NAME}(?:\s{_NAME}){{0,4}})"
)
_FIRST = re.compile(rf"^[“\"«]?(?P<name>{_NAME})(?=\s{_NAME}|['’]s\b|\s(?:{_SPEAKS})\b)")


def check_names(claim: str, evidence: Evidence) -> list[Problem]:
    """The names that stand nowhere near; in another script, none that could be theirs."""
    known = _KnownNames(evidence.context)
    names = _names(_plain(claim))
    strange = [name for name in names if name not in known]
    if not same_script(claim, evidence.context):
        crossing = other_script(claim, evidence.context)
        return _across(strange, evidence.context) if crossing else []
    missing = [Problem(ProblemKind.NAME, name) for name in strange]
    return missing or _exchanged(_plain(claim), names, evidence)


def _across(names: list[str], context: str) -> list[Problem]:
    written = capitalised(_plain(context))
    return [Problem(ProblemKind.NAME, name) for name in names if not may_be_named(name, written)]


def _exchanged(claim: str, names: list[str], evidence: Evidence) -> list[Problem]:
    """Names that the claim has in the place of others.

    A name from the text around may stand for a pronoun. Where the cited sentences have no pronoun,
    but names that the claim lacks, and are else as good as the claim word for word, it does not.
    """
    sentences = _plain(evidence.sentences)
    if _PRONOUN.search(sentences):
        return []
    known = _KnownNames("\n".join((sentences, *(one.article.outlet for one in evidence.cited))))
    strange = [name for name in names if name not in known]
    mine = _KnownNames(claim)
    if not strange or all(name in mine for name in _names(sentences)):
        return []
    plain = stems(claim) - stems(" ".join(strange))
    shared = len(plain & stems(sentences))
    return (
        [Problem(ProblemKind.NAME, name) for name in strange]
        if shared >= _COPIED * len(plain)
        else []
    )


def check_speakers(claim: str, evidence: Evidence) -> list[Problem]:
    """Who is said to have said it, where the sentences name others as the only ones who did.

    A name that stands in no sentence in which anybody speaks is not one who did.
    """
    plain = _plain(evidence.sentences)
    theirs = list(speakers_in(plain))
    if not theirs:
        return []
    outlets = (one.article.outlet for one in evidence.cited)
    spoken = (one for one in _SPOKEN.split(plain) if _SPEECH.search(one))
    said = "\n".join((*spoken, *outlets))
    known, written = _KnownNames(said), frozenset[str]()
    if not same_script(claim, plain):
        if not other_script(claim, plain):
            return []
        written = capitalised(said)
    return [
        Problem(ProblemKind.SPEAKER, one)
        for one in speakers_in(_plain(claim))
        if not any(
            word in known or (written and may_be_named(word, written)) for word in words(one)
        )
    ]


def speakers_in(text: str) -> Iterator[str]:
    """The names of those who are said to have said something, without offices."""
    for found in _SPEAKER.finditer(text):
        name = found["before"] or found["behind"] or found["source"]
        telling = [one for one in telling_words(name) if one not in _OFFICES | _CALENDAR]
        if telling:
            yield " ".join(telling)


def _plain(text: str) -> str:
    """U.S. and United States as US, so that it is one word."""
    text = _ABBREVIATED.sub(lambda found: found.group().replace(".", ""), text)
    for pattern, short in _LONG:
        text = pattern.sub(short, text)
    return text


class _KnownNames:
    """The words of a text, to be asked for names in any inflection; made once, asked often."""

    def __init__(self, text: str) -> None:
        text = _plain(text)
        found = (word.removesuffix("'s").removesuffix("’s") for word in words(text))
        acronyms = (
            "".join(letter for letter in run.group() if letter.isupper()).casefold()
            for run in _RUN.finditer(text)
        )
        self.words = frozenset((*found, *acronyms))
        self._stems = frozenset(map(stem, self.words))
        self._alike: dict[str, list[tuple[str, str]]] = {}
        for word in self.words:
            folded = word.translate(_ALTERNATING)
            self._alike.setdefault(folded[:_LEAST], []).append((word, folded))

    def __contains__(self, name: str) -> bool:
        parts = [part for part in re.split(r"[-'’]", name) if part] or [name]
        return all(map(self._has, parts)) or self._has(name)

    def _has(self, name: str) -> bool:
        if name in self.words or stem(name) in self._stems:
            return True
        if any(name in group and group & self.words for group in _SAME):
            return True
        folded = name.translate(_ALTERNATING)
        return any(
            # Austria is not Australia, nor Niger Nigeria
            _alike(other, folded) and not {name, word} <= _countries()
            for word, other in self._alike.get(folded[:_LEAST], ())
        )


@cache
def _countries() -> frozenset[str]:
    """The names of countries that are one word, as Unicode's CLDR has them."""
    names = (
        name.casefold()
        for language in ("en", "uk", "ru")
        for code, name in Locale(language).territories.items()
        if not code.isdigit()
    )
    return frozenset(name for name in names if name.isalpha())


def _names(claim: str) -> list[str]:
    """Capitalised words, the first of a sentence only where more shows that it is a name."""
    found = [name for name in names_in(claim) if _is_name(name)]
    first = _FIRST.match(claim)
    if first is not None and telling_words(first["name"]) and _is_name(first["name"].casefold()):
        name = first["name"].casefold().removesuffix("'s").removesuffix("’s")
        # "Officials said", "Russian Troops": plural nouns begin sentences, too
        if not name.endswith("s") or re.match(rf"{_NAME}\s{_NAME}", claim):
            found.insert(0, name)
    opening = words(claim)[:1]
    if opening and opening[0] in _countries():
        found.insert(0, opening[0])
    return list(dict.fromkeys(found))


def _is_name(word: str) -> bool:
    return len(word) > 1 and not word[0].isdigit() and word not in _OFFICES | _CALENDAR


def _alike(one: str, other: str) -> bool:
    """Inflections and derivations: Ukraine, Ukrainian; Курськ, Курської."""
    common = 0
    for mine, yours in zip(one, other, strict=False):
        if mine != yours:
            break
        common += 1
    return common >= max(_LEAST, _LIKE * min(len(one), len(other))) and common >= 0.5 * max(
        len(one), len(other)
    )


# Names across scripts: whether Шольца may be the Scholz of an English article. Pure.
#
# Names are compared by their consonants, which transliteration leaves nearly alone; what is
# translated instead, countries and the best-known organisations, by a table. A capitalised word
# that is neither a person's nor a place's name ("Білий дім") can't be found so, and is not asked
# for.

_CAPITALISED = re.compile(r"\b[^\W\d_a-zа-яёіїєґ](?:['’ʼ]?[^\W\d_])+")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_OF_A_PLACE = re.compile(r"[сзц]ь?к\w{0,3}$")
_BEHIND_LATIN = "\u0250"
_ABBREVIATION = 3
_MOSTLY = 0.7
# The first that fits is taken; what is spelt for several sounds stands for each of them.
# S: hissing; H: g, h, kh, zh, j, which languages exchange; V: v, w, f. The rest are vowels.
_LATIN = (
    ("shch", "S"), ("sch", "S"), ("tsch", "S"), ("tch", "S"), ("dzh", "H"), ("dj", "H"),
    ("tz", "S"), ("ts", "S"), ("cz", "S"), ("sz", "S"), ("sh", "S"), ("zh", "HS"), ("kh", "H"),
    ("ph", "V"), ("ck", "K"), ("ch", "SHK"), ("gh", "H "), ("th", "TV"), ("dg", "H"),
    ("j", "H "), ("x", "XS"), ("c", "SKH"), ("s", "S"), ("z", "S"), ("k", "K"), ("q", "K"),
    ("g", "H"), ("h", "H "), ("v", "V"), ("w", "V "), ("f", "V"), ("b", "B"), ("p", "P"),
    ("t", "T"), ("d", "D"), ("m", "M"), ("n", "N"), ("l", "L"), ("r", "R"),
)  # fmt: skip
_CYRILLIC_SOUNDS = (
    ("дж", "H"), ("тс", "S"), ("кс", "X"), ("щ", "S"), ("ш", "S"), ("ч", "S"), ("ц", "S"),
    ("с", "S"), ("з", "S"), ("ж", "HS"), ("г", "H"), ("х", "H"), ("ґ", "H"), ("к", "K"),
    ("в", "V"), ("ф", "V"), ("б", "B"), ("п", "P"), ("т", "T"), ("д", "D"), ("м", "M"),
    ("н", "N"), ("л", "L"), ("р", "R"),
)  # fmt: skip
# Spellings of one name that are looked at; "ch" in "Church" alone makes nine.
_MOST_SPELLINGS = 24
# Sounds that a name has at least to be compared; from how many on one may differ, and two; from
# how many on one may follow, and two.
_LEAST_SOUNDS, _SLIPS, _ENDINGS = 2, (4, 6), (3, 5)


def is_cyrillic(word: str) -> bool:
    """Whether a word is written in Cyrillic letters, for the most part."""
    return 2 * len(_CYRILLIC.findall(word)) > len(word)


def same_script(one: str, other: str) -> bool:
    """Whether two texts can be compared word by word.

    A name or quotation in other letters does not make a text foreign; an article does.
    """
    return _share(other, cyrillic=_in_cyrillic(one)) > _MOSTLY


def other_script(one: str, other: str) -> bool:
    """Whether a text in Latin letters meets one in Cyrillic ones, or the other way.

    False also where one is in neither: nothing is known of how names are written there.
    """
    cyrillic = _in_cyrillic(one)
    return (
        _share(one, cyrillic=cyrillic) > _MOSTLY
        and _share(other, cyrillic=not cyrillic) >= 1 - _MOSTLY
    )


def _in_cyrillic(text: str) -> bool:
    return is_cyrillic("".join(filter(str.isalpha, text)))


def _share(text: str, *, cyrillic: bool) -> float:
    """What share of a text's letters is Cyrillic, or else Latin."""
    letters = [letter for letter in text if letter.isalpha()]
    alike = (
        len(_CYRILLIC.findall(text)) if cyrillic else sum(one < _BEHIND_LATIN for one in letters)
    )
    return alike / len(letters) if letters else 0.0


def capitalised(text: str) -> frozenset[str]:
    """The words of a text that may be names: those with a capital, as they stand."""
    return frozenset(found.removesuffix("'s") for found in _CAPITALISED.findall(text))


def may_be_named(name: str, written: frozenset[str]) -> bool:
    """Whether a name in one script may be one of the words `written` in the other.

    True also for what can't be compared: abbreviations and words that are translated.
    """
    name = name.casefold()
    folded = frozenset(word.casefold() for word in written)
    groups = GROUPS.of(name)
    if groups:
        return any(groups & GROUPS.of(word) for word in folded) or _sounds(name, folded)
    whole, beginnings = TRANSLATED
    if name in whole or name.startswith(beginnings) or len(name) <= _ABBREVIATION:
        return True
    return _sounds(name, folded) or _same_country(name, folded)


def _sounds(name: str, written: frozenset[str]) -> bool:
    mine = _spoken(name)
    if max(map(len, mine)) < _LEAST_SOUNDS:  # too little is left of it to be told from another
        return True
    return any(_near(one, other) for word in written for other in _spoken(word) for one in mine)


@lru_cache(maxsize=20_000)
def _spoken(word: str) -> frozenset[str]:
    """The consonants of a word, in each way in which its spelling may be read.

    Of a Cyrillic one also without its ending, and without what makes an adjective of a place.
    """
    if not is_cyrillic(word):
        return _readings(word, _LATIN)
    bare = stem(word)
    forms = {word, bare, _OF_A_PLACE.sub("", bare)}
    return frozenset(way for form in forms for way in _readings(form, _CYRILLIC_SOUNDS))


def _readings(word: str, sounds: tuple[tuple[str, str], ...]) -> frozenset[str]:
    bare = unicodedata.normalize("NFKD", word) if sounds is _LATIN else word
    bare = "".join(char for char in bare if not unicodedata.combining(char))
    read, at = list[str](), 0
    while at < len(bare):
        for spelling, heard in sounds:
            if bare.startswith(spelling, at):
                read.append(heard)
                at += len(spelling)
                break
        else:
            at += 1
    ways = ("".join(way) for _, way in zip(range(_MOST_SPELLINGS), product(*read), strict=False))
    return frozenset(_single(way.replace(" ", "").replace("X", "KS")) for way in ways)


def _single(sounds: str) -> str:
    return re.sub(r"(.)\1+", r"\1", sounds)


def _near(one: str, other: str) -> bool:
    """The same but for one sound in a name of four, two in one of six, none in shorter ones.

    Three sounds may be followed by a fourth, an ending; five by two.
    """
    short, long = sorted((one, other), key=len)
    size = len(short)
    if size < _LEAST_SOUNDS:
        return False
    begin = _common(short, long)
    if begin == size:
        return len(long) - begin <= bisect(_ENDINGS, size)
    end = _common(short[begin:][::-1], long[begin:][::-1])
    return len(long) - begin - end <= bisect(_SLIPS, size)


def _common(one: str, other: str) -> int:
    count = 0
    for mine, yours in zip(one, other, strict=False):
        if mine != yours:
            break
        count += 1
    return count


def _same_country(name: str, written: frozenset[str]) -> bool:
    """Countries whose names share no sounds, as Unicode's CLDR has them: Німеччина, Germany."""
    countries = _countries_in_scripts()
    mine = countries.get(stem(name), frozenset())
    return any(mine & countries.get(stem(word), frozenset()) for word in written)


def is_country(name: str) -> bool:
    """Whether it is a country's name of one word, in English, Ukrainian or Russian."""
    return stem(name.casefold()) in _countries_in_scripts()


@cache
def _countries_in_scripts() -> dict[str, frozenset[str]]:
    found = dict[str, frozenset[str]]()
    for language in ("en", "uk", "ru"):
        for code, name in Locale(language).territories.items():
            if not code.isdigit() and name.isalpha():
                key = stem(name.casefold())
                found[key] = found.get(key, frozenset()) | {code}
    return found


# What is translated, and not written as it sounds: English with Ukrainian and Russian.
#
# Countries, bodies, capitals: a table, kept apart from the rules that use it.

# Words for one thing. A hyphen at the end: also what begins so.
_GROUPS_TEXT = """
us usa america- washington- | сша америк- вашингтон- штат-
uk brit- england english london- | британ- великобритан- англі- англий- англич- лондон-
eu europe- brussels | єс ес євро- европ- брюссел-
un nations | оон націй наций
russia- moscow kremlin | росі- росс- рф москв- москов- кремл-
ukrain- kyiv kiev | украї- украин- київ- києв- киев-
china chinese beijing | кита- пекін- пекин-
german- berlin | німеч- німец- німці- немец- немц- герман- фрн фрг берлін- берлин-
france french paris- | франц- париж-
israel- jerusalem | ізраїл- израил- єрусалим- иерусалим-
iran- tehran | іран- иран- тегеран-
netherlands dutch hague | нідерланд- нидерланд- голланд- гааг- гааз-
spain spanish madrid | іспан- испан- мадрид-
swiss switzerland bern | швейцар- берн-
geneva | женев-
greece greek- athens | греці- грець- грек- грец- греч- афін- афин-
poland polish poles warsaw | польщ- польш- польс- поляк- варшав-
hungar- budapest | угор- венгр- венгер- будапешт-
turk- türk- ankara | туреч- турец- турк- турц- анкар-
korea- dprk pyongyang seoul | коре- кндр пхеньян- сеул-
japan- tokyo | япон- токіо токио
india- delhi | індія індії індію індіє- індій- индия индии индию индие- индий- делі дели
egypt- cairo | єгип- егип- каїр- каир-
georgia- tbilisi | грузі- грузи- тбілі- тбили-
belarus- minsk | білорус- белорус- беларус- мінськ- минск-
austria- vienna | австрі- австри- відень відн- вена вене вену вены венск-
czech- prague | чехі- чехи- чеськ- чешск- праг- праз-
romania- bucharest | румун- румын- бухарест-
moldova- chisinau | молдов- молдав- кишин-
lithuan- vilnius | литов- литв- вільнюс- вильнюс-
latvia- riga | латві- латви- латис- латыш- риг- риз-
estonia- tallinn | естон- эстон- таллін- таллин-
finland finnish finns helsinki | фінл- фінськ- финл- финск- гельсінк- хельсинк-
swed- stockholm | швец- швед- стокгольм-
norway norwegian- oslo | норв- осло
denmark danish danes copenhagen | дані- данськ- датськ- датс- дания дании данию копенгаген-
ital- rome | італ- итал- рим-
vatican holy | ватикан- святий святого святой престол-
syria- damascus | сирі- сири- дамаск-
leban- beirut | ліван- ливан- бейрут-
iraq- baghdad | ірак- ирак- багдад-
saudi- riyadh | сауді- сауд- аравій- аравия эр-рияд ріяд-
croat- zagreb | хорват- загреб-
serb- belgrade | серб- сербі- белград-
cyprus cypriot- | кіпр- кипр-
armenia- yerevan | вірмен- армен- єреван- ереван-
azerbaijan- baku | азербайджан- баку
kazakh- astana | казах- астан-
africa- | афри-
asia- | азі- азия азии азию азиат-
iaea atomic | магате магатэ
who health | вооз воз
imf monetary | мвф
osce cooperation | обсє обсе
icc criminal | мкс
fbi | фбр
cia | цру
alps | альп-
danube | дуна-
dnipro dnieper | дніпр- днепр-
munich | мюнхен-
cologne | кельн- кёльн-
venice | венеці- венеци-
naples | неапол-
lisbon | лісабон- лиссабон-
francis | франциск-
charles | карл- чарльз-
xi | сі си
mccain | маккейн-
john | джон- іван- иван- ян
michael mykhailo mikhail | михайл- михаил- майкл-
paul pavlo pavel | павл- пол
peter petro pyotr | петр- пітер- питер- петер-
george heorhii georgy | георг- джордж-
"""

# What a ministry, a front or a holiday is called: begun with a capital, and translated. Not so
# short that a person's or a place's name begins so too (Рада, but not Радянське).
_TRANSLATED_TEXT = """
агентств- адміністрац- администрац- апеляційн- апелляционн- асоціац- ассоциац- атомн- аес аэс банк
банку банка банком батальйон- батальон- безпек- безопасн- білий білого білому білим біла білій
білої білу белый белого белом белому белым белая белой бундестаг- бундесвер- бригад- вашингтонськ-
велик- верховн- виконавч- військов- воен- військ- вооруж- восток востоке востока востоком временн-
всемирн- всесвітн- второ- второй вулиц- глава главы главе главу голова голови голову генеральн-
генпрокур- генштаб- госдеп- государств- громадськ- госдум- держав- держдеп- держдум- департамент-
день дня дивізі- дивизи- дім дому дома домі домом доме дум- друга другої другій другу другий
другого економічн- экономическ- енергетичн- энергетическ- залізн- железн- загальн- закон- запад
западе запада западом захід заходу заході заходом західн- западн- збройн- здоров- земля землі
земли зона зони зоне інститут- институт- інтернет- интернет- кабінет- кабинет- канцел- канцлер-
комісі- комисси- комітет- комитет- конвенці- конвенци- конгрес- конституці- конституци- корол-
корпус- красн- лідер- лидер- ліга лізі лига лиге люта люди майдан- мвс мвд межа медіа міжнародн-
международн- мзс мид міноборон- минобороны мінфін- минфин- мінцифр- мінекон- минэконом-
міністерств- министерств- міністр- министр- мирн- миров- море моря морі морем народн- нафт-
национальн- національн- незалежн- независим- нобелівськ- нобелевск- новий нового новому нова нової
новій новая новой новом новую новый об'єднан- объедин- оборон- области область областей області
окружн- олімпі- олимпи- операці- операци- організац- организац- очільни- остров- острів палат-
парламент- партія партії партію партии партия партию патріарх- патриарх- перша першої першій першу
перший першого перв- південь півдня півдні південн- північ півночі північн- повітрян- воздушн-
посольств- посол- прав- права представник- представител- прем'єр- премьер- президент- прокурат-
прокурор- рада ради раді раду радою радбез- совет- рейхстаг- республік- республик- рік року
речник- різдв- рождеств- світов- севере север севера северн- сейм- сенат- сил сили силам силами
силы силу системи сбу фсб гру гур сво служб- слідч- следственн- соборн- союз- спілк- спецопер-
старий стара суд суду суда судом східн- схід сходу сході сходом таємн- тайн- телеграм- телеграф-
трибунал- трет- угод- університет- университет- управлінн- управлени- уряд- правительств- фронт-
фонд- форум- холодн- центр- церкв- червон- чорн- чорного чорне чёрн- черн- штаб- юг юге юга югом
южн-
academy accord act agency agreement air airport alliance ambassador analyst- arctic arm- assembl-
associat- atlantic authorit- baltic bank- battalion- bill black blue board border- bridge-
brigade- bureau cabinet camp captain cathedral center- centre- centr- chair- chamber- charter
chief- christmas church- city civil- coalition coast- college command- commission- committee-
common- communis- compan- conference congress- conservative- constitution- convention- corps
corporation council- county court- crown cup day deal declaration defence defense democrat-
department- deput- desert diplom- director- district- division- duma east- easter econom-
election- emergenc- emirates energ- exchange export- famil- federal federation fifth financ- first
fleet- force- foreign forum foundation fourth free freedom front fund fuel games gas general-
golden government- governor- grand great greater green grid ground group guard- gulf head- health-
her high his holiday home hospital- house human- independen- industr- inland institut- intelligen-
interior intern- investigat- island- jewish joint judge- justice king- lady lake land law- leader-
league left liberal- liberty life line lord- lower main major- marine- market- marshal- mayor-
media mediterranean memorandum middle militar- minist- mission- moneta- mosque mount- movement-
museum- muslim- nation- native naval navy new news nobel north- nuclear observ- ocean office- oil
old olympi- open operat- opposit- organi- orthodox pacific pact palace parliament- part-
patriarch- peace- peninsula people- plant- police- politic- pope popular port post power- premier-
press prime prince- prison- process- program- project- prosecut- protocol- provinc- public- queen-
railway- rapid reactor- red refiner- reform- region- register republic- research- reserve-
resolution- revolution- right- river- road- royal saint san school- science- sea second secret-
securit- senat- service- seventh shield sir sixth social- societ- south- soviet- space speaker-
special spokes- spring square st staff state- station- stock strait- street- strip summer summit-
supreme system- tank- task technolog- telegram temple territor- think third thermal town trade
treasur- treaty tribunal- troops tv union- unit- universit- upper valley vice victory village- war
water- week west- white wing- winter women- world- year- youth
"""


GROUPS = WordGroups(_GROUPS_TEXT.replace("|", " "))
TRANSLATED = word_group(_TRANSLATED_TEXT.replace("|", " "))
