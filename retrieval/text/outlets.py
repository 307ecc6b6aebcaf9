"""Finds out whose article it is: the site of an address, and the site's name. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tld import get_tld
from tld.utils import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


MAX_NAME_CHARS = 60
_READ_CHARS = 1_000

_WORD = re.compile(r"[^\W_]+")
# Generic words in names of outlets; either side may omit them.
_GENERIC = frozenset(
    re.findall(
        r"\w+",
        "a an and blog daily for global in international live magazine media net network news of"
        " official on online org press radio site the today tv web website world",
    )
)
# Transliterations of names in domains: Russian, then Ukrainian.
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
_WORD_ENDINGS = _GENERIC - {"a", "an", "in", "net", "org", "tv"}
_SLOGAN = re.compile(r"\s+[|•·:–—-]+\s+|:\s")
# Cyrillic letters that look like Latin ones; a word with no others can be mistaken.
_LOOK_LATIN = frozenset("АВЕЅІЈКМНОРСТУХҮЬаеіјоԛрсѕԝухһӏԁ")
# For hosts in non-Latin letters. Latin with accents, and Greek, look like plain Latin.
_OWN_SCRIPTS = frozenset(
    {"ARABIC", "BENGALI", "CJK", "CYRILLIC", "DEVANAGARI", "GEORGIAN", "HANGUL", "HEBREW"}
    | {"HIRAGANA", "KATAKANA", "THAI"}
)
_ALPHABETS = frozenset({"LATIN", "CYRILLIC", "GREEK"})
# Historic and rare letters, some of which look like modern ones.
_MODERN_CYRILLIC = re.compile(
    r"[\u0400-\u045f\u0490-\u0493\u04d8-\u04d9\u04a2-\u04a3\u04ae-\u04b1\u04e8-\u04e9]"
)
# Characters that make a name look like a quotation or a footnote; brackets and other quotation
# marks are found by their category. The apostrophe isn't among them.
_NOT_IN_NAMES = frozenset('"`´′″‴*†‡§¶※⁎⁑<>＂＇＜＞＊|')
_FOOTNOTE = re.compile(r"[\[({【（]\s?[\d.,;–-]{1,12}\s?[\])}】）]")
_APOSTROPHES = frozenset("'’ʼ")
_BRACKETS_AND_QUOTES = frozenset({"Ps", "Pe", "Pi", "Pf", "No"})
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def outlet_of(name: str | None, host: str) -> str:
    """`name` if it matches `host`, otherwise the host without "www.".

    A host without a registered domain is in a private network, where names are trusted; a bare
    public IP address is never trusted.
    """
    bare = plain_host(host)
    name = " ".join((name or "")[:_READ_CHARS].split())
    if not name or name.lower() in {host, bare} or is_shared(host) or _has_word_at_end(host):
        return bare
    label = registered_label(host)
    if label is None:
        return bare if is_public_number(host) else outlet_name(name) or bare
    parts = (name, _SLOGAN.split(name)[0])
    passing = (part for part in parts if part == outlet_name(part) and bears_out(label, part))
    return next(passing, bare)


def outlet_name(name: str) -> str:
    """`name` in a form that is safe before a quotation: short, and not like one itself.

    Brackets, quotation marks, footnote marks and line breaks are dropped; a long host keeps its
    end, which identifies it.
    """
    name = _FOOTNOTE.sub(" ", name)
    kept = "".join(
        " " if one.isspace() else one for at, one in enumerate(name) if _may_stand(name, at)
    )
    line = " ".join(kept.split())
    if len(line) <= MAX_NAME_CHARS:
        return line
    if " " not in line and "." in line:
        return "…" + line[1 - MAX_NAME_CHARS :]
    head = line[:MAX_NAME_CHARS]
    return (head.rpartition(" ")[0] or head[:-1]).rstrip(" ,;:–—-") + "…"


def standing(outlet: str, url: str | None) -> int:
    """How well an article's address supports its outlet: 0 fully, 1 not, 2 not even its own site.

    An article without an address counts as 0: the person who added it vouches for it.
    """
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return 1
    if not host:
        return 0
    if is_shared(host):
        return 2
    is_place_in_a_feed = "#" in (url or "")  # its own page could not be read
    return int(is_place_in_a_feed or outlet_of(outlet, host) != outlet)


def publishers(articles: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
    """The outlets of articles (outlet, address), one per publisher, in order.

    "BBC News - World" and bbc.co.uk are one publisher: their registered labels are equal, or a
    label matches the other's name, or the names are equal without generic words.
    """
    found: list[tuple[str, str, str | None]] = []
    for outlet, url in articles:
        mine = (outlet, _bare_name(outlet), _label(outlet, url))
        if not any(_same_publisher(mine, other) for other in found):
            found.append(mine)
    return tuple(outlet for outlet, _, _ in found)


def _same_publisher(one: tuple[str, str, str | None], two: tuple[str, str, str | None]) -> bool:
    names = one[1] and one[1] == two[1]
    labels = one[2] and one[2] == two[2]
    crossed = any(
        label and other[1] and bears_out(label, _SLOGAN.split(other[0])[0])
        for label, other in ((one[2], two), (two[2], one))
    )
    return bool(one[0] == two[0] or names or labels or crossed)


@lru_cache(maxsize=4_096)
def _bare_name(outlet: str) -> str:
    """A name without section ("BBC News - World": bbc) and generic words; "" for hosts."""
    if "." in outlet and " " not in outlet:
        return ""
    first = _SLOGAN.split(outlet)[0]
    kept = [word for word in _WORD.findall(first.casefold()) if word not in _GENERIC]
    return " ".join(kept)


@lru_cache(maxsize=4_096)
def _label(outlet: str, url: str | None) -> str | None:
    """The registered label of an article's address, or of an outlet that is a host."""
    host = host_of(url) if url else ""
    if not host and "." in outlet and " " not in outlet:
        host = outlet.casefold()
    return registered_label(host) if host else None


