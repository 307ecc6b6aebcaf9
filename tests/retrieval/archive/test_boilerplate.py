"""Junk is marked when stored, learned from the outlet's articles, kept, and not found by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text, update

from retrieval.storage import tables
from retrieval.storage.boilerplate import forget_marks, mark_waiting, uncounted
from retrieval.storage.reading import passages_of
from tests.support.archives import Opened, draft

if TYPE_CHECKING:
    from retrieval.models import Article, Passage

SLOGAN = "Alpha is the paper that the whole valley trusts."
NEWS = [
    "The bridge over the Dnipro was closed after a storm on Monday.",
    "Parliament passed the budget for schools after a long debate.",
    "A court in Lviv sentenced two officials for taking bribes.",
    "Grain exports from Odesa rose sharply in the spring.",
]


async def store(opened: Opened, n: int, outlet: str = "Alpha", more: str = SLOGAN) -> Article:
    url = f"https://{outlet.lower()}.example/{n}"
    stored = await opened.store(draft(f"{NEWS[n]} {more}", f"Report {n}", outlet, url))
    return stored.article


async def passage(opened: Opened, article: Article) -> Passage:
    async with opened.database.read() as connection:
        (found,) = await passages_of(connection, [article.revision_id])
    return found


async def quotable(opened: Opened, article: Article) -> list[bool]:
    found = await passage(opened, article)
    return [found.is_quotable(n) for n in range(len(found.sentences))]


async def uses(opened: Opened) -> list[int]:
    async with opened.database.read() as connection:
        found = await connection.execute(select(tables.sentence_use.c.articles))
        return sorted(found.scalars())


async def test_what_a_rule_knows_is_marked_and_stays_in_the_text(opened: Opened) -> None:
    article = await store(opened, 0, more="Read more: How the bridge was built.")
    found = await passage(opened, article)
    assert found.text.endswith("Read more: How the bridge was built.")
    assert await quotable(opened, article) == [True, False]


async def test_a_sentence_of_three_articles_of_one_outlet_is_boilerplate(opened: Opened) -> None:
    stored = [await store(opened, n) for n in range(2)]
    other = [await store(opened, n, "Beta") for n in range(2)]
    assert await quotable(opened, stored[0]) == [True, True]
    stored.append(await store(opened, 2))
    for article in stored:
        assert await quotable(opened, article) == [True, False]
    assert await quotable(opened, other[0]) == [True, True]


async def test_copies_and_revisions_of_one_article_count_once(opened: Opened) -> None:
    long = " ".join(NEWS[:3])
    for n in range(3):
        url = f"https://alpha.example/copy{n}"
        await opened.store(draft(f"{long} {SLOGAN}", "Three reports", "Alpha", url))
    first = await store(opened, 3)
    for word in ("slightly", "barely", "sharply"):
        await opened.store(
            draft(f"Grain exports rose {word}. {SLOGAN}", "Report 3", "Alpha", first.url)
        )
    assert max(await uses(opened)) == 2


async def test_what_is_removed_or_revised_no_longer_counts(opened: Opened) -> None:
    stored = [await store(opened, n) for n in range(3)]
    await opened.archive.articles.remove(stored[1].id)
    assert await quotable(opened, stored[0]) == [True, True]
    assert max(await uses(opened)) == 2
    for article in (stored[0], stored[2]):
        await opened.archive.articles.remove(article.id)
    assert await uses(opened) == []


async def test_the_copy_of_a_removed_article_counts_in_its_place(opened: Opened) -> None:
    long = f"{' '.join(NEWS[:3])} {SLOGAN}"
    one = await opened.store(draft(long, "Reports", "Alpha", "https://alpha.example/a"))
    await opened.store(draft(long, "Reports", "Alpha", "https://alpha.example/b?x=1"))
    await opened.archive.articles.remove(one.article.id)
    while await mark_waiting(opened.database):
        pass
    async with opened.database.read() as connection:
        waiting = select(func.count()).select_from(tables.article).where(uncounted())
        assert (await connection.execute(waiting)).scalar() == 0


async def test_later_passages_of_junk_alone_are_neither_embedded_nor_found(
    opened: Opened,
) -> None:
    told = "\n\n".join(["It rained all night in the hills, and the river rose. " * 12] * 2)
    stored = await opened.store(draft(f"{told}\n\n" + "Read more. " * 60, "Rain", "Alpha"))
    await opened.indexer.work()
    assert await opened.indexer.waiting() == 0
    async with opened.database.read() as connection:
        found = await passages_of(connection, [stored.article.revision_id])
    kept = {one.id for one in found if not one.is_empty}
    assert 0 < len(kept) < len(found)
    assert await opened.vectors.ids() == kept
    assert set(await opened.archive.articles.passages([one.id for one in found])) == kept
    assert {
        one.id for one in await opened.archive.articles.passages_of([stored.article.id])
    } == kept


async def test_an_article_of_junk_alone_is_found_by_its_title_and_never_quoted(
    opened: Opened,
) -> None:
    junk = await opened.store(draft("Sign up here. Read more.", "Vote for the best pie", "Alpha"))
    await opened.indexer.work()
    assert await opened.indexer.waiting() == 0
    name = f"{junk.article.revision_id}:0"
    assert await opened.vectors.ids() == {name}
    assert (await opened.archive.articles.passages([name]))[name].is_empty
    assert await opened.archive.articles.passages_of([junk.article.id]) == []


async def test_an_archive_of_an_older_program_is_judged_when_read_and_counted_later(
    opened: Opened,
) -> None:
    stored = [await store(opened, n, more=f"{SLOGAN} Read more.") for n in range(3)]
    async with opened.database.write() as connection:
        await connection.execute(update(tables.passage).values(junk=None, quotable=True))
        await connection.execute(update(tables.article).values(counted_revision_id=None))
        await connection.execute(text("DELETE FROM sentence_use"))
    assert await quotable(opened, stored[0]) == [True, True, False]
    while await mark_waiting(opened.database):
        pass
    assert await quotable(opened, stored[0]) == [True, False, False]
    async with opened.database.read() as connection:
        marked = (await connection.execute(select(tables.passage.c.junk))).scalars().all()
    assert marked == [[2], [2], [2]]


async def test_forgotten_marks_are_made_again_as_they_were(opened: Opened) -> None:
    stored = [await store(opened, n) for n in range(3)]
    before = await uses(opened)
    await forget_marks(opened.database)
    assert await uses(opened) == []
    while await mark_waiting(opened.database):
        pass
    assert await uses(opened) == before
    assert await quotable(opened, stored[0]) == [True, False]


@pytest.mark.parametrize(
    ("signature", "posts"),
    [
        ("War Notes | Subscribe | Send us your news", 3),
        ("War Notes now | Support us: 4441 1144 2233 9000", 6),
        ("👉 Наш канал читають у кожному місті, приєднуйся", 3),
        ("Our chat – our shop – our second channel", 3),
    ],
)
@pytest.mark.parametrize("gap", ["\n\n", "\n"])
async def test_the_signature_of_a_channel_is_never_quoted(
    opened: Opened, signature: str, posts: int, gap: str
) -> None:
    stored = []
    for n in range(posts):
        body = f"{NEWS[n % len(NEWS)]} That was on day {n} of the {n + 3}th week.{gap}{signature}"
        one = draft(body, f"Report {n}", "War Notes", f"https://t.me/warnotes/{n}")
        stored.append((await opened.store(one)).article)
    found = await passage(opened, stored[0])
    told = [found.sentence(n) for n in range(len(found.sentences)) if found.is_quotable(n)]
    assert told
    assert [one for one in told if signature in one] == []
