"""Every fixed limit of reading feeds, in one place."""

from datetime import timedelta

MAX_FEED_BYTES = 10_000_000
MAX_ENTRIES = 5_000
MAX_ENTITY_CHARS = 1_000
"""Of a document type's own entity; longer ones, or ones made of others, are how bombs are built."""

MAX_OPML_BYTES = 5_000_000
MAX_OPML_FEEDS = 5_000
MOST_ADDRESSES = 8
"""Of feeds that one page names."""
MAX_GUID_CHARS = 2_000
MAX_VALIDATOR_CHARS = 500

FEW_CHARS = 500
"""A text with fewer is a teaser, whatever its publisher calls it."""
FEW_SUMMARY_CHARS = 1_500
"""A summary with fewer is a teaser."""

PAGE_TRIES = 4
"""After so many failed fetches of a page, the teaser has to do."""
PAGE_AGAIN = timedelta(minutes=10)
REREAD_AFTER = timedelta(minutes=30)
"""What changes all the time is read again no sooner than this."""

PATIENCE_S = 10.0
"""So long one waits for a turn with a host before doing something else ..."""
BUSY_AGAIN = timedelta(minutes=1)
"""... and tries again after so long."""
SLICE_S = 60.0
"""So long the entries of one feed are read before another that is due has its turn."""