def bears_out(label: str, name: str) -> bool:
    """Whether the registered label ("nytimes" of nytimes.com) matches `name`."""
    if not all(_is_of_one_script(word) for word in _WORD.findall(_composed(name))):
        return False
    if not label.isascii():
        return _is_own(label) and _is_made_of(label, _WORD.findall(_composed(name).lower()))
    return any(_is_made_of(label, _words(name, letters)) for letters in _LETTERS)


def _is_made_of(label: str, words: list[str]) -> bool:
    """Whether a label consists of `words`, one not generic, with hyphens only between words."""
    if not any(word not in _GENERIC for word in words):
        return False
    parts = [part for part in label.split("-") if part]
    gaps = {sum(map(len, parts[:count])) for count in range(len(parts))}
    return _made_of("".join(parts), tuple(words), gaps)


def _made_of(label: str, words: tuple[str, ...], gaps: set[int]) -> bool:
    """Whether `label` consists of beginnings of `words` in order, none across one of the `gaps`.

    Generic words may be omitted, but not added: NAME-news isn't NAME. A name of one word must be
    complete, otherwise any label with the same beginning would match.
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
        if used == len(words):
            continue
        word = words[used]
        steps = {(at, used + 1)} if word in _GENERIC else set[tuple[int, int]]()
        shortest = len(word) if telling == 1 else 1
        for n in range(shortest, len(word) + 1):
            if rest.startswith(word[:n]) and not any(at < gap < at + n for gap in gaps):
                steps.add((at + n, used + 1))
        reached |= steps - done
    return False


def _has_word_at_end(host: str) -> bool:
    """Whether a host's ending is a generic word: NAME.news is like NAME-news."""
    return host.rpartition(".")[2] in _WORD_ENDINGS


def _may_stand(name: str, at: int) -> bool:
    """Whether a character may be part of a name."""
    one = name[at]
    if one in _APOSTROPHES:
        return name[at - 1 : at].isalpha() and name[at + 1 : at + 2].isalpha()
    if one.isspace():
        return True
    category = unicodedata.category(one)
    return one not in _NOT_IN_NAMES and category not in _BRACKETS_AND_QUOTES | _UNSEEN


def _is_of_one_script(word: str) -> bool:
    """Whether a word's letters are in one script, and can't be mistaken for another's."""
    scripts = {_script(one) for one in word if one.isalpha()}
    if len(scripts) > 1:
        return scripts <= {"CJK", "HIRAGANA", "KATAKANA"}
    if scripts & _ALPHABETS and any(unicodedata.combining(one) for one in word):
        return False
    if scripts == {"CYRILLIC"}:
        letters = [one for one in word if one.isalpha()]
        modern = all(_MODERN_CYRILLIC.fullmatch(one) for one in letters)
        return modern and not all(one in _LOOK_LATIN for one in letters)
    return True


def _is_own(label: str) -> bool:
    """Whether a label in non-Latin letters can't be mistaken for a Latin one."""
    scripts = {_script(one) for one in label if one.isalpha()}
    return scripts <= _OWN_SCRIPTS and all(map(_is_of_one_script, _WORD.findall(label)))


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _words(text: str, letters: Mapping[int, str]) -> list[str]:
    """The words of `text` in Latin letters without accents."""
    plain = _composed(text).lower().translate(letters)
    bare = unicodedata.normalize("NFKD", plain)
    kept = "".join(one for one in bare if not unicodedata.combining(one))
    return _WORD.findall(kept.replace("'", "").replace("’", ""))


# The site of an address: a registered domain, or a name on a shared one.
#
# By the public suffix list (https://publicsuffix.org) with its private part: me.github.io and
# you.github.io are two sites. Each port of an unregistered host, such as a number or "localhost",
# is a separate site, since different programs may listen there.

