"""HTML as its reader sees it: what is struck out or hidden goes, notes and tables become words.

For pages before the article is looked for, and for the HTML inside feeds. Changes the tree that it
is given.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.ingest.extract.superscripts import write_superscripts
from retrieval.ingest.extract.table_rows import written_rows
from retrieval.ingest.extract.text import holds_article

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
# Struck out or gone with its space, before a sign that takes none.
_CLINGING = re.compile(r"[,.;:!?…)\]»”]")
# An element that was never closed would take the whole page with it.
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
    """Let `tree` hold what its reader sees, in words: see the functions."""
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
    """Whether a text asks to agree to cookies and the like, and tells nothing else."""
    if not _may_be_consent(text):
        return False
    words = len(_DATA_WORDS.findall(text[:_LONGEST_NOTICE]))
    return words >= _DATA_WORDS_NEEDED and _ASKS_CONSENT.search(text[:_LONGEST_NOTICE]) is not None


def is_only_consent(text: str) -> bool:
    """Whether a whole page's text is a notice: nearly all of it about data, and said to its reader.

    An article about cookies speaks of others, and seldom of "we" and "you".
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
    """`blocks` without notices about cookies before and behind an article about something else."""
    if _DATA_WORDS.search(title or "") or is_only_consent("\n".join(blocks)):
        return blocks
    first, last = _notice(blocks), len(blocks) - _notice(blocks[::-1])
    return blocks[first:last] if any(map(holds_article, blocks[first:last])) else blocks


def _notice(blocks: list[str]) -> int:
    """How many blocks from the first on speak of cookies, if one of them asks to agree to them."""
    end = next((at for at, one in enumerate(blocks) if not _COOKIES.search(one)), len(blocks))
    return end if any(map(_ASKS_CONSENT.search, blocks[:end])) else 0


def _may_be_consent(text: str) -> bool:
    """Whether a word of `_DATA_WORDS` may stand there: quickly, since most texts have none."""
    folded = text.casefold()
    return any(hint in folded for hint in _HINTS)


def drop_consent(tree: HtmlElement) -> None:
    """Without the boxes that ask for consent: named so, or a dialogue with buttons that says so."""
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
    """All elements that hold one of these, and these."""
    found: set[HtmlElement] = set()
    for element in tree.iter(*tags):
        at: HtmlElement | None = element
        while at is not None and at not in found:
            found.add(at)
            at = at.getparent()
    return found


def _drop_unseen(tree: HtmlElement) -> None:
    """Without what no reader sees: hidden by attribute, by style, or never drawn at all."""
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.tag in _WHOLE or element is tree:
            continue
        if element.tag == "template":
            if element.get("shadowrootmode"):  # is drawn in place of its parent
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
    """Without what was struck out; what came in its place stays."""
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
    """A table of data becomes a paragraph a row, which carries its head; others are layout."""
    for table in reversed(list(tree.iter("table"))):  # the innermost first
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
    """Items of lists inside items follow them, in order; each is moved once."""
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
    """Leave nothing of `element`, nor the space before it where a sign follows that takes none.

    It stays as an empty one: to take it out, lxml copies all text before it, each time.
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
    """Whether it still stands in the tree, and is not the whole of it."""
    parent = element.getparent()
    return parent is not None and element is not tree
