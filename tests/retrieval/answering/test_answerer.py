from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from retrieval.answering import AnswerConfig, Answerer
from retrieval.answering.answerer import NOT_FOUND, NOT_IN_ARCHIVE, NOT_TRACED
from retrieval.answering.intents import REPLIES, TalkKind
from retrieval.answering.overviews import EMPTY_ARCHIVE
from retrieval.answering.quoting import Reading
from retrieval.answering.writing import best_read
from retrieval.errors import ArchiveError
from retrieval.grounding.quotes import sentences_of
from retrieval.library import open_library
from retrieval.messages import sentences
from retrieval.models import Answer, Mode, Unanswered
from retrieval.search import Searcher
from retrieval.settings import LibrarySettings
from tests.support.archives import Opened, draft, opened_archive
from tests.support.fakes import Said, ScriptedChatModel
from tests.support.passages import hit, passage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from langchain_core.messages import BaseMessage

QUESTION = "How many troops were massed for the Kursk offensive, and who says so?"
NOW = datetime(2024, 11, 13, tzinfo=UTC)
ALPHA = "The Alpha Times reported that 50,000 troops massed for a Kursk offensive. It rained."
BETA = "Syrskyi said tens of thousands of troops were massed near Kursk. He spoke on Monday."


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    async with opened_archive(tmp_path) as opened:
        await opened.store(draft(ALPHA, "Troops mass", "Alpha", "https://alpha.example/1"))
        await opened.store(draft(BETA, "Warning", "Beta", "https://beta.example/1", "2024-11-11"))
        await opened.indexer.work()
        yield opened


def answerer(opened: Opened, *script: Any, threshold: float = 0.4) -> Answerer:
    searcher = Searcher(opened.archive, opened.embeddings)
    model = ScriptedChatModel(script=list(script)) if script else None
    return Answerer(searcher, opened.reading, model, AnswerConfig(passages=8, threshold=threshold))


def obedient(template: str) -> Any:
    """A model that finds the ids it was shown and writes them where {alpha} and {beta} stand."""

    def speak(messages: list[BaseMessage]) -> str:
        lines = messages[-1].text.splitlines()
        found = {
            name: next(line.split()[0] for line in lines if start in line)
            for name, start in (("alpha", "The Alpha Times"), ("beta", "Syrskyi said"))
        }
        return template.format(**found)

    return speak


async def ask(opened: Opened, speaker: Any) -> Answer | Unanswered:
    searcher = Searcher(opened.archive, opened.embeddings)
    model = ScriptedChatModel(speaker=speaker)
    return await Answerer(
        searcher, opened.reading, model, AnswerConfig(passages=8, threshold=0.4)
    ).answer(QUESTION, NOW)


async def test_every_claim_cites_the_stored_sentence(opened: Opened) -> None:
    template = (
        "The Alpha Times put it at 50,000 {alpha}.\nSyrskyi spoke of tens of thousands {beta}."
    )
    answer = await ask(opened, obedient(template))
    assert isinstance(answer, Answer)
    assert [claim.citations for claim in answer.claims] == [(1,), (2,)]
    assert [one.quote for one in answer.citations] == [
        "The Alpha Times reported that 50,000 troops massed for a Kursk offensive.",
        "Syrskyi said tens of thousands of troops were massed near Kursk.",
    ]
    assert ALPHA[answer.citations[0].start : answer.citations[0].end] == answer.citations[0].quote
    assert answer.mode is Mode.MODEL
    assert answer.cost.usage["total_tokens"] > 0


async def test_ids_that_were_never_shown_are_dropped_and_counted(opened: Opened) -> None:
    template = "It was 50,000 {alpha}[9.9].\nIt was 90,000 [7.1].\nNobody knows."
    answer = await ask(opened, obedient(template))
    assert isinstance(answer, Answer)
    assert [claim.text for claim in answer.claims] == ["It was 50,000."]
    assert (answer.dropped.ids, answer.dropped.claims) == (2, 2)


