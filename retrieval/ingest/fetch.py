"""Gets a page by `web`, and says in one sentence why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from typing import TYPE_CHECKING

from retrieval.errors import FetchError
from retrieval.ingest import web

if TYPE_CHECKING:
    import ssl

    from retrieval.ingest.reading import Reading

_ACCEPT = "text/html,application/xhtml+xml,application/pdf,text/plain,text/markdown;q=0.9,*/*;q=0.5"
_LOGIN = "It is behind a login; open it in a browser and send its text or a saved copy instead."
_PAID = "It's behind a paywall; open it in a browser and send its text or a saved copy instead."
_ADVICE: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: _LOGIN,
    HTTPStatus.PAYMENT_REQUIRED: _PAID,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: _LOGIN,
}


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


async def fetch(url: str, reading: Reading, *, tls: ssl.SSLContext | None = None) -> Fetched:
    """The page at `url`; raises as `web.get` does, and FetchError if the server has none."""
    response = await web.get(url, reading, {"Accept": _ACCEPT}, tls=tls)
    if not response.ok:
        plain = f"{response.url_final} answered {status_words(response.status)}."
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
    except Exception as error:  # the parser fails on hostile parameters in ways nobody has listed
        raise FetchError("The server's Content-Type can't be read, so the page wasn't.") from error
    return header.partition(";")[0].strip().lower(), charset


def status_words(code: int) -> str:
    """The status as a person reads it: 404 (not found)."""
    known = {status.value: status.phrase.lower() for status in HTTPStatus}
    return f"{code} ({known[code]})" if code in known else str(code)
