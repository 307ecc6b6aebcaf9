"""A chat model's answer as it streams."""

from __future__ import annotations

from hashlib import sha256

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage

from retrieval.llm.complete import MOST_CHARS, complete


async def test_an_answer_without_end_is_read_up_to_a_limit_and_counts_as_cut() -> None:
    endless = AIMessage(
        " ".join(sha256(bytes([n % 256, n // 256])).hexdigest() for n in range(2_000))
    )
    model = GenericFakeChatModel(messages=iter([endless]))
    ended = await complete(model, [HumanMessage("?")], "answer")
    assert ended.cut
    assert 0 < len(ended.text) <= MOST_CHARS