async def test_of_an_answer_of_which_nothing_stands_the_reader_gets_what_quote_mode_gives(
    opened: Opened,
) -> None:
    quoted = await answerer(opened).answer(QUESTION)
    for said in ("It was 90,000 [7.1].", "Nobody knows.", "The answer is B."):
        result = await answerer(opened, said, "").answer(QUESTION)
        assert isinstance(result, Answer)
        assert isinstance(quoted, Answer)
        assert result.mode is Mode.QUOTE
        assert result.claims == quoted.claims
        assert result.notices == (NOT_TRACED,)
        assert result.dropped.claims == 1
        assert result.cost.usage["total_tokens"] > 0
        assert result.made.prompt


async def test_a_statement_without_an_id_cites_the_sentence_that_says_the_same(
    opened: Opened,
) -> None:
    for said in (
        "The Alpha Times reported that 50,000 troops massed for a Kursk offensive.",
        "The Alpha Times reported that 50,000 troops massed for a Kursk offensive [7.1].",
        "C. 50,000 troops",
    ):
        result = await answerer(opened, said).answer(QUESTION)
        assert isinstance(result, Answer)
        assert result.mode is Mode.MODEL
        assert result.dropped.claims == 0
        [one] = result.citations
        assert one.quote == ALPHA.partition(" It rained")[0]


async def test_a_model_that_declines_is_believed(opened: Opened) -> None:
    for refusal in ("NO ANSWER", "NO_ANSWER.", "no answer"):
        result = await answerer(opened, refusal).answer(QUESTION)
        assert isinstance(result, Unanswered)
        assert str(result.reason) == "I found no answer to that."


async def test_a_model_that_answers_by_ids_alone_is_given_their_sentences(opened: Opened) -> None:
    answer = await ask(opened, obedient("{alpha}"))
    assert isinstance(answer, Answer)
    assert answer.mode is Mode.MODEL
    [claim] = answer.claims
    assert claim.text == f"“{ALPHA.partition(' It rained')[0]}” Alpha, 12 Nov 2024"


async def test_a_short_answer_without_an_id_comes_with_the_sentence_that_says_it(
    opened: Opened,
) -> None:
    sentence = ALPHA.partition(" It rained")[0]
    quoted = f"“{sentence}” Alpha, 12 Nov 2024"
    free = "The Alpha Times reported 50,000 troops massed for a Kursk offensive."
    for written, shown in (
        ("50,000 troops", f"50,000 troops: {quoted}"),
        ("50,000 troops massed for a Kursk offensive", quoted),
        ("50,000 troops massed for a Kursk offensive.", quoted),  # a copy without who said it
        (sentence.rstrip(".").upper(), quoted),
        (free, free),
    ):
        answer = await answerer(opened, written).answer(QUESTION)
        assert isinstance(answer, Answer)
        [claim] = answer.claims
        assert claim.text == shown


async def test_a_copied_sentence_comes_with_the_one_that_it_leans_on(opened: Opened) -> None:
    said = "This was the largest drill in ten years, the navy of Norland said."
    text = f"Ships of six countries sailed past Tern Island. {said}"
    await opened.store(draft(text, "Drill", "Gamma", "https://gamma.example/1"))
    await opened.indexer.work()
    answer = await answerer(opened, said).answer("How large was the drill of the navy of Norland?")
    assert isinstance(answer, Answer)
    assert answer.claims[0].text == f"“{text}” Gamma, 12 Nov 2024"
    assert answer.citations[0].quote == text


async def test_of_two_questions_in_one_a_weak_model_answers_one_and_quotations_the_other(
    opened: Opened,
) -> None:
    searcher = Searcher(opened.archive, opened.embeddings)
    asked = "How many troops massed for a Kursk offensive, and when did Syrskyi speak?"
    sure = AnswerConfig(passages=1, threshold=0.001, model_threshold=0.001)
    quoted = await Answerer(searcher, opened.reading, None, sure).answer(asked)
    assert isinstance(quoted, Answer)
    model = ScriptedChatModel(script=["50,000 troops"])
    answer = await Answerer(searcher, opened.reading, model, sure).answer(asked)
    assert isinstance(answer, Answer)
    assert answer.mode is Mode.MODEL
    first, *rest = answer.claims
    assert first.text.startswith("50,000 troops: “")
    assert {one.text for one in rest} == {
        one.text for one in quoted.claims if one.text not in first.text
    }
    assert rest


