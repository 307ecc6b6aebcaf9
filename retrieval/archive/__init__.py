"""Where articles live: SQL is the truth; full text and vectors can be made again from it.

An article is stored by `articles` in one transaction together with its words (`keywords`) and is
`pending` until the `indexer` has embedded it and written its `vectors`. `archive` is the door: what
the other rooms may ask for; of those, a search within a filter goes to `filtered`.
"""

from retrieval.archive.answers import CitedText
from retrieval.archive.archive import Archive
from retrieval.archive.briefings import Kept
from retrieval.archive.families import Family, Kin
from retrieval.archive.feedback import Tokens, Usage
from retrieval.archive.filters import Filter
from retrieval.archive.reading import Summary

__all__ = ["Archive", "CitedText", "Family", "Filter", "Kept", "Kin", "Summary", "Tokens", "Usage"]
