"""`sitrep ask` and `sitrep search`, one question or a batch."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console

from bot.as_json import answer_json, hit_json
from bot.language import replying_in, translated
from bot.logs import set_up_logging, struck
from bot.render.terminal import answer_text, hit_text, plan_text
from bot.settings import BotSettings
from retrieval.answering.intents import talk_of
from retrieval.errors import SitrepError
from retrieval.library import open_library
from retrieval.models import Answer
from retrieval.providers import Health

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from retrieval.models import Unanswered

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of a batch. `problem` says why it can't be asked."""

    id: Any
    question: str = ""
    now: datetime | None = None
    problem: str | None = None


async def run_ask(question: str | None, *, as_json: bool) -> int:
    """Answer one question, or with None a batch from standard input."""
    settings = BotSettings.read()
    set_up_logging(settings, "ERROR")
    async with open_library(settings) as library:
        health = library.chat.health if library.chat is not None else Health()

        async def answer(question: str, now: datetime | None = None) -> Answer | Unanswered:
            return in_its_language(await library.answerer.answer(question, now))

        async def answered(one: Asked) -> dict[str, Any]:
            before = health.failed
            result = await answer(one.question, one.now)
            _say_failures(health, before, f"{one.id}: ")
            return answer_json(result)

        if question is None:
            return await _batch(answered)
        result = await answer(question)
        _say_failures(health, 0)
    if as_json:
        _print_json(answer_json(result))
    else:
        Console(highlight=False).print(answer_text(result))
    return 0


def in_its_language(result: Answer | Unanswered) -> Answer | Unanswered:
    """The result; the line for who asks nothing in the language of what was written."""
    talk = talk_of(result.question)
    if talk is None or not isinstance(result, Answer):
        return result
    with replying_in(talk.language):
        said = translated(talk.reply)
    return replace(result, claims=tuple(replace(one, text=said) for one in result.claims))


def _say_failures(health: Health, before: int, which: str = "") -> None:
    """What the chat model's server said, for the operator; readers have a sentence of ours."""
    if health.failed > before:
        words = struck(health.details) or "its server said nothing"
        sys.stderr.write(f"{which}{health.sentence} ({words})\n")


async def run_search(question: str | None, k: int, *, as_json: bool, explain: bool) -> int:
    """Search for one question, or with None for a batch from standard input.

    `explain` says on standard error how the question was understood.
    """
    settings = BotSettings.read()
    set_up_logging(settings, "ERROR")
    async with open_library(settings) as library:
        find = library.searcher.search
        if question is None:
            return await _batch(
                lambda one: _as_json(
                    find(one.question, k, one.now),
                    lambda hits: {"passages": [hit_json(hit) for hit in hits]},
                )
            )
        hits = await find(question, k)
        if explain:
            sys.stderr.write(plan_text(await library.searcher.plan(question)))
    if as_json:
        for hit in hits:
            _print_json(hit_json(hit))
    else:
        console = Console(highlight=False)
        for number, hit in enumerate(hits, start=1):
            console.print(hit_text(number, hit))
        if not hits:
            console.print("Nothing found.")
    return 0


async def _batch(work: Callable[[Asked], Awaitable[dict[str, Any]]]) -> int:
    """A result for each line, in order; a line that fails says so and the next is read."""
    failed = False
    for asked in read_batch(sys.stdin):
        result: dict[str, Any]
        if asked.problem is not None:
            result = {"error": asked.problem}
        else:
            try:
                result = await work(asked)
            except SitrepError as error:
                result = {"error": str(error)}
        failed = failed or "error" in result
        _print_json({"id": asked.id, **result})
    return 1 if failed else 0


def read_batch(lines: Iterable[str]) -> Iterator[Asked]:
    """Questions from JSONL: objects with `question` and, if wanted, `id` and `now`; or strings."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield parse_question(line, number)


def parse_question(line: str, number: int) -> Asked:
    """One line; `id` is the line's number where it names none."""
    try:
        value = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return Asked(number, problem=f"Line {number} is not JSON.")
    if isinstance(value, str):
        value = {"question": value}
    if not isinstance(value, dict) or not isinstance(value.get("question"), str):
        return Asked(number, problem=f"Line {number} holds no question.")
    name = value.get("id", number)
    now = value.get("now")
    if now is None:
        return Asked(name, value["question"])
    try:
        instant = datetime.fromisoformat(now)
    except (TypeError, ValueError):
        problem = f"Line {number}: `now` has to be an ISO 8601 instant, such as 2024-11-12T07:30Z."
        return Asked(name, problem=problem)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return Asked(name, value["question"], instant)


def _no_number(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's


async def _as_json(
    result: Awaitable[Result], form: Callable[[Result], dict[str, Any]]
) -> dict[str, Any]:
    return form(await result)


def _sound(line: str, value: dict[str, Any]) -> str:
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return line


def _print_json(value: dict[str, Any]) -> None:
    # what was read from JSON may hold half a surrogate, which no output can
    line = json.dumps(value, ensure_ascii=False)
    sys.stdout.write((line if line.isascii() else _sound(line, value)) + "\n")
    sys.stdout.flush()
