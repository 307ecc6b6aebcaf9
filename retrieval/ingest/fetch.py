"""Gets a page from the public web, within limits, and from nowhere else."""

from __future__ import annotations

import asyncio
import functools
import ssl
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin

import httpx

from retrieval.errors import FetchError, SourceError
from retrieval.ingest.addresses import addresses_of
from retrieval.ingest.canonical import canonical_url
from retrieval.ingest.decompress import ACCEPTED, read_limited
from retrieval.ingest.limits import MAX_REDIRECTS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from retrieval.ingest.reading import Reading

T = TypeVar("T")

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}
_MAX_ADDRESSES = 4
# The total is limited by Reading; one silent step must not use all of it.
_SILENCE_S = 20.0
_ACCEPT = "text/html,application/xhtml+xml,application/pdf,text/plain,text/markdown;q=0.9,*/*;q=0.5"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page: `url_final` is canonical, after redirects; `content_type` without parameters.

    `content_type` and `charset` are in lower case, empty or None where the server told nothing;
    `body` is decompressed.
    """

    url_final: str
    content_type: str
    charset: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """What one request was answered: `url` is canonical; only a success has its (unpacked) body."""

    url: str
    status: int
    headers: Mapping[str, str]
    charset: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class _Redirect:
    url: str


async def fetch(
    url: str,
    reading: Reading,
    *,
    tls: ssl.SSLContext | None = None,
) -> Fetched:
    """Get `url`, following redirects by hand, each checked like the first.

    `tls` replaces the usual certificate checks.

    Raises:
        SourceError: `url` is not an address that can be fetched.
        FetchError: it could not be fetched, or must not be; one sentence.
    """
    try:
        async with asyncio.timeout(reading.timeout_s), _client(reading.user_agent, tls) as client:
            return await _follow(client, canonical_url(url), reading)
    except TimeoutError as error:
        raise FetchError(f"{url} took longer than {reading.timeout_s:g} seconds.") from error


async def ask(
    url: str, reading: Reading, headers: Mapping[str, str], *, tls: ssl.SSLContext | None = None
) -> Answered:
    """One request with these headers besides ours; a redirect or a refusal is an answer, too.

    Raises:
        SourceError: `url` is not an address that can be fetched.
        FetchError: it could not be reached, or must not be; one sentence.
    """
    try:
        async with asyncio.timeout(reading.timeout_s), _client(reading.user_agent, tls) as client:
            return await _get(client, _parsed(canonical_url(url)), reading, _answered, headers)
    except TimeoutError as error:
        raise FetchError(f"{url} took longer than {reading.timeout_s:g} seconds.") from error


async def _answered(response: httpx.Response, url: str, reading: Reading) -> Answered:
    body = b""
    if response.is_success:
        encoding = response.headers.get("Content-Encoding", "")
        body = await read_limited(response.aiter_raw(), encoding, reading.max_bytes)
    return Answered(url, response.status_code, response.headers, response.charset_encoding, body)


def _client(user_agent: str, tls: ssl.SSLContext | None) -> httpx.AsyncClient:
    """A client that obeys no proxy of the environment and follows nothing by itself."""
    headers = {"User-Agent": user_agent, "Accept": _ACCEPT, "Accept-Encoding": ACCEPTED}
    return httpx.AsyncClient(
        headers=headers,
        verify=tls or _tls(),
        trust_env=False,
        timeout=_SILENCE_S,
        follow_redirects=False,
    )


@functools.cache
def _tls() -> ssl.SSLContext:
    """The usual certificate checks; made once, since reading the authorities is slow."""
    return httpx.create_ssl_context()


async def _follow(client: httpx.AsyncClient, url: str, reading: Reading) -> Fetched:
    """The page at `url` or where it leads."""
    for _ in range(MAX_REDIRECTS + 1):
        answer = await _get(client, _parsed(url), reading, _read)
        if isinstance(answer, Fetched):
            return answer
        url = answer.url
    raise FetchError(f"{url} was reached after more than {MAX_REDIRECTS} redirects.")


def _parsed(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:  # stricter than RFC 3986 about hosts such as 0177.0.0.1
        raise FetchError(f"{url} is not an address that can be fetched.") from error


async def _get(
    client: httpx.AsyncClient,
    url: httpx.URL,
    reading: Reading,
    read: Callable[[httpx.Response, str, Reading], Awaitable[T]],
    headers: Mapping[str, str] | None = None,
) -> T:
    """One request, to the first of the host's checked addresses that can be connected to."""
    port = url.port or _PORTS[url.scheme]
    addresses = await addresses_of(url.host, port, allow_private=reading.allow_private)
    failure: httpx.TransportError | None = None
    for address in addresses[:_MAX_ADDRESSES]:
        request = _request(client, url, address, headers or {})
        try:
            response = await client.send(request, stream=True)
            try:
                return await read(response, str(url), reading)
            finally:
                await response.aclose()
        except httpx.ConnectError as error:
            failure = error
        except httpx.TransportError as error:
            raise FetchError(f"The connection to {url.host} broke off.") from error
    raise FetchError(_why_unconnected(url.host, failure)) from failure


def _request(
    client: httpx.AsyncClient, url: httpx.URL, address: str, headers: Mapping[str, str]
) -> httpx.Request:
    """A request to `address`, under the name of `url` (Host header, TLS certificate)."""
    return client.build_request(
        "GET",
        url.copy_with(host=address),
        headers={**headers, "Host": url.netloc.decode("ascii")},
        extensions={"sni_hostname": url.host},
    )


async def _read(response: httpx.Response, url: str, reading: Reading) -> Fetched | _Redirect:
    """What a response says."""
    if response.status_code in REDIRECTS:
        return _Redirect(redirect_target(url, response.headers.get("Location", "")))
    if not response.is_success:
        raise FetchError(f"{url} answered {status_words(response.status_code)}.")
    encoding = response.headers.get("Content-Encoding", "")
    body = await read_limited(response.aiter_raw(), encoding, reading.max_bytes)
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Fetched(url, content_type, response.charset_encoding, body)


def redirect_target(url: str, location: str) -> str:
    """Where a redirect leads; raises FetchError where that is nowhere or not fetched."""
    if not location:
        raise FetchError(f"{url} redirects to nowhere.")
    try:
        return canonical_url(urljoin(url, location))
    except (SourceError, ValueError) as error:
        raise FetchError(f"{url} redirects to an address that is not fetched.") from error


def status_words(code: int) -> str:
    """The status as a person reads it: 404 (not found)."""
    known = {status.value: status.phrase.lower() for status in HTTPStatus}
    return f"{code} ({known[code]})" if code in known else str(code)


def _why_unconnected(host: str, failure: BaseException | None) -> str:
    """Tells a broken certificate from a server that does not answer."""
    while failure is not None:
        if isinstance(failure, ssl.SSLError):
            return f"{host} could not prove who it is (TLS), so it was not read."
        failure = failure.__cause__ or failure.__context__
    return f"{host} does not accept connections."
