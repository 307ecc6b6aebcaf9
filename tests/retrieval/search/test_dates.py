from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.search.dates import find_dates, find_window, names_a_day_of, without_dates

# hypothesis wants naive limits
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1))  # noqa: DTZ001
THURSDAY = datetime(2024, 11, 14, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("What happened on Monday?", date(2024, 11, 11), date(2024, 11, 11)),
        ("What did they decide on Thursday?", date(2024, 11, 14), date(2024, 11, 14)),
        ("What did they decide last Thursday?", date(2024, 11, 7), date(2024, 11, 7)),
        ("Losses since August?", date(2024, 8, 1), date(2024, 11, 14)),
        ("Losses since Monday?", date(2024, 11, 11), date(2024, 11, 14)),
        ("Losses in September?", date(2024, 9, 1), date(2024, 9, 30)),
        ("Losses in December?", date(2023, 12, 1), date(2023, 12, 31)),
        ("November losses", date(2024, 11, 1), date(2024, 11, 14)),
        ("Losses before September?", date(1970, 1, 2), date(2024, 8, 31)),
        ("How many as of 3 October?", date(1970, 1, 2), date(2024, 10, 3)),
        ("What was said on November 12, 2024?", date(2024, 11, 12), date(2024, 11, 12)),
        ("What was said on the 12th of November?", date(2024, 11, 12), date(2024, 11, 12)),
        ("What was said on the 9th?", date(2024, 11, 9), date(2024, 11, 9)),
        ("What was said on 2024-10-10?", date(2024, 10, 10), date(2024, 10, 10)),
        ("What was said on 10.10.2024?", date(2024, 10, 10), date(2024, 10, 10)),
        ("What was said on 24/10/2024?", date(2024, 10, 24), date(2024, 10, 24)),
        ("What was said on 10/24/2024?", date(2024, 10, 24), date(2024, 10, 24)),
        ("What was said on 3/10/2024?", date(2024, 10, 3), date(2024, 10, 3)),
        ("What happened in 2022?", date(2022, 1, 1), date(2022, 12, 31)),
        ("What happened before 2020?", date(1970, 1, 2), date(2019, 12, 31)),
        ("What happened today?", date(2024, 11, 14), date(2024, 11, 14)),
        ("What happened yesterday?", date(2024, 11, 13), date(2024, 11, 13)),
        ("What happened yesterday evening?", date(2024, 11, 13), date(2024, 11, 13)),
        ("What happened the day before yesterday?", date(2024, 11, 12), date(2024, 11, 12)),
        ("What happened 3 days ago?", date(2024, 11, 11), date(2024, 11, 11)),
        ("What happened two days ago?", date(2024, 11, 12), date(2024, 11, 12)),
        ("What happened two months ago?", date(2024, 9, 1), date(2024, 9, 30)),
        ("What happened in the last 7 days?", date(2024, 11, 7), date(2024, 11, 14)),
        ("What happened this week?", date(2024, 11, 8), date(2024, 11, 14)),
        ("What happened last week?", date(2024, 11, 4), date(2024, 11, 10)),
        ("What happened last weekend?", date(2024, 11, 9), date(2024, 11, 10)),
        ("What happened last month?", date(2024, 10, 1), date(2024, 10, 31)),
        ("What happened last year?", date(2023, 1, 1), date(2023, 12, 31)),
        ("What happened last November?", date(2023, 11, 1), date(2023, 11, 30)),
        ("What happened in late August?", date(2024, 8, 20), date(2024, 8, 31)),
        ("What happened at the beginning of August?", date(2024, 8, 1), date(2024, 8, 10)),
        ("What happened between 5 and 9 November?", date(2024, 11, 5), date(2024, 11, 9)),
        ("What happened from 28 October to 3 November?", date(2024, 10, 28), date(2024, 11, 3)),
        ("What happened November 5-9?", date(2024, 11, 5), date(2024, 11, 9)),
        ("What happened between Monday and Wednesday?", date(2024, 11, 11), date(2024, 11, 13)),
        ("What happened between Saturday and Monday?", date(2024, 11, 9), date(2024, 11, 11)),
        ("What happened between Friday and Sunday?", date(2024, 11, 8), date(2024, 11, 10)),
        ("What changed between March and May?", date(2024, 3, 1), date(2024, 5, 31)),
        ("What changed between 2019 and 2021?", date(2019, 1, 1), date(2021, 12, 31)),
        ("Що сталося у вересні?", date(2024, 9, 1), date(2024, 9, 30)),
        ("Що сталося 12 листопада?", date(2024, 11, 12), date(2024, 11, 12)),
        ("Що сталося в понеділок?", date(2024, 11, 11), date(2024, 11, 11)),
        ("Що сталося позавчора?", date(2024, 11, 12), date(2024, 11, 12)),
        ("Що сталося між 5 і 9 листопада?", date(2024, 11, 5), date(2024, 11, 9)),
        ("Що сталося два дні тому?", date(2024, 11, 12), date(2024, 11, 12)),
        ("Що сталося минулого року?", date(2023, 1, 1), date(2023, 12, 31)),
        ("Що сталося минулих вихідних?", date(2024, 11, 9), date(2024, 11, 10)),
        ("Що сталося наприкінці серпня?", date(2024, 8, 20), date(2024, 8, 31)),
        ("Что случилось в сентябре 2023?", date(2023, 9, 1), date(2023, 9, 30)),
        ("Что случилось вчера?", date(2024, 11, 13), date(2024, 11, 13)),
        ("Что случилось позавчера?", date(2024, 11, 12), date(2024, 11, 12)),
        ("Что случилось с 5 по 9 ноября?", date(2024, 11, 5), date(2024, 11, 9)),
        ("Что случилось два дня назад?", date(2024, 11, 12), date(2024, 11, 12)),
        ("Что случилось на прошлой неделе?", date(2024, 11, 4), date(2024, 11, 10)),
        ("Что случилось в прошлом году?", date(2023, 1, 1), date(2023, 12, 31)),
        ("Was geschah am 12. November?", date(2024, 11, 12), date(2024, 11, 12)),
        ("Was geschah vorgestern?", date(2024, 11, 12), date(2024, 11, 12)),
        ("Was geschah zwischen dem 5. und 9. November?", date(2024, 11, 5), date(2024, 11, 9)),
        ("Was geschah vor zwei Tagen?", date(2024, 11, 12), date(2024, 11, 12)),
        ("Was geschah letzte Woche?", date(2024, 11, 4), date(2024, 11, 10)),
        ("Was geschah letztes Jahr?", date(2023, 1, 1), date(2023, 12, 31)),
        ("Was geschah seit Montag?", date(2024, 11, 11), date(2024, 11, 14)),
    ],
)
def test_the_days_that_a_question_names(question: str, first: date, last: date) -> None:
    window = find_window(question, THURSDAY)
    assert window is not None
    assert window.start.date() == first
    assert (window.end.date() - last).days == 1


