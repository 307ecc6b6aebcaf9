r"""`make eval-model`: a real chat model by format, beside quotations and stock LangChain.

    CHAT_MODEL=openai:local OPENAI_BASE_URL=http://127.0.0.1:8090/v1 CHAT_TIMEOUT_S=600 \
        python -m benchmarks.model_answers --most 12

Any server; each answer is kept in benchmarks/.cache, so that the same command goes on where it was
stopped, and `--report` only counts. SITREP_BENCH_STOCK names a Python that has langchain-classic
and langchain-openai for the row of LangChain's chain with sources, on the same passages; without,
it is left out. What is measured by rule, and how, stands under the table in
benchmarks/results/model.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import AsyncCallbackHandler

from benchmarks.model_questions import QUESTIONS, SETS, Labelled, archive_of, labelled
from benchmarks.places import CACHE, RESULTS, ROOT
from prompts import version
from retrieval.answering import Answerer, Rules
from retrieval.grounding.checks import Evidence, check_claim
from retrieval.grounding.parsing import is_refusal, parse
from retrieval.grounding.supporting import COVERED
from retrieval.models import Answer, Mode
from retrieval.providers.thinking import VisibleText
from retrieval.words import stems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrieval.library import Library
    from retrieval.models import Claim, Unanswered
    from retrieval.providers.chat import Format

ARMS = ("quotes", "lines", "json", "stock")
KEPT = CACHE / "model-answers"
_STOCK_SOURCES = re.compile(r"\bsources?\s*:\s*(.*)\Z", re.IGNORECASE | re.DOTALL)
# What is no answer of the model's, and not to be kept as one.
_GONE = re.compile(r"can't be reached|Connection ?Error", re.IGNORECASE)
_STOCK_DECLINES = re.compile(
    r"\b(?:don['’]t know|do not know|not (?:mentioned|specified|provided|stated)"
    r"|no (?:answer|information)|cannot answer|can['’]t answer"
    r"|does not (?:say|mention|specify|provide))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One question in one arm.

    `fell_back`: quotations instead of what the model wrote. `right`: all facts stand in statements.
    `statements` were shown, `held` of them by the sentences that they cite. Of the statements that
    the model `wrote`, `with_ids` named a shown sentence by themselves.
    """

    id: str
    set: str
    arm: str
    version: str
    has_answer: bool
    answered: bool
    fell_back: bool = False
    right: bool = False
    statements: int = 0
    held: int = 0
    dropped: int = 0
    wrote: int = 0
    with_ids: int = 0
    leaked: bool = False
    first_s: float = 0.0
    seconds: float = 0.0
    read: int = 0
    written: int = 0
    raw: str = ""
    notice: str = ""


class _Overhearing(AsyncCallbackHandler):
    """Keeps what the model really wrote to the first call."""

    def __init__(self) -> None:
        self.raw = ""
        self.first_at = 0.0

    async def on_llm_new_token(self, token: Any, **_: Any) -> None:  # noqa: ANN401
        if token and not self.first_at:
            self.first_at = perf_counter()

    async def on_llm_end(self, response: Any, **_: Any) -> None:  # noqa: ANN401
        self.raw = self.raw or response.generations[0][0].text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=1_000, help="questions of each set")
    parser.add_argument("--sets", default="sample,news", help=f"of {', '.join(SETS)}")
    parser.add_argument("--arms", default=",".join(ARMS), help=f"of {', '.join(ARMS)}")
    parser.add_argument("--report", action="store_true", help="ask nothing, count what is kept")
    options = parser.parse_args()
    if not QUESTIONS.is_dir():
        sys.exit(f"No questions at {QUESTIONS}; see SITREP_SHARED_DATA.")
    sets, arms = options.sets.split(","), options.arms.split(",")
    if not options.report:
        asyncio.run(_ask_all(sets, arms, options.most))
    _report(sets)


async def _ask_all(sets: list[str], arms: list[str], most: int) -> None:
    for name in sets:
        questions = labelled(name, most)
        async with archive_of(name) as library:
            if library.chat is None:
                sys.exit("Set CHAT_MODEL, and OPENAI_BASE_URL for a server of your own.")
            for number, one in enumerate(questions, start=1):
                for arm in arms:
                    await _ask(library, name, arm, one, f"{number}/{len(questions)}")


