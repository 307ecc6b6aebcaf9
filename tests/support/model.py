"""The real local model, loaded once per run, on one thread.

With several threads, waiting ones spin, and a short text takes more than twice the processor time.
And a fork only has the thread that forked.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from retrieval.llm import embeddings
from retrieval.llm.local import MiniLM

if TYPE_CHECKING:
    import pytest

    from retrieval.llm.local import Encoder


@cache
def local_model() -> MiniLM:
    """The model, which is immutable."""
    return MiniLM(threads=1)


def sharing_model(patched: pytest.MonkeyPatch) -> None:
    """Use it for everything that opens the model of `EMBEDDING_MODEL=local`."""
    real = embeddings.local_encoder

    def encoder(name: str) -> tuple[str, Encoder]:
        return ("all-MiniLM-L6-v2-int8", local_model()) if name == "local" else real(name)

    patched.setattr(embeddings, "local_encoder", encoder)
