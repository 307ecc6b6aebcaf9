"""Words for search and quote selection: case folded, stemmed, without function words."""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Self

import Stemmer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


# Letters and digits, with the marks inside numbers ("2,500", "3.5") and names ("al-Assad").
_WORD = re.compile(r"\d+(?:[.,]\d+)*(?![^\W_])|[^\W_]+(?:['’ʼ][^\W\d_]+)*")

# Signs attached to letters: Indian, Arabic and Hebrew vowels, and joiners between letters. Except
# the Indian ones they are mostly not written.
_LEFT_OUT = "\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f\u0670\u200c\u200d"
_OF_INDIA = (
    "\u0900-\u0903\u093a-\u093c\u093e-\u094f\u0951-\u0957\u0962\u0963"
    "\u0981-\u0983\u09bc\u09be-\u09cd"
)
_MARKED_WORD = re.compile(rf"\d+(?:[.,]\d+)*(?![^\W_])|[^\W_](?:[^\W_]|[{_OF_INDIA}])*")
_UNWRITTEN = re.compile(f"[{_LEFT_OUT}]")
_WITH_MARKS = re.compile(f"[{_LEFT_OUT}{_OF_INDIA}]")
# Indian vowels as letters: a full text index takes the signs for word boundaries.
_AS_LETTERS = str.maketrans(
    dict(zip("ािीुूृेैोौॉंँः", "आइईउऊऋएऐओऔऑङङह", strict=True)) | {"्": None, "़": None}
)
# Scripts without spaces: in a run of Chinese characters, katakana or hangul, each pair of
# neighbours counts as a word, as in Lucene's CJKAnalyzer. Hiragana are mostly endings and
# particles; they and Chinese function words separate the runs.
_UNSPACED = re.compile("[\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_SMALL_WORDS = (
    "什么|甚么|多少|哪里|哪些|哪个|哪|怎么样?|怎样|如何|何时|几个|几人|几|为什么|为何|是否|是谁|谁"
    "|何人|何者|何|誰|[了的吗呢吧和与及在是被把]"
)
_STRETCH = re.compile(
    f"(?:{_SMALL_WORDS}|[\u3041-\u309f])+"
    "|(?P<run>[\u30a0-\u30ff\u31f0-\u31ff]+|[\uac00-\ud7af]+"
    f"|(?:(?!{_SMALL_WORDS})[\u3400-\u9fff\uf900-\ufaff])+)|(?P<other>[^\u3041-\u30ff\u31f0-\u31ff"
    "\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+)"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
_QUOTED = re.compile(r"[\"“«„]([^\"“”«»„]{3,60})[\"”»“]")
# "2,500 tanks", "11 000 солдатів"
_COUNTED = re.compile(
    r"(?<!\d)(?<!\d[.,\u00a0\u202f ])\d++(?:[.,\u00a0\u202f ]\d++)*+[\u00a0 ][^\W\d_]{2,}"
)
_LONGEST_PHRASE = 5
# Function words and question words: they tell the kind of answer wanted, not its topic.
_EMPTY_TEXT = """
a about above after again all also am an and any are as at be because been before being below
between both but by can could did do does doing down during each few for from further get got
had has have having he her here hers him his how i if in into is it its itself just let like
many me might more most much must my no nor not now of off on once only or other our out over
own please said same say says saying she should so some such tell than that the their them then
there these they this those through to too under until up us very was we were what when where
which while who whom whose why will with would you your
а або але без би бо був була були було бути в вже від він вона вони воно до для де дуже є з за
зі з і й його її із їх й коли котрий крім хто ж звідки на над не немає ні о об один про по при
після під скільки так такий та там те ти той тільки то тут у це ця цей ці чи через що щоб як
яка який які я ми ви мені мене нам нас вас каже кажуть сказав
бы был была были было быть вы где да для до его ее её если есть еще ещё же за из или им их к
как какая какой какие ко когда которая который кто ли либо мне много мы на нас не него нет ни
но ну об он она они оно от по под при про с сейчас сколько со так также там то тоже только тот
ты тут у уже чего чем что чтобы эта эти это этот говорит говорят сказал
"""
# Question words and particles in scripts that the rules above don't cover.
_EMPTY_ELSEWHERE = """
في من على إلى الى عن أن ان إن هو هي ما ماذا متى أين اين كم كيف هل التي الذي هذا هذه كان كانت مع قد
الذين اللذين عدد لا لم لن بعد قبل ثم او أو كل بين حتى عند وقد وفي ومن لماذا أي اي
के का की में ने से को है हैं था थे थी और कितने कितनी कितना कौन कब कहाँ क्या पर यह वह इस उस ये वे
भी तक लिए कि जो एक हो गया गई गए रहा रही रहे किया कर करने साथ बाद हुआ हुई हुए किसने क्यों कैसे
"""
_EMPTY = frozenset(_EMPTY_TEXT.split()) | frozenset(_EMPTY_ELSEWHERE.split())
_ENGLISH = frozenset(word for word in _EMPTY if word.isascii()) - {"an", "am", "in", "so", "was"}
_GERMAN = frozenset(
    [
        *("wann", "wer", "wen", "wem", "wo", "wie", "warum", "welche", "welcher", "welches"),
        *("wieviel", "viele", "der", "das", "dem", "ein", "eine", "einen", "einem", "und", "ist"),
        *("sind", "waren", "wurde", "wurden", "wird", "werden", "haben", "nicht", "von", "vom"),
        *("mit", "auf", "für", "über", "bei", "nach", "aus", "zum", "zur", "es", "gibt", "sich"),
        *("auch", "noch", "im"),
    ]
)
_SCRIPTS = {
    "ja": re.compile("[\u3041-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "zh": re.compile("[\u3400-\u9fff]"),
    "ar": re.compile("[\u0620-\u06ff]"),
    "he": re.compile("[\u05d0-\u05ea]"),
    "hi": re.compile("[\u0900-\u0963\u0970-\u097f]"),
    "th": re.compile("[\u0e01-\u0e4e]"),
}
# These are also English words.
_PERHAPS_GERMAN = frozenset({"was", "die", "den", "am", "hat", "des"})
_UKRAINIAN = frozenset({"хто", "що", "чому", "де", "коли", "як", "та", "це", "цей", "ця"})


def words(text: str) -> list[str]:
    """Every word and number in a text, case folded, in order.

    In scripts without spaces, each pair of neighbouring characters.
    """
    folded = text.casefold()
    if folded.isascii():
        return _WORD.findall(folded)
    marked = _WITH_MARKS.search(folded) is not None
    found = _MARKED_WORD.findall(_UNWRITTEN.sub("", folded)) if marked else _WORD.findall(folded)
    if _UNSPACED.search(folded):
        return [part for word in found for part in _pairs(word)]
    return found


def _pairs(word: str) -> Iterator[str]:
    """A word, with pairs of neighbours for its runs of scripts without spaces."""
    for found in _STRETCH.finditer(word):
        run = found["run"]
        if found["other"]:
            yield found["other"]
        elif run and len(run) == 1:
            yield run
        elif run:
            yield from (run[at : at + 2] for at in range(len(run) - 1))


def is_unspaced(word: str) -> bool:
    """Whether a word is a pair of characters from a script without spaces."""
    return _UNSPACED.match(word) is not None


def language_of(text: str) -> str | None:
    """The language of a question by its script, letters and small words; None if neither tells.

    en, uk, ru, de, and for scripts that are practically theirs: zh, ja, ko, ar, he, hi, th.
    """
    folded = text.casefold()
    by_script = _language_by_script(folded)
    if by_script is not None:
        return by_script
    cyrillic = sum("а" <= letter <= "я" or letter in "іїєґё" for letter in folded)
    if 2 * cyrillic > sum(letter.isalpha() for letter in folded):
        return _cyrillic_language(folded)
    said = _WORD.findall(folded)
    english = sum(word in _ENGLISH for word in said)
    german = sum(word in _GERMAN for word in said) + any(letter in "äöüß" for letter in folded)
    perhaps = sum(word in _PERHAPS_GERMAN for word in said)
    if german > english or (not english and perhaps > 1):
        return "de"
    return "en" if english else None


def _language_by_script(folded: str) -> str | None:
    letters = sum(letter.isalpha() for letter in folded)
    for language, pattern in _SCRIPTS.items():
        found = len(pattern.findall(folded))
        # kana among Chinese characters make a text Japanese
        if found and 2 * found > (letters // 3 if language == "ja" else letters):
            return language
    return None


def _cyrillic_language(folded: str) -> str:
    if any(letter in "іїєґ" for letter in folded):
        return "uk"
    if any(letter in "ыэёъ" for letter in folded):
        return "ru"
    said = _WORD.findall(folded)
    return "uk" if sum(word in _UKRAINIAN for word in said) > 0 else "ru"


def written_words(text: str) -> list[tuple[str, bool]]:
    """Every word of a text as written, in order, and whether it begins a sentence."""
    return [
        (match.group(), text[: match.start()].rstrip(" \n“\"«'‘")[-1:] in "\n.!?:…")
        for match in _WORD.finditer(text)
    ]


def empty_words() -> frozenset[str]:
    """The words that tell nothing about a text's topic."""
    return _EMPTY


def telling_words(text: str) -> list[str]:
    """The significant words of a text, without duplicates, in order of appearance."""
    return list(dict.fromkeys(word for word in words(text) if word not in _EMPTY))


def phrases(text: str) -> list[str]:
    """Phrases: a figure and what it counts, longer names, quotations.

    Case folded, without duplicates, in order of appearance.
    """
    found = [quoted.group(1) for quoted in _QUOTED.finditer(text)]
    found += [counted.group() for counted in _COUNTED.finditer(text)]
    found += [" ".join(run) for sentence in _sentences(text) for run in _capitalised(sentence)]
    kept: dict[str, None] = {}
    for phrase in found:
        parts = words(phrase)
        if 1 < len(parts) <= _LONGEST_PHRASE and parts[-1] not in _EMPTY:
            kept[" ".join(parts)] = None
    return list(kept)


def stemmed(text: str) -> str:
    """The stems of a text's significant words, in order, with repetitions; for an index.

    Letters, digits and single spaces only. "2,500" is one number, "3.5" is two.
    """
    return " ".join(
        stem(word)
        for found in words(text)
        if found not in _EMPTY
        for word in _THOUSANDS.sub("", found).replace(",", " ").replace(".", " ").split()
    )


def stems(text: str) -> frozenset[str]:
    """The stems of a text's significant words."""
    return frozenset(stem(word) for word in telling_words(text))


@dataclass(frozen=True, slots=True)
class Wording:
    """The figures and stems of a text, for comparisons."""

    figures: frozenset[str]
    stems: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Self:
        """That of a text; make it once if the text is compared with many others."""
        return cls(figures_in(text), stems(text))

    def same(self, other: Wording, share: float) -> bool:
        """Whether both say the same: they share `share` of their stems, and all figures.

        300 captured and 900 captured are two reports, however similar.
        """
        if self.figures != other.figures:
            return False
        union = self.stems | other.stems
        return bool(union) and len(self.stems & other.stems) >= share * len(union)


def same_words(one: str, other: str, share: float) -> bool:
    """Whether two texts say the same (`Wording.same`)."""
    return Wording.of(one).same(Wording.of(other), share)


def figures_in(text: str) -> frozenset[str]:
    """The numbers in digits in a text, verbatim except for commas between thousands."""
    return frozenset(_THOUSANDS.sub("", word) for word in words(text) if word[0].isdigit())


def names_in(text: str) -> list[str]:
    """Words that look like names: with capitals inside a sentence, case folded, without duplicates.

    The first word of a sentence is left out, since its capital is no evidence.
    """
    found: dict[str, None] = {}
    for sentence in _sentences(text):
        for match in list(_WORD.finditer(sentence))[1:]:
            word = match.group()
            if word[0].isupper() and word.casefold() not in _EMPTY:
                found[word.casefold().removesuffix("'s").removesuffix("’s")] = None
    return list(found)


def _capitalised(sentence: str) -> list[list[str]]:
    """Runs of adjacent words with capitals, without the sentence's first word."""
    runs: list[list[str]] = [[]]
    end = -1
    for match in list(_WORD.finditer(sentence))[1:]:
        word = match.group()
        if not word[0].isupper():
            continue
        if sentence[end : match.start()] != " ":
            runs.append([])
        runs[-1].append(word)
        end = match.end()
    return runs


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?…:])\s+|[\"“”«»]", text)


class _Stemmers(threading.local):
    """The stemmers of one thread; they must not be shared (github.com/snowballstem/pystemmer)."""

    def __init__(self) -> None:
        # Without their own caches, since ours is enough.
        self.english = Stemmer.Stemmer("english", 0)
        self.russian = Stemmer.Stemmer("russian", 0)
        self.arabic = Stemmer.Stemmer("arabic", 0)
        self.hindi = Stemmer.Stemmer("hindi", 0)

    def stem(self, word: str) -> str:
        """The stem of a word, by the rules of its script."""
        if word.isascii():
            return str(self.english.stemWord(word))
        if "\u0900" <= word[0] <= "\u097f":
            return str(self.hindi.stemWord(word)).translate(_AS_LETTERS)
        if "\u0620" <= word[0] <= "\u06ff":
            # "and the" is attached to the word
            return str(self.arabic.stemWord(word[1:] if word.startswith("وال") else word))
        return str(self.russian.stemWord(word))


_stemmers = _Stemmers()


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Snowball's English, Russian, Arabic or Hindi stem; Ukrainian passes through the Russian one.

    https://snowballstem.org/
    """
    word = word.replace("’", "'").replace("ʼ", "'")
    return _stemmers.stem(word).replace("'", "")


# Bidirectional controls, zero-width and other invisible characters, fillers, tag characters (which
# spell invisible text); C0, C1, lone surrogates. Joiners stay: emoji and Persian need them.
_HIDING = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\x00-\x08\x0e-\x1f\x7f-\x9f]"
)


def visible(text: str) -> str:
    """The visible characters on one line, without changes of direction."""
    return " ".join(_HIDING.sub("", text).split())


# Irregular forms that stemming doesn't unite: questions and titles use other forms than reports.
_FORMS_TEXT = """
lose lost loss, win won winner victory, beat beaten defeat, die dead death died kill killed, fall
fell fallen, rise rose risen, raise hike increase, strike struck, hit, shoot shot, find found,
leave left, take took taken, hold held, sell sold sale, buy bought, say said, speak spoke spoken
speech, choose chose chosen choice, break broke broken, steal stole stolen, flee fled, sue sued
lawsuit, pay paid, grow grew grown growth, sink sank sunk, begin began begun, draw drew drawn,
withdraw withdrew withdrawn withdrawal, see saw seen, fight fought, seek sought, catch caught,
bring brought, freeze froze frozen, quit resign, third 3rd, first 1st, second 2nd, run ran, give
gave given, go went gone, drive drove driven, write wrote written, build built, lead led, meet met,
send sent, spend spent, teach taught, think thought, tell told, know knew known, make made, come
came, become became, get got, keep kept, feel felt, hear heard, stand stood, understand understood,
wear wore worn, throw threw thrown, fly flew flown, eat ate eaten, sing sang sung, bear born, bite
bit bitten, deal dealt, feed fed, hide hid hidden, lend lent, ride rode ridden, shake shook shaken,
swear swore sworn, sweep swept, tear tore torn, wake woke, burn burnt, learn learnt, mean meant
"""
_FORMS = {stem(word): words(group)[0] for group in _FORMS_TEXT.split(",") for word in words(group)}


def telling_stems(text: str) -> frozenset[str]:
    """The stems of a text's significant words, with irregular forms ("loses", "lost") united."""
    return one_form(stems(text))


def one_form(some: Iterable[str]) -> frozenset[str]:
    """The stems, with those of one irregular word united."""
    return frozenset(_FORMS.get(one, one) for one in some)


def plain_letters(word: str) -> str:
    """A word without diacritics: "beyonce" for "beyoncé"."""
    marked = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in marked if not unicodedata.combining(letter))


def word_group(line: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Words for one thing, and what such words begin with, of a line: a beginning ends with "-"."""
    parts = line.split()
    whole = frozenset(part for part in parts if not part.endswith("-"))
    return whole, tuple(part.removesuffix("-") for part in parts if part.endswith("-"))


class WordGroups:
    """Groups of words for one thing, one a line (`word_group`)."""

    def __init__(self, text: str) -> None:
        self._groups = tuple(map(word_group, text.strip().splitlines()))
        self.of = lru_cache(maxsize=20_000)(self._find)

    def _find(self, word: str) -> frozenset[int]:
        """The numbers of the groups that a word belongs to."""
        return frozenset(
            number
            for number, (whole, beginnings) in enumerate(self._groups)
            if word in whole or word.startswith(beginnings)
        )