async def _ask(library: Library, name: str, arm: str, one: Labelled, place: str) -> None:
    prompt = {"lines": "answer", "json": "answer_json"}.get(arm)
    made = version(prompt) if prompt else ""
    known = {(kept.set, kept.arm, kept.id) for kept in _kept() if kept.version == made}
    if (name, arm, one.id) in known:
        return
    if arm == "stock":
        measured = await _stock(library, name, one)
    else:
        measured = await _ours(library, name, arm, one)
    if measured is None:
        return
    if _GONE.search(measured.notice):
        sys.exit("The model's server is gone; the same command goes on from here.")
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(replace(measured, version=made)), ensure_ascii=False) + "\n")
    outcome = "right" if measured.right else "answered" if measured.answered else "declined"
    print(f"{name} {place} {one.id} {arm}: {outcome}, {measured.seconds:.0f} s", flush=True)


async def _ours(library: Library, name: str, arm: str, one: Labelled) -> Measured:
    settings, chat = library.settings, library.chat
    assert chat is not None
    rules = Rules(
        passages=settings.answer_passages,
        threshold=settings.answer_threshold,
        model_threshold=settings.model_threshold,
        embedding_model=_embedding_model(settings.embedding_model),
        chat_model=settings.chat_model,
    )
    formats: dict[str, Format] = {"lines": "lines", "json": "json"}
    model = replace(chat, format=formats[arm]) if arm in formats else None
    answerer = Answerer(library.searcher, library.reading, model, rules)
    heard = _Overhearing()
    began = perf_counter()
    from retrieval.answering.chain import answer_chain  # noqa: PLC0415  heavy

    asked: dict[str, Any] = {"question": one.text, "now": one.now}
    result = await answer_chain(answerer).ainvoke(asked, {"callbacks": [heard]})
    seconds = perf_counter() - began
    return _measured(result, name, arm, one, heard, began, seconds)


def _measured(  # noqa: PLR0913, PLR0917  what was asked, and what came
    result: Answer | Unanswered,
    name: str,
    arm: str,
    one: Labelled,
    heard: _Overhearing,
    began: float,
    seconds: float,
) -> Measured:
    claims = (*result.claims, *result.disputed) if isinstance(result, Answer) else ()
    quotes = {cited.n: cited for cited in result.citations} if isinstance(result, Answer) else {}
    held = sum(_held(claim, [quotes[n] for n in claim.citations], one) for claim in claims)
    reading = VisibleText()
    reading.feed(heard.raw)
    written = [part for part in parse(reading.finish()) if not is_refusal(part)]
    usage = result.cost.usage
    return Measured(
        id=one.id,
        set=name,
        arm=arm,
        version="",
        has_answer=one.has_answer,
        answered=bool(claims),
        fell_back=arm != "quotes" and result.mode is Mode.QUOTE,
        right=one.has_answer and bool(claims) and one.answered_by(*(part.text for part in claims)),
        statements=len(claims),
        held=held,
        dropped=result.dropped.claims + result.dropped.unsupported,
        wrote=len(written),
        with_ids=sum(bool(part.ids) for part in written),
        leaked=reading.had_thoughts and any(_leaks(heard.raw, part, reading) for part in claims),
        first_s=max(heard.first_at - began, 0.0),
        seconds=seconds,
        read=usage.get("input_tokens", 0),
        written=usage.get("output_tokens", 0),
        raw=heard.raw,
        notice=result.notice or "",
    )


def _held(claim: Claim, cited: list[Any], one: Labelled) -> bool:
    """Whether what is cited holds the statement: its facts, else nearly all of its words."""
    evidence = Evidence(cited, "")
    if one.has_answer and one.answered_by(claim.text):
        return one.answered_by(*(part.quote for part in cited))
    own = stems(claim.text) - stems(evidence.context.replace(evidence.sentences, ""))
    said = stems(evidence.sentences)
    covered = len(own & said) >= COVERED * len(own)
    return covered and check_claim(claim.text, evidence).stands


def _leaks(raw: str, claim: Claim, reading: VisibleText) -> bool:
    """Whether a statement is a part of what was thought and not of what was said."""
    return claim.text in raw and claim.text not in reading.text


