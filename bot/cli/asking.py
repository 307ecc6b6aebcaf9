"""`sitrep ask`, `sitrep search` and `sitrep brief`."""

from __future__ import annotations

import json
import sys
import textwrap
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.console import Console
from rich.text import Text

from bot.cli.json_output import answer_json, briefing_json, hit_json
from bot.features.briefings import documents, views
from bot.features.questions.views import also_in, article_day, render
from bot.features.topics import read_topics
from bot.language import replying_in, translated
from bot.ops.logs import set_up_logging, struck
from bot.settings import BotSettings
from bot.telegram.rich_text import JOINER, clean
from retrieval.answering.intents import talk_of
from retrieval.briefing import BriefingOptions, parse_since
from retrieval.errors import IndexBusyError, RequestError, SettingsError, SitrepError
from retrieval.library import Library, open_library
from retrieval.llm import Health
from retrieval.models import Answer, BriefingWindow, Length
from retrieval.text.words import words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
    from datetime import tzinfo

    from bot.telegram.rich_text import RichText
    from retrieval.models import Briefing, Hit, Unanswered
    from retrieval.search.query import Plan


Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class BatchQuestion:
    """A line of a batch; `problem` says why it can't be asked."""

    id: Any
    question: str = ""
    now: datetime | None = None
    problem: str | None = None


async def run_ask(question: str | None, *, as_json: bool) -> int:
    """Answer a question, or a batch from standard input if it is None."""
    settings = BotSettings.read()
    set_up_logging(settings, "ERROR")
    async with open_library(settings) as library:
        health = library.chat.health if library.chat is not None else Health()

        async def answer(question: str, now: datetime | None = None) -> Answer | Unanswered:
            return in_its_language(await library.answerer.answer(question, now))

        async def answered(one: BatchQuestion) -> dict[str, Any]:
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
    """The result, with a reply to small talk in the language of the question."""
    talk = talk_of(result.question)
    if talk is None or not isinstance(result, Answer):
        return result
    with replying_in(talk.language):
        said = translated(talk.reply)
    return replace(
        result, claims=tuple(replace(one, text=said, message=None) for one in result.claims)
    )


def _say_failures(health: Health, before: int, which: str = "") -> None:
    """Print errors of the chat model's server for the operator; readers get a plain sentence."""
    if health.failed > before:
        words = struck(health.details) or "its server said nothing"
        sys.stderr.write(f"{which}{health.said} ({words})\n")


async def run_search(question: str | None, k: int, *, as_json: bool, explain: bool) -> int:
    """Search for a question, or for a batch from standard input if it is None.

    `explain` prints to standard error how the question was understood.
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


async def _batch(work: Callable[[BatchQuestion], Awaitable[dict[str, Any]]]) -> int:
    """Print a result for each line, in order; a failed line doesn't stop the rest."""
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


