"""Does what a claim says stand in what it cites? Rules over text, pure and fast; no model.

Figures with their measures, dates with the article's day, names, speakers, quotations, negation. It
finds what is not there; that what is there is put together rightly, it can't promise.
"""

from retrieval.grounding.checks.claims import Verdict, check_claim, with_exact_figures
from retrieval.grounding.checks.problem import Evidence, Problem, ProblemKind

__all__ = ["Evidence", "Problem", "ProblemKind", "Verdict", "check_claim", "with_exact_figures"]
