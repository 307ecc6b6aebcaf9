"""A web server on 127.0.0.1, and the time at which all tests here take place."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from retrieval.ingest.http import FetchConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2024, 11, 20, 12, 0, tzinfo=UTC)
ARTICLE = (
    b"<html lang=en><head><title>Rivers rise</title></head><body><article><h1>Rivers rise</h1>"
    b"<p>The rivers of the north rose by two metres in one night, the water service said.</p>"
    b"<p>Nobody was hurt, but forty houses in three villages had to be left in a hurry.</p>"
    b"</article></body></html>"
)
REDIRECTS = {
    "/moved": "/article?utm_source=feed",
    "/loop": "/loop",
    "/metadata": "http://169.254.169.254/latest/",
    "/inside": "http://127.0.0.2/",
    "/six": "http://[::1]:80/",
    "/file": "file:///etc/passwd",
    "/empty": "",
}
FOR_GOOD = {
    "/for-good": "/feed",
    "/for-good-twice": "/for-good",
    "/for-good-then-not": "/moved",
}
REDIRECTS["/not-then-for-good"] = "/for-good"
PAGES: dict[str, tuple[bytes, dict[str, str]]] = {
    "/article": (ARTICLE, {"Content-Type": "text/html; charset=utf-8"}),
    "/packed": (gzip.compress(ARTICLE), {"Content-Encoding": "gzip"}),
    "/deflated": (zlib.compress(ARTICLE), {"Content-Encoding": "deflate"}),
    "/bomb": (gzip.compress(b"\0" * 50_000_000), {"Content-Encoding": "gzip"}),
    "/large": (b"a" * 3_000_000, {}),
    "/broken": (b"not packed", {"Content-Encoding": "gzip"}),
    "/odd": (b"x", {"Content-Encoding": "br"}),
    "/lines": (b'{"text": "%s"}\n{"text": 1}\n' % (b"The river rose again. " * 4), {}),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in REDIRECTS:
            self._answer(302, b"", {"Location": REDIRECTS[path]})
        elif path in FOR_GOOD:
            self._answer(301, b"", {"Location": FOR_GOOD[path]})
        elif path == "/feed":
            known = self.headers["If-None-Match"] == '"1"'
            self._answer(*((304, b"") if known else (200, b"news")), {"ETag": '"1"'})
        elif path in PAGES:
            self._answer(200, *PAGES[path])
        elif path == "/host":
            self._answer(200, self.headers["Host"].encode(), {})
        elif path == "/slow":
            self._drip()
        else:
            self._answer(int(path.strip("/")), b"", {})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):  # the client may have had enough
            self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.close_connection = True
        with suppress(OSError):
            for _ in range(50):
                self.wfile.write(b".")
                self.wfile.flush()
                time.sleep(0.05)  # a slow server, in its own thread: what the test is about

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Clients that hang up are what some tests are about."""


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of the server, without a slash at its end."""
    web = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{web.server_port}"
    web.shutdown()
    thread.join()
    web.server_close()


@pytest.fixture
def reading() -> FetchConfig:
    return FetchConfig(
        timeout_s=5, max_bytes=2_000_000, user_agent="test", allow_private=True, clock=lambda: NOW
    )


@pytest.fixture
def now() -> datetime:
    return NOW
