from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from retrieval.errors import ArchiveError
from retrieval.messages import UserMessage
from retrieval.models import (
    Answer,
    Briefing,
    BriefingWindow,
    Citation,
    Claim,
    Mode,
    Story,
    StoryStatus,
)
from retrieval.storage import tables
from retrieval.storage.listing import MOST_COMPARED, changes
from retrieval.storage.purge import STRUCK, purge
from tests.support.archives import Opened, draft

if TYPE_CHECKING:
    from retrieval.models import Article

TEXT = "Sudzha is held. The town has 5,000 people."
URL = "https://a.example/1"
NOW = datetime.now(UTC)
TOMORROW = NOW + timedelta(days=2)


async def added(opened: Opened, text: str = TEXT, url: str | None = URL) -> Article:
    article = (await opened.store(draft(text, url=url))).article
    await opened.indexer.work()
    return article


async def by_meaning(opened: Opened) -> list[str]:
    vector = await opened.embeddings.aembed_query(TEXT)
    return [name for name, _ in await opened.archive.vectors.search(vector, 5)]


async def by_words(opened: Opened) -> list[str]:
    return [name for name, _ in await opened.archive.keywords.search(["sudzha"], 5)]


def cited(n: int, article: Article) -> Citation:
    return Citation(n, article, 0, 15, "Sudzha is held.")


async def test_a_removed_article_is_found_by_nothing_and_a_restored_one_by_all(
    opened: Opened,
) -> None:
    article = await added(opened)
    assert await opened.archive.articles.remove(article.id)
    await opened.indexer.work()
    assert await by_words(opened) == []
    assert await by_meaning(opened) == []
    assert await opened.vectors.count() == 0
    assert await opened.archive.articles.restore(article.id, NOW)
    await opened.indexer.work()
    assert await by_words(opened) == await by_meaning(opened) == [f"{article.revision_id}:0"]
    assert (await opened.archive.articles.get(article.id)) == article


async def test_an_article_restored_before_the_indexer_came_by_keeps_its_vectors(
    opened: Opened,
) -> None:
    article = await added(opened)
    await opened.archive.articles.remove(article.id)
    assert await opened.archive.articles.restore(article.id, NOW)
    await opened.indexer.work()
    assert await by_meaning(opened) == [f"{article.revision_id}:0"]


async def test_what_was_not_removed_or_long_ago_is_not_restored(opened: Opened) -> None:
    article = await added(opened)
    assert not await opened.archive.articles.restore(article.id, NOW)
    assert not await opened.archive.articles.restore(999, NOW)
    await opened.archive.articles.remove(article.id)
    assert not await opened.archive.articles.restore(article.id, TOMORROW)


async def test_an_article_added_again_since_is_not_restored_beside_itself(opened: Opened) -> None:
    article = await added(opened)
    await opened.archive.articles.remove(article.id)
    again = await added(opened)
    with pytest.raises(ArchiveError, match="added again"):
        await opened.archive.articles.restore(article.id, NOW)
    assert await by_words(opened) == [f"{again.revision_id}:0"]


async def test_after_a_day_nothing_of_a_removed_article_is_left_in_sql(opened: Opened) -> None:
    article = await added(opened)
    await opened.store(draft("Sudzha is lost.", url=URL))
    await opened.archive.articles.remove(article.id)
    assert await purge(opened.database, NOW) == 0
    assert await purge(opened.database, TOMORROW) == 1
    assert await purge(opened.database, TOMORROW) == 0
    async with opened.database.read() as connection:
        texts = (await connection.execute(select(tables.revision.c.text))).scalars().all()
        rows = (await connection.execute(select(tables.article.c.url))).scalars().all()
        passages = (await connection.execute(select(tables.passage.c.id))).scalars().all()
    assert texts == ["", ""]
    assert rows == [None]
    assert passages == []


async def test_ids_of_what_was_wiped_are_never_given_to_another_article(opened: Opened) -> None:
    article = await added(opened)
    await opened.archive.articles.remove(article.id)
    await purge(opened.database, TOMORROW)
    other = await added(opened)
    assert other.id > article.id
    assert other.revision_id > article.revision_id


async def test_the_button_of_an_old_answer_does_not_open_a_removed_article(opened: Opened) -> None:
    article = await added(opened)
    answer = Answer("Who?", Mode.QUOTE, (Claim("Held.", (1,)),), (cited(1, article),))
    answer_id = await opened.archive.answers.keep("chat", answer)
    assert (await opened.archive.answers.cited_text("chat", answer_id, 1)).corrected is None
    await opened.archive.articles.remove(article.id)
    with pytest.raises(ArchiveError, match="removed"):
        await opened.archive.answers.cited_text("chat", answer_id, 1)


