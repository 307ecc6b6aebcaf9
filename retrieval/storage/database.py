"""The SQL database: opening, migrating, and transactions."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from socket import gaierror
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    URL,
    DateTime,
    Text,
    TypeDecorator,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from retrieval.errors import ArchiveError, RefusedError, SchemaError
from retrieval.messages import UserMessage
from retrieval.text.words import stemmed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from alembic.config import Config
    from sqlalchemy.engine import Connection, Dialect


# The newest script in migrations/versions; a test compares them. Opening an archive that is up to
# date so needs no Alembic.
HEAD = "0030"
BUSY_TIMEOUT_MS = 30_000
# For SQLite: a stored article survives a power cut.
SYNCHRONOUS = "FULL"
# Connection refused or reset, timeout, unknown name, socket without a server.
_UNREACHABLE = (ConnectionError, TimeoutError, gaierror, FileNotFoundError)
# Connections of one program, and how long to wait for one when all are in use.
CONNECTIONS = 15
CONNECTION_WITHIN_S = 120.0


class Database:
    """Transactions on one SQL database; make it with `open_database`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading, with one consistent view.

        Raises:
            ArchiveError: the database failed.
        """
        with _database_errors():
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed at the end of the block, rolled back by an error.

        Raises:
            ArchiveError: the database failed, and nothing in the block was written.
            IntegrityError: another transaction wrote the same thing first.
        """
        with _database_errors():
            async with self._engine.connect() as connection:
                # SQLite: taking the write lock at the start, not at the first write, waits for
                # other writers instead of failing (https://sqlite.org/lang_transaction.html).
                await connection.execution_options(sitrep_writes=True)
                async with connection.begin():
                    yield connection

    @asynccontextmanager
    async def outside(self) -> AsyncIterator[AsyncConnection]:
        """A connection without a transaction, for statements such as VACUUM.

        It is closed at the end, with all its settings.

        Raises:
            ArchiveError: the database failed.
        """
        with _database_errors():
            async with self._engine.connect() as connection:
                outside = await connection.execution_options(
                    isolation_level="AUTOCOMMIT", sitrep_outside=True
                )
                try:
                    yield outside
                finally:
                    await outside.invalidate()

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


