"""Content is parsed in processes of their own: what a hostile file does there, it does to them.

`processes` starts workers, gives each its task and ends one that takes too long; `serving` is what
a worker does, which limits its own memory and processor time; `wire` is what they say to each
other. `pool` and `__main__` read content with them; `retrieval.feeds` reads feeds.
"""

from retrieval.ingest.workers.pool import NOT_STARTED, Pool

__all__ = ["NOT_STARTED", "Pool"]
