"""A news site on 127.0.0.1."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Story:
    """The content of the page at /story."""

    title: str = "Bridge at Glushkovo stays in Ukrainian hands"
    outlet: str = "Border Gazette"
    sentence: str = "Ukrainian soldiers hold the bridge at Glushkovo, a brigade said on Monday."

    def html(self, addition: str) -> bytes:
        paragraphs = (
            self.sentence,
            "The bridge is the last one over the Seym that can carry trucks, according to maps.",
            f"Residents said that shelling had stopped during the night. {addition}",
        )
        body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        return (
            f"<html lang=en><head><title>{self.title}</title>"
            f'<meta property="og:site_name" content="{self.outlet}">'
            '<meta property="article:published_time" content="2024-09-02T08:30:00Z"></head>'
            f"<body><article><h1>{self.title}</h1>{body}</article></body></html>"
        ).encode()


PAGE = Story()


def numbered(number: int) -> bytes:
    """A different story for each number."""
    title = f"Village {number} reports"
    text = f"The village of Testovo{number} reported {number} drones, its mayor said on Friday. "
    body = f"<p>{text}</p><p>Repairs will take a week, according to the district of {number}.</p>"
    return (
        f"<html lang=en><head><title>{title}</title></head>"
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    ).encode()


def _open_gate() -> threading.Event:
    gate = threading.Event()
    gate.set()
    return gate


@dataclass
class WebServer:
    """The site; `change` rewrites its story.

    /n/NUMBER is a different story for each number; they wait while the `gate` is closed.
    /flaky/NUMBER are stories that answer 503 until the site is `mended`.
    """

    url: str
    addition: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    at_once: int = 0
    most_at_once: int = 0
    mended: bool = False
    gate: threading.Event = field(default_factory=_open_gate)

    def change(self) -> None:
        self.addition = "On Tuesday the brigade withdrew from the western bank."


@contextmanager
def web_server() -> Iterator[WebServer]:
    site = WebServer("")
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with lock:
                site.asked[self.path] += 1
                site.at_once += 1
                site.most_at_once = max(site.most_at_once, site.at_once)
            try:
                self.answer()
            finally:
                with lock:
                    site.at_once -= 1

        def answer(self) -> None:
            pages = {
                "/story": PAGE.html(site.addition),
                "/empty": b"",
                "/menu": b"<html><body><ul><li>Home<li>About</ul></body></html>",
                "/huge": b"<html>" + b"x" * 25_000_000,
            }
            body = pages.get(self.path)
            status = 404 if body is None else 200
            kind, _, number = self.path.strip("/").partition("/")
            if kind in {"n", "flaky"}:
                body, status = numbered(int(number)), 200
                if kind == "flaky" and not site.mended:
                    body, status = b"", 503
                site.gate.wait(30)
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            with suppress(OSError):  # the client may have given up
                self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        site.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()
