"""Content is parsed in processes of their own: what a hostile file does there, it does to them.

`pool` starts workers, gives each its task and ends one that takes too long; `wire` is what a worker
does, which limits its own memory and processor time, and what the two say to each other. `__main__`
reads content with them; `retrieval.feeds` reads feeds.
"""

from retrieval.ingest.sandbox.pool import NOT_STARTED, Pool

__all__ = ["NOT_STARTED", "Pool"]
