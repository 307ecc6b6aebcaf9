"""Statements that passed the claim check, or a chat model as judge; others get one repair."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prompts import load
from retrieval.errors import ModelError
from retrieval.grounding.checks import (
    Problem,
    ProblemKind,
    Verdict,
    check_claim,
    with_exact_figures,
)
from retrieval.grounding.citations import CitedStatement
from retrieval.grounding.parsing import is_refusal, parse_line
from retrieval.grounding.quotes import COVERED, coverage, evidence_of, find_support, without_idle
from retrieval.llm.complete import complete
from retrieval.models import added
from retrieval.text.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.language_models import BaseChatModel

    from retrieval.grounding.citations import CitationIndex
    from retrieval.llm import ChatModel
    from retrieval.models import Article


# Returns the verdicts anew, and the tokens that this took.
Judge = Callable[
    ["CitationIndex", "Sequence[CitedStatement]", "list[Verdict]"],
    Awaitable["tuple[list[Verdict], Mapping[str, int]]"],
]
log = logging.getLogger(__name__)

# Of a statement's number, as a model writes it.
_MOST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Checked:
    """What stands, by its place among the statements; how many do not; the tokens it took."""

    kept: Mapping[int, CitedStatement]
    dropped: int = 0
    usage: Mapping[str, int] = field(default_factory=dict)


async def check_all(
    model: ChatModel | BaseChatModel,
    shown: CitationIndex,
    said: Sequence[CitedStatement],
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
        n: CitedStatement(with_exact_figures(one.text, verdict), one.ids)
        for n, (one, verdict) in enumerate(zip(said, verdicts, strict=True))
        if verdict.stands
    }
    repairing: Mapping[str, int] = {}
    if failing:
        for n in failing:
            log.info("claim check: %s", ", ".join(one.kind for one in verdicts[n].problems))
        repaired, repairing = await _repair(model, shown, [(said[n], verdicts[n]) for n in failing])
        kept |= {failing[place]: one for place, one in repaired.items()}
    kept = {
        n: CitedStatement(one.text, without_idle(shown, one.text, one.ids))
        for n, one in kept.items()
        if not any(
            is_heading(one.text, shown.passages[name.passage - 1].article) for name in one.ids
        )
    }
    return Checked(dict(sorted(kept.items())), len(said) - len(kept), added(judging, repairing))


def is_heading(text: str, article: Article) -> bool:
    """Whether a statement is nothing but where something stands: outlet, day and title.

    Small models copy the line above an article instead of saying what it reports.
    """
    said, outlet = frozenset(words(text)), frozenset(words(article.outlet))
    heading = f"{article.outlet} {article.title}"
    if article.published is not None:
        at = article.published.at
        heading += f" {at:%A %d %B %b %Y} {at.day}"
    return bool(outlet) and outlet <= said <= frozenset(words(heading))


async def _cited_anew(
    question: str, shown: CitationIndex, said: Sequence[CitedStatement], verdicts: list[Verdict]
) -> list[CitedStatement]:
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
            cited[n] = CitedStatement(text, ids)
            verdicts[n] = check_claim(text, evidence_of(shown, ids))
    return cited


async def _repair(
    model: ChatModel | BaseChatModel,
    shown: CitationIndex,
    failed: Sequence[tuple[CitedStatement, Verdict]],
) -> tuple[dict[int, CitedStatement], Mapping[str, int]]:
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
    repaired = dict[int, CitedStatement]()
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


def _read(line: str, shown: CitationIndex) -> CitedStatement | None:
    """A repaired statement, if it stands now."""
    statements = parse_line(line)
    ids = tuple(dict.fromkeys(name for one in statements for name in one.ids if name in shown))
    if not ids or any(map(is_refusal, statements)):
        return None
    text = " ".join(one.text for one in statements)
    verdict = check_claim(text, evidence_of(shown, ids))
    return CitedStatement(with_exact_figures(text, verdict), ids) if verdict.stands else None


class ModelJudge:
    """Asks a model about all statements at once."""

    def __init__(self, model: ChatModel | BaseChatModel) -> None:
        self._model = model

    async def __call__(
        self, shown: CitationIndex, said: Sequence[CitedStatement], verdicts: list[Verdict]
    ) -> tuple[list[Verdict], Mapping[str, int]]:
        """The verdicts, with those that the model rejects among them, and the tokens it took.

        A judge that fails changes nothing: the rules have spoken.
        """
        asked = [n for n, verdict in enumerate(verdicts) if verdict.stands]
        if not asked:
            return verdicts, {}
        statements = "\n\n".join(
            _statement(place, said[n], shown) for place, n in enumerate(asked, start=1)
        )
        prompt = load("judge", "statements").format_messages(statements=statements)
        try:
            made = await complete(self._model, prompt, "judge")
        except ModelError as error:
            log.warning("no judgement: %s", error)
            return verdicts, {}
        rejected = {asked[place - 1] for place in _rejected(made.text, len(asked))}
        judged = [
            Verdict((Problem(ProblemKind.TOPIC, said[n].text[:60]),)) if n in rejected else verdict
            for n, verdict in enumerate(verdicts)
        ]
        return judged, made.usage


def _statement(place: int, said: CitedStatement, shown: CitationIndex) -> str:
    cited = "\n".join(f"- {shown.citation(name, 1).quote}" for name in said.ids)
    return f"{place}. {said.text}\nSentences:\n{cited}"


def _rejected(answer: str, most: int) -> set[int]:
    """The numbers with a NO behind them."""
    found = set[int]()
    for line in answer.splitlines():
        number, _, word = line.strip().partition(".")
        is_number = (
            number.isascii()
            and number.isdigit()
            and len(number) <= _MOST_DIGITS
            and 1 <= int(number) <= most
        )
        if is_number and word.strip(" .*").upper() == "NO":
            found.add(int(number))
    return found
