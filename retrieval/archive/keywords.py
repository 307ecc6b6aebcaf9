"""Keyword search over passages: SQLite's FTS5 or Postgres full text, kept with the article.

The two dialects differ in three statements each: index a revision's passages, forget them, search.
Terms come in as plain words; quoting them for the query language is done here and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

# A title's words weigh more than a body's; values as usual for news search.
TITLE_WEIGHT = 2.0

_INDEX = {
    "sqlite": """
        INSERT INTO passage_fts (rowid, title, body)
        SELECT passage_text.id, title, body FROM passage_text
        JOIN passage ON passage.id = passage_text.id WHERE passage.revision_id = :revision
    """,
    "postgresql": """
        INSERT INTO passage_fts (passage_id, terms)
        SELECT p.id, setweight(to_tsvector('english', r.title), 'A') || to_tsvector('english',
               substr(r.text, p.start + 1, p."end" - p.start))
        FROM passage p JOIN revision r ON r.id = p.revision_id WHERE p.revision_id = :revision
    """,
}
# FTS5 over foreign content has to be told the old words, while they are still to be had.
_FORGET = {
    "sqlite": """
        INSERT INTO passage_fts (passage_fts, rowid, title, body)
        SELECT 'delete', passage_text.id, title, body FROM passage_text
        JOIN passage ON passage.id = passage_text.id WHERE passage.revision_id = :revision
    """,
    "postgresql": """
        DELETE FROM passage_fts USING passage
        WHERE passage.id = passage_fts.passage_id AND passage.revision_id = :revision
    """,
}
_SEARCH = {
    "sqlite": f"""
        SELECT p.revision_id, p.ordinal, -bm25(passage_fts, {TITLE_WEIGHT}, 1.0) AS score
        FROM passage_fts JOIN passage p ON p.id = passage_fts.rowid
        WHERE passage_fts MATCH :query ORDER BY score DESC, p.id LIMIT :limit
    """,  # noqa: S608  a constant of ours
    "postgresql": """
        SELECT p.revision_id, p.ordinal, ts_rank_cd(f.terms, q.query, 1) AS score
        FROM to_tsquery('english', :query) AS q (query)
        JOIN passage_fts f ON f.terms @@ q.query JOIN passage p ON p.id = f.passage_id
        ORDER BY score DESC, p.id LIMIT :limit
    """,
}


async def index_keywords(connection: AsyncConnection, revision_id: int) -> None:
    """Make the passages of a revision findable by their words."""
    await connection.execute(text(_INDEX[connection.dialect.name]), {"revision": revision_id})


async def forget_keywords(connection: AsyncConnection, revision_id: int) -> None:
    """Undo `index_keywords`; call it before the passages are deleted."""
    await connection.execute(text(_FORGET[connection.dialect.name]), {"revision": revision_id})


async def search_keywords(
    connection: AsyncConnection, terms: Sequence[str], limit: int
) -> list[tuple[str, float]]:
    """Passage ids with their scores (higher is better) for passages holding any of `terms`."""
    words = [word for term in terms if (word := _word(term))]
    if not words:
        return []
    quote = {"sqlite": '"{}"', "postgresql": "'{}'"}[connection.dialect.name]
    joiner = {"sqlite": " OR ", "postgresql": " | "}[connection.dialect.name]
    query = joiner.join(quote.format(word) for word in words)
    rows = await connection.execute(
        text(_SEARCH[connection.dialect.name]), {"query": query, "limit": limit}
    )
    return [(f"{row.revision_id}:{row.ordinal}", float(row.score)) for row in rows]


def _word(term: str) -> str:
    """Letters, digits and what stands between them in numbers; nothing that a query could mean."""
    return "".join(char if char.isalnum() or char in ".,-" else " " for char in term).strip(" .,-")
