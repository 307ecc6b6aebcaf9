"""What keeps a page from showing its article: a login, a wall, a video in its place."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from retrieval.errors import ExtractError
from retrieval.ingest.extract.markup import is_consent, is_only_consent
from retrieval.ingest.extract.text import holds_article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

# Below so many characters, what was found may be anything but the article.
_LITTLE = 600
_MUCH_LONGER, _LONGER_BY = 1.5, 500
_FEW_WORDS = 250
_END = 500
_VIDEO_HOSTS = re.compile(
    r"(?:.+\.)?(?:youtube\.com|youtu\.be|vimeo\.com|tiktok\.com|dailymotion\.com|rumble\.com"
    r"|rutube\.ru|twitch\.tv)"
)
_STRING = r'"((?:[^"\\]|\\.)*)"'
_BODY = re.compile(rf'"articleBody"\s*:\s*{_STRING}', re.DOTALL)
_NOT_FREE = re.compile(r'"isAccessibleForFree"\s*:\s*"?false"?', re.IGNORECASE)
_WORD_COUNT = re.compile(r'"wordCount"\s*:\s*"?(\d{1,6})"?')
_WALL = re.compile(
    r"(?:subscribe|sign in|log in|register)(?: now)? to (?:continue|keep|read)|to continue reading"
    r"|already a subscriber|continue reading (?:this|with)|this (?:article|content) is for"
    r" (?:paying )?(?:subscribers|members)|лише для передплатників|оформіть передплату"
    r"|щоб (?:читати|прочитати) (?:далі|повністю)|только для подписчиков|оформите подписку"
    r"|чтобы (?:читать|прочитать) (?:дальше|полностью)",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"\bcookies?\b|\bconsent\b|\bprivacy\b|файл\w* cookie|конфіденційн\w+|конфиденциальн\w+",
    re.IGNORECASE,
)
_LOGIN = "It is behind a login; open it in a browser and send its text or a saved copy instead."
_VIDEO = "It leads to a video, which is not read; send an article or a transcript instead."
_ONLY_CONSENT = (
    "It shows only a notice about cookies; send the article's text or a saved copy instead."
)
_NOTHING = "I found no article text in it."
_ABOUT_ACCOUNTS = re.compile(
    r"\b(?:sign|log)[ -]?in\b|\blogin\b|\bpasswords?\b|\bcreate an account\b|\byour account\b"
    r"|\bsubscri(?:be|ption)\b|\buser ?name\b|\b(?:увійд|увійти|зареєструй|парол|войдите|войти"
    r"|зарегистрируй)\w*|\b(?:Anmelden|Einloggen|Passwort|mot de passe|contraseña)\b"
    r"|\benable javascript\b",
    re.IGNORECASE,
)
_CONSENTS = 2


def require_page(tree: HtmlElement, url: str | None, text: str) -> None:
    """Raise ExtractError if what was found is no article, with what stands in its place.

    A login or a player beside an article is none of these.
    """
    if is_only_consent(text):
        raise ExtractError(_ONLY_CONSENT)
    if len(text) >= _LITTLE:
        return
    told = [one for one in text.split("\n\n") if _tells(one)]
    if told and not _VIDEO_HOSTS.fullmatch(urlsplit(url or "").hostname or ""):
        return
    if tree.find(".//input[@type='password']") is not None:
        raise ExtractError(_LOGIN)
    kinds = (meta.get("content") or "" for meta in tree.iterfind(".//meta[@property='og:type']"))
    host = urlsplit(url or "").hostname or ""
    if _VIDEO_HOSTS.fullmatch(host) or any(kind.startswith("video") for kind in kinds):
        raise ExtractError(_VIDEO)
    if not holds_article(text):
        raise ExtractError(_NOTHING)
    if is_consent(text):
        raise ExtractError(_ONLY_CONSENT)


def _tells(paragraph: str) -> bool:
    """Whether a paragraph tells something, and does not speak of accounts, cookies or players."""
    return (
        holds_article(paragraph)
        and not is_consent(paragraph)
        and not _ABOUT_ACCOUNTS.search(paragraph)
    )


def is_partial(tree: HtmlElement, text: str) -> bool:
    """Whether the page shows only a part of its article, as far as can be told.

    It says so itself (schema.org), it ends in an invitation to subscribe, or it is little more
    than a notice about cookies.
    """
    said = "\n".join(_structured(tree))
    words = len(text.split())
    longest = max((len(_unquoted(match[1])) for match in _BODY.finditer(said)), default=0)
    if longest > max(len(text) * _MUCH_LONGER, len(text) + _LONGER_BY):
        return True
    counted = max((int(match[1]) for match in _WORD_COUNT.finditer(said)), default=0)
    if counted > words * _MUCH_LONGER + _FEW_WORDS / 2:
        return True
    if _NOT_FREE.search(said) and words < _FEW_WORDS:
        return True
    if _WALL.search(text[-_END:]):
        return True
    return len(text) < _LITTLE and len(_CONSENT.findall(text)) >= _CONSENTS


def _structured(tree: HtmlElement) -> Iterator[str]:
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        yield script.text or ""


def _unquoted(literal: str) -> str:
    """A JSON string's text, white space folded; as it stands if it is malformed."""
    try:
        text = str(json.loads(f'"{literal}"', strict=False))
    except ValueError:
        text = literal
    return " ".join(text.split())
