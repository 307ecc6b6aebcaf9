r"""A real chat model's briefings and follow-ups, beside what there is without it.

    CHAT_MODEL=openai:local OPENAI_BASE_URL=http://127.0.0.1:8090/v1 CHAT_TIMEOUT_S=600 \
        python -m benchmarks.model_stories --stories 20

Briefings of single days of a set's archive until so many stories were told by the model: written,
fallen back to quotations, thrown away, headlines that their own claims hold, tokens, seconds; each
beside what quote mode tells of the same story. Follow-ups of the labelled questions: whether the
passages that are found have the facts, by the model's rewriting and by the rules. The judge: claims
that pass the rules, supported or not. Goes on where it was stopped, as `benchmarks.model_answers`
does; everything is printed, to be read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from benchmarks.claim_set import load_claims
from benchmarks.model_answers import share
from benchmarks.model_memory import Memory, RememberedChat
from benchmarks.model_questions import QUESTIONS, archive_of, as_labelled
from retrieval.answering.followups import condense
from retrieval.answering.quoting import Models, read
from retrieval.answering.writing import best_read
from retrieval.briefing import BriefingOptions, BriefingService
from retrieval.briefing.briefer import Briefer
from retrieval.briefing.writing import Spent, StoryConfig, Storyteller
from retrieval.grounding import CitationIndex, SentenceId
from retrieval.grounding.checked import ModelJudge
from retrieval.grounding.checks import Evidence, Verdict, check_claim
from retrieval.grounding.citations import CitedStatement
from retrieval.grounding.quotes import COVERED
from retrieval.models import BriefingWindow, Passage, Span
from retrieval.text.words import stems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.claim_set import LabelledClaim
    from retrieval.briefing.drafts import StoryDraft
    from retrieval.library import Library
    from retrieval.models import Citation

_READ = 12
_DAY = timedelta(days=1)
# An answer has about so many statements.
_JUDGED_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Told:
    """A story as it was told, or None where nothing of it was new.

    `spent` are the tokens of the model's calls, `calls` how many and `seconds` how long they took.
    `quoted` is what quote mode tells of the same story.
    """

    draft: StoryDraft | None
    quoted: StoryDraft | None
    fell_back: bool
    wrote: str
    spent: Mapping[str, int]
    calls: int
    seconds: float
    articles: int

    @property
    def headline_holds(self) -> bool:
        """Whether the claims and what they cite hold the headline: they are of the same fact."""
        if self.draft is None:
            return False
        cited = [one for claim in self.draft.claims for one in claim.cited]
        text = " ".join([*(one.quote for one in cited), *(one.text for one in self.draft.claims)])
        own = stems(self.draft.headline)
        covered = len(own & stems(text)) >= COVERED * len(own)
        return covered and check_claim(self.draft.headline, Evidence(cited, text)).stands


class _Watched(Storyteller):
    """A storyteller that remembers of each story what the model made of it; stories one by one."""

    def __init__(self, port: RememberedChat, *given: Any) -> None:  # noqa: ANN401  as it takes them
        super().__init__(*given)
        self.told = list[Told]()
        self._port = port
        self._alone = asyncio.Lock()

    async def tell(self, story: Any, request: Any, told: Any, extent: Any, spent: Any) -> Any:  # noqa: ANN401
        async with self._alone:
            mine, first = Spent(), len(self._port.calls)
            draft = await super().tell(story, request, told, extent, mine)
            spent.notices |= mine.notices
            in_quotes = replace(request, without_model=True)
            quoted = await super().tell(story, in_quotes, told, extent, Spent())
            calls = self._port.calls[first:]
            if calls:
                self.told.append(
                    Told(
                        draft,
                        quoted,
                        bool(mine.notices),
                        calls[0].text,
                        mine.usage,
                        len(calls),
                        sum(one.seconds for one in calls),
                        len(story.articles),
                    )
                )
                print(f"{len(self.told)}: {self.told[-1].seconds:.0f} s", flush=True)
        return draft


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stories", type=int, default=20, help="so many, over all sets")
    parser.add_argument("--since", default="", help="the first day, such as 2022-09-03")
    parser.add_argument("--sets", default="sample,news", help="archives")
    parser.add_argument("--format", default="", help="instead of the model's own")
    parser.add_argument("--most", type=int, default=1_000, help="follow-ups of each set")
    parser.add_argument("--report", action="store_true", help="ask nothing, count what is kept")
    parser.add_argument("--judged", type=int, default=12, help="so many claims of each kind")
    parser.add_argument("--only", choices=["stories", "followups", "judge"])
    options = parser.parse_args()
    if not QUESTIONS.is_dir():
        sys.exit(f"No questions at {QUESTIONS}; see SITREP_SHARED_DATA.")
    asyncio.run(_measure(options))


async def _measure(options: Any) -> None:  # noqa: ANN401  argparse's
    memory, sets = Memory(), options.sets.split(",")
    told = list[Told]()
    for place, name in enumerate(sets, start=1):
        async with archive_of(name) as library:
            if options.only in {None, "stories"}:
                most = options.stories * place // len(sets) - len(told)
                told += await _stories(library, _port(library, memory, options), options, most)
    if told:
        _report(told)
    if options.only in {None, "judge"}:
        async with archive_of("sample") as library:
            await _judge(_port(library, memory, options), options.judged)
    if options.only in {None, "followups"}:
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


async def _stories(
    library: Library,
    port: RememberedChat,
    options: Any,  # noqa: ANN401  argparse's
    most: int,
) -> list[Told]:
    """Briefings of day after day, each of them to somebody who was told nothing."""
    assert library.chat is not None
    chat = replace(library.chat, port=port, format=options.format or library.chat.format)
    teller = _Watched(port, library.archive, library.searcher.embeddings, chat, StoryConfig())
    briefer = Briefer(library.archive, library.stories, library.topics, teller)
    desk = BriefingService(library.archive, briefer, library.settings.briefing_max_days)
    for day in await _days(library, options.since):
        if len(teller.told) >= most:
            break
        await desk.write(None, BriefingOptions(window=BriefingWindow(day, day + _DAY)), day + _DAY)
    return teller.told


async def _days(library: Library, since: str) -> list[datetime]:
    """The days of an archive, those with most articles first."""
    everything = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    await library.stories.catch_up(everything[1])
    stories = await library.archive.stories.between(*everything)
    counts = Counter(f"{one.at:%Y-%m-%d}" for found in stories.values() for one in found)
    some = [day for day in counts if day >= since]
    return [
        datetime.fromisoformat(day).replace(tzinfo=UTC)
        for day in sorted(some, key=lambda day: (-counts[day], day))
    ]


def _report(told: list[Told]) -> None:
    for one in told:
        how = "quoted" if one.fell_back else "written"
        holds = "holds" if one.headline_holds else "DOES NOT HOLD"
        print(f"--- {how}, {one.articles} articles, headline {holds}")
        print(f"  wrote: {one.wrote}")
        for name, draft in (("shown", one.draft), ("quote mode", one.quoted)):
            if draft is not None:
                claims = [claim.text for claim in (*draft.claims, *draft.disputed, *draft.watch)]
                print("\n    ".join([f"  {name}: {draft.headline}", *claims]))
    new = [one for one in told if one.draft is not None]
    written = [one for one in new if not one.fell_back]
    left_out = [one.draft.dropped for one in written if one.draft is not None]
    count = sum(len(one.draft.claims) for one in written if one.draft is not None)
    thrown = sum(one.claims + one.unsupported for one in left_out)
    print(f"Stories {len(told)}: nothing new {len(told) - len(new)}, written")
    print(f"{share(len(written), len(new))}, claims {count}, thrown away {thrown}; headline held")
    print(share(sum(one.headline_holds for one in written), len(written)))
    for name in ("input_tokens", "output_tokens"):
        print(f"{name} a story: {mean(one.spent.get(name, 0) for one in told):,.0f}")
    print(f"calls {mean(one.calls for one in told):.1f}, s {median(o.seconds for o in told):.0f}")


async def _judge(port: RememberedChat, most: int) -> None:
    """What a model rejects of claims that the rules let pass: supported ones, and others."""
    passed: dict[bool, list[LabelledClaim]] = {True: [], False: []}
    for claim in load_claims(test=True):
        some = passed[claim.supported]
        if len(some) < most and check_claim(claim.text, claim.evidence).stands:
            some.append(claim)
    judge = ModelJudge(port)
    for supported, some in passed.items():
        rejected = 0
        for at in range(0, len(some), _JUDGED_AT_ONCE):
            few = some[at : at + _JUDGED_AT_ONCE]
            shown = CitationIndex(tuple(_passage(one.evidence.cited[0]) for one in few))
            said = [
                CitedStatement(one.text, (SentenceId(n, 1),)) for n, one in enumerate(few, start=1)
            ]
            verdicts, _ = await judge(shown, said, [Verdict(())] * len(few))
            rejected += sum(not one.stands for one in verdicts)
        what = "supported" if supported else "unsupported, missed by the rules"
        print(f"Judge: of claims that are {what} rejected {share(rejected, len(some))}", flush=True)


def _passage(cited: Citation) -> Passage:
    whole = Span(0, len(cited.quote))
    return Passage("1:0", cited.article, 0, whole, cited.quote, (whole,))


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
