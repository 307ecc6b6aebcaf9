"""HTML as its reader sees it: drops struck out and hidden parts, turns notes and tables into words.

For pages before the article is extracted, and for HTML in feeds. It changes the tree in place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.ingest.extract.draft import holds_article
from retrieval.ingest.extract.table_rows import written_rows

if TYPE_CHECKING:
    from lxml.html import HtmlElement


_STRUCK = frozenset({"del", "s", "strike"})
_STRUCK_STYLE = re.compile(r"text-decoration(?:-line)?\s*:[^;]*\bline-through\b", re.IGNORECASE)
_HIDING_STYLE = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none\b|visibility\s*:\s*(?:hidden|collapse)\b"
    r"|(?:left|right|top|text-indent)\s*:\s*-\d{4,}(?:px)?)",
    re.IGNORECASE,
)
_RAISED_STYLE = re.compile(r"vertical-align\s*:\s*(?:super|text-top)\b", re.IGNORECASE)
_HIDING_CLASS = re.compile(
    r"(?:^|[\s_-])(?:visually-?hidden|hidden|hide|sr-only|screen-?reader(?:-text)?|offscreen"
    r"|invisible|d-none)(?:$|[\s_-])",
    re.IGNORECASE,
)
_WHOLE = frozenset({"html", "body"})
_LISTS = frozenset({"ul", "ol"})
# The space before a dropped element goes, too, if one of these signs follows.
_CLINGING = re.compile(r"[,.;:!?…)\]»”]")
# Longer ones are kept: an element that was never closed would take the whole page with it.
_MOST_STRUCK = 0.5

_BOXES = frozenset({"div", "section", "aside", "dialog", "form", "footer", "header", "p", "span"})
_CONSENT_NAME = re.compile(
    r"cookie|consent|gdpr|ccpa|onetrust|didomi|usercentrics|cookiebot|quantcast|\bcmp\b|\bcc-",
    re.IGNORECASE,
)
_DATA_WORDS = re.compile(
    r"\bcookies?\b|\bconsent\b|\bprivacy\b|\bGDPR\b|\b(?:personal|your) data\b|файл\w* cookie"
    r"|\bкук[иі]\w*|конфіденційн\w+|конфиденциальн\w+|персональн\w+ дан\w+|Datenschutz\w*"
    r"|\bEinwilligung\w*|confidentialité|privacidad",
    re.IGNORECASE,
)
_COOKIES = re.compile(r"\bcookies?\b|\bкук[иі]\w*", re.IGNORECASE)
_HINTS = (
    *(
        "cookie",
        "consent",
        "privacy",
        "gdpr",
        "data",
        "кук",
        "конфіденц",
        "конфиденц",
        "персональн",
    ),
    *("datenschutz", "einwilligung", "confidentialité", "privacidad"),
)
_ASKS_CONSENT = re.compile(
    r"\b(?:we|us|our|site|website|partners?)\b.{0,80}\b(?:use|uses|using|store|set|process)\b"
    r"|\b(?:accept|allow|agree|reject|decline|manage|preferences|settings|continu\w+ to use)\b"
    r"|\b(?:прийня\w+|погодж\w+|приня\w+|соглас\w+|налаштув\w+|настройк\w+|використову\w+"
    r"|использу\w+)"
    r"|\b(?:akzeptieren|zustimmen|ablehnen|accepter|refuser|aceptar|rechazar|verwenden|utilisons"
    r"|utilizamos)\b",
    re.IGNORECASE,
)
_TRACKING = re.compile(
    r"\b(?:third[- ]party|vendors?|partners?|identifiers?|tracking|advertis\w+|toggles?|preferences"
    r"|партнер\w*|реклам\w*|werb\w+|publicit\w+|publicidad)\b",
    re.IGNORECASE,
)
_TO_READERS = re.compile(
    r"\b(?:we|us|our|you|yours?|ми|нас|наш\w*|ви|вас|вам|ваш\w*|мы|вы|wir|uns\w*|sie|ihr\w*"
    r"|nous|notre|nos|vous|votre|vos|nosotros|nuestr\w+|usted\w*)\b",
    re.IGNORECASE,
)
_MOST_OF_IT, _OF_READERS = 0.8, 0.05
_LONGEST_NOTICE = 4_000
_DATA_WORDS_NEEDED = 2


def tidy(tree: HtmlElement) -> None:
    """Reduce `tree` to what its reader sees, in words; see the functions below."""
    for element in tree.iter("span", "font", "small", "a"):
        if _RAISED_STYLE.search(element.get("style") or ""):
            element.tag = "sup"
    _drop_unseen(tree)
    _drop_struck(tree)
    drop_consent(tree)
    write_superscripts(tree)
    _write_tables(tree)
    _flatten_lists(tree)


def is_consent(text: str) -> bool:
    """Whether a text only asks for consent to cookies and the like."""
    if not _may_be_consent(text):
        return False
    words = len(_DATA_WORDS.findall(text[:_LONGEST_NOTICE]))
    return words >= _DATA_WORDS_NEEDED and _ASKS_CONSENT.search(text[:_LONGEST_NOTICE]) is not None


def is_only_consent(text: str) -> bool:
    """Whether a page is only a notice: nearly all text is about data and addresses the reader.

    An article about cookies is about others, and seldom says "we" and "you".
    """
    if len(text) > _LONGEST_NOTICE or not is_consent(text):
        return False
    about = sum(
        len(one)
        for one in text.split("\n")
        if _DATA_WORDS.search(one) or _ASKS_CONSENT.search(one) or _TRACKING.search(one)
    )
    said = len(_TO_READERS.findall(text))
    return about >= len(text) * _MOST_OF_IT and said >= len(text.split()) * _OF_READERS


def without_consent(blocks: list[str], title: str | None) -> list[str]:
    """`blocks` without cookie notices before and after an article about something else."""
    if _DATA_WORDS.search(title or "") or is_only_consent("\n".join(blocks)):
        return blocks
    first, last = _notice(blocks), len(blocks) - _notice(blocks[::-1])
    return blocks[first:last] if any(map(holds_article, blocks[first:last])) else blocks


def _notice(blocks: list[str]) -> int:
    """How many blocks from the first on are about cookies, if one of them asks for consent."""
    end = next((at for at, one in enumerate(blocks) if not _COOKIES.search(one)), len(blocks))
    return end if any(map(_ASKS_CONSENT.search, blocks[:end])) else 0


def _may_be_consent(text: str) -> bool:
    """A quick check whether a text may contain one of `_DATA_WORDS`; most texts don't."""
    folded = text.casefold()
    return any(hint in folded for hint in _HINTS)


