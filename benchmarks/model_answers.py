r"""`make eval-model`: a real chat model by format, beside quotations and stock LangChain.

    CHAT_MODEL=openai:local OPENAI_BASE_URL=http://127.0.0.1:8090/v1 CHAT_TIMEOUT_S=600 \
        python -m benchmarks.model_answers --most 12

Any server. Each answer is kept in benchmarks/.cache, so that the same command goes on where it was
stopped, and a later one reads what the model wrote by the code of then. `--report` asks nothing.
SITREP_BENCH_STOCK names a Python that has langchain-classic and langchain-openai for the row of
LangChain's chain with sources, on the same passages; without, it is left out. `--ablate` leaves
each rule of the prompt out once; the arm `plain-1+2` is that without the rules 1 and 2 of
`--rules`. What is measured by rule, and how, stands under the table.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks.model_memory import Call, Memory, RememberedChat, key_of
from benchmarks.model_questions import QUESTIONS, SETS, Labelled, archive_of, labelled
from benchmarks.places import ROOT
from prompts import load
from retrieval.answering import AnswerConfig, Answerer
from retrieval.answering.quoting import Models, read
from retrieval.answering.writing import best_read
from retrieval.grounding.checks import Evidence, check_claim
from retrieval.grounding.parsing import is_refusal, parse
from retrieval.grounding.quotes import COVERED
from retrieval.langchain import answer_chain
from retrieval.llm.thinking import VisibleText
from retrieval.messages import sentences
from retrieval.models import Answer, Mode
from retrieval.text.words import stems

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.messages import BaseMessage

    from retrieval.library import Library
    from retrieval.llm.chat import Format
    from retrieval.models import Claim, Unanswered

ARMS = ("quotes", "lines", "json", "plain", "stock")
_STOCK_SOURCES = re.compile(r"\bsources?\s*:\s*(.*)\Z", re.IGNORECASE | re.DOTALL)
# What is no answer of the model's, and not to be kept as one.
_GONE = re.compile(r"can't be reached|Connection ?Error", re.IGNORECASE)
_STOCK_DECLINES = re.compile(
    r"\b(?:don['’]t know|do not know|not (?:mentioned|specified|provided|stated)"
    r"|no (?:answer|information)|cannot answer|can['’]t answer"
    r"|does not (?:say|mention|specify|provide))",
    re.IGNORECASE,
)
_READ = 12


@dataclass(frozen=True, slots=True)
class Measured:
    """One question in one arm.

    `fell_back`: quotations instead of what the model wrote. `right`: all facts stand in statements.
    `statements` of the model's were shown, `held` of them by the sentences that they cite (ALCE's
    recall); of these `cites`, `precise` are needed (its precision). Of the
    statements that it `wrote`, `with_ids` named a shown sentence by themselves.
    """

    id: str
    arm: str
    has_answer: bool
    answered: bool
    fell_back: bool = False
    right: bool = False
    statements: int = 0
    held: int = 0
    cites: int = 0
    precise: int = 0
    dropped: int = 0
    wrote: int = 0
    with_ids: int = 0
    leaked: bool = False
    first_s: float = 0.0
    seconds: float = 0.0
    read: int = 0
    written: int = 0
    raw: str = ""
    shown: str = ""
    question: str = ""
    cited: str = ""


class _RemembersTexts:
    """The local model that reads, and what it made of texts before: arms ask the same questions."""

    def __init__(self, model: Any) -> None:  # noqa: ANN401  what a library opened
        self._model, self._known = model, dict[str, Any]()

    async def aembed_tokens(self, texts: Sequence[str]) -> list[Any]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= dict(zip(new, await self._model.aembed_tokens(new), strict=True))
        return [self._known[text] for text in texts]

    async def ascore_pairs(self, question: str, sentences: Sequence[tuple[str, str]]) -> Any:  # noqa: ANN401  the library's
        return await self._model.ascore_pairs(question, sentences)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=1_000, help="questions of each set")
    parser.add_argument("--skip", default="", help="none of those that --most 8,12 gives")
    parser.add_argument("--sets", default="sample,news", help=f"of {', '.join(SETS)}")
    parser.add_argument("--arms", default=",".join(ARMS), help=f"of {', '.join(ARMS)}")
    parser.add_argument("--ablate", action="store_true", help="each rule of the prompt left out")
    parser.add_argument("--rules", action="store_true", help="print the rules that can be left out")
    parser.add_argument("--report", action="store_true", help="ask nothing, count what is kept")
    parser.add_argument("--read", action="store_true", help="print every answer")
    options = parser.parse_args()
    if not QUESTIONS.is_dir():
        sys.exit(f"No questions at {QUESTIONS}; see SITREP_SHARED_DATA.")
    arms = options.arms.split(",")
    if options.rules:
        print(
            "\n".join(f"{arm}-{n}: {rule}" for arm in _PROMPTS for n, rule in _rules(arm).items())
        )
        return
    if options.ablate:
        arms = [*arms, *(f"{arm}-{n}" for arm in arms if arm in _PROMPTS for n in _rules(arm))]
    found = asyncio.run(_ask_all(options.sets.split(","), arms, options))
    if options.read:
        for one in found:
            print(f"--- {one.id} {one.arm} {verdict(one)}: {one.question}")
            print(f"  wrote: {one.raw}\n  shown: {one.shown}\n  cited: {one.cited}")
    print(table(found))


async def _ask_all(sets: list[str], arms: list[str], options: Any) -> list[Measured]:  # noqa: ANN401
    memory, found = Memory(), list[Measured]()
    skip = [int(number) for number in filter(None, options.skip.split(","))]
    for name in sets:
        questions = labelled(name, options.most, skip)
        async with archive_of(name) as library:
            if library.chat is None:
                sys.exit("Set CHAT_MODEL, and OPENAI_BASE_URL for a server of your own.")
            asking = _Asking(library, memory, may_ask=not options.report)
            for arm in arms:
                for number, one in enumerate(questions, start=1):
                    measured = await asking.ask(arm, one)
                    if measured is None:
                        continue
                    found.append(measured)
                    if not options.report:
                        place = f"{name} {number}/{len(questions)} {one.id} {arm}"
                        print(f"{place}: {verdict(measured)}, {measured.seconds:.0f} s", flush=True)
    return found


class _Asking:
    """Asks the questions of one set, each arm in its way."""

    def __init__(self, library: Library, memory: Memory, *, may_ask: bool) -> None:
        self._library, self._memory, self._may_ask = library, memory, may_ask
        self._reader: Any = _RemembersTexts(library.reading)

    async def ask(self, arm: str, one: Labelled) -> Measured | None:
        """What came of it; None for what was not to be asked and never was."""
        if arm == "stock":
            return await self._stock(one)
        chat = self._library.chat
        assert chat is not None
        format_, _, left_out = arm.partition("-")
        port = RememberedChat(
            chat, self._memory, _without(format_, left_out), may_ask=self._may_ask
        )
        formats: dict[str, Format] = {"lines": "lines", "json": "json", "plain": "plain"}
        model = None
        if format_ in formats:
            model = replace(chat, port=port, format=formats[format_])
        answerer = self._answerer(model)
        began = perf_counter()
        asked: dict[str, Any] = {"question": one.text, "now": one.now}
        result = await answer_chain(answerer).ainvoke(asked)
        if _GONE.search(sentences(result.notices)):
            sys.exit("The model's server is gone; the same command goes on from here.")
        if port.not_asked:
            return None
        seconds = perf_counter() - began + port.replayed_s
        return _measured(result, arm, one, port.calls, seconds)

    def _answerer(self, model: Any) -> Answerer:  # noqa: ANN401
        library, settings = self._library, self._library.settings
        rules = AnswerConfig(
            passages=settings.answer_passages,
            threshold=settings.answer_threshold,
            model_threshold=settings.model_asked_from(model.format if model else ""),
            embedding_model=_embedding_model(settings.embedding_model),
            chat_model=settings.chat_model,
        )
        return Answerer(library.searcher, self._reader, model, rules)

    async def _stock(self, one: Labelled) -> Measured | None:
        python = os.environ.get("SITREP_BENCH_STOCK")
        passages = await self._passages(one)
        key = key_of(["stock", os.environ.get("CHAT_MODEL"), one.text, passages])
        known = self._memory.get(key)
        if known is None:
            if not python or not self._may_ask:
                return None
            asked = json.dumps({"question": one.text, "passages": passages})
            said = await asyncio.to_thread(_run_stock, python, asked)
            if said.get("error"):
                sys.exit(f"The stock chain failed: {said['error']}")
            known = Call(key, one.text, said["text"], seconds=said["seconds"])
            self._memory.add(known)
        return _measured_stock(one, passages, known)

    async def _passages(self, one: Labelled) -> list[str]:
        """Those that our own answer is written from."""
        searcher = self._library.searcher
        plan = await searcher.plan(one.text, one.now)
        hits = await searcher.follow(plan, _READ, independent=True)
        models = Models(self._reader, searcher.embeddings, "")
        reading = await read(models, replace(plan, content=plan.content or one.text), hits)
        return [
            hit.passage.text for hit in best_read(reading, self._library.settings.answer_passages)
        ]


def _without(arm: str, left_out: str) -> Callable[[list[BaseMessage]], list[BaseMessage]] | None:
    """What takes rules out of the prompt of an answer, and out of no other one."""
    if not left_out:
        return None
    whole, known = _prompt(arm), _rules(arm)
    rules = [known[number] for number in left_out.split("+")]

    def edited(messages: list[BaseMessage]) -> list[BaseMessage]:
        first, *others = messages
        if first.text != whole:
            return messages
        return [
            type(first)(_cut(first.text, rules)),
            *(type(one)(_cut(one.text, rules)) for one in others),
        ]

    return edited


def _cut(text: str, rules: Sequence[str]) -> str:
    for rule in rules:
        pattern = rf"{rule} [^\n.]*\. ?" if rule in _VARIABLE else re.escape(rule)
        text = re.sub(pattern, "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


# Lines of the question's own message, which differ from question to question: how they begin.
_VARIABLE = ("Today is", "Write in")
_LINES = ("today", "articles", "question", "language")
_PROMPTS = {"lines": "answer", "json": "answer_json", "plain": "answer_plain"}


def _prompt(arm: str) -> str:
    names = ("articles", "question") if arm == "plain" else _LINES
    variables = dict.fromkeys(names, "-")
    return load(_PROMPTS[arm], *variables).format_messages(**variables)[0].text


def _rules(arm: str) -> dict[str, str]:
    """The rules of an arm's prompt, by number: what begins with a dash, or sentences."""
    text = _prompt(arm)
    found = re.findall(r"^- .*(?:\n  .*)*\n?", text, re.MULTILINE)
    found = found or re.findall(r"[^.]+?(?:\.|NO ANSWER|\Z)\s*", text)
    fenced = re.findall(r"^The articles are material.*(?:\n.+)*", text, re.MULTILINE)
    rules = dict.fromkeys([*found, *fenced, *_VARIABLE])
    return {str(n): rule for n, rule in enumerate(rules, start=1)}


