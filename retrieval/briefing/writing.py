"""A story through the chat model: statements with ids, brought back to sentences."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from prompts import load
from retrieval.briefing.drafts import Draft, DraftClaim, in_order
from retrieval.briefing.material import leans
from retrieval.briefing.quoting import headline_of
from retrieval.briefing.told import what_it_was
from retrieval.errors import ModelError
from retrieval.grounding import Shown, is_refusal
from retrieval.grounding.attribution import attribution, quoted
from retrieval.grounding.checked import check_all
from retrieval.grounding.parsing import parse_line
from retrieval.grounding.said import MOST_IDS, Said
from retrieval.grounding.superseding import made
from retrieval.grounding.supporting import find_support, is_copy, without_repeats
from retrieval.models import Dropped
from retrieval.providers.chat import as_chat
from retrieval.providers.complete import complete
from retrieval.providers.tokens import estimated_tokens, room_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

    from retrieval.briefing.material import Material
    from retrieval.briefing.told import Told
    from retrieval.grounding import Statement
    from retrieval.grounding.checked import Judge
    from retrieval.models import Passage
    from retrieval.providers import ChatModel

_LABELS = ("HEADLINE", "DISPUTED", "WATCH")
_TOLD_MOST = 20
# A small model on a processor reads some twenty tokens a second: so many passages, and first those
# with which articles begin.
_PLAIN_PASSAGES = 4
_KNOWN = "The reader knows this already; leave it out:"


@dataclass(slots=True)
class Lines:
    """What a model wrote: statements with the labels of their lines ("" for a plain claim).

    `ids` were cited and never shown; `bare` statements cite nothing that was.
    """

    said: list[tuple[str, Said]] = field(default_factory=list)
    ids: int = 0
    bare: list[tuple[str, str]] = field(default_factory=list)
    refused: bool = False


def prompt_name(model: ChatModel | BaseChatModel) -> str:
    """The prompt with which a model is asked for a story."""
    return "briefing_plain" if as_chat(model).format == "plain" else "briefing_story"


def fitting_story(
    model: ChatModel | BaseChatModel, passages: Sequence[Passage], told: Sequence[str]
) -> Shown:
    """As many of a story's passages as the model can read; whole ones."""
    name = prompt_name(model)
    if name == "briefing_plain":
        passages = sorted(passages, key=lambda one: one.ordinal)[:_PLAIN_PASSAGES]
    shown = Shown(tuple(passages))
    parts = [shown.passage(number) for number in range(1, len(passages) + 1)]
    known = "\n".join(told[-_TOLD_MOST:])
    return Shown(shown.passages[: room_for(as_chat(model), name, parts, known)])


def story_prompt(  # noqa: PLR0913, PLR0917  what is in it
    name: str,
    shown: Shown,
    told: Sequence[str],
    now: datetime,
    claims: int,
    language: str | None = None,
) -> list[BaseMessage]:
    """What the model is told; the passages are those of one story.

    `language` is the English name of that to write in; None: that of the articles. Who copies
    (`briefing_plain`) writes in that of the articles.
    """
    known = "\n".join(f"- {' '.join(text.split())}" for text in told[-_TOLD_MOST:])
    if name == "briefing_plain":
        given = {
            "articles": shown.prompt(with_ids=False),
            "told": f"{_KNOWN}\n{known}\n\n" if known else "",
            "claims": str(claims),
        }
    else:
        given = {
            "today": f"{now:%A, %d %B %Y}",
            "articles": shown.prompt(),
            "told": known or "(nothing)",
            "claims": str(claims),
            "language": language or "the language of most of the articles",
        }
    return load(name, *given).format_messages(**given)


def estimated_cost(prompt: Sequence[BaseMessage], answer: int) -> int:
    """About what a prompt and its answer of at most `answer` tokens cost."""
    return sum(estimated_tokens(one.text) for one in prompt) + answer


@dataclass(frozen=True, slots=True)
class StoryWriter:
    """A chat model, who judges what it writes, and what is told the tokens of each call."""

    model: ChatModel | BaseChatModel
    spend: Callable[[Mapping[str, int]], None]
    judge: Judge | None = None


