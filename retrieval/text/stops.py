"""Decides whether a sentence ends at a gap of white space, from a few words on either side.

Rules of our own, in the spirit of Kiss and Strunk's analysis of full stops (Unsupervised
Multilingual Sentence Boundary Detection, 2006: abbreviation, initial, ordinal, frequent starter),
with word lists instead of training.
"""

from __future__ import annotations

import re
from collections import Counter

FULL_STOPS = "\u0589。！？｡।॥؟۔።။។"

CLOSERS = "」』”’）)】》\\]\"'»"

_TAIL = re.compile(rf"""([.!?…{FULL_STOPS}]+)((?:[{CLOSERS}“«‘]|\[\d{{1,3}}\])*)$""")
_HEAD = re.compile(r"""([\s"“«»„‚‘'(\[—–¿¡「『（-]*)(\S?)([\w’'-]*)(.?)""")
_DASHES = frozenset("—–-")
_ACRONYM = re.compile(r"(?:\w\.)+\w$")
_ENUMERATION = re.compile(r"""["“«„‘'(\[]*(?:\d{1,3}|\w)\.$""")
_BETWEEN_WORDS = re.compile(r"[-–/(\[\"“«„‘']")
_LIST_ENDS = frozenset({"д", "п", "к", "др", "пр", "ін", "під"})
_LIST_LEADS = frozenset({"т.", "и", "і", "й", "та"})
# "У 2022 р. Росія ..." is one sentence; "Це було у 2022 р. Росія ..." more likely two.
_OPENING_WORDS = 3
# "z. B.", "d. h.": the first letter, and those after which a sentence never ends.
_PAIRS = {"z.": ["B"], "d.": ["h"], "v.": ["a"], "u.": ["a"], "p.": ["ej", "ex"], "s.": ["o"]}
_PAIRING = frozenset({"de", "es", "fr", "pl"})
_IN_PAIR = frozenset({"z", "d", "i", "v", "u", "p", "o", "n", "e", "s", "a"})
_IS_FULL = frozenset(FULL_STOPS)


def _words(text: str) -> frozenset[str]:
    """The words of a list as written below."""
    return frozenset(text.split())


BEFORE_NAME = _words(
    """
    adm amb atty brig capt cdr cmdr col cpl det dr fr gen gens hon insp lieut lt maj messrs
    mr mrs ms msgr mx pfc pres prof pvt rep reps rev sen sens gov govs sgt spc supt vice-adm
    ven mt ft approx ca cf vs viz esp incl e.g i.e
    акад бул бульв вул гр ген доц ім імені лейт майд наб напр о оф пл пол полк проф просп
    пров серж сержант смт тов шт адм кап ред див им ул пр-т пер туп ш пос дер д-р г-н г-жа
    см т.е т.н т.зв т.к
    smt shri z.b d.h bzw ca inkl evtl ggf sog bspw vgl hrsg dipl ing frhr zzgl insb u.a
    i.d.r v.a mme mmes mlle mgr env p.ex c.-à-d sra srta dra dña uds lic gral cnel mons sto sta
    avda płk ppłk kpt inż ks tzw np tj m.in św sig dott avv dhr
    mevr bijv např doç yrd ul डॉ श्री श्रीमती प्रो पं रु
    """
)

BEFORE_NUMBER = _words(
    """
    no nos fig figs p pp vol vols prop ch sec art para eq ver c ca b est jan feb mar apr jun
    jul aug sep sept oct nov dec
    ст ч п пп гл рис табл стор розд разд мал кв буд д корп оф каб тел вип вып т № сес січ
    лют бер квіт трав черв лип серп вер жовт лист груд янв февр апр июн июл авг сент окт
    нояб дек
    rs nr abs kap bd núm pág págs tel pkt poz č ok godz
    """
)

BEFORE_ANYTHING = _words(
    """
    inc ltd co corp bros llc plc jr sr st ave blvd rd hwy dept univ assn al ala ariz ark
    calif colo conn fla ga ill ind kan ky la md mass mich minn miss mo mont neb nev okla ore
    pa penn tenn tex va vt wash wis wyo ont que ph.d m.d b.a m.a
    gmbh mio mrd tsd std jh jhd uu oo aa s.a s.l e.v s.p.a n.chr v.chr str ul al cad sok mah t.c
    """
)
_ABBREVIATIONS = BEFORE_NAME | BEFORE_NUMBER | BEFORE_ANYTHING
_ORDINAL = re.compile(r"\d{1,3}$")
_DOUBLED = re.compile(r"([A-Z])\1$")
# The speaker after a quotation: marked by a particle in Japanese, by a nearby verb in Chinese.
_EASTERN_SPEAKER = re.compile(
    r"(?:と|って|라고|이라고|하고)"
    r"|[^。！？\s「“]{0,12}?(?:说|說|表示|[称稱](?![为為])|[问問](?![题題])|[写寫]道|喊)"
    r"(?![^。！？]{0,2}[：:])"
)
# If the speaker is named before the quotation, the text after it is another sentence.
_SPEAKER_BEFORE = re.compile(r"[：:]\s?[「『“\"][^「『“\"]*$")
# Hours before minutes: "17 год. 30 хв.", "8 h. 30".
# "in der Hauptstr. 5"
_STREET = "str"
_HOURS = frozenset({"год", "h", "ч", "uhr"})


