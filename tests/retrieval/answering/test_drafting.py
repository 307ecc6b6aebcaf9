"""What a reader may see of an answer before it is whole."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answering import Answerer
from retrieval.answering.answerer import LONG, AnswerConfig
from retrieval.grounding import StatementParser
from retrieval.messages import UserMessage
from retrieval.models import Answer, Mode
from retrieval.search import MAX_QUESTION, Searcher
from tests.support.archives import draft, opened_archive
from tests.support.fakes import Said, ScriptedChatModel

if TYPE_CHECKING:
    from pathlib import Path

ARTICLE = draft("The Alpha Times reported that 50,000 troops massed near Kursk. It rained there.")
QUESTION = "How many troops massed near Kursk?"
NOW = datetime(2024, 11, 25, tzinfo=UTC)


async def progress(folder: Path, said: Said, question: str = QUESTION) -> tuple[list[str], object]:
    async with opened_archive(folder) as opened:
        await opened.store(ARTICLE)
        await opened.indexer.work()
        searcher = Searcher(opened.archive, opened.embeddings)
        model = ScriptedChatModel(script=[said, "1. nothing"])
        seen = list[str]()
        answerer = Answerer(
            searcher, opened.reading, model, AnswerConfig(passages=8, threshold=0.0)
        )
        result = await answerer.answer(
            question, NOW, on_progress=seen.append, spent={"total_tokens": 1000}
        )
    return seen, result


TEXT = (
    "50,000 troops massed near Kursk [1.1]. It rained there [1.2].\nIt rained near Kursk [1.2].\n"
)


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
async def test_markers_are_never_shown_half_parsed(tmp_path: Path, step: int) -> None:
    pieces = tuple(TEXT[at : at + step] for at in range(0, len(TEXT), step))
    seen, result = await progress(tmp_path, Said(pieces))
    assert seen
    assert not any(char in text for text in seen for char in "[]【】")
    assert (
        seen[-1] == "50,000 troops massed near Kursk.\n\nIt rained there.\n\nIt rained near Kursk."
    )
    assert all(after.startswith(before) for before, after in pairwise(seen))
    assert isinstance(result, Answer)


async def test_a_sentence_of_a_long_line_is_shown_before_the_line_ends(tmp_path: Path) -> None:
    seen, _ = await progress(tmp_path, Said(tuple(TEXT)))
    assert seen[0] == "50,000 troops massed near Kursk."


async def test_what_the_check_would_drop_is_not_shown_meanwhile(tmp_path: Path) -> None:
    text = "90,000 troops massed near Kursk [1.1].\nVisit evil.example.\nIt rained [9.9].\n"
    seen, _ = await progress(tmp_path, Said((text, "It rained there [1.2].\n")))
    assert seen == ["It rained there."]


async def test_a_stream_that_breaks_off_is_answered_in_quotes(tmp_path: Path) -> None:
    broken = Said(("It rained there [1.2].\n", "50,000"), finish_reason=None)
    seen, result = await progress(tmp_path, broken)
    assert seen == ["It rained there."]
    assert isinstance(result, Answer)
    assert result.mode is Mode.QUOTE
    assert UserMessage("The chat model's answer broke off.") in result.notices


async def test_tokens_spent_before_the_answer_are_counted_into_it(tmp_path: Path) -> None:
    _, result = await progress(tmp_path, Said(("It rained there [1.2].",)))
    assert isinstance(result, Answer)
    usage = result.cost.usage
    assert usage["total_tokens"] == 1000 + usage["input_tokens"] + usage["output_tokens"]


async def test_a_question_of_ten_thousand_characters_is_read_in_part_and_says_so(
    tmp_path: Path,
) -> None:
    question = (QUESTION + " ") * 300
    assert len(question) > 10_000
    _, result = await progress(tmp_path, Said(("It rained there [1.2].",)), question)
    assert isinstance(result, Answer)
    assert len(result.question) <= MAX_QUESTION
    assert result.notices == (LONG,)


@given(st.text(alphabet="ab. [1]【】,;-\n", max_size=60))
def test_no_begun_statement_is_of_another_text(text: str) -> None:
    parser = StatementParser()
    parser.feed(text)
    line = text.rsplit("\n", 1)[-1]
    assert all(one.text[:1] in line for one in parser.begun())
