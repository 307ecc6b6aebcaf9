"""Makes new archives as copies of one that is created once per run, in a tenth of the time.

And each statement is compiled to SQL once per run, not for each archive.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import LRUCache

from retrieval.index import chroma
from retrieval.storage import database

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from sqlalchemy import URL
    from sqlalchemy.ext.asyncio import AsyncEngine


def quicken(patched: pytest.MonkeyPatch, folder: Path) -> None:
    """Copy new archives from a template in `folder`; the data needn't survive a power cut."""
    patched.setattr(database, "_make_folder", making_folder_with_copy(folder / "sitrep.db"))
    patched.setattr(chroma, "_connect", connecting_to_copy(folder / "chroma"))
    patched.setattr(database, "SYNCHRONOUS", "OFF")
    patched.setattr(database, "create_async_engine", _sharing_statements(patched))


def _sharing_statements(patched: pytest.MonkeyPatch) -> Callable[..., AsyncEngine]:
    """Replaces the creation of engines; those of one kind of database share compiled statements."""
    compiled = LRUCache[Any, Any](5_000)
    for kind in (SQLiteDialect_aiosqlite, PGDialect_asyncpg):
        # statements are cached by dialect, too
        patched.setattr(kind, "__eq__", lambda one, other: type(one) is type(other))
        patched.setattr(kind, "__hash__", lambda one: hash(type(one)))

    def made(url: URL, **how: Any) -> AsyncEngine:
        engine = create_async_engine(url, **how)
        engine.sync_engine._compiled_cache = compiled
        return engine

    return made


def making_folder_with_copy(template: Path) -> Callable[[str], None]:
    """Replaces the creation of a SQLite database's folder; a copied database is put into it.

    `template` is the folder of the database to copy.
    """
    make_folder = database._make_folder

    def made() -> Path:
        if template.exists():
            return template
        engine = create_engine(f"sqlite:///{template}")
        with engine.begin() as connection:
            database._migrate(connection)
        with closing(engine.raw_connection()) as raw:
            raw.execute("PRAGMA journal_mode = WAL")
        engine.dispose()
        return template

    def make(url: str) -> None:
        make_folder(url)
        parsed = database.parsed_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            path = Path(parsed.database)
            if parsed.database != ":memory:" and not path.exists():
                # atomically, because a test may be reading it
                Path(shutil.copyfile(made(), f"{path}.new")).replace(path)

    return make


def connecting_to_copy(template: Path) -> Callable[[str, Path], Any]:
    """Replaces the opening of an embedded Chroma; a new one is a copy of an empty one."""
    connect = chroma._connect

    def made() -> Path:
        if not template.exists():
            chroma._close(connect("", template))  # type: ignore[arg-type]
        return template

    def connected(chroma_url: str, folder: Path) -> Any:
        if not chroma_url and not folder.exists():
            folder.mkdir(parents=True)
            for one in made().iterdir():  # without permissions: new files get the present ones
                shutil.copyfile(one, folder / one.name)
        return connect(chroma_url, folder)

    return connected
