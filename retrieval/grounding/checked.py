"""Statements that passed the claim check; those that did not get one chance to be put right."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prompts import load
from retrieval.errors import ModelError
from retrieval.grounding.checks import Evidence, check_claim, with_exact_figures
from retrieval.grounding.parsing import StatementParser, is_refusal
from retrieval.grounding.said import Said
from retrieval.providers.streaming import stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.language_models import BaseChatModel

    from retrieval.grounding.checks import Verdict
    from retrieval.grounding.shown import SentenceId, Shown

# Returns the verdicts anew, and the tokens that this took.
Judge = Callable[
    ["Shown", "Sequence[Said]", "list[Verdict]"],
    Awaitable["tuple[list[Verdict], Mapping[str, int]]"],
]
log = logging.getLogger(__name__)

# Of a statement's number, as a model writes it.
_MOST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Checked:
    """What stands, by its place among the statements; how many do not; the tokens it took."""

    kept: Mapping[int, Said]
    dropped: int = 0
    usage: Mapping[str, int] = field(default_factory=dict)


def evidence_of(shown: Shown, ids: Sequence[SentenceId]) -> Evidence:
    """What a statement cites, and the passages around it."""
    around = dict.fromkeys(shown.passages[one.passage - 1].text for one in ids)
    return Evidence([shown.citation(one, 1) for one in ids], "\n".join(around))


async def check_all(
    model: BaseChatModel, shown: Shown, said: Sequence[Said], judge: Judge | None = None
) -> Checked:
    """Hold each statement against what it cites; ask the model once about all that fail.

    A repair that fails itself, names a sentence that was not shown, or does not come, is left out.
    With a `judge`, what passes is put to it, too.
    """
    verdicts = await asyncio.to_thread(
        lambda: [check_claim(one.text, evidence_of(shown, one.ids)) for one in said]
    )
    judging: Mapping[str, int] = {}
    if judge is not None:
        verdicts, judging = await judge(shown, said, verdicts)
    failing = [n for n, verdict in enumerate(verdicts) if not verdict.stands]
    kept = {
        n: Said(with_exact_figures(one.text, verdict), one.ids)
        for n, (one, verdict) in enumerate(zip(said, verdicts, strict=True))
        if verdict.stands
    }
    repairing: Mapping[str, int] = {}
    if failing:
        for n in failing:
            log.info("claim check: %s", ", ".join(one.kind for one in verdicts[n].problems))
        repaired, repairing = await _repair(model, shown, [(said[n], verdicts[n]) for n in failing])
        kept |= {failing[place]: one for place, one in repaired.items()}
    return Checked(dict(sorted(kept.items())), len(said) - len(kept), added(judging, repairing))


async def _repair(
    model: BaseChatModel, shown: Shown, failed: Sequence[tuple[Said, Verdict]]
) -> tuple[dict[int, Said], Mapping[str, int]]:
    """The statements by place that the model put right."""
    prompt = load("repair", "articles", "statements").format_messages(
        articles=shown.prompt(),
        statements="\n".join(
            f"{n}. {one.text} {''.join(map(str, one.ids))}\n   Wrong: {verdict.reasons}."
            for n, (one, verdict) in enumerate(failed, start=1)
        ),
    )
    pieces = list[str]()
    try:
        ended = await stream(model, prompt, pieces.append)
    except ModelError as error:
        log.warning("no repair: %s", error)
        return {}, {}
    repaired = dict[int, Said]()
    for line in "".join(pieces).splitlines():
        number, _, rest = line.strip().partition(".")
        if not (
            number.isascii()
            and number.isdigit()
            and len(number) <= _MOST_DIGITS
            and 1 <= int(number) <= len(failed)
        ):
            continue
        said = _read(rest, shown)
        if said is not None:
            repaired.setdefault(int(number) - 1, said)
    return repaired, ended.usage


def added(*usages: Mapping[str, int] | None) -> dict[str, int]:
    """Tokens of several calls together."""
    total = Counter[str]()
    for usage in usages:
        total.update(usage or {})
    return dict(total)


def _read(line: str, shown: Shown) -> Said | None:
    """A repaired statement, if it stands now."""
    parser = StatementParser()
    statements = [*parser.feed(line.strip()), *parser.finish()]
    ids = tuple(dict.fromkeys(name for one in statements for name in one.ids if name in shown))
    if not ids or any(map(is_refusal, statements)):
        return None
    text = " ".join(one.text for one in statements)
    verdict = check_claim(text, evidence_of(shown, ids))
    return Said(with_exact_figures(text, verdict), ids) if verdict.stands else None
