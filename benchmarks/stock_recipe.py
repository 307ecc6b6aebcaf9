"""LangChain's usual hybrid recipe, timed in a Python of its own: see `benchmarks.speed_stock`.

Run by path with an interpreter that has langchain-chroma, langchain-classic, langchain-community
(which was sunset) and rank-bm25; it must not import anything of ours. Reads what to store and to
ask from a folder, prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from langchain_chroma import Chroma
from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

K = 8
STEP = 5_000


class Given(Embeddings):
    """Vectors made beforehand, in the order of the texts."""

    def __init__(self, vectors: Any, questions: dict[str, Any]) -> None:  # noqa: ANN401
        self._vectors = vectors
        self._questions = questions
        self._at = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The next vectors."""
        rows = self._vectors[self._at : self._at + len(texts)]
        self._at += len(texts)
        return rows.tolist()  # type: ignore[no-any-return]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a known question."""
        return self._questions[text].tolist()  # type: ignore[no-any-return]


def main(folder: Path) -> None:
    given = json.loads((folder / "texts.json").read_text())
    arrays = np.load(folder / "vectors.npz")
    asked = dict(zip(given["questions"], arrays["questions"], strict=True))
    splitter = RecursiveCharacterTextSplitter(chunk_size=2_000, chunk_overlap=0)
    documents = splitter.split_documents(
        [
            Document(text, metadata=meta)
            for text, meta in zip(given["texts"], given["metadatas"], strict=True)
        ]
    )
    assert len(documents) == len(given["texts"])
    start = time.perf_counter()
    store = Chroma(
        "stock", Given(arrays["vectors"], asked), persist_directory=str(folder / "stock")
    )
    for at in range(0, len(documents), STEP):
        store.add_documents(documents[at : at + STEP])
    chroma_s = time.perf_counter() - start
    bm25 = BM25Retriever.from_documents(documents, k=K)
    built_s = time.perf_counter() - start
    kinds = {
        kind: _times(store, bm25, [(q, where) for q, where in zip(asked, wheres, strict=False)])
        for kind, wheres in given["filters"].items()
    }
    print(json.dumps({"chroma_s": chroma_s, "built_s": built_s, "ms": kinds}))


def _times(store: Any, bm25: Any, questions: list[tuple[str, Any]]) -> list[float]:  # noqa: ANN401
    """Milliseconds of each search; BM25Retriever knows no filter, so only Chroma is filtered."""
    spent: list[float] = []
    for number, (question, where) in enumerate([questions[0], *questions]):
        search = {"k": K, "filter": where} if where else {"k": K}
        vector = store.as_retriever(search_kwargs=search)
        both = EnsembleRetriever(retrievers=[bm25, vector], weights=[0.5, 0.5])
        start = time.perf_counter()
        both.invoke(question)
        if number:  # the first warms up
            spent.append((time.perf_counter() - start) * 1_000)
    return spent


if __name__ == "__main__":
    main(Path(sys.argv[1]))
