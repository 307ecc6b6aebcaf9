from __future__ import annotations

from retrieval.briefing.drafts import DraftClaim, in_order
from retrieval.models import Citation
from tests.support.passages import article


def claim(text: str, day: str | None) -> DraftClaim:
    return DraftClaim(text, (Citation(1, article("Title", "Alpha", day), 0, 5, text),))


OLD = claim("North Korea sent 8,000 soldiers to the Kursk region.", "2024-11-03")
NEW = claim("North Korea sent 11,000 soldiers to the Kursk region.", "2024-11-12")
OTHER = claim("Maize prices fell by a tenth in Odesa.", "2024-11-13")


def test_the_newer_of_two_figures_for_the_same_thing_is_told_first() -> None:
    assert in_order([OTHER, OLD, NEW]) == (OTHER, NEW, OLD)


def test_what_counts_something_else_or_has_no_date_keeps_its_place() -> None:
    assert in_order([OLD, OTHER]) == (OLD, OTHER)
    undated = claim("North Korea sent 11,000 soldiers to the Kursk region.", None)
    assert in_order([OLD, undated]) == (OLD, undated)
    assert in_order([NEW, OLD]) == (NEW, OLD)
