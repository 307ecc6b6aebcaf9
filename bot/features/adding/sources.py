"""Sources of articles, and finding links and posts in messages. Pure."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from telegram import (
    MessageEntity,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
)

from retrieval.errors import SourceError
from retrieval.ingest.canonical import canonical_url
from retrieval.text.outlets import host_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from telegram import Chat, Checklist, Message, Poll


_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_BARE = re.compile(r"[^\s/@.]+\.[^\s/@]+/\S+")
# Punctuation around links in a sentence; a bracket that belongs to the address stays.
_AROUND = ".,;:!?»”\"'›…>"


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a web page or file."""

    url: str

    @property
    def label(self) -> str:
        """The address."""
        return self.url

    @property
    def queue(self) -> str:
        """One queue for each host."""
        return host_of(self.url)


@dataclass(frozen=True, slots=True)
class Post:
    """A message as an article; an `album` is one post. `published` is ISO 8601 with a zone."""

    text: str
    outlet: str
    url: str | None
    published: str
    album: str | None = None

    @property
    def label(self) -> str:
        """Its address, or else its outlet."""
        return self.url or f"the message of {self.outlet}"

    @property
    def queue(self) -> str:
        """One queue for posts, so that an edit comes after the post that it edits."""
        return "posts"

    @property
    def at(self) -> datetime:
        """Its instant of publication."""
        return datetime.fromisoformat(self.published)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent to the bot."""

    file_id: str
    name: str

    @property
    def label(self) -> str:
        """Its name."""
        return self.name

    @property
    def queue(self) -> str:
        """One file at a time."""
        return "files"


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on this machine, as it was at `changed_ns`."""

    path: str
    size: int
    changed_ns: int

    @property
    def label(self) -> str:
        """Its path."""
        return self.path

    @property
    def queue(self) -> str:
        """One file at a time."""
        return "files"


Source = Link | Post | Upload | LocalFile
_KINDS: dict[str, type[Source]] = {
    "link": Link,
    "post": Post,
    "upload": Upload,
    "file": LocalFile,
}


def to_json(source: Source) -> dict[str, Any]:
    """A source as JSON for the database."""
    kind = next(name for name, one in _KINDS.items() if isinstance(source, one))
    return {"kind": kind, **asdict(source)}


def from_json(kept: dict[str, Any]) -> Source:
    """A source from the JSON of `to_json`."""
    fields = dict(kept)
    return _KINDS[fields.pop("kind")](**fields)


def folded(urls: Iterable[str]) -> list[str]:
    """Addresses in order without repetitions, ignoring tracking parameters.

    Invalid ones are kept, so that the person is told why they are refused.
    """
    seen: dict[str, str] = {}
    for url in urls:
        try:
            key = canonical_url(url)
        except SourceError:
            key = url
        seen.setdefault(key, url)
    return list(seen.values())


def links_in(text: str, marked: Iterable[str] = ()) -> list[str]:
    """The links of a message in order without repetitions; `marked` are those Telegram found.

    Telegram also marks words like "Kursk.The"; without a scheme, a link must have a path.
    """
    written = [word for word in text.split() if _SCHEME.search(word)]
    found = [_stripped(word[_start(word) :]) for word in written]
    for one in marked:
        if _SCHEME.match(one):
            found.append(_stripped(one))
        elif _BARE.fullmatch(one):
            found.append(f"https://{_stripped(one)}")
    return folded(found)


def only_links(text: str) -> list[str]:
    """The links of a text with nothing but links; none if it has anything else."""
    words = text.split()
    return folded(words) if words and all(_SCHEME.match(word) for word in words) else []


def is_question(text: str) -> bool:
    """Whether a message with links asks something about them."""
    words = " ".join(word for word in text.split() if not _SCHEME.search(word))
    return words.rstrip().endswith("?")


def _start(word: str) -> int:
    found = _SCHEME.search(word)
    return found.start() if found else 0


def _stripped(url: str) -> str:
    url = url.rstrip(_AROUND)
    for opening, closing in ("()", "[]"):
        spare, end = url.count(closing) - url.count(opening), len(url)
        while spare > 0 and end and url[end - 1] in f"{closing}{_AROUND}":
            spare -= url[end - 1] == closing
            end -= 1
        if spare != url.count(closing) - url.count(opening):
            url = url[:end].rstrip(_AROUND)
    return url


# Telegram's ids of channels and supergroups begin with this; their links have the rest.
_CHANNELS = -1_000_000_000_000
_MARKS = {
    MessageEntity.SPOILER: "||",
    MessageEntity.BLOCKQUOTE: "\n\n",
    MessageEntity.EXPANDABLE_BLOCKQUOTE: "\n\n",
}
_CLINGING = re.compile(r"[,.;:!?…)\]»”]")
_EMPTY_SPOILER = re.compile(r"\|\|\s*\|\|")
_SPACES = re.compile(r"[^\S\n]{2,}")
_BLANK_LINES = re.compile(r"\n{3,}")


