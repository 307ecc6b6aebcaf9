from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.text.figures import differing, find_figures
from retrieval.text.numbers import unread_numbers
from tests.support.shared import CASES, needs_cases


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("2,500 tanks were sent", 2_500, "tank"),
        ("11 000 солдатів прибули", 11_000, "солдатів"),
        ("some 10k men", 10_000, "men"),
        ("10 тыс. военных", 10_000, "воен"),
        ("3,5 млн осіб", 3_500_000, "осіб"),
        ("ten thousand soldiers", 10_000, "soldier"),
        ("two hundred and fifty drones", 250, "drone"),
        ("a dozen officers", 12, "offic"),
        ("$3.4 billion in aid", 3.4e9, "$"),
        ("25% of homes", 25, "%"),
        ("25 per cent of homes", 25, "%"),
        ("twenty-five ships", 25, "ship"),
        ("двох комплексів", 2, "комплексів"),
        ("двадцять п’ять кораблів", 25, "кораблів"),
        ("двести пятьдесят тысяч человек", 250_000, "человек"),
        ("п'ять мільйонів осіб", 5e6, "осіб"),
    ],
)
def test_a_figure_is_read_with_its_magnitude_and_what_it_counts(
    text: str, value: float, unit: str
) -> None:
    (figure,) = find_figures(text)
    assert figure.value == value
    assert unit in figure.units


def numbers_of(text: str) -> list[tuple[float, ...]]:
    return [figure.numbers for figure in find_figures(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # separators, of any country
        ("the flood took 1,234.5 hectares", 1_234.5),
        ("die Flut nahm 1.234,5 Hektar", 1_234.5),
        ("la crue a pris 1 234,5 hectares", 1_234.5),
        ("the strike grounded 7\u00a0650 planes", 7_650),
        ("the strike grounded 7\u2009650 planes", 7_650),
        ("the quake shook 64'300 houses", 64_300),
        ("the quake shook 3’900 houses", 3_900),
        ("the census found 7.214.905 people", 7_214_905),
        ("the census found 12,07,350 voters", 1_207_350),
        ("the census found 1,12,07,350 voters", 11_207_350),
        ("the herd lost 2.340 goats", 2_340),
        ("the herd lost 2,340 goats", 2_340),
        ("у стаді 2.340 кіз", 2_340),
        ("the runner won by 0.234 seconds", 0.234),
        ("the firm is worth $1.234 billion", 1.234e9),
        ("прибуток — 1,234 млрд", 1.234e9),
        # magnitudes
        ("the temple got 38 lakh", 3.8e6),
        ("the temple got Rs 2.4 crore", 2.4e7),
        ("the state owes 3 lakh crore", 3e12),
        ("die Brücke kostete 6,5 Mio. Euro", 6.5e6),
        ("die Bahn braucht 3 Mrd. Euro", 3e9),
        ("most kosztował 7,5 mln zł", 7.5e6),
        ("la deuda es de 2 mil millones", 2e9),
        ("köprü 9,5 milyon lira", 9.5e6),
        ("a profit of £2.5m", 2.5e6),
        ("half a million hens", 5e5),
        ("three quarters of a million hens", 7.5e5),
        ("two and a half million hens", 2.5e6),
        ("a million and a half hens", 1.5e6),
        ("півтора мільйона гривень", 1.5e6),
        ("полтора миллиона рублей", 1.5e6),
        ("два з половиною мільйони осіб", 2.5e6),
        ("полмиллиона рублей", 5e5),
        # fractions, powers, notes
        ("two thirds of the pupils", 2 / 3),
        ("дві третини учнів", 2 / 3),
        ("a cell of 10^-6 metres", 1e-6),
        ("the left took 6½ percent", 6.5),
        ("the path is 4 1/2 miles long", 4.5),
        ("2/3 of the pupils", 2 / 3),
        ("the lake holds 10^7 litres", 1e7),
        ("the lake holds 10⁷ litres", 1e7),
        ("the lake holds 4 × 10^7 litres", 4e7),
        ("the blast killed 14² miners", 14),
        # signs
        ("the night was -19 degrees cold", -19),
        ("the night was −19 °C cold", -19),
        ("minus 19 degrees", -19),
        ("мінус 19 градусів", -19),
        ("19 degrees below zero", -19),
        ("19 градусов мороза", -19),
        ("(-3 percent)", -3),
        # other digits
        ("قتل ١٢٣ شخصا", 123),
        ("قتل ١٬٢٠٠ شخص", 1_200),
        ("بلغت ٤٫٥ مليون", 4.5e6),
        ("४५ लाख रुपये", 4.5e6),
        ("水灾影响三百二十名学生", 320),
        ("费用为四百五十万欧元", 4.5e6),
        ("费用为3.5亿元", 3.5e8),
        ("費用は2億3千万円だった", 2.3e8),
        ("수리비는 45억 원이었다", 4.5e9),
        ("시민 3만 5천 명", 35_000),
        ("在该地14人死亡", 14),
    ],
)
def test_a_number_is_read_as_its_writer_meant_it(text: str, value: float) -> None:
    ((number,),) = numbers_of(text)
    assert number == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        "release 1.2.3",
        "the host 192.168.0.1",
        "the row 1,23,4",
        "the price 1,234,56",
        "open 24/7",
        "since 9/11",
        "a 4x4 car",
        "about 1e6 units",
        "he is 5'10 tall",
        "call 555-010-1234",
    ],
)
def test_what_nobody_can_read_is_unknown_and_no_part_of_it_a_figure(text: str) -> None:
    assert find_figures(text) == []
    assert unread_numbers(text)