def drop_consent(tree: HtmlElement) -> None:
    """Drop boxes that ask for consent: by their name, or dialogues with buttons and such a text."""
    if not _may_be_consent(str(tree.text_content())):
        return
    around_article = _around(tree, "h1", "article", "main")
    around_button = _around(tree, "button")
    for box in list(tree.iter(*_BOXES)):
        if box in around_article or not _is_inside(box, tree):
            continue
        named = _CONSENT_NAME.search(f"{box.get('id', '')} {box.get('class', '')}") is not None
        asks = box.get("role") in {"dialog", "alertdialog"} or box.tag == "dialog"
        if not named and not asks and box not in around_button:
            continue
        text = str(box.text_content())
        if len(text) > _LONGEST_NOTICE:
            continue
        if is_consent(text) or (named and _DATA_WORDS.search(text)):
            _drop(box)


def _around(tree: HtmlElement, *tags: str) -> set[HtmlElement]:
    """These elements and all of their ancestors."""
    found: set[HtmlElement] = set()
    for element in tree.iter(*tags):
        at: HtmlElement | None = element
        while at is not None and at not in found:
            found.add(at)
            at = at.getparent()
    return found


def _drop_unseen(tree: HtmlElement) -> None:
    """Drop elements hidden by attribute or style, and those that are never drawn."""
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.tag in _WHOLE or element is tree:
            continue
        if element.tag == "template":
            if element.get("shadowrootmode"):  # drawn in place of its parent
                element.tag = "div"
            else:
                _drop(element)
        elif _is_unseen(element):
            _drop(element)


def _is_unseen(element: HtmlElement) -> bool:
    if element.tag == "noscript":
        return True
    if element.tag == "dialog" and element.get("open") is None:
        return True
    hidden = element.get("hidden")
    if hidden is not None and hidden.lower() != "until-found":
        return True
    if _HIDING_STYLE.search(element.get("style") or ""):
        return True
    return (element.get("aria-hidden") or "").lower() == "true" and bool(
        _HIDING_CLASS.search(element.get("class") or "")
    )


def _drop_struck(tree: HtmlElement) -> None:
    """Drop struck out text; its replacement stays."""
    whole = 0
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element is tree:
            continue
        if element.tag == "ins":
            element.tag = "span"
        elif element.tag in _STRUCK or _STRUCK_STYLE.search(element.get("style") or ""):
            whole = whole or len(str(tree.text_content()))
            if len(str(element.text_content())) > whole * _MOST_STRUCK:
                element.tag = "div"
            else:
                _drop(element)


def _write_tables(tree: HtmlElement) -> None:
    """Turn each row of a data table into a paragraph with the heads; leave layout tables alone."""
    for table in reversed(list(tree.iter("table"))):  # innermost first
        rows = written_rows(table)
        if rows is None:
            for element in table.iter("table", "thead", "tbody", "tfoot", "tr", "td", "th"):
                element.tag = "div"
            table.attrib.pop("role", None)
            continue
        tail = table.tail
        table.clear()
        table.tag, table.tail = "div", tail
        for row in rows:
            paragraph = table.makeelement("p")
            paragraph.text = row
            table.append(paragraph)


