"""The canonical form of addresses, which identifies articles.

We have our own rules because courlan, trafilatura's library for this, reorders the query, keeps the
fragment and drops parameters that identify articles on some sites (`source`, `eid`, `cid`).
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

import idna

from retrieval.errors import SourceError
from retrieval.ingest.limits import MAX_URL_CHARS
from retrieval.messages import UserMessage
from retrieval.text.outlets import has_parent

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(
    r"(?:utm_|mc_|pk_|mtm_|hsa_|itm_|vero_|oly_|at_|__twitter_|guce_|_hs).*"
    r"|(?:fb|g|dc|y|ys|tw|tt)clid|msclkid|gad_source|srsltid"
    r"|gclsrc|[gw]braid|igsh(?:id)?|li_fat_id|mkt_tok|_g[al]|ref_(?:src|url)|guccounter|ncid|ocid"
    r"|s_cid|smid|smtyp|cmpid|icid|xtor|xtref|ref_?|sref|cmp|spm|scm|wt(?:_|\.).*|ns_.*|elq.*|trk"
    r"|trkcampaign|soc_(?:src|trk)|ito|dm_i|mbid|taid|echobox|fb_ref|_openstat|link_source",
    re.IGNORECASE,
)
# Parameters that may identify an article, with values that only say where the reader came from.
_SHARED = re.compile(
    r"(?:source|src|from|via|share|shared|partner|feature|medium|origin)="
    r"(?:rss\d?|feed|feeds|atom|tw|twitter|x|fb|facebook|tg|telegram|wa|whatsapp|e?mail|social"
    r"|newsletter|share|reddit|linkedin|copy|copylink|push|viber|instagram)",
    re.IGNORECASE,
)
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
_VARIANT_HOST = re.compile(r"(?:m|mobile|amp|wap)\.")
_VARIANT = re.compile(r"(?:www|m|mobile|amp|wap)\.")
_AMP_BEFORE = re.compile(r"^/amp/(?=.)")
_AMP_AFTER = re.compile(r"(?:/amp|\.amp|\.amp(?=\.html$)|(?<=[^/])/amp\.html)/?$|\.amp(?=\.html$)")
_AMP_QUERY = re.compile(
    r"(?:amp|(?:outputtype|output|view|type)=amp|amp=(?:1|true)?)", re.IGNORECASE
)
_AMP_CACHE = re.compile(
    r"https?://(?:www\.google\.[a-z.]{2,6}/amp|[a-z0-9-]+\.cdn\.ampproject\.org/[cv])"
    r"/(?P<s>s/)?(?P<page>[^/?#]+\.[^/?#]+/.*)"
)
# Pages that redirect readers, and the parameters with the target.
_DETOURS = {
    re.compile(r"(?:www\.)?google\.(?:[a-z]{2,3}|com?\.[a-z]{2})/url"): ("url", "q"),
    re.compile(r"lm?\.(?:facebook|instagram)\.com/l?(?:\.php)?"): ("u",),
    re.compile(r"(?:www\.)?bing\.com/news/apiclick\.aspx"): ("url",),
    re.compile(r"(?:html\.)?duckduckgo\.com/l/?"): ("uddg",),
    re.compile(r"(?:m\.)?vk\.com/away\.php"): ("to",),
    re.compile(r"(?:out\.reddit\.com/.*|t\.me/iv|exit\.sc/)"): ("url",),
    re.compile(r"l\.threads\.(?:net|com)/"): ("u",),
    re.compile(r"t\.umblr\.com/redirect"): ("z",),
    re.compile(r"(?:www\.|m\.)?youtube\.com/redirect"): ("q",),
    re.compile(r"[a-z0-9]+\.safelinks\.protection\.outlook\.com/"): ("url",),
}
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
# Percent-encoded letters, digits and - . _ ~ mean the same as the plain ones (RFC 3986, 2.3).
_PLAIN = re.compile(r"%(?:2[DdEe]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])")
_UNSAFE = re.compile(r"[\x00-\x20\x7f]")
_SAFE = "%/:@!$&'()*+,;=~?[]"


def canonical_url(url: str) -> str:
    """`url` with scheme and host in lower case (IDNA), no default port, fragment or trackers.

    Parameters keep their order. A trailing slash is kept as given (see `outlets.twins`); an empty
    path becomes "/". A search engine's redirecting link becomes its target.

    Raises:
        SourceError: not an http(s) address, no host, a user name or password in it, or malformed.
    """
    parts = _split(url.strip())
    while target := _sent_on(parts):  # each is shorter than the one before
        parts = _split(target)
    host = _host(parts)
    port = _port(parts)
    path = quote(_PLAIN.sub(lambda one: unquote(one.group()), parts.path), safe=_SAFE) or "/"
    query = "&".join(
        quote(pair, safe=_SAFE) for pair in parts.query.split("&") if pair and not _tracks(pair)
    )
    return f"{parts.scheme}://{host}{port}{path}" + (f"?{query}" if query else "")


def article_url(url: str) -> str:
    """The article's plain address, from a canonical `url` that may ask for another form of it.

    AMP pages and mobile hosts ("m.", "amp.") show the same article as the plain address.
    """
    parts = urlsplit(url)
    host = plain_netloc(parts.netloc) if _VARIANT_HOST.match(parts.netloc) else parts.netloc
    path = _AMP_BEFORE.sub("/", _AMP_AFTER.sub("", parts.path)) or "/"
    pairs = [pair for pair in parts.query.split("&") if not _AMP_QUERY.fullmatch(pair)]
    query = "&".join(pairs)
    return f"{parts.scheme}://{host}{path}" + (f"?{query}" if query else "")


def plain_netloc(netloc: str) -> str:
    """Host and port without labels that only name a variant of the site.

    Registered names stay whole: m.com and m.github.io are separate sites.
    """
    while (match := _VARIANT.match(netloc)) and has_parent(netloc.partition(":")[0]):
        netloc = netloc[match.end() :]
    return netloc


def unwrapped(url: str) -> str:
    """The page's own address if `url`, canonical, is in a cache of AMP pages; else `url`."""
    match = _AMP_CACHE.match(url)
    return f"http{'s' if match['s'] else ''}://{match['page']}" if match else url


