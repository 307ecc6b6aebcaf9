"""All checks of one claim; its figures, its wording, and whether it says the opposite. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retrieval.grounding.checks.dates import check_dates
from retrieval.grounding.checks.names import check_names, check_speakers, same_script
from retrieval.grounding.checks.problem import Problem, ProblemKind
from retrieval.text.figures import Figure, agree, fate, fates, find_figures, measure_of
from retrieval.text.numbers import POINTS, unread_numbers
from retrieval.text.words import stems, telling_words, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.grounding.checks.problem import Evidence


_REASONS = {
    ProblemKind.FIGURE: "the figure {said} stands in none of its sentences",
    ProblemKind.UNIT: "its sentences measure something else than {said}",
    ProblemKind.DATE: "its sentences do not give the date {said}",
    ProblemKind.NAME: "{said} is not named in its source",
    ProblemKind.SPEAKER: "its sentences do not say that {said} said so",
    ProblemKind.QUOTATION: "“{said}” is not what its source says word for word",
    ProblemKind.TOPIC: "its sentences are about something else",
    ProblemKind.NEGATION: "its sentences say the opposite as to “{said}”",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a claim, and the figures that it rounds or converts."""

    problems: tuple[Problem, ...]
    rounded: tuple[Rounded, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def reasons(self) -> str:
        """Why it does not stand, in words for the one who wrote it."""
        return "; ".join(_REASONS[one.kind].format(said=one.said) for one in self.problems)


def check_claim(claim: str, evidence: Evidence) -> Verdict:
    """Hold a claim against what it cites."""
    problems, rounded = check_figures(claim, evidence.sentences)
    problems += check_dates(claim, evidence.cited)
    speakers = check_speakers(claim, evidence)
    unnamed = check_names(claim, evidence)
    problems += unnamed
    if not unnamed:
        problems += speakers
    problems += check_quotations(claim, evidence)
    problems += check_negation(claim, evidence) or check_opposites(claim, evidence)
    problems += check_topic(claim, evidence)
    return Verdict(tuple(problems), tuple(rounded))


def with_exact_figures(claim: str, verdict: Verdict) -> str:
    """A claim that rounds, with what its source says."""
    if not verdict.rounded:
        return claim
    exact = ", ".join(dict.fromkeys(one.source for one in verdict.rounded))
    return f"{claim.rstrip()} (about; the source says {exact})"


_QUOTED = re.compile(r"[“\"«„]([^“”\"«»„]{2,400})[”\"»“]")
_NEGATION = re.compile(
    r"\b(?:not|no|never|nobody|none|neither|nor|without|cannot|fail(?:s|ed|ing)?|refus(?:e|es|ed|ing)"
    r"|den(?:y|ies|ied|ying)|reject(?:s|ed|ing)?|unable|unlikely|lack(?:s|ed)?|halt(?:s|ed)?"
    r"|не|ні|ніхто|ніколи|без|немає|нема|ни|нет|никто|никогда|отказ\w*|відмов\w*|запереч\w*|отриц\w*)\b"
    r"|\b\w+n['’]t\b",
    re.IGNORECASE,
)
# What denies without a "not": enough for a claim that does, too.
_FALSE = re.compile(
    r"\b(?:false|untrue|refut\w*|rebut\w*|спросту\w*|опроверг\w*|неправд\w*|лож[ьн]\w*)\b",
    re.IGNORECASE,
)
_LOST = re.compile(
    r"\bnot only\b|\bno(?:t)? (?:less|more|fewer|later|earlier) than\b", re.IGNORECASE
)
_OVERLAP = 0.6
_REACH = 4
# The share of a claim's words that its source has at least; fewer words than these tell nothing.
_TOPIC, _FEW = 0.3, 6


def check_topic(claim: str, evidence: Evidence) -> list[Problem]:
    """A claim whose words are hardly any of its source's: it is about something else."""
    asked, known = stems(claim), stems(evidence.context)
    if len(asked) < _FEW or not same_script(claim, evidence.context):
        return []
    return (
        []
        if len(asked & known) >= _TOPIC * len(asked)
        else [Problem(ProblemKind.TOPIC, claim[:60])]
    )


def check_quotations(claim: str, evidence: Evidence) -> list[Problem]:
    """What a claim puts in quotation marks and no source says so."""
    said = f" {' '.join(words(evidence.context))} "
    problems = []
    for found in _QUOTED.finditer(claim):
        quoted = " ".join(words(found[1]))
        if quoted and f" {quoted} " not in said and _same_script(quoted, said):
            problems.append(Problem(ProblemKind.QUOTATION, found[1].strip()))
    return problems


def _same_script(one: str, other: str) -> bool:
    """A quotation in translation can't stand word for word."""
    latin = re.search(r"[a-z]", one) is not None
    return re.search(r"[a-z]" if latin else r"[а-яіїєґ]", other) is not None


def check_negation(claim: str, evidence: Evidence) -> list[Problem]:
    """A claim that denies what its sentence says, or says what it denies.

    Only where they share most words: elsewhere the same can be said with a "not" or without.
    """
    mine = _NEGATION.search(_LOST.sub(" ", claim))
    asked = stems(claim)
    close = [
        one.quote
        for one in evidence.cited
        if asked and len(asked & stems(one.quote)) >= _OVERLAP * len(asked)
    ]
    if not close:
        return []
    theirs = [_NEGATION.search(_LOST.sub(" ", quote)) for quote in close]
    if mine is not None and not any(
        _NEGATION.search(one.quote) or _FALSE.search(one.quote) for one in evidence.cited
    ):
        return [Problem(ProblemKind.NEGATION, mine.group())]
    if mine is None and all(found is not None for found in theirs):
        return _denied(claim, close)
    return []


def _denied(claim: str, quotes: list[str]) -> list[Problem]:
    """What every close sentence denies and the claim says: a verb right behind the "not"."""
    asked = stems(claim)
    for quote in quotes:
        plain = _LOST.sub(" ", quote)
        after = [
            telling_words(plain[found.end() : found.end() + 40])[:_REACH]
            for found in _NEGATION.finditer(plain)
        ]
        denied = [word for some in after for word in some[:2] if stems(word) <= asked]
        if not denied:
            return []
    return [Problem(ProblemKind.NEGATION, "not")]


# Words of one side and of the other; a sentence that has both is not judged.
_UP = (
    r"rose|rises?|rising|risen|increas\w*|grew|grow(?:s|n|ing)?|climb\w*|gain(?:s|ed)?|surg(?:ed?|es)"
    r"|jump(?:s|ed)?|soar(?:s|ed)?|doubl(?:ed?|es)|зрос\w*|зріс|підвищ\w*|збільш\w*|вырос\w*"
    r"|повы[сш]\w*|увелич\w*"
)
_DOWN = (
    r"f[ae]ll(?:s|ing|en)?|decreas\w*|declin\w*|dropp?(?:s|ed|ing)?|slid|shr[aiu]nk\w*|plung\w*"
    r"|tumbl\w*|slump\w*|halv(?:ed?|es)|lower(?:s|ed)?|впа[влд]\w*|зниз\w*|знижу\w*|зменш\w*"
    r"|скороти\w*|упа[лд]\w*|сниз\w*|снижа\w*|уменьш\w*|сократи\w*"
)
# "over the weekend" and "under the law" bound no figure.
_A_FIGURE = r"(?=\s[$€£₴₽]?\d)"
_FROM = (
    r"at least|no (?:less|fewer) than|щонайменше|не менше|как минимум|по меньшей мере|не менее"
    rf"|(?:more than|over|exceed\w*|понад|свыше|более){_A_FIGURE}"
)
_UP_TO = (
    r"at most|no more than|щонайбільше|не більше|не более"
    rf"|(?:fewer than|less than|under|below|менше ніж|менее чем){_A_FIGURE}"
)
_SIDES = tuple(
    tuple(re.compile(rf"\b(?:{side})(?!\w)", re.IGNORECASE) for side in pair)
    for pair in ((_UP, _DOWN), (_FROM, _UP_TO))
)
# The share of a claim's words that a sentence has which says the same of the same thing.
_CLOSE = 0.5


def check_opposites(claim: str, evidence: Evidence) -> list[Problem]:
    """What every sentence that is close to the claim puts the other way round."""
    asked = stems(claim)
    close = [
        one.quote
        for one in evidence.cited
        if asked and len(asked & stems(one.quote)) >= _CLOSE * len(asked)
    ]
    if not close:
        return []
    for sides in _SIDES:
        for mine, other in (sides, sides[::-1]):
            said = mine.search(claim)
            if said is None or other.search(claim):
                continue
            if all(other.search(one) and not mine.search(one) for one in close):
                return [Problem(ProblemKind.NEGATION, said.group())]
    return _opposite_fate(claim, close)


def _opposite_fate(claim: str, close: Sequence[str]) -> list[Problem]:
    """The wounded of a claim who are the dead of every close sentence, and the like."""
    mine = fates(claim)
    for kind, word in mine.items():
        theirs = [fates(one) for one in close]
        if all(kind not in one and one.keys() - mine.keys() for one in theirs):
            return [Problem(ProblemKind.NEGATION, word)]
    return []


# How far off a rounded figure may be, and how many digits it has at most.
_ROUNDED, _ROUND_DIGITS = 0.05, 2
_CONVERTED = 0.03
_SHARES = frozenset({"%", POINTS})
# The same measure in another unit: pattern, pattern, how many of the second are one of the first.
_CONVERSIONS = tuple(
    (re.compile(one, re.IGNORECASE), re.compile(other, re.IGNORECASE), factor)
    for one, other, factor in (
        (
            r"^[\s-]?(?:square|sq\.?) miles?\b",
            r"^[\s-]?(?:square|sq\.?) ?(?:kilomet\w+|km)",
            2.58999,
        ),
        (r"^[\s-]?miles?\b", r"^[\s-]?(?:kilomet\w+|km)\b", 1.60934),
        (r"^[\s-]?acres?\b", r"^[\s-]?hectares?\b", 0.404686),
        (r"^[\s-]?(?:pounds?|lbs?)\b", r"^[\s-]?(?:kilograms?|kg)\b", 0.453592),
        (r"^[\s-]?(?:feet|foot)\b", r"^[\s-]?(?:met(?:er|re)s?|m)\b", 0.3048),
        (r"^[\s-]?decades?\b", r"^[\s-]?years?\b", 10),
        (r"^[\s-]?years?\b", r"^[\s-]?months?\b", 12),
        (r"^[\s-]?weeks?\b", r"^[\s-]?days?\b", 7),
        (r"^[\s-]?(?:тижн\w*|недел\w*)", r"^[\s-]?(?:дн\w*|день|діб|суток)\b", 7),
        (r"^[\s-]?days?\b", r"^[\s-]?hours?\b", 24),
        (r"^[\s-]?hours?\b", r"^[\s-]?minutes?\b", 60),
    )
)
# Written alike on both sides, or wrong: clock times, and what is 18th of its kind.
_AS_WRITTEN = re.compile(
    r"\b\d{1,2}:\d{2}\b|\b\d+(?:st|nd|rd|th)\b(?!\s(?:of\s)?(?:jan|feb|mar|apr|may|ju[nl]|aug|sep|oct|nov"
    r"|dec))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rounded:
    """A figure that a claim rounds or converts: as it stands there, and in the source."""

    said: str
    source: str


def check_figures(claim: str, sentences: str) -> tuple[list[Problem], list[Rounded]]:
    """The figures that no sentence has, and those that only nearly stand there."""
    mine, theirs = find_figures(claim), find_figures(sentences)
    problems, rounded = list[Problem](), list[Rounded]()
    for figure in mine:
        said = claim[figure.start : figure.end].strip()
        kind, near = _compared(claim, figure, sentences, theirs)
        if kind is not None:
            problems.append(Problem(kind, said))
        elif near is not None:
            rounded.append(Rounded(said, sentences[near.start : near.end].strip()))
    known = set(_AS_WRITTEN.findall(sentences.casefold()))
    problems += [
        Problem(ProblemKind.FIGURE, one)
        for one in _AS_WRITTEN.findall(claim)
        if one.casefold() not in known
    ]
    # What nobody can read says the same only as it stands.
    problems += [
        Problem(ProblemKind.FIGURE, one) for one in unread_numbers(claim) if one not in sentences
    ]
    return problems, rounded


def _compared(
    claim: str, figure: Figure, sentences: str, theirs: Sequence[Figure]
) -> tuple[ProblemKind | None, Figure | None]:
    """What is wrong with a figure, None for nothing; and which one it rounds."""
    near: Figure | None = None
    for number in figure.numbers:
        same = [one for one in theirs if any(_is_same(number, n, figure) for n in one.numbers)]
        if same:
            if not any(_same_measure(claim, figure, sentences, one) for one in same) or (
                _figure_fared_otherwise(claim, figure, sentences, same)
            ):
                return ProblemKind.UNIT, None
            continue
        near = _nearest(claim, replace(figure, value=number), sentences, theirs)
        if near is None:
            return ProblemKind.FIGURE, None
    return None, near


def _is_same(number: float, other: float, figure: Figure) -> bool:
    """Equal, but that a share that falls by 3% may be written -3%."""
    if not _SHARES.isdisjoint(figure.units):
        number, other = abs(number), abs(other)
    return math.isclose(number, other)


def _figure_fared_otherwise(
    text: str, figure: Figure, other_text: str, same: Sequence[Figure]
) -> bool:
    """The dead of a claim that are the wounded of every sentence with that figure."""
    mine = fate(text, figure)
    return mine is not None and all(fate(other_text, one) not in {None, mine} for one in same)


def _same_measure(text: str, one: Figure, other_text: str, other: Figure) -> bool:
    """Unless both say what they measure, and it is not the same."""
    return agree(
        measure_of(text, one.end, one.units), measure_of(other_text, other.end, other.units)
    )


def _nearest(text: str, figure: Figure, other_text: str, others: Sequence[Figure]) -> Figure | None:
    """The figure that this one rounds, or gives in another unit."""
    for other in others:
        if any(_rounds(figure.value, n) for n in other.numbers) and _same_measure(
            text, figure, other_text, other
        ):
            return other
        if _converts(text[figure.end :], figure.value, other_text[other.end :], other.value):
            return other
    return None


def _rounds(value: float, exact: float) -> bool:
    """10,000 rounds 10,432; 10,400 and 11,000 do not."""
    if value * exact <= 0 or abs(value - exact) > _ROUNDED * abs(exact):
        return False
    return _digits(value) <= _ROUND_DIGITS and _digits(value) < _digits(exact)


def _digits(value: float) -> int:
    """How many digits say something: 1 in 10,000, 3 in 10,400."""
    return len(f"{abs(value):.6f}".rstrip("0").rstrip(".").replace(".", "").strip("0")) or 1


def _converts(rest: str, value: float, other_rest: str, other: float) -> bool:
    for small, large, factor in _CONVERSIONS:
        if small.match(rest) and large.match(other_rest):
            return math.isclose(value * factor, other, rel_tol=_CONVERTED)
        if large.match(rest) and small.match(other_rest):
            return math.isclose(value, other * factor, rel_tol=_CONVERTED)
    return False