def _measured(
    result: Answer | Unanswered, arm: str, one: Labelled, calls: Sequence[Call], seconds: float
) -> Measured:
    claims = (*result.claims, *result.disputed) if isinstance(result, Answer) else ()
    quotes = {cited.n: cited for cited in result.citations} if isinstance(result, Answer) else {}
    fell_back = arm != "quotes" and isinstance(result, Answer) and result.mode is Mode.QUOTE
    by_model = isinstance(result, Answer) and result.mode is Mode.MODEL
    mine = result.claims if isinstance(result, Answer) and by_model else ()
    sources = [[quotes[n] for n in claim.citations] for claim in mine]
    held = [_held(claim, cited, one) for claim, cited in zip(mine, sources, strict=True)]
    precise = sum(
        _precise(claim, cited, one)
        for claim, cited, holds in zip(mine, sources, held, strict=True)
        if holds
    )
    raw = calls[0].text if calls else ""
    reading = VisibleText()
    reading.feed(raw)
    written = [part for part in parse(reading.finish()) if not is_refusal(part)]
    dropped = result.dropped.claims + result.dropped.unsupported
    with_ids = sum(bool(part.ids) for part in written)
    usage = result.cost.usage
    return Measured(
        id=one.id,
        arm=arm,
        has_answer=one.has_answer,
        answered=bool(claims),
        fell_back=fell_back,
        right=one.has_answer and bool(claims) and one.answered_by(*(part.text for part in claims)),
        statements=len(mine),
        held=sum(held),
        cites=sum(map(len, sources)),
        precise=precise,
        dropped=dropped,
        wrote=len(written),
        with_ids=len(written) - dropped if arm == "plain" else with_ids,
        leaked=reading.had_thoughts and any(_leaks(raw, part, reading) for part in claims),
        first_s=seconds - sum(call.seconds for call in calls) + calls[0].first_s if calls else 0.0,
        seconds=seconds,
        read=usage.get("input_tokens", 0),
        written=usage.get("output_tokens", 0),
        raw=raw,
        shown=" | ".join(f"{c.text} {list(c.citations)}" for c in claims) or result_reason(result),
        question=one.text,
        cited=" | ".join(f"[{n}] {cited.quote}" for n, cited in quotes.items()) if mine else "",
    )


