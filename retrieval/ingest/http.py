"""The HTTP client: every request for a page or a feed goes through `get`."""

from __future__ import annotations

import asyncio
import functools
import ssl
import zlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import httpx

from retrieval.errors import FetchError, SourceError
from retrieval.ingest.addresses import addresses_of, require_public
from retrieval.ingest.canonical import canonical_url
from retrieval.ingest.limits import MAX_REDIRECTS
from retrieval.ingest.parsing import Item, Task, parse
from retrieval.messages import UserMessage
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping


REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}
_MAX_ADDRESSES = 4
# FetchConfig limits the total time; a single stalled step must not use it up.
_SILENCE_S = 20.0
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Response:
    """A server's response of any status; only a 2xx has a body, decompressed.

    `headers` have lower-case names. `url_final` is canonical, after redirects.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url_final: str

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


@dataclass(slots=True)
class _Journey:
    """A request that follows redirects; `left_s` is the time that it has left."""

    url: str
    left_s: float
    headers: Mapping[str, str]


async def get(
    url: str,
    reading: FetchConfig,
    headers: Mapping[str, str] = _NO_HEADERS,
    *,
    tls: ssl.SSLContext | None = None,
) -> Response:
    """GET `url`; `headers` (conditions, Accept) are added to our own on every hop.

    The time limit covers the servers' time, not the wait for a free slot. `tls` replaces the
    usual certificate checks.

    Raises:
        SourceError: `url` isn't an address that can be fetched.
        FetchError: it could not be fetched, or must not be.
    """
    journey = _Journey(canonical_url(url), reading.timeout_s, headers)
    with span("fetch") as one:
        async with _client(reading.user_agent, tls) as client:
            for hops in range(MAX_REDIRECTS + 1):
                response = await _hop(client, journey, reading)
                if response is not None:
                    size = len(response.body)
                    one.note(status=response.status, bytes=size, redirects=hops)
                    return response
    raise FetchError(too_many_redirects(journey.url))


def _client(user_agent: str, tls: ssl.SSLContext | None) -> httpx.AsyncClient:
    """A client that ignores proxies in the environment and follows no redirects."""
    headers = {"User-Agent": user_agent, "Accept-Encoding": ACCEPTED}
    return httpx.AsyncClient(
        headers=headers,
        verify=tls or _tls(),
        trust_env=False,
        timeout=_SILENCE_S,
        follow_redirects=False,
    )


@functools.cache
def _tls() -> ssl.SSLContext:
    """The usual certificate checks; cached, because reading the authorities is slow."""
    return httpx.create_ssl_context()


async def once(
    url: str, reading: FetchConfig, headers: Mapping[str, str] = _NO_HEADERS
) -> Response:
    """Like `get`, but returns a redirect as a response; `url_final` is the address requested."""
    address = canonical_url(url)
    host = _parsed(address).host
    async with _client(reading.user_agent, None) as client, reading.gate.turn(host):
        try:
            async with asyncio.timeout(reading.timeout_s):
                found = await _answer(client, _parsed(address), headers, reading)
        except TimeoutError as error:
            raise FetchError(_too_slow(url, reading)) from error
    return Response(found.status, found.headers, found.body, address)


async def _hop(
    client: httpx.AsyncClient, journey: _Journey, reading: FetchConfig
) -> Response | None:
    """The response at the journey's address; after a redirect None, with the journey moved on."""
    url = _parsed(journey.url)
    loop = asyncio.get_running_loop()
    async with reading.gate.turn(url.host):
        began = loop.time()
        try:
            async with asyncio.timeout(journey.left_s):
                response = await _answer(client, url, journey.headers, reading)
        except TimeoutError as error:
            raise FetchError(_too_slow(journey.url, reading)) from error
        journey.left_s -= loop.time() - began
    if response.status not in REDIRECTS:
        return Response(response.status, response.headers, response.body, journey.url)
    journey.url = redirect_target(journey.url, response.headers.get("location", ""))
    if _parsed(journey.url).netloc != url.netloc:
        # Cookies of one host must not reach another at the same IP address.
        client.cookies.clear()
    return None


