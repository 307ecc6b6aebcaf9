"""About how many tokens a text has for any model, rather too many than too few; what fits. Pure."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.providers.chat import ChatModel

# What tokenizers of today's models give on news, rounded up: a token for each five letters of a
# word in Latin script or two and a half in Cyrillic; for each digit, mark and letter of another.
_LATIN = re.compile(r"[A-Za-z]+")
_CYRILLIC = re.compile(r"[\u0400-\u052f]+")
_OTHER = re.compile(r"[^\sA-Za-z\u0400-\u052f]")
_LATIN_LETTERS, _CYRILLIC_LETTERS = 5, 2.5
# The answer gets no more than this share of a small window; a little is left for the chat template.
_SHARE_OF_ANSWER = 3
_SPARE = 60


def estimated_tokens(text: str) -> int:
    """The tokens of a text, estimated."""
    latin = sum(-(-len(word) // _LATIN_LETTERS) for word in _LATIN.findall(text))
    cyrillic = sum(len(word) / _CYRILLIC_LETTERS for word in _CYRILLIC.findall(text))
    return int(latin + cyrillic + len(_OTHER.findall(text))) + 1


def room_for(chat: ChatModel, prompt: str, parts: Sequence[str], *texts: str) -> int:
    """How many of the parts, from the first on, fit into a model's window; at least one.

    Beside them stand the rules of `prompt`, the `texts`, and the answer.
    """
    if not chat.window:
        return len(parts)
    answer = min(chat.answer_tokens, chat.window // _SHARE_OF_ANSWER)
    around = [(files("prompts") / f"{prompt}.md").read_text(encoding="utf-8"), *texts]
    room = chat.window - answer - _SPARE - sum(map(estimated_tokens, around))
    for number, part in enumerate(parts):
        room -= estimated_tokens(part)
        if room < 0:
            return max(1, number)
    return len(parts)
