"""Checks of the installation, and what to do about each problem. Nothing is changed."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from retrieval.answering.writing import Trial, try_model
from retrieval.errors import ArchiveError, ModelError
from retrieval.feeds.documents import FeedPool
from retrieval.index.chroma import (
    Stamp,
    VectorIndex,
    active_collection,
    collection_stamp,
    connected,
)
from retrieval.index.indexer import orphans, whole_revisions
from retrieval.ingest import Pool
from retrieval.llm import model_connection, open_chat_model, open_embedding_model
from retrieval.llm.embeddings import LOCAL_MODELS, better_for
from retrieval.llm.server import (
    ADDRESS,
    KEY,
    PAGE,
    TIME,
    UNKNOWN,
    ContextWindow,
    names_of_models,
    window_of,
)
from retrieval.storage import tables
from retrieval.storage.database import HEAD, known_versions, parsed_url, schema_version, unmigrated
from retrieval.storage.near_duplicates import uncompared
from retrieval.storage.tables import LIVING, RevisionState
from retrieval.text.sentences import SPLITTER_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Executable

    from retrieval.llm import ChatModel
    from retrieval.settings import LibrarySettings
    from retrieval.storage.database import Database


_LITTLE_DISK = 1_000_000_000
# A trial is a tenth of a real prompt.
_SLOWEST_TRIAL = 5
# How many of the models that a server knows are named.
_MOST_NAMES = 10


class Level(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check, and what to do about it."""

    level: Level
    what: str
    do: str = ""


async def examine(settings: LibrarySettings) -> list[Finding]:
    """Check disk, workers, schema, full text, vectors and models, each independently."""
    found = disk(settings.data_dir)
    found += await asyncio.to_thread(workers, settings)
    stamp: Stamp | None = None
    try:
        async with model_connection(settings) as connection:
            model = open_embedding_model(settings, connection)
            model.close()
            stamp = Stamp(model.name, SPLITTER_VERSION)
        found.append(Finding(Level.OK, f"The embedding model is {stamp.embedding_model}."))
    except ModelError as error:
        found.append(Finding(Level.PROBLEM, str(error), "Correct EMBEDDING_MODEL or its key."))
    found += await chat_model(settings)
    try:
        state = await examine_sql(settings.sql_url)
        found += sql(state)
        found += embedding_models(settings.embedding_model, state)
        if state is None or state.version is None or state.is_newer or state.is_older:
            return found
        index = await examine_index(
            settings.sql_url, settings.chroma_url, settings.data_dir / "chroma"
        )
        found += vectors(index, state, stamp)
    except ArchiveError as error:
        what = "Start the server, or correct DATABASE_URL or CHROMA_URL."
        found.append(Finding(Level.PROBLEM, str(error), what))
    return found


def embedding_models(setting: str, state: SqlState | None) -> list[Finding]:
    """Compare the local models, and suggest the one that suits the archive's languages."""
    if not setting.startswith("local"):
        return []
    found = [Finding(Level.OK, str(model)) for model in LOCAL_MODELS]
    languages = dict(state.languages) if state is not None else {}
    better = better_for(setting, languages)
    if better is not None:
        foreign = sum(
            count for name, count in languages.items() if name and not name.startswith("en")
        )
        what = f"{setting} only understands English; {foreign:,} articles are in other languages. "
        what += "Questions about them are only matched by words."
        found.append(Finding(Level.NOTE, what, f"sitrep reindex --model {better}"))
    return found


async def chat_model(settings: LibrarySettings) -> list[Finding]:
    """Ask the chat model one real question, and its server for the size of the context."""
    try:
        async with model_connection(settings) as connection:
            chat = open_chat_model(settings, connection)
            if chat is None:
                return [Finding(Level.OK, "There is no chat model: answers are quotations.")]
            is_compatible = settings.chat_model.startswith("openai:")
            try:
                trial = await try_model(chat)
            except ModelError as error:
                known = list[str]()
                if error.message.text == UNKNOWN.text and connection is not None and is_compatible:
                    known = await names_of_models(settings, connection)
                return [_failure(settings, error, known)]
            told = None
            if connection is not None and is_compatible:
                told = await window_of(settings, chat.model_name, connection)
    except ModelError as error:
        return [_failure(settings, error, [])]
    return [*_trial(settings, chat, trial), *_window(settings, told)]