@pytest.mark.parametrize(
    "question", ["What happened in the last 24 hours?", "Що сталося за останні 24 години?"]
)
def test_hours_are_counted_to_the_minute(question: str) -> None:
    window = find_window(question, THURSDAY)
    assert window is not None
    assert (window.start, window.end) == (THURSDAY - timedelta(days=1), THURSDAY)


def test_an_american_writes_the_month_first() -> None:
    window = find_window("What was said on 3/10/2024?", THURSDAY, month_first=True)
    assert window is not None
    assert window.start.date() == date(2024, 3, 10)


def test_reports_of_a_day_come_until_the_days_after() -> None:
    window = find_window("What happened on Monday?", THURSDAY)
    assert window is not None
    assert window.until.date() == date(2024, 11, 14)


def test_each_date_of_a_question_is_found_where_it_stands() -> None:
    question = "Did the toll rise between the reports of 3 October and 5 November?"
    named = [question[one.span.start : one.span.end] for one in find_dates(question, THURSDAY)]
    assert named == ["3 October", "5 November"]


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("What burned down in Ostrov on 29 November?", "What burned down in Ostrov?"),
        ("what did Apple show yesterday", "what did Apple show"),
        ("Що сказав Зеленський 4 листопада?", "Що сказав Зеленський?"),
        ("Who won the 2022 election?", "Who won the 2022 election?"),
    ],
)
def test_what_remains_of_a_question_is_what_it_is_about(question: str, rest: str) -> None:
    assert without_dates(question, find_dates(question, THURSDAY)) == rest