def ends_sentence(before: str, after: str, manners: Manners = "") -> bool:
    """Whether a sentence ends in the gap between `before` and `after`.

    `before` is the end of the sentence so far (from its start if that is near), without trailing
    white space; `after` is the beginning of what follows, without leading white space.
    """
    words = before.split()
    tail = _TAIL.search(words[-1])
    head = _HEAD.match(after)
    if tail is None or head is None:
        return False
    stop, closers = tail.groups()
    is_full = not _IS_FULL.isdisjoint(stop)
    if (
        closers
        and not after[0].isascii()
        and _EASTERN_SPEAKER.match(after)
        and not _SPEAKER_BEFORE.search(before)
    ):
        return False
    if is_full or not _may_begin(*head.group(2, 3)):
        return is_full
    core = words[-1][: tail.start()]
    if stop != "." or (closers and not closers.startswith(")")):
        return _exclamation_ends(core, closers, head, after, manners)
    lead, first, rest, following = head.groups()
    word = first + rest
    if core.lower() in CLOCK and word in AFTER_CLOCK:
        return False
    if following == "." and (len(word) == 1 or word.lower() in _ABBREVIATIONS):
        word = ""  # an initial, and no "A" that begins a sentence
    dashed = bool(set(lead) & _DASHES)
    return not _continues(words, core, word, manners) and _full_stop_ends(
        words, core, word, first, starters(manners), dashed=dashed
    )


def _exclamation_ends(
    core: str, closers: str, head: re.Match[str], after: str, manners: Manners
) -> bool:
    """Whether a sentence ends at "!", "?", "…" or a quotation: not if the speaker follows."""
    word = head.group(2) + head.group(3)
    if closers:
        return not _is_attribution(after)
    if core.lower() in EXCLAIMED:
        return word in starters(manners)
    return word not in COMPANIES


def _continues(words: list[str], core: str, word: str, manners: Manners) -> bool:
    """Whether only some languages write this stop: ordinals, "z. B.", "EE. UU.", "M. Dupont"."""
    previous = words[-2] if len(words) > 1 else ""
    begins = word in starters(manners)
    if _ORDINAL.match(core) and len(words) > 1:
        is_in_date = word[:1].isdigit() and _ORDINAL.match(previous.rstrip(".")) is not None
        by_lead = (previous in ORDINAL_LEADS or is_in_date) and not begins
        is_german = manners == "de" and (word in ORDINAL_NOUNS or by_lead or not word)
        return is_german or (manners == "tr" and not begins)
    if core in _PAIRS.get(previous, ()) or core in BEFORE_NAME_OF.get(manners, ()):
        return True
    if core in _HOURS and previous[-1:].isdigit() and word[:1].isdigit():
        return True
    if core in _IN_PAIR and manners in _PAIRING and word == "":
        return True
    if manners == "pl" and core == "r" and previous[-1:].isdigit():
        return not begins and len(words) <= _OPENING_WORDS
    return _DOUBLED.match(core) is not None and not begins


def _may_begin(first: str, rest: str) -> bool:
    """Whether a sentence can begin so: not in lower case (but "iPads"), nor with punctuation."""
    if first.islower():
        return rest[:1].isupper()
    return first not in {"", ".", "!", "?", "…", ",", ";", ":", ")", "]", "”", "»", "’", "%"}


def _is_attribution(after: str) -> bool:
    """Whether `after` is like "Smith said" (after “Really?”)."""
    words = after.split(maxsplit=4)[:4]
    return words[0] not in STARTERS and any(word.rstrip(".,:;") in SPEECH for word in words[1:])


