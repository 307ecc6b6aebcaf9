"""Whatever the question, a search finds something or nothing, and never fails."""

from __future__ import annotations

from string import ascii_lowercase
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from retrieval.search import Searcher
from tests.support.archives import Opened, draft, opened_archive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# What FTS5's and tsquery's languages are made of, with what upsets programs in general.
SYNTAX = (
    *('"', "'", "''", '""', "(", ")", "*", "^", "+", "-", ":", ";", "--", "|", "&", "!", "<->"),
    *("AND", "OR", "NOT", "NEAR(", "NEAR", "title:", "body :", "{title body}:", ":*", "\\", "%"),
    *(
        "rowid",
        "passage_fts",
        "DROP TABLE passage",
        "$1",
        "?",
        ":query",
        "\x00",
        "\ud800",
        "\udfff",
    ),
    *(
        "\u202e",
        "\u200b",
        "\ufeff",
        "é",
        "ß",
        "ı",
        "İ",
        "ʼ",
        "ǅ",
        "１２",
        "٣٤",
        "²",
        "½",
        "1,2,3.4",
    ),
    *("sudzha", "Суджа", "держать", "the", "2,500 tanks", "“not one inch”", "🙂", "\n", "\t"),
)
questions = st.one_of(
    st.text(st.characters(), max_size=200),
    st.lists(st.sampled_from(SYNTAX), max_size=40).map(" ".join),
    st.lists(st.sampled_from(SYNTAX), max_size=40).map("".join),
)


TEXTS = ("Sudzha is held.", "They lost 2,500 tanks.", "AND OR NOT")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def opened(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Opened]:
    """An archive that the tests only read."""
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    async with opened_archive(tmp_path_factory.mktemp("questions"), sql_url=url) as opened:
        for number, text in enumerate(TEXTS):
            await opened.store(draft(text, url=f"https://a.example/{number}"))
        await opened.indexer.work()
        yield opened


async def assert_searchable(opened: Opened, question: str) -> None:
    found = await Searcher(opened.archive, opened.embeddings).search(question)
    assert isinstance(found, list)
    assert len(found) <= 3
    # the words go to the full text as they are, too, whatever the planner makes of them
    assert isinstance(await opened.archive.keywords.search([question, *question.split()], 5), list)


async def test_no_question_is_a_query(opened: Opened) -> None:
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        database=None,
    )
    @given(questions)
    @example('sudzha" OR "a')
    @example("ʼ ʼ")
    @example("'; DROP TABLE passage; --")
    @example("NEAR(sudzha held, 3)")
    def collect(question: str) -> None:
        asked.append(question)

    asked: list[str] = []
    collect()
    for question in asked:
        await assert_searchable(opened, question)
    [hit, *_] = await Searcher(opened.archive, opened.embeddings).search("Who holds Sudzha?")
    assert hit.passage.text == "Sudzha is held."


@pytest.mark.parametrize(
    "question",
    [
        "",
        " \n\t ",
        "\x00",
        "\ud800",
        "\udfff sudzha \x00",
        "?!…",
        "what is the and of",
        "the " * 5_000,
        " ".join(f"word{number}" for number in range(5_000)),
        " ".join(one + other for one in ascii_lowercase for other in ascii_lowercase),
        "sudzha " * 5_000,
        "“" + "a b " * 5_000 + "”",
        "a" * 100_000,
        "1," * 5_000,
        "(" * 5_000,
    ],
    ids=lambda question: repr(question[:16]),
)
async def test_empty_and_endless_questions_are_searched_like_others(
    opened: Opened, question: str
) -> None:
    found = await Searcher(opened.archive, opened.embeddings).search(question)
    texts = [hit.passage.text for hit in found]
    assert set(texts) <= set(TEXTS)
    assert len(texts) == len(set(texts))
    assert ("sudzha" not in question) or texts[0] == "Sudzha is held."


async def test_words_that_are_operators_are_found_as_words(opened: Opened) -> None:
    [(name, _)] = await opened.archive.keywords.search(["NOT one", "AND 2,500 tanks"], 5)
    assert (await opened.archive.articles.passages([name]))[name].text == "They lost 2,500 tanks."
