"""A text becomes sentences, and sentences become passages; pure, and exact to the code point.

The walk: `split_sentences` asks of each gap of white space whether a sentence ends there (`lines`:
paragraphs, headings, list items; `shelter`: quotations and brackets that are kept whole; `stops`
with `vocabulary`: what the full stop in front of the gap means), then `bounds` cuts what is longer
than a citation may be. `split_passages` groups whole sentences for the index. `split` does
both.

`SPLITTER_VERSION` is stamped on the vector index. Change it with whatever moves an offset.
"""

from retrieval.splitting.passages import split, split_passages
from retrieval.splitting.sentences import split_sentences
from retrieval.splitting.sizes import MAX_PASSAGE_CHARS, MAX_SENTENCE_CHARS

SPLITTER_VERSION: str = "2"

__all__ = [
    "MAX_PASSAGE_CHARS",
    "MAX_SENTENCE_CHARS",
    "SPLITTER_VERSION",
    "split",
    "split_passages",
    "split_sentences",
]
