"""Buttons that are one person's only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.callback_data import GOOD_FOR, CallbackData, Seal, SignedCallback

NOW = datetime(2024, 11, 23, 12, tzinfo=UTC)
SEALS = SignedCallback("500:token")
RITA, OMAR = 1001, 1002


def test_a_button_is_good_for_whom_it_was_made_and_for_a_while() -> None:
    data = SEALS.sign("forget:yes", RITA, NOW)
    assert SEALS.check(data, "forget:yes", RITA, NOW) is Seal.GOOD
    assert SEALS.check(data, "forget:yes", OMAR, NOW) is Seal.FOREIGN
    assert SEALS.check(data, "forget:no", RITA, NOW) is Seal.VOID
    last = NOW + GOOD_FOR - timedelta(seconds=1)
    assert SEALS.check(data, "forget:yes", RITA, last) is Seal.GOOD
    assert SEALS.check(data, "forget:yes", RITA, NOW + GOOD_FOR) is Seal.VOID


def test_nobody_can_turn_another_persons_button_into_their_own() -> None:
    data = SEALS.sign("forget:yes", RITA, NOW)
    assert SEALS.check(data.replace("1001", "1002"), "forget:yes", OMAR, NOW) is Seal.VOID
    later = SEALS.sign("forget:yes", RITA, NOW + timedelta(days=1)).split(":")[3]
    longer = ":".join([*data.split(":")[:3], later, data.split(":")[4]])
    assert SEALS.check(longer, "forget:yes", RITA, NOW) is Seal.VOID
    assert SignedCallback("501:token").check(data, "forget:yes", RITA, NOW) is Seal.VOID


@given(st.integers(1, 2**52), st.datetimes(datetime(2024, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001
def test_it_fits_into_a_button_whoever_it_is_for(user_id: int, at: datetime) -> None:
    now = at.replace(tzinfo=UTC)
    data = SEALS.sign("forget:yes", user_id, now)
    assert len(data.encode()) <= 64
    assert SEALS.check(data, "forget:yes", user_id, now) is Seal.GOOD


@given(st.text(max_size=64), st.integers(1, 2**52))
def test_what_was_made_up_is_worth_nothing(data: str, user_id: int) -> None:
    assert SEALS.check(f"forget:yes:{data}", "forget:yes", user_id, NOW) is Seal.VOID


@dataclass(frozen=True)
class FruitButton(CallbackData):
    PREFIX: ClassVar[str] = "fruit"
    chat_id: Annotated[int, "-?[0-9]{1,16}"]
    kind: Literal["apple", "pear"]
    ripe: bool
    note: Annotated[str, ".{1,30}"] = ""


@pytest.mark.parametrize(
    ("button", "data"),
    [
        (FruitButton(-100123, "pear", ripe=True), "fruit:-100123:pear:1"),
        (FruitButton(7, "apple", ripe=False, note="a: b"), "fruit:7:apple:0:a: b"),
    ],
)
def test_a_button_says_what_it_was_made_of(button: FruitButton, data: str) -> None:
    assert button.pack() == data
    assert FruitButton.unpack(data) == button
    assert re.match(FruitButton.pattern(), data)


@pytest.mark.parametrize(
    "data",
    [
        None,
        "",
        "fruit",
        "fruits:7:pear:1",
        "fruit:7:plum:1",
        "fruit:7:pear:2",
        "fruit:x:pear:1",
        "fruit:7:pear:1:",
        "fruit:7:pear:1\n",
        "fruit:\u0667:pear:1",
        f"fruit:7:pear:1:{'x' * 31}",
    ],
)
def test_what_a_client_made_up_is_no_button(data: str | None) -> None:
    assert FruitButton.unpack(data) is None


@pytest.mark.parametrize("note", ["x" * 31, "ї" * 30])
def test_a_button_that_telegram_or_we_would_refuse_is_not_made(note: str) -> None:
    with pytest.raises(ValueError, match="no data for a button"):
        FruitButton(7, "pear", ripe=True, note=note).pack()
