"""Words for times in questions, as parts of patterns: English, Ukrainian, Russian, German."""

from __future__ import annotations

import re

# Stems of names, January and Monday first. Names that are also common words ("march", "may") count
# as months only in some contexts.
MONTHS = (
    r"january|jan\.?|januar|jänner|січ(?:ень|ня|ні)|январ[ьяе]",
    r"february|feb\.?|februar|лют(?:ий|ого|ому)|феврал[ьяе]",
    r"march|mar\.?|märz|берез(?:ень|ня|ні)|март[ае]?",
    r"april|apr\.?|квіт(?:ень|ня|ні)|апрел[ьяе]",
    r"may|mai|трав(?:ень|ня|ні)|ма[йяе]",
    r"june|jun\.?|juni|черв(?:ень|ня|ні)|июн[ьяе]",
    r"july|jul\.?|juli|лип(?:ень|ня|ні)|июл[ьяе]",
    r"august|aug\.?|серп(?:ень|ня|ні)|август[ае]?",
    r"september|sept?\.?|верес(?:ень|ня|ні)|сентябр[ьяе]",
    r"october|oct\.?|oktober|okt\.?|жовт(?:ень|ня|ні)|октябр[ьяе]",
    r"november|nov\.?|листопад[аі]?|ноябр[ьяе]",
    r"december|dec\.?|dezember|dez\.?|груд(?:ень|ня|ні)|декабр[ьяе]",
)
# Neither names of people nor common words, so they need no context.
CLEAR_MONTHS = (
    "january|januar|february|februar|july|juli|september|october|oktober|november|december|dezember"
    "|січ(?:ень|ня|ні)|верес(?:ень|ня|ні)|жовт(?:ень|ня|ні)|груд(?:ень|ня|ні)"
    "|январ[ьяе]|феврал[ьяе]|сентябр[ьяе]|октябр[ьяе]|ноябр[ьяе]|декабр[ьяе]"
)
WEEKDAYS = (
    "monday|montag|понеділ(?:ок|ка|ком|ку)|понедельник(?:а|ом|у)?",
    "tuesday|dienstag|вівтор(?:ок|ка|ком|ку)|вторник(?:а|ом|у)?",
    "wednesday|mittwoch|серед(?:[ауи]|ою)|сред(?:[уыае]|ой)",
    "thursday|donnerstag|четвер(?:га|гом|гу)?|четверг(?:а|ом|у)?",
    "friday|freitag|п['’ʼ]ятниц(?:[яюі]|ею)|пятниц(?:[ауые]|ей)",
    "saturday|samstag|sonnabend|субот(?:[ауи]|ою)|суббот(?:[ауые]|ой)",
    "sunday|sonntag|неділ(?:[яюі]|ею)|воскресень(?:[еяю]|ем)",
)
COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "few": 3, "couple of": 2,
    "один": 1, "одну": 1, "два": 2, "дві": 2, "две": 2, "три": 3, "чотири": 4, "четыре": 4,
    "п'ять": 5, "п’ять": 5, "пять": 5, "шість": 6, "шесть": 6, "сім": 7, "семь": 7, "вісім": 8,
    "восемь": 8, "дев'ять": 9, "девять": 9, "десять": 10, "кілька": 3, "несколько": 3,
    "einem": 1, "einer": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7,
    "acht": 8, "neun": 9, "zehn": 10, "elf": 11, "двох": 2, "трьох": 3,
    "чотирьох": 4, "двух": 2, "трёх": 3, "трех": 3, "четырёх": 4, "четырех": 4, "several": 3,
    "кількох": 3, "нескольких": 3, "einigen": 3, "paar": 3, "zwölf": 12, "wenigen": 3,
}  # fmt: skip
UNITS = {
    "hour": r"hours?|hrs?|годин[уиі]?|час(?:а|ов)?|stunden?",
    "day": r"days?|день|дні|днів|дня|дней|добу|доби|діб|сутки|суток|tag(?:e|en)?",
    "fortnight": r"fortnights?",
    "week": r"weeks?|тиждень|тижні|тижнів|тижня|недел[яюиьье]|недель|wochen?",
    "month": r"months?|місяц[ьіяю]|місяців|месяц(?:а|ев|е|у)?|monat(?:e|en|s)?",
    "year": r"years?|yrs?|рік|роки|років|року|год(?:а|у)?|лет|jahr(?:e|en|es)?",
}
LAST = (
    r"(?:last|past|previous|минул\w+|попередн\w+|прошл\w+|прошедш\w+|минувш\w+|последн\w+|останн\w+"
    r"|letzte\w*|vergangene\w*|vorige\w*)"
)
THIS = r"(?:this|цього|цьому|цей|ця|цю|цієї|этой|этом|эту|этот|этого|diese\w*)"
MONTH = "|".join(f"(?P<m{number}>{names})" for number, names in enumerate(MONTHS, 1))
WEEKDAY = "|".join(f"(?P<d{number}>{names})" for number, names in enumerate(WEEKDAYS))
YEAR = r"(?P<year>(?:19|20)\d\d)"
_YEAR_NAME = r"(?:years?|рок[уі]|год[ау]?|jahre?s?)"
# "29 November last year", "у серпні минулого року"
_YEARS_BACK = (
    rf"(?P<back2>(?:the\s+)?year\s+before\s+last|позамину\w+\s+року|позапрошл\w+\s+года"
    rf"|vorletzten\s+jahres)|(?P<back1>{LAST}\s+{_YEAR_NAME})|(?P<back0>{THIS}\s+{_YEAR_NAME})"
)
_SOME_YEAR = rf"(?:{YEAR}(?:\s+(?:року|года|р\.|г\.))?(?!\d)|{_YEARS_BACK})"
WITH_YEAR = rf",?\s+(?:of\s+|in\s+)?{_SOME_YEAR}"
OF_YEAR = rf"(?:{WITH_YEAR})?"
NUMBER = r"\d{1,2}(?:st|nd|rd|th|-?(?:го|е))?\.?"
# "the first of November", "двадцять п'ятого листопада"
_TENS = {"en": ("", "", "twenty", "thirty"), "uk": ("", "", "двадцять", "тридцять")}
_TENS["ru"] = ("", "", "двадцать", "тридцать")
_FIRST_DAYS = {
    "en": """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth
        thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth""",
    "uk": """першого другого третього четвертого п'ятого шостого сьомого восьмого дев'ятого десятого
        одинадцятого дванадцятого тринадцятого чотирнадцятого п'ятнадцятого шістнадцятого
        сімнадцятого вісімнадцятого дев'ятнадцятого двадцятого""",
    "ru": """первого второго третьего четвёртого пятого шестого седьмого восьмого девятого десятого
        одиннадцатого двенадцатого тринадцатого четырнадцатого пятнадцатого шестнадцатого
        семнадцатого восемнадцатого девятнадцатого двадцатого""",
}
_THIRTIETH = {"en": "thirtieth", "uk": "тридцятого", "ru": "тридцатого"}


