"""Measures how the time of a step grows with its input, by ratios and not by absolute times."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Four times as much input: linear work takes 4 times as long, quadratic 16.
_GROWTH = 4
_MOST = 9.0
# Twice as much input takes twice as long, or four times if the time grows with the square.
_MOST_FOR_TWICE = 2.8
# Shorter times are noise; quadratic steps exceed this before they do harm.
_UNMEASURABLE_S = 0.02
_AGAIN = 3

# The parts of texts made to be slow.
UNITS = (
    *(" ", "\n", "\n\n", "\t ", ",", ", ", ",,", ".", "... ", "a", "a ", "A ", "A. ", "a.", "Aa. "),
    *("1", "1 ", "1,", "1, ", "1.", "9,999 ", "123 ", "1:", "10:10 ", "2024-", "12 May ", "$5 "),
    *("(", "(a ", "[", "[1.1]", "[1", "<", "<a ", "“", "“a” ", '"', "«a» ", "'", "’", "—", " - "),
    *("#", "# ", "* ", "@", "a@", "/", "://", "http://", "https://a.b/c ", "$", "+", "+1 ", "&"),
    *("one ", "one hundred ", "not ", "in May ", "since ", "from ", "from Monday, ", "killed 5 "),
    *("Al-", "O'", "n't ", "_", "e\u0301", "🤙", "я", "Яя ", "中", "5 тисяч ", "т. д. ", "и ", ";"),
    *(
        "as ",
        "file ",
        "last week ",
        "Ab/Cd ",
        "UTC+1 ",
        "at 7 ",
        "Mon-",
        "Reuters said ",
        "I ",
        "-",
    ),
)


def grown(unit: str, size: int) -> str:
    """`unit` repeated, with something else at the end."""
    return unit * (size // len(unit)) + "!x"


def too_steep(step: Callable[[str], object], unit: str, size: int) -> str | None:
    """The problem if a step takes far more than twice as long for twice the input; else None."""
    took = [0.0, 0.0, 0.0]
    for _ in range(_AGAIN):
        most = _seconds(step, grown(unit, size * _GROWTH))
        if most < _UNMEASURABLE_S:
            return None
        took = [*(_seconds(step, grown(unit, size * times)) for times in (1, 2)), most]
        # A step that only begins with longer texts jumps once, and then grows linearly.
        if most <= _MOST * max(took[0], 1e-9) or most <= _MOST_FOR_TWICE * took[1]:
            return None
    times = ", ".join(f"{one * 1000:.1f} ms" for one in took)
    return f"{unit!r}: {times} for {size:,}, {2 * size:,}, {_GROWTH * size:,} characters"


def _seconds(step: Callable[[str], object], text: str) -> float:
    """The processor time of this thread, so that other work doesn't count."""
    begun = time.thread_time()
    step(text)
    return time.thread_time() - begun
