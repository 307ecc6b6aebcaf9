"""What is to be sent: the words between whoever writes a briefing and the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bot.render.rich_text import RichText, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from retrieval.models import Length

Buttons = tuple[tuple[tuple[str, str], ...], ...]
Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A text of any length, and rows of (label, callback data) under its end."""

    text: RichText
    buttons: Buttons = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A briefing ready to be sent.

    `until` is the end of what it covers. `briefing_id` goes into the reader's ledger; None keeps
    nothing there. `quiet`: there is nothing new, and a silent subscription gets no message.
    `after`: it is right only for who was given these briefings before, and no others.
    """

    briefing_id: int | None
    parts: tuple[OutgoingMessage, ...]
    until: datetime
    quiet: bool = False
    after: tuple[int, ...] | None = None


class Writer(Protocol):
    """Whoever writes the briefings."""

    async def write(  # noqa: PLR0913, PLR0917  the agreed words
        self,
        reader: str,
        topics: tuple[str, ...],
        length: Length,
        start: datetime,
        end: datetime,
        zone: str,
        late: bool,  # noqa: FBT001
        weekly: bool = False,  # noqa: FBT001, FBT002
    ) -> Prepared:
        """The briefing of `[start, end)` for a reader whose clock shows `zone`.

        `weekly`: a summary of the seven days before `end` instead, whatever the reader was told.

        Readers who have everything but `reader` in common are asked for one after the other, so
        that what the first one got can be given to the rest. `late`: it should have come earlier.

        Raises:
            SitrepError: it can't be written now; asked again later.
        """
        ...


def reader_of(chat_id: int, thread_id: int) -> str:
    """The reader's name in the ledger; `thread_id` 0 is outside a forum's topics."""
    return f"telegram:{chat_id}:{thread_id}"


def chat_of(reader: str) -> int:
    """The chat of a reader by the ledger's name."""
    return int(reader.split(":")[1])


def payloads(parts: Iterable[OutgoingMessage]) -> tuple[Payload, ...]:
    """As the outbox keeps them, each one Telegram message."""
    return tuple(payload for part in parts for payload in _pieces(part))


def _pieces(part: OutgoingMessage) -> list[Payload]:
    pieces = split(part.text)
    last = len(pieces) - 1
    return [
        {
            "text": piece.text,
            "entities": [list(entity) for entity in piece.entities()],
            "buttons": _as_lists(part.buttons) if number == last else [],
        }
        for number, piece in enumerate(pieces)
    ]


def _as_lists(buttons: Sequence[Sequence[tuple[str, str]]]) -> list[list[list[str]]]:
    return [[[label, data] for label, data in row] for row in buttons]
