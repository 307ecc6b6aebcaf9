r"""A real chat model's briefings and follow-ups, beside what there is without it.

    CHAT_MODEL=openai:local OPENAI_BASE_URL=http://127.0.0.1:8090/v1 CHAT_TIMEOUT_S=600 \
        python -m benchmarks.model_stories

One briefing over the sample archive, told by the model: stories written, fallen back to quotations,
headlines that their own sentences hold. Follow-ups of the labelled questions: whether the passages
that are found have the facts, by the model's rewriting and by the rules. Goes on where it was
stopped, as `benchmarks.model_answers` does; everything is printed, to be read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks.model_answers import share
from benchmarks.model_memory import Memory, RememberedChat
from benchmarks.model_questions import QUESTIONS, archive_of, as_labelled
from retrieval.answering.condensing import condense
from retrieval.answering.quoting import Models, read
from retrieval.answering.writing import best_read
from retrieval.briefing import Desk, Wish
from retrieval.briefing.briefer import Briefer
from retrieval.briefing.storyteller import Rules, Storyteller
from retrieval.grounding.checks import Evidence, check_claim
from retrieval.grounding.supporting import COVERED
from retrieval.words import stems

if TYPE_CHECKING:
    from retrieval.briefing.drafts import Draft
    from retrieval.library import Library

_NOW = datetime(2024, 11, 27, 20, tzinfo=UTC)
_READ = 12


@dataclass(frozen=True, slots=True)
class Told:
    """A story as it was told, or None where nothing of it was new."""

    draft: Draft | None
    fell_back: bool

    @property
    def headline_holds(self) -> bool:
        """Whether the sentences of its statements, or their titles, hold the headline."""
        if self.draft is None:
            return False
        cited = [one for claim in self.draft.claims for one in claim.cited]
        text = " ".join(f"{one.quote} {one.article.title}" for one in cited)
        own = stems(self.draft.headline)
        covered = len(own & stems(text)) >= COVERED * len(own)
        return covered and check_claim(self.draft.headline, Evidence(cited, text)).stands


class _Watched(Storyteller):
    """A storyteller that remembers of each story whether the model told it."""

    def __init__(self, *given: Any) -> None:  # noqa: ANN401  as the storyteller takes them
        super().__init__(*given)
        self.told = list[Told]()

    async def tell(self, story: Any, request: Any, told: Any, extent: Any, spent: Any) -> Any:  # noqa: ANN401
        before = dict(spent.notices)
        spent.notices.clear()
        draft = await super().tell(story, request, told, extent, spent)
        self.told.append(Told(draft, bool(spent.notices)))
        spent.notices = before | spent.notices
        return draft


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topics", default="", help="of the briefing, separated by commas")
    parser.add_argument("--most", type=int, default=1_000, help="follow-ups of each set")
    parser.add_argument("--report", action="store_true", help="ask nothing, count what is kept")
    parser.add_argument("--only", choices=["stories", "followups"])
    options = parser.parse_args()
    if not QUESTIONS.is_dir():
        sys.exit(f"No questions at {QUESTIONS}; see SITREP_SHARED_DATA.")
    asyncio.run(_measure(options))


async def _measure(options: Any) -> None:  # noqa: ANN401  argparse's
    memory = Memory()
    if options.only != "followups":
        async with archive_of("sample") as library:
            await _stories(library, _port(library, memory, options), options)
    if options.only != "stories":
        rows = list[tuple[bool, bool]]()
        for name in ("sample", "news"):
            async with archive_of(name) as library:
                rows += await _followups(library, _port(library, memory, options), name, options)
        by_model, by_rules = (sum(column) for column in zip(*rows, strict=True))
        print(f"Follow-ups: found by the model's question {share(by_model, len(rows))}, by rules")
        print(f"{share(by_rules, len(rows))}")


def _port(library: Library, memory: Memory, options: Any) -> RememberedChat:  # noqa: ANN401
    if library.chat is None:
        sys.exit("Set CHAT_MODEL, and OPENAI_BASE_URL for a server of your own.")
    return RememberedChat(library.chat, memory, may_ask=not options.report)


async def _stories(library: Library, port: RememberedChat, options: Any) -> None:  # noqa: ANN401
    assert library.chat is not None
    chat = replace(library.chat, port=port)
    teller = _Watched(library.archive, library.searcher.embeddings, chat, Rules())
    briefer = Briefer(library.archive, library.stories, library.topics, teller)
    desk = Desk(library.archive, briefer, library.settings.briefing_max_days)
    topics = tuple(filter(None, options.topics.split(",")))
    await desk.write(None, Wish(topics=topics), _NOW)
    for one in teller.told:
        if one.draft is None:
            print("--- nothing new")
            continue
        holds = "held" if one.headline_holds else "NOT HELD"
        how = "quoted" if one.fell_back else "written"
        print(f"--- {how}, headline {holds}: {one.draft.headline}")
        print("\n".join(f"  {claim.text}" for claim in one.draft.claims))
    written = [one for one in teller.told if not one.fell_back and one.draft is not None]
    print(f"Stories: written {len(written)}, quoted {sum(one.fell_back for one in teller.told)};")
    print(f"headlines held {share(sum(one.headline_holds for one in written), len(written))}")


async def _followups(
    library: Library,
    port: RememberedChat,
    name: str,
    options: Any,  # noqa: ANN401  argparse's
) -> list[tuple[bool, bool]]:
    """For each follow-up whether its facts are found: by the model's question, by the rules'."""
    assert library.chat is not None
    chat = replace(library.chat, port=port)
    lines = (QUESTIONS / f"{name}-dev.jsonl").read_text("utf-8").splitlines()
    raw = {one["id"]: one for one in map(json.loads, lines)}
    found = list[tuple[bool, bool]]()
    some = [one for one in raw.values() if "after" in one and not one["none"]][: options.most]
    for one in some:
        earlier = [raw[one["after"]]["question"]]
        by_model = (await condense(chat, one["question"], earlier)).question
        by_rules = (await condense(None, one["question"], earlier)).question
        found.append((await _finds(library, by_model, one), await _finds(library, by_rules, one)))
        print(f"--- {one['id']} {one['question']} (after: {earlier[0]})")
        print(f"  model, {found[-1][0]}: {by_model}\n  rules, {found[-1][1]}: {by_rules}")
    return found


async def _finds(library: Library, question: str, row: dict[str, Any]) -> bool:
    one = as_labelled(row)
    searcher = library.searcher
    plan = await searcher.plan(question, one.now)
    hits = await searcher.follow(plan, _READ, independent=True)
    models = Models(library.reading, searcher.embeddings, "")
    reading = await read(models, replace(plan, content=plan.content or question), hits)
    shown = best_read(reading, library.settings.answer_passages)
    return one.answered_by(*(hit.passage.text for hit in shown))


if __name__ == "__main__":
    main()
