"""The real local model, read once a run, on one thread.

On several, threads that wait for the next call spin: a short text takes more than twice the
processor time. And a fork has none but the one that forked.
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
    """The model; nothing of it changes when it is used."""
    return MiniLM(threads=1)


def sharing_model(patched: pytest.MonkeyPatch) -> None:
    """Give it to whoever opens the model that `EMBEDDING_MODEL=local` names."""
    real = embeddings.local_encoder

    def encoder(name: str) -> tuple[str, Encoder]:
        return ("all-MiniLM-L6-v2-int8", local_model()) if name == "local" else real(name)

    patched.setattr(embeddings, "local_encoder", encoder)
