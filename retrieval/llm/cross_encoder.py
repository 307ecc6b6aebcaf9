"""A question and a sentence read together: how far the sentence answers. Pure.

A cross-encoder (Nogueira & Cho 2019, https://arxiv.org/abs/1901.04085) is all-MiniLM-L6-v2, whose
upper layers were trained further on questions with labelled sentences by
`python -m benchmarks.cross_encoder`. What comes with Sitrep is the difference, as matrices of low
rank (Hu et al. 2021, https://arxiv.org/abs/2106.09685); the model itself is the one that embeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    Matrix = npt.NDArray[np.float32]
    Tokens = Sequence[int]

CLS, SEP = 101, 102
# Tokens that are read of each part; the model was trained with these bounds.
MOST_OF_QUESTION, MOST_OF_SENTENCE, MOST_OF_TITLE = 32, 60, 14
# Field numbers of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3 (ModelProto, GraphProto,
# TensorProto), and protobuf's wire types (https://protobuf.dev/programming-guides/encoding/).
_GRAPH, _INITIALIZER, _DATA_TYPE, _NAME, _RAW_DATA = 7, 5, 2, 8, 9
_FLOAT = 1  # TensorProto.DataType
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class Pair(NamedTuple):
    """Token numbers of `[CLS] question [SEP] sentence [SEP] title [SEP]`.

    `types` is 0 up to the first `[SEP]`, 1 after it; the sentence stands at `first` to `end`.
    """

    ids: list[int]
    types: list[int]
    first: int
    end: int


def pair_of(question: Tokens, sentence: Tokens, title: Tokens) -> Pair:
    """The tokens of a question, a sentence and its article's title as the model reads them.

    The three come without special tokens.
    """
    asked = [CLS, *question[:MOST_OF_QUESTION], SEP]
    said = sentence[:MOST_OF_SENTENCE]
    rest = [*said, SEP, *title[:MOST_OF_TITLE], SEP]
    types = [0] * len(asked) + [1] * len(rest)
    return Pair(asked + rest, types, len(asked), len(asked) + len(said))


@dataclass(frozen=True, slots=True)
class Adapter:
    """What was learned beyond MiniLM.

    `factors` has the two matrices whose product is added to a weight matrix, by the name of that
    matrix in the ONNX file; `replaced` the vectors that take the place of others. `of_first`,
    `of_mean` (384) and `bias` make a score of the last layer.
    """

    factors: Mapping[str, tuple[Matrix, Matrix]]
    replaced: Mapping[str, Matrix]
    of_first: Matrix
    of_mean: Matrix
    bias: float

    @classmethod
    def read(cls) -> Self:
        """The one that comes with Sitrep."""
        with (
            files("retrieval.llm").joinpath("cross_encoder.npz").open("rb") as file,
            np.load(file, allow_pickle=False) as stored,
        ):
            known = {name: stored[name].astype(np.float32) for name in stored.files}
        lefts = [name.removesuffix(".left") for name in known if name.endswith(".left")]
        return cls(
            {name: (known[f"{name}.left"], known[f"{name}.right"]) for name in lefts},
            {name: value for name, value in known.items() if name.startswith("inner.")},
            known["of_first"],
            known["of_mean"],
            float(known["bias"]),
        )

    def score(self, states: Matrix, pairs: Sequence[Pair]) -> Matrix:
        """A score for each pair, from the last layer's states (pairs, tokens, 384)."""
        means = [states[row, one.first : one.end].mean(0) for row, one in enumerate(pairs)]
        found = states[:, 0] @ self.of_first + np.stack(means) @ self.of_mean + self.bias
        return np.asarray(found, dtype=np.float32)


@lru_cache(maxsize=1)
def load_adapter() -> Adapter:
    """The one that comes with Sitrep, read once."""
    return Adapter.read()


def adapted(model: bytes, adapter: Adapter) -> bytes:
    """MiniLM's ONNX file with the adapter's differences in its weights.

    A weight matrix is int8 (`NAME_q`), multiplied in the network by a scale for each column
    (`NAME_scale`). Most differences are less than such a step, so what is adapted becomes float32.

    Raises:
        KeyError: it is another model.
    """
    data = memoryview(model)
    [graph] = [field for field in _fields(data, 0, len(data)) if field.number == _GRAPH]
    inner = list(_fields(data, graph.start, graph.end))
    constants = {
        name: field for field in inner if (name := _name_of(data, field, _INITIALIZER)) is not None
    }

    def values(name: str, kind: type[np.int8 | np.float32]) -> npt.NDArray[np.int8 | np.float32]:
        field = constants[name]
        [raw] = [part for part in _fields(data, field.start, field.end) if part.number == _RAW_DATA]
        return np.frombuffer(data[raw.start : raw.end], dtype=kind)

    changed = dict(adapter.replaced)
    if not changed.keys() <= constants.keys():
        raise KeyError(*sorted(changed.keys() - constants.keys()))
    for name, (left, right) in adapter.factors.items():
        before = values(f"{name}_q", np.int8).reshape(len(left), right.shape[1])
        changed[f"{name}_q"] = before + left @ right / values(f"{name}_scale", np.float32)
    parts = [
        _as_float(data, field, changed[name])
        if (name := _name_of(data, field, _INITIALIZER)) in changed
        else data[field.begin : field.end]
        for field in inner
    ]
    rewritten = _delimited(_GRAPH, b"".join(parts))
    return b"".join((data[: graph.begin], rewritten, data[graph.end :]))


class _Field(NamedTuple):
    """A field of a protobuf message: its number, where it begins, where its content stands."""

    number: int
    begin: int
    start: int
    end: int


def _name_of(data: memoryview, field: _Field, number: int) -> str | None:
    """The name of a tensor; None for a field of another number."""
    if field.number != number:
        return None
    for part in _fields(data, field.start, field.end):
        if part.number == _NAME:
            return bytes(data[part.start : part.end]).decode()
    return None


def _as_float(data: memoryview, field: _Field, values: Matrix) -> bytes:
    """A tensor with float32 values instead of what it has."""
    kept = [
        bytes(data[part.begin : part.end])
        for part in _fields(data, field.start, field.end)
        if part.number not in (_DATA_TYPE, _RAW_DATA)
    ]
    kind = _encoded(_DATA_TYPE << 3 | _VARINT) + _encoded(_FLOAT)
    content = _delimited(_RAW_DATA, values.astype("<f4").tobytes())
    return _delimited(_INITIALIZER, b"".join((*kept, kind, content)))


def _delimited(number: int, content: bytes) -> bytes:
    return _encoded(number << 3 | _BYTES) + _encoded(len(content)) + content


def _encoded(number: int) -> bytes:
    """A varint."""
    found = bytearray()
    while number >= 0x80:  # noqa: PLR2004  the sign that another byte follows
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _fields(data: memoryview, start: int, end: int) -> Iterator[_Field]:
    """The fields of a protobuf message that stands from `start` to `end`."""
    at = start
    while at < end:
        begin = at
        key, at = _varint(data, at)
        kind = key & 7
        if kind == _BYTES:
            length, at = _varint(data, at)
        elif kind == _VARINT:
            length = _varint(data, at)[1] - at
        else:
            length = {_FIXED64: 8, _FIXED32: 4}[kind]
        yield _Field(key >> 3, begin, at, at + length)
        at += length


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A number and where what follows it begins."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004  the sign that another byte follows
            return value, at
