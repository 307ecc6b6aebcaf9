"""Keyword search over passages: SQLite's FTS5 or Postgres full text, kept with the article.

Both index stems from `retrieval.text.words`, so English, Ukrainian and Russian inflections match,
and questions are stemmed by the same code. Terms are quoted against both query languages here.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from math import log
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Text, bindparam, column, text

from retrieval.text.words import stem, stemmed, written_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Row, TextClause, TextualSelect
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.storage.database import Database


# Words in the title weigh more than words in the body.
TITLE_WEIGHT = 2.0
# Scoring a passage costs a microsecond, finding one by a word a tenth of that. So only the rarer
# words find passages: the rarest until three occur or a thousand passages are found, then more
# while all of them find at most _FOUND_SHARE of the passages. The others only add to the scores;
# words in more than _COMMON_SHARE of the passages don't even do that, unless the words are few.
_ENOUGH_TERMS = 3
_FOUND_SHARE, _FEW = 0.05, 1_000
_COMMON_SHARE = 0.1
# A longer question is searched by its rarest words. SQLite joins at most 500 queries.
_MOST_TERMS, _ASKED_AT_ONCE = 100, 100
# A smaller archive may grow many times over in a minute.
_YOUNG = 10_000
_REMEMBERED_S = 600.0
_MOST_REMEMBERED = 50_000
# The key under which the number of all passages is remembered.
_ALL = ""

_PASSAGES = 'SELECT id, start, "end" FROM passage WHERE revision_id = :revision'
_INDEX_SQLITE = "INSERT INTO passage_fts (rowid, title, body) VALUES (:id, :title, :body)"
# FTS5 with external content has to be given the old words to delete them.
_FORGET_SQLITE = """
    INSERT INTO passage_fts (passage_fts, rowid, title, body)
    VALUES ('delete', :id, :title, :body)
"""
# FTS5 has no words that only add to a score, so passages with and without such words are queried
# separately. Revision and ordinal are looked up only for the passages that are returned.
_SEARCH_SQLITE = text(f"""
    WITH found AS (
        SELECT rowid AS id, -bm25(passage_fts, {TITLE_WEIGHT}, 1.0) AS score FROM passage_fts
        WHERE passage_fts MATCH :having
        UNION ALL
        SELECT rowid, -bm25(passage_fts, {TITLE_WEIGHT}, 1.0) FROM passage_fts
        WHERE passage_fts MATCH :lacking
    ), best AS (SELECT id, score FROM found ORDER BY score DESC, id LIMIT :limit)
    SELECT p.revision_id, p.ordinal, best.score FROM best JOIN passage p ON p.id = best.id
    ORDER BY best.score DESC, p.id
""")  # noqa: S608  a constant of ours
_INDEX_POSTGRESQL = """
    INSERT INTO passage_fts (passage_id, terms) VALUES (:id,
        setweight(to_tsvector('simple', :title), 'A') || to_tsvector('simple', :body))
"""
_FORGET_POSTGRESQL = """
    DELETE FROM passage_fts USING passage
    WHERE passage.id = passage_fts.passage_id AND passage.revision_id = :revision
"""
# Postgres' own ranks ignore how rare a word is. So each word is ranked separately, with diminishing
# returns for repetitions as in BM25, and weighted as in FTS5.
_RANK_POSTGRESQL = """
    :weight{n} * ts_rank(CAST(:positions AS real[]), f.terms, to_tsquery('simple', :query{n}))
"""
_SEARCH_POSTGRESQL = """
    WITH best AS (
        SELECT f.passage_id AS id, {score} AS score FROM passage_fts f
        WHERE f.terms @@ to_tsquery('simple', :finding)
        ORDER BY score DESC, id LIMIT :limit
    )
    SELECT p.revision_id, p.ordinal, best.score FROM best JOIN passage p ON p.id = best.id
    ORDER BY best.score DESC, p.id
