"""Characters that hide, reorder or join invisibly: out of whatever a person or a model reads."""

from __future__ import annotations

import re

# Bidirectional controls, zero-width and other invisible characters, fillers, tag characters (they
# spell text that nobody sees); C0, C1, lone surrogates. Joiners stay: emoji and Persian need them.
_HIDING = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\x00-\x08\x0e-\x1f\x7f-\x9f]"
)


def visible(text: str) -> str:
    """One line of what can be seen, in the order in which it is read."""
    return " ".join(_HIDING.sub("", text).split())
