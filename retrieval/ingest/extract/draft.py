"""The last step of every reader: turns its findings into a draft, or says why it can't."""

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

    `outlet` and `published` are used if the content has none; `url` is canonical. Content that was
    `fetched` from `url` can only speak for its own host, not for other addresses or outlets.
    """

    outlet: str
    now: datetime
    url: str | None = None
    published: Published | None = None
    fetched: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """A reader's raw findings; empty or None for missing ones."""

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
    """The outlet found in the content, or else the source's, without characters of quotations."""
    names = (outlet_name(clean_line(name or "")) for name in (found.outlet, origin.outlet))
    return next(filter(None, names), _UNNAMED)


def read_plain(text: str) -> Findings:
    """The article in `text`; raises ExtractError if it is too long."""
    title, rest = split_title(clean_text(text))
    return Findings(text=rest, title=title)


_MAX_DERIVED = 100
# A shorter line is a dateline or a label ("London —"), too little for a title.
_MIN_DERIVED = 40
_MAX_LABEL_CHARS = 30
_MAX_LABEL_WORDS = 3
_SENTENCE_END = re.compile(r"[.…:;,][\"”»’)]*$")


def split_title(text: str) -> tuple[str | None, str]:
    """The title at the beginning of a cleaned `text`, and the rest; (None, `text`) without one.

    A title is a short first paragraph of one line without a final full stop. An even shorter one
    before it is a section label ("Politics") and dropped.
    """
    first, _, rest = text.partition("\n\n")
    second, _, remainder = rest.partition("\n\n")
    if not rest or not _is_title(first):
        return None, text
    if remainder and _is_label(first) and _is_title(second) and len(second) > len(first):
        return second, remainder
    return first, rest


def derived_title(text: str) -> str:
    """The first long enough line of `text`, cut between words."""
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
    """The primary language tag ("uk"), or None if neither the text nor its page tells.

    A page often declares the language of its template, so a long enough text decides.
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
    """Load the model, which writes a temporary file; call it before files are forbidden."""
    _identifier()


def primary(tag: str | None) -> str | None:
    """`uk` for `uk-UA` and `uk_UA`; None if it isn't a language tag."""
    tag = (tag or "").strip().replace("_", "-").partition("-")[0].lower()
    return tag if tag.isascii() and tag.isalpha() and len(tag) in (2, 3) else None


@cache
def _identifier() -> LanguageIdentifier:
    """The model; loading it takes half a second at the first use."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  heavy

    return LanguageIdentifier.from_modelpath(files("py3langid") / MODEL_FILE, norm_probs=True)


_NEWLINES = re.compile(r"\r\n?|[\x0b\x85\u2028]")
_PARAGRAPHS = re.compile(r"[\x0c\u2029]")
# Control characters, lone surrogates, characters without width, and direction marks (which could
# make a quote look different). The joiner \u200d stays: emoji need it.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069"
    r"\ufeff\ufffe\uffff\ud800-\udfff]"
)
# Sorting combining marks takes quadratic time; no language has thirty on a letter (UAX 15).
_MARK = (
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff"
    r"\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ufe20-\ufe2f]"
)
_MARKS = re.compile(f"({_MARK}{{30}}){_MARK}+")
# A Chinese, Japanese or Korean character says about as much as this many letters.
_WORD_SIGN, _OF_A_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"), 3
# Vowel signs of India and South East Asia, which attach to a consonant.
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
    """`text` in NFC with LF line ends, no invisible characters, and no consecutive blank lines.

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
    """A cleaned `text` without the blocks that pages put under an article ("Related Articles")."""
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
