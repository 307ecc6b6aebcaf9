"""Typing errors are corrected to words in the archive; known words stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from retrieval.search import Searcher
from retrieval.search.spelling import acronyms_in, best_written, slip
from tests.support.archives import draft, opened_archive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.postgres import Postgres

TEXTS = (
    "The opponent of Alma Gorbacheva lost. Two missiles hit the airfield of Sund.",
    "Classified documents were found in the search of August.",
    "Floods in Ostrov left 400 without homes. The flow of the river is high. Marine units helped.",
    "The chaser left the python.",
    "Місто Острів тримає оборону. Тисяча квадратних кілометрів під водою. Росії це не стосується.",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgres"])
async def searcher(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Searcher]:
    """On an archive that the tests only read."""
    url: str | None = None
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database(migrated=False)
    async with opened_archive(tmp_path_factory.mktemp("spelling"), sql_url=url) as opened:
        for number, text in enumerate(TEXTS):
            await opened.store(draft(text, f"Story {number}", url=f"https://a.example/{number}"))
        yield Searcher(opened.archive, opened.embeddings)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("how meny misiles hit the airfeild", "how many missiles hit the airfield"),
        ("who was the oponent of gorbachova", "who was the opponent of Gorbacheva"),
        ("clasified dokuments in the agust serch", "classified documents in the August search"),
        ("flods in ostrv", "floods in Ostrov"),
        ("wich town", "which town"),
        ("the opopnent of alma", "the opponent of alma"),
        ("what did the chasre say", "what did the chaser say"),
        ("how old was the phyton", "how old was the python"),
        ("скільки квадртних кілометрів", "скільки квадратних кілометрів"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_typing_error_is_corrected(searcher: Searcher, typed: str, meant: str) -> None:
    assert await searcher.correct(typed) == meant


@pytest.mark.parametrize(
    "question",
    [
        "How many missiles hit the airfield?",
        "Who is Sanna Marin?",
        "Did Alba win?",
        "latest on monkeypox",
        "How many thanks did they get?",
        "Wann wurde der Vertrag unterschrieben?",
        "Чим відповіла росія?",
        "Кто такой Радакин?",
        "How much is 4OO?",
        "",
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_word_that_is_one_or_is_near_nothing_stays(
    searcher: Searcher, question: str
) -> None:
    assert await searcher.correct(question) == question


async def test_an_acronym_that_the_archive_lacks_is_written_out(tmp_path: Path) -> None:
    async with opened_archive(tmp_path) as opened:
        text = "The head of the International Atomic Energy Agency, Rafa Orlov, came to Wend."
        await opened.store(draft(text, url="https://a.example/1"))
        searcher = Searcher(opened.archive, opened.embeddings)
        assert await searcher.correct("Who runs the IAEA?") == (
            "Who runs the International Atomic Energy Agency?"
        )
        assert await searcher.correct("who runs the iaea") == (
            "who runs the International Atomic Energy Agency"
        )
        assert await searcher.correct("Who runs the IMF?") == "Who runs the IMF?"
        await opened.store(draft("The IAEA has 170 members.", url="https://a.example/2"))
        assert await searcher.correct("Who runs the IAEA?") == "Who runs the IAEA?"


def test_a_question_word_is_no_acronym() -> None:
    assert not acronyms_in("who came")
    assert not acronyms_in("Who came?")
    assert not acronyms_in("WHO CAME?")
    assert not acronyms_in("how many sec did he need")
    assert list(acronyms_in("What is the IAEA's view?").values()) == (
        ["International Atomic Energy Agency"]
    )


@pytest.mark.parametrize("error", ["earhtquake", "eartquake"])
async def test_an_error_is_corrected_though_the_archive_has_it_too(
    tmp_path: Path, error: str
) -> None:
    async with opened_archive(tmp_path) as opened:
        for number in range(8):
            text = f"An earthquake shook the town of Ostrov on day {number}."
            await opened.store(draft(text, f"Quake {number}", url=f"https://a.example/{number}"))
        await opened.store(draft(f"The {error} was felt in Sund.", url="https://b.example/1"))
        searcher = Searcher(opened.archive, opened.embeddings)
        asked = f"how strong was the {error}"
        assert await searcher.correct(asked) == "how strong was the earthquake"


async def test_a_rare_word_of_the_archive_is_no_error_for_a_frequent_one(tmp_path: Path) -> None:
    async with opened_archive(tmp_path) as opened:
        for number in range(9):
            text = f"The selling of wildlife to Airbus went on, day {number}."
            await opened.store(draft(text, f"Market {number}", url=f"https://a.example/{number}"))
        rare = "The shelling of the airbase began a wildfire."
        await opened.store(draft(rare, "Attack", url="https://b.example/1"))
        searcher = Searcher(opened.archive, opened.embeddings)
        for question in (
            "who was hit by shelling",
            "what of the airbase",
            "where did the wildfire start",
        ):
            assert await searcher.correct(question) == question


async def test_an_acronym_is_not_written_out_where_its_words_stand_apart(tmp_path: Path) -> None:
    async with opened_archive(tmp_path) as opened:
        text = "A criminal came to court after an international match."
        await opened.store(draft(text, url="https://a.example/1"))
        searcher = Searcher(opened.archive, opened.embeddings)
        assert await searcher.correct("What did the ICC decide?") == "What did the ICC decide?"


async def test_a_rare_name_of_the_archive_stays(tmp_path: Path) -> None:
    async with opened_archive(tmp_path) as opened:
        for number in range(8):
            text = f"The minister of town {number} resigned."
            await opened.store(draft(text, f"Town {number}", url=f"https://a.example/{number}"))
        await opened.store(draft("The mayor met Ministor at home.", url="https://b.example/1"))
        searcher = Searcher(opened.archive, opened.embeddings)
        assert await searcher.correct("what did ministor say") == "what did ministor say"


async def test_what_came_to_the_archive_in_the_meantime_is_no_error(tmp_path: Path) -> None:
    async with opened_archive(tmp_path) as opened:
        await opened.store(draft("Floods in Ostrov.", url="https://a.example/1"))
        searcher = Searcher(opened.archive, opened.embeddings)
        assert await searcher.correct("ostrav") == "Ostrov"
        await opened.store(draft("A fair in Ostrav.", url="https://a.example/2"))
        assert await searcher.correct("ostrav") == "ostrav"


def test_a_short_question_word_is_known_by_its_usual_slips() -> None:
    assert (slip("wat"), slip("wich"), slip("money")) == ("what", "which", None)


def test_two_people_are_not_one() -> None:
    assert best_written("Sanna", ["Santa"]) is None
    assert best_written("flods", ["flow", "flows", "flood", "floods"]) == "floods"