def _spelled_days() -> dict[str, int]:
    """The days of a month in words, with spaces for hyphens and plain apostrophes."""
    found: dict[str, int] = {}
    for language, written in _FIRST_DAYS.items():
        names = written.split()
        found |= {name: number for number, name in enumerate(names, 1)}
        for ten in (2, 3):
            ones = names[:9] if ten == 2 else names[:1]  # noqa: PLR2004  a month has 31 days
            beginning = _TENS[language][ten]
            found |= {f"{beginning} {name}": 10 * ten + n for n, name in enumerate(ones, 1)}
        found[_THIRTIETH[language]] = 30
    return found


SPELLED_DAYS = _spelled_days()
_SPELLED_DAY = "|".join(
    name.replace("'", "['’ʼ]").replace(" ", r"[\s-]").replace("ё", "[её]")
    for name in sorted(SPELLED_DAYS, key=len, reverse=True)
)
# The endings of their first words, so that most words of a text need no search.
_LIKE_A_DAY = r"(?=[^\W\d_]{3,12}(?<=th|st|nd|rd|го|ty|ть)[\s-])"
DAY_NUMBER = rf"(?P<day>{NUMBER}|{_LIKE_A_DAY}(?:{_SPELLED_DAY}))"
UNIT = "|".join(f"(?P<{name}>{names})" for name, names in UNITS.items())
COUNT = r"(?P<count>\d{1,4}|" + "|".join(sorted(map(re.escape, COUNTS), key=len)[::-1]) + ")"
PART = (
    r"(?:[’']?s?\s+(?:morning|afternoon|evening|night|noon|вранці|ввечері|увечері|вночі|уночі|утром|дн[её]м"
    r"|вечером|ночью|morgen|früh|vormittag|mittag|nachmittag|abend|nacht))?"
)
DAY_BEFORE_YESTERDAY = r"(?:the\s+)?day\s+before\s+yesterday|позавчора|позавчера|vorgestern"
DAYS_OFF = r"вихідн(?:их|і|ими)|выходны(?:е|х|ми)"
EARLY = r"early(?:\s+in)?|(?:at\s+the\s+)?(?:beginning|start)\s+of|на\s+початку|в\s+начале|anfang"
LATE = r"late(?:\s+in)?|(?:at\s+the\s+)?end\s+of|наприкінці|в\s+конце|ende"
MIDDLE = r"mid|(?:in\s+the\s+)?middle\s+of|в\s+середин[іе]|всередині|у\s+середині|mitte"
# Words before "May" that make it a month, and before a number that make it a year.
_IN = (
    r"in|during|over|of|by|since|from|after|before|until|till|between|as\s+of|у|в|за|від|з|із|з|до"
    r"|після|між|с|со|от|после|между|im|ab|seit|bis|von|vor|nach|zwischen|(?:im\s+|des\s+)jahre?s?"
    r"|(?:in\s+)?the\s+year|monat|month\s+of"
)
# Words right before a date that open its window at one end.
SINCE = r"since|after|starting|від|з|із|починаючи\s+з|після|с|со|от|после|начиная\s+с|seit|ab|nach"
UNTIL = r"until|till|by|as\s+of|up\s+to|станом\s+на|к|по\s+состоянию\s+на|bis(?:\s+zum)?"
BEFORE = r"before|до|vor"
_CONNECTED = r"and|to|until|till|through|і|й|та|по|до|и|und|bis|[-–—]"
AFTER_IN = re.compile(
    rf"(?:^|(?<=\W))(?:{_IN})(?:\s+(?:{'|'.join(MONTHS)}|(?:19|20)\d\d)\s*(?:{_CONNECTED}))?\s*$",
    re.IGNORECASE,
)
# Names, and beginnings of names (Mar-a-Lago), that aren't months without context.
ABBREVIATED = frozenset({"jan", "mar", "apr", "jun", "jul", "mai"})
_ORDINALS = (
    r"first|1st|перш\w+|перв\w+|erste[nrs]?|1\.",
    r"second|2nd|друг\w+|втор\w+|zweite[nrs]?|2\.",
    r"third|3rd|трет\w+|dritte[nrs]?|3\.",
    r"fourth|4th|четверт\w+|четвёрт\w+|vierte[nrs]?|4\.",
    r"fifth|5th|п['’ʼ]ят\w+|пят\w+|fünfte[nrs]?|5\.",
)
NTH = "|".join(f"(?P<n{number}>{words})" for number, words in enumerate(_ORDINALS, 1))
_SEASONS = (
    r"spring|навесні|весн(?:а|и|і|ою|ы|е|у|ой)|frühling|frühjahr",
    r"summer|влітку|літ(?:о|а|і|ом)|лет(?:о|а|е|ом)|sommer",
    r"autumn|fall|восени|ос(?:інь|ені|інню)|осень|осени|осенью|herbst",
    r"winter|взимку|зим(?:а|и|і|ою|ы|е|у|ой)",
)
SEASON = "|".join(f"(?P<s{number}>{words})" for number, words in enumerate(_SEASONS, 1))
PART_OF_YEAR = (
    r"(?P<half>half|половин\w+|hälfte|halbjahr\w*|півріччя|полугоди[еияю])"
    r"|quarter|кварта\w+|quartal\w*"
)
# "Half" and "quarter" alone are as often of a match as of a year.
YEAR_AGAIN = r"(?P<named>(?:19|20)\d\d)"
