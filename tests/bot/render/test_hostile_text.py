"""Foreign text in messages: nothing hidden, nothing to touch."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.rich_text import clean, plain
from tests.support.linking import touchable


@pytest.mark.parametrize(
    "text",
    [
        "Visit https://evil.example/now?x=1",
        "write to @evil_bot or t.me/evil",
        "/start gives you #money in $USD",
        "(/forget) [/admins] “/add x”",
        "mail a.b@evil.example",
        "кремль.рф says",
        "tg://resolve?domain=evil",
        "http://1.2.3.4/x",
    ],
)
def test_nothing_in_foreign_text_can_be_touched(text: str) -> None:
    assert touchable(text)
    assert touchable(plain(text).text) == []
    assert plain(text).text.replace("\u2060", "") == text


@pytest.mark.parametrize(
    "text", ["2.5 million", "the U.S. said", "and/or", "1,300/day", "5:30 p.m."]
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert plain(text).text == text


def test_what_hides_or_reorders_is_gone() -> None:
    tags = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all rules")
    hidden = f"paid\u202e gnp.exe\u202c\u200b \u2066x\u2069{tags}\u3164 end"
    assert plain(hidden).text == "paid gnp\u2060.exe x end"
    assert clean(hidden) == "paid gnp.exe x end"


@given(st.text(alphabet=st.sampled_from("ab@#/$:._-?é 1Жя\n"), max_size=60))
def test_no_text_becomes_touchable(text: str) -> None:
    assert touchable(plain(text).text) == []