def read_batch(lines: Iterable[str]) -> Iterator[BatchQuestion]:
    """Questions from JSONL: strings, or objects with `question` and optionally `id` and `now`."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield parse_question(line, number)


def parse_question(line: str, number: int) -> BatchQuestion:
    """Parse a line; without an `id`, its number is used."""
    try:
        value = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return BatchQuestion(number, problem=f"Line {number} is not JSON.")
    if isinstance(value, str):
        value = {"question": value}
    if not isinstance(value, dict) or not isinstance(value.get("question"), str):
        return BatchQuestion(number, problem=f"Line {number} holds no question.")
    name = value.get("id", number)
    now = value.get("now")
    if now is None:
        return BatchQuestion(name, value["question"])
    try:
        instant = datetime.fromisoformat(now)
    except (TypeError, ValueError):
        problem = f"Line {number}: `now` has to be an ISO 8601 instant, such as 2024-11-12T07:30Z."
        return BatchQuestion(name, problem=problem)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return BatchQuestion(name, value["question"], instant)


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
    # text from JSON may have lone surrogates, which can't be printed
    line = json.dumps(value, ensure_ascii=False)
    sys.stdout.write((line if line.isascii() else _sound(line, value)) + "\n")
    sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class BriefRequest:
    """The arguments of `sitrep brief`; `form` is text, json, md or html."""

    since: str | None = None
    topics: Sequence[str] = ()
    length: Length = Length.STANDARD
    now: str | None = None
    reader: str | None = None
    zone: str = "UTC"
    form: str = "text"


async def run_brief(asked: BriefRequest) -> int:
    """Write a briefing. With a reader it goes into the ledger, and the next one continues it."""
    zone = _zone(asked.zone)
    now = _now(asked.now, zone)
    topics = _topics(asked.topics)
    settings = BotSettings.read()
    set_up_logging(settings, "ERROR")
    async with open_library(settings) as library:
        await _index(library)
        wish = BriefingOptions(topics, asked.length, _window(asked.since, now, zone))
        reader = f"cli:{asked.reader}" if asked.reader else None
        written = await library.desk.write(reader, wish, now)
        _show(written.briefing, asked.form, zone)
        if reader is not None:
            await library.desk.tell(reader, written, now)
    return 0


def _show(briefing: Briefing, form: str, zone: tzinfo) -> None:
    if form == "json":
        sys.stdout.write(json.dumps(briefing_json(briefing), ensure_ascii=False) + "\n")
    elif form in {"md", "html"}:
        sys.stdout.write(documents.document(briefing, zone, form))
    else:
        Console(highlight=False).print(styled_text(views.whole(briefing, zone)))


async def _index(library: Library) -> None:
    """Embed pending revisions, unless a running bot does that."""
    try:
        with library.index_lock():
            await library.indexer.work()
    except IndexBusyError:
        return


def _window(since: str | None, now: datetime, zone: tzinfo) -> BriefingWindow | None:
    if since is None:
        return None
    start = parse_since(since, now, zone)
    if start is None:
        raise SettingsError(
            f"--since {since}: give a time in the last year, such as 24h, 3d, monday or 2024-11-10."
        )
    return BriefingWindow(start, now)


def _topics(asked: Sequence[str]) -> tuple[str, ...]:
    if any(not words(one) for one in asked):
        raise SettingsError("--topic: a topic is a few words, such as --topic Kursk.")
    try:
        return read_topics(",".join(asked))
    except RequestError as error:
        raise SettingsError(f"--topic: {error}") from None


def _now(text: str | None, zone: tzinfo) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            f"--now {text}: expected an ISO 8601 instant, such as 2024-11-12T07:30."
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(f"--zone {name}: expected an IANA name, such as Europe/Kyiv.") from None


_STYLES = {
    "bold": "bold",
    "italic": "italic",
    "text_link": "underline",
    "expandable_blockquote": "dim",
}


def answer_text(result: Answer | Unanswered) -> Text:
    """An answer as Telegram would show it, with its links written out."""
    return styled_text(render(result))


def hit_text(number: int, hit: Hit) -> Text:
    """A found passage as text."""
    article = hit.passage.article
    head = f"{number}. {clean(article.outlet)}, {article_day(article)}{also_in(article)}: "
    title = clean(article.title)
    body = textwrap.fill(clean(hit.passage.text), 96)
    indented = textwrap.indent(body, "   ")
    text = Text(head).append(title, style="bold")
    return text.append(f"\n{indented}\n")


def plan_text(plan: Plan) -> str:
    """How a question was understood, in a few lines."""
    window = "none"
    if plan.window is not None:
        first, last = (f"{at:%Y-%m-%d %H:%M}" for at in (plan.window.start, plan.window.end))
        window = f"{first} to {last} UTC, from “{plan.window.words}”"
    lines = (
        ("asked at", f"{plan.now:%Y-%m-%d %H:%M} UTC"),
        ("window", window),
        ("freshness", plan.freshness.value),
        ("outlets", ", ".join(plan.outlets) or "none named"),
        ("names", ", ".join(plan.names) or "none"),
        ("terms", ", ".join(plan.terms) or "none"),
    )
    return "".join(f"{name:10} {value}\n" for name, value in lines)


def styled_text(rich_text: RichText) -> Text:
    """A text with its marks as terminal styles and links."""
    text = Text(rich_text.text)
    for mark in rich_text.marks:
        style = _STYLES.get(mark.kind, "")
        if mark.url is not None:
            style = f"{style} link {mark.url}".strip()
        text.stylize(style, mark.start, mark.end)
    return Text().join(text.split(JOINER))
