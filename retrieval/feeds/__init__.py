"""Feeds: looked at as their publishers wish, and their entries made articles, each once.

`poller` tells the walk from a feed that is due to its articles; `desk` is what admins do.
"""

from retrieval.feeds.desk import AddedFeed, FeedDesk, Imported
from retrieval.feeds.models import Feed, Listed, State
from retrieval.feeds.poller import Poller
from retrieval.feeds.schedule import Rules

__all__ = ["AddedFeed", "Feed", "FeedDesk", "Imported", "Listed", "Poller", "Rules", "State"]
