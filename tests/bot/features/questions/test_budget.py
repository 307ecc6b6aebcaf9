from __future__ import annotations

import pytest

from bot.features.questions.admission import beyond
from bot.settings import Budget


@pytest.mark.parametrize(
    ("budget", "mine", "everyone", "word"),
    [
        (Budget(), 10**9, 10**9, None),
        (Budget(a_reader=100), 99, 10**9, None),
        (Budget(a_reader=100), 100, 100, "You have used"),
        (Budget(altogether=100), 0, 99, None),
        (Budget(altogether=100), 0, 100, "used up for everyone"),
        (Budget(a_reader=100, altogether=50), 100, 100, "You have used"),
    ],
)
def test_beyond_a_limit_the_reader_is_told_why_answers_are_quotes(
    budget: Budget, mine: int, everyone: int, word: str | None
) -> None:
    reason = beyond(budget, mine, everyone)
    assert reason is None if word is None else word in str(reason)


def test_cost_is_counted_by_the_million() -> None:
    assert Budget(read_price=0.15, written_price=0.6).cost(2_000_000, 500_000) == pytest.approx(0.6)