"""
# Of Postgres' four weight classes, bodies have D and titles A.
_POSITIONS = [1 / TITLE_WEIGHT, 1 / TITLE_WEIGHT, 1 / TITLE_WEIGHT, 1.0]
# Counted as far as it matters, since counting all that has a common word takes milliseconds. The
# last row is the number of passages, nearly.
_FREQUENCY_SQLITE = f"""
    SELECT :term{{n}} AS term, (SELECT count(*) FROM (
        SELECT 1 FROM passage_fts WHERE passage_fts MATCH :query{{n}}
        LIMIT (SELECT CAST({_COMMON_SHARE} * coalesce(max(id), 0) + 2 AS INTEGER) FROM passage)
    )) AS doc
    UNION ALL
"""  # noqa: S608  constants of ours
_ALL_SQLITE = "SELECT NULL AS term, max(id) AS doc FROM passage"

# As ANALYZE left it, which autovacuum runs: counting would read every row of a word. What
# is not among the commonest words is rare.
_FREQUENCIES_POSTGRESQL = text("""
    SELECT common.term, common.share * whole.reltuples AS doc
    FROM pg_stats, pg_class AS whole,
        unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common (term, share)
    WHERE schemaname = current_schema() AND tablename = 'passage_fts' AND attname = 'terms'
        AND whole.oid = 'passage_fts'::regclass AND common.term IN :terms
    UNION ALL SELECT NULL, reltuples FROM pg_class WHERE oid = 'passage_fts'::regclass
""").bindparams(bindparam("terms", expanding=True, type_=Text))


@dataclass(frozen=True, slots=True)
class PassageStems:
    """The indexed stems of a revision: of the title, and of each passage by its (start, end)."""

    title: str
    bodies: Mapping[tuple[int, int], str]


def passage_stems(title: str, body: str, spans: Iterable[tuple[int, int]]) -> PassageStems:
    """The stems of a text with passages at `spans`, (start, end) each."""
    return PassageStems(stemmed(title), {(a, b): stemmed(body[a:b]) for a, b in spans})


async def index_keywords(
    connection: AsyncConnection,
    revision_id: int,
    title: str,
    body: str,
    stems: PassageStems | None = None,
) -> None:
    """Index the words of a revision's passages; `body` is its text.

    Pass `stems`, computed before the transaction, if other writers may be waiting.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    rows = (await connection.execute(text(_PASSAGES), {"revision": revision_id})).all()
    values = _values(rows, stems or await _stems_of(rows, title, body))
    if values:
        await connection.execute(text(_INDEX_SQLITE if is_sqlite else _INDEX_POSTGRESQL), values)


async def forget_keywords(connection: AsyncConnection, revision_id: int) -> None:
    """Undo `index_keywords`; call it before the passages are deleted."""
    if connection.dialect.name != "sqlite":
        await connection.execute(text(_FORGET_POSTGRESQL), {"revision": revision_id})
        return
    query = text("SELECT title, text FROM revision WHERE id = :revision")
    row = (await connection.execute(query, {"revision": revision_id})).one()
    rows = (await connection.execute(text(_PASSAGES), {"revision": revision_id})).all()
    values = _values(rows, await _stems_of(rows, row.title, row.text))
    if values:
        await connection.execute(text(_FORGET_SQLITE), values)


async def _stems_of(rows: Sequence[Row[Any]], title: str, body: str) -> PassageStems:
    spans = [(row.start, row.end) for row in rows]
    return await asyncio.to_thread(passage_stems, title, body, spans)


def _values(rows: Sequence[Row[Any]], stems: PassageStems) -> list[dict[str, int | str]]:
    """Rows like those of the view `passage_text`, one for each passage."""
    return [
        {"id": row.id, "title": stems.title, "body": stems.bodies[row.start, row.end]}
        for row in rows
    ]


def revisions_with(word: str, name: str, dialect: str) -> TextualSelect:
    """A query for the revisions that contain a word or a phrase.

    `name` is the name of its parameter. A word without letters and digits matches nothing.
    """
    stems = " ".join(stemmed(word).split())
    if dialect == "sqlite":
        query = f'"{stems}"' if stems else '""'
        sql = f"""
            SELECT p.revision_id FROM passage_fts JOIN passage p ON p.id = passage_fts.rowid
            WHERE passage_fts MATCH :{name}
        """  # noqa: S608  a name of ours
    else:
        query = _tsquery([stems]) if stems else ""
        sql = f"""
            SELECT p.revision_id FROM passage_fts f JOIN passage p ON p.id = f.passage_id
            WHERE f.terms @@ to_tsquery('simple', :{name})
        """  # noqa: S608
    bound = text(sql).bindparams(bindparam(name, query, type_=Text))
    return bound.columns(column("revision_id", Integer))


