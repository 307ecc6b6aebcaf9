"""The composition root of the library: opens its parts as the settings say, and closes them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from retrieval.answering import AnswerConfig, Answerer
from retrieval.archive import Archive
from retrieval.briefing import (
    Briefer,
    BriefingService,
    ClusterService,
    Developments,
    SelectionWeights,
    SnippetFinder,
    Storyteller,
    Topics,
)
from retrieval.briefing import StoryConfig as BriefingRules
from retrieval.briefing.clustering import ClusterConfig as StoryTuning
from retrieval.briefing.clustering import unrelated_by_model
from retrieval.feeds.documents import Documents, FeedPool
from retrieval.grounding.checked import ModelJudge
from retrieval.index.chroma import (
    IndexLock,
    Stamp,
    VectorIndex,
    active_collection,
    collection_stamp,
    connected,
    nothing_indexed,
)
from retrieval.index.indexer import Indexer, rebuild
from retrieval.index.stories import StoryRepository
from retrieval.ingest import FetchConfig, HostLimiter, Ingestor, Pool
from retrieval.llm import (
    ChatModel,
    EmbeddingModel,
    model_connection,
    open_chat_model,
    open_embedding_model,
)
from retrieval.search import Reranker, Searcher
from retrieval.storage.boilerplate import forget_marks, mark_waiting
from retrieval.storage.database import Database, open_database
from retrieval.storage.near_duplicates import compare_waiting
from retrieval.text.sentences import SPLITTER_VERSION, split

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from langchain_core.runnables import Runnable

    from retrieval.index.chroma import Filter
    from retrieval.langchain import SitrepRetriever
    from retrieval.llm.local import TokenEmbeddings
    from retrieval.models import Answer, Unanswered
    from retrieval.settings import LibrarySettings


@dataclass(frozen=True, slots=True)
class Library:
    """The news library, open. Make it with `open_library`."""

    database: Database
    archive: Archive
    ingestor: Ingestor
    searcher: Searcher
    answerer: Answerer
    stories: ClusterService
    desk: BriefingService
    topics: Topics
    developments: Developments
    snippets: SnippetFinder
    indexer: Indexer
    feed_documents: Documents
    reading: TokenEmbeddings
    settings: LibrarySettings
    chat: ChatModel | None = None

    def index_lock(self) -> IndexLock:
        """`with library.index_lock():` around all work of the indexer."""
        return IndexLock(self.settings)

    def retriever(
        self, k: int = 8, *, now: datetime | None = None, within: Filter | None = None
    ) -> SitrepRetriever:
        """The hybrid search as a LangChain retriever; call it while the library is open.

        `now` is the time of its questions, `within` limits what it may find.
        """
        from retrieval.langchain import SitrepRetriever  # noqa: PLC0415  heavy

        loop = asyncio.get_running_loop()
        return SitrepRetriever(searcher=self.searcher, loop=loop, k=k, now=now, within=within)

    def answers(self) -> Runnable[str | dict[str, Any], Answer | Unanswered]:
        """The whole answer chain as a LangChain `Runnable`: a question in, an answer out.

        Instead of a question it takes a dictionary of `question`, `now`, `within` and `language`.
        """
        from retrieval.langchain import answer_chain  # noqa: PLC0415  heavy

        return answer_chain(self.answerer)


@asynccontextmanager
async def open_library(settings: LibrarySettings) -> AsyncIterator[Library]:
    """Open the library that the settings describe; it is closed at the end of the block.

    Raises:
        SchemaError: a newer Sitrep wrote the database.
        IndexMismatchError: the vectors were made by another model or splitter.
        ModelSettingsError: a model lacks its key or its files.
        ArchiveError: the database or the vector index can't be opened.
    """
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(model_connection(settings))
        model = open_embedding_model(settings, connection)
        stack.callback(model.close)
        chat = open_chat_model(settings, connection)
        database = await open_database(settings.sql_url)
        stack.push_async_callback(database.close)
        client = stack.enter_context(connected(settings.chroma_url, settings.data_dir / "chroma"))
        name = await active_collection(database)
        if await collection_stamp(client, name) is None:
            await nothing_indexed(database)  # new, restored, or moved to another Chroma
        in_use = partial(active_collection, database)
        vectors = await VectorIndex.open(client, name, _stamp(model), model.dimension, in_use)
        archive = Archive(database, vectors, settings.data_dir / "vectors")
        reranker = Reranker(chat) if chat is not None and settings.rerank else None
        searcher = Searcher(archive, model.port, reranker=reranker)
        judge = ModelJudge(chat) if chat is not None and settings.claim_judge else None
        rules = AnswerConfig(
            passages=settings.answer_passages,
            threshold=settings.answer_threshold,
            model_threshold=settings.model_asked_from(chat.format if chat else ""),
            embedding_model=model.name,
            chat_model=settings.chat_model,
        )
        topics = Topics(archive, model.port)
        tuning = StoryTuning(unrelated=unrelated_by_model(model.name))
        keeper = ClusterService(StoryRepository(database, vectors), tuning)
        teller = Storyteller(archive, model.port, chat, _briefing_rules(settings), judge)
        briefer = Briefer(archive, keeper, topics, teller)
        pool = Pool(
            settings.read_workers, settings.read_memory_mb * 1_000_000, settings.read_timeout_s
        )
        stack.callback(pool.close)
        feed_pool = FeedPool(settings.read_memory_mb * 1_000_000, settings.read_timeout_s)
        stack.callback(feed_pool.close)
        yield Library(
            database=database,
            archive=archive,
            ingestor=Ingestor(archive, _reading(settings, pool)),
            searcher=searcher,
            answerer=Answerer(searcher, model.reading, chat, rules, judge),
            feed_documents=Documents(feed_pool.read),
            reading=model.reading,
            stories=keeper,
            desk=BriefingService(archive, briefer, settings.briefing_max_days),
            topics=topics,
            snippets=SnippetFinder(archive),
            developments=Developments(archive, keeper, topics, teller),
            indexer=Indexer(database, vectors, model.port),
            settings=settings,
            chat=chat,
        )


async def reindex(settings: LibrarySettings, progress: Callable[[int, int], None]) -> int:
    """Rebuild the vector index from SQL beside the old one, then swap; returns how many revisions.

    Texts are split again if the splitter has changed, junk sentences are marked again, and
    articles that were never compared are checked for near copies. What an interrupted run
    embedded is kept. `progress` gets the revisions done and their total.

    Raises:
        IndexBusyError: another program is writing the index.
        ArchiveError, ModelError: it failed; the old index is still in use.
    """
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(model_connection(settings))
        model = open_embedding_model(settings, connection)
        stack.callback(model.close)
        stack.enter_context(IndexLock(settings))
        database = await open_database(settings.sql_url)
        stack.push_async_callback(database.close)
        client = stack.enter_context(connected(settings.chroma_url, settings.data_dir / "chroma"))
        await forget_marks(database)
        done = await rebuild(
            database, client, _stamp(model), model.dimension, model.port, split, progress
        )
        while await compare_waiting(database) or await mark_waiting(database):
            pass
        return done


def _briefing_rules(settings: LibrarySettings) -> BriefingRules:
    weights = SelectionWeights(
        outlets=settings.briefing_weight_outlets,
        recency=settings.briefing_weight_recency,
        topics=settings.briefing_weight_topics,
        asked=settings.briefing_weight_asked,
        followed=settings.briefing_weight_followed,
        novelty=settings.briefing_weight_novelty,
    )
    return BriefingRules(weights, briefing_tokens=settings.briefing_max_tokens)


def _reading(settings: LibrarySettings, pool: Pool) -> FetchConfig:
    return FetchConfig(
        timeout_s=settings.fetch_timeout_s,
        max_bytes=int(settings.fetch_max_mb * 1_000_000),
        user_agent=settings.fetch_user_agent,
        allow_private=settings.fetch_allow_private,
        gate=HostLimiter(settings.fetch_at_once, settings.fetch_per_host),
        places=asyncio.Semaphore(settings.read_workers),
        parse=pool.parse,
    )


def _stamp(model: EmbeddingModel) -> Stamp:
    return Stamp(embedding_model=model.name, splitter=SPLITTER_VERSION)