def _failure(settings: LibrarySettings, error: ModelError, known: Sequence[str]) -> Finding:
    """The error in the server's own words, and the setting to check first."""
    said, provider = error.message.text, settings.chat_model.partition(":")[0]
    base = settings.openai_base_url.rstrip("/")
    do = "Check CHAT_MODEL, its key and address, CHAT_TIMEOUT_S and CHAT_EXTRA."
    if said == KEY.text:
        do = f"Set {provider.upper()}_API_KEY to a key that its server accepts."
    elif said == UNKNOWN.text:
        do = "Correct the name in CHAT_MODEL."
        if known:
            do += f" The server knows {', '.join(known[:_MOST_NAMES])}."
    elif said in {ADDRESS.text, PAGE.text} and provider == "openai":
        do = "Check OPENAI_BASE_URL."
        if base.endswith("/completions"):
            do = "Leave /chat/completions out of OPENAI_BASE_URL."
        elif base and not base.endswith("/v1"):
            do = "Check OPENAI_BASE_URL: most servers' addresses end in /v1."
    elif said == TIME.text:
        do = "Raise CHAT_TIMEOUT_S and CHAT_FIRST_WORDS_S, or check that the server works at all."
    words = f" It says: {error.details}" if error.details else ""
    return Finding(Level.PROBLEM, f"{error}{words}", do)


def _trial(settings: LibrarySettings, chat: ChatModel, trial: Trial) -> list[Finding]:
    writing_s = max(trial.whole_s - trial.first_s, 0.001)
    what = (
        f"The chat model {settings.chat_model} answered in {trial.whole_s:.1f} s: first words "
        f"after {trial.first_s:.1f} s, about {trial.tokens / writing_s:.0f} tokens a second, "
        f"{'as JSON' if trial.as_json else 'plainly' if chat.format == 'plain' else 'in lines'}."
    )
    found = [Finding(Level.OK, what)]
    if trial.whole_s > settings.chat_timeout_s / _SLOWEST_TRIAL:
        do = "Raise CHAT_TIMEOUT_S, or lower ANSWER_PASSAGES: a real prompt is many times as long."
        found.append(Finding(Level.NOTE, "It may be too slow for CHAT_TIMEOUT_S.", do))
    if chat.health.thinks:
        what = "It thinks before it answers; readers see “Thinking…” meanwhile."
        found.append(Finding(Level.OK, what))
    if chat.refused:
        what = f"Its server refuses {', '.join(sorted(chat.refused))}, so requests leave that out."
        found.append(Finding(Level.OK, what))
    if not trial.declines or trial.declined:
        what = "It declined an easy question." if trial.declined else ""
        what = what or "It answered a question that has no answer there."
        do = f"Set MODEL_THRESHOLD={settings.answer_threshold:g}: our own reader then decides."
        has_it = 0 < settings.answer_threshold <= settings.model_asked_from(chat.format)
        found.append(Finding(Level.OK if has_it else Level.NOTE, what, "" if has_it else do))
    if trial.cited and trial.is_right:
        ids = "its source was found" if chat.format == "plain" else "kept the ids of sentences"
        return [*found, Finding(Level.OK, f"It answered correctly, and {ids}.")]
    if trial.cited or trial.is_right:
        what = f"It kept ids in {trial.cited} of {trial.statements} statements, and answered "
        what += "correctly." if trial.is_right else "incorrectly."
    else:
        what = "It didn't answer correctly."
    do = "Try CHAT_FORMAT=plain, or a larger model; meanwhile many answers are quotations."
    return [*found, Finding(Level.NOTE, what, do)]


def _window(settings: LibrarySettings, told: ContextWindow | None) -> list[Finding]:
    set_to = settings.chat_context_tokens
    if told is None:
        if set_to or not settings.openai_base_url:
            return []
        do = "If you know it, set CHAT_CONTEXT_TOKENS: prompts are then cut by whole passages."
        return [Finding(Level.NOTE, "The server doesn't say how much its model can read.", do)]
    what = f"Its window is {told.tokens:,} tokens, says {told.told_by}"
    if set_to > told.tokens:
        do = f"Set CHAT_CONTEXT_TOKENS={told.tokens}, or give the server a larger window."
        return [Finding(Level.PROBLEM, f"{what}; CHAT_CONTEXT_TOKENS is {set_to:,}.", do)]
    if set_to:
        return [Finding(Level.OK, f"{what}; CHAT_CONTEXT_TOKENS is {set_to:,}.")]
    level = Level.PROBLEM if told.cuts_silently else Level.NOTE
    what += ", and it silently cuts off anything longer." if told.cuts_silently else "."
    return [Finding(level, what, f"Set CHAT_CONTEXT_TOKENS={told.tokens}.")]


