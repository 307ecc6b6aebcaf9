"""`EMBEDDING_MODEL` -> LangChain `Embeddings`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import SecretStr

from retrieval.errors import ModelSettingsError
from retrieval.llm.server import ModelFailures

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2
    from langchain_core.embeddings import Embeddings

    from retrieval.llm.local import Encoder, TokenEmbeddings
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
    from retrieval.llm.local import (  # noqa: PLC0415  heavy
        LocalEmbeddings,
        MiniLM,
        QuestionCache,
    )

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
        from retrieval.llm.static import StaticWords  # noqa: PLC0415  heavy

        return "wordllama-l2-supercat-256", StaticWords()
    if setting == "local-multilingual":
        from retrieval.llm.e5 import MultilingualE5  # noqa: PLC0415  heavy

        return "multilingual-e5-small-q4-centred", MultilingualE5()
    from retrieval.llm.local import MiniLM  # noqa: PLC0415  heavy

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


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A value of `EMBEDDING_MODEL`: what it finds among the first four, how fast, how large.

    Hits@4 of questions in English, Ukrainian and Russian over English articles, by meaning alone;
    milliseconds a question, passages a second, and megabytes of memory, on two cores.
    """

    setting: str
    english: float
    ukrainian: float
    russian: float
    ms_a_question: float
    passages_a_second: int
    megabytes: int
    suits: str

    def __str__(self) -> str:
        return (
            f"{self.setting}: Hits@4 English {self.english:.2f}, Ukrainian {self.ukrainian:.2f}, "
            f"Russian {self.russian:.2f}; {self.ms_a_question:g} ms a question, "
            f"{self.passages_a_second:,} passages a second, {self.megabytes} MB. {self.suits}"
        )


LOCAL_MODELS = (
    LocalModel("local", 0.82, 0.0, 0.0, 8.3, 22, 228, "For English articles and questions."),
    LocalModel(
        "local-static",
        0.79,
        0.0,
        0.05,
        0.1,
        1746,
        61,
        "For many English articles.",
    ),
    LocalModel(
        "local-multilingual", 0.87, 0.8, 0.95, 13.2, 13, 400, "For other languages; finds most."
    ),
)
# From this share of articles in other languages on, a model of English is the wrong one.
_MANY = 0.1


def better_for(setting: str, languages: dict[str | None, int]) -> str | None:
    """The model that suits an archive's languages better than the one that is set, if any does."""
    known = {name: count for name, count in languages.items() if name}
    foreign = sum(count for name, count in known.items() if not name.lower().startswith("en"))
    if setting in {"local", "local-static"} and foreign > _MANY * max(sum(known.values()), 1):
        return "local-multilingual"
    return None
