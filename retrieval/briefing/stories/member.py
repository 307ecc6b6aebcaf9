"""An article that the story book has in mind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.briefing.stories.terms import terms_of
from retrieval.grounding.figures import figure_values
from retrieval.near_copies import signature

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from retrieval.briefing.stories.lexicon import Ids, Lexicon, Place, Weights
    from retrieval.briefing.stories.report import Report
    from retrieval.near_copies import Signature

    Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a report says, as far as its story depends on it; `figures` are its numbers."""

    terms: dict[str, float]
    signature: Signature | None
    figures: frozenset[float]


@dataclass(slots=True, eq=False)
class Member:
    """A placed article. `terms` are numbers of the lexicon, with their `weights`, same shape.

    `speaks` is False for copies and round-ups: they say nothing about what their story is.
    """

    place: Place
    story: int
    copy_of: int | None
    speaks: bool
    terms: Ids
    weights: Weights
    vector: Vector | None
    figures: frozenset[float]


def read(report: Report) -> Reading:
    """The costly part of placing a report."""
    return Reading(
        terms_of(report.article.title, report.text),
        signature(report.text),
        figure_values(report.text),
    )


def place_of(report: Report) -> Place:
    """Where a report stands in time."""
    return report.at.timestamp(), report.article.id


def member_of(  # noqa: PLR0913  what a member is made of
    report: Report,
    reading: Reading,
    lexicon: Lexicon,
    story: int,
    copy_of: int | None,
    *,
    one: bool,
) -> Member:
    """A report as a member of its story; `one` says that it is about one thing."""
    terms, weights = lexicon.add(reading.terms)
    return Member(
        place_of(report),
        story,
        copy_of,
        one and copy_of is None,
        terms,
        weights,
        report.vector,
        reading.figures,
    )
