"""Problems reported of similar software, tested on a whole library: dates and earlier figures."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.features.briefings import views
from retrieval.briefing import BriefingOptions
from retrieval.library import open_library
from retrieval.messages import sentences
from retrieval.models import Answer, BriefingWindow, Length
from retrieval.settings import LibrarySettings
from tests.support.shared import CASES, needs_cases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrieval.library import Library

NOW = datetime(2026, 11, 30, 20, tzinfo=UTC)


@asynccontextmanager
async def library_of(folder: Path, lines: bytes) -> AsyncIterator[Library]:
    settings = LibrarySettings.read(_env_file=None, data_dir=folder, chat_model="")
    async with open_library(settings) as library:
        async for _ in library.ingestor.add_upload("a.jsonl", lines, added_by="test"):
            pass
        with library.index_lock():
            await library.indexer.work()
        yield library


def article(title: str, text: str, day: str) -> dict[str, Any]:
    return {"title": title, "text": text, "source": "Meridian Wire", "published_at": day}


MORE = "The fire brigade and the town hall gave no further details, and a report is to follow."
OWN = "\n".join(
    json.dumps(article(title, f"{text} {MORE}", f"2026-11-{day}T08:00:00Z"))
    for title, text, day in (
        ("Kiosk burns", "A kiosk burned down in Varna Street in Selm.", 27),
        ("Barn burns", "A barn burned down at the edge of Selm.", 29),
        ("Selm votes", "Selm elected Ida Roth, a baker, as its new mayor.", 29),
        ("Cellars in Selm", "Many cellars in Selm stood under water after rain.", 18),
    )
).encode()


async def days_cited(library: Library, question: str) -> set[str]:
    answer = await library.answerer.answer(question, NOW)
    assert isinstance(answer, Answer), question
    published = [one.article.published for one in answer.citations]
    return {f"{one.at:%Y-%m-%d}" for one in published if one is not None}


ABOUT_DAYS = [
    ("What burned down in Selm on 29 November?", {"2026-11-29"}),
    ("What burned down in Selm on 27 November?", {"2026-11-27"}),
    ("What burned down in Selm yesterday?", {"2026-11-29"}),
    ("What happened in Selm yesterday?", {"2026-11-29"}),
    ("What burned down in Selm between 26 and 28 November?", {"2026-11-27"}),
]


async def test_a_question_about_days_is_answered_from_these(tmp_path: Path) -> None:
    async with library_of(tmp_path, OWN) as library:
        for question, days in ABOUT_DAYS:
            assert await days_cited(library, question) == days


@needs_cases
async def test_the_reported_questions_about_days_are_answered_from_these(tmp_path: Path) -> None:
    lines = (CASES / "text" / "date-questions.jsonl").read_bytes()
    async with library_of(tmp_path, lines) as library:
        burned = "What burned down in Ostrov on 29 November?"
        assert await days_cited(library, burned) == {"2026-11-29"}
        assert await days_cited(library, "What happened in Ostrov yesterday?") == {"2026-11-29"}
        between = "What happened in Ostrov between 20 and 25 November?"
        assert await days_cited(library, between) <= {"2026-11-21", "2026-11-23"}
        harvest = "How many tons was the apple harvest in Lipa last year?"
        assert await days_cited(library, harvest) == {"2025-11-20"}
        dam = await library.answerer.answer("What did the Sunday Times see about the dam?", NOW)
        assert isinstance(dam, Answer)
        assert "eleven cracks" in dam.claims[0].text


@needs_cases
async def test_what_the_reported_figures_were_is_said_as_it_was_written(tmp_path: Path) -> None:
    lines = (CASES / "text" / "figures-was.jsonl").read_bytes()
    async with library_of(tmp_path, lines) as library:
        texts = []
        for day in (27, 28):
            now = datetime(2026, 11, day, 20, tzinfo=UTC)
            window = BriefingWindow(now.replace(day=day - 1), now)
            written = await library.desk.write("r", BriefingOptions((), Length.DEPTH, window), now)
            texts.append(views.whole(written.briefing, UTC).text)
            await library.desk.tell("r", written, now)
    first, second = texts
    assert "(was " not in first
    assert "(was 2,45,300 on 27 Nov 2026" in second
    assert "(was 300 " not in second
    assert "(was 12 " not in second


OLD = "\n".join(
    json.dumps(article(title, f"{text} {MORE}", day))
    for title, text, day in (
        ("Prisoners home", "In the exchange 115 prisoners came home to Selm.", "2024-08-25"),
        ("Prisoners wait", "In the exchange 40 prisoners came home to Selm.", "2023-08-20"),
        ("Selm votes", "Selm elected Ida Roth, a baker, as its new mayor.", "2024-11-02"),
    )
).encode()


ABOUT_MONTHS = [
    ("How many prisoners came home to Selm in August?", "1 August 2024 to 31 August 2024"),
    ("How many prisoners came home to Selm on 25 August?", "25 August 2024"),
    ("What happened in November?", "1 November 2024 to 30 November 2024"),
]


async def test_a_month_without_a_year_is_the_newest_that_answers(tmp_path: Path) -> None:
    async with library_of(tmp_path, OLD) as library:
        for question, days in ABOUT_MONTHS:
            answer = await library.answerer.answer(question, NOW)
            assert isinstance(answer, Answer)
            assert sentences(answer.notices) == f"You didn't name a year; this is from {days}."
            published = [one.article.published for one in answer.citations]
            assert {one.at.year for one in published if one is not None} == {2024}


async def test_the_last_month_of_that_name_comes_first(tmp_path: Path) -> None:
    new = article("Back", f"In the exchange 9 prisoners came home to Selm. {MORE}", "2026-08-03")
    async with library_of(tmp_path, OLD + b"\n" + json.dumps(new).encode()) as library:
        answer = await library.answerer.answer(
            "How many prisoners came home to Selm in August?", NOW
        )
        assert isinstance(answer, Answer)
        assert answer.notices == ()
        assert "9 prisoners" in answer.citations[0].quote


FAR = "\n".join(
    json.dumps(article(title, text, "2026-11-25"))
    for title, text in (
        ("矿井火灾", "周一，北山煤矿发生火灾，造成14名矿工死亡，52人受伤。省长表示将调查原因。"),
        ("渔船沉没", "一艘渔船周三在东港附近沉没，六名船员全部获救。海岸警卫队说大雾是事故原因。"),
        ("工場が閉鎖", "東京電機は来年4月、長野の工場を閉鎖する。従業員450人が職を失う。"),
        ("地震で避難", "北海市で火曜日に地震があり、3万人が避難した。市長は被害が小さいと話した。"),
        (
            "حريق في مصنع",
            "أدى حريق في مصنع للورق في طرابلس إلى مقتل سبعة عمال يوم الأحد. ولم يعرف السبب.",
        ),
        ("बाढ़ से नुकसान", "नदी में बाढ़ आने से उत्तरी जिले के 12 गाँव डूब गए। तीन हज़ार लोग बचाए गए।"),
        (
            "대통령 방문",
            "김민수 대통령은 목요일 부산의 조선소를 방문했다. 그는 새 선박을 주문했다.",
        ),
    )
).encode()


OTHER_SCRIPTS = [
    ("北山煤矿火灾造成多少矿工死亡？", "14名矿工"),
    ("火灾烧死了多少矿工？", "14名矿工"),
    ("渔船在哪里沉没？", "东港附近沉没"),
    ("長野の工場はいつ閉鎖されますか？", "来年4月"),
    ("地震で何人が避難しましたか？", "3万人"),
    ("كم عدد العمال الذين قتلوا في حريق المصنع؟", "سبعة عمال"),
    ("बाढ़ में कितने गाँव डूबे?", "12 गाँव"),
    ("대통령은 어디를 방문했습니까?", "조선소"),
    ("谁赢得了足球比赛？", ""),
    ("首相は誰ですか？", ""),
    ("من فاز بكأس العالم؟", ""),
    ("चुनाव किसने जीता?", ""),
    ("선거에서 누가 이겼습니까?", ""),
]


async def test_questions_are_answered_by_words_in_scripts_without_spaces(tmp_path: Path) -> None:
    async with library_of(tmp_path, FAR) as library:
        for question, quoted in OTHER_SCRIPTS:
            answer = await library.answerer.answer(question, NOW)
            if not quoted:
                assert not isinstance(answer, Answer)
                assert "EMBEDDING_MODEL=local-multilingual" in sentences(answer.notices)
                continue
            assert isinstance(answer, Answer)
            assert quoted in answer.citations[0].quote
