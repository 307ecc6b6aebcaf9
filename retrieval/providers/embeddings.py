"""`EMBEDDING_MODEL` -> LangChain `Embeddings`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import SecretStr

from retrieval.errors import ModelSettingsError
from retrieval.providers.failures import ModelFailures

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2
    from langchain_core.embeddings import Embeddings

    from retrieval.providers.local import Encoder, TokenEmbeddings
    from retrieval.settings import LibrarySettings


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """An embedding model and the name under which its vectors are stamped.

    `reading` is the local model that reads sentences token by token, whoever embeds passages.
    """

    name: str
    port: Embeddings
    reading: TokenEmbeddings
    close: Callable[[], None] = lambda: None

    async def dimension(self) -> int:
        """How long its vectors are; asks the model."""
        with ModelFailures("embedding"):
            return len(await self.port.aembed_query("dimension"))


def open_embedding_model(
    settings: LibrarySettings, client: httpx2.AsyncClient | None
) -> EmbeddingModel:
    """The model that the settings name, talking through `client` if it is a server's.

    It keeps the vectors of the last questions.

    Raises:
        ModelSettingsError: it lacks a key, or the local model's files.
    """
    from retrieval.providers.local import LocalEmbeddings  # noqa: PLC0415  heavy
    from retrieval.providers.minilm import MiniLM  # noqa: PLC0415  heavy
    from retrieval.providers.questions import QuestionCache  # noqa: PLC0415  heavy

    if settings.embedding_model.startswith("local"):
        name, encoder = local_encoder(settings.embedding_model)
        local = LocalEmbeddings(encoder)
        reading = local if isinstance(encoder, MiniLM) else LocalEmbeddings(MiniLM())
        port = QuestionCache(local)
    else:
        name, reading = settings.embedding_model, LocalEmbeddings(MiniLM())
        local, port = reading, QuestionCache(_openai(settings, client))

    def close() -> None:
        local.close()
        if reading is not local:
            reading.close()

    return EmbeddingModel(name, port, reading, close)


def local_encoder(setting: str) -> tuple[str, Encoder]:
    """The model of this machine that `EMBEDDING_MODEL` names, and the name of its vectors.

    Raises:
        ModelSettingsError: the package that carries it is not installed, or changed.
    """
    if setting == "local-static":
        from retrieval.providers.static import StaticWords  # noqa: PLC0415  heavy

        return "wordllama-l2-supercat-256", StaticWords()
    if setting == "local-multilingual":
        from retrieval.providers.e5 import MultilingualE5  # noqa: PLC0415  heavy

        return "multilingual-e5-small-q4-centred", MultilingualE5()
    from retrieval.providers.minilm import MiniLM  # noqa: PLC0415  heavy

    return "all-MiniLM-L6-v2-int8", MiniLM()


def _openai(settings: LibrarySettings, client: httpx2.AsyncClient | None) -> Embeddings:
    from langchain_openai import OpenAIEmbeddings  # noqa: PLC0415  heavy

    if settings.openai_api_key is None and not settings.openai_base_url:
        raise ModelSettingsError("EMBEDDING_MODEL=openai:... needs OPENAI_API_KEY.")
    return OpenAIEmbeddings(
        model=settings.embedding_model.removeprefix("openai:"),
        http_async_client=client,
        openai_api_key=settings.openai_api_key or SecretStr("none"),
        openai_api_base=settings.openai_base_url or None,
        request_timeout=settings.chat_timeout_s,
        max_retries=2,
        # Otherwise it counts tokens with a table that it downloads, and sends token numbers
        # that only OpenAI's own server understands.
        check_embedding_ctx_length=False,
    )
