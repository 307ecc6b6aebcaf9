"""Writes one story, with the model within its budget, or in quotes."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from prompts import load, version
from retrieval.briefing.drafts import DraftClaim, StoryDraft, in_order
from retrieval.briefing.ledger import retells, what_it_was
from retrieval.briefing.material import (
    PASSAGES_QUOTED,
    PASSAGES_READ,
    Material,
    bare_title,
    choose_articles,
)
from retrieval.briefing.quoting import (
    headline_of,
    is_told_by,
    quote_story,
    tells_headline,
    unit_vectors,
)
from retrieval.briefing.referents import leans
from retrieval.briefing.selection import SelectionWeights
from retrieval.errors import ModelError
from retrieval.grounding import CitationIndex, is_refusal
from retrieval.grounding.checked import check_all
from retrieval.grounding.citations import MOST_IDS, CitedStatement, attributed, still_says
from retrieval.grounding.composing import made
from retrieval.grounding.parsing import parse_line
from retrieval.grounding.quotes import find_support, is_copy, without_repeats
from retrieval.llm.chat import as_chat
from retrieval.llm.complete import complete, estimated_tokens, room_for
from retrieval.messages import UserMessage
from retrieval.models import Dropped, Mode, added
from retrieval.text.words import stems
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

    from retrieval.archive import Archive
    from retrieval.briefing.gathering import Happening
    from retrieval.briefing.ledger import Known, Told
    from retrieval.briefing.selection import Extent, Request
    from retrieval.grounding import Statement
    from retrieval.grounding.checked import Judge
    from retrieval.llm import ChatModel
    from retrieval.models import Article, Passage


_LABELS = ("HEADLINE", "DISPUTED", "WATCH")
_TOLD_MOST = 20
# A small model on a CPU reads some twenty tokens per second: it gets this many passages, beginnings
# of articles first.
_PLAIN_PASSAGES = 4
_KNOWN = "The reader knows this already; leave it out:"


@dataclass(slots=True)
class Lines:
    """A model's output: statements with the labels of their lines ("" for a plain claim).

    `ids` counts citations of sentences that weren't shown; `bare` counts statements without valid
    citations.
    """

    said: list[tuple[str, CitedStatement]] = field(default_factory=list)
    ids: int = 0
    bare: list[tuple[str, str]] = field(default_factory=list)
    refused: bool = False


def prompt_name(model: ChatModel | BaseChatModel) -> str:
    """The name of the prompt for a story."""
    return "briefing_plain" if as_chat(model).format == "plain" else "briefing_story"


def fitting_story(
    model: ChatModel | BaseChatModel, passages: Sequence[Passage], told: Sequence[str]
) -> CitationIndex:
    """As many of a story's passages as fit into the model's context."""
    name = prompt_name(model)
    if name == "briefing_plain":
        passages = sorted(passages, key=lambda one: one.ordinal)[:_PLAIN_PASSAGES]
    shown = CitationIndex(tuple(passages))
    parts = [shown.passage(number) for number in range(1, len(passages) + 1)]
    known = "\n".join(told[-_TOLD_MOST:])
    return CitationIndex(shown.passages[: room_for(as_chat(model), name, parts, known)])


def story_prompt(  # noqa: PLR0913, PLR0917  what is in it
    name: str,
    shown: CitationIndex,
    told: Sequence[str],
    now: datetime,
    claims: int,
    language: str | None = None,
) -> list[BaseMessage]:
    """The messages for the model; the passages are those of one story.

    `language` is the English name of the language to write in; None: that of the articles, which
    `briefing_plain` always uses, because it makes the model copy sentences.
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
    """The estimated tokens of a prompt and an answer of at most `answer` tokens."""
    return sum(estimated_tokens(one.text) for one in prompt) + answer


@dataclass(frozen=True, slots=True)
class StoryWriter:
    """A chat model, the judge of its claims, and a callback for the tokens of each call."""

    model: ChatModel | BaseChatModel
    spend: Callable[[Mapping[str, int]], None]
    judge: Judge | None = None


