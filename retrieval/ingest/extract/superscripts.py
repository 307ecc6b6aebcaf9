"""Raised and lowered letters in words: notes go, exponents and units stay. Changes its tree.

14² is 14 with a note, 10⁶ is 10^6, km² is km², the 21st is the 21st.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_RAISED_DIGITS = re.compile(r"[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_NUMBER = re.compile(r"[-−+]?\d{1,3}")
_TEN = re.compile(r"(?<![\d.,])10$")
_TIMES_TEN = re.compile(r"[×x·*⋅]\s?10$")
_TWO = re.compile(r"(?<![\d.,])2$")
# Of lengths and times; those that are words too only behind a figure or a stroke.
_UNIT = re.compile(
    r"(?<![^\W\d_])(?:[kcdmµμnh]?m|км|м|см|мм)$|(?:\d\s?|/\s?)(?:ft|yd|mi|in|s|sec|с)$"
)
_SYMBOL = re.compile(r"(?:(?<![\w'’])[b-hj-zB-HJ-Z]|[=+*/]\s?\w{1,3}|\))$")
_ORDINAL = re.compile(
    r"(?:st|nd|rd|th|er|ers|re|res|ère|ères|e|es|ème|èmes|eme|de|os|as|[ºª]|-?(?:й|я|е|го|му|х|ша|га))",
    re.IGNORECASE,
)
_ORDINAL_LETTERS = frozenset({"a", "o"})
_WITH_ORDINAL_LETTERS = ("es", "pt", "it", "ca", "gl", "fr")
_MARK = re.compile(
    r"[\[(]?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4}|[*†‡§¶#]{1,3})[\])]?"
    r"(?:\s?[,–-]\s?[\[(]?(?:\d{1,3}|[a-z])[\])]?)*"
)
_NOTE_CLASS = re.compile(r"note|ref\b|reference|cite|citation", re.IGNORECASE)
_MONEY = re.compile(r"[$€£¥₴₽]\s?\d[\d.,]*$")
_CENTS = re.compile(r"\d\d")
_SIGNS = frozenset({"®", "™", "©", "TM", "SM", "R"})
_DEGREE = frozenset({"o", "0", "°", "º"})
_NOTE_TEXT = re.compile(r"(?:^|(?<=[.!?)]\s))\s*[\[(]?(\d{1,3})[\])]?[.:)]?\s+[^\W\d_]")
_INLINE = frozenset({"a", "b", "strong", "em", "i", "span", "u", "font", "small", "sup", "nobr"})
_BEFORE = 40
_LONGEST_MARK = 12


def write_superscripts(tree: HtmlElement) -> None:
    """Put words for the `<sup>` and `<sub>` of `tree`, and for raised digits in its text."""
    raised = list(tree.iter("sup"))
    if raised:
        language = (tree.getroottree().getroot().get("lang") or "").lower()
        notes = _notes(tree, raised)
        for element in raised:
            _replace(element, _words(element, notes, language))
    for element in list(tree.iter("sub")):
        element.drop_tag()


def with_plain_exponents(text: str) -> str:
    """`text` whose raised digits are exponents of ten, or the marks of notes behind a figure."""
    if not _RAISED_DIGITS.search(text):
        return text
    parts, end = [], 0
    for match in _RAISED_DIGITS.finditer(text):
        before = text[max(end, match.start() - _BEFORE) : match.start()]
        parts += [text[end : match.start()], _plain(match[0], before)]
        end = match.end()
    return "".join((*parts, text[end:]))


def raised_in_text(text: str, before: str, after: str, notes: frozenset[str]) -> str:
    """What is read for raised letters of a printed page, which stand behind `before`."""
    if _NUMBER.fullmatch(text):
        return _number(text, before, after, notes)
    if text in _DEGREE and after.lstrip()[:1] in {"C", "F", "С"}:
        return "°"
    if before[-1:].isdigit() and _ORDINAL.fullmatch(text):
        return text
    return "" if _MARK.fullmatch(text) and text not in _SIGNS else text


def _plain(raised: str, before: str) -> str:
    """What stands for raised digits that are written as such; units and symbols keep them."""
    if _TEN.search(before) or _TWO.search(before):
        return "^" + raised.translate(_DIGITS)
    return "" if before[-1:].isdigit() or before[-1:] in '.,;:!?”"»' else raised


def _notes(tree: HtmlElement, raised: list[HtmlElement]) -> frozenset[str]:
    """The numbers that are notes here: those with a text at the foot, or in a row from 1."""
    numbers = {text for text in (_text(one) for one in raised) if text.isdigit()}
    if not numbers:
        return frozenset()
    feet = {
        match[1]
        for element in tree.iter("small", "li", "p", "div", "td", "aside", "footer", "span")
        for match in _NOTE_TEXT.finditer((element.text or "")[:2_000])
    }
    row, at = set(), 1
    while str(at) in numbers:
        row.add(str(at))
        at += 1
    return frozenset((numbers & feet) | (row if len(row) > 1 else set()))


def _words(  # noqa: PLR0911  a rule a line
    element: HtmlElement, notes: frozenset[str], language: str
) -> str:
    """What is read in place of a `<sup>`; empty for the mark of a note."""
    text, before, after = _text(element), _before(element), element.tail or ""
    if not text:
        return ""
    if _is_linked(element) and len(text) <= _LONGEST_MARK:
        return ""
    if _NUMBER.fullmatch(text):
        return _number(text, before, after, notes)
    last_is_digit = before[-1:].isdigit()
    if text in _DEGREE and after[:1] in {"C", "F", "С"}:
        return "°"
    if last_is_digit and _is_ordinal(text, language):
        return text
    if text in _SIGNS or (before[-1:] in {"n", "N"} and text in _ORDINAL_LETTERS):
        return text
    if len(text) <= _LONGEST_MARK and _MARK.fullmatch(text):
        return ""
    return text if len(text) <= _LONGEST_MARK else f" {text}"


def _number(  # noqa: PLR0911  a rule a line
    text: str, before: str, after: str, notes: frozenset[str]
) -> str:
    """A raised number: an exponent, a unit's, cents, the first half of a fraction, or a note."""
    sign = text.replace("−", "-")
    if after.lstrip()[:1] in {"⁄", "/"} and not after.lstrip()[1:2].strip():
        return f" {text}" if before[-1:].isdigit() else text
    if text == "0" and after[:1] in {"C", "F", "С"}:
        return "°"
    if _CENTS.fullmatch(text) and _MONEY.search(before) and "." not in before[-4:]:
        return f".{text}"
    if _TIMES_TEN.search(before):
        return f"^{sign}"
    if _TEN.search(before):
        return "" if text in notes else f"^{sign}"
    if _UNIT.search(before) and text.lstrip("-−") in {"1", "2", "3"}:
        return text.translate(_RAISED)
    if before[-1:].isdigit():
        power = _TWO.search(before) and text not in notes and len(text) > 1
        return f"^{sign}" if power or text[0] in "-−+" else ""
    if text not in notes and _SYMBOL.search(before):
        return text.translate(_RAISED)
    if (not before or before[-1:].isspace()) and after[:1].isalpha() and after[:1].isupper():
        return text.translate(_RAISED)
    return ""


