"""Near copies among the reports in mind, found without comparing all with all."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING

from retrieval.near_copies import bands, resemblance

if TYPE_CHECKING:
    from retrieval.near_copies import Signature

# Of leads; whole articles have a threshold of their own.
ALIKE = 0.8
# Pages made from one template fill a bucket without being copies: the newest of them are looked at.
_NEWEST = 50


class CopyIndex:
    """Finds the signatures that are near to one."""

    def __init__(self) -> None:
        self._signatures: dict[int, Signature] = {}
        self._buckets: dict[bytes, list[int]] = {}

    def add(self, key: int, signed: Signature) -> None:
        """Remember a signature under a key that is not known yet."""
        self._signatures[key] = signed
        for bucket in bands(signed):
            insort(self._buckets.setdefault(bucket, []), key)

    def discard(self, key: int) -> None:
        """Forget a key; an unknown one is no error."""
        signed = self._signatures.pop(key, None)
        if signed is None:
            return
        for bucket in bands(signed):
            keys = self._buckets[bucket]
            keys.remove(key)
            if not keys:
                del self._buckets[bucket]

    def near(self, signed: Signature) -> list[int]:
        """The keys whose texts are alike, the most alike first, of equals the smaller key."""
        found = (self._buckets.get(bucket, [])[-_NEWEST:] for bucket in bands(signed))
        candidates = {key for keys in found for key in keys}
        scored = [(resemblance(signed, self._signatures[key]), key) for key in candidates]
        return [key for score, key in sorted(scored, key=_best_first) if score >= ALIKE]


def _best_first(scored: tuple[float, int]) -> tuple[float, int]:
    return -scored[0], scored[1]
