"""A small writer of ONNX models: protocol buffers by hand, so that nothing more is installed.

Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float32] | npt.NDArray[np.int64] | npt.NDArray[np.uint8]

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
