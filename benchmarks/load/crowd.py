"""Readers who ask, wait for the whole answer, and ask again."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.synthetic import Texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.local_api import LocalBotApi, Message, Person

PATIENCE_S = 600.0
WORDS_ASKED = 5
_WENT_WRONG = ("That didn't work", "Something went wrong")


@dataclass(slots=True)
class Heard:
    """What came back: seconds of each answer from question to whole; how many were sourced."""

    seconds: list[float] = field(default_factory=list)
    sourced: int = 0
    told_busy: int = 0
    took_s: float = 0.0

    @property
    def a_second(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.took_s if self.took_s else 0.0


def people(api: LocalBotApi, count: int, first: int) -> list[Person]:
    """New readers."""
    return [api.person(f"R{first + n}", id=first + n) for n in range(count)]


async def crowd(
    api: LocalBotApi, readers: Sequence[Person], seconds: float, passages: int
) -> Heard:
    """Let all readers ask at once, each one question after the other, for some seconds."""
    heard, texts = Heard(), Texts()
    start = time.perf_counter()
    end = start + seconds
    async with asyncio.TaskGroup() as group:
        for number, reader in enumerate(readers):
            chance = random.Random(number)  # noqa: S311  not for secrets
            group.create_task(_ask(api, reader, (end, passages), (chance, texts), heard))
    heard.took_s = time.perf_counter() - start
    return heard


async def _ask(
    api: LocalBotApi,
    reader: Person,
    until: tuple[float, int],
    what: tuple[random.Random, Texts],
    heard: Heard,
) -> None:
    (end, passages), (chance, texts) = until, what
    while time.perf_counter() < end:
        words = texts.sentence(chance.randrange(passages)).rstrip(".").split()
        picked = " ".join(chance.sample(words, WORDS_ASKED))
        asked_at = time.perf_counter()
        question = await reader.send(f"Which report says {picked}?")
        answer, busy = await _whole_answer(api, reader, question)
        heard.seconds.append(time.perf_counter() - asked_at)
        heard.sourced += "[1]" in answer.text
        heard.told_busy += busy
        _forget(api, reader)


async def _whole_answer(
    api: LocalBotApi, reader: Person, question: Message
) -> tuple[Message, bool]:
    """The first message with buttons after the question, or that says what went wrong.

    A draft has no buttons.
    """
    chat = reader.private_chat()

    def look() -> Message | None:
        for number in range(question.id + 1, chat.last_id + 1):
            one = chat.messages.get(number)
            if one is None or one.sender is not api.bot or one.deleted:
                continue
            if one.buttons or one.text.startswith(_WENT_WRONG):
                return one
        return None

    answer = await chat.changes.until(look, PATIENCE_S)
    after = [one for one in chat.messages.values() if one.id > question.id]
    busy = any(version.text.startswith("Busy") for one in after for version in one.versions)
    return answer, busy


def _forget(api: LocalBotApi, reader: Person) -> None:
    """What Telegram would keep, and this process need not."""
    reader.private_chat().messages.clear()
    api.gateway.log.clear()