class KeywordSearch:
    """Searches by words, and caches how common each word is."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, float]] = {}

    async def search(self, words: Sequence[str], limit: int) -> list[tuple[str, float]]:
        """Passage ids with their scores (higher is better) for passages with any of `words`.

        Several words in one, such as "2,500 tanks", are a phrase.
        """
        # a term whose stems are all empty would make an empty query
        stems = (" ".join(stemmed(word).split()) for word in words)
        terms = list(dict.fromkeys(term for term in stems if term))
        if not terms:
            return []
        async with self._database.read() as connection:
            return await self._search(connection, terms, limit)

    async def _search(
        self, connection: AsyncConnection, terms: list[str], limit: int
    ) -> list[tuple[str, float]]:
        finding, adding = await self._by_use(connection, terms)
        queries: Mapping[str, Any]
        if connection.dialect.name == "sqlite":
            search, queries = _SEARCH_SQLITE, _fts5_queries(finding, adding)
        else:
            frequencies, total = await self._frequencies(connection, terms)
            weights = {term: _weight(frequencies[term], total) for term in (*finding, *adding)}
            search, queries = _ranking(finding, weights)
        rows = (await connection.execute(search, {**queries, "limit": limit})).all()
        return [(f"{revision}:{ordinal}", float(score)) for revision, ordinal, score in rows]

    async def _by_use(
        self, connection: AsyncConnection, terms: list[str]
    ) -> tuple[list[str], list[str]]:
        """The terms that find passages, and the terms that only add to the scores."""
        if len(terms) == 1:
            return terms, []
        frequencies, total = await self._frequencies(connection, terms)
        few = max(_FEW, _FOUND_SHARE * total)
        finding: list[str] = []
        adding: list[str] = []
        occurring, found = 0, 0.0
        for term in sorted(terms, key=lambda term: frequencies[term]):
            if len(finding) + len(adding) == _MOST_TERMS:
                break
            frequency = frequencies[term]
            is_needed = occurring < _ENOUGH_TERMS and found < _FEW
            if is_needed or found + frequency <= few:
                finding.append(term)
                found += frequency
                occurring += frequency > 0
            elif frequency <= _COMMON_SHARE * total or len(finding) + len(adding) < _ENOUGH_TERMS:
                adding.append(term)
        return finding, adding

    async def _frequencies(
        self, connection: AsyncConnection, terms: Sequence[str]
    ) -> tuple[dict[str, float], float]:
        """The number of passages with each term (0 for phrases), and of all passages.

        Postgres only knows the numbers of common words; all others get 1.
        """
        now = monotonic()
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        asked = [term for term in terms if " " not in term]
        unknown = [one for one in (*asked, _ALL) if not self._is_known(one, now)]
        for at in range(0, len(unknown), _ASKED_AT_ONCE):
            some = unknown[at : at + _ASKED_AT_ONCE]
            if connection.dialect.name == "postgresql":
                least, query, values = 1, _FREQUENCIES_POSTGRESQL, {"terms": some}
            else:
                least, (query, values) = 0, _counting(some)
            rows = (await connection.execute(query, values)).all()
            found = {row.term or _ALL: row.doc for row in rows}
            self._known |= {term: (found.get(term) or least, now) for term in some}
        known = {term: self._known.get(term, (0, now))[0] for term in terms}
        return known, max(self._known[_ALL][0], 0)

    def _is_known(self, term: str, now: float) -> bool:
        if term == _ALL and self._known.get(_ALL, (0, 0))[0] < _YOUNG:
            return False
        return now - self._known.get(term, (0, -_REMEMBERED_S))[1] < _REMEMBERED_S


def _weight(frequency: float, total: float) -> float:
    """BM25's inverse document frequency (Robertson and Zaragoza 2009), as in FTS5."""
    rarity = (total - frequency + 0.5) / (frequency + 0.5)
    return max(log(max(rarity, 1.0)), 1e-6)


