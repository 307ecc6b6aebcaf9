"""Finds the parts of a text that Telegram would link by itself: a scanner after TDLib's rules.

It scans character by character with Unicode categories, independently of the patterns in
`bot.telegram.rich_text`, which it checks. https://core.telegram.org/bots/api#messageentity
"""

from __future__ import annotations

import string
import unicodedata

_PLAIN = set(string.ascii_letters + string.digits + "_")
_ZERO_WIDTH = "\u200c\u200d"
_NO_PATH = set('\n<>"«»')
_NO_USER = set("\n/[]{}()'`<>\"@«»")


# Written by hand, one kind per line, and not generated from any pattern.
TOUCHABLE = (
    "Visit https://evil.example/now?x=1",
    "http://1.2.3.4/x",
    "HTTP://EVIL.COM",
    "ftp://evil.example/file",
    "see tg://resolve?domain=evil",
    "tg://user?id=1",
    "ton://transfer/abc",
    "tonsite://evil.ton",
    "t.me/evil",
    "evil.com",
    "EVIL.COM",
    "evil.com.",
    "(evil.com)",
    "“evil.com”",
    "evil.com:8080/login",
    "evil.com?next=1",
    "evil.com#top",
    "www.evil.com",
    "sub.of.evil.io",
    "evil-site.co.uk/a",
    "e~v.il.info",
    "user@evil.com/path",
    "user:password@evil.com",
    "203.0.113.7",
    "203.0.113.7/login",
    "203.0.113.7:8443",
    "log in at 203.0.113.7:8443/login.",
    "кремль.рф says",
    "evil.укр",
    "evil.भारत",
    "evil.భారత్",
    "evil.இலங்கை",
    "evil.中国",
    "evil.ไทย",
    "evil.السعودية",
    "evil.xn--p1ai",
    "xn--80ak6aa92e.com",
    "💰.to/claim",
    "www.🤙.tk",
    "👩\u200d💻.ws",
    "e\u0301vil.com",
    "ﷺ.com",
    "×.io",
    "mail a.b@evil.example",
    "mail a+b@evil.Bank",
    "x@🤙.tk",
    "mailto:who@evil.com",
    "write to @evil_bot",
    "(@evil)",
    "«@evil»",
    "/start gives",
    "(/forget) ",
    "“/add x”",
    "/start@evil_bot",
    "give /start_1.",
    "#money",
    "#·x",
    "#1st",
    "#_a",
    "#гроші",
    "#\u200cx",
    "#ශ්‍රී",
    "#tag@evil",
    "in $USD",
    "$1INCH",
    "($ABCDEFGH)",
    "card 4111111111111111",
    "card 4111 1111 1111 1111 now",
    "4111-1111-1111-1111",
    "4222222222222 or",
    "378282246310005",
    "5555555555554444 2024",
    "6304000000000000 is a card",
    "+1 212 555 0123",
    "call +380441234567",
    "+7 (495) 123-45-67",
    "+44.20.7946.0958",
)


def touchable(text: str) -> list[str]:
    """The parts of a text that would be linked."""
    scans = (_mentions, _commands, _hashtags, _cashtags, _cards, _phones, _schemes, _hosts)
    return [found for scan in scans for found in scan(text)]


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] == "L"


def _is_word(char: str) -> bool:
    return char == "_" or unicodedata.category(char)[0] in "LN"


def _is_tag(char: str) -> bool:
    return (
        char in "_\u200c\u00b7"
        or "\u0d80" <= char <= "\u0dff"
        or unicodedata.category(char) == "Nd"
        or _is_letter(char)
    )


def _before(text: str, at: int) -> str:
    return text[at - 1] if at else " "


def _after(text: str, at: int) -> str:
    return text[at] if at < len(text) else " "


def _while(text: str, at: int, allowed: set[str], most: int = 10**9) -> int:
    end = at
    while end < len(text) and end - at < most and text[end] in allowed:
        end += 1
    return end


def _mentions(text: str) -> list[str]:
    found = []
    for at, char in enumerate(text):
        end = _while(text, at + 1, _PLAIN)
        if char == "@" and not _is_word(_before(text, at)) and 2 <= end - at - 1 <= 32:
            found.append(text[at:end])
    return found


def _commands(text: str) -> list[str]:
    found = []
    for at, char in enumerate(text):
        before = _before(text, at)
        if char != "/" or _is_word(before) or before in "/<>":
            continue
        end = _while(text, at + 1, _PLAIN)
        if not 1 <= end - at - 1 <= 64:
            continue
        if _after(text, end) == "@":
            named = _while(text, end + 1, _PLAIN)
            if not 3 <= named - end - 1 <= 32:
                continue
            end = named
        after = _after(text, end)
        if not _is_word(after) and after not in "/<>":
            found.append(text[at:end])
    return found