@pytest.mark.parametrize(
    ("text", "is_of_monday"),
    [
        ("The governor signed the bill on Monday.", True),
        ("The governor signed the bill on Nov. 11.", True),
        ("The governor signed the bill on Tuesday.", False),
        ("Farms have failed since the drought of 2024.", False),
        ("У понеділок губернатор підписав закон.", True),
    ],
)
def test_a_later_report_may_name_the_day_that_is_asked_for(text: str, is_of_monday: bool) -> None:
    monday = find_window("What did the governor sign on Monday?", THURSDAY)
    assert monday is not None
    assert names_a_day_of(monday, text, THURSDAY) is is_of_monday


@pytest.mark.parametrize(
    "question",
    [
        "Who may become president?",
        "Who was on the march on Moscow?",
        "How many troops are there?",
        "Which supermarkets plan to merge in 2031?",
        "Who sat in the front row?",
        "What did the Sunday Times write?",
        "What did the Sunday Mirror write?",
        "What did the Friday Gazette report?",
        "How many users has Monday.com?",
        "What did shops sell on Black Friday?",
        "Whom did the January 6 committee hear?",
        "What was found at Mar-a-Lago?",
        "Хто платить за охорону навколишнього середовища?",
        "Кто платит за охрану окружающей среды?",
        "Чим закінчився за останній час наступ?",
        "What was said on 31 February?",
    ],
)
def test_no_days_where_none_are_named(question: str) -> None:
    assert find_window(question, THURSDAY) is None


def test_days_begin_in_the_readers_zone() -> None:
    late = datetime(2024, 11, 14, 23, 30, tzinfo=UTC)
    window = find_window("What happened yesterday?", late, ZoneInfo("Europe/Kyiv"))
    assert window is not None
    assert window.start == datetime(2024, 11, 13, 22, tzinfo=UTC)


@given(st.text(max_size=80), INSTANTS)
def test_any_question_at_any_time_has_a_window_or_none(question: str, now: datetime) -> None:
    window = find_window(question, now.replace(tzinfo=UTC))
    assert window is None or window.start < window.end


@given(
    st.sampled_from(["on {} {}", "since {} {}", "{} {}", "before {} {}"]),
    st.integers(0, 99),
    st.sampled_from(["February", "May", "листопада", "августа", "Dec"]),
)
def test_impossible_days_are_no_window(form: str, day: int, month: str) -> None:
    window = find_window(form.format(day, month), THURSDAY)
    assert window is None or window.start < window.end


MONDAY = datetime(2026, 3, 16, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("Who won the week before last?", date(2026, 3, 2), date(2026, 3, 8)),
        ("Who won the weekend before last?", date(2026, 3, 7), date(2026, 3, 8)),
        ("Хто виграв позаминулого тижня?", date(2026, 3, 2), date(2026, 3, 8)),
        ("Кто выиграл на позапрошлой неделе?", date(2026, 3, 2), date(2026, 3, 8)),
        ("Wer gewann vorletzte Woche?", date(2026, 3, 2), date(2026, 3, 8)),
        ("What burned a fortnight ago?", date(2026, 2, 27), date(2026, 3, 5)),
        ("What burned in the first week of February?", date(2026, 2, 1), date(2026, 2, 7)),
        ("What burned in the last week of January?", date(2026, 1, 25), date(2026, 1, 31)),
        ("What burned on the last weekend of January?", date(2026, 1, 31), date(2026, 2, 1)),
        ("What burned in the second half of January?", date(2026, 1, 16), date(2026, 1, 31)),
        ("Що згоріло в першій половині 2025 року?", date(2025, 1, 1), date(2025, 6, 30)),
        ("Wie war das dritte Quartal 2025?", date(2025, 7, 1), date(2025, 9, 30)),
        ("How were sales in Q3 2025?", date(2025, 7, 1), date(2025, 9, 30)),
        ("What burned last summer?", date(2025, 6, 1), date(2025, 8, 31)),
        ("What burned in summer 2024?", date(2024, 6, 1), date(2024, 8, 31)),
        ("Що згоріло минулого літа?", date(2025, 6, 1), date(2025, 8, 31)),
        ("Was brannte letzten Winter?", date(2025, 12, 1), date(2026, 2, 28)),
        ("Що згоріло торік?", date(2025, 1, 1), date(2025, 12, 31)),
        ("Что сгорело в прошлом месяце?", date(2026, 2, 1), date(2026, 2, 28)),
        ("Протягом останніх трьох днів", date(2026, 3, 13), date(2026, 3, 16)),
        ("Між понеділком і середою", date(2026, 3, 9), date(2026, 3, 11)),
        ("Was brannte am 11.3. in Ostrov?", date(2026, 3, 11), date(2026, 3, 11)),
        ("What burned on 11/3?", date(2026, 3, 11), date(2026, 3, 11)),
    ],
)
def test_parts_of_months_seasons_and_weeks_before_are_windows(
    question: str, first: date, last: date
) -> None:
    window = find_window(question, MONDAY)
    assert window is not None
    assert (window.start.date(), window.end.date() - timedelta(days=1)) == (first, last)


