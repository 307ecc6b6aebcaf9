"""A chat model's answer as it streams."""

from __future__ import annotations

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage

from retrieval.providers.streaming import MOST_CHARS, stream


async def test_an_answer_without_end_is_read_up_to_a_limit_and_counts_as_cut() -> None:
    endless = AIMessage(" ".join(["word" * 250] * 150))
    pieces: list[str] = []
    ended = await stream(
        GenericFakeChatModel(messages=iter([endless])), [HumanMessage("?")], pieces.append
    )
    assert ended.cut
    assert sum(map(len, pieces)) == MOST_CHARS
