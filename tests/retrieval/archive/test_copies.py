"""Near copies are found when articles are stored, and updated when those change or are removed."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text, update

from retrieval.models import Added, Duplicate, Revised
from retrieval.storage import near_duplicates, tables
from retrieval.storage.database import Database
from retrieval.storage.near_duplicates import compare_waiting, uncompared
from retrieval.storage.purge import purge
from retrieval.text.near_duplicates import band_numbers, text_print
from tests.support.archives import Opened, draft

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import pytest
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import ArticleDraft

WIRE = (
    "A missile struck a market in the centre of Sudzha on Tuesday, killing nine people, the "
    "governor said. Rescue workers dug through the rubble into the night. It was the third strike "
    "on the town in a week, and residents were told to stay in cellars until the morning."
)
TITLE = "Missile kills nine at Sudzha market"
NOW = datetime.now(UTC)


def printed(outlet: str, text: str = WIRE, title: str = TITLE) -> ArticleDraft:
    return draft(text, title, outlet, f"https://{outlet.lower()}.example/1")


def cut_by(outlet: str) -> ArticleDraft:
    """The wire's words as another outlet prints them."""
    return printed(
        outlet, f"SUDZHA (Wire) - {WIRE} More of this by {outlet}.", f"{TITLE}: {outlet}"
    )


async def copy_of(opened: Opened, article_id: int) -> int | None:
    first = (await opened.archive.articles.kin(article_id)).first
    return first.id if first else None


async def bands(opened: Opened) -> dict[int, int]:
    query = select(tables.copy_band.c.article_id, func.count()).group_by(
        tables.copy_band.c.article_id
    )
    async with opened.database.read() as connection:
        return {row[0]: row[1] for row in (await connection.execute(query)).all()}


async def three(opened: Opened) -> list[int]:
    """Alpha's article and two copies of it."""
    stored = [
        await opened.store(one) for one in (printed("Alpha"), cut_by("Beta"), cut_by("Gamma"))
    ]
    return [one.article.id for one in stored]


async def test_a_near_copy_is_an_article_of_its_own_and_a_copy_of_the_first(
    opened: Opened,
) -> None:
    first = await opened.store(printed("Alpha"))
    second = await opened.store(cut_by("Beta"))
    third = await opened.store(cut_by("Gamma"))
    assert isinstance(first, Added)
    assert first.copy_of is None
    assert isinstance(second, Added)
    assert isinstance(third, Added)
    assert second.copy_of == third.copy_of == first.article
    assert second.article.outlet == "Beta"
    kin = await opened.archive.articles.kin(first.article.id)
    assert [one.outlet for one in kin.copies] == ["Beta", "Gamma"]
    families = await opened.archive.articles.families([third.article.id])
    assert {one.first for one in families.values()} == {first.article.id}
    assert sorted(families) == sorted(families[first.article.id].members)


async def test_the_very_same_text_of_another_outlet_is_its_copy_and_of_the_same_a_duplicate(
    opened: Opened,
) -> None:
    first = await opened.store(printed("Alpha"))
    second = await opened.store(printed("Beta"))
    again = await opened.store(draft(WIRE, TITLE, "ALPHA", "https://m.alpha.example/other"))
    assert isinstance(second, Added)
    assert second.copy_of == first.article
    assert again == Duplicate(first.article)


def standing_at(outlet: str, url: str, text: str = WIRE, title: str = TITLE) -> ArticleDraft:
    return draft(text, title, outlet, url)


async def test_the_outlets_own_article_leads_though_a_copy_on_free_hosting_came_first(
    opened: Opened,
) -> None:
    near = f"SUDZHA (Wire) - {WIRE} More of this."
    thief = await opened.store(
        standing_at("thief.blogspot.com", "https://thief.blogspot.com/1", near, f"{TITLE}!")
    )
    other = await opened.store(standing_at("a.substack.com", "https://a.substack.com/1"))
    assert isinstance(other, Added)
    assert other.copy_of == thief.article
    own = await opened.store(printed("Alpha"))
    assert isinstance(own, Added)
    assert own.copy_of is None
    kin = await opened.archive.articles.kin(own.article.id)
    assert [one.outlet for one in kin.copies] == ["thief.blogspot.com", "a.substack.com"]
    assert list(await bands(opened)) == [own.article.id]
    # and when it goes, and comes back
    await opened.archive.articles.remove(own.article.id)
    assert await copy_of(opened, other.article.id) == thief.article.id
    await opened.archive.articles.restore(own.article.id, NOW)
    assert await copy_of(opened, thief.article.id) == own.article.id


async def test_a_copy_under_a_claimed_name_gives_the_lead_to_who_has_that_name(
    opened: Opened,
) -> None:
    claimed = await opened.store(standing_at("Alpha", "https://other.example/1", f"{WIRE} So."))
    own = await opened.store(printed("Alpha"))
    assert await copy_of(opened, claimed.article.id) == own.article.id


