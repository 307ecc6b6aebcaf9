"""A news site of our own on 127.0.0.1."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Story:
    """What the page at /story says."""

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


@dataclass
class WebServer:
    """Where the site is; `change` rewrites its story."""

    url: str
    addition: str = ""

    def change(self) -> None:
        self.addition = "On Tuesday the brigade withdrew from the western bank."


@contextmanager
def web_server() -> Iterator[WebServer]:
    site = WebServer("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pages = {
                "/story": PAGE.html(site.addition),
                "/empty": b"",
                "/menu": b"<html><body><ul><li>Home<li>About</ul></body></html>",
                "/huge": b"<html>" + b"x" * 25_000_000,
            }
            body = pages.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            with suppress(OSError):  # the client may have had enough
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
        server.shutdown()
        thread.join()
        server.server_close()