async def test_a_weak_model_that_declines_is_not_believed_where_the_reader_is_sure(
    opened: Opened,
) -> None:
    quoted = await answerer(opened).answer(QUESTION)
    assert isinstance(quoted, Answer)
    searcher = Searcher(opened.archive, opened.embeddings)
    model = ScriptedChatModel(script=["NO ANSWER"])
    rules = AnswerConfig(passages=8, threshold=0.3, model_threshold=0.3)
    result = await Answerer(searcher, opened.reading, model, rules).answer(QUESTION)
    assert isinstance(result, Answer)
    assert result.claims == quoted.claims
    assert result.notices == (NOT_FOUND,)


async def test_what_a_weak_model_says_beside_the_question_gives_way_to_quotations(
    opened: Opened,
) -> None:
    quoted = await answerer(opened).answer(QUESTION)
    assert isinstance(quoted, Answer)
    searcher = Searcher(opened.archive, opened.embeddings)

    def speak(messages: list[BaseMessage]) -> str:
        lines = messages[-1].text.splitlines()
        rain = next(line.split()[0] for line in lines if "It rained" in line)
        return f"It rained {rain}."

    for threshold, mode in ((0.3, Mode.QUOTE), (0.1, Mode.MODEL)):
        model = ScriptedChatModel(speaker=speak)
        rules = AnswerConfig(passages=8, threshold=0.3, model_threshold=threshold)
        result = await Answerer(searcher, opened.reading, model, rules).answer(QUESTION)
        assert isinstance(result, Answer)
        assert result.mode is mode
        assert (result.claims == quoted.claims) == (mode is Mode.QUOTE)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (Said(("It was 50,000 [1.1].",), finish_reason=None), "broke off"),
        (Said((), finish_reason=None), "couldn't read"),
        (Said(("",)), "wrote nothing"),
        (TimeoutError(), "in time"),
        (ValueError("what is this"), "couldn't read"),
    ],
)
async def test_a_model_that_fails_is_replaced_by_quotes_and_the_reader_is_told(
    opened: Opened, said: Any, word: str
) -> None:
    result = await answerer(opened, said).answer(QUESTION)
    assert isinstance(result, Answer)
    assert result.mode is Mode.QUOTE
    assert word in sentences(result.notices)


async def test_an_answer_cut_at_its_length_keeps_whole_lines_and_says_so(opened: Opened) -> None:
    def speak(messages: list[BaseMessage]) -> Said:
        text = obedient("It was 50,000 {alpha}.\nSyrskyi said {beta}")(messages)
        return Said((text,), finish_reason="length")

    answer = await ask(opened, speak)
    assert isinstance(answer, Answer)
    assert [claim.text for claim in answer.claims] == ["It was 50,000."]
    assert "length limit" in sentences(answer.notices)


async def test_the_model_is_told_the_day_the_outlets_and_the_question(opened: Opened) -> None:
    model = ScriptedChatModel(script=["NO ANSWER"])
    searcher = Searcher(opened.archive, opened.embeddings)
    await Answerer(searcher, opened.reading, model, AnswerConfig(passages=8, threshold=0.4)).answer(
        QUESTION, NOW
    )
    [prompt] = model.prompts
    assert "Today is Wednesday, 13 November 2024." in prompt
    assert "Beta, Monday, 11 November 2024" in prompt
    assert prompt.endswith(QUESTION)


async def test_without_a_model_the_answer_is_quotes_that_say_whose_they_are(
    opened: Opened,
) -> None:
    answer = await answerer(opened).answer(QUESTION)
    assert isinstance(answer, Answer)
    assert answer.mode is Mode.QUOTE
    assert answer.claims[0].text == f"“{answer.citations[0].quote}” Alpha, 12 Nov 2024"
    assert "50,000" in answer.citations[0].quote


async def test_outlets_that_differ_only_in_a_figure_are_both_quoted(opened: Opened) -> None:
    text = "Some {} soldiers were captured near the town on Monday."
    for outlet, figure in (("P", 300), ("Q", 900)):
        await opened.store(draft(text.format(figure), "Captured", outlet))
    answer = await answerer(opened).answer("How many soldiers were captured near the town?")
    assert isinstance(answer, Answer)
    assert {"300", "900"} <= set(" ".join(one.quote for one in answer.citations).split())


