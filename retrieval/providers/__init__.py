"""The models, behind LangChain's own ports: which one is a setting.

`embeddings` gives an `Embeddings` (one of this machine's behind `local`, or a server's) that keeps
the vectors of the last questions, `chat` a `BaseChatModel` or None (quote mode), which `complete`
asks. The indexer embeds by `bulk`, behind everybody who waits.
"""

from retrieval.providers.chat import ChatModel, Health, open_chat_model
from retrieval.providers.connection import model_connection
from retrieval.providers.embeddings import EmbeddingModel, open_embedding_model

__all__ = [
    "ChatModel",
    "EmbeddingModel",
    "Health",
    "model_connection",
    "open_chat_model",
    "open_embedding_model",
]
