"""A site on 127.0.0.1 with misbehaving feeds; the test sets its clock."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGIN = datetime(2024, 11, 12, 8, tzinfo=UTC)
EVERY = timedelta(minutes=6)
_SHOWN = 12
_WORDS = "river bridge council harbour railway museum hospital village budget winter school map"


@dataclass
class FeedSite:
    """The site. `names` are its feeds; each has a new entry every six minutes while it publishes.

    `faults` switches the misbehaviour on or off; feeds that are `down` answer 500, and "pages"
    among them makes pages answer 404. `asked` counts requests by path, `doubled` are the feeds that
    were requested twice at the same time.
    """

    url: str = ""
    now: datetime = BEGIN
    publishing_until: datetime = BEGIN + timedelta(hours=1)
    faults: bool = True
    down: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    doubled: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    busy: Counter[str] = field(default_factory=Counter)
    most_at_once: int = 0
    names: tuple[str, ...] = (
        "good",
        "teasers",
        "slow",
        "broken",
        "huge",
        "moved",
        "duplicates",
        "busy",
        "stale",
        "gone",
    )

    def numbers(self, name: str) -> range:
        """The numbers of all entries that a feed has had so far."""
        until = min(self.now, self.publishing_until)
        if name == "gone":
            until = min(until, BEGIN + timedelta(minutes=13))
        return range(int((until - BEGIN) / EVERY) + 1)

    def title(self, name: str, number: int) -> str:
        """An article's final title."""
        late = self.now - BEGIN > EVERY * (number + 2)
        return f"{name} {number}" + (", corrected" if name == "duplicates" and late else "")

    def sentence(self, name: str, number: int) -> str:
        """A sentence unique to this article."""
        return f"The {name} desk counted {number} ships in the harbour of Testovo on Tuesday."


def long_text(site: FeedSite, name: str, number: int) -> list[str]:
    words = _WORDS.split()
    rest = [
        f"The {words[(number + n) % 12]} of {name} was {words[(number * n) % 12]} {n} for {number}."
        for n in range(16)
    ]
    return [site.sentence(name, number), " ".join(rest)]


def _item(site: FeedSite, name: str, number: int, guid: str, link: str) -> str:
    body = "".join(f"<p>{one}</p>" for one in long_text(site, name, number))
    content = f"<content:encoded><![CDATA[{body}]]></content:encoded>"
    more = "The harbour master promised a list of their names by the evening."
    teaser = f"<description>{site.sentence(name, number)} {more} Read more</description>"
    return (
        f"<item><title>{site.title(name, number)}</title><guid isPermaLink='false'>{guid}</guid>"
        f"<link>{link}</link><pubDate>{format_datetime(BEGIN + EVERY * number)}</pubDate>"
        f"{teaser if name == 'teasers' else content}</item>"
    )


def document(site: FeedSite, name: str) -> bytes:
    """The feed's present document, newest entries first."""
    items = []
    for number in list(site.numbers(name))[-_SHOWN:][::-1]:
        link = f"{site.url}/page/{name}/{number}"
        items.append(_item(site, name, number, f"{name}-{number}", link))
        if name == "duplicates":
            again = f"{name}-{number}-{site.now:%H%M}"
            items.append(_item(site, name, number, again, f"{link}?utm_source=again"))
    head = f"<title>Feed {name}</title><link>{site.url}/</link>"
    return (
        "<?xml version='1.0'?><rss version='2.0' "
        "xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
        f"<channel>{head}{''.join(items)}</channel></rss>"
    ).encode()


def page(site: FeedSite, name: str, number: int) -> bytes:
    body = "".join(f"<p>{one}</p>" for one in long_text(site, name, number))
    title = site.title(name, number)
    return (
        f"<html lang=en><head><title>{title}</title></head><body><article><h1>{title}</h1>"
        f"{body}</article></body></html>"
    ).encode()


@contextmanager
def feed_site() -> Iterator[FeedSite]:  # noqa: C901  one server, many faults
    site = FeedSite()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            with lock:
                site.asked[path] += 1
                site.agents.add(self.headers["User-Agent"])
                site.busy[path] += 1
                # the client may have given up on the slow one
                if site.busy[path] > 1 and "/feed/" in path and not path.endswith("slow"):
                    site.doubled.add(path)
                site.most_at_once = max(site.most_at_once, site.busy.total())
            try:
                self.serve(path, site.asked[path])
            finally:
                with lock:
                    site.busy[path] -= 1

        def serve(self, path: str, times: int) -> None:
            parts = path.strip("/").split("/")
            if parts[0] == "page":
                if site.faults and parts[1] == "teasers" and times == 1 and int(parts[2]) % 3 == 0:
                    return self.answer(503, b"", {"Retry-After": "120"})
                if "pages" in site.down:
                    return self.answer(404, b"", {})
                return self.answer(200, page(site, parts[1], int(parts[2])), {})
            if parts[0] == "site":
                link = "<link rel=alternate type='application/rss+xml' href='/feed/good'>"
                return self.answer(200, f"<html><head>{link}</head></html>".encode(), {})
            if parts[0] == "plain":
                return self.answer(200, b"<html><body>Nothing here.</body></html>", {})
            return self.feed(parts[-1], moved=parts[0] == "new", odd=times % 2 == 1)

        def feed(self, name: str, *, moved: bool, odd: bool) -> None:  # noqa: PLR0911
            body, bad = document(site, name), site.faults and odd
            etag = f'"{hash(body):x}"'
            if name in site.down:
                return self.answer(500, b"", {})
            if name == "moved" and not moved:
                return self.answer(301, b"", {"Location": "/new/feed/moved"})
            if name == "gone" and site.now >= BEGIN + timedelta(minutes=24):
                return self.answer(410, b"", {})
            if name == "slow" and bad and site.asked["/feed/slow"] < 8:
                return self.drip(body)
            if name == "broken" and bad:
                return self.answer(200, body[: len(body) // 2], {"ETag": '"broken"'})
            if name == "huge" and bad:
                return self.answer(200, body + b" " * 3_000_000, {})
            if name == "busy" and bad:
                return self.answer(429, b"", {"Retry-After": "240"})
            given = self.headers["If-None-Match"]
            if given is not None and (given == etag or name == "stale"):
                return self.answer(304, b"", {})
            return self.answer(200, body, {"ETag": etag})

        def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            with lock:
                site.statuses[status] += 1
            self.send_response(status)
            for key, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(key, value)
            self.end_headers()
            with suppress(OSError):  # the client may have given up
                self.wfile.write(body)

        def drip(self, body: bytes) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                for at in range(40):
                    self.wfile.write(body[at : at + 1])
                    self.wfile.flush()
                    time.sleep(0.05)  # a slow server, in its own thread: what the test is about

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Ignore clients that hang up."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
