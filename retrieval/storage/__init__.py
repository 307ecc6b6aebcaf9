"""What is kept in SQL, which is the truth: articles, answers, briefings, feeds, the audit log.

Each kind has a repository, which opens a transaction for each call: `articles` (over `reading`),
`listing`, `answers`, `feedback`, `briefings`; `keywords` searches by words. `near_duplicates` finds
copies, `boilerplate` finds sentences that an outlet repeats in every article; `leases` decide which
program does a piece of work; `backup` and `compacting` are for operators.
"""

from retrieval.storage.answers import CitedText
from retrieval.storage.briefings import Kept
from retrieval.storage.feedback import Tokens, Usage
from retrieval.storage.reading import Family, Kin, Summary

__all__ = ["CitedText", "Family", "Kept", "Kin", "Summary", "Tokens", "Usage"]
