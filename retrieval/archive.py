"""The door of the archive: SQL, words and vectors as one thing. What other rooms may ask for."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from retrieval.index.chroma import Filter
from retrieval.index.vector_filter import FilteredSearch
from retrieval.storage import audit
from retrieval.storage.answers import (
    AskedQuestion,
    CitedText,
    asked_question,
    cited_outlets,
    cited_text,
    further_quotes,
    keep_answer,
)
from retrieval.storage.articles import remove_article, restore_article, store_article
from retrieval.storage.boilerplate import mark_waiting
from retrieval.storage.briefings import (
    Kept,
    articles_of_story,
    briefing_by_id,
    briefing_with_key,
    given_briefings,
    keep_briefing,
    passages_of_articles,
    recent_questions,
    stories_between,
    stories_with,
    tell,
)
from retrieval.storage.feedback import Tokens, Usage, feedback_rows, tokens_since, usage_since, vote
from retrieval.storage.keywords import KeywordSearch, Vocabulary
from retrieval.storage.leases import NamedLeases
from retrieval.storage.listing import (
    Listing,
    RevisionNote,
    Statistics,
    Wanted,
    history,
    list_articles,
    statistics,
)
from retrieval.storage.near_duplicates import compare_waiting, no_rest
from retrieval.storage.purge import purge
from retrieval.storage.reading import (
    Family,
    Kin,
    RememberedArticles,
    Summary,
    article_by_id,
    current_passages,
    families,
    kin,
    newest_of,
    newest_revisions,
    outlet_names,
    summary,
    texts_of,
    version,
)
from retrieval.text.sentences import split

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime
    from pathlib import Path

    from retrieval.index.chroma import VectorIndex
    from retrieval.models import (
        Added,
        Answer,
        Article,
        ArticleDraft,
        Briefing,
        Citation,
        Duplicate,
        Passage,
        PassageDraft,
        Revised,
        Unanswered,
    )
    from retrieval.storage.briefings import StoryMember
    from retrieval.storage.database import Database
    from retrieval.storage.near_duplicates import Rest

_OUTLETS_KNOWN_S = 60.0
_EVERYTHING = Filter()


class Archive:
    """What the other rooms may ask of the archive. Each call is one transaction.

    Every method raises ArchiveError when SQL or Chroma fails. In `folder` it keeps what makes
    filtered searches fast on large archives; without one, that is kept in memory.
    """

    def __init__(
        self, database: Database, vectors: VectorIndex, folder: Path | None = None
    ) -> None:
        self._database = database
        self._vectors = vectors
        self._filtered = FilteredSearch(database, vectors, folder)
        self._keywords = KeywordSearch()
        self._vocabulary = Vocabulary()
        self._articles = RememberedArticles()
        self._leases = NamedLeases(database)
        self._outlets: tuple[tuple[str, ...], float] = ((), -_OUTLETS_KNOWN_S - 1)

    async def store(
        self, draft: ArticleDraft, passages: Sequence[PassageDraft], added_by: str
    ) -> Added | Revised | Duplicate:
        """Store an article, or a new revision of one; it is searchable by words at once."""
        return await store_article(self._database, draft, passages, added_by)

    async def remove(self, article_id: int) -> bool:
        """Take an article out of every search; False where there is none."""
        return await remove_article(self._database, article_id)

    async def restore(self, article_id: int, now: datetime) -> bool:
        """Bring back an article removed within a day; False where there is none to bring back."""
        return await restore_article(self._database, article_id, split, now)

    async def purge(self, now: datetime) -> int:
        """Wipe for good what was removed over a day ago, a batch of it; returns how many."""
        return await purge(self._database, now)

    async def history(self, article_id: int) -> tuple[RevisionNote, ...]:
        """Every revision of an article, oldest first, with what changed."""
        return await history(self._database, article_id, split)

    async def compare_waiting(self, rest: Rest = no_rest) -> int:
        """Look for near copies of some articles that were never compared; returns how many."""
        return await compare_waiting(self._database, rest)

    async def mark_waiting(self, rest: Rest = no_rest) -> int:
        """Mark the junk of some articles, and count what recurs; returns how many they were."""
        return await mark_waiting(self._database, rest)

    async def record(
        self, who: str, what: str, subject: str, when: datetime, detail: Mapping[str, Any]
    ) -> None:
        """Write a line of the audit log."""
        await audit.record(self._database, who, what, subject, when, detail)

    async def families(self, article_ids: Iterable[int]) -> dict[int, Family]:
        """By article id, the near copies that belong together; of those that have any."""
        async with self._database.read() as connection:
            return await families(connection, article_ids)

    async def kin(self, article_id: int) -> Kin:
        """Of what an article is a near copy, and what is one of it."""
        async with self._database.read() as connection:
            return await kin(connection, article_id)

    async def article(self, article_id: int) -> Article:
        """The current revision of an article."""
        async with self._database.read() as connection:
            return await article_by_id(connection, article_id)

    async def listing(self, wanted: Wanted, offset: int, limit: int) -> Listing:
        """A page of the articles that are wanted, newest added first."""
        return await list_articles(self._database, wanted, offset, limit)

    async def statistics(self, now: datetime) -> Statistics:
        """What `/stats` says of the archive."""
        return await statistics(self._database, now)

    async def summary(self) -> Summary:
        """What the archive holds."""
        async with self._database.read() as connection:
            return await summary(connection)

    async def outlets(self) -> tuple[str, ...]:
        """The names of all outlets, as of a minute ago at the most."""
        known, at = self._outlets
        if monotonic() - at > _OUTLETS_KNOWN_S:
            async with self._database.read() as connection:
                known = await outlet_names(connection)
            self._outlets = (known, monotonic())
        return known

    async def by_vector(
        self, vector: Sequence[float], k: int, within: Filter = _EVERYTHING
    ) -> list[tuple[str, float]]:
        """Ids of the `k` passages nearest to a vector, with their cosine similarity.

        `within` leaves out what was published at other times or by others, and costs no more time.
        """
        return await self._filtered.search(vector, k, within)

    async def prepare_filters(self) -> None:
        """Write now what filtered searches need, which the first of them would begin."""
        await self._filtered.prepare()

    async def similarities(
        self, passage_ids: Sequence[str], vector: Sequence[float]
    ) -> dict[str, float]:
        """The cosine of each of these passages to a vector; of those that have one yet."""
        return await self._filtered.similarities(passage_ids, vector)

    async def by_keywords(self, terms: Sequence[str], k: int) -> list[tuple[str, float]]:
        """Ids of the `k` best passages that hold any of the terms, with their scores."""
        async with self._database.read() as connection:
            return await self._keywords.search(connection, terms, k)

    async def lacks(self, stems: Sequence[str]) -> list[str]:
        """Those of some stems that no passage has."""
        async with self._database.read() as connection:
            return await self._vocabulary.lacks(connection, stems)

    async def stems_beginning(self, letters: str) -> Mapping[str, int]:
        """The stems in the archive that begin so, with about how many passages have each."""
        async with self._database.read() as connection:
            return await self._vocabulary.beginning(connection, letters)

    async def written(self, stem: str) -> list[str]:
        """How words with a stem are written in some passages that have them."""
        async with self._database.read() as connection:
            return await self._vocabulary.written(connection, stem)

    async def articles(self, revision_ids: Iterable[int]) -> dict[int, Article]:
        """The articles of these revisions, without those that are no longer current.

        For ranking: title, outlet and date are right; an author or address found since may lack.
        """
        async with self._database.read() as connection:
            return await self._articles.current(connection, revision_ids)

    async def passages(self, passage_ids: Iterable[str]) -> dict[str, Passage]:
        """Passages by id, without those no longer current and later ones of junk alone."""
        async with self._database.read() as connection:
            return await current_passages(connection, passage_ids)

    async def newest_leads(
        self, start: datetime | None, end: datetime, limit: int
    ) -> list[Passage]:
        """The first passages of what was published in `[start, end)`, the newest first."""
        async with self._database.read() as connection:
            revisions = await newest_revisions(connection, start, end, limit)
            found = await current_passages(connection, [f"{one}:0" for one in revisions])
        return [found[f"{one}:0"] for one in revisions if f"{one}:0" in found]

    async def stories(self, start: datetime, end: datetime) -> dict[int, tuple[StoryMember, ...]]:
        """What the window `[start, end)` holds, by story."""
        async with self._database.read() as connection:
            return await stories_between(connection, start, end)

    async def stories_of(self, article_ids: Iterable[int]) -> dict[int, tuple[StoryMember, ...]]:
        """The stories of some articles, each whole."""
        async with self._database.read() as connection:
            return await stories_with(connection, article_ids)

    async def texts(self, revision_ids: Collection[int]) -> dict[int, str]:
        """The whole texts of a few revisions, superseded ones too, by revision."""
        async with self._database.read() as connection:
            return await texts_of(connection, revision_ids)

    async def story(self, story_id: int) -> list[tuple[datetime, Article]]:
        """Every article of a story with its instant, oldest first."""
        async with self._database.read() as connection:
            return await articles_of_story(connection, story_id)

    async def version(self) -> tuple[int, int]:
        """What changes whenever an article is added, revised or removed."""
        async with self._database.read() as connection:
            return await version(connection)

    async def passages_of(self, article_ids: Iterable[int]) -> list[Passage]:
        """All passages of these articles as they are now, in order, without removed ones."""
        return await passages_of_articles(self._database, article_ids)

    async def newest(self, article_ids: Iterable[int]) -> dict[int, tuple[Article, str]]:
        """The current revision of each of these articles with its text, without removed ones."""
        return await newest_of(self._database, article_ids)

    async def keep_briefing(
        self, briefing: Briefing, key: str | None = None, person_id: int | None = None
    ) -> int:
        """Keep a briefing; returns its id, or that of the one kept under the same key before."""
        return await keep_briefing(self._database, briefing, key, person_id)

    def writing_alone(self, key: str) -> AbstractAsyncContextManager[bool]:
        """Whether this program alone writes the briefing of a key, during the block.

        Raises LeaseLostError when another program does by now.
        """
        return self._leases.alone(f"briefing:{key}")

    async def briefing_with_key(self, key: str) -> tuple[int, Briefing] | None:
        """The briefing that was written under a key before, with its id."""
        return await briefing_with_key(self._database, key)

    async def briefing(self, reader: str, briefing_id: int) -> Briefing:
        """A briefing that this reader was given."""
        return await briefing_by_id(self._database, reader, briefing_id)

    async def tell(self, reader: str, briefing_id: int, until: datetime, told_at: datetime) -> None:
        """Write into the ledger that a reader was given a briefing, and is informed until then."""
        await tell(self._database, reader, briefing_id, until, told_at)

    async def given_briefings(self, reader: str, now: datetime) -> list[Kept]:
        """What a reader was given lately, oldest first."""
        return await given_briefings(self._database, reader, now)

    async def recent_questions(self, conversation: str, since: datetime) -> list[str]:
        """What was asked in a conversation and answered, newest first."""
        return await recent_questions(self._database, conversation, since)

    async def keep_answer(
        self, conversation: str, answer: Answer | Unanswered, person_id: int | None = None
    ) -> int:
        """Keep a given answer for its buttons and its price; returns its id."""
        return await keep_answer(self._database, conversation, answer, person_id)

    async def vote(
        self, conversation: str, answer_id: int, person_id: int, at: datetime, *, helpful: bool
    ) -> None:
        """What a person thinks of an answer given in `conversation`; the last vote counts."""
        await vote(self._database, conversation, answer_id, person_id, at, helpful=helpful)

    async def tokens_since(self, since: datetime, person_id: int | None = None) -> Tokens:
        """What answers and briefings cost since then, of one person or of all."""
        return await tokens_since(self._database, since, person_id)

    async def usage_since(self, since: datetime) -> Usage:
        """How much was answered since then, and at what price."""
        return await usage_since(self._database, since)

    def feedback(self, since: datetime | None = None) -> AsyncIterator[dict[str, Any]]:
        """The answers that have votes, as they are exported."""
        return feedback_rows(self._database, since)

    async def asked_question(self, conversation: str, answer_id: int) -> AskedQuestion:
        """What an answer of a conversation was asked; raises ArchiveError if it is not kept."""
        return await asked_question(self._database, conversation, answer_id)

    async def cited_outlets(self, conversation: str, answer_id: int) -> list[tuple[int, str]]:
        """The numbers of the footnotes of an answer given in `conversation`, and their outlets."""
        return await cited_outlets(self._database, conversation, answer_id)

    async def further_quotes(self, conversation: str, answer_id: int) -> list[Citation]:
        """What else answers nearly as well; raises ArchiveError if the answer is not kept."""
        return await further_quotes(self._database, conversation, answer_id)

    async def cited_text(self, conversation: str, answer_id: int, n: int) -> CitedText:
        """Footnote `n` of an answer given in `conversation`, with the text around it."""
        return await cited_text(self._database, conversation, answer_id, n)
