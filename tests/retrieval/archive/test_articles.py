from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from retrieval.errors import ArchiveError, IndexMismatchError, SchemaError
from retrieval.index.chroma import Stamp
from retrieval.models import Added, Duplicate, Precision, Published, Revised
from retrieval.storage.database import HEAD, open_database
from tests.support.archives import Opened, draft, opened_archive

if TYPE_CHECKING:
    from pathlib import Path


async def keyword_hits(opened: Opened, *terms: str) -> list[str]:
    return [name for name, _ in await opened.archive.keywords.search(terms, 10)]


async def test_a_stored_article_is_found_by_its_words_at_once(opened: Opened) -> None:
    stored = await opened.store(draft("Sudzha is held. The town has 5,000 people."))
    assert isinstance(stored, Added)
    assert stored.article.revision == 1
    [name] = await keyword_hits(opened, "sudzha")
    passage = (await opened.archive.articles.passages([name]))[name]
    assert passage.text == "Sudzha is held. The town has 5,000 people."
    assert [passage.sentence(index) for index in range(2)] == [
        "Sudzha is held.",
        "The town has 5,000 people.",
    ]
    assert passage.article == stored.article


async def test_an_article_read_in_part_stays_marked_until_it_comes_whole(opened: Opened) -> None:
    part = replace(draft("Sudzha is held.", url="https://a.example/1"), partial=True)
    first = await opened.store(part)
    assert first.article.partial
    assert (await opened.store(part)) == Duplicate(first.article)
    whole = replace(part, text="Sudzha is held. The town has 5,000 people.", partial=False)
    second = await opened.store(whole)
    assert isinstance(second, Revised)
    assert not second.article.partial


async def test_a_date_is_kept_in_the_zone_of_its_source(opened: Opened) -> None:
    at = datetime.fromisoformat("2024-11-13T00:30:00+02:00")
    one = replace(draft("Sudzha is held."), published=Published(at, Precision.MINUTE))
    stored = (await opened.store(one)).article.published
    assert stored is not None
    assert (stored.at, stored.at.isoformat()) == (at, at.isoformat())


@pytest.mark.parametrize(
    "twin",
    ["http://www.a.example/1", "https://a.example/1/", "https://a.example/1/index.html"],
)
async def test_one_page_under_two_addresses_is_one_article(opened: Opened, twin: str) -> None:
    first = await opened.store(draft("Nine boats are sold.", url="https://a.example/1"))
    second = await opened.store(draft("Eleven boats are sold.", url=twin))
    assert isinstance(second, Revised)
    assert (second.article.id, second.article.url) == (first.article.id, "https://a.example/1")
    assert await opened.store(draft("Eleven boats are sold.", url=twin)) == Duplicate(
        second.article
    )
    other = await opened.store(draft("Two boats are sold.", url="https://b.a.example/1"))
    assert isinstance(other, Added)


async def test_the_same_text_is_stored_once_whatever_its_address_and_white_space(
    opened: Opened,
) -> None:
    first = await opened.store(draft("Sudzha is held.", url="https://a.example/1"))
    again = await opened.store(draft("SUDZHA  is held.", url="https://b.example/2"))
    assert again == Duplicate(first.article)
    assert (await opened.archive.catalogue.summary()).articles == 1


async def test_the_same_text_under_another_title_is_another_article(opened: Opened) -> None:
    wall = "Please allow cookies to read this article. The text will appear afterwards."
    await opened.store(draft(wall, "Truss resigns", url="https://a.example/1"))
    second = await opened.store(draft(wall, "Storm hits Cuba", url="https://a.example/2"))
    assert isinstance(second, Added)
    assert len(await keyword_hits(opened, "storm")) == 1


async def test_the_same_article_added_at_once_by_many_is_one_article(opened: Opened) -> None:
    one = draft("Sudzha is held.", url="https://a.example/1")
    results = await asyncio.gather(*(opened.store(one) for _ in range(8)))
    assert sum(isinstance(result, Added) for result in results) == 1
    assert sum(isinstance(result, Duplicate) for result in results) == 7


async def test_a_known_address_with_a_new_text_is_a_revision_and_the_old_text_is_not_found(
    opened: Opened,
) -> None:
    await opened.store(draft("Some 8,000 soldiers arrived.", url="https://a.example/1"))
    revised = await opened.store(draft("Some 10,000 troops arrived.", url="https://a.example/1"))
    assert isinstance(revised, Revised)
    assert revised.article.revision == 2
    assert await keyword_hits(opened, "soldiers") == []
    assert len(await keyword_hits(opened, "troops")) == 1
    assert (await opened.archive.catalogue.summary()).articles == 1


async def test_a_correction_that_equals_another_article_still_corrects(opened: Opened) -> None:
    await opened.store(draft("Five bridges fell.", url="https://a.example/x"))
    await opened.store(draft("Seven bridges fell.", url="https://a.example/y"))
    revised = await opened.store(draft("Seven bridges fell.", url="https://a.example/x"))
    assert isinstance(revised, Revised)
    assert await keyword_hits(opened, "five") == []


async def test_an_old_version_added_again_does_not_bring_back_what_was_corrected(
    opened: Opened,
) -> None:
    url = "https://a.example/x"
    old = draft("Five bridges fell.", url=url, day="2024-11-12")
    new = draft("Nine bridges fell.", url=url, day="2024-11-13")
    await opened.store(old)
    await opened.store(new)
    assert isinstance(await opened.store(old), Duplicate)
    assert isinstance(await opened.store(new), Duplicate)
    assert await keyword_hits(opened, "five") == []
    # but a newer date says that the old words are true again
    back = draft("Five bridges fell.", url=url, day="2024-11-14")
    assert isinstance(await opened.store(back), Revised)


