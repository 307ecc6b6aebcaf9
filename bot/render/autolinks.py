r"""What Telegram makes touchable in a text by itself, and how foreign text is kept from it. Pure.

The rules, in our words; they are public in TDLib (`td/telegram/MessageEntity.cpp`). "Letter" and
"digit" are Unicode's L and Nd.

- **Names of hosts.** Around every dot stands the longest run of letters A to Z, digits, `.`, `_`,
  `-`, `~` and anything from U+00C0 on that is neither a space nor general punctuation (dashes and
  the two zero-width joiners do count): emoji and combining marks as well. It is a link if no part
  between dots is empty or over 63 long and the last one is a top-level domain, of any script, or
  `xn--` with letters and digits. A last part with only its first letter large ("said.The") is none.
  Lists of these domains grow every year, so here any two letters count, also
  with something behind them that may be cut off.
- **IPv4**: four numbers up to 255 without leading noughts, alone or with port and path.
- **Behind `http://`, `https://`, `ftp://` and `tonsite://`** any last part of two characters will
  do. `tg://`, `ton://` and `tonsite://` need no dot at all.
- **Mail**: `name@host` with any last part of two to eight letters, large or small.
- **`@name`** of 2 to 32 letters A to Z, digits or `_`, not behind a letter, digit or `_`.
- **`/command`**, likewise of 1 to 64, also `/command@bot`, not behind or before `/`, `<` or `>`.
- **`#tag`**: letters, digits, `_`, `·`, zero-width non-joiner and the Sinhala block, at least one
  of them a letter, not behind one of these; `#tag@name` too.
- **`$TICKER`**: one to eight large letters A to Z, or 1INCH, not beside these or another `$`.
- **Card numbers**: 13 to 19 digits with single spaces or hyphens between, not behind a letter or
  any of `.,+-_`, whose check digit (Luhn) is right.
- **Telephone numbers** are found by Telegram's servers and clients: `+` and at least seven digits
  with the usual signs between, and here also the ways in which numbers are written without it.
- Times such as 1:23 are links only where a message has or answers a video or a recording, and lead
  nowhere else; they stay as they are.

Markdown (GitHub's) and programs that show text find the same, and `www.` before anything.

A word joiner (U+2060) ends all of these. It is never put before `@`, `#`, `$` or `/`, where it
would make a beginning of what was none, but behind them; in a host it stands before the dots, so
that what is left has an empty part; digits are cut into groups too short for anything.
"""

from __future__ import annotations

import re

# Not seen; what stands on its two sides is no address, name, tag or command to Telegram.
JOINER = "\u2060"

# What hosts are made of, from U+00C0 on: no spaces, of general punctuation dashes and joiners.
_BEYOND = "\u00c0-\u167f\u1681-\u1fff\u200c\u200d\u2010-\u2015\u2070-\u2fff\u3001-\U0010ffff"
_HOST = rf"[A-Za-z0-9_~{_BEYOND}-]"
# The planes of ideographs too, of which new versions of Unicode have more than Python knows.
_LETTER = r"(?:[^\W\d_]|[\U00020000-\U0003ffff])"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_SIGNS = re.compile(
    rf"(?<={_HOST})\.(?={_LETTER}(?P<rest>[A-Za-z{_BEYOND}]++))"
    rf"|(?<={_HOST})\.(?=[Xx][Nn]--[A-Za-z0-9])"
    rf"|(?<=[Ww][Ww][Ww])\.(?={_HOST})"
    rf"|(?<!{_HOST})(?<!\.){_OCTET}(?:\.{_OCTET}){{3}}(?!\.*{_HOST})"
    r"|:(?=//)"
    rf"|@(?={_HOST})"
    r"|(?<![\w/<>])/(?=[A-Za-z0-9_])"
    rf"|(?<![A-Za-z0-9_\u0400-\u04ff])#(?=[\d_\u200c\u00b7]*+(?:{_LETTER}|[\u0d80-\u0dff]))"
    r"|(?<![A-Za-z0-9_$])\$(?=(?:1INCH|[A-Z]{1,8}+)(?![A-Za-z0-9_$]))"
)
_PHONES = re.compile(
    r"\+[ .(-]{0,2}\d(?:[ .()\u2010-\u2015-]{0,3}\d){6,}"
    r"|\(\d{2,5}\)[ -]?\d{3,4}(?:-\d{2,4}){1,2}(?![\w-])"
    r"|\(\d{3,5}\) ?\d{3,4} \d{4}(?![\w-])"
    r"|(?<![\w.,-])(?:\d-)?\d{3}-\d{3}-\d{4}(?![\w-])"
    r"|(?<![\w.,-])8[ -]\(?\d{3}\)?[ -]\d{3}[ -]\d{2}[ -]\d{2}(?![\w-])"
)
_STRETCH = re.compile(r"[0-9][0-9 -]{12,}")
# A card's digits without a break end at a space; otherwise spaces and hyphens belong to a number.
_NUMBER = re.compile(r"[0-9]{16,19}(?= )|[0-9][0-9 -]*")
_CARD_LENGTHS = range(13, 20)
_GROUP = 3


def unlinked(text: str) -> str:
    """The text with word joiners where Telegram would make a link of something; linear in time."""
    text = _PHONES.sub(lambda found: _apart(found[0]), text)
    text = _STRETCH.sub(_without_cards, text)
    return _SIGNS.sub(_broken, text)


def _broken(found: re.Match[str]) -> str:
    sign, rest = found[0], found["rest"]
    if rest is not None and _only_first_is_large(found.string[found.end()] + rest):
        return sign
    if sign == ".":
        return JOINER + sign
    if sign[0].isdigit():
        return sign.replace(".", f"{JOINER}.")
    return sign + JOINER


def _only_first_is_large(label: str) -> bool:
    lowered = label.lower()
    return lowered[0] != label[0] and lowered[1:] == label[1:]


def _without_cards(found: re.Match[str]) -> str:
    """A stretch of digits, spaces and hyphens, with the card numbers in it cut into groups."""
    before = found.string[found.start() - 1] if found.start() else " "
    if before in ".,+-_" or before.isalpha():
        return found[0]
    return _NUMBER.sub(
        lambda number: _apart(number[0]) if _is_card(number[0]) else number[0], found[0]
    )


def _is_card(number: str) -> bool:
    digits = [int(char) for char in number if char.isdigit()]
    if len(digits) not in _CARD_LENGTHS:
        return False
    # Luhn (ISO/IEC 7812-1): every second digit from the right is doubled, and its digits added
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _apart(number: str) -> str:
    """A number with joiners behind every third digit that is not its last."""
    parts, digits, count = list[str](), 0, sum(char.isdecimal() for char in number)
    for char in number:
        digits += char.isdecimal()
        ends = char == "+" or (char.isdecimal() and digits % _GROUP == 0 and digits < count)
        parts.append(char + JOINER if ends else char)
    return "".join(parts)
