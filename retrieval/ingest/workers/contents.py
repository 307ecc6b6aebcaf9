"""What is said between us and the workers that read content."""

from __future__ import annotations

from retrieval.ingest.parsing import Item, Task
from retrieval.ingest.workers.wire import Wire

WIRE = Wire(Task, Item)
