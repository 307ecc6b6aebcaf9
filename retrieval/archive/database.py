"""The SQL database: opened, brought to the current schema, and lent out by transaction."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from retrieval.errors import ArchiveError, SchemaError
from retrieval.words import stemmed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import Connection

# The newest script in migrations/versions; a test holds the two together. Kept here so that opening
# an archive that is up to date does not import Alembic.
HEAD = "0003_people"
BUSY_TIMEOUT_MS = 30_000


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
        """A connection with one consistent view.

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
            ArchiveError: the database failed, and nothing of the block was written.
            IntegrityError: somebody else wrote the same thing first.
        """
        with _database_errors():
            async with self._engine.connect() as connection:
                # SQLite: taking the write lock at the start, not at the first write, waits for
                # other writers instead of failing (https://sqlite.org/lang_transaction.html).
                await connection.execution_options(sitrep_writes=True)
                async with connection.begin():
                    yield connection

    async def close(self) -> None:
        """Give back all connections."""
        await self._engine.dispose()


class _database_errors:  # noqa: N801  used as a function
    """Turns the driver's failures into one sentence; a broken rule of ours stays what it is."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
            raise ArchiveError(f"The archive's database failed: {error.orig}.") from error
        if isinstance(error, ConnectionRefusedError | TimeoutError):
            raise ArchiveError(f"The archive's database can't be reached: {error}.") from error


async def open_database(url: str) -> Database:
    """Open the database at `url` and bring its schema up to date.

    Raises:
        SchemaError: a newer Sitrep wrote it.
        ArchiveError: it can't be opened.
    """
    _make_folder(url)
    engine = create_async_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _on_sqlite_connect)
        event.listen(engine.sync_engine, "begin", _on_sqlite_begin)
    database = Database(engine)
    try:
        async with database.read() as connection:
            version = await connection.run_sync(_version)
        if version != HEAD:
            async with database.write() as connection:
                await connection.run_sync(_migrate)
    except BaseException:
        await database.close()
        raise
    return database


def _make_folder(url: str) -> None:
    """SQLite makes the file, but not the folder that it lies in."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return
    folder = Path(parsed.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArchiveError(
            f"The folder {folder} can't be made ({error.strerror}); see DATA_DIR."
        ) from error


def _on_sqlite_connect(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's
    # The driver's own transaction handling is switched off; `_on_sqlite_begin` begins them.
    connection.isolation_level = None
    connection.create_function("sitrep_stems", 1, stemmed, deterministic=True)
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        # an article that was acknowledged survives a power cut
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("sitrep_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  heavy, and rarely needed
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    version = _version(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        msg = f"The archive was written by a newer Sitrep (schema {version}); update this program."
        raise SchemaError(msg)
    command.upgrade(config, "head")