async def test_what_the_archive_does_not_hold_is_declined_with_the_closest_coverage(
    opened: Opened,
) -> None:
    result = await answerer(opened).answer("Who won the cricket world cup final?")
    assert isinstance(result, Unanswered)
    assert {one.outlet for one in result.closest} <= {"Alpha", "Beta"}
    assert result.closest


@pytest.mark.parametrize("question", ["", "   ", "\x00\u202e", "\ud800"])
async def test_a_question_without_words_is_told_so(opened: Opened, question: str) -> None:
    result = await answerer(opened).answer(question)
    assert isinstance(result, Unanswered)
    assert (result.reason, result.closest) == (REPLIES[TalkKind.EMPTY], ())


@pytest.mark.parametrize("question", ["?!", "the of and", '"NEAR(" OR *', "слово " * 5000, "🎉"])
async def test_no_question_makes_the_search_fail(opened: Opened, question: str) -> None:
    await answerer(opened).answer(question)


async def test_a_search_that_fails_is_never_nothing_found(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ArchiveError("The vector index failed: disk.")

    monkeypatch.setattr(type(opened.archive.vectors), "search", broken)
    with pytest.raises(ArchiveError):
        await answerer(opened).answer(QUESTION)


async def test_what_is_from_other_days_than_asked_for_is_offered_not_quoted(
    opened: Opened,
) -> None:
    question = "Who massed troops near Kursk on 3 March 2024?"
    answer = await answerer(opened, threshold=0).answer(question, NOW)
    assert isinstance(answer, Unanswered)
    assert str(answer.reason) == "I found nothing about that on 3 March 2024."
    assert answer.closest


async def test_thanks_get_a_line_without_citations(opened: Opened) -> None:
    answer = await answerer(opened).answer("thanks!")
    assert isinstance(answer, Answer)
    assert [one.citations for one in answer.claims] == [()]


@pytest.mark.parametrize("question", ["What's new?", "news", "what happened on 11 November 2024"])
async def test_the_news_are_the_leads_of_the_newest_articles(opened: Opened, question: str) -> None:
    answer = await answerer(opened).answer(question, NOW)
    assert isinstance(answer, Answer)
    assert all(one.citations for one in answer.claims)


async def test_the_latest_about_a_topic_is_its_newest_articles_lead(opened: Opened) -> None:
    for day, fate in (("2024-11-10", "cracked"), ("2024-11-13", "was closed to all lorries")):
        text = f"The old bridge of Ostrov {fate}, the roads office said."
        await opened.store(draft(text, f"Ostrov bridge {fate}", "Gamma", day=day))
    answer = await answerer(opened).answer("What's the latest on the Ostrov bridge?", NOW)
    assert isinstance(answer, Answer)
    assert "closed to all lorries" in answer.claims[0].text
    assert isinstance(await answerer(opened).answer("latest on the Lipa dam", NOW), Unanswered)


async def test_a_day_without_news_is_said_to_have_none(opened: Opened) -> None:
    answer = await answerer(opened).answer("What happened on 3 March 2024?", NOW)
    assert isinstance(answer, Unanswered)
    assert str(answer.reason) == "I found no news on 3 March 2024."


async def test_a_ukrainian_question_is_answered_by_words_where_the_model_knows_english_only(
    opened: Opened,
) -> None:
    text = "У Глушкові горів склад зерна. Пожежу гасили двадцять рятувальників."
    await opened.store(draft(text, "Пожежа у Глушкові", "Дельта", day="2024-11-12"))
    english_only = Answerer(
        Searcher(opened.archive, opened.embeddings),
        opened.reading,
        None,
        AnswerConfig(passages=8, threshold=0.15, embedding_model="all-MiniLM-L6-v2-int8"),
    )
    answer = await english_only.answer("Скільки рятувальників гасили пожежу?", NOW)
    assert isinstance(answer, Answer)
    assert "двадцять" in answer.claims[0].text
    declined = await english_only.answer("Скільки коштує квиток на виставу?", NOW)
    assert isinstance(declined, Unanswered)
    assert "EMBEDDING_MODEL=local-multilingual" in sentences(declined.notices)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Кто такая Марта Олень?", "глава района Марта Олень"),  # who she is, not what she says
        ("Сколько жителей спасли?", "12 жителей"),
        ("Сколько жителей погибло?", None),  # residents, but not what happened to them
        ("Видели ли корейских солдат?", "северокорейских"),  # a word inside another
    ],
)
async def test_a_question_in_another_language_needs_the_thing_that_it_asks_for(
    opened: Opened, question: str, told: str | None
) -> None:
    text = (
        "Спасатели сообщили, что спасли 12 жителей. Об этом сказала глава района Марта Олень. "
        "Над районом видели северокорейских солдат."
    )
    await opened.store(draft(text, "Паводок", "Дельта", day="2024-11-12"))
    rules = AnswerConfig(passages=8, threshold=0.4, embedding_model="all-MiniLM-L6-v2-int8")
    english_only = Answerer(
        Searcher(opened.archive, opened.embeddings), opened.reading, None, rules
    )
    answer = await english_only.answer(question, NOW)
    if told is None:
        assert isinstance(answer, Unanswered)
    else:
        assert isinstance(answer, Answer)
        assert told in answer.claims[0].text


