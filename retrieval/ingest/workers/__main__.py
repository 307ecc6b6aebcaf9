"""A worker: reads tasks from standard input, writes items to standard output, and holds no secret.

`python -m retrieval.ingest.workers MEMORY_BYTES SECONDS`
"""

from __future__ import annotations

import math
import os
import resource
import sys
from typing import BinaryIO

from retrieval.ingest.extract import languages, readers
from retrieval.ingest.parsing import parse
from retrieval.ingest.workers.wire import receive_task, send_item

_MAX_FILES = 16
_GRACE_S = 2
_MAX_WRITTEN = 1_000_000  # by mistake; the pipes don't count


def main() -> None:
    """Say that it is ready, then work until standard input ends."""
    memory, seconds = int(sys.argv[1]), math.ceil(float(sys.argv[2]))
    tasks, items = sys.stdin.buffer, _only_output()
    readers.load()
    languages.load()
    limit(memory)
    send_item(items, None)
    while (task := receive_task(tasks)) is not None:
        limit_time(seconds)
        for item in parse(task):
            send_item(items, item)
            limit_time(seconds)
        send_item(items, None)


def limit(memory: int) -> None:
    """Bound the address space, files and their size; no dump of what was read, if it crashes."""
    for what, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_NOFILE, _MAX_FILES),
        (resource.RLIMIT_FSIZE, _MAX_WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (most, most))


def limit_time(seconds: int) -> None:
    """Bound the processor time of the next item: for when nobody is left to end this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(usage.ru_utime + usage.ru_stime) + seconds + _GRACE_S
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _only_output() -> BinaryIO:
    """Standard output, which from now on nobody else can write to by a careless print."""
    items = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return items


if __name__ == "__main__":
    main()
