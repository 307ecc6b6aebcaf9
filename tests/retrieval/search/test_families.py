"""A text printed by several outlets is one source, and names them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.features.questions.views import cited_passage
from retrieval.answering import AnswerConfig, Answerer
from retrieval.index.chroma import Filter
from retrieval.models import Answer, Unanswered
from retrieval.search import Searcher
from tests.support.archives import Opened, draft, opened_archive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrieval.models import Hit

NOW = datetime(2024, 11, 13, tzinfo=UTC)
WIRE = (
    "A missile struck a market in the centre of Sudzha on Tuesday, killing nine people, the "
    "governor said. Rescue workers dug through the rubble into the night. It was the third strike "
    "on the town in a week, and residents were told to stay in cellars until the morning. The "
    "hospital of the town has no power, and its surgeons work by torchlight, one of them said."
)
QUESTION = "How many people did the missile at the Sudzha market kill?"


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    async with opened_archive(tmp_path) as opened:
        await add(opened, "Alpha", WIRE)
        await add(opened, "Beta", f"SUDZHA (Wire) - {WIRE}", "2024-11-13")
        await add(opened, "Gamma", WIRE.replace("killing nine people, ", ""))
        await add(opened, "Delta", "Potatoes cost more in Odesa. The harvest was poor this year.")
        await opened.indexer.work()
        yield opened


async def add(opened: Opened, outlet: str, text: str, day: str = "2024-11-12") -> int:
    title = f"Missile at Sudzha market, {outlet}" if "Sudzha" in text else "Potatoes cost more"
    one = draft(text, title, outlet, f"https://{outlet.lower()}.example/1", day)
    return (await opened.store(one)).article.id


def searcher(opened: Opened) -> Searcher:
    return Searcher(opened.archive, opened.embeddings)


def sudzha(hits: list[Hit]) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (hit.passage.article.outlet, hit.passage.article.also)
        for hit in hits
        if "Sudzha" in hit.passage.text
    ]


@pytest.mark.parametrize("independent", [True, False])
async def test_a_family_is_one_hit_of_the_first_that_names_the_others(
    opened: Opened, *, independent: bool
) -> None:
    hits = await searcher(opened).search(QUESTION, 8, NOW, independent=independent)
    assert sudzha(hits) == [("Alpha", ("Beta", "Gamma"))]
    assert len(hits) == 2


async def test_who_asks_for_an_outlet_gets_its_copy(opened: Opened) -> None:
    hits = await searcher(opened).search(f"According to Beta: {QUESTION}", 8, NOW)
    assert sudzha(hits) == [("Beta", ("Alpha", "Gamma"))]
    only = await searcher(opened).within(QUESTION, Filter(outlets=("Gamma",)), 8, NOW)
    assert sudzha(only) == [("Gamma", ("Alpha", "Beta"))]
    day = Filter(start=datetime(2024, 11, 13, tzinfo=UTC))
    late = await searcher(opened).within(QUESTION, day, 8, NOW)
    assert sudzha(late) == [("Beta", ("Alpha", "Gamma"))]


async def test_a_footnote_names_only_outlets_that_have_its_sentence(opened: Opened) -> None:
    answerer = Answerer(
        searcher(opened), opened.reading, None, AnswerConfig(passages=8, threshold=0.0)
    )
    answer = await answerer.answer(QUESTION, NOW)
    assert isinstance(answer, Answer)
    also = {
        one.quote: one.article.also for one in answer.citations if "Alpha" in one.article.outlet
    }
    assert next(names for quote, names in also.items() if "nine people" in quote) == ("Beta",)
    assert {one.article.outlet for one in answer.citations} <= {"Alpha", "Delta"}


async def test_the_page_of_a_footnote_names_who_prints_its_sentence_too(opened: Opened) -> None:
    answerer = Answerer(
        searcher(opened), opened.reading, None, AnswerConfig(passages=8, threshold=0.0)
    )
    answer = await answerer.answer(QUESTION, NOW)
    assert isinstance(answer, Answer)
    toll = next(one for one in answer.citations if "nine people" in one.quote)
    kept = await opened.archive.answers.keep("chat", answer)
    page = await opened.archive.answers.cited_text("chat", kept, toll.n)
    assert (page.article.outlet, page.article.also) == ("Alpha", ("Beta",))
    assert "Alpha, 12 Nov 2024, English; also Beta\n" in cited_passage(page).text


async def test_the_closest_articles_name_the_copies(opened: Opened) -> None:
    answerer = Answerer(
        searcher(opened), opened.reading, None, AnswerConfig(passages=8, threshold=1.1)
    )
    answer = await answerer.answer(QUESTION, NOW)
    assert isinstance(answer, Unanswered)
    assert answer.closest[0].also == ("Beta", "Gamma")
    assert [one.outlet for one in answer.closest] == ["Alpha"]


async def test_what_only_the_copy_says_is_its_own(opened: Opened) -> None:
    own = "Reporter Ann of Epsilon adds that the bakery next door burned down."
    await add(opened, "Epsilon", f"{WIRE}\n\n{own}")
    await opened.indexer.work()
    hits = await searcher(opened).search("Which bakery burned down?", 8, NOW)
    mine = next(one for one in hits if "bakery" in one.passage.text)
    assert mine.passage.article.outlet == "Epsilon"
    at = next(n for n in range(9) if "bakery" in mine.passage.sentence(n))
    assert mine.passage.also[at] == ()


async def test_questions_about_a_story_count_its_copies_once(opened: Opened) -> None:
    hits = await searcher(opened).among(QUESTION, [1, 2, 3], 8)
    assert sudzha(hits) == [("Alpha", ("Beta", "Gamma"))]


async def test_without_the_first_the_next_speaks(opened: Opened) -> None:
    await opened.archive.articles.remove(1)
    hits = await searcher(opened).search(QUESTION, 8, NOW)
    assert sudzha(hits) == [("Beta", ("Gamma",))]