async def test_a_kept_briefing_says_nothing_of_a_removed_article_and_all_once_it_is_back(
    opened: Opened,
) -> None:
    gone = await added(opened)
    kept = await added(opened, "Rain fell.", "https://a.example/2")
    story = Story(
        id=1,
        status=StoryStatus.NEW,
        headline="Sudzha is held",
        claims=(
            Claim.saying(UserMessage("{quote}", quote="Sudzha is held."), (1,)),
            Claim("Rain fell.", (1, 2), was=UserMessage("was dry")),
        ),
        outlets=("Meridian Wire",),
        why=(UserMessage("new to you"),),
    )
    briefing = Briefing(
        window=BriefingWindow(NOW - timedelta(days=1), NOW),
        as_of=None,
        mode=Mode.QUOTE,
        articles=2,
        outlets=1,
        stories=(story,),
        citations=(cited(1, gone), cited(2, kept)),
    )
    briefing_id = await opened.archive.briefings.keep(briefing)
    await opened.archive.briefings.tell("reader", briefing_id, NOW, NOW)
    await opened.archive.articles.remove(gone.id)
    seen = await opened.archive.briefings.get("reader", briefing_id)
    assert [claim.text for claim in seen.stories[0].claims] == [STRUCK, "Rain fell."]
    assert seen.stories[0].claims[0].message is None
    assert seen.stories[0].claims[1].was is None
    assert [one.quote for one in seen.citations] == [STRUCK, "Sudzha is held."]
    await opened.archive.articles.restore(gone.id, NOW)
    assert await opened.archive.briefings.get("reader", briefing_id) == briefing
    await opened.archive.articles.remove(gone.id)
    await purge(opened.database, TOMORROW)
    async with opened.database.read() as connection:
        [content] = (await connection.execute(select(tables.briefing.c.content))).scalars()
    assert content["stories"][0]["claims"][0]["text"] == STRUCK
    assert content["stories"][0]["claims"][0]["message"] is None


async def test_a_briefing_that_was_kept_before_messages_were_values_is_read(
    opened: Opened,
) -> None:
    article = await added(opened)
    claim = Claim("Sudzha is held.", (1,), was=UserMessage("was 800 on 3 Nov 2024"))
    why = UserMessage("a single source, new to you")
    briefing = Briefing(
        window=BriefingWindow(NOW - timedelta(days=1), NOW),
        as_of=None,
        mode=Mode.QUOTE,
        articles=1,
        outlets=1,
        stories=(Story(1, StoryStatus.NEW, "Sudzha", (claim,), ("Meridian Wire",), (why,)),),
        citations=(cited(1, article),),
        notices=(UserMessage("The chat model's server failed. Some stories are quoted instead."),),
    )
    briefing_id = await opened.archive.briefings.keep(briefing)
    await opened.archive.briefings.tell("reader", briefing_id, NOW, NOW)
    async with opened.database.write() as connection:
        [content] = (await connection.execute(select(tables.briefing.c.content))).scalars()
        content["notice"] = content.pop("notices")[0]
        [story] = content["stories"]
        story["why"] = story["why"][0]
        del story["claims"][0]["message"]
        assert {type(one) for one in (content["notice"], story["why"])} == {str}
        await connection.execute(update(tables.briefing).values(content=content))
    assert await opened.archive.briefings.get("reader", briefing_id) == briefing
    [kept] = await opened.archive.briefings.given("reader", NOW)
    assert kept.briefing == briefing
    async with opened.database.write() as connection:
        del content["notice"]
        await connection.execute(update(tables.briefing).values(content=content))
    assert (await opened.archive.briefings.get("reader", briefing_id)).notices == ()


async def test_the_history_says_which_sentences_went_and_came(opened: Opened) -> None:
    article = await added(opened)
    await opened.store(draft("Sudzha is held. The town has 6,000 people. More soon.", url=URL))
    first, second = await opened.archive.catalogue.history(article.id)
    assert first.changes == ()
    [change] = second.changes or ()
    assert change.gone == ("The town has 5,000 people.",)
    assert change.new == ("The town has 6,000 people.", "More soon.")


async def test_a_removed_article_has_no_history_to_read(opened: Opened) -> None:
    article = await added(opened)
    await opened.archive.articles.remove(article.id)
    with pytest.raises(ArchiveError, match="no article"):
        await opened.archive.catalogue.history(article.id)


SENTENCES = st.lists(st.sampled_from(["A.", "B.", "C.", "D."]), max_size=8)


@given(SENTENCES, SENTENCES)
def test_changes_account_for_every_sentence_that_went_or_came(
    old: list[str], new: list[str]
) -> None:
    found = changes(old, new)
    gone = sum(len(one.gone) for one in found)
    came = sum(len(one.new) for one in found)
    assert len(old) - gone == len(new) - came
    assert (found == ()) == (old == new)


def test_of_thousands_of_sentences_what_changed_is_found() -> None:
    old = [f"Sentence {n}." for n in range(5_000)]
    new = [one if n % 100 else f"New {n}." for n, one in enumerate(old)]
    found = changes(old, new)
    assert [(one.gone, one.new) for one in found] == [
        ((old[n],), (new[n],)) for n in range(0, 5_000, 100)
    ]
    assert len(changes(["A."] * 5_000, ["B."] * 5_000)) == 1


async def test_old_revisions_are_listed_and_the_newest_compared(opened: Opened) -> None:
    for n in range(MOST_COMPARED + 3):
        await opened.store(draft(f"The town has {n} people.", url=URL))
    [article] = (await opened.archive.articles.current([MOST_COMPARED + 3])).values()
    notes = await opened.archive.catalogue.history(article.id)
    assert [one.number for one in notes] == list(range(1, MOST_COMPARED + 4))
    assert [one.changes is None for one in notes[1:4]] == [True, True, False]
    assert all(one.changes for one in notes[3:])