def _parsed(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:  # stricter than RFC 3986 about hosts such as 0177.0.0.1
        raise FetchError(
            UserMessage("{address} isn't an address I can fetch.", address=url)
        ) from error


async def _answer(
    client: httpx.AsyncClient, url: httpx.URL, headers: Mapping[str, str], reading: FetchConfig
) -> Response:
    """One request to the first of the host's checked addresses that accepts a connection."""
    port = url.port or _PORTS[url.scheme]
    addresses = await addresses_of(url.host, port, allow_private=reading.allow_private)
    failure: httpx.TransportError | None = None
    for address in addresses[:_MAX_ADDRESSES]:
        try:
            return await _answer_from(client, url, address, headers, reading)
        except httpx.ConnectError as error:
            failure = error
        except httpx.TransportError as error:
            raise FetchError(
                UserMessage("The connection to {host} was lost.", host=url.host)
            ) from error
    raise FetchError(_why_unconnected(url.host, failure)) from failure


async def _answer_from(
    client: httpx.AsyncClient,
    url: httpx.URL,
    address: str,
    headers: Mapping[str, str],
    reading: FetchConfig,
) -> Response:
    """One request to `address` with the host name of `url` (Host header, TLS certificate)."""
    request = client.build_request(
        "GET",
        url.copy_with(host=address),
        headers={**headers, "Host": url.netloc.decode("ascii")},
        extensions={"sni_hostname": url.host},
    )
    response = await client.send(request, stream=True)
    try:
        _check_peer(response, url.host, reading)
        body = await _body(response, reading) if response.is_success else b""
    finally:
        await response.aclose()
    named = {name.lower(): value for name, value in response.headers.items()}
    return Response(response.status_code, MappingProxyType(named), body, str(url))


def _check_peer(response: httpx.Response, host: str, reading: FetchConfig) -> None:
    """Raise FetchError if the response came from an address that isn't allowed."""
    peer = response.extensions["network_stream"].get_extra_info("server_addr")
    if not reading.allow_private:
        require_public(host, (str(peer[0]),) if peer else ())


async def _body(response: httpx.Response, reading: FetchConfig) -> bytes:
    """The decompressed body; not read if its Content-Length is over the limit."""
    length = response.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > reading.max_bytes:
        raise FetchError(_too_large(reading.max_bytes))
    encoding = response.headers.get("Content-Encoding", "")
    return await read_limited(response.aiter_raw(), encoding, reading.max_bytes)


def redirect_target(url: str, location: str) -> str:
    """The address that a redirect leads to; raises FetchError if it can't be followed."""
    if not location:
        raise FetchError(UserMessage("{address} redirects, but doesn't say where.", address=url))
    try:
        return canonical_url(urljoin(url, location))
    except (SourceError, ValueError) as error:
        raise FetchError(
            UserMessage("{address} redirects to an address I don't fetch.", address=url)
        ) from error


def too_many_redirects(url: str) -> UserMessage:
    """The message for a redirect loop."""
    return UserMessage(
        "{address} redirects more than {number} times.", address=url, number=MAX_REDIRECTS
    )


def _too_slow(url: str, reading: FetchConfig) -> UserMessage:
    return UserMessage(
        "{address} took longer than {number} seconds.", address=url, number=reading.timeout_s
    )


def _too_large(limit: int) -> UserMessage:
    return UserMessage("The page is larger than {number} MB.", number=limit / 1_000_000)


def _why_unconnected(host: str, failure: BaseException | None) -> UserMessage:
    """The message for a failed connection: an invalid certificate, or no answer."""
    while failure is not None:
        if isinstance(failure, ssl.SSLError):
            return UserMessage(
                "{host} couldn't prove its identity (TLS), so I didn't read it.", host=host
            )
        failure = failure.__cause__ or failure.__context__
    return UserMessage("{host} isn't accepting connections.", host=host)


_ACCEPT = "text/html,application/xhtml+xml,application/pdf,text/plain,text/markdown;q=0.9,*/*;q=0.5"
_LOGIN = UserMessage(
    "It's behind a login; open it in a browser and send its text or a saved copy instead."
)
_PAID = UserMessage(
    "It's behind a paywall; open it in a browser and send its text or a saved copy instead."
)
_ADVICE: dict[int, UserMessage] = {
    HTTPStatus.UNAUTHORIZED: _LOGIN,
    HTTPStatus.PAYMENT_REQUIRED: _PAID,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: _LOGIN,
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page: `url_final` is canonical, after redirects; `content_type` without parameters.

    `content_type` and `charset` are in lower case, empty or None if the server gave none; `body`
    is decompressed.
    """

    url_final: str
    content_type: str
    charset: str | None
    body: bytes


async def fetch(url: str, reading: FetchConfig, *, tls: ssl.SSLContext | None = None) -> Fetched:
    """The page at `url`; raises like `get`, and FetchError if the status isn't 2xx."""
    response = await get(url, reading, {"Accept": _ACCEPT}, tls=tls)
    if not response.ok:
        plain = answered(response.url_final, response.status)
        raise FetchError(_ADVICE.get(response.status, plain))
    content_type, charset = content_type_of(response.headers.get("content-type", ""))
    return Fetched(response.url_final, content_type, charset, response.body)


def content_type_of(header: str) -> tuple[str, str | None]:
    """A Content-Type without its parameters, and its charset.

    Raises:
        FetchError: its parameters can't be read.
    """
    message = Message()
    try:
        message["Content-Type"] = header
        charset = message.get_content_charset()
    except Exception as error:  # undocumented failures of the parser on hostile input
        raise FetchError(
            UserMessage("The server sent an unreadable Content-Type, so I didn't read the page.")
        ) from error
    return header.partition(";")[0].strip().lower(), charset


def answered(url: str, status: int) -> UserMessage:
    """The message for an error status, such as 404 (not found)."""
    known = {one.value: one.phrase.lower() for one in HTTPStatus}
    words = f"{status} ({known[status]})" if status in known else str(status)
    return UserMessage("{address} answered {status}.", address=url, status=words)


ACCEPTED = "gzip, deflate"
# Window size plus 32: zlib detects gzip or zlib by the header (zlib manual, inflateInit2).
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


async def read_limited(chunks: AsyncIterator[bytes], encoding: str, limit: int) -> bytes:
    """The decoded bytes of `chunks`, at most `limit`.

    Raises:
        FetchError: there are more, or the encoding is unknown or the data damaged.
    """
    decode = _decoder(encoding)
    body = bytearray()
    async for chunk in chunks:
        body += decode(chunk, limit - len(body) + 1)
        if len(body) > limit:
            raise FetchError(_too_large(limit))
    return bytes(body)


class _Inflater:
    """Inflates gzip or zlib; output over the limit of a call is dropped by the caller."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)

    def __call__(self, chunk: bytes, limit: int) -> bytes:
        try:
            return self._stream.decompress(chunk, limit)
        except zlib.error as error:
            raise FetchError(
                UserMessage("The server sent a page whose compressed data is damaged.")
            ) from error


def _plain(chunk: bytes, limit: int) -> bytes:
    return chunk[:limit]


def _decoder(encoding: str) -> Callable[[bytes, int], bytes]:
    """A function that decodes a chunk to at most so many bytes."""
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return _plain
    if name in {"gzip", "x-gzip", "deflate"}:
        return _Inflater()
    raise FetchError(
        UserMessage(
            "The server compressed the page as “{name}”, which I didn't ask for and can't read.",
            name=name[:40],
        )
    )


class HostLimiter:
    """Limits concurrent requests, in total and per host.

    The host's slot is taken before the common one, so a slow host delays only requests to itself.
    Belongs to one event loop.
    """

    def __init__(self, total: int = 16, per_host: int = 2) -> None:
        self._total = asyncio.Semaphore(total)
        self._per_host = per_host
        self._hosts: dict[str, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """One request to `host`, for as long as the block runs."""
        async with self._of(host) as mine, mine, self._total:
            yield

    @asynccontextmanager
    async def _of(self, host: str) -> AsyncIterator[asyncio.Semaphore]:
        """The host's semaphore, which is dropped when nobody uses it."""
        mine, users = self._hosts.get(host, (asyncio.Semaphore(self._per_host), 0))
        self._hosts[host] = (mine, users + 1)
        try:
            yield mine
        finally:
            _, users = self._hosts[host]
            if users > 1:
                self._hosts[host] = (mine, users - 1)
            else:
                del self._hosts[host]


def utc_now() -> datetime:
    """The current time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FetchConfig:
    """Settings for fetching and parsing.

    `timeout_s` is for one address with all its redirects. `max_bytes` is for one page, file,
    upload or JSONL line, after decompression. `allow_private` permits addresses in private
    networks, for tests and local use only. All users of this value share `gate`, its HostLimiter.
    `parse` reads content, in this process unless it is a `Pool`'s method; `places` limits how many
    run at once.
    """

    timeout_s: float = 30.0
    max_bytes: int = 20_000_000
    user_agent: str = "Sitrep"
    allow_private: bool = False
    clock: Callable[[], datetime] = utc_now
    gate: HostLimiter = field(default_factory=HostLimiter, compare=False)
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2), compare=False)
    parse: Callable[[Task], Iterator[Item]] = parse
