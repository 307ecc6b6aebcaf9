"""The certificates of the world, read once: a bot's clients would read them twice each time."""

from __future__ import annotations

import ssl
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def reading_certificates_once(patched: pytest.MonkeyPatch) -> None:
    """Clients share the context of each file of authorities; nothing of it changes in use."""
    patched.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