async def write_story(  # noqa: PLR0913, PLR0917  what it is written from
    writer: StoryWriter,
    prompt: Sequence[BaseMessage],
    shown: Shown,
    material: Material,
    told: Told,
    most: int,
) -> Draft | None:
    """The story as the model tells it, without what this reader knows; None if nothing is new.

    That nothing is new, a model may say only of a story that the reader knows. `shown` are the
    passages in the prompt.

    Raises:
        ModelError: the server failed, refused, broke off, or wrote nothing that can be traced.
    """
    name = prompt_name(writer.model)
    wrote = await complete(writer.model, prompt, name)
    writer.spend(wrote.usage)
    lines = read_lines(wrote.text, shown)
    supports = await find_support("", shown, [text for _, text in lines.bare])
    found = [
        (label, Said(text, ids))
        for (label, text), ids in zip(lines.bare, supports, strict=True)
        if ids
    ]
    lines.said += found
    checked = await check_all(writer.model, shown, [said for _, said in lines.said], writer.judge)
    writer.spend(checked.usage)
    kept: dict[str, list[Said]] = {}
    for place, said in checked.kept.items():
        kept.setdefault(lines.said[place][0], []).append(said)
    copies = name == "briefing_plain"
    by_label = {
        label: [_claim(shown, one, copies=copies) for one in without_repeats(some)]
        for label, some in kept.items()
    }
    # Of what was copied, sentences whose referent is missing are no news.
    written = [one for one in by_label.get("", []) if one.quotes is None or not leans(one.says)]
    written = list({one.says: one for one in written}.values())  # two parts of one sentence
    earlier = told.of_story(material.story_id)
    # Weak models decline whatever is asked; of what was never told there is something to tell.
    if lines.refused and not written and earlier and name != "briefing_plain":
        return None
    if not written:
        raise ModelError("The chat model wrote nothing that its sources support.")
    claims = tuple(
        replace(one, was=what_it_was(one.says, earlier, made(one.cited), one.outlets))
        for one in written
        if one.says not in told.known and not all(map(material.is_read, one.cited))
    )[:most]
    claims = in_order(claims)
    if not claims:
        return None
    titled = next(iter(by_label.get("HEADLINE", [])), None)
    headline = titled.text if titled else headline_of(claims, material.sentences, told)
    return Draft(
        headline,
        claims,
        disputed=_news(by_label.get("DISPUTED", []), told),
        watch=_news(by_label.get("WATCH", []), told),
        dropped=Dropped(
            ids=lines.ids,
            claims=len(lines.bare) - len(found),
            unsupported=checked.dropped,
        ),
    )


def _claim(shown: Shown, said: Said, *, copies: bool) -> DraftClaim:
    """A statement; of who was to copy, what is copied as a quotation, as quote mode has it."""
    cited = tuple(shown.citation(name, 0) for name in said.ids)
    first = cited[0]
    if not copies or not is_copy(said.text, first.quote):
        return DraftClaim(said.text, cited)
    text = f"{attribution(first.article)}: {quoted(first.quote)}"
    return DraftClaim(text, cited, quotes=first.quote)


def _news(claims: Sequence[DraftClaim], told: Told) -> tuple[DraftClaim, ...]:
    return tuple(one for one in claims[:1] if one.text not in told.known)


def read_lines(text: str, shown: Shown) -> Lines:
    """The lines of an answer; statements that cite nothing that was shown are dropped, counted."""
    found = Lines()
    for line in text.splitlines():
        label, rest = _labelled(line)
        statements = parse_line(rest)
        if label and statements:
            # such a line may have several sentences, and is one statement
            _add(found, label, " ".join(one.text for one in statements), statements, shown)
            continue
        for one in statements:
            if is_refusal(one):
                found.refused = True
            else:
                _add(found, "", one.text, [one], shown)
    return found


def _labelled(line: str) -> tuple[str, str]:
    plain = line.strip().lstrip("-*• ").replace("**", "")
    for label in _LABELS:
        if plain.upper().startswith(f"{label}:"):
            return label, plain[len(label) + 1 :].strip()
    return "", line


def _add(
    found: Lines, label: str, text: str, statements: Sequence[Statement], shown: Shown
) -> None:
    ids = dict.fromkeys(name for one in statements for name in one.ids)
    known = tuple(name for name in ids if name in shown)[:MOST_IDS]
    found.ids += len(ids) - len(known)
    if known:
        found.said.append((label, Said(text, known)))
    else:
        found.bare.append((label, text))
