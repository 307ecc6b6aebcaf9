"""Whether quotations stand word for word, and whether a claim turns its source round. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.grounding.checks.problem import Kind, Problem
from retrieval.grounding.checks.scripts import same_script
from retrieval.words import stems, telling_words, words

if TYPE_CHECKING:
    from retrieval.grounding.checks.problem import Evidence

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
    return [] if len(asked & known) >= _TOPIC * len(asked) else [Problem(Kind.TOPIC, claim[:60])]


def check_quotations(claim: str, evidence: Evidence) -> list[Problem]:
    """What a claim puts in quotation marks and no source says so."""
    said = f" {' '.join(words(evidence.context))} "
    problems = []
    for found in _QUOTED.finditer(claim):
        quoted = " ".join(words(found[1]))
        if quoted and f" {quoted} " not in said and _same_script(quoted, said):
            problems.append(Problem(Kind.QUOTATION, found[1].strip()))
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
        return [Problem(Kind.NEGATION, mine.group())]
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
    return [Problem(Kind.NEGATION, "not")]
