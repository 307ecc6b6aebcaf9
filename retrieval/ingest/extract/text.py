"""Text as it will be stored: normalised once, here, so that offsets never move afterwards."""

from __future__ import annotations

import re
import unicodedata

from retrieval.errors import ExtractError
from retrieval.ingest.limits import MAX_TEXT_CHARS, MAX_TITLE_CHARS, MIN_LETTERS

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
        raise ExtractError(f"It's longer than {MAX_TEXT_CHARS:,} characters; send it in parts.")
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
        raise ExtractError("I found no article text in it.")
