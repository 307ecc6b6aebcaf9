"""Which words the archive has, for typing errors: read from the full text, remembered for a while.

The full text holds stems; how a word is written stands in the passages that have it.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy import text

from retrieval.words import stem, written_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

_REMEMBERED_S = 600.0
# Beginnings of words whose stems are remembered, and words of which it is known whether they occur.
_MOST_BEGINNINGS, _MOST_WORDS = 400, 20_000
_LOOKED_AT = 20

_OPEN_SQLITE = text(
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.passage_stems USING fts5vocab(main, passage_fts, row)"
)
_BEGINNING_SQLITE = text(
    "SELECT term, doc FROM temp.passage_stems WHERE term >= :low AND term < :high"
)
_HAS_SQLITE = text("SELECT 1 FROM passage_fts WHERE passage_fts MATCH :query LIMIT 1")
_WRITTEN_SQLITE = text("""
    SELECT substr(r.text, p.start + 1, p."end" - p.start) AS body FROM passage_fts
    JOIN passage p ON p.id = passage_fts.rowid JOIN revision r ON r.id = p.revision_id
    WHERE passage_fts MATCH :query LIMIT :limit
""")
# Of the newest passages: counting all of them takes seconds.
_STEMS_POSTGRESQL = text("""
    SELECT word AS term, ndoc AS doc FROM ts_stat(
        'SELECT terms FROM passage_fts ORDER BY passage_id DESC LIMIT 20000'
    )
""")
_HAS_POSTGRESQL = text(
    "SELECT 1 FROM passage_fts WHERE terms @@ to_tsquery('simple', :query) LIMIT 1"
)
_WRITTEN_POSTGRESQL = text("""
    SELECT substr(r.text, p.start + 1, p."end" - p.start) AS body FROM passage_fts f
    JOIN passage p ON p.id = f.passage_id JOIN revision r ON r.id = p.revision_id
    WHERE f.terms @@ to_tsquery('simple', :query) LIMIT :limit
""")


class Vocabulary:
    """The words of the archive, as of some minutes ago at the most."""

    def __init__(self) -> None:
        self._has: dict[str, tuple[bool, float]] = {}
        self._stems: dict[str, tuple[Mapping[str, int], float]] = {}

    async def lacks(self, connection: AsyncConnection, stems: Sequence[str]) -> list[str]:
        """Those of the stems that no passage has."""
        now, missing = monotonic(), list[str]()
        if len(self._has) > _MOST_WORDS:
            self._has.clear()
        for one in stems:
            known, at = self._has.get(one, (False, -_REMEMBERED_S))
            # What is not there may be in a minute; what is, hardly goes.
            if not known or now - at > _REMEMBERED_S:
                known = await _has(connection, one)
                self._has[one] = known, now
            if not known:
                missing.append(one)
        return missing

    async def beginning(self, connection: AsyncConnection, letters: str) -> Mapping[str, int]:
        """The stems that begin with these letters, and how many passages have each, nearly."""
        now = monotonic()
        key = "" if connection.dialect.name == "postgresql" else letters
        known, at = self._stems.get(key, ({}, -_REMEMBERED_S - 1))
        if now - at > _REMEMBERED_S:
            if len(self._stems) > _MOST_BEGINNINGS:
                self._stems.clear()
            known = await _beginning(connection, key)
            self._stems[key] = known, now
        if key == letters:
            return known
        return {term: count for term, count in known.items() if term.startswith(letters)}

    async def written(self, connection: AsyncConnection, stemmed: str) -> list[str]:
        """How words with this stem are written, in some passages that have them."""
        is_sqlite = connection.dialect.name == "sqlite"
        query, search = (
            (f'"{stemmed}"', _WRITTEN_SQLITE)
            if is_sqlite
            else (f"'{stemmed}'", _WRITTEN_POSTGRESQL)
        )
        rows = await connection.execute(search, {"query": query, "limit": _LOOKED_AT})
        found = [
            one
            for row in rows.all()
            for one in written_words(row.body)
            if stem(one[0].casefold()) == stemmed
        ]
        # The capital at the beginning of a sentence says nothing.
        inside = [word for word, begins in found if not begins]
        return inside or [word.casefold() for word, _ in found]


async def _has(connection: AsyncConnection, stemmed: str) -> bool:
    is_sqlite = connection.dialect.name == "sqlite"
    query, search = (
        (f'"{stemmed}"', _HAS_SQLITE) if is_sqlite else (f"'{stemmed}'", _HAS_POSTGRESQL)
    )
    return (await connection.execute(search, {"query": query})).first() is not None


async def _beginning(connection: AsyncConnection, letters: str) -> dict[str, int]:
    if connection.dialect.name == "postgresql":
        rows = await connection.execute(_STEMS_POSTGRESQL)
    else:
        await connection.execute(_OPEN_SQLITE)
        high = letters[:-1] + chr(ord(letters[-1]) + 1)
        rows = await connection.execute(_BEGINNING_SQLITE, {"low": letters, "high": high})
    return {str(row.term): int(row.doc) for row in rows.all()}