def _is_ordinal(text: str, language: str) -> bool:
    if text.lower() in _ORDINAL_LETTERS:
        return language.startswith(_WITH_ORDINAL_LETTERS)
    return _ORDINAL.fullmatch(text) is not None


def _is_linked(element: HtmlElement) -> bool:
    """Whether it leads to a note: by a link within the page, or by what it is called."""
    links = (*element.iter("a"), *element.iterancestors("a"))
    if any("#" in (link.get("href") or "") for link in links):
        return True
    return _NOTE_CLASS.search(element.get("class") or "") is not None


def _text(element: HtmlElement) -> str:
    return " ".join(str(element.text_content()).split())


def _before(element: HtmlElement) -> str:
    """The end of the text that stands before an element in its block."""
    parts: list[str] = []
    size, at = 0, element
    for _ in range(_BEFORE):
        if size >= _BEFORE:
            break
        previous = at.getprevious()
        if previous is not None:
            parts.append(str(previous.text_content()) + (previous.tail or ""))
            at = previous
        else:
            parent = at.getparent()
            if parent is None:
                break
            parts.append(parent.text or "")
            if parent.tag not in _INLINE:
                break
            at = parent
        size += len(parts[-1])
    return "".join(reversed(parts))[-_BEFORE:]


def _replace(element: HtmlElement, words: str) -> None:
    """Put `words` in an element's place."""
    for child in list(element):
        element.remove(child)
    element.tag, element.text = "span", words