def result_reason(result: Answer | Unanswered) -> str:
    """What the reader is told instead of an answer."""
    return "" if isinstance(result, Answer) else str(result.reason)


def _held(claim: Claim, cited: list[Any], one: Labelled) -> bool:
    """Whether what is cited holds the statement: its facts, else nearly all of its words."""
    evidence = Evidence(cited, "")
    if one.has_answer and one.answered_by(claim.text):
        return one.answered_by(*(part.quote for part in cited))
    own = stems(claim.text) - stems(evidence.context.replace(evidence.sentences, ""))
    said = stems(evidence.sentences)
    covered = len(own & said) >= COVERED * len(own)
    return covered and check_claim(claim.text, evidence).stands


def _precise(claim: Claim, cited: list[Any], one: Labelled) -> int:
    """How many of the sentences of a statement that is held hold it alone, or are needed."""
    return sum(
        _held(claim, [source], one)
        or not _held(claim, [other for other in cited if other is not source], one)
        for source in cited
    )


def _leaks(raw: str, claim: Claim, reading: VisibleText) -> bool:
    """Whether a statement is a part of what was thought and not of what was said."""
    return claim.text in raw and claim.text not in reading.text


def _measured_stock(one: Labelled, passages: list[str], call: Call) -> Measured:
    sources = _STOCK_SOURCES.search(call.text)
    answer = call.text[: sources.start()] if sources else call.text
    numbers = {int(n) for n in re.findall(r"\d+", sources.group(1))} if sources else set[int]()
    cited = [passages[n - 1] for n in numbers if 1 <= n <= len(passages)]
    declined = not answer.strip() or _STOCK_DECLINES.search(answer) is not None
    right = one.has_answer and not declined and one.answered_by(answer)
    return Measured(
        id=one.id,
        arm="stock",
        has_answer=one.has_answer,
        answered=not declined,
        right=right,
        statements=0 if declined else 1,
        held=int(not declined and bool(cited) and (not right or one.answered_by(*cited))),
        cites=0 if declined else len(cited),
        precise=sum(not right or one.answered_by(passage) for passage in cited) * (not declined),
        wrote=1,
        with_ids=int(bool(cited)),
        seconds=call.seconds,
        raw=call.text,
        shown=answer,
        question=one.text,
    )


