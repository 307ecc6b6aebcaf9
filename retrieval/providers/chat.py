"""`CHAT_MODEL` -> LangChain `BaseChatModel`, or None for quote mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.errors import ModelSettingsError

if TYPE_CHECKING:
    import httpx2
    from langchain_core.language_models import BaseChatModel

    from retrieval.settings import LibrarySettings


def open_chat_model(
    settings: LibrarySettings, client: httpx2.AsyncClient | None
) -> BaseChatModel | None:
    """The chat model that the settings name, talking through `client`; None when they name none.

    Raises:
        ModelSettingsError: OpenAI itself is asked for without a key.
    """
    if not settings.chat_model:
        return None
    if settings.openai_api_key is None and not settings.openai_base_url:
        raise ModelSettingsError("CHAT_MODEL=openai:... needs OPENAI_API_KEY or OPENAI_BASE_URL.")
    from langchain.chat_models import init_chat_model  # noqa: PLC0415  heavy

    key = settings.openai_api_key
    return init_chat_model(
        settings.chat_model,
        http_async_client=client,
        base_url=settings.openai_base_url or None,
        # servers other than OpenAI's often ask for none, the client always does
        api_key=key.get_secret_value() if key else "none",
        timeout=settings.chat_timeout_s,
        max_retries=2,
        max_tokens=settings.chat_max_tokens,
        temperature=0,
        stream_usage=True,
        # the interface that every compatible server has
        use_responses_api=False,
    )