def _ranking(
    finding: Sequence[str], weights: Mapping[str, float]
) -> tuple[TextClause, dict[str, Any]]:
    """A Postgres query with its parameters: passages with a term of `finding`, by `weights`."""
    score = " + ".join(_RANK_POSTGRESQL.format(n=n) for n in range(len(weights)))
    values: dict[str, Any] = {"finding": _tsquery(finding), "positions": _POSITIONS}
    for n, (term, weight) in enumerate(weights.items()):
        values |= {f"weight{n}": weight, f"query{n}": _tsquery([term])}
    return text(_SEARCH_POSTGRESQL.format(score=score)), values


def _counting(terms: Sequence[str]) -> tuple[TextClause, dict[str, Any]]:
    """A SQLite query and its parameters: the number of passages with each term, and of all."""
    asked = [term for term in terms if term]
    parts = [_FREQUENCY_SQLITE.format(n=n) for n in range(len(asked))]
    values = {f"term{n}": term for n, term in enumerate(asked)}
    values |= {f"query{n}": _fts5([term]) for n, term in enumerate(asked)}
    return text("".join((*parts, _ALL_SQLITE))), values


def _fts5_queries(finding: Sequence[str], adding: Sequence[str]) -> dict[str, str]:
    """FTS5 queries for passages with a term of `finding`, with and without one of `adding`."""
    found = _fts5(finding)
    if not adding:
        return {"having": '""', "lacking": found}
    added = _fts5(adding)
    return {"having": f"({found}) AND ({added})", "lacking": f"({found}) NOT ({added})"}


def _fts5(terms: Sequence[str]) -> str:
    """An FTS5 query for any of the terms: letters, digits and spaces, quoted."""
    return " OR ".join(f'"{term}"' for term in terms)


def _tsquery(terms: Sequence[str]) -> str:
    return " | ".join("(" + " <-> ".join(f"'{w}'" for w in term.split()) + ")" for term in terms)


# How many beginnings of words and how many words the vocabulary remembers.
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
# Only of the newest passages: counting all of them takes seconds.
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
    """The words of the archive, cached for some minutes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._has: dict[str, tuple[bool, float]] = {}
        self._stems: dict[str, tuple[Mapping[str, int], float]] = {}

    async def lacks(self, stems: Sequence[str]) -> list[str]:
        """The stems that no passage contains."""
        now, missing = monotonic(), list[str]()
        if len(self._has) > _MOST_WORDS:
            self._has.clear()
        async with self._database.read() as connection:
            for one in stems:
                known, at = self._has.get(one, (False, -_REMEMBERED_S))
                # A missing word may be added any minute; a known one hardly ever goes.
                if not known or now - at > _REMEMBERED_S:
                    known = await _has(connection, one)
                    self._has[one] = known, now
                if not known:
                    missing.append(one)
        return missing

    async def beginning(self, letters: str) -> Mapping[str, int]:
        """The stems that begin with these letters, and roughly how many passages have each."""
        now = monotonic()
        key = "" if self._database.dialect == "postgresql" else letters
        known, at = self._stems.get(key, ({}, -_REMEMBERED_S - 1))
        if now - at > _REMEMBERED_S:
            if len(self._stems) > _MOST_BEGINNINGS:
                self._stems.clear()
            async with self._database.read() as connection:
                known = await _beginning(connection, key)
            self._stems[key] = known, now
        if key == letters:
            return known
        return {term: count for term, count in known.items() if term.startswith(letters)}

    async def written(self, stemmed: str) -> list[str]:
        """The spellings of words with this stem in some of the passages that have them."""
        is_sqlite = self._database.dialect == "sqlite"
        query, search = (
            (f'"{stemmed}"', _WRITTEN_SQLITE)
            if is_sqlite
            else (f"'{stemmed}'", _WRITTEN_POSTGRESQL)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(search, {"query": query, "limit": _LOOKED_AT})
        found = [
            one
            for row in rows.all()
            for one in written_words(row.body)
            if stem(one[0].casefold()) == stemmed
        ]
        # A capital at the beginning of a sentence is no evidence.
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
