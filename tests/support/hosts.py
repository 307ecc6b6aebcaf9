"""Many sites on one server on 127.0.0.1: every name resolves to it, and `Host` selects the site."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pytest


@dataclass(frozen=True, slots=True)
class Page:
    """The content at an address; `drips_s` is how long its server takes for the body."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Sequence[tuple[str, str]] = ()
    drips_s: float = 0.0


@dataclass
class Hosts:
    """The sites: `pages` by host and path, the requests for each (`asked`) and their `cookies`."""

    port: int = 0
    pages: dict[str, Page] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    cookies: dict[str, str] = field(default_factory=dict)

    def url(self, page: str) -> str:
        """The address of "wire.example/1"."""
        host, _, path = page.partition("/")
        return f"http://{host}:{self.port}/{path}"

    def put(self, page: str, body: str | bytes, content_type: str = "", **more: Any) -> str:
        """Put content at an address; returns the address."""
        kind = content_type or "text/html; charset=utf-8"
        self.pages[page] = Page(body.encode() if isinstance(body, str) else body, kind, **more)
        return self.url(page)


def article(title: str, *paragraphs: str, name: str = "", head: str = "") -> str:
    """A page with an article."""
    site = f'<meta property="og:site_name" content="{name}">' if name else ""
    body = "".join(f"<p>{one}</p>" for one in paragraphs)
    return (
        f"<html lang=en><head><title>{title}</title>{site}{head}</head>"
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    )


def feed(title: str, *items: str) -> str:
    """An RSS document."""
    return (
        "<?xml version='1.0'?><rss version='2.0' "
        "xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
        f"<channel><title>{title}</title>{''.join(items)}</channel></rss>"
    )


def item(title: str, link: str, text: str = "", more: str = "", guid: str = "") -> str:
    """An entry, with full text if given."""
    content = f"<content:encoded><![CDATA[<p>{text}</p>]]></content:encoded>" if text else ""
    named = f"<guid isPermaLink='false'>{guid or link or title}</guid>"
    link = f"<link>{link}</link>" if link else ""
    return f"<item><title>{title}</title>{link}{named}{content}{more}</item>"


@contextmanager
def many_hosts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosts]:
    """Start the server; all names resolve to it."""
    hosts = Hosts()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = f"{self.headers['Host'].partition(':')[0]}{self.path}"
            hosts.asked[name] += 1
            hosts.cookies[name] = self.headers.get("Cookie", "")
            page = hosts.pages.get(name, Page(b"", status=404))
            self.send_response(page.status)
            given = [("Content-Type", page.content_type), ("Content-Length", str(len(page.body)))]
            for header, value in [*given, *page.headers]:
                self.send_header(header, value)
            self.end_headers()
            with suppress(OSError):  # the client may have given up
                time.sleep(page.drips_s)  # a slow server, in its own thread
                self.wfile.write(page.body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Ignore clients that hang up."""

    real = asyncio.BaseEventLoop.getaddrinfo

    async def resolve(loop: Any, host: str, port: int, **kinds: Any) -> list[Any]:
        if host == "127.0.0.1":
            return await real(loop, host, port, **kinds)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    hosts.port = server.server_port
    try:
        yield hosts
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
