"""All fixed limits of reading; the configurable ones are in `FetchConfig`.

Characters are code points.
"""

MAX_TEXT_CHARS = 1_000_000
MAX_TITLE_CHARS = 300
MIN_LETTERS = 40
"""With fewer, what was read is a menu or a mistake, not an article."""

MAX_PDF_PAGES = 500
MAX_ZIP_MEMBERS = 2_000
MAX_ZIP_UNPACKED = 200_000_000
"""Bytes of all members together; an office file may have a quarter."""
MAX_REDIRECTS = 5
MAX_URL_CHARS = 2_000
