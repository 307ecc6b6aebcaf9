"""How near is near enough: the few numbers that stories depend on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Tuning:
    """How near is near enough. Likenesses are cosines; the weights of meaning and words add to 1.

    `unrelated` is what the embedding model gives to articles that have nothing in common
    (`unrelated_by_model`): in meaning, likeness counts from there, as 0, to 1.
    `a_day` is taken off for each day between a report and the nearest article of the story; after
    `quiet` a story is over. `words_alone` is the threshold where a vector is missing. A report with
    less `unity` is a round-up and stands alone. `late` is how much older than the newest article
    one may come; up to `most` articles are kept in mind.
    """

    threshold: float = 0.5
    unrelated: float = 0.1
    meaning: float = 0.7
    a_day: float = 0.01
    words_alone: float = 0.3
    unity: float = 0.45
    quiet: timedelta = timedelta(days=14)
    late: timedelta = timedelta(days=7)
    most: int = 100_000