class _database_errors:  # noqa: N801  used as a function
    """Turns the driver's errors into ArchiveErrors; an IntegrityError is passed on."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
            kind = RefusedError if _is_about_the_data(error) else ArchiveError
            raise kind(
                UserMessage("The archive's database failed: {reason}.", reason=str(error.orig))
            ) from error
        if isinstance(error, PoolTimeoutError):
            raise ArchiveError(
                UserMessage("The archive's database is busy; please try again.")
            ) from error
        if isinstance(error, _UNREACHABLE):
            raise ArchiveError(_unreachable(error)) from error


def _unreachable(error: BaseException) -> UserMessage:
    return UserMessage(
        "The archive's database can't be reached ({reason}): check DATABASE_URL and "
        "whether the server is running.",
        reason=str(error),
    )


def _is_about_the_data(error: DBAPIError) -> bool:
    """Whether the database rejected a value, rather than being unable to work.

    Postgres tells by the class of its error code: bad data, or a limit exceeded.
    """
    code = str(getattr(error.orig, "sqlstate", None) or "")
    return isinstance(error, DataError) or code.startswith(("22", "54"))


async def open_database(url: str) -> Database:
    """Open the database at `url` and bring its schema up to date.

    Raises:
        SchemaError: a newer Sitrep wrote it.
        ArchiveError: it can't be opened.
    """
    _make_folder(url)
    database = unmigrated(url)
    try:
        version = await schema_version(database)
        if version != HEAD:
            async with database.write() as connection:
                await connection.run_sync(_migrate)
    except BaseException:
        await database.close()
        raise
    return database


def unmigrated(url: str) -> Database:
    """The database at `url` with its present schema; nothing is opened before the first use.

    Raises:
        ArchiveError: the URL is malformed, or its driver isn't installed.
    """
    try:
        engine = create_async_engine(
            parsed_url(url),
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=CONNECTION_WITHIN_S,
            hide_parameters=True,  # people's questions must not appear in tracebacks
        )
    except ImportError as error:
        raise ArchiveError(
            "DATABASE_URL points to Postgres, but its driver isn't installed: pip install "
            "'sitrep[postgres]'."
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "do_connect", _before_sqlite_connect)
        event.listen(engine.sync_engine, "connect", _on_sqlite_connect)
        event.listen(engine.sync_engine, "begin", _on_sqlite_begin)
    return Database(engine)


def parsed_url(url: str) -> URL:
    """The parts of a database URL.

    Raises:
        ArchiveError: it is malformed.
    """
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ArchiveError(
            "DATABASE_URL can't be read as postgresql+asyncpg://USER:PASSWORD@HOST/NAME; "
            "percent-encode special characters in the password."
        ) from error


async def schema_version(database: Database) -> str | None:
    """The id of the database's last migration; None if there is none yet.

    Raises:
        ArchiveError: it can't be reached, or rejects the connection.
    """
    try:
        async with database.read() as connection:
            return await connection.run_sync(_version)
    except OSError as error:
        raise ArchiveError(_unreachable(error)) from error
    except ArchiveError as error:
        if not isinstance(error.__cause__, DBAPIError):
            raise
        raise ArchiveError(
            f"The archive's database can't be opened ({error.__cause__.orig}): check DATABASE_URL "
            "and DATA_DIR."
        ) from error


def _make_folder(url: str) -> None:
    """Create the folder of a SQLite file; SQLite itself creates only the file."""
    parsed = parsed_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return
    folder = Path(parsed.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArchiveError(
            f"The folder {folder} can't be created ({error.strerror}); check DATA_DIR."
        ) from error


def _before_sqlite_connect(
    _dialect: object, _record: object, where: Sequence[Any], how: Mapping[str, Any]
) -> None:
    # If aiosqlite can't open a file, it leaves a thread behind that may call a closed event loop
    # and print a traceback. So the file is opened here first.
    sqlite3.connect(where[0], uri=how.get("uri", False)).close()


def _on_sqlite_connect(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's
    # Switches off the driver's own transactions; `_on_sqlite_begin` begins them.
    connection.isolation_level = None
    connection.create_function("sitrep_stems", 1, stemmed, deterministic=True)
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        f"synchronous = {SYNCHRONOUS}",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("sitrep_outside"):
        return
    writes = options.get("sitrep_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  heavy, and rarely needed

    config = _alembic()
    config.attributes["connection"] = connection
    version = _version(connection)
    if version is not None and version not in known_versions():
        msg = f"The archive was written by a newer Sitrep (schema {version}); update this program."
        raise SchemaError(msg)
    command.upgrade(config, "head")


@cache
def schema_at(version: str) -> Mapping[tuple[str, str], str]:
    """Our schema in SQLite after a migration: SQL by (kind, name)."""
    from alembic import command  # noqa: PLC0415

    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, version)
            rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master"))
            return {(row.type, row.name): row.sql or "" for row in rows}
    finally:
        engine.dispose()


def known_versions() -> frozenset[str]:
    """The ids of this program's migrations."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory.from_config(_alembic()).walk_revisions()
    return frozenset(script.revision for script in scripts)


def _alembic() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


class MessageText(TypeDecorator[UserMessage]):
    """A message in a text column; older rows have a plain sentence."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: UserMessage | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The message as text, with its parameters."""
        return None if value is None else value.as_column()

    def process_result_value(self, value: str | None, dialect: Dialect) -> UserMessage | None:  # noqa: ARG002
        """The message from its text."""
        return None if value is None else UserMessage.from_column(value)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC, even in SQLite, which stores no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert to UTC; raises ValueError for a naive datetime, which is a bug."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "naive datetime"
            raise ValueError(msg)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The stored instant, with UTC as its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