def _full_stop_ends(  # noqa: PLR0913  both sides of the stop
    words: list[str], core: str, word: str, first: str, begin: frozenset[str], *, dashed: bool
) -> bool:
    """Whether the full stop after `core` ends the sentence `words`; `word` is the next word."""
    if len(words) == 1 and _ENUMERATION.match(words[0]):
        return False
    if dashed:
        return True
    name = _BETWEEN_WORDS.split(core)[-1]
    previous = words[-2] if len(words) > 1 else ""
    is_numbered = name.lower() in BEFORE_NUMBER or name.endswith(_STREET)
    if is_numbered and first.isdigit() and name != "EST":
        return False
    if (len(name) == 1 and name.isalpha()) or name.lower() in _LIST_ENDS:
        return _letter_ends(name, previous, word, begin, count=len(words))
    return _abbreviation_ends(name, previous, word, begin, count=len(words))


def _letter_ends(name: str, previous: str, word: str, begin: frozenset[str], *, count: int) -> bool:
    """The same after a single letter: an initial, a unit, a place, or the end of "and so on"."""
    if previous.lower() in _LIST_LEADS and name in _LIST_ENDS:
        return True
    if name.isupper() or name.isascii():
        return word in begin or (name.islower() and name not in "vpcb")
    if previous[-1:].isdigit():
        return word in begin or count > _OPENING_WORDS
    return False


def _abbreviation_ends(
    name: str, previous: str, word: str, begin: frozenset[str], *, count: int
) -> bool:
    """The same after a longer abbreviation."""
    lower = name.lower()
    if lower in BEFORE_NAME:
        return False
    if lower in {"рр", "гг"} and previous[-1:].isdigit():
        return word in begin or count > _OPENING_WORDS
    if lower in CLOCK:
        return True
    if (name[:1].isupper() and lower in BEFORE_ANYTHING) or _ACRONYM.match(name):
        return word in begin
    return True


# The meaning of a full stop after a word: word lists, and the detection of languages.
#
# Words are without their last full stop and, except `AFTER_CLOCK` and `STARTERS`, in lower case.

Manners = str
"""The language whose manners a text has, as far as a full stop is concerned; "" for others."""
"""End a sentence whatever follows, with or without a space."""
"""Stand behind a stop that they enclose; for the inside of a pattern's brackets."""
"""Never end a sentence: a name, a figure or an explanation follows."""
"""End a sentence unless a number follows."""
"""Stand in the middle of names: end a sentence only before a word from `STARTERS`."""

CLOCK = frozenset({"a.m", "p.m"})