async def test_a_library_as_it_is_opened_knows_which_languages_its_model_does_not(
    tmp_path: Path,
) -> None:
    settings = LibrarySettings.read(_env_file=None, data_dir=tmp_path, chat_model="")
    async with open_library(settings) as library:
        article = {
            "title": "Пожежа у Глушкові",
            "text": "У Глушкові горів склад зерна. Пожежу гасили двадцять рятувальників.",
        }
        line = json.dumps(article).encode()
        async for _ in library.ingestor.add_upload("a.jsonl", line, added_by="test"):
            pass
        with library.index_lock():
            await library.indexer.work()
        answer = await library.answerer.answer("Скільки рятувальників гасили пожежу?", NOW)
        assert isinstance(answer, Answer)
        assert "двадцять" in answer.claims[0].text
        declined = await library.answerer.answer("Скільки коштує квиток на виставу?", NOW)
        assert isinstance(declined, Unanswered)
        assert "EMBEDDING_MODEL=local-multilingual" in sentences(declined.notices)


async def test_each_outlet_that_is_named_is_quoted(opened: Opened) -> None:
    question = "What did Alpha and Beta report about troops near Kursk?"
    answer = await answerer(opened, threshold=0.1).answer(question, NOW)
    assert isinstance(answer, Answer)
    assert {one.article.outlet for one in answer.citations} == {"Alpha", "Beta"}


async def test_several_days_of_which_nothing_was_found_are_said_to_have_nothing(
    opened: Opened,
) -> None:
    question = "How many troops were massed on 3 May 2023 and how many on 7 June 2023?"
    for threshold in (0.0, 0.4):
        result = await answerer(opened, threshold=threshold).answer(question, NOW)
        assert isinstance(result, Unanswered)
        assert str(result.reason).startswith("I found nothing about that on ")


async def test_an_answer_from_the_days_asked_for_needs_no_such_word(opened: Opened) -> None:
    question = "What did Syrskyi say about troops near Kursk on 11 November 2024?"
    answer = await answerer(opened, threshold=0).answer(question, NOW)
    assert isinstance(answer, Answer)
    assert answer.notices == ()


async def test_an_article_that_is_not_embedded_yet_is_quoted_by_its_words(opened: Opened) -> None:
    text = "Sudzha is held by Ukraine, the governor said on Monday."
    await opened.store(draft(text, "Sudzha", "Gamma", "https://gamma.example/1"))
    answer = await answerer(opened, threshold=0.15).answer("Who holds Sudzha?", NOW)
    assert isinstance(answer, Answer)
    assert "held by Ukraine" in answer.claims[0].text


async def test_an_empty_archive_is_called_empty_and_not_one_without_an_answer(
    tmp_path: Path,
) -> None:
    async with opened_archive(tmp_path) as empty:
        result = await answerer(empty).answer(QUESTION, NOW)
        assert isinstance(result, Unanswered)
        assert result.reason == EMPTY_ARCHIVE
        await empty.store(draft(ALPHA, "Troops mass", "Alpha", "https://alpha.example/1"))
        result = await answerer(empty).answer("Цифри?", NOW)
        assert isinstance(result, Unanswered)
        assert result.reason == NOT_IN_ARCHIVE