def test_a_bare_number_of_thousands_of_digits_counts_as_no_figure() -> None:
    assert find_figures("9" * 5_000 + " cows") == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("10,000 to 12,000 people marched", (10_000, 12_000)),
        ("from the ferry 30 to 40 people were saved", (30, 40)),
        ("5–6 million clams died", (5e6, 6e6)),
        ("5 to 6 million clams died", (5e6, 6e6)),
        ("between 300 and 400 soldiers", (300, 400)),
        ("між 300 і 400 солдатами", (300, 400)),
        ("от 10 до 12 тысяч человек", (10_000, 12_000)),
        ("zwischen 10 und 12 Millionen Euro", (1e7, 1.2e7)),
        ("3-4 days of rain", (3, 4)),
        ("between -5 and -10 degrees", (-5, -10)),
        ("12 ± 2 percent", (12, 2)),
    ],
)
def test_two_ends_of_a_range_are_one_figure(text: str, numbers: tuple[float, ...]) -> None:
    assert numbers_of(text) == [numbers]


@pytest.mark.parametrize(
    "text",
    [
        "won 2-1 on Sunday",
        "a 98-104 defeat",
        "ruled by 5 to 4",
        "rose from 300 to 450 people",
        "виросли з 300 до 450 осіб",
    ],
)
def test_scores_votes_and_changes_are_no_ranges(text: str) -> None:
    assert [len(one) for one in numbers_of(text)] == [1, 1]


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("rose by 0.25 percentage points", "points"),
        ("rose by 0.75 pp", "points"),
        ("зросла на 0,5 відсоткового пункту", "points"),
        ("rose by 25 basis points", "points"),
        ("rose by 25 percent", "%"),
        ("yüzde 25 arttı", "%"),
        ("rose by 25pc", "%"),
        ("占百分之二十五", "%"),
    ],
)
def test_percentage_points_are_no_percent(text: str, mark: str) -> None:
    (figure,) = find_figures(text)
    assert {"points", "%"} & figure.units == {mark}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("14 marines died", 14),
        ("25 marchers were held", 25),
        ("14 may have died", 14),
        ("6 augmented brigades", 6),
        ("a 2.5m wall", 2.5),
        ("2.5 m of snow", 2.5),
        ("155mm shells", 155),
        ("the 100m final", 100),
        ("40m2 of floor", 40),
    ],
)
def test_what_only_looks_like_a_date_or_a_magnitude_is_none(text: str, value: float) -> None:
    assert numbers_of(text) == [(value,)]


@pytest.mark.parametrize(
    "text",
    [
        "am 3. Oktober 2025",
        "le 3 octobre",
        "3 października",
        "3月5日",
        "三月五日",
        "周二",
        "3월 5일",
        "2026-11-27",
        "27.11.2026",
        "20.00 Uhr",
        "on 12 November 2024",
        "on Nov. 12",
        "at 7:30 a.m.",
        "an F-16 jet",
        "COVID-19",
        "in 2022",
        "one",
    ],
)
def test_dates_times_years_and_names_are_no_figures(text: str) -> None:
    assert find_figures(text) == []


@example("0\r¼")
@given(st.text(max_size=200))
def test_every_figure_is_a_slice_of_its_text_in_order(text: str) -> None:
    figures = find_figures(text)
    assert all(0 <= one.start < one.end <= len(text) for one in figures)
    assert [one.start for one in figures] == sorted(one.start for one in figures)


SOLDIERS = "Kyiv said that 8,000 North Korean soldiers were in the Kursk region on Monday."


