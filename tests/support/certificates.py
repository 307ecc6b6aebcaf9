"""Reads the certificate authorities only once per run: each bot's clients would read them twice."""

from __future__ import annotations

import ssl
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def reading_certificates_once(patched: pytest.MonkeyPatch) -> None:
    """Make clients share the TLS context of each file of authorities; it isn't modified in use."""
    patched.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
