"""Where the Bot API as Telegram published it lies; tests that need it skip without it."""

import os
from pathlib import Path

PROJECT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("SITREP_SHARED_DATA", PROJECT.parent / "shared" / "data"))
PUBLISHED = SHARED / "bot-api" / "api.json"
