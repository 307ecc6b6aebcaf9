"""What a model may answer instead of statements with ids: clear behaviour each.

The real client over HTTP, a real archive, and what a reader is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.features.questions.views import render
from retrieval.answering import AnswerConfig, Answerer
from retrieval.llm import model_connection, open_chat_model
from retrieval.models import Answer, Mode, Unanswered
from retrieval.search import Searcher
from retrieval.settings import LibrarySettings
from tests.support.archives import Opened, draft, opened_archive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.openai_server import OpenAIServer

QUESTION = "How many troops were massed for the Kursk offensive?"
TEXT = "The Alpha Times reported that 50,000 troops massed for a Kursk offensive. It rained."
FIRST = "The Alpha Times reported that 50,000 troops massed for a Kursk offensive."


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    async with opened_archive(tmp_path) as opened:
        await opened.store(draft(TEXT, "Troops mass", "Alpha", "https://alpha.example/1"))
        await opened.indexer.work()
        yield opened


async def answered(opened: Opened, server: OpenAIServer, said: str) -> Answer | Unanswered:
    """What becomes of a model that says the same whenever it is asked."""
    server.reply_with(lambda _: said)
    settings = LibrarySettings.read(
        _env_file=None,
        openai_base_url=server.base_url,
        openai_api_key=server.api_key,
        chat_model="openai:fake-model",
    )
    async with model_connection(settings) as connection:
        model = open_chat_model(settings, connection)
        searcher = Searcher(opened.archive, opened.embeddings)
        rules = AnswerConfig(passages=8, threshold=0.0)
        return await Answerer(searcher, opened.reading, model, rules).answer(QUESTION)


@pytest.mark.parametrize("said", ["", " \n\n ", "…", "## \n---"])
async def test_a_model_that_says_nothing_is_replaced_by_quotes_and_the_reader_is_told(
    opened: Opened, server: OpenAIServer, said: str
) -> None:
    result = await answered(opened, server, said)
    assert isinstance(result, Answer)
    assert result.mode is Mode.QUOTE
    assert result.citations[0].quote == FIRST
    assert render(result).text.startswith("The chat model wrote nothing.")


@pytest.mark.parametrize("said", ["[1.1][1.2]", "* \n- \n[1.1]"])
async def test_of_a_model_that_writes_nothing_but_ids_the_reader_gets_their_sentences(
    opened: Opened, server: OpenAIServer, said: str
) -> None:
    result = await answered(opened, server, said)
    assert isinstance(result, Answer)
    assert result.mode is Mode.MODEL
    assert [one.citations for one in result.claims] == [
        (n,) for n in range(1, 1 + len(result.claims))
    ]


async def test_statements_with_wrong_ids_only_are_traced_by_code_or_not_shown(
    opened: Opened, server: OpenAIServer
) -> None:
    result = await answered(opened, server, f"{FIRST} [7.1]\nIt rained [1.99].\nIt snowed [0.0].")
    assert isinstance(result, Answer)
    assert (result.dropped.ids, result.dropped.claims) == (3, 1)
    assert [one.quote for one in result.citations] == [FIRST, "It rained."]
    assert "snowed" not in render(result).text


async def test_where_nothing_can_be_traced_there_are_quotations_and_it_is_said(
    opened: Opened, server: OpenAIServer
) -> None:
    result = await answered(opened, server, "Two giraffes danced [7.1]\nIt snowed [0.0].")
    assert isinstance(result, Answer)
    assert (result.dropped.ids, result.dropped.claims) == (2, 2)
    shown = render(result).text
    assert shown.startswith("I couldn't trace the answer to a source")
    assert "snowed" not in shown
    assert FIRST in shown


@pytest.mark.parametrize(
    "row",
    [
        "".join(f"[{n // 20 + 1}.{n % 20 + 1}]" for n in range(500)),
        f"[{', '.join(f'{n // 20 + 1}.{n % 20 + 1}' for n in range(500))}]",
        "[1.1-1.999, 2.1-2.999, 3.1-3.999]",
        "[1.1]" * 500,
    ],
)
async def test_of_500_ids_in_a_row_those_that_were_shown_are_footnotes_once(
    opened: Opened, server: OpenAIServer, row: str
) -> None:
    result = await answered(opened, server, f"{FIRST} {row}")
    assert isinstance(result, Answer)
    [claim] = result.claims
    assert FIRST in claim.text  # quoted, where so many ids are none
    quotes = [one.quote for one in result.citations]
    assert len(quotes) == len(set(quotes)) <= 2
    assert quotes[0] == FIRST
    assert "][" not in render(result).text.replace("[1][2]", "")


@pytest.mark.parametrize(
    "said",
    [
        f"<p><b>{FIRST}</b> [1.1]</p>",
        f'<a href="https://evil.example/">{FIRST}</a> [1.1]',
        f"{FIRST} [1.1](https://evil.example/)",
        f"<script>alert(1)</script> {FIRST} [1.1]",
        f"<tg-spoiler>{FIRST}</tg-spoiler> [1.1]",
        f"[{FIRST}](tg://user?id=1) [1.1]",
    ],
)
async def test_markup_of_a_model_never_becomes_markup_or_a_link_of_ours(
    opened: Opened, server: OpenAIServer, said: str
) -> None:
    result = await answered(opened, server, said)
    shown = render(result)
    links = [mark.url for mark in shown.marks if mark.url is not None]
    assert all(url.startswith("https://alpha.example/1") for url in links)
    kinds = {mark.kind for mark in shown.marks}
    assert kinds <= {"bold", "italic", "expandable_blockquote", "text_link"}
    if isinstance(result, Answer):
        assert {one.quote for one in result.citations} <= {FIRST, "It rained."}