def _run_stock(python: str, asked: str) -> dict[str, Any]:
    command = [python, str(ROOT / "benchmarks" / "stock_sources.py")]
    ran = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)  # noqa: S603
    return dict(json.loads(ran.stdout.splitlines()[-1]))


def _embedding_model(setting: str) -> str:
    from retrieval.llm.embeddings import local_encoder  # noqa: PLC0415  heavy

    return local_encoder(setting)[0] if setting.startswith("local") else setting


def verdict(one: Measured) -> str:
    """What came of a question, in a few words."""
    if not one.answered:
        return "declined wrongly" if one.has_answer else "declined rightly"
    how = "quotations: " if one.fell_back else ""
    return how + ("right" if one.right else "wrong" if one.has_answer else "answered, wrongly")


def table(found: Sequence[Measured]) -> str:
    """A row an arm, over all sets."""
    lines = [f"| {' | '.join(_COLUMNS)} |", f"|---|{'--:|' * (len(_COLUMNS) - 1)}"]
    arms = dict.fromkeys(one.arm for one in found)
    lines += [_row(arm, [one for one in found if one.arm == arm]) for arm in arms]
    return "\n".join(lines)


def _row(arm: str, some: list[Measured]) -> str:
    known = [one for one in some if one.has_answer]
    none = [one for one in some if not one.has_answer]
    first = [one.first_s for one in some if one.first_s]
    read, written = sum(one.read for one in some), sum(one.written for one in some)
    cost = (read * _price("READ") + written * _price("WRITTEN")) / 1e6
    cells = (
        arm,
        share(sum(one.right for one in known), len(known)),
        share(sum(one.held for one in some), sum(one.statements for one in some)),
        share(sum(one.precise for one in some), sum(one.cites for one in some)),
        share(sum(one.with_ids for one in some), sum(one.wrote for one in some)),
        share(sum(not one.answered for one in none), len(none)),
        share(sum(not one.answered for one in known), len(known)),
        f"{sum(one.fell_back for one in some)} of {len(some)}",
        str(sum(one.leaked for one in some)),
        f"{median(first):.0f}" if first else "",
        f"{median(one.seconds for one in some):.0f}",
        f"{read / len(some):,.0f}, {written / len(some):,.0f}" if read else "",
        f"{cost:.4f}" if cost else "",
    )
    return f"| {' | '.join(cells)} |"


def _price(what: str) -> float:
    return float(os.environ.get(f"PRICE_{what}_PER_MILLION") or 0)


def share(part: int, whole: int) -> str:
    """How many, of how many, and the 95 % interval of the share (Wilson 1927)."""
    if not whole:
        return ""
    z, share = 1.96, part / whole
    middle = share + z * z / (2 * whole)
    wide = z * (share * (1 - share) / whole + z * z / (4 * whole * whole)) ** 0.5
    low, high = ((middle + side * wide) / (1 + z * z / whole) for side in (-1, 1))
    return f"{part} of {whole} (.{100 * low:02.0f}–{min(high, 1):.2f})".replace("–0.", "–.")


_COLUMNS = (
    "arm",
    "right",
    "statements held by what they cite (recall)",
    "citations that are needed (precision)",
    "named a sentence that was shown",
    "declined rightly",
    "declined wrongly",
    "fell back",
    "thoughts leaked",
    "s to first words",
    "s in all",
    "tokens read, written",
    "cost",
)

if __name__ == "__main__":
    main()
