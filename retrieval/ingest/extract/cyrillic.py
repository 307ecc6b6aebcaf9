"""Which eight-bit encoding Cyrillic text is in, whatever its server says."""

from __future__ import annotations

import re

_CANDIDATES = ("cp1251", "koi8_u", "cp866", "iso8859_5", "mac_cyrillic")
# Letters of Latin texts hardly ever stand four together above ASCII; Cyrillic ones always do.
_RUN = re.compile(rb"[\x80-\xff]{4,}")
_WINDOW = 200_000
_ENOUGH_RUNS = 5
# Three of four letters of Russian and Ukrainian; in a wrong encoding capitals and signs come out.
_COMMON = frozenset("оеаинтсрвлкмдпуяіьызбг")
_LIKELY = 0.6
_MARGIN = 0.1


def cyrillic_encoding(body: bytes, declared: str | None = None) -> str | None:
    """The encoding of Cyrillic text, or None if `body` does not look like such text.

    `declared` stands unless another fits clearly better.
    """
    runs = _RUN.findall(body[:_WINDOW])
    if len(runs) < _ENOUGH_RUNS:
        return None
    sample = b"".join(runs)
    best = max(_CANDIDATES, key=lambda name: _likeness(sample, name))
    if _likeness(sample, best) < _LIKELY:
        return None
    if declared and _likeness(sample, declared) > _likeness(sample, best) - _MARGIN:
        return declared
    return best


def _likeness(sample: bytes, name: str) -> float:
    """The share of common letters when `sample` is read as `name`."""
    try:
        text = sample.decode(name, errors="ignore")
    except LookupError:
        return 0.0
    return sum(letter in _COMMON for letter in text) / len(sample)