def disk(folder: Path) -> list[Finding]:
    """Whether the data directory is writable and has enough free space."""
    place = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        do = "Make it writable for this user, or change DATA_DIR."
        return [Finding(Level.PROBLEM, f"The data directory {folder} can't be written.", do)]
    free = shutil.disk_usage(place).free
    what = f"{folder} has {free / 1e9:,.1f} GB free."
    if free < _LITTLE_DISK:
        return [Finding(Level.PROBLEM, what, "Free some space: SQLite and Chroma stop without it.")]
    return [Finding(Level.OK, what)]


def workers(settings: LibrarySettings) -> list[Finding]:
    """Whether the workers that read files, pages and feeds start within their limits."""
    memory = settings.read_memory_mb * 1_000_000
    problems = {
        what: pool.problem()
        for what, pool in (("files and pages", Pool(1, memory)), ("feeds", FeedPool(memory)))
    }
    do = "Reinstall Sitrep (pip install --force-reinstall), or raise READ_MEMORY_MB."
    found = [
        Finding(Level.PROBLEM, f"Workers that read {what} don't start: {problem}.", do)
        for what, problem in problems.items()
        if problem is not None
    ]
    return found or [Finding(Level.OK, "Workers that read files, pages and feeds start.")]


def sql(state: SqlState | None) -> list[Finding]:
    """Findings about the database; `state` is None if there is none yet."""
    if state is None or state.version is None:
        return [Finding(Level.NOTE, "The archive is empty.", "Add articles: sitrep add FILE.")]
    if state.is_newer:
        what = f"A newer Sitrep wrote the archive (schema {state.version})."
        return [Finding(Level.PROBLEM, what, "Update this program.")]
    if state.is_older:
        what = f"The schema is old ({state.version}); the next start updates it."
        return [Finding(Level.NOTE, what, "Before that: sitrep backup PATH.")]
    found = [Finding(Level.OK, f"{state.articles:,} articles, schema {state.version}.")]
    if state.damage:
        do = "Stop the bot and restore a backup: sitrep restore PATH."
        found.append(Finding(Level.PROBLEM, f"The database is damaged: {state.damage}.", do))
    if state.worded != state.passages:
        what = f"Only {state.worded:,} of {state.passages:,} passages are in the full text."
        do = "Rebuild it in an empty database: sitrep migrate-to URL."
        found.append(Finding(Level.PROBLEM, what, do))
    if state.waiting:
        do = "A running bot does that; without one: sitrep add, or sitrep reindex."
        found.append(Finding(Level.NOTE, f"{state.waiting:,} revisions wait for vectors.", do))
    if state.uncompared:
        do = "A running bot does that; without one: sitrep reindex."
        what = f"{state.uncompared:,} articles were not compared for near copies yet."
        found.append(Finding(Level.NOTE, what, do))
    return found


def vectors(index: IndexState, state: SqlState, stamp: Stamp | None) -> list[Finding]:
    """Findings about the vector index, compared with SQL and the settings."""
    made = index.made_with
    if made is None:
        if not state.passages:
            return []
        what = "There is no vector index, so search uses words only."
        return [Finding(Level.PROBLEM, what, "sitrep reindex")]
    found = []
    if stamp is not None and made != stamp:
        what = f"The vectors were made with {made.embedding_model}, splitter {made.splitter}; the "
        what += f"settings ask for {stamp.embedding_model}, splitter {stamp.splitter}."
        found.append(Finding(Level.PROBLEM, what, "sitrep reindex, or change EMBEDDING_MODEL back"))
    if index.lacking:
        what = f"{index.lacking:,} revisions are marked as indexed but have no vectors."
        found.append(Finding(Level.PROBLEM, what, "sitrep reindex"))
    if index.orphans:
        what = f"{index.orphans:,} vectors belong to passages that SQL doesn't have."
        found.append(Finding(Level.PROBLEM, what, "sitrep reindex"))
    return found or [Finding(Level.OK, f"The vector index ({index.name}) agrees with SQL.")]