def post_link(chat: Chat, number: int) -> str:
    """The address of a channel's post; for a private channel, one that only members can open."""
    if chat.username:
        return f"https://t.me/{chat.username}/{number}"
    return f"https://t.me/c/{_CHANNELS - chat.id}/{number}"


def forwarded(message: Message) -> list[Source]:
    """The sources in a forwarded message: its links if it has nothing else, otherwise the post."""
    text = post_text(message)
    if links := only_links(text):
        return [Link(url) for url in links]
    outlet, url = origin_of(message)
    return [Post(text, outlet, url, _date(message).isoformat(), message.media_group_id)]


def channel_post(message: Message) -> Source:
    """A post of a channel that the bot is in."""
    chat = message.chat
    return Post(
        post_text(message),
        chat.title or chat.username or "Telegram channel",
        post_link(chat, message.message_id),
        message.date.isoformat(),
        message.media_group_id,
    )


def said(message: Message) -> str:
    """A message's text or caption."""
    return (message.text or message.caption or "").strip()


def post_text(message: Message) -> str:
    """The text of a post: its text, caption, poll or list.

    Struck-out text is left out. Spoilers are marked as one types them in Telegram, quotations
    are separate paragraphs.
    """
    text = message.text or message.caption or ""
    entities = message.entities if message.text else message.caption_entities
    parts = (_shown(text, entities), _poll(message.poll), _checklist(message.checklist))
    return "\n\n".join(filter(None, parts))


def _shown(text: str, entities: Sequence[MessageEntity]) -> str:
    """A text as readers see it; Telegram's offsets are in UTF-16 code units."""
    units = text.encode("utf-16-le", "surrogatepass")
    put_in: dict[int, list[str]] = {}
    struck = bytearray(len(units) // 2)
    for one in entities:
        start, end = one.offset, min(one.offset + one.length, len(struck))
        if start < 0 or start >= end:
            continue
        if one.type == MessageEntity.STRIKETHROUGH:
            struck[start:end] = b"\1" * (end - start)
        elif mark := _MARKS.get(one.type):
            put_in.setdefault(start, []).append(mark)
            put_in.setdefault(end, []).append(mark)
    parts: list[str] = []
    at = 0
    edges = sorted({0, len(struck), *put_in, *_edges(struck)})
    for at, until in pairwise(edges):
        parts += put_in.get(at, ())
        if not struck[at]:
            parts.append(units[2 * at : 2 * until].decode("utf-16-le", "replace"))
        elif parts and _CLINGING.match(_at(units, until)):
            parts[-1] = parts[-1].rstrip()
    parts += put_in.get(len(struck), ())
    shown = _EMPTY_SPOILER.sub("", "".join(parts))
    lines = (_SPACES.sub(" ", line).rstrip() for line in shown.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _edges(struck: bytearray) -> Iterator[int]:
    """The starts and ends of struck-out text."""
    return (at for at in range(1, len(struck)) if struck[at] != struck[at - 1])


def _at(units: bytes, at: int) -> str:
    return units[2 * at : 2 * at + 2].decode("utf-16-le", "replace")


def _poll(poll: Poll | None) -> str:
    """A poll's question and answers, with their votes once it is closed."""
    if poll is None:
        return ""
    options = (
        f"- {one.text}: {one.voter_count}" if poll.is_closed else f"- {one.text}"
        for one in poll.options
    )
    lines = "\n".join((poll.question, *options))
    return "\n\n".join(filter(None, (poll.description, lines, poll.explanation)))


def _checklist(checklist: Checklist | None) -> str:
    if checklist is None:
        return ""
    return "\n".join((checklist.title, *(f"- {one.text}" for one in checklist.tasks)))


def message_links(message: Message) -> list[str]:
    """The links in a message, including those behind words."""
    text = said(message)
    return links_in(text, [_address(message, one) for one in _entities(message)])


def origin_of(message: Message) -> tuple[str, str | None]:
    """A message's outlet and, if it has one, its address."""
    match message.forward_origin:
        case MessageOriginChannel() as origin:
            name = origin.chat.title or origin.chat.username or "Telegram channel"
            return name, post_link(origin.chat, origin.message_id)
        case MessageOriginUser() as origin:
            return origin.sender_user.full_name, None
        case MessageOriginChat() as origin:
            return origin.sender_chat.title or "Telegram group", None
        case MessageOriginHiddenUser() as origin:
            return origin.sender_user_name, None
    return (message.from_user.full_name if message.from_user else "Telegram"), None


def _entities(message: Message) -> list[MessageEntity]:
    every = (*message.entities, *message.caption_entities)
    return [one for one in every if one.type in {"url", "text_link"}]


def _address(message: Message, entity: MessageEntity) -> str:
    if entity.url:
        return entity.url
    return message.parse_entity(entity) if message.text else message.parse_caption_entity(entity)


def _date(message: Message) -> datetime:
    return message.forward_origin.date if message.forward_origin else message.date