def _flatten_lists(tree: HtmlElement) -> None:
    """Move items of nested lists after their parent items, in order."""
    for inner in list(tree.iter(*_LISTS)):
        item = inner.getparent()
        if item is None or item.tag not in {"li", *_LISTS}:
            continue
        after = item if item.tag == "li" else inner
        for child in list(inner):
            after.addnext(child)
            after = child
        rest = (inner.tail or "").strip()
        inner.tail = None
        inner.drop_tree()
        if rest:
            more = inner.makeelement("li")
            more.text = rest
            after.addnext(more)


def _drop(element: HtmlElement) -> None:
    """Empty `element`, and drop the space before it if a punctuation mark follows.

    The empty element stays: removing it would make lxml copy all the text before it each time.
    """
    parent = element.getparent()
    if parent is None:
        return
    if _CLINGING.match(element.tail or ""):
        previous = element.getprevious()
        if previous is None:
            parent.text = (parent.text or "").rstrip()
        elif previous.tail:
            previous.tail = previous.tail.rstrip()
    tail = element.tail
    element.clear()
    element.tag, element.tail = "span", tail


def _is_inside(element: HtmlElement, tree: HtmlElement) -> bool:
    """Whether it is still in the tree, and isn't its root."""
    parent = element.getparent()
    return parent is not None and element is not tree


# Raised and lowered letters as words: notes are dropped, exponents and units stay.
#
# 14² is 14 with a note, 10⁶ is 10^6, km² is km², the 21st is the 21st.

_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_RAISED_DIGITS = re.compile(r"[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_NUMBER = re.compile(r"[-−+]?\d{1,3}")
_TEN = re.compile(r"(?<![\d.,])10$")
_TIMES_TEN = re.compile(r"[×x·*⋅]\s?10$")
_TWO = re.compile(r"(?<![\d.,])2$")
# Units of length and time; those that are also words only after a figure or a slash.
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
    """Replace `<sup>`, `<sub>` and raised digits in `tree` with words."""
    raised = list(tree.iter("sup"))
    if raised:
        language = (tree.getroottree().getroot().get("lang") or "").lower()
        notes = _notes(tree, raised)
        for element in raised:
            _replace(element, _words(element, notes, language))
    for element in list(tree.iter("sub")):
        element.drop_tag()


def with_plain_exponents(text: str) -> str:
    """`text` with raised exponents of ten written out, and without marks of notes after figures."""
    if not _RAISED_DIGITS.search(text):
        return text
    parts, end = [], 0
    for match in _RAISED_DIGITS.finditer(text):
        before = text[max(end, match.start() - _BEFORE) : match.start()]
        parts += [text[end : match.start()], _plain(match[0], before)]
        end = match.end()
    return "".join((*parts, text[end:]))


def raised_in_text(text: str, before: str, after: str, notes: frozenset[str]) -> str:
    """The text for raised letters on a printed page, after `before`."""
    if _NUMBER.fullmatch(text):
        return _number(text, before, after, notes)
    if text in _DEGREE and after.lstrip()[:1] in {"C", "F", "С"}:
        return "°"
    if before[-1:].isdigit() and _ORDINAL.fullmatch(text):
        return text
    return "" if _MARK.fullmatch(text) and text not in _SIGNS else text


def _plain(raised: str, before: str) -> str:
    """The text for raised digit characters; after units and symbols they stay."""
    if _TEN.search(before) or _TWO.search(before):
        return "^" + raised.translate(_DIGITS)
    return "" if before[-1:].isdigit() or before[-1:] in '.,;:!?”"»' else raised


def _notes(tree: HtmlElement, raised: list[HtmlElement]) -> frozenset[str]:
    """The numbers that mark notes: those with a text at the foot, or consecutive from 1."""
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
    """The text for a `<sup>`; empty for the mark of a note."""
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
    """The text for a raised number: an exponent (also of a unit), cents, a numerator, or a note."""
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
    """Whether it refers to a note, by a link within the page or by its name."""
    links = (*element.iter("a"), *element.iterancestors("a"))
    if any("#" in (link.get("href") or "") for link in links):
        return True
    return _NOTE_CLASS.search(element.get("class") or "") is not None


def _text(element: HtmlElement) -> str:
    return " ".join(str(element.text_content()).split())


def _before(element: HtmlElement) -> str:
    """The end of the text before an element in its block."""
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
    """Replace an element with `words`."""
    for child in list(element):
        element.remove(child)
    element.tag, element.text = "span", words
