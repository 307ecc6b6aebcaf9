"""Ports for servers that need to know theirs before they listen."""

from __future__ import annotations

import os
import random
import socket

# Below the system's ephemeral ports, so that nobody takes one of these meanwhile.
_PORTS = range(20_000, 32_000)
_chosen = random.Random(os.getpid())  # noqa: S311  so that two runs do not try the same ones


def free_port() -> int:
    """A free port of this machine."""
    while True:
        port = _chosen.choice(_PORTS)
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