async def test_a_chat_model_is_not_asked_where_nothing_speaks_for_an_answer(opened: Opened) -> None:
    searcher = Searcher(opened.archive, opened.embeddings)
    model = ScriptedChatModel(script=["never"])
    rules = AnswerConfig(passages=8, threshold=0.4, model_threshold=0.2)
    asked = Answerer(searcher, opened.reading, model, rules)
    result = await asked.answer("Who won the cricket world cup final?", NOW)
    assert isinstance(result, Unanswered)
    assert result.reason == NOT_IN_ARCHIVE
    assert result.closest
    assert not model.seen


async def test_accounts_that_differ_stand_side_by_side_the_newest_first(opened: Opened) -> None:
    later = "Kyiv now says 61,000 troops massed for a Kursk offensive, officers reported."
    await opened.store(draft(later, "More", "Gamma", "https://gamma.example/1", "2024-11-13"))
    await opened.indexer.work()
    answer = await ask(opened, obedient("The Alpha Times reported 50,000 troops {alpha}"))
    assert isinstance(answer, Answer)
    outlets = [claim.text.rpartition("” ")[2].partition(",")[0] for claim in answer.disputed]
    assert outlets == ["Gamma", "Alpha"]
    quotes = {one.n: one.quote for one in answer.citations}
    assert "61,000" in quotes[answer.disputed[0].citations[0]]
    assert answer.newest is not None
    assert answer.newest.outlet == "Gamma"


async def test_accounts_that_the_model_set_side_by_side_are_not_told_twice(opened: Opened) -> None:
    later = "Kyiv now says 61,000 troops massed for a Kursk offensive, officers reported."
    await opened.store(draft(later, "More", "Gamma", "https://gamma.example/1", "2024-11-13"))
    await opened.indexer.work()

    def speak(messages: list[BaseMessage]) -> str:
        lines = messages[-1].text.splitlines()
        old = next(line.split()[0] for line in lines if "50,000 troops" in line)
        new = next(line.split()[0] for line in lines if "61,000 troops" in line)
        return (
            f"50,000 troops massed for a Kursk offensive, Alpha reported {old}\n"
            f"61,000 troops massed for a Kursk offensive, Gamma reported {new}"
        )

    answer = await ask(opened, speak)
    assert isinstance(answer, Answer)
    assert answer.disputed == ()
    assert [claim.text[:6] for claim in answer.claims] == ["61,000", "50,000"]


def test_a_chat_model_reads_what_the_reader_puts_first() -> None:
    texts = (
        "It rained all day long.",
        "It snowed all day long.",
        "Why?",
        "It hailed all day long.",
    )
    hits = tuple(hit(passage(text, revision=n)) for n, text in enumerate(texts, start=1))
    sentences = tuple(sentences_of(hits))
    assert [one.hit for one in sentences] == [0, 1, 3]
    fits = ((0.1, 0.3, 0.2), (0.0, 0.0, 0.9))  # of two parts of a question
    reading = Reading(hits, (), sentences, fits, 0.5)
    assert best_read(reading, 3) == [hits[3], hits[1], hits[0]]
    assert best_read(reading, 9) == [hits[3], hits[1], hits[0], hits[2]]


async def test_a_chat_model_is_shown_the_year_that_answers_where_none_is_named(
    opened: Opened,
) -> None:
    searcher = Searcher(opened.archive, opened.embeddings)
    model = ScriptedChatModel(speaker=obedient("Syrskyi spoke of tens of thousands {beta}."))
    rules = AnswerConfig(passages=8, threshold=0.4)
    asked = QUESTION.replace(", and", " in November, and")
    now = datetime(2026, 12, 1, tzinfo=UTC)
    answer = await Answerer(searcher, opened.reading, model, rules).answer(asked, now)
    assert isinstance(answer, Answer)
    assert answer.mode is Mode.MODEL
    said = "You didn't name a year; this is from 1 November 2024 to 30 November 2024."
    assert sentences(answer.notices) == said