async def _stock(library: Library, name: str, one: Labelled) -> Measured | None:
    python = os.environ.get("SITREP_BENCH_STOCK")
    if not python:
        return None
    plan = await library.searcher.plan(one.text, one.now)
    most = library.settings.answer_passages
    hits = await library.searcher.follow(plan, most, independent=True)
    passages = [hit.passage.text for hit in hits]
    asked = json.dumps({"question": one.text, "passages": passages})
    said = await asyncio.to_thread(_run_stock, python, asked)
    text = said["text"]
    sources = _STOCK_SOURCES.search(text)
    answer = text[: sources.start()] if sources else text
    numbers = {int(n) for n in re.findall(r"\d+", sources.group(1))} if sources else set()
    cited = [passages[n - 1] for n in numbers if 1 <= n <= len(passages)]
    declined = not answer.strip() or _STOCK_DECLINES.search(answer) is not None
    right = one.has_answer and not declined and one.answered_by(answer)
    return Measured(
        id=one.id,
        set=name,
        arm="stock",
        version="",
        has_answer=one.has_answer,
        answered=not declined,
        right=right,
        statements=0 if declined else 1,
        held=int(not declined and bool(cited) and (not right or one.answered_by(*cited))),
        wrote=1,
        with_ids=int(bool(cited)),
        seconds=said["seconds"],
        raw=text,
        notice=said.get("error", ""),
    )


def _run_stock(python: str, asked: str) -> dict[str, Any]:
    command = [python, str(ROOT / "benchmarks" / "stock_sources.py")]
    ran = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)  # noqa: S603
    return dict(json.loads(ran.stdout.splitlines()[-1]))


def _embedding_model(setting: str) -> str:
    from retrieval.providers.embeddings import local_encoder  # noqa: PLC0415  heavy

    return local_encoder(setting)[0] if setting.startswith("local") else setting


def _path() -> Path:
    model = re.sub(r"[^\w.-]+", "_", os.environ.get("CHAT_MODEL", "none"))
    return KEPT / f"{model}.jsonl"


def _kept() -> Iterator[Measured]:
    if _path().exists():
        for line in _path().read_text(encoding="utf-8").splitlines():
            yield Measured(**json.loads(line))


def _report(sets: list[str]) -> None:
    newest = {(one.set, one.arm, one.id): one for one in _kept()}
    model = os.environ.get("CHAT_MODEL", "no model")
    lines = [
        "# Answers with a real chat model",
        "",
        f"Written by `make eval-model` on {datetime.now(UTC):%d %B %Y}, with {model}.",
        "",
        f"| {' | '.join(_COLUMNS)} |",
        f"|---|---|{'--:|' * (len(_COLUMNS) - 2)}",
    ]
    for name in sets:
        for arm in ARMS:
            some = [one for key, one in newest.items() if key[:2] == (name, arm)]
            if some:
                lines.append(_row(name, arm, some))
    lines += ["", *_HOW]
    print("\n".join(lines))
    if newest:
        (RESULTS / "model.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _row(name: str, arm: str, some: list[Measured]) -> str:
    known = [one for one in some if one.has_answer]
    none = [one for one in some if not one.has_answer]
    first = [one.first_s for one in some if one.first_s]
    read, written = sum(one.read for one in some), sum(one.written for one in some)
    cost = (read * _price("READ") + written * _price("WRITTEN")) / 1e6
    cells = (
        name,
        arm,
        str(len(some)),
        _share(sum(one.right for one in known), len(known)),
        _share(sum(one.held for one in some), sum(one.statements for one in some)),
        _share(sum(one.with_ids for one in some), sum(one.wrote for one in some)),
        _share(sum(not one.answered for one in none), len(none)),
        _share(sum(not one.answered for one in known), len(known)),
        _share(sum(one.fell_back for one in some), len(some)),
        str(sum(one.leaked for one in some)),
        f"{median(first):.1f}" if first else "",
        f"{median(one.seconds for one in some):.1f}",
        f"{read:,}, {written:,}" if read else "",
        f"{cost:.4f}" if cost else "",
    )
    return f"| {' | '.join(cells)} |"


def _price(what: str) -> float:
    return float(os.environ.get(f"PRICE_{what}_PER_MILLION") or 0)


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}" if whole else ""


_COLUMNS = (
    "set",
    "arm",
    "asked",
    "right",
    "cited sentence holds it",
    "statements with an id of their own",
    "declined rightly",
    "declined wrongly",
    "fell back",
    "thoughts leaked",
    "s to first words, median",
    "s in all, median",
    "tokens read, written",
    "cost",
)
_HOW = (
    "Right: every fact of the label stands in a statement (a quotation counts). Cited sentence",
    "holds it (ALCE's citation precision, by rule): the fact stands in what the statement cites,",
    "or where it is about something else, three quarters of its words and the claim check. Every",
    "statement that is shown has a citation, so recall is what the model wrote with an id of its",
    "own; for the others code looked for the sentence. Fell back: quotations instead of what the",
    "model wrote. For the stock chain a citation is a whole passage, which is right where the fact",
    "stands in one of them; its tokens are not counted.",
)

if __name__ == "__main__":
    main()