AFTER_CLOCK = _words(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April
    May June July August September October November December Jan Feb Mar Apr Jun Jul Aug Sep
    Sept Oct Nov Dec Eastern Central Pacific Mountain Kyiv Kiev Moscow London Greenwich
    Beijing ET EST EDT CT CST CDT MT MST MDT PT PST PDT GMT UTC BST IST CET CEST EET EEST MSK JST
    AEST AEDT HKT SGT WIB
    """
)
"""Follow "5 p.m." without beginning a sentence."""

STARTERS = _words(
    """
    The A An This That These Those It Its He His She Her They Their We Our You Your I My
    There Here But And Or So Yet Nor If When While Where What Who Why How Which As At By For
    From In Into Of On To With Without Within After Before Since Until During Under Over
    About Against Among Although Though Because However Meanwhile Moreover Instead Still
    Also Then Now Only Even Not No Nobody Nothing None Some Many Most Both Each Every All
    Any Another Other Others Several Few One Two Three Earlier Later Last Once Despite
    Critics Officials Experts Asked Such Analysts Police Just Let Is Are Was Were Do Does
    Did Has Have Can Could Will Would
    Він Вона Воно Вони Ми Ви Я Ти Це Цей Ця Ці Той Та Те Ті Як Якщо Коли Де Що Хто Чому Але
    Проте Однак Тому Тоді Також Тепер Тут Там У В На За Зі Із З До Від Для Після Перед Під
    Через При Про Його Її Їх Їхній Наш Ваш Всі Усі Кожен Жоден Ніхто Ніщо І Й А Бо Адже
    Раніше Пізніше Потім Ще Вже Не Ні Так Згодом Водночас Крім Окрім Серед Щоб Хоча Інші
    Люди Понад Он Она Оно Они Мы Вы Ты Это Этот Эта Эти Тот То Как Если Когда Где Что Кто
    Почему Но Однако Поэтому Тогда Также Теперь Здесь Во К Ко Из С Со От После Под По О Об
    Его Её Ее Их Все Всё Каждый Никто Ничто И Потому Ранее Позже Потом Ещё Еще Уже Нет Да
    Затем Кроме Среди Чтобы Хотя Другие Список Более
    """
)
"""Words with which a sentence often begins, and a name hardly ever."""

BEFORE_NAME_OF = {
    "de": _words("med jur phil rer nat habil dent gez geb"),
    "fr": _words("M av apr boul bd"),
    "es": _words("av c d"),
    "pl": _words("im al ul ok godz hr red woj pow min prok"),
    "tr": _words("Av Alb Org Sn Cad Sok"),
}
"""The same, as words of one language that would be others in the next."""

_STARTERS_OF = {
    "de": _words("""
    Der Die Das Den Dem Ein Eine Er Sie Es Wir Ich Ihr Sein Seine Und Oder Doch Auch Nach Bei Mit
    Im Am Für Zu Zum Zur Wenn Weil Dann Danach Dort Hier Nun Noch Schon Nur Alle Viele Dies Diese
    Dieser Dieses Wie Wo Wer Warum Dabei Damit Trotzdem Jedoch Niemand Später Zuvor
    """),
    "fr": _words("""
    Le La Les Un Une Des Il Elle Ils Elles Nous Vous Ce Cette Ces Cela Et Mais Ou Donc Dans Sur Pour
    Avec Selon Après Avant Depuis Puis Aussi Quand Comme Son Sa Ses Leur Leurs Personne
    """),
    "es": _words("""
    El La Los Las Un Una Unos Él Ella Ellos Nosotros Este Esta Estos Esto Pero
    También Según Después Antes
    Desde Cuando Como Con En Por Para Su Sus Nadie
    """),
    "pl": _words("""
    To Ta Te Ci On Ona Oni My Wy I Ale Jednak Po Przed Od Do Na Za Przy Podczas Kiedy Gdy Jak Nie
    Już Tylko Potem Później Wczoraj Nikt Jest
    """),
    "tr": _words("""
    Bu Şu O Onlar Biz Siz Ben Ve Ama Ancak Fakat Sonra Önce Bir Her Çok Daha Yeni Kimse
    """),
}


def starters(manners: Manners) -> frozenset[str]:
    """`STARTERS` of a language: "Los" begins a sentence in Spanish, but a name in English."""
    return _ALL_STARTERS.get(manners, STARTERS)


_ALL_STARTERS = {name: STARTERS | more for name, more in _STARTERS_OF.items()}

SPEECH = _words(
    """
    said says say asked asks told tells added adds replied wrote writes warned warns argued
    shouted answered declared insisted exclaimed wondered joked tweeted posted
    """
)
"""Tell who spoke, after a quotation that ends in a question or an exclamation."""

EXCLAIMED = frozenset({"yahoo", "jeopardy", "yum", "ooh", "oklahoma"})
"""Names that end in an exclamation mark: Yahoo! Inc., Yum! Brands."""

COMPANIES = frozenset({"Inc", "Corp", "Ltd", "LLC", "Co", "PLC", "Holdings", "Brands", "Group"})

ORDINAL_LEADS = _words(
    """
    am vom zum bis der dem den des die das im ab seit beim jeden jede jedes ihr ihre ihren sein
    seine seinen unser unsere einen eine ein und oder zur in Am Vom Zum Bis Der Dem Den Des Die Das
    Im Ab Seit Beim Zur
    """
)
"""Stand before German ordinals: "am 3. Oktober", "der 2. Platz"."""

ORDINAL_NOUNS = _words(
    """
    Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember
    Jahrhundert Jahrhunderts Platz Mal Runde Bundesliga Liga Weltkrieg Weltkriegs Spieltag Minute
    Stock Klasse Auflage Etage Lebensjahr Geburtstag Tag Woche Jahrestag Bezirk Kapitel Armee
    Division Brigade
    """
)
"""Follow German ordinals."""

_TELLING = {
    "de": _words(
        "der die das und ist nicht mit von den dem im für auf wurde sich auch ein eine am"
        " sie er zum zur ihr er"
    ),
    "fr": _words("le la les des et une dans est pour que qui sur du par avec au"),
    "tr": _words("ve bir bu için ile da de olarak daha çok sonra göre"),
    "pl": _words("w i na z się że jest nie do po od przez oraz za"),
    "en": _words("the of and to in a that was on for with said"),
    "es": _words("el los las de que en y una por con del se para"),
}
_SAMPLE_CHARS = 4_000


def manners_of(text: str) -> Manners:
    """The rules for a text's language, which is detected by the function words at its beginning."""
    said = Counter(text[:_SAMPLE_CHARS].lower().split())
    counts = {name: sum(said[word] for word in telling) for name, telling in _TELLING.items()}
    if _TURKISH.search(text[:_SAMPLE_CHARS]):
        counts["tr"] += 2
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else ""


_TURKISH = re.compile("[ğışİ]")
