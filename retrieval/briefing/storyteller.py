"""One story, told by the model within its budget, or in quotes."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from prompts import version
from retrieval.briefing.material import PASSAGES_QUOTED, PASSAGES_READ, Material, choose_articles
from retrieval.briefing.quoting import quote_story, unit_vectors
from retrieval.briefing.ranking import Weights
from retrieval.briefing.told import retells
from retrieval.briefing.writing import (
    StoryWriter,
    estimated_cost,
    fitting_story,
    prompt_name,
    story_prompt,
    write_story,
)
from retrieval.errors import ModelError
from retrieval.grounding.checked import added
from retrieval.grounding.standing import still_says
from retrieval.models import Dropped, Mode
from retrieval.providers.chat import as_chat
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

    from retrieval.archive import Archive
    from retrieval.briefing.drafts import Draft
    from retrieval.briefing.gathering import Happening
    from retrieval.briefing.request import Extent, Request
    from retrieval.briefing.told import Known, Told
    from retrieval.grounding.checked import Judge
    from retrieval.models import Article
    from retrieval.providers import ChatModel

log = logging.getLogger(__name__)

# Stories written at once; each is one call of the model.
_AT_ONCE = 4
# Of what is known, so much is compared in meaning with each claim.
_NEAR = 4

OVER_BUDGET = "This briefing used up its budget of model tokens, so some stories are quoted."


@dataclass(frozen=True, slots=True)
class Rules:
    """How stories are ranked; what one story's answer and a whole briefing may cost, in tokens."""

    weights: Weights = field(default_factory=Weights)
    story_tokens: int = 800
    briefing_tokens: int = 60_000


@dataclass(slots=True)
class Spent:
    """What a briefing has cost so far, in tokens, and what is to be said about it.

    `estimated` is booked before the model is asked, `usage` is what its server counted.
    """

    estimated: int = 0
    usage: dict[str, int] = field(default_factory=dict)
    dropped: Dropped = field(default_factory=Dropped)
    notices: dict[str, None] = field(default_factory=dict)

    @property
    def booked(self) -> dict[str, int]:
        """Tokens as counted, and as estimated before."""
        return self.usage | {"estimated_tokens": self.estimated}

    def spend(self, usage: Mapping[str, int]) -> None:
        """Book what a call of the model cost."""
        self.usage = added(self.usage, usage)

    def add(self, draft: Draft) -> None:
        """Count what was left out of a written story."""
        self.dropped = Dropped(
            self.dropped.ids + draft.dropped.ids,
            self.dropped.claims + draft.dropped.claims,
            self.dropped.unsupported + draft.dropped.unsupported,
        )


class Storyteller:
    """Writes one story from its own articles and no others."""

    def __init__(
        self,
        archive: Archive,
        embeddings: Embeddings,
        model: ChatModel | BaseChatModel | None,
        rules: Rules,
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
        """How many stories to tell at the same time.

        A small model's server works on one after another: those that wait would run into
        `CHAT_TIMEOUT_S`.
        """
        small = self._model is not None and as_chat(self._model).format == "plain"
        return 1 if small else _AT_ONCE

    async def tell(
        self, story: Happening, request: Request, told: Told, extent: Extent, spent: Spent
    ) -> Draft | None:
        """What is new to the reader in one story; None if nothing is.

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
    ) -> Draft | None:
        writes = self._model is not None and request.in_quotes is None
        material = await self._material(story, told, PASSAGES_READ if writes else PASSAGES_QUOTED)
        if not material.has_news():
            return None
        if self._model is not None and request.in_quotes is None:
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
                    return await write_story(writer, prompt, shown, material, told, extent.claims)
                except ModelError as error:
                    log.warning(
                        "chat model failed, quoting a story: %s (%s)",
                        error,
                        error.details or "its server said nothing",
                        exc_info=error,
                    )
                    spent.notices[f"{error} Some stories are quoted instead."] = None
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

    async def without_retold(self, draft: Draft, known: Known) -> Draft:
        """The draft without the claims that say in other words what is known.

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
        """What the story is told from; what stood in a revision that was read is no news."""

        def is_read(article: Article) -> bool:
            return told.has_read(article.id, article.revision_id)

        def was_read(article: Article, text: str) -> bool:
            return is_read(article) or still_says(before.get(article.id, ""), text)

        articles = choose_articles(story.articles, is_read=is_read)
        names = [f"{one.revision_id}:{n}" for one in articles for n in range(passages)]
        found = await self._archive.passages(names)
        revised = {
            told.read[one.id]: one.id
            for one in articles
            if one.id in told.read and not is_read(one)
        }
        texts = await self._archive.texts(revised) if revised else {}
        before = {article_id: texts.get(one, "") for one, article_id in revised.items()}
        return Material.of(story.id, [found[name] for name in names if name in found], was_read)
