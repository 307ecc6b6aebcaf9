"""Keeps the workers that read files, pages and feeds from one archive to the next."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from retrieval import library
from retrieval.feeds.documents import FeedPool
from retrieval.ingest import Pool

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


@contextmanager
def keeping_workers(patched: pytest.MonkeyPatch) -> Iterator[None]:
    """Make libraries with the same limits share workers, which start only once.

    Workers that are busy when a library is closed die with it, as they should.
    """
    kept: dict[tuple[Any, ...], Pool | FeedPool] = {}

    def same(kind: type[Pool | FeedPool], *limits: Any) -> Pool | FeedPool:
        key = (kind, *limits)
        if key not in kept:
            kept[key] = _lasting(kind)(*limits)
        return kept[key]

    for kind in (Pool, FeedPool):
        patched.setattr(library, kind.__name__, lambda *limits, kind=kind: same(kind, *limits))
    yield
    for pool in kept.values():
        pool._workers.close()


def _lasting(kind: type[Pool | FeedPool]) -> type[Pool | FeedPool]:
    def close(pool: Pool | FeedPool) -> None:
        with pool._workers._lock:
            for process in pool._workers._busy:
                process.kill()

    return type(kind.__name__, (kind,), {"close": close})
