"""How numbers are written: digits with their separators, magnitudes, words, ideographs. Pure.

A form that nothing here knows is unknown (None), never the part of it that happens to be readable:
"1.2.3" is no 1.2, and "12'5" no 12.
"""

from __future__ import annotations

import re

# The separators of the world, by what they do: a grouping mark never begins a fraction.
_GROUPING = str.maketrans({"’": "'", "\u066c": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " "})
_POINTS = ".,\u066b"
_APOSTROPHES = "'’\u066c"
_SPACES = " \u00a0\u202f\u2009"
# Digits with all that may stand between them; spaces only before groups of three.
DIGITS = (
    rf"(?:\d{{1,3}}(?:[{_SPACES}]\d{{3}}(?!\d))+(?:[{_POINTS}]\d+)?"
    rf"|\d+(?:[{_POINTS}{_APOSTROPHES}]\d+)*)"
)
# A number of more digits counts nothing.
_MOST_DIGITS = 24
_GROUP = 3

_THOUSAND = (
    r"k|thousands?|тис(?:яч\w*|\.)?|тыс(?:яч\w*|\.)?|tausend|tsd\.?|mil(?! millones)|mille|mila"
    r"|tys\.|tysi[ąę]c\w*|ألف|آلاف|हज़ार|हज़ार|हजार"
)
_MILLION = (
    r"m|mm|mn|mln|mio\.?|millions?|millionen|millones|millón|milion\w*|milioni|milione|milhões"
    r"|milhão|milyon|млн\.?|мільйон\w*|миллион\w*|مليون|ملايين"
)
_MILLIARD = (
    r"b|bn|bln|billions?|mrd\.?|milliarden?|milliards?|mil millones|miliard\w*|miliardi|mld\.?"
    r"|bilhões|bilhão|milyar|млрд\.?|мільярд\w*|миллиард\w*|مليارات|مليار"
)
MAGNITUDES = (
    (r"hundreds?|сот\w*|сотен", 1e2),
    (r"dozens?|дюжин\w*", 12.0),
    (_THOUSAND, 1e3),
    (r"lakhs?|lacs?|लाख", 1e5),
    (_MILLION, 1e6),
    (r"crores?|करोड़|करोड़", 1e7),
    (_MILLIARD, 1e9),
    (r"lakh crores?|tn|trn|tln|trillions?|трлн\.?|трильйон\w*|триллион\w*|billionen", 1e12),
)
MAGNITUDE = "|".join(pattern for pattern, _ in reversed(MAGNITUDES))
# Where these stand, a comma before three digits begins a fraction: "1,234 млн".
_COMMA_COUNTRIES = re.compile(
    r"[^\W\da-z]|mio|mrd|millionen|millones|milion|mln|mld", re.IGNORECASE
)

LARGE_ENGLISH = r"thousand|million|billion|trillion|lakh|crore"
LARGE = (
    rf"{LARGE_ENGLISH}"
    r"|тисяч\w*|тысяч\w*|мільйон\w*|миллион\w*|мільярд\w*|миллиард\w*|трильйон\w*|триллион\w*"
)

# Ordinals ("двадцятого") count nothing and are not here; nor is what also means something else,
# such as Russian "семью", a family.

_ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_CYRILLIC = """
2 два дві две двох двух двом двум двома двумя двоє двое
3 три трьох трёх трех трьом трём трем трьома тремя троє трое
4 чотири четыре чотирьох четырёх четырех чотирьом четырём четырем чотирма четырьмя четверо
5 п'ять пять п'яти пяти п'ятьох п'ятьом пятью п'ятеро пятеро
6 шість шесть шести шістьох шістьом шестью шестеро
7 сім семь семи сімох сімом семеро
8 вісім восемь восьми вісьмох вісьмом восемью
9 дев'ять девять дев'яти девяти дев'ятьох девятью
10 десять десяти десятьох десятью
11 одинадцять одинадцяти одиннадцать одиннадцати
12 дванадцять дванадцяти двенадцать двенадцати
13 тринадцять тринадцяти тринадцать тринадцати
14 чотирнадцять чотирнадцяти четырнадцать четырнадцати
15 п'ятнадцять п'ятнадцяти пятнадцать пятнадцати
16 шістнадцять шістнадцяти шестнадцать шестнадцати
17 сімнадцять сімнадцяти семнадцать семнадцати
18 вісімнадцять вісімнадцяти восемнадцать восемнадцати
19 дев'ятнадцять дев'ятнадцяти девятнадцать девятнадцати
20 двадцять двадцяти двадцать двадцати
30 тридцять тридцяти тридцать тридцати
40 сорок сорока
50 п'ятдесят п'ятдесяти пятьдесят пятидесяти
60 шістдесят шістдесяти шестьдесят шестидесяти
70 сімдесят сімдесяти семьдесят семидесяти
80 вісімдесят вісімдесяти восемьдесят восьмидесяти
90 дев'яносто девяносто
100 сто ста
200 двісті двести двохсот двухсот
300 триста трьохсот трёхсот трехсот
400 чотириста четыреста чотирьохсот четырёхсот четырехсот
500 п'ятсот пятьсот п'ятисот пятисот
600 шістсот шестьсот шестисот
700 сімсот семьсот семисот
800 вісімсот восемьсот восьмисот
900 дев'ятсот девятьсот дев'ятисот девятисот
"""


def _cyrillic() -> dict[str, int]:
    rows = (line.split() for line in _CYRILLIC.strip().splitlines())
    return {word: int(value) for value, *written in rows for word in written}


# "двадцять один" is 21; alone it is as often no figure as "one".
_ONES = "один одна одне одно одного одній одним одну однієї одной одному одном"
UNITS_IN_COMPOUNDS = frozenset(_ONES.split())

# What is added up: "twenty" and "five", "двісті" and "п'ять". Case folded, with a plain apostrophe.
SMALL = (
    {word: n for n, word in enumerate(_ENGLISH.split())}
    | {word: 10 * n for n, word in enumerate(_ENGLISH_TENS.split(), start=2)}
    | _cyrillic()
)


FRACTIONS = {
    "½": 1 / 2, "⅓": 1 / 3, "⅔": 2 / 3, "¼": 1 / 4, "¾": 3 / 4, "⅕": 1 / 5, "⅖": 2 / 5, "⅗": 3 / 5,
    "⅘": 4 / 5, "⅙": 1 / 6, "⅚": 5 / 6, "⅛": 1 / 8, "⅜": 3 / 8, "⅝": 5 / 8, "⅞": 7 / 8,
}  # fmt: skip
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"


def times(magnitude: str | None) -> float:
    """What a magnitude multiplies by; 1 for none."""
    if not magnitude:
        return 1.0
    return next(n for pattern, n in MAGNITUDES if re.fullmatch(pattern, magnitude, re.IGNORECASE))


def is_foreign(magnitude: str | None) -> bool:
    """Whether a magnitude is of a language that writes 1,5 for one and a half."""
    return bool(magnitude and _COMMA_COUNTRIES.search(magnitude))


def is_ambiguous(written: str) -> bool:
    """Whether digits are one thousand or one and a fraction: "1.200", "1,200"."""
    head, mark, rest = written.partition("," if "," in written else ".")
    return bool(mark) and len(head) <= _GROUP and rest.isdigit() and len(rest) == _GROUP


def read_digits(written: str, point: str | None = None) -> float | None:
    """The value of digits with their separators (`DIGITS`); None where they follow no custom.

    `point` is the mark that begins a fraction in this text, where digits alone leave it open.
    """
    plain = written.translate(_GROUPING)
    groups, marks = re.split(r"\D", plain), re.findall(r"\D", plain)
    if sum(map(len, groups)) > _MOST_DIGITS:
        return None
    if len(marks) == 1 and is_ambiguous(plain) and (plain.startswith("0") or marks[0] == point):
        return float(".".join(groups))
    if _is_grouped(groups, marks):
        return float("".join(groups))
    *grouping, last = marks
    if (
        last not in _POINTS
        or last in grouping
        or (grouping and not _is_grouped(groups[:-1], grouping))
    ):
        return None
    return float("".join(groups[:-1]) + "." + groups[-1])


