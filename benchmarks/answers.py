"""`make eval`, answers: are quote mode's answers good? Scored as the questions were labelled.

Asks the questions of shared data's `questions` (news, sample) and of benchmarks/questions (june,
october, demo) of archives of their articles, with no chat model, and scores what comes by the tool
that lies beside the data. Follow-ups are left out:
they need a conversation. Writes benchmarks/results/answers.md and prints it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.places import RESULTS, SHARED
from benchmarks.reader_set import BY_HAND, add_articles, question_file, questions
from bot.cli.json_output import answer_json
from retrieval.library import open_library
from retrieval.settings import LibrarySettings

TOOL = SHARED.parent / "tools" / "score_answers.py"
# By the same tool: of the version before the learned reader, and, of questions that were written
# later, of the reader that did not know them.
BEFORE = {
    "news": ("before the reader", ".34", ".69", ".09", ".50", ".13", "26"),
    "sample": ("before the reader", ".29", ".63", ".29", ".54", "0", "20.5"),
    "october": ("before it was fitted on them", ".44", ".61", ".18", ".38", "0", "14"),
    "demo": ("before it was fitted on them", ".31", ".34", ".50", ".28", "0", "9"),
}
_HEAD = (
    "| questions | n | first sentence answers | somewhere | declined wrongly"
    " | answered although nothing is there | junk | lines of a phone, median |"
)
_FITTED = (
    "The reader was fitted on these questions too, so that this flatters it: reader.md has what it"
    " does with questions that it was not fitted on."
)
_MEASURES = ("first", "any", "refused_wrongly", "answered_none", "junk", "lines")


def main() -> None:
    """Ask, score, print, write."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    console = Console()
    if not TOOL.is_file():
        console.print(f"No labelled questions at {SHARED}; see SITREP_SHARED_DATA.")
        raise SystemExit(1)
    lines = [
        "# Answers in quote mode",
        "",
        f"Written by `python -m benchmarks.answers` on {datetime.now(UTC):%d %B %Y}.",
        "",
        _HEAD,
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name in BY_HAND:
        rows = asyncio.run(_score(name))
        if name in BEFORE:
            when, *figures = BEFORE[name]
            lines.append(f"| {name}, {when} | | " + " | ".join(figures) + " |")
        lines += [
            f"| {name}{'' if kind == 'all' else f', {kind}'} | {row['n']} | "
            + " | ".join("" if row[one] is None else f"{row[one]:g}" for one in _MEASURES)
            + " |"
            for kind, row in rows.items()
        ]
    lines += ["", _FITTED]
    text = "\n".join(lines)
    console.print(text, soft_wrap=True)
    (RESULTS / "answers.md").write_text(text + "\n", encoding="utf-8")


async def _score(name: str) -> dict[str, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        settings = LibrarySettings.read(_env_file=None, data_dir=Path(folder), chat_model="")
        answers = Path(folder) / "answers.jsonl"
        async with open_library(settings) as library:
            await add_articles(library, name)
            with answers.open("w", encoding="utf-8") as file:
                for row in questions(name):
                    if row["kind"] == "followup":
                        continue
                    now = datetime.fromisoformat(row["now"])
                    result = await library.answerer.answer(row["question"], now)
                    line = {"id": row["id"], **answer_json(result)}
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
        command = [sys.executable, str(TOOL), str(question_file(name)), str(answers), "--json"]
        scored = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, check=True
        )
        rows: dict[str, dict[str, Any]] = json.loads(scored.stdout)["rows"]
        return rows


if __name__ == "__main__":
    main()
