"""Generates pages of docs/reference from the code: `make docs`.

`tests/docs/test_reference.py` fails if a page is out of date.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from prometheus_client import Counter, Gauge, Histogram

from bot.cli.commands import app
from bot.cli.json_output import answer_json, briefing_json, hit_json, outcome_json
from bot.features.access.people import Role, may
from bot.features.commands import DESCRIPTIONS, NOT_OFFERED
from bot.ops.metrics import Metrics
from bot.settings import BotSettings
from retrieval.messages import UserMessage
from retrieval.models import (
    Added,
    Answer,
    Briefing,
    BriefingWindow,
    Citation,
    Claim,
    Cost,
    Mode,
    Rejected,
    Story,
    StoryStatus,
    Unanswered,
)
from retrieval.storage.audit import AuditEntry
from tests.support.passages import article, hit, passage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval.models import Outcome

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "reference"
_NOTE = "Written from {source} by `make docs`; edit that, not this page."
_SETTINGS = """\
Settings are environment variables, or lines of a file `.env` in the folder where `sitrep` is
started. The environment wins. Durations are in the unit that the name or the text says."""
_COMMANDS = """\
Exit codes: 0 done, 1 failed, 2 called wrongly, 130 interrupted. `-h` behind any command explains
it; `sitrep --install-completion` completes them in your shell."""
_METRICS = """\
`/metrics` speaks Prometheus's text format; where it is served, and to whom, is in
[Running Sitrep](../operations.md#watching). No label holds anything of a reader."""
_JSON = """\
Names stay as they are within a major version; new ones may be added. With `--batch`, each line has
the `id` of its question too. Offsets count code points. Times are ISO 8601."""
_ANSWER = """\
`citations` are the footnotes: `quote` is the slice `[start:end]` of that revision's text.
`disputed` holds accounts that count the same thing differently. `unanswered` says why there is no
answer, and `closest` which articles come closest. `dropped` counts what was left out of a model's
answer."""
_HIT = (
    "An object for each passage, the best first. `similarity` is null where words alone found it."
)
_BRIEFING = """\
`status` is new, update or correction; `was` is what an earlier briefing said of the same thing.
`id` is the same in the next briefing. The numbers in `claims` are those of `citations`."""
_ADDED = """\
An object for each article: `result` is added, revised, duplicate or rejected; `copy_of` is the id
of the article that this one is a near copy of."""
_DAY = datetime(2024, 11, 12, 8, tzinfo=UTC)
_SECTION = re.compile(r"^# --- (.+?) -*$")
_SETTING = re.compile(r"^(?:# )?([A-Z][A-Z_]+)=(.*)$")


def settings_page() -> str:
    """Every setting with its default, grouped and explained as in .env.example."""
    lines = [
        "# Settings",
        "",
        _NOTE.format(source="[.env.example](../../.env.example)"),
        "",
        _SETTINGS,
    ]
    for title, text, settings in _settings():
        if title:
            lines += ["", f"## {title}"]
            continue
        for name, default in settings:
            lines += [
                "",
                f"### {name}",
                "",
                f"Default: `{default}`" if default else "Default: empty",
            ]
        lines += ["", _escaped(text)]
    return "\n".join(lines) + "\n"


def _settings() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """(section, "", []), or ("", description of a group, its names and defaults)."""
    comment, group = list[str](), list[tuple[str, str]]()
    for line in [*(ROOT / ".env.example").read_text(encoding="utf-8").splitlines(), ""]:
        if section := _SECTION.match(line):
            yield section[1], "", []
        elif setting := _SETTING.match(line):
            group.append((setting[1], setting[2]))
        elif line.startswith("#"):
            comment.append(line.removeprefix("#").strip())
        else:
            if group:
                yield "", " ".join(comment), group
            comment, group = [], []


def _escaped(text: str) -> str:
    """Escaped for Markdown; examples are marked for the scan for secrets."""
    shown = re.sub(r"([*<>_\[\]])", r"\\\1", text)
    return f"{shown} <!-- pragma: allowlist secret -->" if ":PASSWORD@" in text else shown


def commands_page() -> str:
    """Every command of `sitrep` with its arguments and options, and every command in Telegram."""
    lines = [
        "# Commands",
        "",
        _NOTE.format(source="`bot/cli/commands.py` and `bot/features/commands.py`"),
        "",
    ]
    lines += [
        _COMMANDS,
        "",
        "## On the command line",
    ]
    root = typer.main.get_command(app)
    for path, command in _walk(root, "sitrep"):
        lines += ["", f"### {path}", "", f"`{_usage(path, command)}`", "", command.help or ""]
        rows = [_parameter(one) for one in command.params if one.name != "help"]
        if rows:
            lines += ["", "| | |", "|---|---|", *rows]
    lines += ["", "## In Telegram", "", "| command | for | what it does |", "|---|---|---|"]
    for name, text in DESCRIPTIONS.items():
        who = next(role for role in (Role.READER, Role.ADMIN, Role.OWNER) if may(role, name))
        lines.append(f"| `/{name}` | {who.name.lower()}s | {text} |")
    others = ", ".join(f"`/{name}`" for name in sorted(NOT_OFFERED))
    lines += ["", f"Not in Telegram's menu: {others}. `/privacy` explains `/export` and `/forget`."]
    return "\n".join(lines) + "\n"


def _walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    subcommands: dict[str, Any] = getattr(command, "commands", {})
    for name in sorted(subcommands):
        one = subcommands[name]
        if getattr(one, "commands", None):
            yield from _walk(one, f"{path} {name}")
        else:
            yield f"{path} {name}", one


def _usage(path: str, command: Any) -> str:
    words = [path]
    if any(one.param_type_name == "option" and one.name != "help" for one in command.params):
        words.append("[OPTIONS]")
    for one in command.params:
        if one.param_type_name == "argument":
            name = (one.name or "").upper() + ("..." if one.nargs == -1 else "")
            words.append(name if one.required else f"[{name}]")
    return " ".join(words)


def _parameter(one: Any) -> str:
    named = ", ".join(one.opts) if one.param_type_name == "option" else (one.name or "").upper()
    text = str(getattr(one, "help", "") or "").replace("|", "\\|")
    shown = one.param_type_name == "option" and one.default not in {None, False, ""}
    default = f" Default: {one.default}." if shown else ""
    return f"| `{named}` | {text}{default} |"


def metrics_page() -> str:
    """Every metric at /metrics."""
    lines = ["# Metrics", "", _NOTE.format(source="`bot/ops/metrics.py`"), ""]
    lines += [
        _METRICS,
        "",
        "| name | type | labels | what it counts |",
        "|---|---|---|---|",
    ]
    for one in vars_of(Metrics()):
        [family] = list(one.describe())
        name = f"{family.name}_total" if isinstance(one, Counter) else family.name
        labels = ", ".join(f"`{label}`" for label in one._labelnames)
        lines.append(f"| `{name}` | {family.type} | {labels} | {family.documentation} |")
    return "\n".join(lines) + "\n"


def vars_of(metrics: Metrics) -> list[Counter | Gauge | Histogram]:
    """The metrics in order of declaration."""
    values = (getattr(metrics, name) for name in metrics.__dataclass_fields__)
    return [one for one in values if isinstance(one, Counter | Gauge | Histogram)]


def json_page() -> str:
    """The JSON outputs of the command line, with a complete example of each."""
    lines = ["# JSON output", "", _NOTE.format(source="`bot/cli/json_output.py`"), "", _JSON]
    for title, text, values in _examples():
        lines += ["", f"## {title}", "", text, "", "```json"]
        lines += [json.dumps(one, ensure_ascii=False, indent=1, default=str) for one in values]
        lines.append("```")
    return "\n".join(lines) + "\n"


def _examples() -> list[tuple[str, str, list[Any]]]:
    one = article("Bridge at Testovo opens")
    quote = "The bridge opened on Monday."
    claims, notes = (Claim(f"“{quote}”", (1,)),), (Citation(1, one, 0, len(quote), quote),)
    cost = Cost({"input_tokens": 900, "output_tokens": 40}, {"search": 31.2, "quote": 4.8})
    asked = "When did the bridge at Testovo open?"
    answer = Answer(asked, Mode.QUOTE, claims, notes, cost=cost)
    refusal = Unanswered(asked, Mode.QUOTE, UserMessage("I found nothing about that."), (one,))
    changed = replace(claims[0], was=UserMessage("was two on 10 Nov 2024"))
    story = Story(
        57,
        StoryStatus.UPDATE,
        one.title,
        (changed,),
        (one.outlet,),
        (UserMessage("Two outlets tell it."),),
    )
    window = BriefingWindow(_DAY - timedelta(days=1), _DAY)
    briefing = Briefing(window, 12, 3, _DAY, Mode.QUOTE, (story,), notes)
    entry = AuditEntry(7, _DAY, "1002", "remove", "article:12", {})
    outcomes: tuple[Outcome, ...] = (
        Added(one),
        Rejected(UserMessage("That page holds no article.")),
    )
    return [
        ("sitrep ask --json", _ANSWER, [answer_json(answer), answer_json(refusal)]),
        ("sitrep search --json", _HIT, [hit_json(hit(passage(quote, title=one.title)))]),
        ("sitrep brief --format json", _BRIEFING, [briefing_json(briefing)]),
        ("sitrep add --json", _ADDED, [outcome_json("page.html", each) for each in outcomes]),
        ("sitrep articles --json", "An object for each article.", [asdict(one)]),
        ("sitrep log --json", "An object for each line of the audit log.", [asdict(entry)]),
    ]


PAGES = {
    "json": json_page,
    "settings": settings_page,
    "commands": commands_page,
    "metrics": metrics_page,
}


def main() -> None:
    for name, page in PAGES.items():
        (FOLDER / f"{name}.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    assert {name.lower() for _, _, group in _settings() for name, _ in group} == set(
        BotSettings.model_fields
    )
    main()
