"""What is kept in SQL, which is the truth: articles, answers, briefings, feeds, the audit log.

An article is stored by `articles` in one transaction together with its words (`keywords`), and is
read by `reading` and `listing`. `near_duplicates` knows the copies, `boilerplate` what an outlet
prints under everything; `leases` say which program does a piece of work; `backup` and `compacting`
are for operators.
"""

from retrieval.storage.answers import CitedText
from retrieval.storage.briefings import Kept
from retrieval.storage.feedback import Tokens, Usage
from retrieval.storage.reading import Family, Kin, Summary

__all__ = ["CitedText", "Family", "Kept", "Kin", "Summary", "Tokens", "Usage"]