async def test_the_same_article_under_a_strangers_address_gets_its_outlets_own(
    opened: Opened,
) -> None:
    claimed = await opened.store(standing_at("Alpha", "https://other.example/1"))
    again = await opened.store(printed("Alpha"))
    assert isinstance(again, Duplicate)
    assert again.article.id == claimed.article.id
    assert again.article.url == "https://alpha.example/1"
    # and never the other way round
    third = await opened.store(standing_at("Alpha", "https://third.example/1"))
    assert isinstance(third, Duplicate)
    assert third.article.url == "https://alpha.example/1"


async def test_between_two_of_their_own_the_first_that_came_leads(opened: Opened) -> None:
    first = await opened.store(printed("Alpha"))
    await opened.store(printed("Beta"))
    assert await copy_of(opened, first.article.id) is None


async def test_a_short_text_is_a_copy_only_of_the_very_same(opened: Opened) -> None:
    await opened.store(printed("Alpha", "Sudzha is held.", "Sudzha"))
    nearly = await opened.store(printed("Beta", "Sudzha is held now.", "Sudzha"))
    same = await opened.store(printed("Gamma", "Sudzha is held.", "Sudzha"))
    assert isinstance(nearly, Added)
    assert isinstance(same, Added)
    assert nearly.copy_of is None
    assert same.copy_of is not None


async def test_with_another_figure_or_behind_the_same_wall_it_is_no_copy(opened: Opened) -> None:
    await opened.store(printed("Alpha"))
    update_of_it = await opened.store(printed("Beta", WIRE.replace("nine", "eleven")))
    assert isinstance(update_of_it, Added)
    assert update_of_it.copy_of is None
    wall = "We value your privacy. " + " ".join(f"Partner {n} may store data." for n in "abcdefgh")
    await opened.store(printed("Alpha2", wall, "Truss resigns as prime minister"))
    behind = await opened.store(printed("Beta2", wall, "Storm hits Cuba"))
    assert isinstance(behind, Added)
    assert behind.copy_of is None


async def test_when_the_first_is_removed_the_next_copy_is_the_first(opened: Opened) -> None:
    alpha, beta, gamma = await three(opened)
    assert list(await bands(opened)) == [alpha]
    await opened.archive.articles.remove(alpha)
    assert (await copy_of(opened, beta), await copy_of(opened, gamma)) == (None, beta)
    assert list(await bands(opened)) == [beta]
    later = await opened.store(cut_by("Delta"))
    assert isinstance(later, Added)
    assert later.copy_of is not None
    assert later.copy_of.id == beta


async def test_when_the_first_is_brought_back_it_is_the_first_again(opened: Opened) -> None:
    alpha, beta, gamma = await three(opened)
    await opened.archive.articles.remove(alpha)
    assert await opened.archive.articles.restore(alpha, NOW)
    assert (await copy_of(opened, beta), await copy_of(opened, gamma)) == (alpha, alpha)
    assert list(await bands(opened)) == [alpha]


async def test_a_removed_copy_is_nobodys_and_its_undo_makes_it_a_copy_again(
    opened: Opened,
) -> None:
    alpha, beta, gamma = await three(opened)
    await opened.archive.articles.remove(beta)
    assert [one.id for one in (await opened.archive.articles.kin(alpha)).copies] == [gamma]
    assert beta not in await opened.archive.articles.families([alpha, gamma])
    await opened.archive.articles.restore(beta, NOW)
    assert await copy_of(opened, beta) == alpha


async def test_a_revised_text_is_compared_anew(opened: Opened) -> None:
    alpha, beta, gamma = await three(opened)
    other = "Beta has its own story now. " + " ".join(f"Line {n} is new." for n in "abcdefghijklm")
    revised = await opened.store(printed("Beta", other, "Beta's own story"))
    assert isinstance(revised, Revised)
    assert revised.copy_of is None
    assert await copy_of(opened, beta) is None
    assert set(await bands(opened)) == {alpha, beta}
    back = await opened.store(cut_by("Beta"))
    assert isinstance(back, Duplicate)  # an old version, not dated newer
    again = await opened.store(printed("Beta", f"{WIRE} Read on at Beta.", TITLE))
    assert isinstance(again, Revised)
    assert again.copy_of is not None
    assert again.copy_of.id == alpha
    # the first itself says something else: its copies choose another first
    await opened.store(printed("Alpha", other.replace("Beta", "Alpha"), "Alpha's own story"))
    assert (await copy_of(opened, beta), await copy_of(opened, gamma)) == (None, beta)
    assert set(await bands(opened)) == {alpha, beta}


async def test_what_was_wiped_leaves_no_bands_and_no_copies(opened: Opened) -> None:
    ids = await three(opened)
    for one in ids:
        await opened.archive.articles.remove(one)
    assert await bands(opened) == {}
    await purge(opened.database, datetime(2100, 1, 1, tzinfo=UTC))
    async with opened.database.read() as connection:
        rows = (await connection.execute(select(tables.article.c.copy_of))).scalars().all()
    assert rows == [None, None, None]


