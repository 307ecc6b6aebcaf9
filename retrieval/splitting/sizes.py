"""Every size of the splitter, in code points.

The embedder sees 256 word pieces of "title, outlet, date, passage"; English news has about 4.5
code points to a piece, so that 850 leave room for what is put in front.
"""

MAX_SENTENCE_CHARS = 1000
"""No sentence is longer; what has no stop for so long is cut at a clause or a word."""

MAX_PASSAGE_CHARS = 850
"""A passage is longer only if one sentence alone is."""

MIN_PASSAGE_CHARS = 450
"""From this size on a passage may end at a paragraph's end, though more would fit."""

MAX_SHELTER_CHARS = 400
"""A quotation or bracket up to this size keeps its sentences together."""

WINDOW_CHARS = 120
"""How far a decision looks to either side: a constant, so that splitting takes linear time."""
