"""The models, behind LangChain's own ports: which one is a setting.

`embeddings` gives an `Embeddings` (one of this machine's behind `local`, or a server's) that keeps
the vectors of the last questions, `chat` a `BaseChatModel` or None (quote mode), which `complete`
asks; `server` says in one sentence what went wrong. The indexer embeds in bulk, behind everybody
who waits.
"""

from retrieval.llm.chat import ChatModel, Health, open_chat_model
from retrieval.llm.embeddings import EmbeddingModel, open_embedding_model
from retrieval.llm.server import model_connection

__all__ = [
    "ChatModel",
    "EmbeddingModel",
    "Health",
    "model_connection",
    "open_chat_model",
    "open_embedding_model",
]