async def test_what_was_not_known_of_an_article_is_taken_when_it_is_added_again(
    opened: Opened,
) -> None:
    first = await opened.store(draft("Five bridges fell.", day=None))
    again = await opened.store(draft("Five bridges fell.", url="https://a.example/x"))
    assert isinstance(again, Duplicate)
    article = await opened.archive.articles.get(first.article.id)
    assert article.url == "https://a.example/x"
    assert article.published is not None


async def test_the_index_of_words_is_what_its_view_says(opened: Opened) -> None:
    if opened.database.dialect != "sqlite":
        pytest.skip("FTS5's own check")
    await opened.store(draft("Sudzha’s 2,500 men. " * 200, url="https://a.example/x"))
    await opened.store(draft("Other words. " * 200, url="https://a.example/x"))
    async with opened.database.write() as connection:
        check = "INSERT INTO passage_fts (passage_fts, rank) VALUES ('integrity-check', 1)"
        await connection.execute(text(check))


async def test_a_removed_article_is_found_no_more_and_can_be_added_again(opened: Opened) -> None:
    stored = await opened.store(draft("Sudzha is held.", url="https://a.example/1"))
    await opened.indexer.work()
    [name] = await keyword_hits(opened, "sudzha")
    assert await opened.archive.articles.remove(stored.article.id)
    assert not await opened.archive.articles.remove(stored.article.id)
    assert await keyword_hits(opened, "sudzha") == []
    # the vector is still there until the indexer comes by, and is not believed
    assert await opened.vectors.ids() == {name}
    assert await opened.archive.articles.passages([name]) == {}
    await opened.indexer.work()
    assert await opened.vectors.ids() == set()
    added = await opened.store(draft("Sudzha is held.", url="https://a.example/1"))
    assert isinstance(added, Added)


async def test_vectors_follow_sql_and_doing_it_again_changes_nothing(opened: Opened) -> None:
    await opened.store(draft("Sudzha is held.", url="https://a.example/1"))
    await opened.store(draft("The border is closed.", url="https://a.example/2"))
    assert await opened.indexer.waiting() == 2
    assert await opened.indexer.work() == 2
    assert await opened.indexer.work() == 0
    assert await opened.vectors.count() == 2
    await opened.store(draft("The border is open.", url="https://a.example/2"))
    await opened.indexer.work()
    assert await opened.vectors.count() == 2
    vector = opened.embeddings.embed_query("border open")
    [(best, _), *_] = await opened.archive.vectors.search(vector, 2)
    assert "open" in (await opened.archive.articles.passages([best]))[best].text


async def test_what_an_interrupted_indexer_left_is_finished_by_the_next(tmp_path: Path) -> None:
    async with opened_archive(tmp_path) as opened:
        await opened.store(draft("Sudzha is held."))
        passages = await opened.archive.keywords.search(["sudzha"], 1)
        # as if killed after Chroma had the vector and before SQL knew
        await opened.vectors.upsert(
            [passages[0][0]],
            __import__("numpy").array([opened.embeddings.embed_query("x")], dtype="float32"),
            [{"article": 1}],
        )
    async with opened_archive(tmp_path) as opened:
        assert await opened.indexer.work() == 1
        assert await opened.vectors.count() == 1


async def test_a_summary_counts_what_is_searchable(opened: Opened) -> None:
    await opened.store(draft("One thing.", outlet="Alpha", day="2024-08-07"))
    await opened.store(draft("Another thing.", outlet="Beta", day="2024-11-12"))
    removed = await opened.store(draft("A third thing.", outlet="Beta", day="2024-12-01"))
    await opened.archive.articles.remove(removed.article.id)
    summary = await opened.archive.catalogue.summary()
    assert summary.articles == 2
    assert summary.outlets == (("Alpha", 1), ("Beta", 1))
    assert summary.oldest is not None
    assert summary.newest is not None
    assert (summary.oldest.month, summary.newest.month) == (8, 11)
    assert summary.pending == 2


async def test_another_embedding_model_is_refused_with_the_command_that_helps(
    tmp_path: Path,
) -> None:
    async with opened_archive(tmp_path):
        pass
    with pytest.raises(IndexMismatchError, match="sitrep reindex"):
        async with opened_archive(tmp_path, stamp=Stamp("another", "1")):
            pass


async def test_a_database_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}"
    database = await open_database(url)
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(SchemaError, match="newer Sitrep"):
        await open_database(url)


async def test_a_fresh_database_is_at_the_newest_schema(tmp_path: Path) -> None:
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'new' / 'sitrep.db'}")
    async with database.read() as connection:
        version = (
            await connection.execute(text("SELECT version_num FROM alembic_version"))
        ).scalar()
        mode = (await connection.execute(text("PRAGMA journal_mode"))).scalar()
    await database.close()
    assert (version, mode) == (HEAD, "wal")


async def test_a_file_that_is_no_database_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "sitrep.db").write_bytes(b"this is not a database, whatever its name says" * 50)
    with pytest.raises(ArchiveError, match=r"not a database.*check DATABASE_URL and DATA_DIR"):
        await open_database(f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}")


@pytest.mark.parametrize(
    "terms",
    [
        ['"'],
        ["sudzha OR border"],
        ["title:sudzha"],
        ["NEAR(", "*", "^", "-", "'", "\\", "{}", ")"],
        ["2,500"],
        ["' | !sudzha"],
    ],
)
async def test_terms_never_mean_anything_to_the_query_language(
    opened: Opened, terms: list[str]
) -> None:
    await opened.store(draft("Sudzha is held by 2,500 men."))
    await opened.archive.keywords.search(terms, 10)
