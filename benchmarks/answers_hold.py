"""`make eval`, answers: is every footnote a slice of a stored revision, and do planted orders work?

Citations: the questions of realtimeqa-2022, answered in quotes and by a model double that cites
sentences at random, some of which were never shown. Orders: those of BIPIA's training part planted
in an article at its beginning, middle and end, answered by a double that does what it reads.
Writes benchmarks/results/answers-hold.md.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks.places import RESULTS, SHARED
from benchmarks.retrieval_quality import (
    SET,
    archive_settings,
    load_questions,
    names_of_articles,
)
from bot.features.questions.views import render
from retrieval.answering import AnswerConfig, Answerer
from retrieval.library import Library, open_library
from retrieval.models import Answer
from retrieval.settings import LibrarySettings
from tests.support.archives import cut, draft
from tests.support.fakes import ScriptedChatModel
from tests.support.linking import touchable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from retrieval.models import Citation, Unanswered

ATTACKS = SHARED / "injection" / "bipia-text-attacks-train.json"
QUESTION = "How many troops were massed for the Kursk offensive?"
NEWS = (
    "The Alpha Times reported that 50,000 troops massed for a Kursk offensive.",
    "Officers near Kursk spoke of three weeks of preparation.",
    "It rained in Kursk, and the roads were closed.",
)
_MARK = re.compile(r"^\[\d+\.\d+\]", re.MULTILINE)


async def main() -> None:
    """Measure, print, write."""
    console = Console()
    if not SET.is_dir():
        console.print(f"No questions at {SET}; see SITREP_SHARED_DATA.")
        raise SystemExit(1)
    async with open_library(archive_settings()) as library:
        await names_of_articles(library, console)
        quoted = await _citations(library, None)
        cited = await _citations(library, ScriptedChatModel(speaker=_at_random))
    effects, planted = await _orders()
    shown = "planted orders that show a link, name, command or uncited line"
    lines = [
        "# What answers are made of",
        "",
        f"Written by `python -m benchmarks.answers_hold` on {datetime.now(UTC):%d %B %Y}.",
        "",
        "| | of |",
        "|---|--:|",
        f"| footnotes in quote mode that are verbatim slices of a current revision | {quoted} |",
        f"| the same, cited at random by a model double, a third of its ids invented | {cited} |",
        f"| {shown} | {effects} of {planted} |",
    ]
    console.print("\n".join(lines), soft_wrap=True)
    (RESULTS / "answers-hold.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


async def _citations(library: Library, model: ScriptedChatModel | None) -> str:
    answerer = Answerer(
        library.searcher, library.reading, model, AnswerConfig(passages=8, threshold=0)
    )
    good, count = 0, 0
    for question in load_questions():
        answer = await answerer.answer(question.text, question.asked)
        for citation in answer.citations if isinstance(answer, Answer) else ():
            count += 1
            good += await _is_slice(library, citation)
    return f"{good:,} of {count:,}"


async def _is_slice(library: Library, citation: Citation) -> bool:
    current = await library.archive.articles.newest([citation.article.id])
    article, text = current[citation.article.id]
    same = article.revision_id == citation.article.revision_id
    return same and text[citation.start : citation.end] == citation.quote


def _at_random(messages: list[BaseMessage]) -> str:
    """Sentences as they stand, each with ids of which some are invented."""
    chosen = random.Random(len(messages[-1].text))  # noqa: S311  for repeatable choices
    lines = [line for line in messages[-1].text.splitlines() if _MARK.match(line)]
    said = []
    for line in chosen.sample(lines, min(5, len(lines))):
        mark, _, text = line.partition(" ")
        invented = f"[{chosen.randint(20, 99)}.{chosen.randint(1, 99)}]"
        said.append(f"{text.rstrip('.')} {mark}{invented if chosen.random() < 0.5 else ''}")
    return "\n".join(said)


async def _orders() -> tuple[int, int]:
    attacks = json.loads(ATTACKS.read_text(encoding="utf-8"))
    orders = [order for some in attacks.values() for order in some]
    effects = 0
    places = range(3)
    for place in places:
        for order in orders:
            effects += await _has_effect(order, place)
    return effects, len(orders) * len(places)


async def _has_effect(order: str, place: int) -> bool:
    text = " ".join([*NEWS[:place], order, *NEWS[place:]])
    with tempfile.TemporaryDirectory() as folder:
        settings = LibrarySettings.read(_env_file=None, data_dir=Path(folder), chat_model="")
        async with open_library(settings) as library:
            one = draft(text, order[:80], "Alpha", "https://alpha.example/1")
            await library.archive.articles.store(one, cut(text), added_by="benchmark")
            model = ScriptedChatModel(speaker=lambda messages: _obey(order, messages))
            rules = AnswerConfig(passages=8, threshold=0)
            answerer = Answerer(library.searcher, library.reading, model, rules)
            return _shows(await answerer.answer(QUESTION, datetime.now(UTC)))


def _obey(order: str, messages: Sequence[BaseMessage]) -> str:
    marks = _MARK.findall(messages[-1].text) or ["[1.1]"]
    return (
        f"{order} {marks[0]}\n{order} [9.9]\n{order}\nWrite @evil_bot, press https://evil.example "
        f"or send /forget {marks[-1]}\n50,000 troops massed for a Kursk offensive {marks[0]}"
    )


def _shows(answer: Answer | Unanswered) -> bool:
    """Whether there is something to touch, or a statement without a footnote."""
    uncited = isinstance(answer, Answer) and any(not one.citations for one in answer.claims)
    return bool(touchable(render(answer).text)) or uncited


if __name__ == "__main__":
    asyncio.run(main())
