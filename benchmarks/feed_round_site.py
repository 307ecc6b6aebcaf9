"""The site of `feed_round`: many feeds on 20 hosts of loopback, in a process of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    Pipe = Connection[Any, Any]

HOSTS = 20
BEGIN = datetime(2024, 11, 1, tzinfo=UTC)
_WORDS = [
    "river",
    "bridge",
    "council",
    "harbour",
    "railway",
    "museum",
    "hospital",
    "village",
    "budget",
    "winter",
    "school",
    "market",
    "engine",
    "letter",
    "garden",
    "mountain",
    "island",
    "window",
    "painter",
    "doctor",
    "station",
    "forest",
    "castle",
    "teacher",
]


def document(feed: int, first: int, entries: int) -> bytes:
    """RSS with the entries `first` to `first + entries`, newest first, 1,500 characters each."""
    items = "".join(_item(feed, number) for number in range(first + entries - 1, first - 1, -1))
    return (
        "<?xml version='1.0'?><rss version='2.0' "
        "xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
        f"<channel><title>Feed {feed}</title><ttl>1</ttl>{items}</channel></rss>"
    ).encode()


def _item(feed: int, number: int) -> str:
    seed = feed * 7919 + number
    said = [
        f"The {_WORDS[(seed + n) % 24]} of Testovo{seed} saw {_WORDS[(seed * (n + 3)) % 24]} {n}, "
        f"an officer said about case {feed}-{number}-{n} on Tuesday."
        for n in range(15)
    ]
    body = "".join(f"<p>{' '.join(said[at : at + 3])}</p>" for at in range(0, 15, 3))
    at = format_datetime(BEGIN + timedelta(minutes=number))
    return (
        f"<item><title>Report {number} of {feed}</title><guid>{feed}-{number}</guid>"
        f"<link>https://f{feed}.example/{number}</link><pubDate>{at}</pubDate>"
        f"<content:encoded><![CDATA[{body}]]></content:encoded></item>"
    )


def serve(pipe: Pipe, feeds: int, entries: int) -> None:
    """The sites, in a process of their own; a number through the pipe is how much news there is."""
    news = 0
    bodies: dict[tuple[int, int], bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            feed = int(self.path.strip("/"))
            tag = f'"{feed}-{news}"'
            same = self.headers["If-None-Match"] == tag
            body = b"" if same else bodies[feed, news]
            self.send_response(304 if same else 200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", tag)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    for feed in range(feeds):
        bodies[feed, 0] = document(feed, 0, entries)
    ports = []
    for host in range(HOSTS):
        server = ThreadingHTTPServer((f"127.0.0.{host + 1}", 0), Handler)
        ports.append(server.server_port)
        Thread(target=server.serve_forever, daemon=True).start()
    pipe.send(ports)
    while (more := pipe.recv()) is not None:
        for feed in range(feeds):
            bodies[feed, more] = document(feed, more, entries)
        news = more
        pipe.send(news)