# Hosters where anybody gets a name, which the list lacks.
_HOSTERS = frozenset(
    re.findall(
        r"\S+",
        """
        000webhostapp.com angelfire.com beehiiv.com blog.com blogs.com dreamwidth.org edgeone.app
        epizy.com freehostia.com ghost.io glitch.me godaddysites.com hashnode.dev home.blog
        infinityfreeapp.com jimdofree.com livejournal.com medium.com mystrikingly.com narod.ru
        neocities.org over-blog.com rf.gd site44.com squarespace.com strikingly.com substack.com
        surge.sh tilda.ws tripod.com tumblr.com typepad.com ucoz.com ucoz.net ucoz.ru ucoz.ua
        ukit.me webnode.page weebly.com weeblysite.com wordpress.com write.as
        """,
    )
)
_INDICES = ("index.html", "index.htm", "index.php", "index.shtml")
_INDEX = re.compile(r"/(?:index\.(?:s?html?|php))$", re.IGNORECASE)
_BLOGSPOT = re.compile(r"blogspot\.(?:[a-z]{2,3}|com?\.[a-z]{2})")


def host_of(url: str) -> str:
    """The host of an address for display; empty if there is none."""
    try:
        return plain_host(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def plain_host(host: str) -> str:
    """`host` without "www.", unless "www" is the registered label."""
    return host.removeprefix("www.") if has_parent(host) else host


def has_parent(host: str) -> bool:
    """Whether the host is a subdomain of a registered domain, so its first label isn't a site."""
    return site_of(host).count(".") < host.count(".")


def same_site(url: str | None, other: str | None) -> bool:
    """Whether both addresses are on one site; False if one is missing or invalid."""
    try:
        one, two = urlsplit(url or ""), urlsplit(other or "")
        hosts, ports = (one.hostname, two.hostname), (one.port, two.port)
    except ValueError:
        return False
    if not hosts[0] or not hosts[1] or site_of(hosts[0]) != site_of(hosts[1]):
        return False
    return ports[0] == ports[1] or registered_label(hosts[0]) is not None


def twins(url: str) -> tuple[str, ...]:
    """`url`, canonical, and other addresses under which sites serve the same page.

    With http or https, with or without "www.", a final slash, and the name of a folder's index. An
    unregistered host only has the last two, because its ports are separate sites.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return (url,)
    folder = _INDEX.sub("/", parts.path).rstrip("/")
    paths = [f"{folder}/", *([folder] if folder else []), *(f"{folder}/{one}" for one in _INDICES)]
    origins = [f"{parts.scheme}://{parts.netloc}"]
    if port is None and registered_label(host) is not None:
        bare = plain_host(host)
        hosts = (bare, f"www.{bare}") if site_of(f"www.{bare}") == site_of(bare) else (bare,)
        origins = [f"{scheme}://{one}" for scheme in ("https", "http") for one in hosts]
    rest = f"?{parts.query}" if parts.query else ""
    rest += f"#{parts.fragment}" if parts.fragment else ""
    found = (f"{origin}{path}{rest}" for origin in origins for path in paths)
    return tuple(dict.fromkeys((url, *found)))


@lru_cache(maxsize=4_096)
def site_of(host: str) -> str:
    """The registered domain of `host`; the host itself if there is none."""
    labels = host.split(".")
    hoster = _hoster(labels)
    if hoster:
        return ".".join(labels[-hoster - 1 :])
    found = get_tld(f"http://{host}/", as_object=True, fail_silently=True)
    if isinstance(found, Result) and found.fld:
        return str(found.fld)
    return ".".join(labels[-2:]) if _is_name(host) else host


@lru_cache(maxsize=4_096)
def is_shared(host: str) -> bool:
    """Whether the host is on shared hosting, where anybody gets a name."""
    if _hoster(host.split(".")):
        return True
    site, public = (
        site_of(host),
        get_tld(f"http://{host}/", as_object=True, fail_silently=True, search_private=False),
    )
    return isinstance(public, Result) and str(public.fld) != site


@lru_cache(maxsize=4_096)
def registered_label(host: str) -> str | None:
    """The registered label in its own letters; None for numbers and single labels."""
    if not _is_name(host):
        return None
    found = get_tld(f"http://{host}/", as_object=True, fail_silently=True, search_private=False)
    label = found.domain if isinstance(found, Result) and found.domain else host.split(".")[-2]
    return _in_letters(site_of(host).split(".", maxsplit=1)[0] if is_shared(host) else label)


def is_public_number(host: str) -> bool:
    """Whether the host is a public IP address."""
    try:
        return ip_address(host.strip("[]")).is_global
    except ValueError:
        return False


def _is_name(host: str) -> bool:
    """Whether a part of the host may be registered."""
    labels = host.split(".")
    return len(labels) > 1 and ":" not in host and not labels[-1].isdigit()


def _hoster(labels: list[str]) -> int:
    """The number of labels in the hoster's domain that the host is below; 0 without a hoster."""
    for count in (2, 3):
        own = ".".join(labels[-count:])
        if len(labels) > count and (own in _HOSTERS or _BLOGSPOT.fullmatch(own)):
            return count
    return 0


def _in_letters(label: str) -> str:
    """A label in its own letters: "новини" of "xn--b1amarcd"."""
    try:
        return label.encode("ascii").decode("idna") if label.startswith("xn--") else label
    except UnicodeError:
        return label
