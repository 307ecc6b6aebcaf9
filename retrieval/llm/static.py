"""WordLlama's word vectors: a text is the mean of its tokens' rows in a table, no network is run.

The table (32,000 tokens of Llama 2's tokenizer, 256 numbers each, 16 MB) and the tokenizer are data
files of the PyPI package `wordllama` (https://github.com/dleemiller/WordLlama, MIT), of which
nothing is run. English.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from retrieval.packaged import DataFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.llm.local import Matrix, Tokens

DIMENSION = 256
MAX_TOKENS = 512
_REMEDY = "sitrep[static]"

WEIGHTS = DataFile(
    "wordllama",
    "weights/l2_supercat_256.safetensors",
    "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5",
    asked_for="EMBEDDING_MODEL=local-static",
    remedy=_REMEDY,
)
TOKENIZER = DataFile(
    "wordllama",
    "tokenizers/l2_supercat_tokenizer_config.json",
    "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68",
    asked_for="EMBEDDING_MODEL=local-static",
    remedy=_REMEDY,
)


class StaticWords:
    """Mean word vectors of 256 dimensions, unit length."""

    dimension = DIMENSION
    batch = 64

    def __init__(self) -> None:
        """Load the table.

        Raises:
            ModelSettingsError: the package that carries it is missing or changed.
        """
        from tokenizers import Tokenizer  # noqa: PLC0415  heavy

        self._table = _only_tensor(WEIGHTS.read()).astype(np.float32)
        self._tokenizer = Tokenizer.from_str(TOKENIZER.read().decode())
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._unknown = self._tokenizer.token_to_id("<unk>") or 0

    def tokens(self, texts: Sequence[str], *, question: bool) -> list[Tokens]:
        """Token numbers; a question is embedded as a document is."""
        del question
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [encoding.ids or [self._unknown] for encoding in encodings]

    def run(self, tokens: Sequence[Tokens]) -> Matrix:
        """Unit vectors, shape (len(tokens), 256)."""
        rows = self._table[np.concatenate([np.asarray(one, dtype=np.int64) for one in tokens])]
        starts = np.cumsum([0, *(len(one) for one in tokens[:-1])])
        sums = np.add.reduceat(rows, starts, axis=0)
        # The length of the sum, or of the mean, is not seen in a direction.
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        return (sums / np.maximum(norms, 1e-12)).astype(np.float32)  # type: ignore[no-any-return]


def _only_tensor(content: bytes) -> Matrix:
    """The tensor of a safetensors file with one: a length, a header in JSON, the numbers."""
    size = int.from_bytes(content[:8], "little")
    [tensor] = (
        value for key, value in json.loads(content[8 : 8 + size]).items() if key != "__metadata__"
    )
    begin, end = tensor["data_offsets"]
    numbers = np.frombuffer(content[8 + size + begin : 8 + size + end], dtype=np.float16)
    return numbers.reshape(tensor["shape"])
