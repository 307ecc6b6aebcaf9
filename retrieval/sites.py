"""Which site an address is of: what somebody registered, told apart where many share one domain.

By the list of public suffixes (https://publicsuffix.org), private part included: me.github.io and
you.github.io are two sites. A host that nobody registered, such as a number or "localhost", is one
site for each port, since different people's programs may listen there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from tld import get_tld
from tld.utils import Result

# Where strangers get names of their own, and which the list does not have.
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
    """The host of an address, as it is named to people; empty where there is none."""
    try:
        return plain_host(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def plain_host(host: str) -> str:
    """`host` without "www.", unless that was registered."""
    return host.removeprefix("www.") if has_parent(host) else host


def has_parent(host: str) -> bool:
    """Whether the host is below a registered one, so that its first label tells no other site."""
    return site_of(host).count(".") < host.count(".")


def same_site(url: str | None, other: str | None) -> bool:
    """Whether both addresses are of one site; False where one is none."""
    try:
        one, two = urlsplit(url or ""), urlsplit(other or "")
        hosts, ports = (one.hostname, two.hostname), (one.port, two.port)
    except ValueError:
        return False
    if not hosts[0] or not hosts[1] or site_of(hosts[0]) != site_of(hosts[1]):
        return False
    return ports[0] == ports[1] or registered_label(hosts[0]) is not None


def twins(url: str) -> tuple[str, ...]:
    """`url`, canonical, and the other addresses under which sites serve the same page.

    With http or https, "www." or not, a slash at the end or not, and the index of a folder by its
    name. A host that nobody registered has none but the last: its ports are sites of their own.
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
    """The registered domain that `host` is or lies below; the host itself where there is none."""
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
    """Whether the host lies where strangers get names, so that its name tells nothing of whose."""
    if _hoster(host.split(".")):
        return True
    site, public = (
        site_of(host),
        get_tld(f"http://{host}/", as_object=True, fail_silently=True, search_private=False),
    )
    return isinstance(public, Result) and str(public.fld) != site


@lru_cache(maxsize=4_096)
def registered_label(host: str) -> str | None:
    """The label that was registered, in its own letters; None for numbers and single labels."""
    if not _is_name(host):
        return None
    found = get_tld(f"http://{host}/", as_object=True, fail_silently=True, search_private=False)
    label = found.domain if isinstance(found, Result) and found.domain else host.split(".")[-2]
    return _in_letters(site_of(host).split(".", maxsplit=1)[0] if is_shared(host) else label)


def is_public_number(host: str) -> bool:
    """Whether the host is a bare address of the public internet."""
    try:
        return ip_address(host.strip("[]")).is_global
    except ValueError:
        return False


def _is_name(host: str) -> bool:
    """Whether somebody may have registered a part of it."""
    labels = host.split(".")
    return len(labels) > 1 and ":" not in host and not labels[-1].isdigit()


def _hoster(labels: list[str]) -> int:
    """Of how many labels the hoster's own domain is, below which the host lies; 0 for others."""
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