def _sent_on(parts: SplitResult) -> str | None:
    """The target of a redirecting link of a search engine or network; None for other links."""
    try:
        place = f"{(parts.hostname or '').lower()}{parts.path}"
    except ValueError:
        return None
    for pattern, names in _DETOURS.items():
        if pattern.fullmatch(place):
            said = dict(parse_qsl(parts.query))
            targets = (said.get(name, "").strip() for name in names)
            return next((one for one in targets if _ABSOLUTE.match(one)), None)
    return None


def _split(url: str) -> SplitResult:
    """The parts of an http(s) address; raises SourceError if it isn't one or has credentials."""
    if len(url) > MAX_URL_CHARS or _UNSAFE.search(url):
        raise SourceError(UserMessage("That address is too long or contains a space."))
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise SourceError(UserMessage("“{link}” isn't a valid address.", link=url)) from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise SourceError(UserMessage("“{link}” doesn't start with http:// or https://.", link=url))
    if "@" in parts.netloc:
        raise SourceError(
            UserMessage("I don't fetch addresses that contain a user name or password.")
        )
    return parts


def _host(parts: SplitResult) -> str:
    """The host in lower case, non-Latin names as IDNA, IPv6 in brackets."""
    host = (parts.hostname or "").rstrip(".")
    if not host:
        raise SourceError(UserMessage("“{link}” has no host name.", link=parts.geturl()))
    try:
        host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise SourceError(UserMessage("“{host}” isn't a valid host name.", host=host)) from error
    host = f"[{host}]" if ":" in host else host
    if not _HOST.fullmatch(host):
        raise SourceError(UserMessage("“{host}” isn't a valid host name.", host=host))
    return host


def _port(parts: SplitResult) -> str:
    """The port with its colon, or nothing for the scheme's own."""
    try:
        port = parts.port
    except ValueError as error:
        raise SourceError(
            UserMessage("The port in “{link}” isn't valid.", link=parts.geturl())
        ) from error
    return "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"


def _tracks(pair: str) -> bool:
    """Whether a `name=value` pair only says where the reader came from."""
    return bool(_TRACKING.fullmatch(pair.split("=", 1)[0]) or _SHARED.fullmatch(pair))
