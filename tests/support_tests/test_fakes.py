"""The fakes for LangChain's ports behave like the real ones, and deterministically."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from langchain_core.messages import AIMessageChunk, HumanMessage, SystemMessage

from tests.support.bag_of_words import bag_of_words
from tests.support.fakes import BagOfWordsEmbeddings, Said, ScriptedChatModel

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel


async def collect(model: BaseChatModel, seen: list[str]) -> None:
    async for chunk in model.astream("Who?"):
        seen.append(chunk.text)  # noqa: PERF401 - what came before an error counts


async def chunks_of(model: BaseChatModel, question: str = "Who?") -> list[AIMessageChunk]:
    return [chunk async for chunk in model.astream(question)]


def cosine(one: list[float], other: list[float]) -> float:
    return float(np.dot(one, other))


def test_vectors_are_of_length_one_and_as_wide_as_asked() -> None:
    for text in ["Kursk", "", "the of and", "Солдати з Північної Кореї"]:
        vector = bag_of_words(text, 64)
        assert len(vector) == 64
        assert cosine(vector, vector) == pytest.approx(1)


def test_texts_with_shared_words_are_nearer() -> None:
    embeddings = BagOfWordsEmbeddings()
    near, far = embeddings.embed_documents(
        ["Some 10,000 North Korean soldiers are in Kursk.", "The recipe asks for two ripe pears."]
    )
    question = embeddings.embed_query("How many North Korean soldiers are there?")
    assert cosine(question, near) > 0.4
    assert abs(cosine(question, far)) < 0.2
    assert len(embeddings.texts) == 3


def test_a_text_has_the_same_vector_on_every_run() -> None:
    assert bag_of_words("Sudzha", 64)[0] == -1


async def test_the_async_port_gives_the_same_vectors() -> None:
    embeddings = BagOfWordsEmbeddings(64)
    assert await embeddings.aembed_query("Sudzha") == embeddings.embed_query("Sudzha")


async def test_a_text_is_streamed_in_words_and_ends_with_the_reason() -> None:
    model = ScriptedChatModel(script=["Troops  moved.\n[1.2]"])
    chunks = await chunks_of(model, "Who moved?")
    assert [chunk.text for chunk in chunks] == ["Troops  ", "moved.\n", "[1.2]", ""]
    assert chunks[-1].response_metadata["finish_reason"] == "stop"
    assert chunks[-1].chunk_position == "last"
    assert chunks[-1].usage_metadata == {"input_tokens": 2, "output_tokens": 3, "total_tokens": 5}


async def test_chosen_pieces_stay_as_they_are() -> None:
    model = ScriptedChatModel(script=[Said(("Sud", "zha [", "1.", "2]"), finish_reason="length")])
    chunks = await chunks_of(model)
    assert [chunk.text for chunk in chunks] == ["Sud", "zha [", "1.", "2]", ""]
    assert chunks[-1].response_metadata["finish_reason"] == "length"


async def test_a_stream_without_a_reason_just_ends() -> None:
    chunks = await chunks_of(ScriptedChatModel(script=[Said(("Sud",), finish_reason=None)]))
    assert "".join(chunk.text for chunk in chunks) == "Sud"
    assert all("finish_reason" not in chunk.response_metadata for chunk in chunks)


async def test_whole_replies_carry_reason_and_usage() -> None:
    reply = await ScriptedChatModel(script=["Sudzha."]).ainvoke("What is held?")
    assert reply.text == "Sudzha."
    assert reply.response_metadata["finish_reason"] == "stop"
    assert reply.usage_metadata is not None
    assert reply.usage_metadata["input_tokens"] == 3


async def test_errors_come_at_once_or_after_some_text() -> None:
    model = ScriptedChatModel(script=[TimeoutError("slow"), Said(("Sud",), error=OSError("cut"))])
    with pytest.raises(TimeoutError, match="slow"):
        await model.ainvoke("Who?")
    seen: list[str] = []
    with pytest.raises(OSError, match="cut"):
        await collect(model, seen)
    assert seen == ["Sud"]


async def test_a_speaker_answers_when_the_script_is_over_and_all_prompts_are_kept() -> None:
    model = ScriptedChatModel(script=["First."], speaker=lambda seen: f"You said: {seen[-1].text}")
    assert (await model.ainvoke("One")).text == "First."
    reply = await model.ainvoke([SystemMessage("Be brief."), HumanMessage("Two")])
    assert reply.text == "You said: Two"
    assert model.prompts == ["One", "Be brief.\nTwo"]


async def test_a_call_that_nobody_scripted_fails() -> None:
    with pytest.raises(AssertionError, match=r"no line for: Who\?"):
        await ScriptedChatModel().ainvoke("Who?")
