"""Links that lead to a sentence."""

from __future__ import annotations

from urllib.parse import quote, urldefrag

# Long fragments are cut to their ends: https://wicg.github.io/scroll-to-text-fragment/
_WHOLE = 80
_ENDS = 5


def sentence_link(url: str, sentence: str) -> str:
    """The article's address, with a text fragment that makes a browser go to the sentence."""
    words = sentence.split()
    if len(sentence) <= _WHOLE or len(words) <= 2 * _ENDS:
        target = _escaped(" ".join(words))
    else:
        target = f"{_escaped(' '.join(words[:_ENDS]))},{_escaped(' '.join(words[-_ENDS:]))}"
    return f"{urldefrag(url).url}#:~:text={target}"


def _escaped(text: str) -> str:
    # "-" and "," mean something inside a fragment directive
    return quote(text, safe="").replace("-", "%2D")