def test_the_last_hours_are_counted_back_from_now() -> None:
    for question, hours in (("in the last hour", 1), ("за останні 6 годин", 6)):
        window = find_window(question, MONDAY)
        assert window is not None
        assert (window.start, window.end) == (MONDAY - timedelta(hours=hours), MONDAY)


@pytest.mark.parametrize(
    "question",
    [
        "What does the Bild am Sonntag say?",
        "Що пише «Субота»?",
        "Who scored in the second half?",
        "Who led after the first quarter?",
    ],
)
def test_papers_and_parts_of_a_match_are_no_times(question: str) -> None:
    assert find_window(question, MONDAY) is None


@pytest.mark.parametrize(
    "question",
    [
        "Are there more ferries than a year ago?",
        "How do rents in Selm compare with last month?",
        "Is the price of bread up 5% from October?",
        "Was the toll higher than on Monday?",
        "Скільки суден зараз порівняно з минулим роком?",
        "Чи більше загиблих, ніж торік?",
        "Больше ли паромов, чем год назад?",
        "Выросли ли цены по сравнению с октябрём?",
        "Gibt es mehr Fähren als vor einem Jahr?",
        "Sind die Mieten im Vergleich zum August gestiegen?",
    ],
)
def test_what_is_only_compared_with_is_no_time(question: str) -> None:
    assert find_window(question, MONDAY) is None


def test_of_a_comparison_the_other_date_is_asked_for() -> None:
    window = find_window("Was inflation in January higher than a year ago?", MONDAY)
    assert window is not None
    assert window.start.date() == date(2026, 1, 1)
    ranged = find_window("How did rents change from January to February?", MONDAY)
    assert ranged is not None
    assert (ranged.start.date(), ranged.end.date()) == (date(2026, 1, 1), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("Who won in August last year?", date(2025, 8, 1), date(2025, 8, 31)),
        ("Who won on 5 March of this year?", date(2026, 3, 5), date(2026, 3, 5)),
        ("Хто виграв у серпні минулого року?", date(2025, 8, 1), date(2025, 8, 31)),
        ("Хто виграв 5 травня позаминулого року?", date(2024, 5, 5), date(2024, 5, 5)),
        ("Кто выиграл в августе прошлого года?", date(2025, 8, 1), date(2025, 8, 31)),
        ("Wer gewann im August letzten Jahres?", date(2025, 8, 1), date(2025, 8, 31)),
        ("Who won half a year ago?", date(2025, 9, 1), date(2025, 9, 30)),
        ("Хто виграв півтора року тому?", date(2024, 9, 1), date(2024, 9, 30)),
        ("Wer gewann vor einem halben Jahr?", date(2025, 9, 1), date(2025, 9, 30)),
        ("Who won in early 2025?", date(2025, 1, 1), date(2025, 4, 30)),
        ("Хто виграв наприкінці 2025 року?", date(2025, 9, 1), date(2025, 12, 31)),
        ("Who won in the 1990s?", date(1990, 1, 1), date(1999, 12, 31)),
        ("Who won overnight?", date(2026, 3, 15), date(2026, 3, 16)),
        ("Who won on Tuesday last week?", date(2026, 3, 10), date(2026, 3, 10)),
        ("Who won the Friday before last?", date(2026, 3, 6), date(2026, 3, 6)),
        ("Who won less than three days ago?", date(2026, 3, 13), date(2026, 3, 16)),
        ("Кто выиграл 12-го?", date(2026, 3, 12), date(2026, 3, 12)),
        ("Хто виграв 11.03?", date(2026, 3, 11), date(2026, 3, 11)),
        ("Хто виграв влітку?", date(2025, 6, 1), date(2025, 8, 31)),
        ("Wer gewann im Winter?", date(2025, 12, 1), date(2026, 2, 28)),
    ],
)
def test_a_year_or_week_beside_a_date_says_which_it_is(
    question: str, first: date, last: date
) -> None:
    window = find_window(question, MONDAY)
    assert window is not None
    assert (window.start.date(), window.end.date() - timedelta(days=1)) == (first, last)


