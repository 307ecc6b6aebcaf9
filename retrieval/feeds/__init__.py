"""Feeds: looked at as their publishers wish, and their entries made articles, each once.

`poller` tells the walk from a feed that is due to its articles; `service` is what admins do.
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