async def write_story(  # noqa: PLR0913, PLR0917  what it is written from
    writer: StoryWriter,
    prompt: Sequence[BaseMessage],
    shown: CitationIndex,
    material: Material,
    told: Told,
    most: int,
) -> StoryDraft | None:
    """The model's story, without what this reader knows; None if nothing is new.

    The model may say that nothing is new only if the reader knows the story. `shown` are the
    passages in the prompt.

    Raises:
        ModelError: the server failed, refused, broke off, or wrote nothing traceable.
    """
    name = prompt_name(writer.model)
    wrote = await complete(writer.model, prompt, name)
    writer.spend(wrote.usage)
    lines = read_lines(wrote.text, shown)
    supports = await find_support("", shown, [text for _, text in lines.bare])
    found = [
        (label, CitedStatement(text, ids))
        for (label, text), ids in zip(lines.bare, supports, strict=True)
        if ids
    ]
    lines.said += found
    checked = await check_all(writer.model, shown, [said for _, said in lines.said], writer.judge)
    writer.spend(checked.usage)
    kept: dict[str, list[CitedStatement]] = {}
    for place, said in checked.kept.items():
        kept.setdefault(lines.said[place][0], []).append(said)
    copies = name == "briefing_plain"
    by_label = {
        label: [_claim(shown, one, copies=copies) for one in without_repeats(some)]
        for label, some in kept.items()
    }
    # Copied sentences with missing referents aren't news.
    written = [one for one in by_label.get("", []) if one.quotes is None or not leans(one.says)]
    written = list({one.says: one for one in written}.values())  # two parts of one sentence
    earlier = told.of_story(material.story_id)
    # Weak models decline anything; an untold story always has something to tell.
    if lines.refused and not written and earlier and name != "briefing_plain":
        return None
    if not written:
        raise ModelError(UserMessage("The chat model wrote nothing that its sources support."))
    claims = tuple(
        replace(one, was=what_it_was(one.says, earlier, made(one.cited), one.outlets))
        for one in written
        if one.says not in told.known and not all(map(material.is_read, one.cited))
    )[:most]
    claims = in_order(claims)
    if not claims:
        return None
    titled = next(iter(by_label.get("HEADLINE", [])), None)
    if titled is not None and _is_told(titled, claims, material):
        headline = titled.text
    else:
        headline = headline_of(claims, material.sentences, told)
    return StoryDraft(
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


def _is_told(titled: DraftClaim, claims: Sequence[DraftClaim], material: Material) -> bool:
    """Whether all significant words of a model's headline are in its sentences and the claims.

    Titles count, too. A headline with its own verb can say the opposite of its sources: "Kremlin
    announces strikes" for "it will answer the strikes".
    """
    known = stems(" ".join(one.says for one in claims))
    known |= stems(" ".join(one.quote for one in titled.cited))
    known |= stems(" ".join(one.article.title for one in material.passages))
    return stems(titled.text) <= known


def _claim(shown: CitationIndex, said: CitedStatement, *, copies: bool) -> DraftClaim:
    """A statement; if the model was to copy, a copied sentence is a quotation as in quote mode."""
    cited = tuple(shown.citation(name, 0) for name in said.ids)
    first = cited[0]
    if not copies or not is_copy(said.text, first.quote):
        return DraftClaim(said.text, cited)
    return DraftClaim.saying(attributed(first.quote, first.article), cited, quotes=first.quote)


def _news(claims: Sequence[DraftClaim], told: Told) -> tuple[DraftClaim, ...]:
    return tuple(one for one in claims[:1] if one.text not in told.known)


def read_lines(text: str, shown: CitationIndex) -> Lines:
    """The lines of an answer; statements without valid citations are dropped and counted."""
    found = Lines()
    for line in text.splitlines():
        label, rest = _labelled(line)
        statements = parse_line(rest)
        if label and statements:
            # such a line is one statement, even with several sentences
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
    found: Lines, label: str, text: str, statements: Sequence[Statement], shown: CitationIndex
) -> None:
    ids = dict.fromkeys(name for one in statements for name in one.ids)
    known = tuple(name for name in ids if name in shown)[:MOST_IDS]
    found.ids += len(ids) - len(known)
    if known:
        found.said.append((label, CitedStatement(text, known)))
    else:
        found.bare.append((label, text))


