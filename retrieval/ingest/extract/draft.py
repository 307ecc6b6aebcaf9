"""The last step of every reader: its findings become a draft, or it says why not."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from retrieval.errors import ExtractError
from retrieval.ingest.limits import MAX_TEXT_CHARS, MAX_TITLE_CHARS, MIN_LETTERS
from retrieval.messages import UserMessage
from retrieval.models import ArticleDraft, Published
from retrieval.text.outlets import outlet_name

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier


_UNNAMED = "Unnamed"
TOO_LONG = UserMessage(
    "It's longer than {number} characters; send it in parts.", number=MAX_TEXT_CHARS
)
NO_ARTICLE_TEXT = UserMessage("I found no article text in it.")
EMPTY_TITLE = UserMessage("Its title is empty; fill it in or leave the field out.")


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known about a source before its content is read.

    `outlet` and `published` fill in where the content tells none; `url` is canonical. What was
    `fetched` from `url` proves only its host: what it says of another address or outlet is nothing.
    """

    outlet: str
    now: datetime
    url: str | None = None
    published: Published | None = None
    fetched: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """What a reader found, uncleaned; empty or None where it found nothing."""

    text: str
    title: str | None = None
    outlet: str | None = None
    url: str | None = None
    author: str | None = None
    published: Published | None = None
    language: str | None = None
    partial: bool = False


def draft_of(found: Findings, origin: Origin) -> ArticleDraft:
    """The draft of an article.

    Raises:
        ExtractError: the text is too long, or too short to be an article.
    """
    text = without_furniture(clean_text(found.text))
    require_article(text)
    title = clean_line(found.title or "") or derived_title(text)
    return ArticleDraft(
        title=title[:MAX_TITLE_CHARS],
        text=text,
        outlet=_outlet(found, origin),
        url=found.url or origin.url,
        author=clean_line(found.author or "") or None,
        published=found.published or origin.published,
        language=primary(found.language) or language_of(text),
        partial=found.partial,
    )


def _outlet(found: Findings, origin: Origin) -> str:
    """The outlet that was found, else the source's own, as a name that looks like no quotation."""
    names = (outlet_name(clean_line(name or "")) for name in (found.outlet, origin.outlet))
    return next(filter(None, names), _UNNAMED)


def read_plain(text: str) -> Findings:
    """The article in `text`; raises ExtractError if it is too long."""
    title, rest = split_title(clean_text(text))
    return Findings(text=rest, title=title)


_MAX_DERIVED = 100
# A line shorter than this is a dateline or a label ("London —") and says too little.
_MIN_DERIVED = 40
_MAX_LABEL_CHARS = 30
_MAX_LABEL_WORDS = 3
_SENTENCE_END = re.compile(r"[.…:;,][\"”»’)]*$")


def split_title(text: str) -> tuple[str | None, str]:
    """The title that `text`, cleaned, begins with, and the rest; None and `text` if it has none.

    A title is a first paragraph of one line that is short and ends in no full stop. A still shorter
    one before it is a section's label ("Politics"), and dropped.
    """
    first, _, rest = text.partition("\n\n")
    second, _, remainder = rest.partition("\n\n")
    if not rest or not _is_title(first):
        return None, text
    if remainder and _is_label(first) and _is_title(second) and len(second) > len(first):
        return second, remainder
    return first, rest


def derived_title(text: str) -> str:
    """The first line of `text` that says enough, cut between words."""
    lines = text.strip().split("\n")
    line = next((line for line in lines if len(line) >= _MIN_DERIVED), lines[0])
    if len(line) <= _MAX_DERIVED:
        return line
    head = line[: _MAX_DERIVED + 1]
    return (head.rpartition(" ")[0] or head[:_MAX_DERIVED]).rstrip(" ,;:—–-") + "…"


def _is_title(paragraph: str) -> bool:
    one_line = "\n" not in paragraph and len(paragraph) <= MAX_TITLE_CHARS
    return one_line and not _SENTENCE_END.search(paragraph)


def _is_label(paragraph: str) -> bool:
    return len(paragraph) <= _MAX_LABEL_CHARS and len(paragraph.split()) <= _MAX_LABEL_WORDS


_ENOUGH = 60
_LOOKED_AT = 4_000
_SURE, _LIKELY, _POSSIBLE = 0.9, 0.5, 0.05


