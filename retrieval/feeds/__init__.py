"""Feeds: polled as their publishers wish; each entry becomes an article once.

`poller` is the walk from a due feed to its articles; `service` has the actions of admins.
"""

from retrieval.feeds.looking import PollingConfig
from retrieval.feeds.models import Feed, FeedState, Listed
from retrieval.feeds.poller import Poller
from retrieval.feeds.service import AddedFeed, FeedService, Imported

__all__ = [
    "AddedFeed",
    "Feed",
    "FeedService",
    "FeedState",
    "Imported",
    "Listed",
    "Poller",
    "PollingConfig",
]