log = logging.getLogger(__name__)

# Stories written at the same time; each is one call to the model.
_AT_ONCE = 4
# How many known statements are compared by meaning with each claim.
_NEAR = 4

OVER_BUDGET = UserMessage("This briefing used up its token budget, so some stories are quoted.")


@dataclass(frozen=True, slots=True)
class StoryConfig:
    """The weights of ranking; the limits in tokens for a story's answer and a whole briefing."""

    weights: SelectionWeights = field(default_factory=SelectionWeights)
    story_tokens: int = 800
    briefing_tokens: int = 60_000


@dataclass(slots=True)
class Spent:
    """The tokens that a briefing has cost so far, and notices about it.

    `estimated` is booked before the model is called, `usage` is counted by its server.
    """

    estimated: int = 0
    usage: dict[str, int] = field(default_factory=dict)
    dropped: Dropped = field(default_factory=Dropped)
    notices: dict[UserMessage, None] = field(default_factory=dict)

    @property
    def booked(self) -> dict[str, int]:
        """Tokens as counted, and as estimated before."""
        return self.usage | {"estimated_tokens": self.estimated}

    def spend(self, usage: Mapping[str, int]) -> None:
        """Book the tokens of a call to the model."""
        self.usage = added(self.usage, usage)

    def add(self, draft: StoryDraft) -> None:
        """Count the parts left out of a written story."""
        self.dropped = Dropped(
            self.dropped.ids + draft.dropped.ids,
            self.dropped.claims + draft.dropped.claims,
            self.dropped.unsupported + draft.dropped.unsupported,
        )


