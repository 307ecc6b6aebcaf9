"""Parses content in separate processes, so that a hostile file can only harm those.

`pool` starts workers, gives them tasks and kills those that take too long; `wire` is the protocol
between them, and a worker's main loop, which limits its own memory and processor time. `__main__`
is the worker that reads content; `retrieval.feeds` has one for feeds.
"""

from retrieval.ingest.sandbox.pool import NOT_STARTED, Pool

__all__ = ["NOT_STARTED", "Pool"]
