"""Decompression that never makes more than it may, however well the input was packed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from retrieval.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

ACCEPTED = "gzip, deflate"
# Window size plus 32: zlib tells gzip from zlib by the header (zlib manual, inflateInit2).
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


async def read_limited(chunks: AsyncIterator[bytes], encoding: str, limit: int) -> bytes:
    """The bytes of `chunks`, decoded, of which there are at most `limit`.

    Raises:
        FetchError: there are more, or they are packed in a way that is not known or is broken.
    """
    decode = _decoder(encoding)
    body = bytearray()
    async for chunk in chunks:
        body += decode(chunk, limit - len(body) + 1)
        if len(body) > limit:
            raise FetchError(f"The page is larger than {limit // 1_000_000} MB.")
    return bytes(body)


class _Inflater:
    """Inflates gzip or zlib; what does not fit into a call's limit is dropped by the caller."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)

    def __call__(self, chunk: bytes, limit: int) -> bytes:
        try:
            return self._stream.decompress(chunk, limit)
        except zlib.error as error:
            raise FetchError("The server sent a page with damaged compression.") from error


def _plain(chunk: bytes, limit: int) -> bytes:
    return chunk[:limit]


def _decoder(encoding: str) -> Callable[[bytes, int], bytes]:
    """What decodes a chunk, giving at most so many bytes."""
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return _plain
    if name in {"gzip", "x-gzip", "deflate"}:
        return _Inflater()
    raise FetchError(f"The server sent a page packed as “{name[:40]}”, which was not asked for.")