class Storyteller:
    """Writes one story from its own articles only."""

    def __init__(
        self,
        archive: Archive,
        embeddings: Embeddings,
        model: ChatModel | BaseChatModel | None,
        rules: StoryConfig,
        judge: Judge | None = None,
    ) -> None:
        self._judge = judge
        self._archive = archive
        self._embeddings = embeddings
        self._model = model
        self.rules = rules

    @property
    def mode(self) -> Mode:
        """Whether a model writes, or sentences are quoted."""
        return Mode.MODEL if self._model else Mode.QUOTE

    @property
    def writer(self) -> str:
        """Who writes: the model's name and its prompt's version, or `quote`."""
        if self._model is None:
            return "quote"
        name = getattr(self._model, "model_name", self.mode.value)
        return f"{name} {version(prompt_name(self._model))}"

    @property
    def at_once(self) -> int:
        """How many stories to write at the same time.

        A small model's server works on one after the other, so waiting ones would reach
        `CHAT_TIMEOUT_S`.
        """
        small = self._model is not None and as_chat(self._model).format == "plain"
        return 1 if small else _AT_ONCE

    async def tell(
        self, story: Happening, request: Request, told: Told, extent: Extent, spent: Spent
    ) -> StoryDraft | None:
        """The news to the reader in one story; None if there is none.

        Raises:
            ArchiveError: reading the archive failed.
            ModelError: the embedding model failed.
        """
        with span("story", articles=len(story.articles)) as one:
            draft = await self._tell(story, request, told, extent, spent)
            one.note(outcome="told" if draft is not None else "nothing new")
        return draft

    async def _tell(
        self, story: Happening, request: Request, told: Told, extent: Extent, spent: Spent
    ) -> StoryDraft | None:
        writes = self._model is not None and not request.by_quotes
        material = await self._material(story, told, PASSAGES_READ if writes else PASSAGES_QUOTED)
        if not material.has_news():
            return None
        if self._model is not None and not request.by_quotes:
            earlier = [claim.text for claim in told.of_story(story.id)]
            shown = fitting_story(self._model, material.passages, earlier)
            prompt = story_prompt(
                prompt_name(self._model),
                shown,
                earlier,
                request.now,
                extent.claims,
                request.language,
            )
            cost = estimated_cost(prompt, self.rules.story_tokens)
            if spent.estimated + cost <= self.rules.briefing_tokens:
                spent.estimated += cost
                try:
                    writer = StoryWriter(self._model, spent.spend, self._judge)
                    draft = await write_story(writer, prompt, shown, material, told, extent.claims)
                    return draft and await self._with_its_fact(draft, material, told, extent)
                except ModelError as error:
                    log.warning(
                        "chat model failed, quoting a story: %s (%s)",
                        error,
                        error.details or "its server said nothing",
                        exc_info=error,
                    )
                    said = UserMessage("{why} Some stories are quoted instead.", why=error.message)
                    spent.notices[said] = None
            else:
                spent.notices[OVER_BUDGET] = None
        return await quote_story(
            self._embeddings,
            material,
            told,
            extent.claims,
            more=extent.more,
            today=request.now.date(),
            asked_for=bool(request.topics) or story.id in request.followed,
        )

    async def _with_its_fact(
        self, draft: StoryDraft, material: Material, told: Told, extent: Extent
    ) -> StoryDraft:
        """If no claim tells a title's fact, put a quotation first that does.

        The model's own headline was checked against its claims when it was written.

        Raises:
            ModelError: the embedding model failed.
        """
        titles = {bare_title(one.article.title, one.article.outlet) for one in material.sentences}
        if draft.headline not in titles or tells_headline(draft.headline, draft.claims):
            return draft
        quoted = await quote_story(
            self._embeddings, material, told, extent.claims, more=False, asked_for=True
        )
        telling = [
            one
            for one in (quoted.claims if quoted else ())
            if tells_headline(draft.headline, [one])
        ]
        if not telling or leans(telling[0].says):
            return draft
        others = [one for one in draft.claims if not is_told_by(one.says, telling[0].says)]
        return replace(draft, claims=in_order([telling[0], *others][: extent.claims]))

    async def without_retold(self, draft: StoryDraft, known: Known) -> StoryDraft:
        """The draft without claims that say known things in other words.

        Raises:
            ModelError: the embedding model failed.
        """
        near = {one.says: known.near(one.says, _NEAR) for one in draft.claims}
        told = list(dict.fromkeys(text for texts in near.values() for text in texts))
        if not told:
            return draft
        vectors = await unit_vectors(self._embeddings, [*near, *told])
        place = {text: row for row, text in enumerate(told, len(near))}

        def is_retold(row: int, text: str) -> bool:
            return any(
                retells(text, other, float(vectors[row] @ vectors[place[other]]))
                for other in near[text]
            )

        retold = {text for row, text in enumerate(near) if is_retold(row, text)}
        return replace(draft, claims=tuple(one for one in draft.claims if one.says not in retold))

    async def _material(self, story: Happening, told: Told, passages: int) -> Material:
        """The material of the story; sentences of revisions already used aren't news."""

        def is_read(article: Article) -> bool:
            return told.has_read(article.id, article.revision_id)

        def was_read(article: Article, text: str) -> bool:
            return is_read(article) or still_says(before.get(article.id, ""), text)

        articles = choose_articles(story.articles, is_read=is_read)
        names = [f"{one.revision_id}:{n}" for one in articles for n in range(passages)]
        found = await self._archive.articles.passages(names)
        revised = {
            told.read[one.id]: one.id
            for one in articles
            if one.id in told.read and not is_read(one)
        }
        texts = await self._archive.articles.texts(revised) if revised else {}
        before = {article_id: texts.get(one, "") for one, article_id in revised.items()}
        return Material.of(story.id, [found[name] for name in names if name in found], was_read)
