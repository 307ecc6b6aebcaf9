"""Content is parsed in processes of their own: what a hostile file does there, it does to them.

`pool` starts workers, gives each what it has to read and ends one that takes too long; `__main__`
is a worker, which limits its own memory and processor time; `wire` is what they say to each other.
"""

from retrieval.ingest.workers.pool import Pool

__all__ = ["Pool"]