def test_two_statements_that_count_the_same_differ_in_its_figure() -> None:
    pair = differing(SOLDIERS, SOLDIERS.replace("8,000", "11,000").replace("Monday", "Tuesday"))
    assert pair is not None
    assert [one.value for one in pair] == [8_000, 11_000]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            "The quake in the east killed 1,000 people near Khost on Wednesday.",
            "The quake in the east injured 1,500 people near Khost on Wednesday.",
            id="another fate",
        ),
        pytest.param(
            "Colorado beat Tampa Bay 2-1 goals in the final on Sunday night.",
            "Colorado beat Tampa Bay 7-0 goals in the final on Saturday night.",
            id="a score",
        ),
        pytest.param(
            "Advisers backed the shot for babies of 6 months with a Covid vaccine on Saturday.",
            "Advisers backed two Covid vaccines for babies on Wednesday.",
            id="counted in other things",
        ),
        pytest.param(
            "A 7.0-magnitude quake in Haiti hit people in the capital Port-au-Prince.",
            "Up to 40,000 people in Haiti were hit in the capital Port-au-Prince.",
            id="a description",
        ),
        pytest.param(
            "Airlines cancelled 1,300 flights in the United States on Friday.",
            "Airlines cancelled another 1,750 flights in the United States on Thursday.",
            id="on top",
        ),
        pytest.param(
            "In all 3,200 flights were cancelled over the weekend in the United States.",
            "On Saturday 850 flights and on Sunday 900 flights were cancelled over the weekend.",
            id="one of several",
        ),
        pytest.param(SOLDIERS, SOLDIERS.replace("8,000", "8"), id="too far"),
        pytest.param(SOLDIERS, SOLDIERS, id="the same"),
        pytest.param(SOLDIERS, SOLDIERS.replace("8,000", "7,000 to 9,000"), id="within a range"),
        pytest.param(
            "The bank of Vik raised its main rate by 2 percent on Friday.",
            "The bank of Vik raised its main rate by 3 percentage points on Friday.",
            id="percent and points",
        ),
    ],
)
def test_figures_of_other_things_are_no_rivals(one: str, other: str) -> None:
    assert differing(one, other) is None
    assert differing(other, one) is None


@given(st.text(max_size=120), st.text(max_size=120))
def test_rivals_are_slices_of_their_texts(one: str, other: str) -> None:
    pair = differing(one, other)
    assert pair is None or (pair[0].end <= len(one) and pair[1].end <= len(other))


WAS = "The storm at {place} cut power to {figure} on {day}, the grid office of {place} said."


@pytest.mark.parametrize(
    ("old", "new", "was"),
    [
        ("7,14,300 homes", "8,02,650 homes", "7,14,300"),
        ("31'500 homes", "48'750 homes", "31'500"),
        ("3’900 homes", "5’200 homes", "3’900"),
        ("1.234.567 homes", "1.934.567 homes", "1.234.567"),
        ("20,000 to 22,000 homes", "45,000 homes", "20,000 to 22,000"),
        ("2½ percent of homes", "6½ percent of homes", "2½ percent"),
        ("half a million homes", "300,000 homes", "half a million"),
        ("3–4 million homes", "6 million homes", "3–4 million"),
        ("12 000 homes", "15 000 homes", "12 000"),
        ("1.200 homes", "1.850 homes", "1.200"),
    ],
)
def test_the_figure_that_was_replaced_is_shown_whole(old: str, new: str, was: str) -> None:
    before = WAS.format(place="Vik", figure=old, day="Friday")
    pair = differing(WAS.format(place="Vik", figure=new, day="Saturday"), before)
    assert pair is not None
    assert before[pair[1].start : pair[1].end] == was


def test_degrees_below_zero_replace_each_other() -> None:
    before = "The frost at Kell station reached -14 degrees on Friday, the weather office said."
    pair = differing(before.replace("-14", "-27").replace("Friday", "Saturday"), before)
    assert pair is not None
    assert before[pair[1].start : pair[1].end] == "-14"


# What each second article of a pair replaces, in the order of the file; None: nothing.
WERE = (
    *("2,45,300", "-12", "3.5 mln", "1.200", "half a million", "3–4 million"),
    *("0.25 percentage points", "5½ percent", "12 000", "Rs 45 lakh", "12'500", "10,000 to 12,000"),
    *("2.5m", None),
)


@needs_cases
def test_of_each_pair_of_articles_the_old_figure_is_known_whole() -> None:
    lines = (CASES / "text" / "figures-was.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    found = []
    for old, new in zip(texts[::2], texts[1::2], strict=True):
        pair = differing(new, old)
        found.append(pair and old[pair[1].start : pair[1].end])
    assert tuple(found) == WERE


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("двадцять один солдат", (21,)),
        ("сто двадцать одна женщина", (121,)),
        ("2.5x10^3 tonnes", (2500,)),
        ("10–12 people were hurt", (10, 12)),
        ("5-7 days of rain", (5, 7)),
        ("15–20 осіб", (15, 20)),
    ],
)
def test_a_number_is_read_to_its_end(text: str, numbers: tuple[float, ...]) -> None:
    [figure] = find_figures(text)
    assert figure.numbers == numbers


@pytest.mark.parametrize("text", ["They won 2-3 on penalties.", "a 10-12 defeat"])
def test_scores_are_no_ranges(text: str) -> None:
    assert [one.other for one in find_figures(text)] == [None, None]