def _is_grouped(groups: list[str], marks: list[str]) -> bool:
    """Groups of three, or as in India of two and at last three, all parted by the same mark."""
    if not marks:
        return True
    first, *between, last = map(len, groups)
    if len(set(marks)) > 1 or marks[0] == "\u066b" or not 1 <= first <= _GROUP or last != _GROUP:
        return False
    western = all(size == _GROUP for size in between)
    indian = marks[0] == "," and first < _GROUP and bool(between) and set(between) == {2}
    return (western or indian) and (groups[0] != "0" or bool(between))


# Chinese, Japanese and Korean: digits and words are mixed, and magnitudes go by ten thousands.
_IDEOGRAPHS = {
    sign: n
    for n, signs in enumerate(["〇零", "一", "二两兩", "三", "四", "五", "六", "七", "八", "九"])
    for sign in signs
}
_SMALL_UNITS = {"十": 10, "百": 100, "千": 1_000, "천": 1_000, "백": 100}
_LARGE_UNITS = (
    dict.fromkeys("万萬만", 10_000) | dict.fromkeys("亿億억", 10**8) | dict.fromkeys("兆조", 10**12)
)
_COUNTERS = "人名个個位艘架辆輛台条條件岁歳歲次回天匹頭头只隻株枚戸户校社倍票冊"
_UNIT_SIGNS = "".join((*_SMALL_UNITS, *_LARGE_UNITS))
_HAN = "".join(_IDEOGRAPHS)
EASTERN = re.compile(
    rf"(?P<percent>百分之)?(?P<eastern>(?<!\d)(?<!\d[.,])\d++(?:[,.]\d++)*+"
    rf"(?:\s?[{_UNIT_SIGNS}]++(?:\s?\d++(?=\s?[{_UNIT_SIGNS}])|\d++|[{_HAN}]++)?)++"
    rf"|[{_HAN}{_UNIT_SIGNS}]++)"
)
_EASTERN_DATE = re.compile(r"\s?(?:[月号號點点時时年분]|日(?!間|间)|分(?!之)|分之)")


def has_ideographs(text: str) -> bool:
    """Whether a text may have numbers of East Asia."""
    return _EAST.search(text) is not None


_EAST = re.compile(r"[\u3400-\u9fff\uac00-\ud7af]")
_EASTERN_TOKEN = re.compile(r"\d+(?:[,.]\d+)*|\S")


def read_ideographs(text: str, found: re.Match[str]) -> float | None:
    """The value of a match of `EASTERN` in a text; None for dates, ordinals and names."""
    written = found["eastern"]
    before, after = (
        text[max(found.start() - 1, 0) : found.start()],
        text[found.end() : found.end() + 3],
    )
    if before in {"第", "周", "之", "期"} and not found["percent"]:
        return None
    has_unit = any(sign in _UNIT_SIGNS for sign in written)
    duration = has_unit and after[:1] == "年"
    if _EASTERN_DATE.match(after) and not duration:
        return None
    is_number = (has_unit and len(written) > 1) or (len(written) == 1 and after[:1] in _COUNTERS)
    if not is_number and not found["percent"]:
        return None
    return _summed(written)


def _summed(written: str) -> float | None:
    """Small units multiply what stands before them, large ones close a group."""
    total = group = 0.0
    number: float | None = None
    for token in _EASTERN_TOKEN.findall(written):
        if token in _SMALL_UNITS:
            group += (1 if number is None else number) * _SMALL_UNITS[token]
            number = None
        elif token in _LARGE_UNITS:
            total += (group + (number or 0) or 1) * _LARGE_UNITS[token]
            group, number = 0.0, None
        elif token in _IDEOGRAPHS:
            if number:  # one digit after another is a year or a telephone number
                return None
            number = float(_IDEOGRAPHS[token])
        else:
            number = read_digits(token, ".")
            if number is None:
                return None
    return total + group + (number or 0)