@dataclass(frozen=True, slots=True)
class SqlState:
    """The state of the database. `version` is None if it is empty."""

    version: str | None
    is_newer: bool
    is_older: bool
    damage: str = ""
    articles: int = 0
    passages: int = 0
    worded: int = 0
    waiting: int = 0
    uncompared: int = 0
    # Articles by language; None is unknown.
    languages: Mapping[str | None, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IndexState:
    """The vectors compared with SQL. `made_with` is None if there is no collection."""

    name: str
    made_with: Stamp | None
    lacking: int = 0
    orphans: int = 0


async def examine_sql(url: str) -> SqlState | None:
    """The state of the database; None if there is no file yet.

    Raises:
        ArchiveError: it can't be reached or read.
    """
    parsed = parsed_url(url)
    if parsed.get_backend_name() == "sqlite" and not _exists(parsed.database):
        return None
    database = unmigrated(url)
    try:
        version = await schema_version(database)
        is_newer = version is not None and version not in known_versions()
        if version != HEAD:
            return SqlState(version, is_newer, version is not None and not is_newer)
        return await _counts(database, version)
    finally:
        await database.close()


async def examine_index(url: str, chroma_url: str, folder: Path) -> IndexState:
    """Compare the collection in use with SQL, both ways. The schema has to be up to date.

    Raises:
        ArchiveError: SQL or Chroma can't be reached or read.
    """
    database, revision = unmigrated(url), tables.revision.c
    try:
        name = await active_collection(database)
        if not chroma_url and not _exists(str(folder)):
            return IndexState(name, None)
        with connected(chroma_url, folder) as client:
            stamp = await collection_stamp(client, name)
            if stamp is None:
                return IndexState(name, None)
            vectors = await VectorIndex.open(client, name, stamp, _no_dimension)
            lacking = orphaned = 0
            async for page in whole_revisions(
                database, vectors, revision.state == RevisionState.INDEXED
            ):
                lacking += sum(not is_whole for _, is_whole in page)
            # stale revisions are about to be deleted from the vectors
            known = LIVING | (revision.state == RevisionState.STALE)
            async for _ in orphans(database, vectors, known):
                orphaned += 1
        return IndexState(name, stamp, lacking, orphaned)
    finally:
        await database.close()


async def _counts(database: Database, version: str) -> SqlState:
    words = "passage_fts_docsize" if database.dialect == "sqlite" else "passage_fts"
    waiting = tables.revision.c.state.in_([RevisionState.PENDING, RevisionState.STALE])
    async with database.read() as connection:
        damage = ""
        if database.dialect == "sqlite":
            try:
                found = str((await connection.execute(text("PRAGMA quick_check(1)"))).scalar())
            except DBAPIError as error:
                if not isinstance(error.orig, sqlite3.DatabaseError):
                    raise
                found = str(error.orig)
            damage = "" if found == "ok" else found
        living = tables.article.c.removed_at.is_(None)
        queries: dict[str, Executable] = {
            "articles": select(func.count()).select_from(tables.article).where(living),
            "passages": select(func.count()).select_from(tables.passage),
            "waiting": select(func.count()).select_from(tables.revision).where(waiting),
            "uncompared": select(func.count()).select_from(tables.article).where(uncompared()),
            "worded": text(f"SELECT count(*) FROM {words}"),  # noqa: S608  a constant of ours
        }
        counts = {
            name: int((await connection.execute(query)).scalar() or 0)
            for name, query in queries.items()
        }
        spoken = (
            select(tables.revision.c.language, func.count())
            .join(tables.article, tables.article.c.current_revision_id == tables.revision.c.id)
            .where(living)
            .group_by(tables.revision.c.language)
        )
        languages = {row[0]: int(row[1]) for row in await connection.execute(spoken)}
    return SqlState(
        version, is_newer=False, is_older=False, damage=damage, languages=languages, **counts
    )


async def _no_dimension() -> int:
    msg = "the collection is there"
    raise AssertionError(msg)


def _exists(path: str | None) -> bool:
    return bool(path) and Path(path or "").exists()
