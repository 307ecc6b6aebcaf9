"""All checks of one claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.grounding.checks.dates import check_dates
from retrieval.grounding.checks.figures import Rounded, check_figures
from retrieval.grounding.checks.names import check_names, check_speakers
from retrieval.grounding.checks.opposites import check_opposites
from retrieval.grounding.checks.problem import Kind
from retrieval.grounding.checks.wording import check_negation, check_quotations, check_topic

if TYPE_CHECKING:
    from retrieval.grounding.checks.problem import Evidence, Problem

_REASONS = {
    Kind.FIGURE: "the figure {said} stands in none of its sentences",
    Kind.UNIT: "its sentences measure something else than {said}",
    Kind.DATE: "its sentences do not give the date {said}",
    Kind.NAME: "{said} is not named in its source",
    Kind.SPEAKER: "its sentences do not say that {said} said so",
    Kind.QUOTATION: "“{said}” is not what its source says word for word",
    Kind.TOPIC: "its sentences are about something else",
    Kind.NEGATION: "its sentences say the opposite as to “{said}”",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a claim, and the figures that it rounds or converts."""

    problems: tuple[Problem, ...]
    rounded: tuple[Rounded, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def reasons(self) -> str:
        """Why it does not stand, in words for the one who wrote it."""
        return "; ".join(_REASONS[one.kind].format(said=one.said) for one in self.problems)


def check_claim(claim: str, evidence: Evidence) -> Verdict:
    """Hold a claim against what it cites."""
    problems, rounded = check_figures(claim, evidence.sentences)
    problems += check_dates(claim, evidence.cited)
    speakers = check_speakers(claim, evidence)
    unnamed = check_names(claim, evidence)
    problems += unnamed
    if not unnamed:
        problems += speakers
    problems += check_quotations(claim, evidence)
    problems += check_negation(claim, evidence) or check_opposites(claim, evidence)
    problems += check_topic(claim, evidence)
    return Verdict(tuple(problems), tuple(rounded))


def with_exact_figures(claim: str, verdict: Verdict) -> str:
    """A claim that rounds, with what its source says."""
    if not verdict.rounded:
        return claim
    exact = ", ".join(dict.fromkeys(one.source for one in verdict.rounded))
    return f"{claim.rstrip()} (about; the source says {exact})"