@pytest.mark.parametrize(
    "question", ["How much is 24.11?", "Who is to blame for the fall of Kabul?"]
)
def test_prices_and_falls_are_no_times(question: str) -> None:
    assert find_window(question, MONDAY) is None


@pytest.mark.parametrize(
    ("question", "is_yearly"),
    [
        ("Who was freed in August?", True),
        ("Who was freed on 12 August?", True),
        ("Кого звільнили в серпні?", True),
        ("Wer kam am 5. August frei?", True),
        ("Who was freed between 3 and 9 August?", True),
        ("Who was freed in August 2025?", False),
        ("Who was freed last August?", False),
        ("Who was freed this March?", False),
        ("Who was freed in August last year?", False),
        ("Who was freed since August?", False),
        ("Who was freed on Monday?", False),
    ],
)
def test_a_day_or_month_without_a_year_may_be_of_an_earlier_one(
    question: str, is_yearly: bool
) -> None:
    window = find_window(question, MONDAY)
    assert window is not None
    assert window.yearly is is_yearly


def test_the_same_days_of_an_earlier_year_begin_at_the_readers_midnight() -> None:
    kyiv = ZoneInfo("Europe/Kyiv")
    window = find_window("Who was freed in March?", datetime(2026, 6, 1, tzinfo=UTC), kyiv)
    assert window is not None
    before = window.years_before(2, kyiv)
    assert before.start.astimezone(kyiv) == datetime(2024, 3, 1, tzinfo=kyiv)
    assert before.end.astimezone(kyiv) == datetime(2024, 4, 1, tzinfo=kyiv)


@pytest.mark.parametrize(
    "question",
    [
        "What did the Saturday Evening Post print?",
        "Who starred in Friday Night Lights?",
        "What did the Mail on Sunday say?",
        "What did Scotland on Sunday report?",
        "Did Sunday Adeyemi speak?",
        "What is the October Revolution?",
    ],
)
def test_more_names_that_hold_a_day_or_a_month(question: str) -> None:
    assert find_window(question, MONDAY) is None


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("What burned in Scotland on Sunday?", date(2026, 3, 15), date(2026, 3, 15)),
        ("What burned on the first of March?", date(2026, 3, 1), date(2026, 3, 1)),
        ("What burned on the twenty-fifth of February?", date(2026, 2, 25), date(2026, 2, 25)),
        ("Що згоріло двадцять п'ятого лютого?", date(2026, 2, 25), date(2026, 2, 25)),
        ("Що згоріло першого березня?", date(2026, 3, 1), date(2026, 3, 1)),
        ("Что сгорело тридцатого января?", date(2026, 1, 30), date(2026, 1, 30)),
        ("Что сгорело четвёртого марта?", date(2026, 3, 4), date(2026, 3, 4)),
        ("Что сгорело четвертого марта?", date(2026, 3, 4), date(2026, 3, 4)),
        ("Was brannte am Montag, dem 9.?", date(2026, 3, 9), date(2026, 3, 9)),
        ("What burned since the start of the year?", date(2026, 1, 1), date(2026, 3, 16)),
        ("Що згоріло з початку місяця?", date(2026, 3, 1), date(2026, 3, 16)),
        ("What burned in recent days?", date(2026, 3, 9), date(2026, 3, 16)),
    ],
)
def test_days_in_words_and_since_a_beginning(question: str, first: date, last: date) -> None:
    window = find_window(question, MONDAY)
    assert window is not None
    assert (window.start.date(), window.end.date() - timedelta(days=1)) == (first, last)


@pytest.mark.parametrize(
    "text", ["Kyiv said Monday Russia had lost.", "It burned Monday. Selm slept."]
)
def test_a_day_without_a_preposition_before_a_name_is_a_day(text: str) -> None:
    assert find_window(text, MONDAY) is not None