def language_of(text: str, declared: str | None = None) -> str | None:
    """The primary tag ("uk"), or None where neither the text nor its page tells.

    What a page declares is often its template's language, so a text that is long enough wins.
    """
    wanted = primary(declared)
    if sum(character.isalpha() for character in text[:_LOOKED_AT]) < _ENOUGH:
        return wanted
    ranked = [(str(tag), float(share)) for tag, share in _identifier().rank(text[:_LOOKED_AT])]
    best, sureness = ranked[0]
    if sureness >= _SURE or dict(ranked).get(wanted or "", 0.0) < _POSSIBLE:
        return best if sureness >= _LIKELY else wanted
    return wanted


def load_languages() -> None:
    """Read the model now, which unpacks it into a temporary file: before files are forbidden."""
    _identifier()


def primary(tag: str | None) -> str | None:
    """`uk` of `uk-UA`, `uk_UA`; None where there is no such tag."""
    tag = (tag or "").strip().replace("_", "-").partition("-")[0].lower()
    return tag if tag.isascii() and tag.isalpha() and len(tag) in (2, 3) else None


@cache
def _identifier() -> LanguageIdentifier:
    """The model, read at first use: half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  heavy

    return LanguageIdentifier.from_modelpath(files("py3langid") / MODEL_FILE, norm_probs=True)


_NEWLINES = re.compile(r"\r\n?|[\x0b\x85\u2028]")
_PARAGRAPHS = re.compile(r"[\x0c\u2029]")
# Controls, lone surrogates, what has no width, and marks that turn the direction of what follows
# (a quote could be made to look like another). The joiner \u200d stays: emoji need it.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069"
    r"\ufeff\ufffe\uffff\ud800-\udfff]"
)
# Sorting marks on one letter takes the square of their number; no language has thirty (UAX 15).
_MARK = (
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff"
    r"\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ufe20-\ufe2f]"
)
_MARKS = re.compile(f"({_MARK}{{30}}){_MARK}+")
# Signs that say about as much as this many letters: Chinese, Japanese, Korean.
_WORD_SIGN, _OF_A_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"), 3
# Vowels of India and South East Asia that stand on or behind their consonant.
_VOWEL_SIGN = re.compile(
    r"[\u0900-\u0903\u093e-\u094c\u0982\u09be-\u09cc\u0a3e-\u0a4c\u0abe-\u0acc\u0b3e-\u0b4c"
    r"\u0bbe-\u0bcc\u0c3e-\u0c4c\u0cbe-\u0ccc\u0d3e-\u0d4c\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]"
)
_BLANK_LINES = re.compile(r"\n{3,}")
_FURNITURE = re.compile(
    r"(?:source link|related (?:articles?|posts?|stories|news|topics)|back to top(?: button)?"
    r"|read (?:more|also|next)|share (?:this|on|via)\b.*|advertisement"
    r"|comments?|leave a (?:comment|reply)"
    r"|sign up for\b.*|follow us\b.*|more (?:news|stories)|tags|print|email"
    r"|facebook|twitter|telegram"
    r"|читайте також|читайте также|читати також|поділитися|поделиться|джерело|реклама"
    r"|підписуйтесь\b.*|подписывайтесь\b.*)\s*[:.…»>]*",
    re.IGNORECASE,
)


def clean_text(text: str) -> str:
    """`text` in NFC with LF lines, no unseen characters, at most one blank line in a row.

    Raises:
        ExtractError: it is too long.
    """
    if len(text) > MAX_TEXT_CHARS:
        raise ExtractError(TOO_LONG)
    text = _PARAGRAPHS.sub("\n\n", _NEWLINES.sub("\n", text))
    text = unicodedata.normalize("NFC", _MARKS.sub(r"\1", _UNSEEN.sub("", text)))
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", lines).strip()


def clean_line(text: str) -> str:
    """`text` cleaned, on one line, with single spaces."""
    return " ".join(clean_text(text[: MAX_TITLE_CHARS * 20]).split())


def without_furniture(text: str) -> str:
    """`text`, cleaned, without what pages put under an article ("Related Articles")."""
    paragraphs = text.split("\n\n")
    while len(paragraphs) > 1 and _is_furniture(paragraphs[-1]):
        paragraphs.pop()
    return "\n\n".join(paragraphs)


def _is_furniture(paragraph: str) -> bool:
    return all(_FURNITURE.fullmatch(line.strip()) for line in paragraph.split("\n"))


def holds_article(text: str) -> bool:
    """Whether `text` is long enough to be an article."""
    letters = 0
    for character in text:
        if character.isalpha() or _VOWEL_SIGN.match(character):
            letters += _OF_A_WORD if _WORD_SIGN.match(character) else 1
        if letters >= MIN_LETTERS:
            return True
    return False


def require_article(text: str) -> None:
    """Raise ExtractError if `text` is too short to be an article."""
    if not holds_article(text):
        raise ExtractError(NO_ARTICLE_TEXT)