def _hashtags(text: str) -> list[str]:
    found = []
    for at, char in enumerate(text):
        if char != "#" or _is_tag(_before(text, at)):
            continue
        end = at + 1
        while end < len(text) and _is_tag(text[end]):
            end += 1
        if any(map(_is_letter, text[at + 1 : end])) and _after(text, end) != "#":
            found.append(text[at:end])
    return found


def _cashtags(text: str) -> list[str]:
    found = []
    for at, char in enumerate(text):
        before = _before(text, at)
        if char != "$" or before == "$" or _is_tag(before):
            continue
        if text.startswith("1INCH", at + 1):
            end = at + 6
        else:
            end = _while(text, at + 1, set(string.ascii_uppercase))
        after = _after(text, end)
        if 1 <= end - at - 1 <= 8 and after != "$" and not _is_tag(after):
            found.append(text[at:end])
    return found


def _cards(text: str) -> list[str]:
    found, at = [], 0
    allowed = set(string.digits + " -")
    while at < len(text):
        if text[at] not in string.digits:
            at += 1
            continue
        before = _before(text, at)
        if before in ".,+-_" or _is_letter(before):
            at = _while(text, at, allowed)
            continue
        end = _while(text, at, set(string.digits))
        if not (16 <= end - at <= 19 and _after(text, end) == " "):
            end = _while(text, at, allowed)
        number = text[at:end].rstrip(" -")
        digits = [int(one) for one in number if one in string.digits]
        if 13 <= len(digits) <= 19 and len(number) < 2 * len(digits) and _luhn(digits):
            found.append(number)
        at = end
    return found


def _luhn(digits: list[int]) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        total += digit if place % 2 == 0 else (2 * digit if digit < 5 else 2 * digit - 9)
    return total % 10 == 0


def _phones(text: str) -> list[str]:
    """A plus and at least seven digits, with at most two other characters between digits."""
    found = []
    for at, char in enumerate(text):
        if char != "+":
            continue
        digits, end, between = 0, at + 1, 0
        while end < len(text) and between <= 2:
            if text[end].isdecimal():
                digits, between = digits + 1, 0
            elif text[end] in " -().":
                between += 1
            else:
                break
            end += 1
        if digits >= 7:
            found.append(text[at:end])
    return found


def _schemes(text: str) -> list[str]:
    found = []
    for scheme in ("tg", "ton", "tonsite", "http", "https", "ftp"):
        at = text.lower().find(f"{scheme}://")
        if at >= 0 and not _after(text, at + len(scheme) + 3).isspace():
            found.append(text[at:])
    return found


def _is_beyond(char: str) -> bool:
    """Whether a non-ASCII character may be in an address."""
    if "\u2000" <= char <= "\u206f":
        return char in _ZERO_WIDTH or "\u2010" <= char <= "\u2015"
    return unicodedata.category(char)[0] != "Z"


def _is_host(char: str) -> bool:
    return char in _PLAIN or char in ".-~" if char < "\u00c0" else _is_beyond(char)


def _hosts(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text):
        if not _is_host(text[at]):
            at += 1
            continue
        end = at
        while end < len(text) and _is_host(text[end]):
            end += 1
        host, before = text[at:end].rstrip("."), _before(text, at)
        if "." in host and not _is_word(before):
            user = _user(text, at) if before == "@" else ""
            if user and _is_mail_host(host):
                found.append(f"{user}@{host}")
            elif _is_address(host) and (before not in "/#@" or user or text[:at].endswith("://")):
                found.append(host)
        at = end
    return found


def _user(text: str, at: int) -> str:
    start = at - 1
    while start and _is_user(text[start - 1]):
        start -= 1
    return text[start : at - 1]


def _is_user(char: str) -> bool:
    return char not in _NO_USER and not char.isspace() and (char < "\u00c0" or _is_beyond(char))


def _is_mail_host(host: str) -> bool:
    *parts, last = host.split(".")
    alike = last.isascii() and last.isalpha() and 2 <= len(last) <= 8
    return alike and all(part and part.isascii() for part in parts)


def _is_address(host: str) -> bool:
    parts = host.split(".")
    if any(not part or len(part) > 63 or part.endswith("-") for part in parts):
        return False
    if all(part.isascii() and part.isdigit() for part in parts):
        return len(parts) == 4 and all(
            len(part) <= 3 and int(part) <= 255 and (part == "0" or part[0] != "0")
            for part in parts
        )
    last = parts[-1]
    if last.lower().startswith("xn--"):
        return len(last) > 5 and last.isascii() and last[4:].isalnum()
    return len(last) > 1 and "_" not in parts[-2] and _is_top_level(last)


def _is_top_level(last: str) -> bool:
    """Whether a label may be a top-level domain: letters and marks, but not capitalised."""
    if not _is_letter(last[0]):
        return False
    if not all(unicodedata.category(char)[0] in "LM" or char in _ZERO_WIDTH for char in last):
        return False
    return last[0] == last[0].lower() or last[1:] != last[1:].lower()
