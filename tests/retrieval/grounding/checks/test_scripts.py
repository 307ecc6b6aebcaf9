from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.grounding.checks.names import capitalised, may_be_named, other_script, same_script

ENGLISH = capitalised(
    "German Chancellor Olaf Scholz told Recep Tayyip Erdogan in Kharkiv's Derzhprom, as Reuters "
    "and the United Nations saw, that Zaporizhzhia, Zhytomyr, Jerusalem and Xi Jinping matter."
)
UKRAINIAN = capitalised(
    "У Женеві Карін Жан-П'єр і Віктор Орбан говорили про Німеччину, США та МАГАТЕ; Миляев молчал."
)


FOUND = """
Шольц Шольца Олафом Эрдоган Ердоганом Реджеп Харкова Харьковской Рейтер ООН Запорізької Житомирській
Єрусалим Иерусалиме Німеччина німецький Германии Білий Міністерство
"""
MISSED = "Мерц Макрона Путіним Одесі Полтаві Франція французький Блумберг Варшаві"
FOUND_IN_UKRAINIAN = "Geneva Karine Jean Pierre Orban Germany German America IAEA Milyaev White"
MISSED_IN_UKRAINIAN = "Vienna Fico Poland Danish NATO Shoigu"


@pytest.mark.parametrize("name", FOUND.split())
def test_a_name_in_cyrillic_is_found_in_an_english_article(name: str) -> None:
    assert may_be_named(name, ENGLISH)


@pytest.mark.parametrize("name", MISSED.split())
def test_a_name_in_cyrillic_that_the_english_article_lacks_is_missed(name: str) -> None:
    assert not may_be_named(name, ENGLISH)


@pytest.mark.parametrize("name", FOUND_IN_UKRAINIAN.split())
def test_a_latin_name_is_found_in_an_article_in_cyrillic(name: str) -> None:
    assert may_be_named(name, UKRAINIAN)


@pytest.mark.parametrize("name", MISSED_IN_UKRAINIAN.split())
def test_a_latin_name_that_the_article_in_cyrillic_lacks_is_missed(name: str) -> None:
    assert not may_be_named(name, UKRAINIAN)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Київ", "У Києві сказали, що Iris-T прибули.", True),
        ("Kyiv", "У Києві сказали, що Iris-T прибули.", False),
        ("Kyiv", "They said «Київ» in Kyiv.", True),
        ("Київ", "They said «Київ» in Kyiv.", False),
        ("Київ", "", False),
    ],
)
def test_a_foreign_word_makes_no_text_foreign(one: str, other: str, *, same: bool) -> None:
    assert same_script(one, other) is same


@pytest.mark.parametrize(
    ("one", "other", "crosses"),
    [
        ("Київ", "They said «Київ» in Kyiv.", True),
        ("Kyiv", "У Києві сказали, що Iris-T прибули.", True),
        ("Kyiv", "They said so in Kyiv.", False),
        ("Kyiv", "قالوا ذلك في كييف", False),
        ("Київ", "基辅当局表示", False),
        ("Kyiv", "", False),
    ],
)
def test_names_are_compared_between_latin_and_cyrillic_letters_only(
    one: str, other: str, *, crosses: bool
) -> None:
    assert other_script(one, other) is crosses


WORDS = st.frozensets(st.text(max_size=30), max_size=5)


@given(st.text(), WORDS, WORDS)
def test_more_words_never_take_a_name_away(
    name: str, written: frozenset[str], more: frozenset[str]
) -> None:
    assert may_be_named(name, written | more) >= may_be_named(name, written)


@given(st.text(alphabet="бвгдзклмнпрст", min_size=2, max_size=12))
def test_a_name_is_always_like_itself(name: str) -> None:
    assert may_be_named(name, frozenset({name.capitalize()}))
