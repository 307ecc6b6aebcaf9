"""Models on this machine's processor behind LangChain's port: off the event loop, questions first.

A model itself (`Encoder`) is plain and synchronous: texts to token numbers, token numbers to
vectors. How much it is given at once, and who goes first, is decided here for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from langchain_core.embeddings import Embeddings

from retrieval.errors import ModelError
from retrieval.providers.lanes import Lane, Lanes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Matrix = npt.NDArray[np.float32]
    Tokens = Sequence[int]

_T = TypeVar("_T")

# Tokenized in one turn: a few thousandths of a second.
_TOKENIZED = 32


class Encoder(Protocol):
    """A local embedding model. Called by one thread at a time."""

    @property
    def dimension(self) -> int:
        """How long its vectors are."""

    @property
    def batch(self) -> int:
        """How many texts it is best given at once: fast, and soon done with."""

    def tokens(self, texts: Sequence[str], *, question: bool) -> list[Tokens]:
        """Token numbers of each text, at least one; some models tell questions from documents."""

    def run(self, tokens: Sequence[Tokens]) -> Matrix:
        """Unit vectors, shape (len(tokens), dimension)."""


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """A text token by token.

    `ids` are its n token numbers, special ones included, `pieces` what these stand for (what goes
    on within a word begins with "##"), `vectors` their unit vectors in context (n, dimension),
    `mean` the text's own unit vector (dimension).
    """

    ids: npt.NDArray[np.int64]
    pieces: tuple[str, ...]
    vectors: Matrix
    mean: Matrix


class TokenEmbeddings(Protocol):
    """What reads texts token by token, off the event loop."""

    async def aembed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Each text token by token, in the same order."""


class LocalEmbeddings(Embeddings):
    """An encoder as LangChain's `Embeddings`: the asynchronous methods are what Sitrep uses.

    The synchronous ones run on the caller's thread and know no order.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._lanes = Lanes("embedding")

    async def aembed_query(self, text: str) -> list[float]:
        """The vector of a question; waits for one small batch at the most."""
        call = partial(encode, self._encoder, [text], question=True)
        return (await self._lanes.run(Lane.QUESTION, call))[0].tolist()  # type: ignore[no-any-return]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of texts that somebody waits for; goes before a bulk load."""
        return (await self._encode(texts, Lane.ANSWER)).tolist()  # type: ignore[no-any-return]

    async def aencode(self, texts: Sequence[str]) -> Matrix:
        """Vectors of a bulk load, shape (len(texts), dimension); everybody else goes first."""
        return await self._encode(texts, Lane.BULK)

    async def aembed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Each text token by token, in the same order; goes before a bulk load.

        Raises:
            ModelError: the encoder gives no token vectors.
        """
        run = getattr(self._encoder, "run_tokens", None)
        if run is None:
            raise ModelError("This embedding model gives no vectors of single tokens.")
        tokens = await self._tokenize(texts, Lane.ANSWER)
        found: dict[int, TokenVectors] = {}
        for chosen in _of_like_length(tokens, self._encoder.batch):
            part = partial(run, [tokens[place] for place in chosen])
            found.update(zip(chosen, await self._lanes.run(Lane.ANSWER, part), strict=True))
        return [found[place] for place in range(len(texts))]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text, in the same order."""
        return encode(self._encoder, texts).tolist()  # type: ignore[no-any-return]  # numpy says so

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return encode(self._encoder, [text], question=True)[0].tolist()  # type: ignore[no-any-return]

    def close(self) -> None:
        """Stop the thread."""
        self._lanes.close()

    async def _encode(self, texts: Sequence[str], lane: Lane) -> Matrix:
        """`encode`, in a turn of its own for every batch."""
        tokens = await self._tokenize(texts, lane)
        vectors = np.zeros((len(texts), self._encoder.dimension), dtype=np.float32)
        for chosen in _of_like_length(tokens, self._encoder.batch):
            run = partial(self._encoder.run, [tokens[place] for place in chosen])
            vectors[chosen] = await self._lanes.run(lane, run)
        return vectors

    async def _tokenize(self, texts: Sequence[str], lane: Lane) -> list[Tokens]:
        tokens: list[Tokens] = []
        for part in _parts(texts, _TOKENIZED):
            tokenize = partial(self._encoder.tokens, part, question=False)
            tokens += await self._lanes.run(lane, tokenize)
        return tokens


def encode(encoder: Encoder, texts: Sequence[str], *, question: bool = False) -> Matrix:
    """Vectors of shape (len(texts), dimension), here and now."""
    tokens = encoder.tokens(texts, question=question)
    vectors = np.zeros((len(texts), encoder.dimension), dtype=np.float32)
    for chosen in _of_like_length(tokens, encoder.batch):
        vectors[chosen] = encoder.run([tokens[place] for place in chosen])
    return vectors


def padded(tokens: Sequence[Tokens]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Token numbers and their mask (1 for a token), both (texts, longest): padding is work too."""
    ids = np.zeros((len(tokens), max(map(len, tokens))), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, one in enumerate(tokens):
        ids[row, : len(one)] = one
        mask[row, : len(one)] = 1
    return ids, mask


def mean_under(mask: npt.NDArray[np.int64], states: Matrix) -> Matrix:
    """The mean of the token vectors that count, at unit length.

    Args:
        mask: (texts, tokens), 1 where a token counts.
        states: (texts, tokens, dimension).

    Raises:
        ModelError: there are vectors without a direction.
    """
    weights = mask[:, :, None].astype(np.float32)
    return unit((states * weights).sum(axis=1) / weights.sum(axis=1))


def unit(rows: Matrix) -> Matrix:
    """Each row at length 1.

    Raises:
        ModelError: a row has no direction.
    """
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or not norms.all():
        raise ModelError("The local embedding model gave an unusable vector.")
    return (rows / norms).astype(np.float32)  # type: ignore[no-any-return]


def _of_like_length(tokens: Sequence[Tokens], size: int) -> Iterator[list[int]]:
    """The places of `tokens`, short ones first, in batches."""
    order = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
    for part in _parts(order, size):
        yield list(part)


def _parts(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]
