"""Whose page it is: the site's own name where the host bears it out, otherwise the host.

A page may call itself whatever it likes (`og:site_name`); only its host has been proven. A name
passes if the registered domain is that name, or is made of its words shortened, in their order.
"""

from __future__ import annotations

import re
import unicodedata
from ipaddress import ip_address
from typing import TYPE_CHECKING

from tld import get_tld
from tld.utils import Result

from retrieval.ingest.addresses import is_public

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = re.compile(r"[^\W_]+")
# Say what an outlet is, not which; either side may have them or not.
_GENERIC = frozenset(
    re.findall(
        r"\w+",
        "a an and blog daily for global in international live magazine media net network news of"
        " official on online org press radio site the today tv web website world",
    )
)
# How names in our languages are written in domains: Russian ways, then Ukrainian ones.
_RUSSIAN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "є": "ye", "ё": "e",
    "ж": "zh", "з": "z", "и": "i", "і": "i", "ї": "i", "й": "y", "к": "k", "л": "l", "м": "m",
    "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh",
    "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e",
    "ю": "yu", "я": "ya",
}  # fmt: skip
_LETTERS = (
    str.maketrans(_RUSSIAN),
    str.maketrans({**_RUSSIAN, "г": "h", "и": "y", "й": "i", "я": "ia", "ю": "iu", "є": "ie"}),
)
_SLOGAN = re.compile(r"\s+[|•·:–—-]+\s+|:\s")
_MAX_NAME = 100


def outlet_of(name: str | None, host: str) -> str:
    """`name` if `host` bears it out, else the host without "www.".

    A host without a registered domain is of one's own network, where names are believed; a bare
    public address is believed nothing.
    """
    bare = host.removeprefix("www.")
    name = " ".join((name or "").split())
    if not name or len(name) > _MAX_NAME or name.lower() in {host, bare}:
        return bare
    label = _registered(host)
    if label is None:
        return bare if _is_public_number(host) else name
    parts = (name, _SLOGAN.split(name)[0])
    return next((part for part in parts if bears_out(label, part)), bare)


def bears_out(label: str, name: str) -> bool:
    """Whether the registered label ("nytimes" of nytimes.com) can be that of `name`."""
    for letters in _LETTERS:
        words = _words(name, letters)
        said = {word for word in words if word not in _GENERIC}
        joined = "".join(_words(label, letters))
        if joined and words and (_made_of(joined, tuple(words)) and said):
            return True
    return False


def _made_of(label: str, words: tuple[str, ...]) -> bool:
    """Whether `label` is the beginnings of `words` in order.

    Generic words may be left out, and stand in the label where the name has none. A name of one
    word has to be there in full, otherwise any label that begins like it would do.
    """
    telling = sum(word not in _GENERIC for word in words)
    # (how much of the label is made, how many words are used)
    reached = {(0, 0)}
    done: set[tuple[int, int]] = set()
    while reached:
        at, used = state = reached.pop()
        done.add(state)
        rest = label[at:]
        if not rest and all(word in _GENERIC for word in words[used:]):
            return True
        steps = {(at + len(word), used) for word in _GENERIC if rest.startswith(word)}
        if used < len(words):
            word = words[used]
            shortest = len(word) if telling == 1 else 1
            lengths = range(shortest, len(word) + 1)
            steps |= {(at + n, used + 1) for n in lengths if rest.startswith(word[:n])}
            if word in _GENERIC:
                steps.add((at, used + 1))
        reached |= steps - done
    return False


def _registered(host: str) -> str | None:
    """The label that was registered, in its own letters; None for numbers and single labels.

    Under an ending that the list of public suffixes does not know, the last but one.
    """
    found = get_tld(f"http://{host}/", as_object=True, fail_silently=True)
    if isinstance(found, Result) and found.domain:
        return _in_letters(found.domain)
    labels = host.strip("[]").split(".")
    if len(labels) == 1 or ":" in host or labels[-1].isdigit():
        return None
    return _in_letters(labels[-2])


def _in_letters(label: str) -> str:
    """A label in its own letters: "новини" of "xn--b1amarcd"."""
    try:
        return label.encode("ascii").decode("idna") if label.startswith("xn--") else label
    except UnicodeError:
        return label


def _is_public_number(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return is_public(host.strip("[]"))


def _words(text: str, letters: Mapping[int, str]) -> list[str]:
    """The words of `text` in Latin letters without accents."""
    plain = unicodedata.normalize("NFC", text).lower().translate(letters)
    bare = unicodedata.normalize("NFKD", plain)
    kept = "".join(one for one in bare if not unicodedata.combining(one))
    return _WORD.findall(kept.replace("'", "").replace("’", ""))