async def test_the_same_thing_added_at_once_under_many_addresses_is_one_article(
    opened: Opened,
) -> None:
    drafts = [draft(WIRE, TITLE, "Alpha", f"https://alpha.example/{n}") for n in range(6)]
    results = await asyncio.gather(*(opened.store(one) for one in drafts))
    assert sum(isinstance(one, Added) for one in results) == 1
    assert (await opened.archive.catalogue.summary()).articles == 1


async def test_copies_stored_at_once_are_one_family(opened: Opened) -> None:
    outlets = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta"]
    stored = await asyncio.gather(*(opened.store(cut_by(one)) for one in outlets))
    families = await opened.archive.articles.families(one.article.id for one in stored)
    assert len({one.first for one in families.values()}) == 1
    assert len(families) == 6


async def test_a_removal_beside_a_copy_being_stored_leaves_no_orphan(opened: Opened) -> None:
    for n in range(4):
        first = await opened.store(cut_by(f"Alpha{n}"))
        _, stored = await asyncio.gather(
            opened.archive.articles.remove(first.article.id), opened.store(cut_by(f"Beta{n}"))
        )
        found = await copy_of(opened, stored.article.id)
        assert found != first.article.id


async def test_what_an_older_program_stored_is_compared_later(opened: Opened) -> None:
    alpha, beta, gamma = await three(opened)
    async with opened.database.write() as connection:
        await connection.execute(
            update(tables.article).values(copy_of=None, compared_revision_id=None)
        )
        await connection.execute(text("DELETE FROM copy_band"))
    newer = await opened.store(cut_by("Delta"))  # before the old ones were looked at
    while await compare_waiting(opened.database):
        pass
    for one in (beta, gamma, newer.article.id):
        assert await copy_of(opened, one) == alpha
    assert list(await bands(opened)) == [alpha]
    async with opened.database.read() as connection:
        waiting = select(func.count()).select_from(tables.article).where(uncompared())
        assert (await connection.execute(waiting)).scalar() == 0


async def test_between_two_comparisons_others_write_and_the_time_taken_is_told(
    opened: Opened,
) -> None:
    await three(opened)
    async with opened.database.write() as connection:
        await connection.execute(update(tables.article).values(compared_revision_id=None))
    rests: list[float] = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)
        await opened.store(draft(f"Another report, the {len(rests)}th.", "Another", "Omega"))

    assert await compare_waiting(opened.database, rest) == 3
    assert len(rests) == 3
    assert min(rests) > 0


async def test_no_text_is_read_while_other_writers_wait(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes time is worked out before the transaction, for whatever is stored or goes."""
    writing, read_within = 0, list[str]()
    write = opened.database.write

    @asynccontextmanager
    async def watched() -> AsyncIterator[AsyncConnection]:
        nonlocal writing
        async with write() as connection:
            writing += 1
            try:
                yield connection
            finally:
                writing -= 1

    def told(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def work(*given: Any) -> Any:
            if writing:
                read_within.append(name)
            return step(*given)

        return work

    monkeypatch.setattr(Database, "write", lambda _: watched())
    monkeypatch.setattr(near_duplicates, "text_print", told("print", text_print))
    monkeypatch.setattr(near_duplicates, "band_numbers", told("bands", band_numbers))
    first, second, _ = await three(opened)
    assert await copy_of(opened, second) == first
    await opened.store(printed("Alpha", f"{WIRE} A tenth died on Wednesday."))
    await opened.archive.articles.remove(second)
    await opened.archive.articles.restore(second, datetime.now(UTC))
    await opened.archive.articles.remove(first)
    assert read_within == []


async def test_numbers_of_thousands_of_digits_and_pages_of_numbers_are_stored(
    opened: Opened,
) -> None:
    long = f"{WIRE} The sum is {'9' * 5_000}, or {'1' * 4_301} at most."
    first = await opened.store(printed("Alpha", long))
    second = await opened.store(printed("Beta", f"{long} More by Beta.", f"{TITLE}: Beta"))
    assert await copy_of(opened, second.article.id) == first.article.id
    numbers = "Numbers: " + " ".join(str(n) for n in range(3_000))
    one = await opened.store(printed("Gamma", numbers, "Numbers"))
    other = await opened.store(printed("Delta", f"{numbers} 3000", "Numbers"))
    assert await copy_of(opened, other.article.id) == one.article.id


async def test_of_a_large_family_some_are_decided_at_once_and_the_rest_soon(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [(await opened.store(cut_by(name))).article.id for name in ("A", "B", "C", "D", "E")]
    monkeypatch.setattr(near_duplicates, "_ANEW_CHARS", 700)
    await opened.archive.articles.remove(ids[0])
    while await compare_waiting(opened.database):
        pass
    assert [await copy_of(opened, one) for one in ids[2:]] == [ids[1]] * 3
