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
from retrieval.grounding.checks import check_claim, with_exact_figures
from retrieval.grounding.parsing import is_refusal, parse_line
from retrieval.grounding.said import Said
from retrieval.grounding.supporting import (
    COVERED,
    coverage,
    evidence_of,
    find_support,
    without_idle,
)
from retrieval.providers.complete import complete

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.language_models import BaseChatModel

    from retrieval.grounding.checks import Verdict
    from retrieval.grounding.shown import Shown
    from retrieval.providers import ChatModel

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


async def check_all(
    model: ChatModel | BaseChatModel,
    shown: Shown,
    said: Sequence[Said],
    judge: Judge | None = None,
    question: str = "",
) -> Checked:
    """Hold each statement against what it cites; ask the model once about all that fail.

    What stands in another shown sentence than it cites, cites that one. A repair that fails
    itself, names a sentence that was not shown, or does not come, is left out. With a `judge`, what
    passes is put to it, too.
    """
    verdicts = await asyncio.to_thread(
        lambda: [check_claim(one.text, evidence_of(shown, one.ids)) for one in said]
    )
    said = await _cited_anew(question, shown, said, verdicts)
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
    kept = {n: Said(one.text, without_idle(shown, one.text, one.ids)) for n, one in kept.items()}
    return Checked(dict(sorted(kept.items())), len(said) - len(kept), added(judging, repairing))


async def _cited_anew(
    question: str, shown: Shown, said: Sequence[Said], verdicts: list[Verdict]
) -> list[Said]:
    """The statements; with other ids, and another verdict, where these support and theirs do not.

    Theirs do not where the statement fails, or its words stand in another sentence: models often
    cite the one beside it.
    """
    doubted = [
        n
        for n, (one, verdict) in enumerate(zip(said, verdicts, strict=True))
        if not verdict.stands or coverage(shown, one.text, one.ids) < COVERED
    ]
    supports = await find_support(question, shown, [said[n].text for n in doubted])
    cited = list(said)
    for n, ids in zip(doubted, supports, strict=True):
        text, before = said[n].text, coverage(shown, said[n].text, said[n].ids)
        if ids and (not verdicts[n].stands or coverage(shown, text, ids) > before):
            cited[n] = Said(text, ids)
            verdicts[n] = check_claim(text, evidence_of(shown, ids))
    return cited


async def _repair(
    model: ChatModel | BaseChatModel, shown: Shown, failed: Sequence[tuple[Said, Verdict]]
) -> tuple[dict[int, Said], Mapping[str, int]]:
    """The statements by place that the model put right."""
    prompt = load("repair", "articles", "statements").format_messages(
        articles=shown.prompt(),
        statements="\n".join(
            f"{n}. {one.text} {''.join(map(str, one.ids))}\n   Wrong: {verdict.reasons}."
            for n, (one, verdict) in enumerate(failed, start=1)
        ),
    )
    try:
        made = await complete(model, prompt, "repair")
    except ModelError as error:
        log.warning("no repair: %s", error)
        return {}, {}
    repaired = dict[int, Said]()
    for line in made.text.splitlines():
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
    return repaired, made.usage


def added(*usages: Mapping[str, int] | None) -> dict[str, int]:
    """Tokens of several calls together."""
    total = Counter[str]()
    for usage in usages:
        total.update(usage or {})
    return dict(total)


def _read(line: str, shown: Shown) -> Said | None:
    """A repaired statement, if it stands now."""
    statements = parse_line(line)
    ids = tuple(dict.fromkeys(name for one in statements for name in one.ids if name in shown))
    if not ids or any(map(is_refusal, statements)):
        return None
    text = " ".join(one.text for one in statements)
    verdict = check_claim(text, evidence_of(shown, ids))
    return Said(with_exact_figures(text, verdict), ids) if verdict.stands else None
